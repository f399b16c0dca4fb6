//! From a packing to the plan document.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use rust_decimal::prelude::ToPrimitive;

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::placement::PlacementStrategy;
use crate::domain::plan::{
    Plan, PlanCost, PlanStatus, PlannedInstances, PlannedService, Registered, Unplaced,
};
use crate::domain::service::Service;
use crate::formulate::diagnosis;
use crate::formulate::model::Model;
use crate::formulate::offering::{Offering, Offerings};
use crate::formulate::price::instance_price;
use crate::optimize::outcome::{Outcome, Status};
use crate::optimize::pattern::Content;

use super::assumptions;
use super::changes;
use super::providers;
use super::shares;

/// What a plan is assembled from.
pub(super) struct Assembly<'a> {
    pub cluster: &'a Cluster,
    pub catalogue: &'a Catalogue,
    pub offerings: &'a Offerings<'a>,
    pub model: &'a Model,
    pub outcome: &'a Outcome,
    /// Tasks that the limit on instances leaves out, by item.
    pub beyond_limits: &'a [u64],
}

/// Writes the plan document.
pub(super) fn assemble(assembly: &Assembly<'_>) -> Plan {
    let cluster = assembly.cluster;
    let instances = rows(assembly);
    let unplaced = unplaced(assembly);
    let cost = cost(assembly, &instances);
    let status = match (unplaced.is_empty(), assembly.outcome.status) {
        (false, _) => PlanStatus::Infeasible,
        (true, Status::Optimal) => PlanStatus::Optimal,
        (true, _) => PlanStatus::Feasible,
    };
    let capacity_providers = providers::providers(&instances);
    let services = services(assembly, &instances, cost.usd_per_hour);
    let changes = changes::changes(assembly, &instances);
    let assumptions = assumptions::assumptions(cluster, assembly.catalogue, &instances);
    Plan {
        version: 1,
        cluster: cluster.name.clone(),
        region: cluster.region.clone(),
        status,
        catalogue: assembly.catalogue.provenance(),
        cost,
        capacity_providers,
        services,
        instances,
        fargate_tasks: Vec::new(),
        unplaced,
        changes,
        assumptions,
        warnings: Vec::new(),
    }
}

/// Instance rows: the packing's bins, and today's instances that it leaves empty.
fn rows(assembly: &Assembly<'_>) -> Vec<PlannedInstances> {
    let mut rows = Vec::new();
    let mut used = vec![0_u64; assembly.offerings.usable.len()];
    for (pattern, count) in &assembly.outcome.packing.bins {
        used[pattern.bin] += count;
        rows.push((
            pattern.bin,
            row(assembly, pattern.bin, &pattern.content, *count),
        ));
    }
    for (bin, offering) in assembly.offerings.usable.iter().enumerate() {
        let kept = offering
            .existing
            .as_ref()
            .map_or(0, |existing| existing.count);
        if kept > used[bin] {
            rows.push((bin, row(assembly, bin, &Content::new(), kept - used[bin])));
        }
    }
    // Existing ones first, then by type; the fuller rows of a type first.
    rows.sort_by(|(a_bin, a), (b_bin, b)| {
        b.existing
            .cmp(&a.existing)
            .then_with(|| a_bin.cmp(b_bin))
            .then_with(|| b.count.cmp(&a.count))
            .then_with(|| a.tasks.as_slice().cmp(b.tasks.as_slice()))
    });
    rows.into_iter().map(|(_, row)| row).collect()
}

fn row(assembly: &Assembly<'_>, bin: usize, content: &Content, count: u64) -> PlannedInstances {
    let offering = &assembly.offerings.usable[bin];
    let services = &assembly.cluster.services;
    let replicas = content
        .iter()
        .map(|&(item, copies)| (assembly.model.services[item], copies));
    let daemons = offering.daemons.iter().map(|&daemon| (daemon, 1));
    let mut tasks: Vec<(String, u64)> = replicas
        .chain(daemons)
        .map(|(service, copies)| (services[service].name.clone(), copies))
        .collect();
    tasks.sort();
    PlannedInstances {
        instance_type: offering.instance_type.clone(),
        purchase_option: offering.purchase_option,
        availability_zone: offering.availability_zone.clone(),
        capacity_provider: providers::name(offering),
        count,
        usd_per_hour: offering.usd_per_hour,
        registered: registered(offering),
        tasks: tasks.into_iter().collect(),
        spare: IndexMap::new(),
        interruption_band: None,
        existing: offering.existing.is_some(),
        attributes: offering
            .custom_attributes
            .iter()
            .map(|(name, value)| (name.to_owned(), value.map(str::to_owned)))
            .collect::<IndexMap<_, _>>(),
    }
}

const fn registered(offering: &Offering) -> Registered {
    Registered {
        cpu: offering.registered.cpu.get(),
        memory_mib: offering.registered.memory.get(),
        enis: offering.registered.enis.get(),
        gpus: offering.registered.gpus.get(),
    }
}

/// Tasks without a place: services that fit nowhere, and what the limit on instances leaves out.
fn unplaced(assembly: &Assembly<'_>) -> Vec<Unplaced> {
    let cluster = assembly.cluster;
    let homeless = assembly.model.homeless.iter().map(|&position| {
        let service = &cluster.services[position];
        Unplaced {
            service_name: service.name.clone(),
            count: cluster.planned_count(service),
            reasons: diagnosis::reasons(service, cluster, assembly.catalogue, assembly.offerings),
        }
    });
    let beyond = assembly
        .beyond_limits
        .iter()
        .zip(&assembly.model.services)
        .filter(|(count, _)| **count > 0)
        .map(|(&count, &position)| Unplaced {
            service_name: cluster.services[position].name.clone(),
            count,
            reasons: vec![format!(
                "no packing was found that fits all tasks on {} instances; would unlock it: a \
                 larger maxInstances or larger instance types",
                cluster.policy.max_instances
            )],
        });
    let mut unplaced: Vec<Unplaced> = homeless.chain(beyond).collect();
    unplaced.sort_by(|a, b| a.service_name.cmp(&b.service_name));
    unplaced
}

/// The bill: today's instances are in it, and in the bound, whether they hold tasks or not.
fn cost(assembly: &Assembly<'_>, instances: &[PlannedInstances]) -> PlanCost {
    let total: UsdPerHour = instances
        .iter()
        .map(|row| row.usd_per_hour * row.count)
        .sum();
    let kept: UsdPerHour = instances
        .iter()
        .filter(|row| row.existing)
        .map(|row| row.usd_per_hour * row.count)
        .sum();
    let bound = assembly
        .outcome
        .bound
        .map(|bound| kept + UsdPerHour::from_grid_units(bound).rounded());
    let gap = bound.map(|bound| relative_gap(total, bound));
    PlanCost {
        usd_per_hour: total,
        usd_per_month: total.usd_per_month().to_f64().unwrap_or(f64::NAN),
        bound_usd_per_hour: bound,
        gap,
        ideal_usd_per_hour: total,
        ideal_gap: gap,
        current_usd_per_hour: current(assembly.cluster, assembly.catalogue),
    }
}

fn relative_gap(cost: UsdPerHour, bound: UsdPerHour) -> f64 {
    if cost == UsdPerHour::ZERO {
        return 0.0;
    }
    ((cost - bound).amount() / cost.amount())
        .to_f64()
        .unwrap_or(f64::NAN)
}

/// What today's active instances cost, where the file shows them and all have a price.
fn current(cluster: &Cluster, catalogue: &Catalogue) -> Option<UsdPerHour> {
    let active: Vec<_> = cluster
        .container_instances
        .iter()
        .filter(|i| i.active)
        .collect();
    if active.is_empty() {
        return None;
    }
    active
        .iter()
        .map(|instance| instance_price(&instance.instance_type, &cluster.policy, catalogue).ok())
        .sum()
}

fn services(
    assembly: &Assembly<'_>,
    instances: &[PlannedInstances],
    bill: UsdPerHour,
) -> Vec<PlannedService> {
    let cluster = assembly.cluster;
    let shares = shares::shares(cluster, instances, bill);
    let marginal: BTreeMap<usize, f64> = assembly
        .model
        .services
        .iter()
        .zip(&assembly.outcome.duals)
        .filter_map(|(&service, dual)| dual.map(|dual| (service, dual)))
        .collect();
    cluster
        .services
        .iter()
        .enumerate()
        .map(|(position, service)| {
            let placed: u64 = instances
                .iter()
                .map(|row| row.count * row.tasks.get(&service.name).copied().unwrap_or(0))
                .sum();
            PlannedService {
                service_name: service.name.clone(),
                desired_count: if service.is_daemon() {
                    placed
                } else {
                    cluster.planned_count(service)
                },
                capacity_provider_strategy: providers::strategy(service, instances),
                placement_strategy: placement_strategy(service),
                usd_per_hour: shares[position],
                marginal_usd_per_task_hour: marginal.get(&position).map(|&dual| {
                    #[allow(clippy::cast_possible_truncation)]
                    let units = dual.round() as i64;
                    UsdPerHour::from_grid_units(units)
                }),
            }
        })
        .collect()
}

/// Placement strategies as the ECS API takes them.
fn placement_strategy(service: &Service) -> Vec<serde_json::Value> {
    service
        .placement_strategy
        .iter()
        .map(|strategy| match strategy {
            PlacementStrategy::Random => serde_json::json!({ "type": "random" }),
            PlacementStrategy::Spread(field) => {
                serde_json::json!({ "type": "spread", "field": field })
            }
            PlacementStrategy::Binpack(field) => {
                serde_json::json!({ "type": "binpack", "field": field })
            }
        })
        .collect()
}
