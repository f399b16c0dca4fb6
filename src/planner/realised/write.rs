//! A design as a plan: first without tasks, for the replica to fill; then with the tasks it placed.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::placement::PlacementStrategy;
use crate::domain::plan::{
    Assumption, Certificate, FleetPlan, GroupMode, PlannedInstances, PlannedProvider,
    PlannedService, StrategyItem,
};
use crate::formulate::model::PlanningInput;
use crate::formulate::rules::credits;
use crate::planner::assemble::{self, Assembly};
use crate::planner::fleet::FleetRow;
use crate::planner::{
    assumptions, changes, kept_groups, providers, shares, sizes, spot_types, warnings,
};
use crate::realise::groups::DesignedGroup;
use crate::realise::placement::Placement;

use super::kept::Kept;

/// A fleet that ECS fills, as the plan shows it.
pub(super) struct Realised<'a> {
    /// Instances with the tasks that the replica placed on them.
    pub rows: Vec<PlannedInstances>,
    /// The groups with their names.
    pub groups: Vec<(String, DesignedGroup)>,
    /// Today's instances that stay.
    pub kept: &'a Kept,
    /// Orders of arrival that were replayed, all tasks placed in each.
    pub orders: u64,
}

/// Writes the realised fleet into the plan of the ideal packing.
pub(super) fn with(assembly: &Assembly<'_>, ideal: FleetPlan, realised: Realised<'_>) -> FleetPlan {
    let PlanningInput {
        cluster, catalogue, ..
    } = assembly.input;
    let Realised {
        mut rows,
        groups,
        kept,
        orders,
    } = realised;
    // What ECS buys and fills itself is as it was packed.
    rows.extend(managed(&ideal));
    credits::charge(cluster, catalogue, &mut rows);
    let mut plan = FleetPlan {
        changes: changes::changes(assembly, &rows),
        assumptions: assumptions::assumptions(cluster, catalogue, &rows, &ideal.fargate_tasks),
        warnings: warnings::warnings(cluster, &rows, &ideal.fargate_tasks),
        capacity_providers: providers_of(cluster, &rows, &ideal),
        instances: rows,
        ..ideal
    };
    let of_today = kept.groups();
    for provider in &mut plan.capacity_providers {
        if of_today.contains(provider.name.as_str()) {
            provider.mode = Some(GroupMode::Elastic);
        }
        if let Some((_, group)) = groups.iter().find(|(name, _)| *name == provider.name) {
            let (least, most) = sizes::sizes(assembly.input, group);
            provider.min_size = least;
            provider.max_size = most;
            provider.certificate = group
                .is_certified()
                .then(|| certificate(assembly.input, group));
            provider.mode = Some(if group.placement.packs() || !group.is_certified() {
                GroupMode::Elastic
            } else {
                GroupMode::Steady
            });
        }
    }
    if !groups.is_empty() || !of_today.is_empty() {
        let filled = how_sure(&plan, orders);
        plan.assumptions.push(filled);
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
        send(cluster, (&groups, kept), position, planned);
    }
    let further = spot_types::add(assembly, &groups, &mut plan.capacity_providers);
    plan.assumptions.extend(further);
    let by_weights = (plan.services.iter())
        .filter(|service| {
            let weighed = service.capacity_provider_strategy.iter();
            weighed.filter(|item| item.weight > 0).count() > 1
        })
        .count() as u64;
    if by_weights > 0 {
        plan.assumptions.push(Assumption::RoutingByWeights {
            services: by_weights,
        });
    }
    plan.assumptions.extend(providers::bases(&plan.services));
    plan
}

/// The plan with the groups' instances, no tasks on them yet, and every service's strategies.
pub(super) fn draft(
    assembly: &Assembly<'_>,
    ideal: &FleetPlan,
    (groups, kept): (&[(String, DesignedGroup)], &Kept),
) -> FleetPlan {
    let mut instances = Vec::new();
    for (name, group) in groups {
        for (&offering, &count) in group.offerings.iter().zip(&group.counts) {
            let row = FleetRow {
                offering,
                count,
                tasks: BTreeMap::new(),
                spare: BTreeMap::new(),
            };
            if count > 0 {
                instances.push(assemble::planned_row(assembly, &row, name));
            }
        }
    }
    // Instances of today that stay are there whatever is designed, those from outside AWS among them.
    for row in &assembly.packed.fleet.rows {
        if let Some(existing) = &assembly.input.offerings.usable[row.offering].existing {
            let empty = FleetRow {
                tasks: BTreeMap::new(),
                spare: BTreeMap::new(),
                ..row.clone()
            };
            let provider = &existing.capacity_provider;
            instances.push(assemble::planned_row(assembly, &empty, provider));
        }
    }
    instances.extend(managed(ideal));
    let mut plan = ideal.clone();
    let cluster = assembly.input.cluster;
    plan.capacity_providers = providers_of(cluster, &instances, &plan);
    plan.instances = instances;
    for (position, planned) in plan.services.iter_mut().enumerate() {
        send(cluster, (groups, kept), position, planned);
    }
    plan
}

/// Rows of Managed Instances.
fn managed(ideal: &FleetPlan) -> impl Iterator<Item = PlannedInstances> {
    let rows = ideal.instances.iter().cloned();
    rows.filter(|row| row.purchase_option.is_managed())
}

/// The providers of these instances, and of the plan's tasks on Fargate.
fn providers_of(
    cluster: &Cluster,
    instances: &[PlannedInstances],
    plan: &FleetPlan,
) -> Vec<PlannedProvider> {
    let mut providers = providers::providers(instances, &plan.fargate_tasks);
    kept_groups::keep_settings(cluster, instances, &mut providers);
    providers
}

/// Gives a service the strategies that send its tasks to its new groups and to today's instances that stay; one that is in
/// neither keeps what it has.
fn send(
    cluster: &Cluster,
    (groups, kept): (&[(String, DesignedGroup)], &Kept),
    position: usize,
    planned: &mut PlannedService,
) {
    let of_groups = strategy(groups, position);
    let strategy = match (kept.strategy(cluster, position), of_groups.is_empty()) {
        (Some(stays), true) => stays,
        (None, _) => of_groups,
        (Some(_), false) => kept.divided(position, groups),
    };
    if strategy.is_empty() {
        return;
    }
    planned.capacity_provider_strategy = strategy;
    if groups
        .iter()
        .any(|(_, group)| group.weights.contains_key(&position))
    {
        planned.placement_strategy = placement_strategy(cluster, groups, position);
    }
}

/// A service's weights over the groups, the largest first, and of equal ones those with more tasks first: where weights
/// are not in the exact proportion of the tasks, the order decides between groups that are as near to their next task.
/// Groups without a certificate were rehearsed in the order in which they stand.
fn strategy(groups: &[(String, DesignedGroup)], service: usize) -> Vec<StrategyItem> {
    let are_rehearsed = groups.iter().any(|(_, group)| !group.is_certified());
    let mut items: Vec<(u64, StrategyItem)> = (groups.iter())
        .filter_map(|(name, group)| {
            let item = StrategyItem {
                capacity_provider: name.clone(),
                base: group.bases.get(&service).copied().unwrap_or(0),
                weight: *group.weights.get(&service)?,
            };
            Some((group.tasks.get(&service).copied().unwrap_or(0), item))
        })
        .collect();
    if are_rehearsed {
        items.sort_by_key(|(_, item)| Reverse(item.weight));
    } else {
        items.sort_by(|(a_tasks, a), (b_tasks, b)| {
            (b.weight, b_tasks)
                .cmp(&(a.weight, a_tasks))
                .then_with(|| a.capacity_provider.cmp(&b.capacity_provider))
        });
    }
    items.into_iter().map(|(_, item)| item).collect()
}

/// The placement strategies of a service: those its groups are designed with.
fn placement_strategy(
    cluster: &Cluster,
    groups: &[(String, DesignedGroup)],
    service: usize,
) -> Vec<PlacementStrategy> {
    let own = || {
        (groups.iter())
            .map(|(_, group)| group)
            .filter(|group| group.weights.contains_key(&service))
    };
    let placement = own()
        .next()
        .map_or(Placement::SpreadOverInstances, |group| group.placement);
    // Where the strategy settles the zone of every task, zones come first: ECS's own default, and what its
    // rebalancing over zones asks for.
    let zones_are_settled = own().all(|group| group.is_certified() && group.is_of_one_zone());
    let placement = match placement {
        Placement::SpreadOverInstances if zones_are_settled => Placement::SpreadOverZones,
        other => other,
    };
    placement.strategies(!cluster.zones.is_empty())
}

/// What the replays say, and how sure that is.
fn how_sure(plan: &FleetPlan, orders: u64) -> Assumption {
    let uncertified = plan.groups().filter(|group| group.certificate.is_none());
    Assumption::FleetFilled {
        orders,
        groups: plan.groups().count() as u64,
        uncertified: uncertified.count() as u64,
    }
}

/// With `surviveZoneLoss`, what is left of each pattern is room for the tasks of a lost zone.
pub(super) fn keep_spare(
    input: PlanningInput<'_>,
    groups: &[(String, DesignedGroup)],
    rows: &mut [PlannedInstances],
) {
    if !input.cluster.policy.survive_zone_loss {
        return;
    }
    for row in rows {
        let Some((_, group)) = groups
            .iter()
            .find(|(name, _)| *name == row.capacity_provider)
        else {
            continue;
        };
        row.spare = named(input, &group.tasks_per_instance)
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
fn certificate(input: PlanningInput<'_>, group: &DesignedGroup) -> Certificate {
    Certificate {
        tasks_per_instance: named(input, &group.tasks_per_instance),
        tasks: named(input, &group.tasks),
    }
}

fn named(input: PlanningInput<'_>, counts: &BTreeMap<usize, u64>) -> IndexMap<String, u64> {
    let mut named: Vec<(String, u64)> = (counts.iter())
        .map(|(&service, &count)| (input.cluster.services[service].name.clone(), count))
        .collect();
    named.sort();
    named.into_iter().collect()
}
