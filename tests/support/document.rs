//! A plan document made of an exhaustively found optimum, so that the checker can be tried on it.

use std::collections::BTreeMap;

use bayplan::catalogue::Catalogue;
use bayplan::domain::capacity::{Capacity, ProviderKind};
use bayplan::domain::cluster::Cluster;
use bayplan::domain::money::UsdPerHour;
use bayplan::domain::plan::{
    FleetPlan, ManagedScaling, PlanCost, PlanStatus, PlannedFargateTasks, PlannedInstances,
    PlannedProvider, PlannedService, Reason, Registered, StrategyItem, Unplaced,
};
use indexmap::IndexMap;
use rust_decimal::prelude::ToPrimitive;

use super::derived::settled;
use super::exhaustive::{Answer, Filled, planned};

/// The plan of an optimum, one row an instance, one provider for each kind of instance, proven optimal. The
/// first service bears the whole bill.
pub fn plan_of(
    cluster: &Cluster,
    catalogue: &Catalogue,
    answer: &Answer,
    hopeless: &[usize],
) -> FleetPlan {
    let fleet = answer.fleet.iter();
    let instances: Vec<PlannedInstances> = fleet
        .map(|filled| row(cluster, catalogue, filled))
        .collect();
    let fargate_tasks = fargate_rows(cluster, answer);
    let bill = UsdPerHour::from_grid_units(answer.cost);
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
        capacity_providers: providers(&instances, &fargate_tasks),
        services: services(cluster, &instances, &fargate_tasks, bill),
        instances,
        fargate_tasks,
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
fn row(cluster: &Cluster, catalogue: &Catalogue, filled: &Filled) -> PlannedInstances {
    let kind = &filled.kind;
    let daemons = kind.daemons.iter().map(|&index| (index, 1));
    let tasks: BTreeMap<String, u64> = (filled.tasks.iter().copied().chain(daemons))
        .map(|(index, count)| (cluster.services[index].name.clone(), count))
        .collect();
    let attributes = (kind.custom.iter())
        .map(|(name, value)| (name.to_owned(), value.map(str::to_owned)))
        .collect::<IndexMap<_, _>>();
    let [cpu, memory_mib, enis, gpus] = kind.registered;
    let band = (catalogue.spot_saving(&kind.instance_type))
        .map(|saving| saving.interruption_band.clone())
        .filter(|band| !band.is_empty());
    let mut provider = format!("group-{}-{}", kind.instance_type, kind.purchase_option);
    for part in kind
        .zone
        .iter()
        .map(String::as_str)
        .chain(attributes.keys().map(String::as_str))
    {
        provider.push('-');
        provider.push_str(part);
    }
    PlannedInstances {
        instance_type: kind.instance_type.clone(),
        purchase_option: kind.purchase_option,
        availability_zone: kind.zone.clone(),
        capacity_provider: if kind.existing {
            String::new()
        } else {
            provider
        },
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
        interruption_band: band.filter(|_| kind.purchase_option.may_be_reclaimed()),
        existing: kind.existing,
        attributes,
    }
}

fn market(capacity: Capacity) -> (&'static str, ProviderKind) {
    match capacity {
        Capacity::Fargate => ("FARGATE", ProviderKind::Fargate),
        Capacity::FargateSpot => ("FARGATE_SPOT", ProviderKind::FargateSpot),
        Capacity::OnDemand
        | Capacity::Spot
        | Capacity::Managed
        | Capacity::ManagedSpot
        | Capacity::External => {
            unreachable!("{capacity} runs on instances")
        }
    }
}

fn fargate_rows(cluster: &Cluster, answer: &Answer) -> Vec<PlannedFargateTasks> {
    let mut rows = Vec::new();
    for on_fargate in &answer.fargate {
        for &(option, count, cpu, memory_mib, each) in &on_fargate.rows {
            rows.push(PlannedFargateTasks {
                service_name: cluster.services[on_fargate.service].name.clone(),
                capacity_provider: market(option).0.to_owned(),
                count,
                cpu,
                memory_mib,
                usd_per_hour: UsdPerHour::from_grid_units(each),
                schedule: Vec::new(),
            });
        }
    }
    rows
}

fn providers(
    instances: &[PlannedInstances],
    fargate_tasks: &[PlannedFargateTasks],
) -> Vec<PlannedProvider> {
    let provider = |name: &str, kind, option, usd_per_hour| PlannedProvider {
        name: name.to_owned(),
        kind,
        instance_types: Vec::new(),
        purchase_option: Some(option),
        availability_zones: Vec::new(),
        min_size: 0,
        desired_capacity: 0,
        max_size: 0,
        managed_scaling: ManagedScaling::default(),
        certificate: None,
        mode: None,
        usd_per_hour,
        schedule: Vec::new(),
    };
    let mut by_name = BTreeMap::<&str, Vec<&PlannedInstances>>::new();
    for row in instances.iter().filter(|row| !row.existing) {
        by_name.entry(&row.capacity_provider).or_default().push(row);
    }
    let mut providers: Vec<PlannedProvider> = (by_name.into_iter())
        .map(|(name, rows)| PlannedProvider {
            instance_types: vec![rows[0].instance_type.clone()],
            availability_zones: rows[0].availability_zone.iter().cloned().collect(),
            desired_capacity: rows.len() as u64,
            max_size: rows.len() as u64,
            ..provider(
                name,
                ProviderKind::AutoScalingGroup,
                rows[0].purchase_option,
                rows.iter().map(|row| row.usd_per_hour).sum(),
            )
        })
        .collect();
    for option in Capacity::OF_FARGATE {
        let (name, kind) = market(option);
        let rows = || {
            fargate_tasks
                .iter()
                .filter(|row| row.capacity_provider == name)
        };
        if rows().next().is_some() {
            let cost = rows().map(|row| row.usd_per_hour * row.count).sum();
            providers.push(provider(name, kind, option.in_documents(), cost));
        }
    }
    providers
}

fn services(
    cluster: &Cluster,
    instances: &[PlannedInstances],
    fargate_tasks: &[PlannedFargateTasks],
    bill: UsdPerHour,
) -> Vec<PlannedService> {
    (cluster.services.iter().enumerate())
        .map(|(index, service)| {
            let mut tasks = BTreeMap::<&str, u64>::new();
            let mut running = 0;
            for row in instances {
                if let Some(&each) = row.tasks.get(&service.name) {
                    running += each;
                    if !row.existing {
                        *tasks.entry(&row.capacity_provider).or_default() += each;
                    }
                }
            }
            for row in fargate_tasks
                .iter()
                .filter(|row| row.service_name == service.name)
            {
                *tasks.entry(&row.capacity_provider).or_default() += row.count;
            }
            let strategy = tasks.iter().filter(|_| !service.is_daemon());
            PlannedService {
                service_name: service.name.clone(),
                desired_count: if service.is_daemon() {
                    running
                } else {
                    planned(cluster, index)
                },
                capacity_provider_strategy: strategy
                    .map(|(&name, &weight)| StrategyItem {
                        capacity_provider: name.to_owned(),
                        base: 0,
                        weight,
                    })
                    .collect(),
                placement_strategy: Vec::new(),
                usd_per_hour: if index == 0 { bill } else { UsdPerHour::ZERO },
                marginal_usd_per_task_hour: None,
            }
        })
        .collect()
}
