//! V56: what a plan says of replays agrees with itself, with its fleet and with the cluster.
//!
//! The checker replays nothing, so that it cannot tell how long a task waits after a loss. But figures of a replay depend on each other
//! and on the fleet: no more tasks wait than there are, none waits to the end where none waits, and groups are certified or not. What an
//! ordinary day leaves and which resets it needs is V55's matter. Whatever a text leaves out is held to what follows from the rest, so that a
//! figure that no text shows cannot be another one.

mod growth;
mod losses;

use crate::check::facts::Facts;
use crate::check::violation::{Problem, Rule, Violation};
use crate::domain::cluster::Zone;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{Assumption, Filling};

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    (facts.plan.assumptions.iter().enumerate())
        .filter_map(|(index, said)| {
            let problem = problem(facts, said)?;
            Some(problem.at(Rule::Notes, format!("assumptions[{index}]")))
        })
        .collect()
}

fn problem(facts: &Facts<'_>, said: &Assumption) -> Option<Problem> {
    match said {
        Assumption::FleetFilled { .. } => fleet_filled(facts, said),
        Assumption::IdealFilled { filling }
        | Assumption::ManagedInstancesReplayed { filling }
        | Assumption::NotRealised { filling, .. }
        | Assumption::TodayFilled { filling, .. } => filled(facts, filling),
        Assumption::InstanceLossPlayed { .. } => losses::instance_loss(facts, said),
        Assumption::ZoneLossPlayed { .. } => losses::zone_loss(facts, said),
        Assumption::SpotReclaimPlayed { .. } => losses::spot_reclaim(facts, said),
        Assumption::GrowthPlayed { .. } => growth::growth(facts, said),
        Assumption::WeekPlayed { .. } => growth::week(facts, said),
        Assumption::ZoneIdsUnknown {
            zones,
            zones_in_all,
        } => unknown_ids(facts, zones, *zones_in_all),
        Assumption::TasksStay {
            services, tasks, ..
        } => {
            let found = format!("{tasks} tasks of {services} services");
            first_untrue(
                &found,
                [(
                    *services > 0 || *tasks == 0,
                    "tasks of services that roll out, and of no others",
                )],
            )
        }
        Assumption::MinAvailability {
            kept: Some(kept), ..
        } => {
            let told = (kept.probability * 1e4).round() / 1e4;
            let is_told = (kept.probability - told).abs() < 1e-12;
            (!is_told).then(|| {
                Problem::new(
                    format!("a probability of {}", kept.probability),
                    "one of four decimals, as its text has it",
                )
            })
        }
        Assumption::TodayCostGiven { usd_per_hour } => {
            let current = facts.plan.cost.current_usd_per_hour;
            (current != Some(*usd_per_hour)).then(|| {
                Problem::new(
                    format!("{usd_per_hour} USD/h given as today's cost"),
                    "cost.currentUsdPerHour",
                )
            })
        }
        _ => None,
    }
}

/// What must hold, and what is there where it does not.
type Claim = (bool, &'static str);

/// The first claim that does not hold.
fn first_untrue<const N: usize>(found: &str, claims: [Claim; N]) -> Option<Problem> {
    let (_, expected) = claims.into_iter().find(|(holds, _)| !holds)?;
    Some(Problem::new(found, expected))
}

fn fleet_filled(facts: &Facts<'_>, said: &Assumption) -> Option<Problem> {
    let Assumption::FleetFilled {
        orders,
        groups,
        uncertified,
    } = said
    else {
        return None;
    };
    let of_plan = facts.plan.groups().count() as u64;
    let without = (facts.plan.groups())
        .filter(|group| group.certificate.is_none())
        .count() as u64;
    let words = |groups: u64, uncertified: u64| {
        format!("{groups} groups, {uncertified} of them without a certificate")
    };
    if (*groups, *uncertified) != (of_plan, without) {
        return Some(Problem::new(
            words(*groups, *uncertified),
            format!("{}, as capacityProviders has them", words(of_plan, without)),
        ));
    }
    (*orders == 0).then(|| Problem::new("no order of arrival", "one that was replayed at least"))
}

fn filled(facts: &Facts<'_>, filling: &Filling) -> Option<Problem> {
    let Filling {
        orders,
        whole,
        most_unplaced,
    } = *filling;
    let found = format!(
        "every task placed in {whole} of {orders} orders of arrival, and at most {most_unplaced} without a place"
    );
    first_untrue(
        &found,
        [
            (whole <= orders, "no more such orders than were replayed"),
            (
                (whole == orders) == (most_unplaced == 0),
                "tasks without a place in orders in which not every task was placed, and in no others",
            ),
            (
                most_unplaced <= all_tasks(facts),
                "no more tasks without a place than there are",
            ),
        ],
    )
}

fn unknown_ids(facts: &Facts<'_>, zones: &[String], zones_in_all: u64) -> Option<Problem> {
    let known = &facts.cluster.zones;
    let without: Vec<&str> = (known.iter().filter(|zone| zone.id.is_none()))
        .map(Zone::label)
        .collect();
    first_untrue(
        &format!("{} of {zones_in_all} zones without an id", zones.join(", ")),
        [(
            zones.iter().map(String::as_str).eq(without) && zones_in_all == known.len() as u64,
            "those of the cluster",
        )],
    )
}

/// Fewer and dearer instances may cost more, and what a group launches in place of the planned type has its own price.
fn costs_no_less(more: UsdPerHour) -> Claim {
    (
        more >= UsdPerHour::ZERO,
        "no fleet that costs less afterwards",
    )
}

/// Whether so many tasks are those that the plan has on instances that it sizes, with daemons or without them.
fn is_all(facts: &Facts<'_>, tasks: u64) -> bool {
    let replicas: u64 = (facts.replicas())
        .map(|service| on_instances(facts, &service.name, facts.planned(service)))
        .fold(0, u64::saturating_add);
    let daemons: u64 = (facts.daemons())
        .map(|daemon| facts.planned(daemon))
        .fold(0, u64::saturating_add);
    [replicas, replicas.saturating_add(daemons)].contains(&tasks)
}

/// Tasks of a service less those without a place, on Fargate and on Managed Instances.
fn on_instances(facts: &Facts<'_>, service: &str, count: u64) -> u64 {
    let managed = (facts.rows_of(service))
        .filter(|row| row.machine.managed)
        .map(|row| row.tasks_of(service))
        .fold(0, u128::saturating_add);
    let elsewhere = (facts.unplaced(service))
        .saturating_add(facts.on_fargate(service))
        .saturating_add(managed);
    count.saturating_sub(u64::try_from(elsewhere).unwrap_or(u64::MAX))
}

/// No replay of a cluster has more tasks to place.
fn all_tasks(facts: &Facts<'_>) -> u64 {
    (facts.services.values())
        .map(|service| facts.planned(service).max(service.desired_count))
        .fold(0, u64::saturating_add)
}
