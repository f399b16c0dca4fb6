//! From a packed fleet to the plan.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use indexmap::IndexMap;
use rust_decimal::prelude::ToPrimitive;

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;

use crate::domain::money::UsdPerHour;
use crate::domain::plan::{
    FleetPlan, PlanCost, PlanStatus, PlannedFargateTasks, PlannedInstances, PlannedService,
    Registered, Unplaced,
};
use crate::formulate::diagnosis;
use crate::formulate::model::PlanningInput;
use crate::formulate::offering::Offering;
use crate::formulate::rules::credits;

use super::fleet::FleetRow;
use super::pack::Packed;
use super::places::Places;
use super::{assumptions, changes, kept_groups, limits, providers, shares, warnings};

/// What a plan is assembled from.
pub(super) struct Assembly<'a> {
    pub input: PlanningInput<'a>,
    pub packed: &'a Packed,
    /// What AWS bills for the cluster's own instances, where all of them have a price.
    pub today: Option<UsdPerHour>,
}

impl<'a> Assembly<'a> {
    /// Of a packing of which only the fleet is looked at.
    pub const fn of_packed(input: PlanningInput<'a>, packed: &'a Packed) -> Self {
        Self {
            input,
            packed,
            today: None,
        }
    }
}

/// Makes the plan.
pub(super) fn assemble(assembly: &Assembly<'_>) -> FleetPlan {
    let PlanningInput {
        cluster, catalogue, ..
    } = assembly.input;
    let names = providers::names(assembly.input, &assembly.packed.fleet.rows);
    let mut instances = rows(assembly, &assembly.packed.fleet.rows, &names);
    credits::charge(cluster, catalogue, &mut instances);
    let fargate_tasks = fargate_rows(assembly);
    let unplaced = unplaced(assembly);
    let cost = cost(assembly, &instances, &fargate_tasks);
    let optimal = (cost.bound_usd_per_hour).is_some_and(|bound| bound >= cost.ideal_usd_per_hour);
    let status = match (unplaced.is_empty(), optimal) {
        (false, _) => PlanStatus::Infeasible,
        (true, true) => PlanStatus::Optimal,
        (true, false) => PlanStatus::Feasible,
    };
    let mut capacity_providers = providers::providers(&instances, &fargate_tasks);
    kept_groups::keep_settings(cluster, &instances, &mut capacity_providers);
    let services = services(assembly, &instances, &fargate_tasks, cost.usd_per_hour);
    let changes = changes::changes(assembly, &instances);
    let mut assumptions = assumptions::assumptions(cluster, catalogue, &instances, &fargate_tasks);
    assumptions.extend(providers::bases(&services));
    let warnings = warnings::warnings(cluster, &instances, &fargate_tasks);
    FleetPlan {
        cluster: cluster.name.clone(),
        region: cluster.region.clone(),
        status,
        snapshot: cluster.deployed.snapshot.clone(),
        catalogue: catalogue.provenance(),
        cost,
        capacity_providers,
        services,
        instances,
        fargate_tasks,
        other_group_counts: Vec::new(),
        moves: None,
        commitment: None,
        managed_hours: Vec::new(),
        unplaced,
        changes,
        assumptions,
        warnings,
        recommendation: None,
    }
}

/// Instance rows, identical ones together.
pub(super) fn rows(
    assembly: &Assembly<'_>,
    fleet: &[FleetRow],
    names: &[String],
) -> Vec<PlannedInstances> {
    let mut rows: Vec<(usize, PlannedInstances)> = Vec::new();
    let mut known: HashMap<u64, Vec<usize>> = HashMap::new();
    for (row, name) in fleet.iter().zip(names) {
        let planned = planned_row(assembly, row, name);
        let alike = known.entry(hash_of(&planned)).or_default();
        let same = (alike.iter()).find(|&&place| is_same(&rows[place].1, &planned));
        if let Some(&place) = same {
            rows[place].1.count += planned.count;
        } else {
            alike.push(rows.len());
            rows.push((row.offering, planned));
        }
    }
    // Existing ones first, then by type; the fuller rows of a type first.
    rows.sort_by(|(a_offering, a), (b_offering, b)| {
        b.existing
            .cmp(&a.existing)
            .then_with(|| a_offering.cmp(b_offering))
            .then_with(|| b.count.cmp(&a.count))
            .then_with(|| a.tasks.as_slice().cmp(b.tasks.as_slice()))
            .then_with(|| a.spare.as_slice().cmp(b.spare.as_slice()))
    });
    rows.into_iter().map(|(_, row)| row).collect()
}

/// The same for rows that are the same, and seldom for others.
fn hash_of(row: &PlannedInstances) -> u64 {
    let mut hasher = DefaultHasher::new();
    row.instance_type.hash(&mut hasher);
    row.availability_zone.hash(&mut hasher);
    for (name, tasks) in row.tasks.as_slice() {
        (name, tasks).hash(&mut hasher);
    }
    hasher.finish()
}

fn is_same(a: &PlannedInstances, b: &PlannedInstances) -> bool {
    let counted = |row: &PlannedInstances| PlannedInstances {
        count: 0,
        ..row.clone()
    };
    a.instance_type == b.instance_type
        && a.availability_zone == b.availability_zone
        && a.tasks == b.tasks
        && counted(a) == counted(b)
}

pub(super) fn planned_row(assembly: &Assembly<'_>, row: &FleetRow, name: &str) -> PlannedInstances {
    let PlanningInput {
        cluster,
        catalogue,
        offerings,
        ..
    } = assembly.input;
    let offering = &offerings.usable[row.offering];
    let daemons = offering.daemons.iter().map(|&daemon| (daemon, 1));
    let tasks = row
        .tasks
        .iter()
        .map(|(&service, &tasks)| (service, tasks))
        .chain(daemons);
    let keeps_spare = cluster.policy.survive_zone_loss;
    let spare = row
        .spare
        .iter()
        .filter(|_| keeps_spare)
        .map(|(&service, &places)| (service, places));
    PlannedInstances {
        instance_type: offering.instance_type.clone(),
        purchase_option: if offering.purchase_option.is_managed() {
            offering.purchase_option
        } else {
            offering.purchase_option.in_documents()
        },
        availability_zone: offering.availability_zone.clone(),
        capacity_provider: name.to_owned(),
        count: row.count,
        usd_per_hour: offering.usd_per_hour,
        registered: Registered::of(&offering.registered, cluster.is_kubernetes()),
        tasks: by_name(cluster, tasks),
        spare: by_name(cluster, spare),
        interruption_band: interruption_band(catalogue, offering),
        existing: offering.existing.is_some(),
        attributes: offering
            .custom_attributes
            .iter()
            .map(|(name, value)| (name.to_owned(), value.map(str::to_owned)))
            .collect::<IndexMap<_, _>>(),
    }
}

fn by_name(cluster: &Cluster, counts: impl Iterator<Item = (usize, u64)>) -> IndexMap<String, u64> {
    let mut named: Vec<(String, u64)> = counts
        .map(|(service, count)| (cluster.services[service].name.clone(), count))
        .collect();
    named.sort();
    named.into_iter().collect()
}

fn interruption_band(catalogue: &Catalogue, offering: &Offering) -> Option<String> {
    if !offering.purchase_option.may_be_reclaimed() {
        return None;
    }
    let band = &catalogue
        .spot_saving(&offering.instance_type)?
        .interruption_band;
    (!band.is_empty()).then(|| band.clone())
}

fn fargate_rows(assembly: &Assembly<'_>) -> Vec<PlannedFargateTasks> {
    let services = &assembly.input.cluster.services;
    (assembly.packed.fleet.fargate.iter())
        .flat_map(|(service, plan)| {
            plan.tasks.iter().map(|(task, count)| PlannedFargateTasks {
                service_name: services[*service].name.clone(),
                capacity_provider: task
                    .capacity
                    .fargate_provider()
                    .unwrap_or_default()
                    .to_owned(),
                count: *count,
                cpu: task.cpu,
                memory_mib: task.memory_mib,
                usd_per_hour: task.usd_per_hour,
                schedule: Vec::new(),
            })
        })
        .collect()
}

/// Tasks without a place: services that fit nowhere, and what limits leave out.
fn unplaced(assembly: &Assembly<'_>) -> Vec<Unplaced> {
    let PlanningInput {
        cluster,
        catalogue,
        offerings,
        ..
    } = assembly.input;
    let unplaceable = assembly
        .packed
        .model
        .unplaceable
        .iter()
        .map(|(position, why)| {
            let service = &cluster.services[*position];
            Unplaced {
                service_name: service.name.clone(),
                count: cluster.planned_count(service),
                reasons: diagnosis::reasons(service, why, cluster, catalogue, offerings),
            }
        });
    let instances = (assembly.packed.fleet.rows.iter())
        .map(|row| row.count)
        .sum();
    let beyond = (assembly.packed.unplaced.iter().enumerate())
        .filter(|&(_, &count)| count > 0)
        .map(|(position, &count)| Unplaced {
            service_name: cluster.services[position].name.clone(),
            count,
            reasons: limits::reasons(
                assembly.input,
                &cluster.services[position],
                instances,
                assembly.packed.is_cut,
            ),
        });
    let mut unplaced: Vec<Unplaced> = unplaceable.chain(beyond).collect();
    unplaced.sort_by(|a, b| a.service_name.cmp(&b.service_name));
    unplaced
}

/// The bill: today's instances are in it, and in the bound, whether they hold tasks or not; so are services
/// that can only run on Fargate.
fn cost(
    assembly: &Assembly<'_>,
    instances: &[PlannedInstances],
    fargate: &[PlannedFargateTasks],
) -> PlanCost {
    let bill = |rows: &mut dyn Iterator<Item = (UsdPerHour, u64)>| -> UsdPerHour {
        rows.map(|(each, count)| each * count).sum()
    };
    let total = bill(&mut instances.iter().map(|row| (row.usd_per_hour, row.count)))
        + bill(&mut fargate.iter().map(|row| (row.usd_per_hour, row.count)));
    let kept = bill(
        &mut (instances.iter().filter(|row| row.existing)).map(|row| (row.usd_per_hour, row.count)),
    );
    let only_fargate: UsdPerHour = (assembly.packed.model.on_fargate.iter())
        .map(|(_, plan)| plan.usd_per_hour())
        .sum();
    let model = &assembly.packed.model;
    let nothing_to_pack = model.items.is_empty() && model.problem.floor().is_none();
    let fixed = kept + only_fargate;
    let bound = if nothing_to_pack {
        Some(fixed)
    } else {
        let bound = assembly.packed.bound;
        bound.map(|bound| fixed + UsdPerHour::from_grid_units(bound).rounded())
    };
    // A bound by relaxation may reach the cost only within its margin: then it is the cost.
    let bound = bound.map(|bound| {
        if total.gap_to(bound) < 1e-9 {
            total
        } else {
            bound
        }
    });
    let gap = bound.map(|bound| total.gap_to(bound));
    PlanCost {
        usd_per_hour: total,
        usd_per_month: total.usd_per_month().to_f64().unwrap_or(f64::NAN),
        bound_usd_per_hour: bound,
        proven_usd_per_hour: None,
        gap,
        ideal_usd_per_hour: total,
        ideal_gap: gap,
        current_usd_per_hour: assembly.today,
        periods: Vec::new(),
    }
}

fn services(
    assembly: &Assembly<'_>,
    instances: &[PlannedInstances],
    fargate: &[PlannedFargateTasks],
    bill: UsdPerHour,
) -> Vec<PlannedService> {
    let cluster = assembly.input.cluster;
    let shares = shares::shares(cluster, instances, fargate, bill);
    let places = Places::new(instances, fargate);
    cluster
        .services
        .iter()
        .enumerate()
        .map(|(position, service)| {
            let placed = places.on_instances(&service.name);
            PlannedService {
                service_name: service.name.clone(),
                desired_count: if service.is_daemon() {
                    placed
                } else {
                    cluster.planned_count(service)
                },
                capacity_provider_strategy: providers::strategy(cluster, service, &places),
                placement_strategy: service.placement_strategy.clone(),
                usd_per_hour: shares[position],
                marginal_usd_per_task_hour: assembly.packed.duals[position].map(|dual| {
                    #[allow(clippy::cast_possible_truncation)]
                    let units = dual.round() as i64;
                    UsdPerHour::from_grid_units(units)
                }),
            }
        })
        .collect()
}
