use proptest::prelude::*;

use super::calculate::{Calculation, calculate};
use super::draining::{Draining, Fate, Termination};
use super::requirement::{Requirement, WaitingGroup, group};
use super::reservation::{GroupState, Reservation};
use super::scaler::{Decision, LOW_MINUTES, Scaler, most_removed};
use super::*;
use crate::domain::quantity::{CpuUnits, EniCount, GpuCount, MemoryMib};
use crate::domain::resources::ResourceVector;
use crate::domain::task::{HostPort, Protocol};
use crate::simulate::choices::{
    BlockedMetric, Combine, FromZero, NeededBase, ScaleInLimit, ScaleInMetric, StepRule, TypeSample,
};

fn resources(cpu: u64, memory: u64) -> ResourceVector {
    ResourceVector {
        cpu: CpuUnits::new(cpu),
        memory: MemoryMib::new(memory),
        ..ResourceVector::ZERO
    }
}

fn requirement(cpu: u64, memory: u64) -> Requirement {
    Requirement {
        resources: resources(cpu, memory),
        host_ports: Vec::new(),
        distinct_from: None,
    }
}

fn tasks(cpu: u64, memory: u64, tasks: u64) -> WaitingGroup {
    WaitingGroup {
        requirement: requirement(cpu, memory),
        tasks,
    }
}

fn settings(target: u64, minimum: u64, maximum: u64) -> ManagedScaling {
    let input = ManagedScalingInput {
        target_capacity: Some(target),
        minimum_scaling_step_size: Some(minimum),
        maximum_scaling_step_size: Some(maximum),
        instance_warmup_period_s: None,
    };
    ManagedScaling::try_new(&input, &Choices::default()).expect("valid settings")
}

fn waiting(instances: u64) -> Calculation {
    Calculation {
        instances,
        excluded: Vec::new(),
    }
}

fn state(instances: u64, non_empty: u64, waiting: Option<&Calculation>) -> GroupState<'_> {
    GroupState {
        instances,
        non_empty,
        waiting,
        several_types_or_zones: false,
    }
}

/// The decision of a provider's first minute.
fn first(target: u64, state: &GroupState<'_>, choices: Choices) -> (String, Decision) {
    let mut scaler = Scaler::new(settings(target, 1, 10_000), choices);
    let minute = scaler.step(state, false);
    (minute.reservation.percent().to_string(), minute.decision)
}

#[test]
fn one_task_on_no_instance_brings_two() {
    let one = waiting(1);
    let (percent, decision) = first(100, &state(0, 0, Some(&one)), Choices::default());
    assert_eq!(
        (percent.as_str(), decision),
        ("200", Decision::ScaleOut { desired: 2 })
    );
    let calculated = Choices {
        from_zero: FromZero::Calculated,
        ..Choices::default()
    };
    let seven = waiting(7);
    let (_, decision) = first(100, &state(0, 0, Some(&seven)), calculated);
    assert_eq!(decision, Decision::ScaleOut { desired: 7 });
}

#[test]
fn two_of_three_in_use_is_two_thirds() {
    let state = state(3, 2, None);
    let (percent, decision) = first(100, &state, Choices::default());
    assert_eq!(
        (percent.as_str(), decision),
        ("66.6667", Decision::Low { minutes: 1 })
    );
    let mut scaler = Scaler::new(settings(100, 1, 10_000), Choices::default());
    let last = (0..LOW_MINUTES)
        .map(|_| scaler.step(&state, false).decision)
        .last();
    assert_eq!(last, Some(Decision::ScaleIn { desired: 2 }));
}

#[test]
fn half_the_target_keeps_as_many_spare() {
    let (_, decision) = first(50, &state(3, 2, None), Choices::default());
    assert_eq!(decision, Decision::ScaleOut { desired: 4 });
    let (_, decision) = first(50, &state(4, 2, None), Choices::default());
    assert_eq!(decision, Decision::AtTarget);
}

#[test]
fn a_group_of_tasks_larger_than_the_smallest_type_scales_nothing() {
    let types = [resources(1024, 2000), resources(8192, 16_000)];
    let groups = [tasks(2048, 1000, 3)];
    let calculation = calculate(&groups, &types, Combine::Max, TypeSample::PerParameter);
    assert!(calculation.is_blocked());
    assert_eq!(calculation.excluded, [0]);
    let state = state(2, 2, Some(&calculation));
    assert_eq!(first(80, &state, Choices::default()).1, Decision::AtTarget);
    let hundred = Choices {
        blocked_metric: BlockedMetric::Hundred,
        ..Choices::default()
    };
    assert_eq!(
        first(80, &state, hundred).1,
        Decision::ScaleOut { desired: 3 }
    );
}

#[test]
fn the_step_lies_between_minimum_and_maximum() {
    assert_eq!(settings(100, 5, 10_000).step(3), 5);
    assert_eq!(settings(100, 1, 10).step(20), 10);
    assert_eq!(settings(100, 1, 10).step(7), 7);
    let three = waiting(3);
    let mut scaler = Scaler::new(settings(100, 5, 10_000), Choices::default());
    let decision = scaler.step(&state(4, 4, Some(&three)), false).decision;
    assert_eq!(decision, Decision::ScaleOut { desired: 9 });
}

#[test]
fn the_legacy_rule_ignores_demand_and_maximum() {
    let legacy = Choices {
        step_rule: StepRule::Legacy,
        ..Choices::default()
    };
    let twenty = waiting(20);
    let mut state = state(4, 4, Some(&twenty));
    assert_eq!(
        first(100, &state, legacy).1,
        Decision::ScaleOut { desired: 24 }
    );
    state.several_types_or_zones = true;
    assert_eq!(
        first(100, &state, legacy).1,
        Decision::ScaleOut { desired: 5 }
    );
}

#[test]
fn empty_instances_count_for_waiting_tasks_only_by_choice() {
    let two = waiting(2);
    let state = state(5, 3, Some(&two));
    assert_eq!(
        first(100, &state, Choices::default()).1,
        Decision::ScaleOut { desired: 7 }
    );
    let non_empty = Choices {
        needed_base: NeededBase::NonEmpty,
        ..Choices::default()
    };
    assert_eq!(first(100, &state, non_empty).1, Decision::AtTarget);
}

#[test]
fn fourteen_low_minutes_keep_everything_and_the_fifteenth_does_not() {
    let mut scaler = Scaler::new(settings(100, 1, 10_000), Choices::default());
    let low = state(10, 0, None);
    for minute in 1..=14 {
        assert_eq!(
            scaler.step(&low, false).decision,
            Decision::Low { minutes: minute }
        );
    }
    assert_eq!(
        scaler.step(&low, false).decision,
        Decision::ScaleIn { desired: 6 }
    );
    // The next minute goes on without another 15.
    assert_eq!(
        scaler.step(&state(6, 0, None), false).decision,
        Decision::ScaleIn { desired: 4 }
    );
}

#[test]
fn a_scale_out_during_scale_in_begins_the_fifteen_minutes_again() {
    let mut scaler = Scaler::new(settings(100, 1, 10_000), Choices::default());
    for _ in 0..LOW_MINUTES {
        scaler.step(&state(10, 5, None), false);
    }
    let one = waiting(1);
    assert_eq!(
        scaler.step(&state(6, 5, Some(&one)), false).decision,
        Decision::ScaleOut { desired: 7 }
    );
    let again = scaler.step(&state(7, 6, None), false).decision;
    assert_eq!(again, Decision::Low { minutes: 1 });
}

#[test]
fn warming_instances_hold_back_scale_out() {
    let mut scaler = Scaler::new(settings(100, 1, 10_000), Choices::default());
    let three = waiting(3);
    let state = state(2, 2, Some(&three));
    assert_eq!(scaler.step(&state, true).decision, Decision::WarmingUp);
    assert_eq!(
        scaler.step(&state, false).decision,
        Decision::ScaleOut { desired: 5 }
    );
}

#[test]
fn an_instance_with_only_a_daemon_is_empty_and_one_task_each_leaves_none() {
    // Daemons never enter `non_empty`: 4 instances with daemons, 3 of them with another task.
    let (percent, _) = first(100, &state(4, 3, None), Choices::default());
    assert_eq!(percent, "75");
    // Spread by instance: one task on each of four instances, however little it uses.
    let (percent, decision) = first(100, &state(4, 4, None), Choices::default());
    assert_eq!((percent.as_str(), decision), ("100", Decision::AtTarget));
    let protected = Termination {
        protection: true,
        draining: true,
    };
    assert!(protected.may_take(0));
    assert!(!protected.may_take(1));
}

#[test]
fn ten_instances_with_two_empty_are_eighty_or_ninety_eight() {
    let state = state(10, 8, None);
    assert_eq!(first(100, &state, Choices::default()).0, "80");
    let subtracting = Choices {
        scale_in_metric: ScaleInMetric::HundredMinusEmpty,
        ..Choices::default()
    };
    assert_eq!(first(100, &state, subtracting).0, "98");
    let removed = |choices| {
        let mut scaler = Scaler::new(settings(100, 1, 10_000), choices);
        (0..LOW_MINUTES)
            .map(|_| scaler.step(&state, false).decision)
            .last()
    };
    assert_eq!(
        removed(Choices::default()),
        Some(Decision::ScaleIn { desired: 8 })
    );
    // Tracking would remove none, the minute's rule removes one.
    assert_eq!(removed(subtracting), Some(Decision::ScaleIn { desired: 9 }));
}

#[test]
fn a_target_below_a_hundred_never_rests_at_zero() {
    let (percent, decision) = first(50, &state(0, 0, None), Choices::default());
    assert_eq!(
        (percent.as_str(), decision),
        ("100", Decision::ScaleOut { desired: 2 })
    );
}

#[test]
fn removing_334_instances_took_about_80_minutes_and_takes_about_10() {
    // AWS blog "Faster Scaling-in for Amazon ECS Cluster Auto Scaling".
    let minutes = |limit| {
        let mut left = 334_u64;
        let mut minutes = 0;
        while left > 0 {
            left -= most_removed(left, limit).min(left);
            minutes += 1;
        }
        minutes
    };
    assert!((9..=11).contains(&minutes(ScaleInLimit::BelowHalf)));
    assert!((70..=90).contains(&minutes(ScaleInLimit::FivePercent)));
}

#[test]
fn the_largest_type_may_be_a_mixture() {
    let types = [resources(4096, 4096), resources(1024, 8192)];
    let groups = [tasks(1024, 2048, 12)];
    // 4,096 units and 8,192 MiB: four tasks each. The real types hold two and one.
    let mixed = calculate(&groups, &types, Combine::Max, TypeSample::PerParameter);
    assert_eq!(mixed.instances, 3);
    let whole = calculate(&groups, &types, Combine::Max, TypeSample::WholeType);
    assert_eq!(whole.instances, 6);
}

#[test]
fn groups_combine_in_three_ways() {
    let types = [resources(4096, 8000)];
    let groups = [tasks(3072, 1000, 4), tasks(1024, 1000, 6)];
    let count = |combine| calculate(&groups, &types, combine, TypeSample::PerParameter).instances;
    assert_eq!(count(Combine::Max), 4);
    assert_eq!(count(Combine::Sum), 6);
    // Four of the small tasks go beside the large ones.
    assert_eq!(count(Combine::Joint), 5);
}

#[test]
fn static_ports_and_distinct_instances_take_an_instance_each() {
    let port = |port| HostPort {
        port,
        protocol: Protocol::Tcp,
    };
    let mut web = tasks(256, 256, 3);
    web.requirement.host_ports = vec![port(80)];
    let mut api = tasks(256, 512, 3);
    api.requirement.host_ports = vec![port(8080)];
    let mut rival = tasks(128, 128, 2);
    rival.requirement.host_ports = vec![port(80), port(443)];
    let types = [resources(4096, 8000)];
    let count = |groups: &[WaitingGroup]| {
        calculate(groups, &types, Combine::Joint, TypeSample::PerParameter).instances
    };
    assert_eq!(count(&[web.clone()]), 3);
    assert_eq!(count(&[web.clone(), api]), 3);
    assert_eq!(count(&[web, rival]), 5);
    let mut distinct = tasks(1, 1, 4);
    distinct.requirement.distinct_from = Some(0);
    assert_eq!(count(&[distinct]), 4);
}

#[test]
fn tasks_with_identical_requirements_are_one_group() {
    let grouped = group([
        (requirement(512, 1024), 2),
        (requirement(256, 1024), 1),
        (requirement(512, 1024), 3),
        (requirement(9, 9), 0),
    ]);
    assert_eq!(grouped, [tasks(256, 1024, 1), tasks(512, 1024, 5)]);
}

#[test]
fn a_task_without_requirements_needs_one_instance_for_any_number() {
    let groups = [tasks(0, 0, 500)];
    let types = [resources(1024, 1024)];
    assert_eq!(
        calculate(&groups, &types, Combine::Max, TypeSample::PerParameter).instances,
        1
    );
    assert!(calculate(&groups, &[], Combine::Max, TypeSample::PerParameter).is_blocked());
}

#[test]
fn small_instances_where_large_ones_were_expected_take_several_rounds() {
    // large: 2 tasks; 8xlarge: 16 tasks. 32 tasks wait; every launch turns out large.
    let types = [resources(2048, 8000), resources(32_768, 128_000)];
    let mut scaler = Scaler::new(settings(100, 1, 10_000), Choices::default());
    let (mut instances, mut waiting, mut rounds) = (1_u64, 32_u64, 0);
    while waiting > 0 {
        let groups = [tasks(1024, 1000, waiting)];
        let calculation = calculate(&groups, &types, Combine::Max, TypeSample::PerParameter);
        let minute = scaler.step(&state(instances, instances, Some(&calculation)), false);
        let Decision::ScaleOut { desired } = minute.decision else {
            panic!("tasks wait, so the group grows: {minute:?}");
        };
        waiting = waiting.saturating_sub(2 * (desired - instances));
        instances = desired;
        rounds += 1;
    }
    // 1 of 32 per round at first: c is 1 whenever up to 32 tasks wait.
    assert_eq!((instances, rounds), (17, 16));
}

#[test]
fn draining_keeps_an_instance_until_its_tasks_have_stopped() {
    let managed = Termination::default();
    let drained = Draining::new(600);
    assert_eq!(drained.step(660, 2, managed), Fate::Draining);
    assert_eq!(drained.step(720, 0, managed), Fate::Gone { killed: 0 });
    assert_eq!(
        drained.step(600 + 48 * 3600, 2, managed),
        Fate::Gone { killed: 2 }
    );
    let abrupt = Termination {
        draining: false,
        ..managed
    };
    assert_eq!(drained.step(600, 2, abrupt), Fate::Gone { killed: 2 });
}

#[test]
fn every_setting_out_of_range_is_named() {
    let input = ManagedScalingInput {
        target_capacity: Some(0),
        minimum_scaling_step_size: Some(20),
        maximum_scaling_step_size: Some(10_001),
        instance_warmup_period_s: Some(10_001),
    };
    let errors = ManagedScaling::try_new(&input, &Choices::default()).expect_err("not valid");
    assert_eq!(errors.len(), 3);
    let crossed = ManagedScalingInput {
        minimum_scaling_step_size: Some(20),
        maximum_scaling_step_size: Some(10),
        ..ManagedScalingInput::default()
    };
    let errors = ManagedScaling::try_new(&crossed, &Choices::default()).expect_err("not valid");
    assert_eq!(
        errors,
        [ManagedScalingFault::StepsCrossed {
            minimum: 20,
            maximum: 10
        }]
    );
}

proptest! {
    #[test]
    fn scale_in_removes_at_least_one_and_less_than_half(
        instances in 1_u64..2000, non_empty in 0_u64..2000, target in 1_u64..=100,
    ) {
        let non_empty = non_empty.min(instances);
        let mut scaler = Scaler::new(settings(target, 1, 10_000), Choices::default());
        let state = state(instances, non_empty, None);
        for _ in 0..20 {
            if let Decision::ScaleIn { desired } = scaler.step(&state, false).decision {
                let removed = instances - desired;
                prop_assert!(removed >= 1);
                // One instance is the smallest step there is, even of one or two.
                prop_assert!(2 * removed < instances || removed == 1);
            }
        }
    }

    #[test]
    fn the_metric_reaches_its_target_at_the_desired_capacity(
        instances in 1_u64..500, non_empty in 0_u64..500, target in 1_u64..=100,
    ) {
        let non_empty = non_empty.min(instances);
        let state = state(instances, non_empty, None);
        let choices = Choices::default();
        let reservation = Reservation::of(&state, &settings(target, 1, 10_000), &choices);
        let desired = reservation.desired(instances, target, choices.desired_rounding);
        prop_assert_eq!(desired, (100 * non_empty).div_ceil(target));
    }

    #[test]
    fn the_largest_count_is_at_most_the_joint_one_and_that_at_most_the_sum(
        groups in prop::collection::vec((1_u64..2048, 1_u64..4096, 1_u64..30), 1..5),
        gpus in 0_u64..2,
    ) {
        let mut offer = resources(2048, 4096);
        offer.gpus = GpuCount::new(gpus);
        offer.enis = EniCount::new(3);
        let groups: Vec<WaitingGroup> =
            groups.iter().map(|(cpu, memory, count)| tasks(*cpu, *memory, *count)).collect();
        let count = |combine| {
            calculate(&groups, &[offer], combine, TypeSample::PerParameter).instances
        };
        prop_assert!(count(Combine::Max) <= count(Combine::Joint));
        prop_assert!(count(Combine::Joint) <= count(Combine::Sum));
    }
}

#[test]
fn what_holds_by_default_is_within_the_bounds_under_every_choice() {
    for maximum_step_default in [MaximumStepDefault::TenThousand, MaximumStepDefault::One] {
        for target_zero in [TargetZero::AsOne, TargetZero::Refused] {
            let choices = Choices {
                maximum_step_default,
                target_zero,
                ..Choices::default()
            };
            let asked = ManagedScaling::try_new(&ManagedScalingInput::default(), &choices);
            assert_eq!(asked, Ok(ManagedScaling::by_default(&choices)));
        }
    }
}
