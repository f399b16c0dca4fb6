//! Capacity providers of the plan, and each service's strategy over them.
//!
//! The ideal packing has one Auto Scaling group provider for each instance type, purchase option and set
//! of custom attributes; today's instances keep the provider they have. An Auto Scaling group keeps its zones
//! level (of Managed Instances ECS does, and one provider for each way of buying has all of them): where `zoneSpread` is even and a type's numbers of instances differ by more than one from zone to
//! zone, it has a provider for each zone.

use std::collections::BTreeMap;

use crate::domain::capacity::{Capacity, ProviderKind};
use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{
    Assumption, ManagedScaling, PlannedFargateTasks, PlannedInstances, PlannedProvider,
    PlannedService, StrategyItem,
};
use crate::domain::policy::ZoneSpread;
use crate::domain::service::Service;
use crate::domain::weights;
use crate::formulate::model::PlanningInput;
use crate::formulate::offering::Offering;
use crate::formulate::rules::purchase;

use super::fleet::FleetRow;
use super::places::Places;

/// Largest weight that ECS accepts in a strategy.
const LARGEST_WEIGHT: u64 = 1000;

/// The provider of each row.
pub(super) fn names(input: PlanningInput<'_>, rows: &[FleetRow]) -> Vec<String> {
    let usable = &input.offerings.usable;
    let mut by_zone: BTreeMap<String, BTreeMap<Option<usize>, u64>> = BTreeMap::new();
    for row in rows {
        let zones = by_zone
            .entry(name(input, &usable[row.offering]))
            .or_default();
        *zones.entry(usable[row.offering].zone).or_default() += row.count;
    }
    let even = input.cluster.zone_spread() == ZoneSpread::Even;
    (rows.iter())
        .map(|row| {
            let offering = &usable[row.offering];
            let name = name(input, offering);
            let counts = || by_zone[&name].values();
            let level = counts()
                .max()
                .zip(counts().min())
                .is_none_or(|(max, min)| max - min <= 1);
            match &offering.availability_zone {
                Some(zone)
                    if even
                        && !level
                        && offering.existing.is_none()
                        && offering.purchase_option.has_group() =>
                {
                    format!("{name}-{zone}")
                }
                _ => name,
            }
        })
        .collect()
}

/// The provider an offering belongs to; empty for an instance of today outside every provider.
fn name(input: PlanningInput<'_>, offering: &Offering) -> String {
    if let Some(existing) = &offering.existing {
        return existing.capacity_provider.clone();
    }
    if offering.purchase_option.is_managed() {
        // One provider for each way of buying, today's where there is one: a strategy takes one.
        let is_spot = offering.purchase_option.may_be_reclaimed();
        let today = (input.cluster.deployed.providers.iter())
            .find(|known| (known.managed.as_ref()).is_some_and(|it| it.is_spot == is_spot));
        if let Some(today) = today {
            return today.name.clone();
        }
        return format!(
            "bayplan-managed-{}",
            offering.purchase_option.in_documents()
        );
    }
    let group = offering
        .group
        .as_ref()
        .map(|group| format!("-{group}"))
        .unwrap_or_default();
    format!(
        "bayplan-{}-{}{group}",
        offering.instance_type.replace('.', "-"),
        offering.purchase_option
    )
}

/// One provider per name, with sizes and costs summed over its rows.
pub(super) fn providers(
    instances: &[PlannedInstances],
    fargate: &[PlannedFargateTasks],
) -> Vec<PlannedProvider> {
    let mut providers: BTreeMap<&str, PlannedProvider> = BTreeMap::new();
    for row in instances
        .iter()
        .filter(|row| !row.capacity_provider.is_empty())
    {
        let provider = providers
            .entry(&row.capacity_provider)
            .or_insert_with(|| PlannedProvider {
                name: row.capacity_provider.clone(),
                kind: if row.purchase_option.is_managed() {
                    ProviderKind::ManagedInstances
                } else {
                    ProviderKind::AutoScalingGroup
                },
                instance_types: Vec::new(),
                purchase_option: Some(row.purchase_option.in_documents()),
                availability_zones: Vec::new(),
                min_size: 0,
                desired_capacity: 0,
                max_size: 0,
                managed_scaling: if row.purchase_option.is_managed() {
                    ManagedScaling::default()
                } else {
                    ManagedScaling::DEFAULT
                },
                certificate: None,
                mode: None,
                usd_per_hour: UsdPerHour::ZERO,
                schedule: Vec::new(),
            });
        if !provider.instance_types.contains(&row.instance_type) {
            provider.instance_types.push(row.instance_type.clone());
        }
        let zone = row.availability_zone.iter();
        for zone in zone {
            if !provider.availability_zones.contains(zone) {
                provider.availability_zones.push(zone.clone());
            }
        }
        provider.desired_capacity += row.count;
        provider.max_size += row.count;
        provider.usd_per_hour += row.usd_per_hour * row.count;
    }
    let mut providers: Vec<PlannedProvider> = providers.into_values().collect();
    providers.extend(of_fargate(fargate));
    providers
}

/// Fargate's own providers, those that these tasks use.
pub(super) fn of_fargate(fargate: &[PlannedFargateTasks]) -> Vec<PlannedProvider> {
    let kinds = [ProviderKind::Fargate, ProviderKind::FargateSpot].into_iter();
    kinds
        .filter_map(|kind| fargate_provider(kind, fargate))
        .collect()
}

/// `FARGATE` or `FARGATE_SPOT`, where tasks use it.
fn fargate_provider(
    kind: ProviderKind,
    fargate: &[PlannedFargateTasks],
) -> Option<PlannedProvider> {
    let name = kind.word();
    let rows = || fargate.iter().filter(|row| row.capacity_provider == name);
    rows().next()?;
    Some(PlannedProvider {
        name: name.to_owned(),
        kind,
        instance_types: Vec::new(),
        purchase_option: Capacity::of_fargate_provider(name).map(Capacity::in_documents),
        availability_zones: Vec::new(),
        min_size: 0,
        desired_capacity: 0,
        max_size: 0,
        managed_scaling: ManagedScaling::default(),
        certificate: None,
        mode: None,
        usd_per_hour: rows().map(|row| row.usd_per_hour * row.count).sum(),
        schedule: Vec::new(),
    })
}

/// Where the service's tasks are, as weights in lowest terms. Without weights to rely on (`deterministicRouting: false`) its
/// On-Demand minimum is the base of the provider that holds it. Daemons have no strategy.
pub(super) fn strategy<'a>(
    cluster: &Cluster,
    service: &Service,
    places: &Places<'a>,
) -> Vec<StrategyItem> {
    if service.is_daemon() {
        return Vec::new();
    }
    let mut tasks: BTreeMap<&'a str, u64> = BTreeMap::new();
    let mut on_demand: BTreeMap<&'a str, u64> = BTreeMap::new();
    for (row, each) in places.instances(&service.name) {
        if !row.capacity_provider.is_empty() {
            *tasks.entry(&row.capacity_provider).or_default() += each * row.count;
            if row.purchase_option.counts_as_on_demand() {
                *on_demand.entry(&row.capacity_provider).or_default() += each * row.count;
            }
        }
    }
    for row in places.fargate(&service.name) {
        *tasks.entry(&row.capacity_provider).or_default() += row.count;
        if row.capacity().counts_as_on_demand() {
            *on_demand.entry(&row.capacity_provider).or_default() += row.count;
        }
    }
    let count = tasks.values().sum();
    let minimum = purchase::on_demand_minimum(cluster, service, count);
    let rests_on_base =
        !cluster.policy.deterministic_routing && minimum > 0 && on_demand.len() < tasks.len();
    let base = (on_demand.into_iter())
        .filter(|&(_, held)| rests_on_base && held >= minimum)
        .max_by_key(|&(_, held)| held);
    let of_base = |provider: &str| base.filter(|&(with, _)| with == provider);
    let beyond = || {
        (tasks.iter()).map(|(&provider, &count)| {
            let base = of_base(provider).map_or(0, |(_, held)| held);
            (provider, base, count - base)
        })
    };
    let divisor = beyond()
        .map(|(_, _, count)| count)
        .fold(0, weights::gcd)
        .max(1);
    let largest = (beyond().map(|(_, _, count)| count / divisor))
        .max()
        .unwrap_or(1);
    beyond()
        .map(|(provider, base, count)| {
            let weight = count / divisor;
            let weight = if largest > LARGEST_WEIGHT && weight > 0 {
                (weight * LARGEST_WEIGHT / largest).max(1)
            } else {
                weight
            };
            StrategyItem {
                capacity_provider: provider.to_owned(),
                base,
                weight,
            }
        })
        .collect()
}

/// That services rest on a base beside weight 0, where some do.
pub(super) fn bases(services: &[PlannedService]) -> Option<Assumption> {
    let rests = |service: &&PlannedService| {
        let mut items = service.capacity_provider_strategy.iter();
        items.any(|item| item.base > 0 && item.weight == 0)
    };
    let services = services.iter().filter(rests).count() as u64;
    (services > 0).then_some(Assumption::BasesBesideWeightZero { services })
}
