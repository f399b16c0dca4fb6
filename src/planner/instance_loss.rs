//! `surviveInstanceLoss`: the fleet gets empty instances until any one may go.
//!
//! What is lost with one instance must fit on the others, which the checker decides (V40). Where it does not, the cheapest
//! instance that can hold all that the lost one held is added, empty, and all is looked at again. No plan costs less than
//! one that may not lose anything, so that a bound stays a bound.

use std::collections::BTreeSet;

use crate::check::first_row_without_room;
use crate::domain::plan::{FleetPlan, PlannedInstances};
use crate::domain::resources::Resource;
use crate::formulate::model::PlanningInput;
use crate::optimize::stop::Budget;

use super::assemble::{Assembly, assemble};
use super::fleet::FleetRow;
use super::pack::Packed;

/// Most instances that are added.
const MOST_ADDED: usize = 64;
/// Pairs of rows that are looked at in a unit of work: each row's tasks are held against all the others.
const PAIRS_PER_UNIT: u64 = 10;

/// Adds room for the loss of an instance, as far as the limits allow; services that are on an instance for which no room could be
/// had are returned.
pub(super) fn keep_room(
    input: PlanningInput<'_>,
    packed: &mut Packed,
    budget: Budget<'_>,
) -> Vec<usize> {
    if !input.cluster.policy.survive_instance_loss {
        return Vec::new();
    }
    for _ in 0..MOST_ADDED {
        let plan = assemble(&Assembly::of_packed(input, packed));
        let Some(lost) = without_room(input, &plan, budget) else {
            return Vec::new();
        };
        // The packing's share of the clock may be over, and its share of the work: the run's own are asked for.
        if budget.stop.should_stop() || budget.work.is_exhausted() {
            return services_on(input, lost);
        }
        let instances: u64 = plan.instances.iter().map(|row| row.count).sum();
        let offering = (instances < input.cluster.policy.max_instances)
            .then(|| cheapest_for(input, &plan, lost))
            .flatten();
        let Some(offering) = offering else {
            return services_on(input, lost);
        };
        packed.fleet.rows.push(FleetRow {
            offering,
            count: 1,
            tasks: std::collections::BTreeMap::new(),
            spare: std::collections::BTreeMap::new(),
        });
    }
    let plan = assemble(&Assembly::of_packed(input, packed));
    without_room(input, &plan, budget).map_or_else(Vec::new, |lost| services_on(input, lost))
}

/// The first row of which one instance may not go.
fn without_room<'p>(
    input: PlanningInput<'_>,
    plan: &'p FleetPlan,
    budget: Budget<'_>,
) -> Option<&'p PlannedInstances> {
    let rows = plan.instances.len() as u64;
    budget.work.spend(rows * rows / PAIRS_PER_UNIT + rows);
    let first = first_row_without_room(input.cluster, input.catalogue, plan)?;
    Some(&plan.instances[first])
}

/// Services with tasks on an instance of the row, daemons apart.
fn services_on(input: PlanningInput<'_>, row: &PlannedInstances) -> Vec<usize> {
    (input.cluster.services.iter().enumerate())
        .filter(|(_, service)| !service.is_daemon() && row.tasks.contains_key(&service.name))
        .map(|(position, _)| position)
        .collect()
}

/// The types that one more instance may have under `maxInstanceTypes`; `None` where it may have any.
fn types_left<'p>(input: PlanningInput<'_>, plan: &'p FleetPlan) -> Option<BTreeSet<&'p str>> {
    let most = input.cluster.policy.max_instance_types?;
    let types: BTreeSet<&str> = (plan.instances.iter())
        .filter(|row| !row.purchase_option.is_external())
        .map(|row| row.instance_type.as_str())
        .collect();
    (types.len() as u64 >= most).then_some(types)
}

/// The cheapest new instance, empty, that holds what one of the row's holds.
fn cheapest_for(
    input: PlanningInput<'_>,
    plan: &FleetPlan,
    row: &PlannedInstances,
) -> Option<usize> {
    let services = services_on(input, row);
    let each = |service: usize| {
        let service = &input.cluster.services[service];
        row.tasks.get(&service.name).copied().unwrap_or(0)
    };
    let usable = &input.offerings.usable;
    let types = types_left(input, plan);
    (0..usable.len())
        .filter(|&offering| usable[offering].existing.is_none())
        .filter(|&offering| {
            (types.as_ref())
                .is_none_or(|types| types.contains(usable[offering].instance_type.as_str()))
        })
        .filter(|&offering| {
            (services.iter()).all(|&service| {
                input.hosts.offerings[service]
                    .binary_search(&offering)
                    .is_ok()
            })
        })
        .filter(|&offering| {
            let offered = usable[offering].allocatable.unwrap_or_default();
            Resource::ALL.into_iter().all(|resource| {
                let needed: u64 = (services.iter())
                    .map(|&service| {
                        let task = &input.cluster.services[service].task;
                        task.resources().get(resource) * each(service)
                    })
                    .sum();
                needed <= offered.get(resource)
            })
        })
        .min_by_key(|&offering| (usable[offering].usd_per_hour, offering))
}
