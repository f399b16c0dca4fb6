//! Room for what may happen, and limits, in every hour.

use super::*;
use crate::domain::plan::PlannedProvider;

fn sizes(plan: &FleetPlan) -> Vec<Vec<u64>> {
    plan.groups().map(PlannedProvider::sizes_by_hour).collect()
}

#[test]
fn any_instance_may_be_lost_in_every_hour() {
    let cluster = day_and_night(r#", "surviveInstanceLoss": true"#);
    let plan = planned(&cluster).expect("a plan");
    assert_eq!(rules(&cluster, &plan), []);
    let without = planned(&day_and_night("")).expect("a plan");
    assert!(plan.cost.usd_per_hour > without.cost.usd_per_hour);
    // A plan without that room breaks the rule, in the hour that it shows or in another.
    assert!(!rules(&cluster, &without).is_empty());
    let mut fewer = plan.clone();
    let scheduled = (fewer.capacity_providers.iter_mut()).find(|group| !group.schedule.is_empty());
    let last = scheduled.and_then(|group| group.schedule.last_mut());
    last.expect("a schedule").desired_capacity -= 1;
    assert!(rules(&cluster, &fewer).contains(&Rule::Week));
}

#[test]
fn any_zone_may_be_lost_in_every_hour() {
    let mut cluster = day_and_night("");
    cluster.zones = zones();
    cluster.policy.survive_zone_loss = true;
    let plan = planned(&cluster).expect("a plan");
    assert_eq!(rules(&cluster, &plan), []);
    let mut without = day_and_night("");
    without.zones = zones();
    let without = planned(&without).expect("a plan");
    assert!(plan.cost.usd_per_hour > without.cost.usd_per_hour);
    assert!(!rules(&cluster, &without).is_empty());
}

#[test]
fn every_hour_has_room_for_a_rollout() {
    let cluster = day_and_night(r#", "deploymentSurge": true"#);
    let plan = planned(&cluster).expect("a plan");
    assert_eq!(rules(&cluster, &plan), []);
    let without = planned(&day_and_night("")).expect("a plan");
    assert!(plan.cost.usd_per_hour > without.cost.usd_per_hour);
    assert!(!rules(&cluster, &without).is_empty());
}

#[test]
fn types_are_no_more_than_are_allowed() {
    let cluster = day_and_night(r#", "maxInstanceTypes": 1"#);
    let plan = planned(&cluster).expect("a plan");
    assert_eq!(rules(&cluster, &plan), []);
    let mut types: Vec<&String> = plan
        .groups()
        .flat_map(|group| &group.instance_types)
        .collect();
    types.dedup();
    assert_eq!(types.len(), 1, "{types:?}");
}

#[test]
fn every_hour_has_as_many_instances_as_are_asked_for() {
    let cluster = day_and_night(r#", "minInstances": 5"#);
    let plan = planned(&cluster).expect("a plan");
    assert_eq!(rules(&cluster, &plan), []);
    for hour in 0..168 {
        let all: u64 = sizes(&plan).iter().map(|sizes| sizes[hour]).sum();
        assert!(all >= 5, "hour {hour}: {all}");
    }
    let without = planned(&day_and_night("")).expect("a plan");
    assert!(rules(&cluster, &without).contains(&Rule::Week));
}
