//! Resets of the desired capacities: where one is needed, and with which percentages.
//!
//! A reset is needed after losses that leave the fleet larger, of a zone where tasks wait for it, and is not needed where they do not.
//! What was not played says so. One schedule resets the fleet whatever happened to it: with lower percentages after everything, which
//! are then told, or with the services' own after everything. They are told where some way back needs them, and may be where none
//! brings the fleet back from all, and are one task fewer of each service that uses several groups and rolls:
//!
//! ```text
//! minimumHealthyPercent = min(its own, ⌊100·(n − 1)/n⌋), maximumPercent = 100
//! ```

use std::collections::BTreeSet;

use crate::check::facts::Facts;
use crate::check::violation::Violation;
use crate::domain::plan::{Assumption, DayPart, ResetOutcome, ResetPercentages};

use super::{violation, wrong_name};

/// ECS's default of `minimumHealthyPercent` of replica services.
const DEFAULT_MINIMUM: u64 = 100;

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let mut found = outcomes(facts);
    found.extend(not_back(facts));
    found.extend(percentages(facts));
    found
}

/// What is said of a loss: whether it leaves something to be reset, and what the reset comes to.
fn of_loss(said: &Assumption) -> Option<(bool, ResetOutcome)> {
    match said {
        Assumption::InstanceLossPlayed {
            larger_after,
            reset,
            ..
        } => Some((*larger_after > 0, *reset)),
        Assumption::ZoneLossPlayed {
            most_waiting,
            reset,
            ..
        } => Some((*most_waiting > 0, *reset)),
        Assumption::SpotReclaimPlayed {
            most_more, reset, ..
        } => Some((*most_more > 0, *reset)),
        _ => None,
    }
}

fn outcomes(facts: &Facts<'_>) -> Vec<Violation> {
    let assumptions = &facts.plan.assumptions;
    let not_played = assumptions.iter().any(
        |said| matches!(said, Assumption::NotPlayed { what } if what.contains(&DayPart::Reset)),
    );
    let losses: Vec<(usize, bool, ResetOutcome)> = (assumptions.iter().enumerate())
        .filter_map(|(index, said)| of_loss(said).map(|(needed, reset)| (index, needed, reset)))
        .collect();
    // Plans of earlier versions say nothing of any reset.
    let says_any =
        not_played || (losses.iter()).any(|&(_, _, reset)| reset != ResetOutcome::NotPlayed);
    let mut is_owed = not_played;
    let mut found = Vec::new();
    for (index, needed, reset) in losses {
        let expected = match (needed, reset) {
            (true, ResetOutcome::NotNeeded) => {
                "what a reset comes to: the loss leaves some to be reset"
            }
            (true, ResetOutcome::NotPlayed) if says_any && !not_played => {
                "what a reset comes to, or `reset` among what was not played"
            }
            (true, ResetOutcome::NotPlayed) => {
                is_owed = false;
                continue;
            }
            (false, ResetOutcome::NotPlayed) if !says_any => continue,
            (false, reset) if reset != ResetOutcome::NotNeeded => {
                "not-needed: the loss leaves nothing to be reset"
            }
            _ => continue,
        };
        found.push(violation((index, "reset"), word(reset), expected));
    }
    if is_owed {
        let index = (assumptions.iter())
            .position(|said| matches!(said, Assumption::NotPlayed { .. }))
            .unwrap_or(0);
        let expected = "parts that were not played: every reset was, or none was needed";
        found.push(violation((index, "what"), "`reset`", expected));
    }
    found
}

const fn word(reset: ResetOutcome) -> &'static str {
    match reset {
        ResetOutcome::NotPlayed => "not-played",
        ResetOutcome::NotNeeded => "not-needed",
        ResetOutcome::ComesBack => "comes-back",
        ResetOutcome::ComesBackLowered => "comes-back-lowered",
        ResetOutcome::DoesNotComeBack => "does-not-come-back",
    }
}

/// Services after whose rollout the fleet stays larger: told exactly where rollouts do not all come back, and some of those that launch.
fn not_back(facts: &Facts<'_>) -> Vec<Violation> {
    let assumptions = &facts.plan.assumptions;
    let larger = (assumptions.iter().enumerate()).find_map(|(index, said)| match said {
        Assumption::RolloutsLeaveFleetLarger { service_names } => Some((index, service_names)),
        _ => None,
    });
    let rollouts = (assumptions.iter().enumerate()).find_map(|(index, said)| match said {
        Assumption::Rollouts {
            launching,
            comes_back,
            lowers_percentages,
            ..
        } => Some((index, launching, *comes_back, *lowers_percentages)),
        _ => None,
    });
    let mut found = Vec::new();
    let Some((at, launching, comes_back, lowers)) = rollouts else {
        found.extend(larger.map(|(index, _)| {
            let expected = "none: the plan says of no rollout what came of it";
            violation((index, "serviceNames"), "services", expected)
        }));
        return found;
    };
    if comes_back == larger.is_some() {
        let expected =
            "false exactly where services are named whose rollout leaves the fleet larger";
        found.push(violation(
            (at, "comesBack"),
            comes_back.to_string(),
            expected,
        ));
    }
    let Some((index, names)) = larger else {
        return found;
    };
    let able: BTreeSet<&str> = launching.iter().map(String::as_str).collect();
    if let Some(name) = wrong_name(names, &able) {
        let expected = "services whose rollout launches instances, each once";
        found.push(violation(
            (index, "serviceNames"),
            format!("`{name}`"),
            expected,
        ));
    }
    if names.is_empty() || lowers && names.len() >= able.len() {
        let expected = "at least one of them, and not all where lower percentages bring the fleet back after some";
        found.push(violation(
            (index, "serviceNames"),
            names.join(", "),
            expected,
        ));
    }
    found
}

/// What is said of the way back from something that is reset: growth, rollouts that launch, losses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WayBack {
    Own,
    Lowered,
    Fails,
}

/// Where the way back is said, and how it is; of rollouts that of those that the fleet comes back from.
fn ways_back(facts: &Facts<'_>) -> Vec<((usize, &'static str), WayBack)> {
    let assumptions = &facts.plan.assumptions;
    let larger = (assumptions.iter())
        .map(|said| match said {
            Assumption::RolloutsLeaveFleetLarger { service_names } => service_names.len(),
            _ => 0,
        })
        .sum::<usize>();
    let of = |comes_back: bool, lowers: bool| match (comes_back, lowers) {
        (_, true) => WayBack::Lowered,
        (true, false) => WayBack::Own,
        (false, false) => WayBack::Fails,
    };
    let said = |said: &Assumption| match said {
        Assumption::Rollouts {
            launching,
            lowers_percentages,
            ..
        } if !launching.is_empty() => {
            let some_come_back = larger < launching.len();
            Some(("lowersPercentages", of(some_come_back, *lowers_percentages)))
        }
        Assumption::GrowthPlayed {
            missing: 0,
            comes_back,
            lowers_percentages,
            ..
        } => Some(("lowersPercentages", of(*comes_back, *lowers_percentages))),
        _ => match of_loss(said)?.1 {
            ResetOutcome::ComesBack => Some(("reset", WayBack::Own)),
            ResetOutcome::ComesBackLowered => Some(("reset", WayBack::Lowered)),
            ResetOutcome::DoesNotComeBack => Some(("reset", WayBack::Fails)),
            ResetOutcome::NotPlayed | ResetOutcome::NotNeeded => None,
        },
    };
    (assumptions.iter().enumerate())
        .filter_map(|(index, it)| said(it).map(|(key, way)| ((index, key), way)))
        .collect()
}

fn percentages(facts: &Facts<'_>) -> Vec<Violation> {
    let assumptions = &facts.plan.assumptions;
    let ways = ways_back(facts);
    let is_said = |way: WayBack| ways.iter().any(|&(_, known)| known == way);
    let told: Vec<(usize, &[ResetPercentages])> = (assumptions.iter().enumerate())
        .filter_map(|(index, said)| match said {
            Assumption::ResetPercentages { services } => Some((index, services.as_slice())),
            _ => None,
        })
        .collect();
    let mut found = Vec::new();
    if is_said(WayBack::Lowered) || !told.is_empty() {
        let own = ways.iter().filter(|(_, way)| *way == WayBack::Own);
        found.extend(own.map(|&(place, _)| {
            let expected =
                "lower percentages here too: one schedule resets the fleet after everything";
            violation(place, "the services' own percentages", expected)
        }));
    }
    let place = |index: usize| (index, "services");
    match told.as_slice() {
        [] if is_said(WayBack::Lowered) => found.push(violation(
            (assumptions.len(), "services"),
            "no percentages for a reset",
            "those of services that use several groups: some way back needs lower ones",
        )),
        [] => {}
        &[(index, _), ..] if !is_said(WayBack::Lowered) && !is_said(WayBack::Fails) => {
            found.push(violation(
                place(index),
                "percentages for a reset",
                "none: no way back needs lower ones",
            ));
        }
        &[(index, services)] => {
            let expected = lowered(facts);
            if services != expected.as_slice() {
                found.push(violation(place(index), words(services), words(&expected)));
            }
        }
        &[_, (index, _), ..] => found.push(violation(
            place(index),
            "percentages for a reset once more",
            "once",
        )),
    }
    found
}

/// The percentages of every service that uses several groups and may have one task fewer, in the cluster's order.
fn lowered(facts: &Facts<'_>) -> Vec<ResetPercentages> {
    (facts.cluster.services.iter())
        .filter(|service| {
            (facts.listed(&service.name)).any(|own| own.capacity_provider_strategy.len() > 1)
        })
        .filter(|service| !service.is_daemon() && !service.deployment_strategy.is_side_by_side())
        .filter_map(|service| {
            let tasks = facts.planned(service);
            let others = tasks.checked_sub(1).filter(|&others| others > 0)?;
            let one_fewer = u128::from(others) * 100 / u128::from(tasks);
            let own = (service.deployment).map_or(DEFAULT_MINIMUM, |limits| {
                limits.minimum_healthy_percent.into()
            });
            Some(ResetPercentages {
                service_name: service.name.clone(),
                minimum_healthy_percent: own.min(u64::try_from(one_fewer).unwrap_or(own)),
                maximum_percent: 100,
            })
        })
        .collect()
}

fn words(services: &[ResetPercentages]) -> String {
    let each = services.iter().map(|of| {
        format!(
            "{} {}/{}",
            of.service_name, of.minimum_healthy_percent, of.maximum_percent
        )
    });
    each.collect::<Vec<_>>().join(", ")
}
