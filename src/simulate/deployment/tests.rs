use proptest::prelude::*;

use super::shift::TrafficShift;
use super::*;

fn rolling(minimum_healthy_percent: u32, maximum_percent: u32, stops: RolloutStops) -> RolloutRule {
    RolloutRule::Rolling {
        minimum_healthy_percent,
        maximum_percent,
        stops,
    }
}

/// Plays a deployment in which new tasks run one minute after their start, `room` tasks of both
/// revisions fit, and a stopped task is gone at once. Answers the fewest running and most existing tasks and
/// the minutes it took, or `None` where it got stuck.
fn play(rule: RolloutRule, desired: u64, room: u64) -> Option<(u64, u64, u64)> {
    let mut rollout = Rollout::new(rule, desired);
    let mut progress = Progress {
        old: desired,
        ..Progress::default()
    };
    let (mut fewest, mut most) = (desired, desired);
    for minute in 0..10_000 {
        let placed = progress
            .starting
            .min(room.saturating_sub(progress.old + progress.new));
        progress.new += placed;
        progress.starting -= placed;
        progress.without_room = progress.starting;
        if rollout.is_stuck(&progress) {
            return None;
        }
        let (orders, phase) = rollout.step(minute, &progress);
        if phase == Phase::Done {
            return Some((fewest, most, minute));
        }
        progress.starting += orders.start;
        // What exists before a stopped task is gone: the limit holds even then.
        most = most.max(progress.old + progress.new + progress.starting);
        progress.old -= orders.stop;
        fewest = fewest.min(progress.old + progress.new);
    }
    panic!("neither done nor stuck");
}

#[test]
fn a_hundred_and_two_hundred_doubles_and_never_drops() {
    let rule = rolling(100, 200, RolloutStops::WhenNeeded);
    assert_eq!(play(rule, 4, 8), Some((4, 8, 2)));
}

#[test]
fn fifty_and_a_hundred_halves_and_never_grows() {
    for stops in RolloutStops::ALL {
        let (fewest, most, _) = play(rolling(50, 100, *stops), 4, 4).expect("finishes");
        assert_eq!((fewest, most), (2, 4), "{stops:?}");
    }
}

#[test]
fn minimum_is_rounded_up_and_maximum_down() {
    let rule = rolling(50, 125, RolloutStops::WhenNeeded);
    assert_eq!((rule.fewest_healthy(7), rule.most_tasks(7)), (4, 8));
    assert_eq!((rule.fewest_healthy(1), rule.most_tasks(1)), (1, 1));
}

#[test]
fn a_single_task_under_a_hundred_and_a_hundred_is_stuck() {
    assert_eq!(
        play(rolling(100, 100, RolloutStops::WhenNeeded), 1, 9),
        None
    );
    // 150 % of one task is one task as well.
    assert_eq!(
        play(rolling(100, 150, RolloutStops::WhenNeeded), 1, 9),
        None
    );
}

#[test]
fn without_room_old_tasks_make_way_down_to_the_minimum() {
    let (fewest, _, minutes) =
        play(rolling(50, 200, RolloutStops::WhenNeeded), 4, 4).expect("finishes");
    assert_eq!(fewest, 2);
    assert!(minutes > 2);
    assert_eq!(
        play(rolling(100, 200, RolloutStops::WhenNeeded), 4, 4),
        None
    );
}

#[test]
fn old_tasks_stop_at_once_only_by_choice() {
    let patient = play(rolling(50, 200, RolloutStops::WhenNeeded), 4, 8).expect("finishes");
    let eager = play(rolling(50, 200, RolloutStops::AsAllowed), 4, 8).expect("finishes");
    assert_eq!((patient.0, eager.0), (4, 2));
}

#[test]
fn side_by_side_keeps_both_in_full_until_the_bake_time_is_over() {
    let rule = RolloutRule::SideBySide(TrafficShift::AllAtOnce { bake: 5 });
    assert_eq!(play(rule, 4, 8), Some((4, 8, 7)));
    assert_eq!(play(rule, 4, 7), None);
}

#[test]
fn traffic_moves_in_steps() {
    let linear = TrafficShift::Linear {
        step_percent: 40,
        every: 3,
        bake: 2,
    };
    let percents: Vec<u32> = (0..8)
        .map(|minute| linear.new_traffic_percent(minute))
        .collect();
    assert_eq!(percents, [40, 40, 40, 80, 80, 80, 100, 100]);
    assert_eq!(linear.minutes(), 8);
    let canary = TrafficShift::Canary {
        percent: 5,
        wait: 10,
        bake: 5,
    };
    let percents = [0, 9, 10].map(|minute| canary.new_traffic_percent(minute));
    assert_eq!((percents, canary.minutes()), ([5, 5, 100], 15));
}

proptest! {
    #[test]
    fn a_rolling_update_keeps_its_limits(
        desired in 1_u64..40, minimum in 0_u32..=100, maximum in 100_u32..=200, room in 0_u64..80,
        as_allowed: bool,
    ) {
        let rule = rolling(minimum, maximum, RolloutStops::ALL[usize::from(as_allowed)]);
        let finished = play(rule, desired, room.max(desired));
        if let Some((fewest, most, _)) = finished {
            prop_assert!(fewest >= rule.fewest_healthy(desired));
            prop_assert!(most <= rule.most_tasks(desired).max(desired));
        }
        // With a task to spare on either side it always finishes.
        if rule.fewest_healthy(desired) < desired {
            prop_assert!(finished.is_some());
        }
    }
}
