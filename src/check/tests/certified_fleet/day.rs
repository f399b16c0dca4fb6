//! What is said of an ordinary day: each figure forged once, in a plan of which all groups may hold an instance more.
//!
//! On Spot an instance costs 0.04 or 0.03; each may be replaced by one of the other price. On-Demand instances cost 0.13.

use super::{Change, Rule, all_violations_after};
use crate::check::tests::plain_fleet::fixture::usd;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{Assumption, DayPart, ResetOutcome, ResetPercentages, SpotShortage};

/// Places at which V55 is broken where all this is said.
fn broken(said: impl IntoIterator<Item = Assumption>) -> Vec<String> {
    broken_in(|_| (), said)
}

fn broken_in(
    change: impl FnOnce(&mut Change),
    said: impl IntoIterator<Item = Assumption>,
) -> Vec<String> {
    let violations = all_violations_after(|it| {
        for group in &mut it.plan.capacity_providers {
            group.max_size = group.desired_capacity + 1;
        }
        it.plan.assumptions.extend(said);
        change(it);
    });
    let own = violations
        .into_iter()
        .filter(|violation| violation.rule == Rule::OrdinaryDay);
    own.map(|violation| violation.place).collect()
}

fn at(key: &str) -> Vec<String> {
    vec![format!("assumptions[0].{key}")]
}

fn rollouts(launching: &[&str], most_more: u64, usd_per_hour_more: UsdPerHour) -> Assumption {
    Assumption::Rollouts {
        within: 0,
        launching: launching.iter().map(|&name| name.to_owned()).collect(),
        comes_back: true,
        lowers_percentages: false,
        most_more,
        usd_per_hour_more,
    }
}

#[test]
fn rollouts_leave_no_more_instances_than_their_groups_may_have() {
    let said = |services: &[&str], more, cost| broken([rollouts(services, more, usd(cost))]);
    assert_eq!(said(&["web"], 1, "0.13"), [""; 0]);
    assert_eq!(said(&["web"], 2, "0.26"), [""; 0]);
    assert_eq!(said(&["web", "api"], 3, "0.3"), [""; 0]);
    // `web` uses the two groups of a single zone.
    assert_eq!(said(&["web"], 3, "0.39"), at("mostMore"));
    assert_eq!(said(&["api"], 4, "0.43"), at("mostMore"));
}

#[test]
fn instances_more_cost_what_such_instances_cost() {
    let said = |cost: &str| broken([rollouts(&["web"], 1, usd(cost))]);
    // 0.13, and two of Spot may be cheaper or dearer by 0.01.
    assert_eq!(said("0.11"), [""; 0]);
    assert_eq!(said("0.15"), [""; 0]);
    for wrong in ["0", "0.1099", "0.1501", "13", "-0.13"] {
        assert_eq!(said(wrong), at("usdPerHourMore"), "{wrong}");
    }
    // Two more of 0.03 may stand in place of one of 0.13 where that group's minSize is less.
    let many = |it: &mut Change| it.plan.capacity_providers[2].max_size = 4;
    let shrinks = |it: &mut Change| {
        many(it);
        it.plan.capacity_providers[0].min_size = 1;
    };
    let cheap = rollouts(&["api"], 1, UsdPerHour::ZERO);
    assert_eq!(broken_in(many, [cheap.clone()]), at("usdPerHourMore"));
    assert_eq!(broken_in(shrinks, [cheap]), [""; 0]);
}

#[test]
fn rollouts_that_launch_nothing_leave_nothing() {
    let nothing = rollouts(&[], 0, UsdPerHour::ZERO);
    assert_eq!(broken([nothing]), [""; 0]);
    assert_eq!(broken([rollouts(&[], 1, UsdPerHour::ZERO)]), at("mostMore"));
    let costs = rollouts(&[], 0, usd("0.1"));
    assert_eq!(broken([costs]), at("usdPerHourMore"));
}

#[test]
fn services_that_roll_out_by_launches_are_those_of_groups() {
    for names in [&["nobody"][..], &["agent"], &["web", "web"]] {
        let found = broken([rollouts(names, 0, UsdPerHour::ZERO)]);
        assert!(found.contains(&at("launching")[0]), "{names:?}: {found:?}");
    }
}

#[test]
fn services_whose_rollout_leaves_the_fleet_larger_are_some_that_launch() {
    let not_back = |comes_back: bool, names: &[&str]| {
        let mut of = rollouts(&["web"], 1, usd("0.13"));
        if let Assumption::Rollouts { comes_back: it, .. } = &mut of {
            *it = comes_back;
        }
        let service_names = names.iter().map(|&name| name.to_owned()).collect();
        broken([of, Assumption::RolloutsLeaveFleetLarger { service_names }])
    };
    assert_eq!(not_back(false, &["web"]), [""; 0]);
    assert_eq!(not_back(true, &["web"]), at("comesBack"));
    assert_eq!(not_back(false, &["api"]), ["assumptions[1].serviceNames"]);
    assert_eq!(not_back(false, &[]), ["assumptions[1].serviceNames"]);
}

fn reclaim(most_more: u64, cost: &str, reset: ResetOutcome) -> Assumption {
    Assumption::SpotReclaimPlayed {
        event: SpotShortage {
            instance_type: "m9.large".to_owned(),
            availability_zone: Some("us-east-1a".to_owned()),
            instances: 1,
            probability: 1.0,
        },
        tasks: 10,
        most_waiting: 1,
        waiting_at_end: 0,
        minutes: 60,
        most_more,
        usd_per_hour_more: usd(cost),
        reset,
    }
}

#[test]
fn a_reclaim_leaves_no_more_than_groups_may_have_at_what_they_cost() {
    let said = |more, cost: &str| broken([reclaim(more, cost, ResetOutcome::ComesBack)]);
    assert_eq!(said(1, "0.13"), [""; 0]);
    assert_eq!(said(3, "0.3"), [""; 0]);
    assert_eq!(said(4, "0.43"), at("mostMore"));
    // One of 0.04 is lost; the cheapest four beside it are two of 0.03 and two of 0.13, and the others may be cheaper by 0.02.
    assert_eq!(said(3, "0.26"), [""; 0]);
    assert_eq!(said(3, "0.2599"), at("usdPerHourMore"));
    // One of 0.03 is lost, two of 0.13 are launched, and the others may be dearer by 0.02.
    assert_eq!(said(1, "0.25"), [""; 0]);
    assert_eq!(said(1, "0.2501"), at("usdPerHourMore"));
}

#[test]
fn a_reset_is_needed_exactly_where_a_loss_leaves_something() {
    use ResetOutcome::{ComesBack, DoesNotComeBack, NotNeeded, NotPlayed};
    let not_played = Assumption::NotPlayed {
        what: vec![DayPart::Reset],
    };
    for reset in [ComesBack, DoesNotComeBack] {
        assert_eq!(broken([reclaim(1, "0.13", reset)]), [""; 0]);
        assert_eq!(broken([reclaim(0, "0", reset)]), at("reset"));
    }
    assert_eq!(broken([reclaim(0, "0", NotNeeded)]), [""; 0]);
    assert_eq!(broken([reclaim(1, "0.13", NotNeeded)]), at("reset"));
    // A plan of an earlier version, and one that says why.
    assert_eq!(broken([reclaim(1, "0.13", NotPlayed)]), [""; 0]);
    assert_eq!(
        broken([reclaim(1, "0.13", NotPlayed), not_played.clone()]),
        [""; 0]
    );
    assert_eq!(broken([not_played.clone()]), at("what"));
    assert_eq!(
        broken([reclaim(1, "0.13", ComesBack), not_played]),
        ["assumptions[1].what"]
    );
    let zone = |most_waiting, reset| Assumption::ZoneLossPlayed {
        zones: 2,
        worst_zone: "us-east-1a".to_owned(),
        tasks: 10,
        most_waiting,
        waiting_at_end: 0,
        minutes: 55,
        reset,
    };
    assert_eq!(broken([zone(5, ComesBack)]), [""; 0]);
    assert_eq!(broken([zone(5, NotNeeded)]), at("reset"));
    assert_eq!(broken([zone(0, ComesBack)]), at("reset"));
    // Another loss of this plan says what its reset came to.
    let mixed = [zone(0, NotNeeded), reclaim(1, "0.13", NotPlayed)];
    assert_eq!(broken(mixed), ["assumptions[1].reset"]);
}

fn percentages(of: &[(&str, u64)]) -> Assumption {
    let services = of.iter().map(|&(name, minimum_healthy_percent)| {
        let service_name = name.to_owned();
        ResetPercentages {
            service_name,
            minimum_healthy_percent,
            maximum_percent: 100,
        }
    });
    Assumption::ResetPercentages {
        services: services.collect(),
    }
}

#[test]
fn percentages_of_a_reset_are_one_task_fewer_of_services_in_several_groups_where_they_are_needed() {
    let lowered = || reclaim(1, "0.13", ResetOutcome::ComesBackLowered);
    // Five of six tasks, and three of four.
    let right = percentages(&[("api", 83), ("web", 75)]);
    assert_eq!(broken([lowered(), right.clone()]), [""; 0]);
    assert_eq!(broken([lowered()]), ["assumptions[1].services"]);
    for wrong in [&[("api", 83)][..], &[("api", 84), ("web", 75)], &[]] {
        let found = broken([lowered(), percentages(wrong)]);
        assert_eq!(found, ["assumptions[1].services"], "{wrong:?}");
    }
    assert_eq!(broken([right.clone()]), at("services"));
    let twice = [lowered(), right.clone(), right.clone()];
    assert_eq!(broken(twice), ["assumptions[2].services"]);
    // They may be told where no setting brings the fleet back from everything.
    let stays_larger = || reclaim(1, "0.13", ResetOutcome::DoesNotComeBack);
    assert_eq!(broken([stays_larger()]), [""; 0]);
    assert_eq!(broken([stays_larger(), right]), [""; 0]);
}

#[test]
fn one_schedule_resets_the_fleet_after_everything_with_the_same_percentages() {
    let zone = |reset| Assumption::ZoneLossPlayed {
        zones: 2,
        worst_zone: "us-east-1a".to_owned(),
        tasks: 10,
        most_waiting: 5,
        waiting_at_end: 0,
        minutes: 55,
        reset,
    };
    let lowered = || reclaim(1, "0.13", ResetOutcome::ComesBackLowered);
    let told = || percentages(&[("api", 83), ("web", 75)]);
    let with = |other: Assumption| broken([other, lowered(), told()]);
    assert_eq!(with(zone(ResetOutcome::ComesBackLowered)), [""; 0]);
    assert_eq!(with(zone(ResetOutcome::DoesNotComeBack)), [""; 0]);
    assert_eq!(with(zone(ResetOutcome::ComesBack)), at("reset"));
    // Growth and rollouts that come back with the services' own percentages are of another schedule too.
    let grown = broken_in(
        |it| it.cluster.services[2].max_count = Some(12),
        [growth(0, None, None), lowered(), told()],
    );
    assert_eq!(grown, at("lowersPercentages"));
}

fn growth(missing: u64, one_by_one: Option<u64>, alone: Option<&[&str]>) -> Assumption {
    Assumption::GrowthPlayed {
        services: 1,
        alone_without_place: alone.map(|names| names.iter().map(|&name| name.to_owned()).collect()),
        one_by_one_missing: one_by_one,
        tasks: 18,
        missing,
        longest_minutes: Some(5),
        instances: 6,
        most_instances: 8,
        comes_back: missing == 0,
        lowers_percentages: false,
    }
}

#[test]
fn growth_leaves_as_many_tasks_without_a_place_as_it_can() {
    let grown = |most: u64, said: Assumption| {
        broken_in(|it| it.cluster.services[2].max_count = Some(most), [said])
    };
    // 8 of `web` are added.
    let whole = |missing, one_by_one| grown(12, growth(missing, one_by_one, None));
    assert_eq!(whole(0, Some(0)), [""; 0]);
    assert_eq!(whole(0, Some(8)), [""; 0]);
    assert_eq!(whole(0, Some(9)), at("oneByOneMissing"));
    assert_eq!(whole(9, None), at("missing"));
    // Nine instances hold at most eight each.
    let beyond = |missing, one_by_one| grown(75, growth(missing, one_by_one, None));
    assert_eq!(beyond(3, Some(3)), [""; 0]);
    assert_eq!(beyond(2, None), at("missing"));
    assert_eq!(beyond(3, Some(0)), at("oneByOneMissing"));
}

#[test]
fn a_service_without_tasks_in_the_plan_is_none_that_grows() {
    let grown = |missing, alone: &[&str]| {
        let change = |it: &mut Change| {
            let mut idle = it.cluster.services[2].clone();
            "idle".clone_into(&mut idle.name);
            (idle.desired_count, idle.max_count) = (0, Some(1_000));
            it.cluster.services.push(idle);
            it.cluster.services[2].max_count = Some(12);
        };
        broken_in(change, [growth(missing, None, Some(alone))])
    };
    assert_eq!(grown(0, &[]), [""; 0]);
    assert_eq!(grown(9, &[]), at("missing"));
    assert_eq!(grown(0, &["idle"]), at("aloneWithoutPlace"));
}

#[test]
fn services_that_have_no_place_alone_are_some_that_grow() {
    let grown = |most: u64, alone: &[&str]| {
        let said = growth(3.min(most), None, Some(alone));
        broken_in(|it| it.cluster.services[2].max_count = Some(most), [said])
    };
    assert_eq!(grown(12, &[]), [""; 0]);
    assert_eq!(grown(12, &["web"]), [""; 0]);
    for wrong in [&["api"][..], &["nobody"], &["web", "web"]] {
        assert_eq!(grown(12, wrong), at("aloneWithoutPlace"), "{wrong:?}");
    }
    assert_eq!(grown(75, &["web"]), [""; 0]);
    assert_eq!(grown(75, &[]), at("aloneWithoutPlace"));
}

#[test]
fn a_fleet_that_does_not_hold_its_growth_does_not_come_back() {
    let mut said = growth(3, None, None);
    if let Assumption::GrowthPlayed { comes_back, .. } = &mut said {
        *comes_back = true;
    }
    let grows = |it: &mut Change| it.cluster.services[2].max_count = Some(12);
    assert_eq!(broken_in(grows, [said]), at("comesBack"));
}
