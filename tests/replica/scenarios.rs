//! Deployments and losses on a cluster.

use bayplan::simulate::choices::RolloutStops;
use bayplan::simulate::deployment::RolloutRule;
use bayplan::simulate::deployment::shift::TrafficShift;
use bayplan::simulate::engine::{EngineOptions, Run, ScenarioEvent};
use bayplan::simulate::fleet::Fleet;
use bayplan::simulate::managed_scaling::ManagedScalingInput;
use bayplan::simulate::trace::{EventKind, Minute};
use bayplan::simulate::workload::Workload;
use bayplan::simulate::world::World;
use serde_json::{Value, json};

use crate::support::{cluster, events, host, played, scaled, world};

/// Deploys a service of ten tasks on instances for five tasks each.
fn deployed(deployment: &Value, instances: u64, most: u64) -> Run {
    let service = json!({
        "desiredCount": 10, "cpu": 200, "memory": 200, "deploymentConfiguration": deployment,
    });
    let cluster = cluster(vec![service]);
    let mut workload = Workload::new(&cluster, None);
    let new = workload.add_revision(0);
    let fleet = Fleet::new([(host(1000, 1000, "us-east-1a"), instances)]);
    let mut world = World::new(&cluster, &fleet, workload);
    let groups = scaled(&mut world, &ManagedScalingInput::default(), most);
    let stops = RolloutStops::default();
    let rule = RolloutRule::of(&cluster.services[0], stops, TrafficShift::default());
    let event = ScenarioEvent::Deployment { old: 0, new, rule };
    let options = EngineOptions {
        minutes: 60,
        ..EngineOptions::default()
    };
    played(&cluster, &world, &groups, true, &[(5, event)], &options)
}

#[test]
fn with_room_for_the_surge_a_rollout_is_done_in_two_minutes() {
    let run = deployed(
        &json!({"minimumHealthyPercent": 100, "maximumPercent": 200}),
        4,
        4,
    );
    let [(finished, 10)] = events(&run, EventKind::DeploymentFinished)[..] else {
        panic!("one deployment");
    };
    assert!(finished <= 8, "{finished}");
    let most = run.trace.minutes.iter().map(Minute::running).max();
    assert_eq!(most, Some(20), "both revisions in full");
    let fewest = run.trace.minutes.iter().map(Minute::running).min();
    assert_eq!(fewest, Some(10));
}

#[test]
fn without_room_and_with_all_tasks_to_stay_healthy_a_rollout_is_stuck() {
    let run = deployed(
        &json!({"minimumHealthyPercent": 100, "maximumPercent": 200}),
        2,
        2,
    );
    assert!(run.stuck);
    let [(since, 10)] = events(&run, EventKind::DeploymentStuck)[..] else {
        panic!("one deployment");
    };
    assert!((5..10).contains(&since), "{since}");
    assert!(events(&run, EventKind::DeploymentFinished).is_empty());
    assert_eq!(run.trace.minutes.last().expect("minutes").running(), 10);
}

#[test]
fn without_room_half_the_tasks_make_way_where_the_limits_allow_it() {
    let run = deployed(
        &json!({"minimumHealthyPercent": 50, "maximumPercent": 100}),
        2,
        2,
    );
    assert!(!run.stuck);
    assert_eq!(events(&run, EventKind::DeploymentFinished).len(), 1);
    let fewest = run.trace.minutes.iter().map(Minute::running).min();
    assert!(fewest >= Some(5), "{fewest:?}");
}

#[test]
fn a_group_that_may_grow_launches_the_room_for_a_rollout() {
    let run = deployed(
        &json!({"minimumHealthyPercent": 100, "maximumPercent": 200}),
        2,
        9,
    );
    assert_eq!(events(&run, EventKind::DeploymentFinished).len(), 1);
    assert_eq!(run.most_instances, 4);
    // It waited for the launch: that is no deployment that cannot go on.
    assert!(!run.stuck);
    assert!(events(&run, EventKind::DeploymentStuck).is_empty());
}

#[test]
fn what_a_lost_zone_held_runs_again_in_the_others() {
    let cluster = cluster(vec![json!({"desiredCount": 12, "cpu": 200, "memory": 200})]);
    let zones = ["us-east-1a", "us-east-1b", "us-east-1c"];
    let mut world = world(&cluster, &zones.map(|zone| (host(1000, 1000, zone), 1)));
    let groups = scaled(&mut world, &ManagedScalingInput::default(), 3);
    let lost = ScenarioEvent::ZoneLost {
        zone: "us-east-1b".to_owned(),
    };
    let options = EngineOptions::default();
    let run = played(&cluster, &world, &groups, true, &[(5, lost)], &options);
    assert_eq!(events(&run, EventKind::ZoneLost), [(5, 1)]);
    assert_eq!(events(&run, EventKind::TasksKilled), [(5, 4)]);
    // Two of the four fit beside the others at once, the rest on the instance that replaces the lost one.
    assert_eq!(run.settled, Some(7));
    assert_eq!((run.most_missing, run.missing), (2, 0));
    let after = run.trace.minutes.last().expect("minutes");
    let names = &run.trace.names.zones;
    let there =
        (after.instances.iter()).any(|row| names[row.zone.expect("a zone")] == "us-east-1b");
    assert_eq!((after.instances(), there), (3, false));
}

#[test]
fn what_a_lost_instance_held_runs_again_beside_the_others_and_on_its_replacement() {
    let cluster = cluster(vec![json!({"desiredCount": 12, "cpu": 200, "memory": 200})]);
    let zones = ["us-east-1a", "us-east-1b", "us-east-1c"];
    let mut world = world(&cluster, &zones.map(|zone| (host(1000, 1000, zone), 1)));
    let groups = scaled(&mut world, &ManagedScalingInput::default(), 3);
    let lost = ScenarioEvent::InstanceLost { number: 1 };
    let options = EngineOptions::default();
    let run = played(&cluster, &world, &groups, true, &[(5, lost)], &options);
    assert_eq!(events(&run, EventKind::InstanceLost), [(5, 1)]);
    assert_eq!(events(&run, EventKind::TasksKilled), [(5, 4)]);
    assert_eq!(run.settled, Some(7));
    assert_eq!((run.most_missing, run.missing), (2, 0));
    assert_eq!(run.trace.minutes.last().expect("minutes").instances(), 3);
}
