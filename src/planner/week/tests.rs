//! Plans over a week, end to end, and what the checker says of ones that do not hold.

use crate::catalogue::Catalogue;
use crate::check::{Rule, check};
use crate::domain::cluster::Cluster;
use crate::domain::plan::{FleetPlan, GroupMode};
use crate::io::{ImportOptions, read_cluster};
use crate::optimize::listener::Silent;
use crate::optimize::stop::Never;
use crate::planner::{NoWeek, PlanError, PlanOptions, plan};

fn cluster(services: &[(&str, String)], beside: &str) -> Cluster {
    let services: Vec<String> = (services.iter())
        .map(|(name, more)| {
            format!(
                r#"{{"serviceName": "{name}", "desiredCount": 4, "cpu": 500, "memory": 900, "networkMode": "bridge"{more}}}"#
            )
        })
        .collect();
    let text = format!(
        r#"{{"version": 1, "region": "us-east-1", "services": [{}],
            "policy": {{"allowedInstanceTypes": ["m6i.large", "m6i.xlarge", "c6i.large"]{beside}}}}}"#,
        services.join(",")
    );
    let imported = read_cluster(&text, "c.json", &ImportOptions::default());
    imported.expect("a cluster").cluster
}

fn profile(hours: std::ops::Range<usize>, within: u64, without: u64) -> String {
    let mut day = [without; 24];
    day[hours].fill(within);
    format!(r#", "profile": {day:?}"#)
}

fn planned(cluster: &Cluster) -> Result<FleetPlan, PlanError> {
    let catalogue = Catalogue::embedded("us-east-1").expect("known");
    let options = PlanOptions {
        rehearses: false,
        work_limit: Some(400_000),
        ..PlanOptions::default()
    };
    plan(cluster, &catalogue, &options, &Never, &Silent).map(|planned| planned.plan.into_plan())
}

/// By day many, by night a batch, and one that does not move.
fn day_and_night(zones: &str) -> Cluster {
    let services = [
        ("batch", profile(1..5, 6, 0)),
        ("shop", profile(8..20, 12, 3)),
        ("still", String::new()),
    ];
    cluster(&services, zones)
}

fn rules(cluster: &Cluster, plan: &FleetPlan) -> Vec<Rule> {
    let catalogue = Catalogue::embedded("us-east-1").expect("known");
    (check(cluster, &catalogue, plan).into_iter())
        .map(|violation| violation.rule)
        .collect()
}

#[test]
fn groups_follow_the_hours_and_the_bill_is_their_mean() {
    let cluster = day_and_night("");
    let plan = planned(&cluster).expect("a plan");
    let cost = &plan.cost;
    assert!(
        cost.bound_usd_per_hour
            .is_some_and(|bound| bound <= cost.ideal_usd_per_hour)
    );
    assert!(cost.ideal_usd_per_hour <= cost.usd_per_hour);
    let dearest = cost.periods.iter().map(|period| period.usd_per_hour).max();
    assert!(dearest > Some(cost.usd_per_hour));
    assert_eq!(
        cost.periods
            .iter()
            .map(|period| period.hours_per_week)
            .sum::<u64>(),
        168
    );
    let scheduled = plan
        .groups()
        .filter(|group| group.mode == Some(GroupMode::Scheduled));
    assert!(scheduled.count() > 0);
    // Steady all week, the largest numbers cost what the dearest hour costs or more.
    let peaks = planned(&cluster.at_peaks()).expect("a plan");
    assert!(cost.usd_per_hour < peaks.cost.usd_per_hour);
    assert_eq!(rules(&cluster, &plan), []);
}

#[test]
fn what_does_not_hold_in_some_hour_is_found() {
    let cluster = day_and_night("");
    let good = planned(&cluster).expect("a plan");
    let broken = |change: &dyn Fn(&mut FleetPlan)| {
        let mut plan = good.clone();
        change(&mut plan);
        rules(&cluster, &plan)
    };
    let scheduled = (good.capacity_providers.iter())
        .position(|group| !group.schedule.is_empty())
        .expect("a schedule");
    let fewer = broken(&|plan| {
        let last = plan.capacity_providers[scheduled].schedule.last_mut();
        last.expect("sizes").desired_capacity -= 1;
    });
    assert!(fewer.contains(&Rule::Week), "{fewer:?}");
    for rules in [
        broken(&|plan| drop(plan.capacity_providers[scheduled].schedule.pop())),
        broken(&|plan| plan.capacity_providers[scheduled].mode = Some(GroupMode::Steady)),
        broken(&|plan| plan.cost.periods[0].hours_per_week += 1),
        broken(&|plan| drop(plan.cost.periods.pop())),
        broken(&|plan| plan.cost.usd_per_hour = plan.cost.ideal_usd_per_hour * 3),
        broken(&|plan| plan.services[1].desired_count += 1),
    ] {
        assert!(rules.contains(&Rule::Week), "{rules:?}");
    }
    let one = cluster.at_peaks();
    assert!(rules(&one, &good).contains(&Rule::Week));
}

#[test]
fn a_flat_profile_is_its_number() {
    let flat = cluster(&[("a", profile(0..24, 7, 7)), ("b", String::new())], "");
    let number = cluster(&[("a", String::new()), ("b", String::new())], "");
    let mut number = number;
    number.services[0].desired_count = 7;
    assert_eq!(flat, number);
}

#[test]
fn what_is_not_built_is_said() {
    let cluster = day_and_night(r#", "minInstances": 3, "fargate": "allowed""#);
    let refused = planned(&cluster).expect_err("refused");
    assert_eq!(
        refused,
        PlanError::Week(NoWeek::NotBuilt(vec!["fargate", "minInstances"]))
    );
}

#[test]
fn sizes_over_zones_are_level_in_every_hour() {
    let mut cluster = day_and_night("");
    cluster.zones = ["us-east-1a", "us-east-1b", "us-east-1c"]
        .map(|name| crate::domain::cluster::Zone {
            name: Some(name.to_owned()),
            id: None,
        })
        .into();
    let plan = planned(&cluster).expect("a plan");
    let level = |group: &crate::domain::plan::PlannedProvider| {
        group
            .schedule
            .iter()
            .all(|size| size.desired_capacity.is_multiple_of(3))
    };
    assert!(plan.groups().all(level));
    assert_eq!(rules(&cluster, &plan), []);
}
