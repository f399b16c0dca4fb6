use super::*;
use crate::domain::money::UsdPerHour;
use crate::io::{ImportOptions, read_cluster};
use crate::optimize::listener::Silent;
use crate::optimize::stop::{Interrupt, Never, WorkMeter};
use crate::planner::{self, PlanOptions, resets};

/// A service that grows and shrinks, and one that does neither.
const TWO_SERVICES: &str = r#"{"version": 1, "region": "us-east-1", "availabilityZones": ["us-east-1a", "us-east-1b"],
    "services": [
      {"serviceName": "a", "desiredCount": 4, "minCount": 2, "maxCount": 12, "cpu": 512, "memory": 1024},
      {"serviceName": "b", "desiredCount": 2, "cpu": 256, "memory": 2048}],
    "policy": {"allowedInstanceTypes": ["m6i.large", "m6i.xlarge"]}}"#;

fn cluster() -> Cluster {
    let imported = read_cluster(TWO_SERVICES, "c.json", &ImportOptions::default());
    imported.expect("a cluster").cluster
}

/// The plan without what was said of its day.
fn planned(cluster: &Cluster, catalogue: &Catalogue) -> FleetPlan {
    let options = PlanOptions::default();
    let planned = planner::plan(cluster, catalogue, &options, &Never, &Silent);
    let mut plan = planned.expect("a plan").plan.into_plan();
    plan.assumptions.clear();
    plan
}

/// Plays the day and its resets.
fn rehearse(cluster: &Cluster, catalogue: &Catalogue, plan: &mut FleetPlan, budget: Budget<'_>) {
    let day = play(cluster, catalogue, plan, budget);
    resets::settle((cluster, catalogue), plan, (None, Some(day)), budget);
}

/// Plays the day within so many units of work; those that it took.
fn rehearse_within(
    cluster: &Cluster,
    catalogue: &Catalogue,
    plan: &mut FleetPlan,
    limit: u64,
) -> u64 {
    let work = WorkMeter::new(limit);
    rehearse(cluster, catalogue, plan, Budget::new(&Never, &work));
    work.spent()
}

fn growth_of(plan: &FleetPlan) -> Option<(u64, u64)> {
    plan.assumptions.iter().find_map(|said| match said {
        Assumption::GrowthPlayed { tasks, missing, .. } => Some((*tasks, *missing)),
        _ => None,
    })
}

#[test]
fn every_part_of_the_day_is_said_with_figures_of_this_fleet() {
    let (cluster, catalogue) = (cluster(), Catalogue::embedded("us-east-1").expect("known"));
    let mut plan = planned(&cluster, &catalogue);
    rehearse_within(&cluster, &catalogue, &mut plan, u64::MAX);
    assert_eq!(growth_of(&plan), Some((14, 0)));
    let alone = plan.assumptions.iter().find_map(|said| match said {
        Assumption::GrowthPlayed {
            alone_without_place,
            one_by_one_missing,
            ..
        } => Some((alone_without_place.clone(), *one_by_one_missing)),
        _ => None,
    });
    // One service grows, so that it has a place alone as well.
    assert_eq!(alone, Some((Some(Vec::new()), Some(0))));
    let own: u64 = plan.instances.iter().map(|row| row.count).sum();
    let said = |which: &dyn Fn(&Assumption) -> bool| plan.assumptions.iter().any(which);
    assert!(said(&|said| matches!(
        said,
        Assumption::InstanceLossPlayed { instances, tasks: 6, larger_after, most_more, usd_per_hour_more, reset, .. }
            if *instances == own && larger_after <= instances && (*larger_after > 0) == (*most_more > 0)
                && (*most_more > 0) == (*usd_per_hour_more > UsdPerHour::ZERO)
                && (*most_more == 0) == (*reset == ResetOutcome::NotNeeded) && *reset != ResetOutcome::NotPlayed
    )));
    // A zone's reset is played where tasks wait for it.
    assert!(said(&|said| matches!(
        said,
        Assumption::ZoneLossPlayed { zones: 2, tasks: 6, most_waiting, reset, .. } if *most_waiting <= 6
            && *reset != ResetOutcome::NotPlayed && (*most_waiting > 0) == (*reset != ResetOutcome::NotNeeded)
    )));
    assert!(said(&|said| matches!(
        said,
        Assumption::FallPlayed { services: 1, .. }
    )));
    // No Spot instance is there to be reclaimed.
    assert!(!said(&|said| matches!(
        said,
        Assumption::SpotReclaimPlayed { .. }
    )));
    assert!(!said(&|said| matches!(said, Assumption::NotPlayed { .. })));
}

#[test]
fn a_service_without_tasks_does_not_grow_since_no_group_is_planned_for_it() {
    let idle = r#""services": [{"serviceName": "idle", "desiredCount": 0, "maxCount": 5, "cpu": 512, "memory": 1024},"#;
    let text = TWO_SERVICES.replace(r#""services": ["#, idle);
    let imported = read_cluster(&text, "c.json", &ImportOptions::default());
    let cluster = imported.expect("a cluster").cluster;
    let catalogue = Catalogue::embedded("us-east-1").expect("known");
    let mut plan = planned(&cluster, &catalogue);
    rehearse_within(&cluster, &catalogue, &mut plan, u64::MAX);
    // 12 of `a` and 2 of `b`.
    assert_eq!(growth_of(&plan), Some((14, 0)));
    assert!(plan.assumptions.iter().any(|said| matches!(
        said,
        Assumption::GrowthPlayed { services: 1, alone_without_place: Some(names), .. } if names.is_empty()
    )));
}

#[test]
fn growth_that_the_policy_leaves_no_instances_for_is_said_with_the_tasks_that_wait() {
    let (mut cluster, catalogue) = (cluster(), Catalogue::embedded("us-east-1").expect("known"));
    let mut plan = planned(&cluster, &catalogue);
    cluster.policy.max_instances = plan.instances.iter().map(|row| row.count).sum();
    for provider in &mut plan.capacity_providers {
        provider.max_size = provider.desired_capacity;
    }
    let sizes: Vec<u64> = plan.groups().map(|group| group.max_size).collect();
    rehearse_within(&cluster, &catalogue, &mut plan, u64::MAX);
    let (tasks, missing) = growth_of(&plan).expect("growth was played");
    assert!(tasks == 14 && missing > 0, "{missing} of {tasks}");
    assert!(plan.assumptions.iter().any(|said| matches!(
        said,
        Assumption::GrowthPlayed { alone_without_place: Some(names), one_by_one_missing: Some(tasks), .. }
            if *names == ["a"] && *tasks == missing
    )));
    let after: Vec<u64> = plan.groups().map(|group| group.max_size).collect();
    assert_eq!(sizes, after);
}

#[test]
fn where_the_time_is_over_the_plan_says_what_was_not_played() {
    let (cluster, catalogue) = (cluster(), Catalogue::embedded("us-east-1").expect("known"));
    let mut plan = planned(&cluster, &catalogue);
    let raised = Interrupt::new();
    raised.raise();
    let before = plan.capacity_providers.clone();
    let work = WorkMeter::new(u64::MAX);
    rehearse(&cluster, &catalogue, &mut plan, Budget::new(&raised, &work));
    let what = vec![
        DayPart::Growth,
        DayPart::Fall,
        DayPart::InstanceLoss,
        DayPart::ZoneLoss,
    ];
    assert_eq!(plan.assumptions, [Assumption::NotPlayed { what }]);
    assert_eq!(plan.capacity_providers, before);
}

#[test]
fn a_day_counts_its_work_and_ends_where_that_is_used_up() {
    let (cluster, catalogue) = (cluster(), Catalogue::embedded("us-east-1").expect("known"));
    let plan = planned(&cluster, &catalogue);
    let mut whole = plan.clone();
    let spent = rehearse_within(&cluster, &catalogue, &mut whole, u64::MAX);
    assert!(spent > 0);
    let mut same = plan.clone();
    assert_eq!(
        rehearse_within(&cluster, &catalogue, &mut same, spent + 10),
        spent
    );
    assert_eq!(same, whole);
    let mut cut = plan;
    let spent_then = rehearse_within(&cluster, &catalogue, &mut cut, spent / 2);
    assert!(spent_then < spent);
    let is_said = |said: &Assumption| matches!(said, Assumption::NotPlayed { .. });
    assert!(cut.assumptions.iter().any(is_said));
}

#[test]
fn only_zones_with_something_to_lose_are_said_to_be_lost() {
    let (mut cluster, catalogue) = (cluster(), Catalogue::embedded("us-east-1").expect("known"));
    let mut plan = planned(&cluster, &catalogue);
    let mut empty = cluster.zones[0].clone();
    empty.name = Some("us-east-1c".to_owned());
    cluster.zones.push(empty);
    rehearse_within(&cluster, &catalogue, &mut plan, u64::MAX);
    assert!(
        plan.assumptions
            .iter()
            .any(|said| matches!(said, Assumption::ZoneLossPlayed { zones: 2, .. }))
    );
}

#[test]
fn the_spot_pool_with_the_most_capacity_goes_whole() {
    let text = r#"{"version": 1, "region": "us-east-1", "services": [
          {"serviceName": "small", "desiredCount": 4, "cpu": 1500, "memory": 3000, "placementConstraints": [
            {"type": "memberOf", "expression": "attribute:ecs.instance-type == m6i.large"}]},
          {"serviceName": "large", "desiredCount": 2, "cpu": 7000, "memory": 20000, "placementConstraints": [
            {"type": "memberOf", "expression": "attribute:ecs.instance-type == m6i.2xlarge"}]}],
        "policy": {"purchaseOptions": ["spot"], "maxShareOnInstance": 1}}"#;
    let imported = read_cluster(text, "c.json", &ImportOptions::default());
    let cluster = imported.expect("a cluster").cluster;
    let catalogue = Catalogue::embedded("us-east-1").expect("known");
    let mut plan = planned(&cluster, &catalogue);
    rehearse_within(&cluster, &catalogue, &mut plan, u64::MAX);
    let told = plan.assumptions.iter().find_map(|said| match said {
        Assumption::SpotReclaimPlayed {
            event,
            most_waiting,
            ..
        } => Some((event.clone(), *most_waiting)),
        _ => None,
    });
    let (event, most_waiting) = told.expect("Spot is played");
    // Two of eight vCPUs each hold more than four of two.
    let pool = (event.instance_type.as_str(), event.instances);
    assert_eq!(pool, ("m6i.2xlarge", 2));
    assert!((event.probability - 1.0).abs() < f64::EPSILON);
    // Within the notice one is launched, which `maxSize` allows; the other task waits for its own.
    assert_eq!(most_waiting, 1);
}
