//! Services on ECS Managed Instances: each of them there with all its tasks, or not at all.
//!
//! For every service `s` one way `w(s)` of three ([`Way`]) is to be chosen. The packing that comes first leaves them mixed:
//!
//! ```text
//! min { cost(x) : x packs every task of s on instances of any way }  ≤  min over w of min { cost(x) : … of the way w(s) }
//! ```
//!
//! so its bound is one for every choice. Choices are then packed, each service's hosts cut to its way: those that the
//! mixed packing leans to, our own groups wherever they do, each kind of Managed Instances wherever it does, and from the best of
//! them one service at a time the other way, those first that the mixed packing divides. The cheapest is kept.

mod refusals;
mod replay;

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{Change, FleetPlan};
use crate::domain::task::LaunchType;
use crate::formulate::hosts::Hosts;
use crate::formulate::model::PlanningInput;
use crate::formulate::rules::managed_instances::Way;
use crate::optimize::listener::Listener;
use crate::optimize::stop::Budget;

use super::budget::Allowance;
use super::options::{PlanError, PlanOptions};
use super::pack::{Packed, pack};

pub(super) use refusals::refuse;
pub(super) use replay::replayed;

/// Services that are tried in another way, one at a time.
const MOST_TURNED: usize = 12;
/// Each packing of a choice has this part of the work of the ideal packing.
const PART_OF_A_CHOICE: u64 = 6;
/// Packings that may follow the mixed one, for the clock.
const MOST_PACKINGS: u32 = 16;

/// A packing in which every service is in one way.
pub(super) struct Settled {
    /// Hosts that leave each service its way.
    pub hosts: Hosts,
    /// The packing, with the bound of all choices.
    pub packed: Packed,
}

/// The way of each service, by position; `None` where it is on no instance.
pub(super) type Choice = Vec<Option<Way>>;

/// The cheapest packing found in which every service is in one way; `None` where the mixed one is such a packing.
///
/// # Errors
/// As [`super::plan`]; a choice that leaves no packing is none.
pub(super) fn settle(
    input: PlanningInput<'_>,
    options: &PlanOptions<'_>,
    (allowance, budget): (&Allowance, Budget<'_>),
    mixed: &Packed,
    listener: &dyn Listener,
) -> Result<Option<Settled>, PlanError> {
    if !input.cluster.policy.buys_managed_instances() {
        return Ok(None);
    }
    let ways = ways_of(input);
    let held = tasks_by_way(input, mixed);
    if held.values().all(|by_way| by_way.len() < 2) {
        return Ok(None);
    }
    let allowance = allowance.with_part_of_ideal(PART_OF_A_CHOICE);
    let search = Search {
        input,
        options,
        allowance: &allowance,
        budget,
        listener,
    };
    let mut known: BTreeSet<Choice> = BTreeSet::new();
    let mut best: Option<(Rank, Choice, Settled)> = None;
    for choice in first_choices(&ways, &held) {
        search.try_choice(choice, &mut known, &mut best)?;
    }
    for service in divided_first(&held, &ways) {
        let Some((_, choice, _)) = &best else { break };
        let from = choice.clone();
        for &way in ways[service]
            .iter()
            .filter(|&&way| Some(way) != from[service])
        {
            let mut turned = from.clone();
            turned[service] = Some(way);
            search.try_choice(turned, &mut known, &mut best)?;
        }
    }
    let Some((_, _, mut settled)) = best else {
        return Err(PlanError::LimitWithoutPlan);
    };
    // A bound is of the tasks that it was found for.
    let same_tasks = settled.packed.demand.tasks == mixed.demand.tasks;
    settled.packed.bound = mixed.bound.filter(|_| same_tasks);
    settled.packed.at_bound = None;
    Ok(Some(settled))
}

/// Fewer tasks without a place, then a lower cost.
type Rank = (u64, UsdPerHour);

/// What packings of choices are made with.
struct Search<'a> {
    input: PlanningInput<'a>,
    options: &'a PlanOptions<'a>,
    allowance: &'a Allowance,
    budget: Budget<'a>,
    listener: &'a dyn Listener,
}

impl Search<'_> {
    /// Packs a choice that was not packed yet, and keeps it where it is the best so far.
    fn try_choice(
        &self,
        choice: Choice,
        known: &mut BTreeSet<Choice>,
        best: &mut Option<(Rank, Choice, Settled)>,
    ) -> Result<(), PlanError> {
        let is_over = best.is_some() && (self.budget.is_over() || self.budget.is_stopped());
        if is_over || !known.insert(choice.clone()) {
            return Ok(());
        }
        let usable = &self.input.offerings.usable;
        let may = |service: usize, offering: usize| {
            choice[service].is_none_or(|way| way == Way::of(usable[offering].purchase_option))
        };
        let hosts = Hosts::among(self.input.cluster, self.input.offerings, &may);
        let input = PlanningInput {
            hosts: &hosts,
            ..self.input
        };
        let clock = self.budget.share(1, MOST_PACKINGS);
        let packed = match pack(input, self.options, (self.allowance, clock), self.listener) {
            Ok(packed) => packed,
            // The next choice may be easier.
            Err(PlanError::LimitWithoutPlan) => return Ok(()),
            Err(error) => return Err(error),
        };
        let rank = (unplaced(input, &packed), cost(input, &packed));
        if best.as_ref().is_none_or(|(least, ..)| rank < *least) {
            *best = Some((rank, choice, Settled { hosts, packed }));
        }
        Ok(())
    }
}

/// Tasks that a packing leaves without a place.
fn unplaced(input: PlanningInput<'_>, packed: &Packed) -> u64 {
    let nowhere = (packed.model.unplaceable.iter()).map(|(service, _)| {
        input
            .cluster
            .planned_count(&input.cluster.services[*service])
    });
    packed.unplaced.iter().sum::<u64>() + nowhere.sum::<u64>()
}

/// What the fleet of a packing costs.
fn cost(input: PlanningInput<'_>, packed: &Packed) -> UsdPerHour {
    let instances = (packed.fleet.rows.iter())
        .map(|row| input.offerings.usable[row.offering].usd_per_hour * row.count);
    let fargate = (packed.fleet.fargate.iter()).map(|(_, plan)| plan.usd_per_hour());
    instances.chain(fargate).sum()
}

/// The ways in which each service can be, ascending.
pub(super) fn ways_of(input: PlanningInput<'_>) -> Vec<Vec<Way>> {
    let usable = &input.offerings.usable;
    (input.hosts.offerings.iter())
        .map(|hosts| {
            let ways: BTreeSet<Way> = (hosts.iter())
                .map(|&offering| Way::of(usable[offering].purchase_option))
                .collect();
            ways.into_iter().collect()
        })
        .collect()
}

/// Tasks of each service on instances by way, none of them 0.
fn tasks_by_way(input: PlanningInput<'_>, packed: &Packed) -> BTreeMap<usize, BTreeMap<Way, u64>> {
    let mut held: BTreeMap<usize, BTreeMap<Way, u64>> = BTreeMap::new();
    for row in &packed.fleet.rows {
        let way = Way::of(input.offerings.usable[row.offering].purchase_option);
        for (&service, &each) in row.tasks.iter().filter(|(_, each)| **each > 0) {
            *held.entry(service).or_default().entry(way).or_default() += each * row.count;
        }
    }
    held
}

/// Choices to begin with.
pub(super) fn first_choices(
    ways: &[Vec<Way>],
    held: &BTreeMap<usize, BTreeMap<Way, u64>>,
) -> Vec<Choice> {
    let lean = |service: usize| {
        let by_way = held.get(&service)?;
        let most = by_way.values().copied().max()?;
        // Of as many tasks on both, our own.
        by_way
            .iter()
            .find(|(_, tasks)| **tasks == most)
            .map(|(way, _)| *way)
    };
    let leaning = (0..ways.len())
        .map(|service| lean(service).or_else(|| ways[service].first().copied()))
        .collect();
    let wherever = |wanted: Way| -> Choice {
        (ways.iter())
            .map(|own| {
                let has_it = own.contains(&wanted);
                if has_it {
                    Some(wanted)
                } else {
                    own.first().copied()
                }
            })
            .collect()
    };
    std::iter::once(leaning)
        .chain(Way::ALL.into_iter().map(wherever))
        .collect()
}

/// Services to turn, those that the mixed packing divides first, then those with few tasks of which one way is as good as another.
pub(super) fn divided_first(
    held: &BTreeMap<usize, BTreeMap<Way, u64>>,
    ways: &[Vec<Way>],
) -> Vec<usize> {
    let mut order: Vec<usize> = (0..ways.len())
        .filter(|&service| ways[service].len() > 1)
        .collect();
    order.sort_by_key(|service| {
        let is_divided = held.get(service).is_some_and(|by_way| by_way.len() > 1);
        (!is_divided, *service)
    });
    order.truncate(MOST_TURNED);
    order
}

/// Task definitions that name other launch types and not Managed Instances, of services that the plan puts there.
pub(super) fn definitions(cluster: &Cluster, plan: &FleetPlan) -> Vec<Change> {
    let there = plan.services_of_managed_providers();
    (cluster.services.iter())
        .filter(|service| !service.is_daemon() && there.contains(service.name.as_str()))
        .filter(|service| {
            let named = &service.task.requires_compatibilities;
            !named.is_empty() && !named.contains(&LaunchType::ManagedInstances)
        })
        .map(|service| Change::RequireManagedInstances {
            service_name: service.name.clone(),
        })
        .collect()
}
