//! Weeks of two groups, played.

use super::*;
use crate::io::{ImportOptions, read_cluster, read_plan};

/// Eight tasks by day, two by night, two on an instance.
fn cluster() -> Cluster {
    let mut day = [2_u64; 24];
    day[8..20].fill(8);
    let text = format!(
        r#"{{"version": 1, "region": "us-east-1", "cluster": "prod", "services": [
            {{"serviceName": "a", "desiredCount": 8, "cpu": 900, "memory": 1000, "networkMode": "bridge", "profile": {day:?}}}]}}"#
    );
    let imported = read_cluster(&text, "c.json", &ImportOptions::default());
    imported.expect("a cluster").cluster
}

/// A group that follows the hours, with so many instances by night and by day.
fn plan(night: u64, day: u64) -> FleetPlan {
    let text = format!(
        r#"{{"version": 1, "cluster": "prod", "region": "us-east-1", "status": "feasible",
        "catalogue": {{"source": "embedded", "asOf": {{}}}},
        "cost": {{"usdPerHour": 0.4, "usdPerMonth": 292, "boundUsdPerHour": null, "gap": null, "idealUsdPerHour": 0.4, "idealGap": null, "currentUsdPerHour": null}},
        "capacityProviders": [{{"name": "g", "kind": "AUTO_SCALING_GROUP", "instanceTypes": ["m6i.large"], "purchaseOption": "on-demand",
            "availabilityZones": [], "minSize": {night}, "desiredCapacity": {day}, "maxSize": {day}, "managedScaling": {{"enabled": true}},
            "usdPerHour": 0.4, "mode": "scheduled",
            "certificate": {{"tasksPerInstance": {{"a": 2}}, "tasks": {{"a": 8}}}},
            "schedule": [{{"hours": "{}", "desiredCapacity": {night}}}, {{"hours": "{}", "desiredCapacity": {day}}}]}}],
        "services": [{{"serviceName": "a", "desiredCount": 8, "capacityProviderStrategy": [{{"capacityProvider": "g", "base": 0, "weight": 1}}],
            "placementStrategy": [{{"type": "spread", "field": "instanceId"}}], "usdPerHour": 0.4, "marginalUsdPerTaskHour": null}}],
        "instances": [{{"instanceType": "m6i.large", "purchaseOption": "on-demand", "availabilityZone": null, "capacityProvider": "g", "count": {day},
            "usdPerHour": 0.1, "registered": {{"cpu": 2048, "memoryMib": 7600, "enis": 2, "gpus": 0}}, "tasks": {{"a": 2}}}}],
        "fargateTasks": [], "unplaced": [], "changes": [], "assumptions": []}}"#,
        hours(|hour| !(8..20).contains(&hour)),
        hours(|hour| (8..20).contains(&hour)),
    );
    read_plan(&text, "p.json").expect("a plan").1
}

fn hours(holds: impl Fn(usize) -> bool) -> String {
    let hours: Vec<usize> = (0..HOURS_PER_WEEK)
        .filter(|hour| holds(hour % 24))
        .collect();
    crate::domain::week::hours_text(&hours)
}

fn played(plan: &FleetPlan, seed: u64) -> PlayedWeek {
    let catalogue = Catalogue::embedded("us-east-1").expect("known");
    let options = EngineOptions {
        seed,
        minutes: MINUTES_PER_WEEK,
        ..EngineOptions::default()
    };
    let timing = Timing::default();
    play(&cluster(), &catalogue, plan, timing, (&options, &|| false)).expect("a week")
}

#[test]
fn a_group_that_follows_the_hours_lets_no_task_wait() {
    let plan = plan(1, 4);
    for seed in 0..3 {
        let week = played(&plan, seed);
        assert_eq!((week.begins_at, week.size_changes), (8, 14));
        // The rise to the hour in which the run begins may come after its end.
        assert!((13..=14).contains(&week.count_changes));
        assert_eq!((week.longest_wait_minutes, week.most_waiting), (0, 0));
        let sizes: Vec<u64> = (week.run.trace.minutes.iter())
            .map(Minute::instances)
            .collect();
        assert_eq!(
            (sizes.iter().min(), sizes.iter().max()),
            (Some(&1), Some(&4))
        );
        // Twelve hours of four and twelve of one, and what comes early and goes late.
        let mean = sizes.iter().sum::<u64>() as f64 / sizes.len() as f64;
        assert!((2.5..2.7).contains(&mean), "{mean}");
    }
}

#[test]
fn a_group_that_is_too_small_is_seen() {
    let mut small = plan(1, 3);
    // Managed scaling would mend it.
    small.capacity_providers[0].managed_scaling.enabled = Some(false);
    let week = played(&small, 0);
    assert_eq!(week.most_waiting, 2);
    assert!(
        week.longest_wait_minutes > 600,
        "{}",
        week.longest_wait_minutes
    );
}

#[test]
fn a_week_that_is_not_there_is_no_week() {
    let catalogue = Catalogue::embedded("us-east-1").expect("known");
    let options = EngineOptions::default();
    let timing = Timing::default();
    let limits: (&EngineOptions, IsOver<'_>) = (&options, &|| false);
    let one = cluster().at_peaks();
    let none = play(&one, &catalogue, &plan(1, 4), timing, limits);
    assert_eq!(none.expect_err("no week"), NoWeekPlayed::NoWeek);
    let mut other = plan(1, 4);
    other.services[0].desired_count = 5;
    let none = play(&cluster(), &catalogue, &other, timing, limits);
    assert_eq!(none.expect_err("no hour"), NoWeekPlayed::NoHourShown);
}
