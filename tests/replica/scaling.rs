//! Managed scaling of a group, minute by minute, with placement in between.

use bayplan::simulate::engine::{EngineOptions, Run, ScenarioEvent};
use bayplan::simulate::managed_scaling::ManagedScalingInput;
use bayplan::simulate::trace::{EventKind, Minute};
use rust_decimal::Decimal;
use serde_json::json;

use crate::support::{cluster, events, host, played, scaled, world};

/// A service of so many tasks that fill an instance in fives, and a group from so many instances on.
fn scaling(
    tasks: u64,
    instances: u64,
    input: &ManagedScalingInput,
    scripted: &[(u64, ScenarioEvent)],
    options: &EngineOptions,
) -> Run {
    let pack = json!([{"type": "binpack", "field": "memory"}]);
    let service =
        json!({"desiredCount": tasks, "cpu": 200, "memory": 200, "placementStrategy": pack});
    let cluster = cluster(vec![service]);
    let mut world = world(&cluster, &[(host(1000, 1000, "us-east-1a"), instances)]);
    let groups = scaled(&mut world, input, 100);
    played(&cluster, &world, &groups, instances > 0, scripted, options)
}

fn reservation(run: &Run, minute: usize) -> Decimal {
    let provider = run.trace.minutes[minute].providers[0];
    provider.reservation_percent.expect("published")
}

#[test]
fn one_task_on_no_instance_makes_the_metric_200_and_brings_two() {
    let run = scaling(
        1,
        0,
        &ManagedScalingInput::default(),
        &[],
        &EngineOptions::default(),
    );
    assert_eq!(reservation(&run, 0), Decimal::from(200));
    assert_eq!(events(&run, EventKind::ScaleOut)[0], (0, 2));
    assert_eq!(
        run.settled,
        Some(2),
        "launched in minute 0, registered in minute 2"
    );
}

#[test]
fn two_of_three_in_use_scale_in_to_two_after_fifteen_low_minutes() {
    let options = EngineOptions::default();
    let run = scaling(10, 3, &ManagedScalingInput::default(), &[], &options);
    assert_eq!(reservation(&run, 0).round_dp(1), Decimal::new(667, 1));
    assert_eq!(
        events(&run, EventKind::ScaleIn),
        [(14, 1)],
        "the fifteenth point is minute 14"
    );
    let last = run.trace.minutes.last().expect("minutes");
    assert_eq!((last.instances(), last.running()), (2, 10));
}

#[test]
fn at_half_the_target_two_in_use_keep_four() {
    let input = ManagedScalingInput {
        target_capacity: Some(50),
        ..ManagedScalingInput::default()
    };
    let run = scaling(10, 3, &input, &[], &EngineOptions::default());
    assert_eq!(run.trace.minutes.last().expect("minutes").instances(), 4);
}

#[test]
fn a_scale_out_in_the_low_minutes_begins_them_again() {
    let count = |count| ScenarioEvent::DesiredCount { class: 0, count };
    let scripted = [(10, count(40)), (11, count(10))];
    let run = scaling(
        10,
        3,
        &ManagedScalingInput::default(),
        &scripted,
        &EngineOptions::default(),
    );
    let scale_in = events(&run, EventKind::ScaleIn);
    assert_eq!(events(&run, EventKind::ScaleOut)[0].0, 10);
    assert_eq!(scale_in[0].0, 25, "minutes 11 to 25 are the fifteen");
}

#[test]
fn scale_in_takes_less_than_half_a_minute_and_with_protection_only_empty_instances() {
    let count = |count| ScenarioEvent::DesiredCount { class: 0, count };
    let mut options = EngineOptions::default();
    options.termination.protection = true;
    let input = ManagedScalingInput::default();
    let run = scaling(100, 20, &input, &[(5, count(20))], &options);
    let fewer: Vec<u64> = events(&run, EventKind::ScaleIn)
        .iter()
        .map(|(_, count)| *count)
        .collect();
    assert_eq!(fewer, [9, 5, 2], "of 20, of 11, of 6");
    assert!(events(&run, EventKind::TasksKilled).is_empty());
    assert_eq!(run.trace.minutes.last().expect("minutes").instances(), 4);
}

#[test]
fn without_protection_busy_instances_drain_and_their_tasks_move_before_they_stop() {
    let count = |count| ScenarioEvent::DesiredCount { class: 0, count };
    let input = ManagedScalingInput::default();
    let run = scaling(
        100,
        20,
        &input,
        &[(5, count(20))],
        &EngineOptions::default(),
    );
    assert!(events(&run, EventKind::TasksKilled).is_empty());
    let fewest = run.trace.minutes[6..].iter().map(Minute::running).min();
    assert_eq!(fewest, Some(20), "minimum healthy percent is 100");
}

#[test]
fn the_quota_of_waiting_tasks_makes_a_large_scale_out_take_several_rounds() {
    let options = EngineOptions {
        provisioning_quota: 50,
        ..EngineOptions::default()
    };
    let run = scaling(200, 0, &ManagedScalingInput::default(), &[], &options);
    let most = run.trace.minutes.iter().map(Minute::provisioning).max();
    assert_eq!(most, Some(50));
    assert!(events(&run, EventKind::ScaleOut).len() > 2);
    assert_eq!(run.missing, 0);
}

#[test]
fn a_group_that_may_not_grow_lets_tasks_give_up_and_ask_again() {
    let pack = json!({"desiredCount": 9, "cpu": 200, "memory": 200});
    let cluster = cluster(vec![pack]);
    let mut world = world(&cluster, &[(host(1000, 1000, "us-east-1a"), 1)]);
    let groups = scaled(&mut world, &ManagedScalingInput::default(), 1);
    let options = EngineOptions {
        minutes: 40,
        ..EngineOptions::default()
    };
    let run = played(&cluster, &world, &groups, true, &[], &options);
    assert_eq!((run.missing, run.settled), (4, None));
    assert_eq!(events(&run, EventKind::TasksTimedOut), [(15, 4), (30, 4)]);
}

#[test]
fn a_mixed_group_that_launches_small_types_needs_several_rounds() {
    let cluster = cluster(vec![json!({"desiredCount": 40, "cpu": 200, "memory": 200})]);
    let hosts = [
        (host(1000, 1000, "us-east-1a"), 0),
        (host(8000, 8000, "us-east-1a"), 0),
    ];
    let mut world = world(&cluster, &hosts);
    // The first of the group's types is launched: the small one, while the large one is calculated with.
    let groups = scaled(&mut world, &ManagedScalingInput::default(), 100);
    let run = played(
        &cluster,
        &world,
        &groups,
        false,
        &[],
        &EngineOptions::default(),
    );
    let rounds = events(&run, EventKind::ScaleOut);
    assert!(rounds.len() > 3, "{rounds:?}");
    assert!(
        rounds.windows(2).all(|pair| pair[1].0 - pair[0].0 >= 5),
        "warm-up of 300 s: {rounds:?}"
    );
    assert_eq!(run.missing, 0);
}
