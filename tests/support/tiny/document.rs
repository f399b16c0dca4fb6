//! A plan document made of an exhaustively found fleet, so that the checker can be tried on optima.

use indexmap::IndexMap;
use std::collections::BTreeMap;

use bayplan::catalogue::Catalogue;
use bayplan::domain::capacity::{Capacity, ProviderKind};
use bayplan::domain::cluster::Cluster;
use bayplan::domain::money::UsdPerHour;
use bayplan::domain::plan::{
    FleetPlan, ManagedScaling, PlanCost, PlanStatus, PlannedInstances, PlannedProvider,
    PlannedService, Reason, Registered, StrategyItem, Unplaced,
};
use rust_decimal::prelude::ToPrimitive;

use super::exhaustive::{Filled, planned};
use crate::support::derived::settled;

/// The plan of a fleet, one row an instance, one provider an instance type, proven optimal. The first
/// service bears the whole bill.
pub fn plan_of(
    cluster: &Cluster,
    catalogue: &Catalogue,
    fleet: &[Filled],
    hopeless: &[usize],
) -> FleetPlan {
    let instances: Vec<PlannedInstances> = fleet.iter().map(|f| row(cluster, f)).collect();
    let bill: UsdPerHour = instances.iter().map(|row| row.usd_per_hour).sum();
    let unplaced: Vec<Unplaced> = (hopeless.iter())
        .map(|&index| Unplaced {
            service_name: cluster.services[index].name.clone(),
            count: planned(cluster, index),
            // Every service without a place says why; of a limit of work nothing can be held against the plan.
            reasons: vec![Reason::WorkLimit],
        })
        .collect();
    let plan = FleetPlan {
        snapshot: None,
        cluster: cluster.name.clone(),
        region: cluster.region.clone(),
        status: if unplaced.is_empty() {
            PlanStatus::Optimal
        } else {
            PlanStatus::Infeasible
        },
        catalogue: catalogue.provenance(),
        cost: PlanCost {
            usd_per_hour: bill,
            usd_per_month: bill.usd_per_month().to_f64().expect("a small bill"),
            bound_usd_per_hour: Some(bill),
            proven_usd_per_hour: None,
            gap: Some(0.0),
            ideal_usd_per_hour: bill,
            ideal_gap: Some(0.0),
            current_usd_per_hour: None,
            periods: Vec::new(),
        },
        capacity_providers: providers(&instances),
        services: services(cluster, &instances, bill),
        instances,
        fargate_tasks: Vec::new(),
        other_group_counts: Vec::new(),
        moves: None,
        commitment: None,
        managed_hours: Vec::new(),
        unplaced,
        changes: Vec::new(),
        assumptions: Vec::new(),
        warnings: Vec::new(),
        recommendation: None,
    };
    settled(plan, cluster, catalogue)
}

/// One instance of the fleet.
pub fn row(cluster: &Cluster, filled: &Filled) -> PlannedInstances {
    let kind = &filled.kind;
    let mut tasks = BTreeMap::<String, u64>::new();
    for &index in filled.tasks.iter().chain(&kind.daemons) {
        *tasks
            .entry(cluster.services[index].name.clone())
            .or_default() += 1;
    }
    let custom = kind.custom.iter();
    let [cpu, memory_mib, enis, gpus] = kind.registered;
    PlannedInstances {
        instance_type: kind.instance_type.clone(),
        purchase_option: Capacity::OnDemand,
        availability_zone: None,
        capacity_provider: format!("group-{}", kind.instance_type),
        count: 1,
        usd_per_hour: UsdPerHour::from_grid_units(kind.cost),
        registered: Registered {
            cpu,
            memory_mib,
            enis,
            gpus,
            pods: None,
        },
        tasks: tasks.into_iter().collect(),
        spare: IndexMap::new(),
        interruption_band: None,
        existing: kind.existing,
        attributes: custom
            .map(|(name, value)| (name.to_owned(), value.map(str::to_owned)))
            .collect(),
    }
}

fn providers(instances: &[PlannedInstances]) -> Vec<PlannedProvider> {
    let mut by_name = BTreeMap::<&str, Vec<&PlannedInstances>>::new();
    for row in instances {
        by_name.entry(&row.capacity_provider).or_default().push(row);
    }
    (by_name.into_iter())
        .map(|(name, rows)| PlannedProvider {
            name: name.to_owned(),
            kind: ProviderKind::AutoScalingGroup,
            instance_types: vec![rows[0].instance_type.clone()],
            purchase_option: Some(Capacity::OnDemand),
            availability_zones: Vec::new(),
            min_size: 0,
            desired_capacity: rows.len() as u64,
            max_size: rows.len() as u64,
            managed_scaling: ManagedScaling::default(),
            certificate: None,
            mode: None,
            usd_per_hour: rows.iter().map(|row| row.usd_per_hour).sum(),
            schedule: Vec::new(),
        })
        .collect()
}

fn services(
    cluster: &Cluster,
    instances: &[PlannedInstances],
    bill: UsdPerHour,
) -> Vec<PlannedService> {
    (cluster.services.iter().enumerate())
        .map(|(index, service)| {
            let mut tasks = BTreeMap::<&str, u64>::new();
            for row in instances {
                if let Some(&each) = row.tasks.get(&service.name) {
                    *tasks.entry(&row.capacity_provider).or_default() += each;
                }
            }
            let strategy = tasks.iter().map(|(&name, &weight)| StrategyItem {
                capacity_provider: name.to_owned(),
                base: 0,
                weight,
            });
            PlannedService {
                service_name: service.name.clone(),
                desired_count: if service.is_daemon() {
                    tasks.values().sum()
                } else {
                    planned(cluster, index)
                },
                capacity_provider_strategy: strategy.collect(),
                placement_strategy: Vec::new(),
                usd_per_hour: if index == 0 { bill } else { UsdPerHour::ZERO },
                marginal_usd_per_task_hour: None,
            }
        })
        .collect()
}
