//! Groups of single zones beside groups over all zones that are filled exactly.
//!
//! Where ECS chooses the zone, a group over `z` zones needs `z ⌈n/z⌉` places for a service of `n` tasks. Groups of
//! a single zone, to which the strategy sends exactly the tasks that belong in that zone, need none too many
//! ([`rows`]), and groups over all zones that are filled exactly hold the multiples of `z` with one group.
//! Which groups, at most so many of them: [`even_patterns`](crate::optimize::even_patterns), from the rows of the ideal
//! packing on and afresh.

use std::collections::BTreeMap;

use crate::domain::policy::ZoneSpread;
use crate::formulate::model::PlanningInput;
use crate::formulate::rules::{accelerators, purchase, zones};
use crate::optimize::even_patterns::search::{Options, search};
use crate::optimize::even_patterns::{Design, EvenPatterns};
use crate::optimize::few_patterns::Slot;
use crate::optimize::problem::Cost;
use crate::optimize::stop::Stop;

use super::groups::DesignedGroup;
use super::placement::Placement;
use super::problem::{GroupProblem, Spans};
use super::{Guide, rows};

/// Independent runs of the search.
pub const RUNS: u64 = 4;

/// Whether the policy leaves such groups open: the strategies decide how many tasks each group has, no zone's loss
/// and no rollout asks for room in them, and some service is even over several zones.
pub fn applies(input: PlanningInput<'_>) -> bool {
    let policy = &input.cluster.policy;
    policy.deterministic_routing
        && !policy.survive_zone_loss
        && !policy.keeps_room_for_rollouts()
        && input.cluster.zone_spread() == ZoneSpread::Even
        && input.cluster.zones.len() > 1
}

/// The cheapest groups found, by their number: of each number that no smaller one does as well with, ascending. Costs
/// are on the cost grid.
pub fn designs(
    input: PlanningInput<'_>,
    guide: &Guide<'_>,
    stop: &dyn Stop,
) -> Vec<(Cost, Vec<DesignedGroup>)> {
    if !applies(input) || stop.should_stop() {
        return Vec::new();
    }
    let Some(problem) = GroupProblem::new(input, guide, Spans::ZonesToo) else {
        return Vec::new();
    };
    if problem.services.is_empty() {
        return Vec::new();
    }
    let options = Options {
        work_limit: guide.work_limit,
        counted: guide.counted,
        seed: guide.seed,
        runs: RUNS,
        values: (problem.services.iter())
            .map(|&service| guide.values[service])
            .collect(),
        start: start(input, guide, &problem),
        cost: guide.cost,
        bound: guide.bound,
    };
    let even = even_patterns(input, &problem);
    (search(&even, &options, stop).into_iter())
        .filter_map(|(cost, design)| Some((cost, groups(&problem, &design)?)))
        .collect()
}

/// Most zones that the policy asks On-Demand tasks of a service to be in.
fn most_on_demand_zones(input: PlanningInput<'_>) -> u64 {
    (input.cluster.services.iter().enumerate())
        .map(|(service, described)| {
            let own = input.hosts.zones[service].len();
            purchase::least_on_demand_zones(input.cluster, described, u64::MAX, own)
        })
        .max()
        .unwrap_or(1)
}

fn even_patterns(input: PlanningInput<'_>, problem: &GroupProblem) -> EvenPatterns {
    let usable = &input.offerings.usable;
    let places = |unit: &Vec<usize>| unit.iter().filter_map(|&o| usable[o].zone).collect();
    let even_over = |&service: &usize| {
        let own = &input.hosts.zones[service];
        let by_zone = zones::by_zone(input.cluster, &input.cluster.services[service]);
        (by_zone && own.len() > 1).then(|| own.clone())
    };
    EvenPatterns {
        few: problem.few.clone(),
        places: problem.offerings.iter().map(places).collect(),
        makes: problem.makes.clone(),
        sorts: problem.sorts.clone(),
        even_over: problem.services.iter().map(even_over).collect(),
        firm_places: most_on_demand_zones(input),
        only_needed: (problem.offerings.iter())
            .map(|unit| unit.iter().any(|&offering| usable[offering].accelerated))
            .collect(),
        needy: (problem.services.iter().enumerate())
            .filter(|(_, service)| accelerators::needs(&input.cluster.services[**service]))
            .map(|(item, _)| item)
            .collect(),
    }
}

/// The ideal packing's rows as slots.
fn start(input: PlanningInput<'_>, guide: &Guide<'_>, problem: &GroupProblem) -> Vec<Slot> {
    let kind = |offerings: &[usize], tasks: &BTreeMap<usize, u64>| {
        (0..problem.offerings.len()).find(|&kind| {
            problem.offerings[kind] == offerings
                && (problem.services.iter().enumerate()).all(|(item, service)| {
                    !tasks.contains_key(service) || problem.few.kinds[kind].most[item] > 0
                })
        })
    };
    let mut slots = Vec::new();
    for group in rows::groups(input, guide, u64::MAX).unwrap_or_default() {
        let units = group.counts[0];
        if let Some(kind) = kind(&group.offerings, &group.tasks_per_instance) {
            slots.push(Slot { kind, units });
            continue;
        }
        let single = (group.offerings.iter())
            .filter_map(|&offering| kind(&[offering], &group.tasks_per_instance))
            .map(|kind| Slot { kind, units });
        slots.extend(single);
    }
    slots
}

/// The groups of a design; `None` where a service's parts have no common weights that ECS accepts.
fn groups(problem: &GroupProblem, design: &Design) -> Option<Vec<DesignedGroup>> {
    let by_service = |counts: &[u64]| -> BTreeMap<usize, u64> {
        (problem.services.iter().zip(counts))
            .filter(|(_, count)| **count > 0)
            .map(|(&service, &count)| (service, count))
            .collect()
    };
    let mut groups: Vec<DesignedGroup> = (design.slots.iter().enumerate())
        .map(|(place, slot)| DesignedGroup {
            offerings: problem.offerings[slot.kind].clone(),
            counts: vec![slot.units; problem.offerings[slot.kind].len()],
            placement: Placement::SpreadOverInstances,
            tasks_per_instance: by_service(&design.copies[place]),
            tasks: by_service(&design.tasks[place]),
            weights: BTreeMap::new(),
            bases: BTreeMap::new(),
        })
        .collect();
    rows::give_weights(&mut groups)?;
    Some(groups)
}
