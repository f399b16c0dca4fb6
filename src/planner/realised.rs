//! From the ideal packing to the fleet that ECS's own scheduler fills.
//!
//! Pattern groups are designed ([`crate::realise`]) and written as a plan without tasks; the replica of ECS then fills it
//! in many orders of arrival. What it places in the first order with seed 0 is what the plan shows.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use thiserror::Error;

use crate::check::check;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{Certificate, Plan, PlannedInstances, ProviderKind, StrategyItem};
use crate::formulate::model::Ground;
use crate::optimize::problem::Cost;
use crate::optimize::solve::default_work_limit;
use crate::optimize::stop::{Share, Stop};
use crate::realise::groups::Group;
use crate::realise::{Guide, design};

use super::assemble::{self, Assembly};
use super::fleet::Row;
use super::plan::PlanOptions;
use super::replayed::Replay;
use super::{assumptions, changes, group_names, providers, shares, sizes, warnings};

/// Inner steps of the design's search in a unit of work.
const STEPS_PER_UNIT: u64 = 25;

/// A fleet that ECS fills, as the plan shows it.
pub(super) struct Realised {
    /// Instances with the tasks that the replica placed on them.
    pub rows: Vec<PlannedInstances>,
    /// The groups with their names.
    pub groups: Vec<(String, Group)>,
    /// Orders of arrival that were replayed, all tasks placed in each.
    pub orders: u64,
}

/// The plan whose fleet ECS can fill, in place of the ideal packing; the ideal packing with the reason where no
/// such fleet was found.
pub(super) fn plan(
    assembly: &Assembly<'_>,
    ideal: Plan,
    options: &PlanOptions<'_>,
    stop: &dyn Stop,
) -> Plan {
    let services = (assembly.packed.demand.tasks.iter())
        .filter(|tasks| **tasks > 0)
        .count();
    let work = match options.work_limit {
        Some(work) => work,
        None if stop.remaining().is_some() => u64::MAX / STEPS_PER_UNIT,
        None => default_work_limit(services),
    };
    let steps = work.saturating_mul(STEPS_PER_UNIT);
    let replay = Replay::new(assembly.ground, &ideal);
    let (whole, worst) = replay.tally();
    let orders = replay.orders;
    let filled = if whole == orders {
        format!(
            "as the replica has it, ECS finds every task a place on the ideal packing in all of {orders} orders of arrival"
        )
    } else {
        format!(
            "as the replica has it, ECS finds every task a place on the ideal packing in {whole} of {orders} orders of \
             arrival, and leaves at most {worst} without one"
        )
    };
    let (mut plan, said) = match realised_plan(assembly, &ideal, steps, options.seed, stop) {
        Ok(plan) => (plan, filled),
        Err(why) => (left_as_it_is(assembly, ideal), format!("{why}; {filled}")),
    };
    plan.assumptions.push(said);
    plan
}

/// The ideal packing as the plan, with a warning where it has more groups than the policy allows.
fn left_as_it_is(assembly: &Assembly<'_>, mut plan: Plan) -> Plan {
    let groups = (plan.capacity_providers.iter())
        .filter(|provider| provider.kind == ProviderKind::AutoScalingGroup)
        .count();
    let most = assembly.ground.cluster.policy.max_capacity_providers;
    if groups as u64 > most {
        plan.warnings.push(format!(
            "the ideal packing uses {groups} Auto Scaling groups, more than maxCapacityProviders {most}"
        ));
    }
    plan
}

/// The plan with a fleet that ECS fills and that obeys every rule when filled.
fn realised_plan(
    assembly: &Assembly<'_>,
    ideal: &Plan,
    steps: u64,
    seed: u64,
    stop: &dyn Stop,
) -> Result<Plan, NotRealised> {
    let Ground {
        cluster, catalogue, ..
    } = assembly.ground;
    let mut failed = None;
    // Services over several groups cost less; with zones they may come out uneven.
    for (part, may_split) in [(2, true), (1, false)] {
        if part == 1 && cluster.zones.is_empty() {
            break;
        }
        let part = if cluster.zones.is_empty() { 1 } else { part };
        let clock = Share::new(stop, 1, part);
        let steps = steps / u64::from(part);
        match realise(assembly, ideal, (steps, seed, may_split), &clock) {
            Ok(realised) => {
                let plan = with(assembly, ideal.clone(), realised);
                match check(cluster, catalogue, &plan).first() {
                    None => return Ok(plan),
                    Some(first) => {
                        failed = failed.or(Some(NotRealised::BreaksRule(first.rule.code())));
                    }
                }
            }
            Err(NotRealised::InstancesStay) => return Err(NotRealised::InstancesStay),
            Err(why) => failed = failed.or(Some(why)),
        }
    }
    Err(failed.unwrap_or(NotRealised::NoGroups))
}

/// Writes the realised fleet into the plan of the ideal packing.
fn with(assembly: &Assembly<'_>, ideal: Plan, realised: Realised) -> Plan {
    let Ground {
        cluster, catalogue, ..
    } = assembly.ground;
    let Realised {
        rows,
        groups,
        orders,
    } = realised;
    let mut plan = Plan {
        changes: changes::changes(assembly, &rows),
        assumptions: assumptions::assumptions(cluster, catalogue, &rows, &ideal.fargate_tasks),
        warnings: warnings::warnings(cluster, &rows, &ideal.fargate_tasks),
        capacity_providers: providers::providers(&rows, &ideal.fargate_tasks),
        instances: rows,
        ..ideal
    };
    plan.assumptions.push(format!(
        "every task found a place in {orders} orders of arrival, half service by service and half shuffled, as the \
         replica of ECS places them; the groups' certificates say so of every order"
    ));
    for provider in &mut plan.capacity_providers {
        if let Some((_, group)) = groups.iter().find(|(name, _)| *name == provider.name) {
            let (least, most) = sizes::sizes(assembly.ground, group);
            provider.min_size = least;
            provider.max_size = most;
            provider.certificate = Some(certificate(assembly.ground, group));
        }
    }
    let total = (plan.instances.iter())
        .map(|row| row.usd_per_hour * row.count)
        .sum::<UsdPerHour>()
        + (plan.fargate_tasks.iter())
            .map(|row| row.usd_per_hour * row.count)
            .sum();
    plan.cost.set_realised(total);
    let shares = shares::shares(cluster, &plan.instances, &plan.fargate_tasks, total);
    for (position, planned) in plan.services.iter_mut().enumerate() {
        planned.usd_per_hour = shares[position];
        let service = &cluster.services[position];
        if service.is_daemon() {
            let on = |row: &PlannedInstances| {
                row.count * row.tasks.get(&service.name).copied().unwrap_or(0)
            };
            planned.desired_count = plan.instances.iter().map(on).sum();
        }
        let strategy = strategy(&groups, position);
        if !strategy.is_empty() {
            planned.capacity_provider_strategy = strategy;
            planned.placement_strategy = placement_strategy(!cluster.zones.is_empty());
        }
    }
    plan
}

/// Why a plan shows the ideal packing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum NotRealised {
    /// Instances that stay.
    #[error(
        "instances of today or from outside AWS stay: the fleet is the ideal packing, and no groups that ECS fills in \
         every order of arrival are designed around them"
    )]
    InstancesStay,
    /// No groups within the limits.
    #[error(
        "no groups were found that ECS fills in every order of arrival within the policy's limits (groups, instances, \
         types): the fleet is the ideal packing"
    )]
    NoGroups,
    /// Filled in the first order, the groups break a rule of the cluster or the policy.
    #[error(
        "the groups that were designed break rule {0} of `bayplan check` as ECS fills them: the fleet is the ideal \
         packing"
    )]
    BreaksRule(&'static str),
    /// A replay failed.
    #[error(
        "the groups that were designed leave a task without a place in some order of arrival: the fleet is the ideal \
         packing"
    )]
    NotFilled,
}

/// Designs groups and has them filled.
fn realise(
    assembly: &Assembly<'_>,
    ideal: &Plan,
    search: (u64, u64, bool),
    stop: &dyn Stop,
) -> Result<Realised, NotRealised> {
    let ground = assembly.ground;
    if (ground.offerings.usable.iter())
        .any(|offering| offering.existing.is_some() && !offering.external)
    {
        return Err(NotRealised::InstancesStay);
    }
    // A tenth of the time is for the replays.
    let clock = Share::new(stop, 9, 10);
    let groups = groups(assembly, search, &clock).ok_or(NotRealised::NoGroups)?;
    let names = group_names::names(ground, &groups);
    let groups: Vec<(String, Group)> = names.into_iter().zip(groups).collect();
    let draft = draft(assembly, ideal, &groups);
    let replay = Replay::new(ground, &draft);
    if !replay.places_all() {
        return Err(NotRealised::NotFilled);
    }
    let mut rows = replay.filled(&draft);
    keep_spare(ground, &groups, &mut rows);
    Ok(Realised {
        rows,
        groups,
        orders: replay.orders,
    })
}

fn groups(
    assembly: &Assembly<'_>,
    (work_limit, seed, may_split): (u64, u64, bool),
    stop: &dyn Stop,
) -> Option<Vec<Group>> {
    let (ground, packed) = (assembly.ground, assembly.packed);
    let elsewhere: Vec<usize> = (packed.fleet.fargate.iter().map(|(service, _)| *service))
        .chain((0..packed.demand.tasks.len()).filter(|&service| {
            packed.demand.tasks[service] == 0 || ground.cluster.services[service].is_external()
        }))
        .collect();
    let mut spending: BTreeMap<usize, Cost> = BTreeMap::new();
    for row in &packed.fleet.rows {
        let cost = ground.offerings.usable[row.offering].usd_per_hour * row.count;
        *spending.entry(row.offering).or_default() += cost.grid_units();
    }
    let spending: Vec<(usize, Cost)> = spending.into_iter().collect();
    let values: Vec<f64> = (packed.duals.iter())
        .map(|dual| dual.unwrap_or(0.0))
        .collect();
    let guide = Guide {
        model: &packed.model,
        demand: &packed.demand,
        elsewhere: &elsewhere,
        spending: &spending,
        values: &values,
        bound: packed.bound.unwrap_or(0),
        may_split,
        work_limit,
        seed,
    };
    design(ground, &guide, stop)
}

/// The plan with the groups' instances, no tasks on them yet, and every service's strategies.
fn draft(assembly: &Assembly<'_>, ideal: &Plan, groups: &[(String, Group)]) -> Plan {
    let mut instances = Vec::new();
    for (name, group) in groups {
        for &offering in &group.offerings {
            let row = Row {
                offering,
                count: group.per_zone,
                tasks: BTreeMap::new(),
                spare: BTreeMap::new(),
            };
            instances.push(assemble::planned_row(assembly, &row, name));
        }
    }
    // Instances from outside AWS are there whatever the plan says.
    for row in &assembly.packed.fleet.rows {
        if assembly.ground.offerings.usable[row.offering].external {
            let empty = Row {
                tasks: BTreeMap::new(),
                spare: BTreeMap::new(),
                ..row.clone()
            };
            instances.push(assemble::planned_row(assembly, &empty, ""));
        }
    }
    let mut plan = ideal.clone();
    plan.capacity_providers = providers::providers(&instances, &plan.fargate_tasks);
    plan.instances = instances;
    let cluster = assembly.ground.cluster;
    for (position, planned) in plan.services.iter_mut().enumerate() {
        let strategy = strategy(groups, position);
        if !strategy.is_empty() {
            planned.capacity_provider_strategy = strategy;
            planned.placement_strategy = placement_strategy(!cluster.zones.is_empty());
        }
    }
    plan
}

/// A service's weights over the groups, the largest first.
pub(super) fn strategy(groups: &[(String, Group)], service: usize) -> Vec<StrategyItem> {
    let mut items: Vec<StrategyItem> = (groups.iter())
        .filter_map(|(name, group)| {
            Some(StrategyItem {
                capacity_provider: name.clone(),
                base: 0,
                weight: *group.weights.get(&service)?,
            })
        })
        .collect();
    items.sort_by(|a, b| {
        (b.weight.cmp(&a.weight)).then_with(|| a.capacity_provider.cmp(&b.capacity_provider))
    });
    items
}

/// Spread over instances first: that is what the certificate rests on. Zones decide among equals.
pub(super) fn placement_strategy(zones: bool) -> Vec<serde_json::Value> {
    let spread = |field: &str| serde_json::json!({ "type": "spread", "field": field });
    let mut strategies = vec![spread("instanceId")];
    if zones {
        strategies.push(spread("attribute:ecs.availability-zone"));
    }
    strategies
}

/// With `surviveZoneLoss`, what is left of each pattern is room for the tasks of a lost zone.
fn keep_spare(ground: Ground<'_>, groups: &[(String, Group)], rows: &mut [PlannedInstances]) {
    if !ground.cluster.policy.survive_zone_loss {
        return;
    }
    for row in rows {
        let Some((_, group)) = groups
            .iter()
            .find(|(name, _)| *name == row.capacity_provider)
        else {
            continue;
        };
        row.spare = named(ground, &group.tasks_per_instance)
            .into_iter()
            .map(|(name, most)| {
                let there = row.tasks.get(&name).copied().unwrap_or(0);
                (name, most.saturating_sub(there))
            })
            .filter(|(_, spare)| *spare > 0)
            .collect();
    }
}

/// What proves that every order of arrival fits a group.
pub(super) fn certificate(ground: Ground<'_>, group: &Group) -> Certificate {
    Certificate {
        tasks_per_instance: named(ground, &group.tasks_per_instance),
    }
}

fn named(ground: Ground<'_>, counts: &BTreeMap<usize, u64>) -> IndexMap<String, u64> {
    let mut named: Vec<(String, u64)> = (counts.iter())
        .map(|(&service, &count)| (ground.cluster.services[service].name.clone(), count))
        .collect();
    named.sort();
    named.into_iter().collect()
}
