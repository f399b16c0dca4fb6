//! Plans over a week, end to end, and what the checker says of ones that do not hold.

use crate::catalogue::Catalogue;
use crate::check::{Rule, check};
use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{Assumption, FleetPlan, GroupMode, Warning};
use crate::io::{ImportOptions, read_cluster};
use crate::optimize::listener::Silent;
use crate::optimize::stop::Never;
use crate::planner::{NoWeek, PlanError, PlanOptions, plan};

mod elastic;
mod exhaustive;
mod managed;
mod on_fargate;
mod room;

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
    // Who runs by night alone pays for the night.
    assert!(
        plan.services
            .iter()
            .all(|of| of.usd_per_hour > UsdPerHour::ZERO)
    );
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
fn patterns_of_hours_with_many_tasks_hold_a_stated_share_in_hours_with_few() {
    let services = [
        ("batch", profile(1..5, 10, 1)),
        ("shop", profile(8..20, 30, 3)),
    ];
    let cluster = cluster(&services, r#", "maxShareOnInstance": 0.5"#);
    let plan = planned(&cluster).expect("a plan");
    assert_eq!(rules(&cluster, &plan), []);
}

#[test]
fn a_default_share_gives_way_where_no_plan_holds_it_and_a_stated_one_does_not() {
    let services = [("a", profile(8..20, 3, 2))];
    let by_default = cluster(&services, r#", "maxInstances": 1"#);
    let plan = planned(&by_default).expect("a plan");
    assert!(plan.warnings.contains(&Warning::MaxShareGivesWayOverWeek));
    assert_eq!(rules(&by_default, &plan), []);
    let stated = cluster(
        &services,
        r#", "maxInstances": 1, "maxShareOnInstance": 0.5"#,
    );
    assert!(planned(&stated).is_err());
}

#[test]
fn sizes_change_no_more_often_than_is_asked_for() {
    let cluster = day_and_night("");
    let catalogue = Catalogue::embedded("us-east-1").expect("known");
    let options = PlanOptions {
        rehearses: false,
        work_limit: Some(400_000),
        max_schedule_changes: Some(2),
        ..PlanOptions::default()
    };
    let free = planned(&cluster).expect("a plan");
    let plan = plan(&cluster, &catalogue, &options, &Never, &Silent);
    let plan = plan.expect("a plan").plan.into_plan();
    for group in plan.groups() {
        let sizes = group.sizes_by_hour();
        assert!(super::steps::changes(&sizes) <= 2, "{sizes:?}");
    }
    assert!(plan.cost.usd_per_hour >= free.cost.usd_per_hour);
    let said = |said: &Assumption| matches!(said, Assumption::SizesRaised { most: 2, .. });
    assert!(plan.assumptions.iter().any(said));
    assert_eq!(rules(&cluster, &plan), []);
}

#[test]
fn the_replica_plays_the_week_and_no_task_waits() {
    let cluster = day_and_night("");
    let catalogue = Catalogue::embedded("us-east-1").expect("known");
    let options = PlanOptions {
        work_limit: Some(400_000),
        ..PlanOptions::default()
    };
    let plan = plan(&cluster, &catalogue, &options, &Never, &Silent).expect("a plan");
    let played = plan.plan.assumptions.iter().find_map(|said| match said {
        Assumption::WeekPlayed {
            weeks,
            most_waiting,
            ..
        } => Some((*weeks, *most_waiting)),
        _ => None,
    });
    assert_eq!(played, Some((3, 0)));
}

#[test]
fn a_flat_profile_plans_as_its_number() {
    for (count, other, over_zones) in [(7, 4, false), (1, 9, true), (30, 2, false)] {
        let of = |first: String| {
            let mut cluster = cluster(&[("a", first), ("b", String::new())], "");
            cluster.services[1].desired_count = other;
            if over_zones {
                cluster.zones = zones();
            }
            cluster
        };
        let flat = of(profile(0..24, count, count));
        let mut number = of(String::new());
        number.services[0].desired_count = count;
        assert_eq!(flat, number);
        assert_eq!(planned(&flat), planned(&number));
    }
}

#[test]
fn what_is_not_built_is_said() {
    let cluster = day_and_night(r#", "spotMaxSharePerPool": 0.5, "keepInstances": "all""#);
    let refused = planned(&cluster).expect_err("refused");
    assert_eq!(
        refused,
        PlanError::Week(NoWeek::NotBuilt(vec![
            "keepInstances",
            "spotMaxSharePerPool"
        ]))
    );
    let limits = r#", "managedInstances": "allowed", "minInstances": 3, "maxInstanceTypes": 2"#;
    let refused = planned(&day_and_night(limits)).expect_err("refused");
    assert_eq!(
        refused,
        PlanError::Week(NoWeek::NotBuilt(vec![
            "minInstances beside managedInstances",
            "maxInstanceTypes beside managedInstances"
        ]))
    );
}

fn zones() -> Vec<crate::domain::cluster::Zone> {
    ["us-east-1a", "us-east-1b", "us-east-1c"]
        .map(|name| crate::domain::cluster::Zone {
            name: Some(name.to_owned()),
            id: None,
        })
        .into()
}

#[test]
fn sizes_over_zones_are_level_in_every_hour() {
    let mut cluster = day_and_night("");
    cluster.zones = zones();
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
