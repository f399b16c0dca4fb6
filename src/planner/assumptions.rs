//! What a plan's figures rest on.

use std::collections::BTreeSet;

use crate::catalogue::registered::memory_model;
use crate::catalogue::{Catalogue, managed_instances};
use crate::domain::capacity::Capacity;
use rust_decimal::Decimal;

use crate::domain::cluster::{Cluster, ContainerInstance, RegisteredResources};
use crate::domain::instance_type::CpuArchitecture;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{Assumption, PlannedFargateTasks, PlannedInstances, WeakPrice};
use crate::domain::policy::{KeepInstances, ManagedInstancesUse, Policy};
use crate::domain::service::Service;
use crate::domain::task::Protocol;
use crate::formulate::rules::credits;

/// The plan's assumptions.
pub(super) fn assumptions(
    cluster: &Cluster,
    catalogue: &Catalogue,
    instances: &[PlannedInstances],
    fargate: &[PlannedFargateTasks],
) -> Vec<Assumption> {
    let policy = &cluster.policy;
    let mut found = vec![memory_model(policy.memory_overhead.as_ref())];
    let shown =
        |instance: &ContainerInstance| instance.registered != RegisteredResources::default();
    if cluster.container_instances.iter().any(shown) {
        found.push(Assumption::RegisteredAsShown);
    }
    found.push(root_volume(cluster, catalogue));
    found.extend(weak_prices(catalogue, instances));
    if policy.keep_instances == KeepInstances::All {
        found.push(Assumption::InstancesStay);
    }
    found.extend(above_most_instances(cluster, instances));
    found.extend(of_zones(cluster, catalogue));
    found.extend(of_spot(cluster, catalogue, instances));
    found.extend(of_managed_instances(cluster, catalogue, instances));
    found.extend(of_burstable(cluster, catalogue, instances));
    found.extend(of_fargate(catalogue, fargate));
    if policy.survive_zone_loss {
        found.push(Assumption::SpareForLostZone);
    }
    if policy.keeps_room_for_rollouts() {
        found.push(Assumption::OneDeploymentAtATime);
    }
    let has_udp = |service: &Service| {
        let ports = &service.task.host_ports;
        ports.iter().any(|port| port.protocol == Protocol::Udp)
    };
    if cluster.services.iter().any(has_udp) {
        found.push(Assumption::UdpPortsCounted);
    }
    found.push(of_trunking(policy, instances));
    found
}

/// Managed Instances have trunks whatever the policy says of others.
fn of_trunking(policy: &Policy, instances: &[PlannedInstances]) -> Assumption {
    let are_managed = |row: &PlannedInstances| row.purchase_option.is_managed();
    if policy.eni_trunking || are_all_managed(policy) {
        return Assumption::EniTrunkingOn;
    }
    match (
        instances.iter().any(are_managed),
        instances.iter().all(are_managed),
    ) {
        (true, true) => Assumption::EniTrunkingOn,
        (true, false) => Assumption::EniTrunkingOffInGroups,
        _ => Assumption::EniTrunkingOff,
    }
}

/// Whether no instance but Managed Instances is bought or kept.
fn are_all_managed(policy: &Policy) -> bool {
    policy.managed_instances == ManagedInstancesUse::Only
        && policy.keep_instances != KeepInstances::All
}

/// How zones were taken.
fn of_zones(cluster: &Cluster, catalogue: &Catalogue) -> Option<Assumption> {
    if cluster.zones.is_empty() {
        return Some(Assumption::NoZones);
    }
    if !catalogue.knows_zones() {
        return Some(Assumption::ZonesNotKnown {
            region: cluster.region.clone(),
        });
    }
    let unknown: Vec<String> = (cluster.zones.iter().filter(|zone| zone.id.is_none()))
        .map(|zone| zone.label().to_owned())
        .collect();
    (!unknown.is_empty()).then_some(Assumption::ZoneIdsUnknown {
        zones: unknown,
        zones_in_all: cluster.zones.len() as u64,
    })
}

/// Where Spot prices come from and what Spot rules cannot promise.
fn of_spot(
    cluster: &Cluster,
    catalogue: &Catalogue,
    instances: &[PlannedInstances],
) -> Vec<Assumption> {
    let spot: Vec<&PlannedInstances> = (instances.iter())
        .filter(|row| row.purchase_option.may_be_reclaimed())
        .collect();
    if spot.is_empty() {
        return Vec::new();
    }
    let bases: BTreeSet<String> = (spot.iter())
        .filter_map(|row| {
            let zone = row
                .availability_zone
                .as_deref()
                .and_then(|name| cluster.zone(name));
            let zone_id = zone.and_then(|zone| zone.id.as_deref());
            Some(catalogue.spot_price(&row.instance_type, zone_id)?.basis)
        })
        .collect();
    let mut found: Vec<Assumption> = (bases.iter())
        .map(|basis| match basis.as_str() {
            "file" => Assumption::SpotPricesOfFile,
            _ => Assumption::SpotPricesOfAdvisor,
        })
        .collect();
    if cluster.policy.spot_max_share_per_pool < Decimal::ONE {
        found.push(Assumption::PoolShareNotEnforced);
    }
    found
}

fn of_fargate(catalogue: &Catalogue, fargate: &[PlannedFargateTasks]) -> Vec<Assumption> {
    if fargate.is_empty() {
        return Vec::new();
    }
    let bases: BTreeSet<&str> = [CpuArchitecture::X86_64, CpuArchitecture::Arm64]
        .into_iter()
        .flat_map(|architecture| {
            Capacity::OF_FARGATE
                .into_iter()
                .filter_map(move |capacity| catalogue.fargate_rate(architecture, capacity))
        })
        .filter(|rate| rate.is_weak())
        .map(|rate| rate.basis.as_str())
        .collect();
    let mut found = vec![Assumption::FargateSizes];
    if !bases.is_empty() {
        let bases = bases.into_iter().map(str::to_owned).collect();
        found.push(Assumption::WeakFargateRates { bases });
    }
    found
}

/// What loads above the baselines of burstable types cost, where something does or a measured use says that nothing does.
fn of_burstable(
    cluster: &Cluster,
    catalogue: &Catalogue,
    instances: &[PlannedInstances],
) -> Option<Assumption> {
    let paying: Vec<(u64, UsdPerHour)> = (instances.iter())
        .map(|row| (row.count, credits::of_row(cluster, catalogue, row)))
        .filter(|(_, usd)| *usd > UsdPerHour::ZERO)
        .collect();
    let (measured, reserved) = credits::sources(cluster, catalogue, instances);
    (!paying.is_empty() || measured > 0).then(|| Assumption::SurplusCredits {
        instances: paying.iter().map(|(count, _)| count).sum(),
        usd_per_hour: paying.iter().map(|(count, usd)| *usd * *count).sum(),
        measured,
        reserved,
    })
}

/// Managed Instances, where there are some.
fn of_managed_instances(
    cluster: &Cluster,
    catalogue: &Catalogue,
    instances: &[PlannedInstances],
) -> Option<Assumption> {
    let rows = || (instances.iter()).filter(|row| row.purchase_option.is_managed());
    rows().next()?;
    let names: BTreeSet<&str> = rows()
        .flat_map(|row| row.tasks.keys().map(String::as_str))
        .collect();
    let (daemons, services): (Vec<&Service>, Vec<&Service>) = (cluster.services.iter())
        .filter(|service| names.contains(service.name.as_str()))
        .partition(|service| service.is_daemon());
    let fee = |row: &PlannedInstances| {
        managed_instances::rounded_fee(catalogue, &row.instance_type).unwrap_or(UsdPerHour::ZERO)
    };
    Some(Assumption::ManagedInstances {
        services: services.len() as u64,
        instances: rows().map(|row| row.count).sum(),
        fees_usd_per_hour: rows().map(|row| fee(row) * row.count).sum(),
        fees_by_rule: managed_instances::fees_are_by_rule(catalogue),
        daemons: daemons.len() as u64,
    })
}

/// Today's instances stay even where they are more than `maxInstances`.
fn above_most_instances(cluster: &Cluster, instances: &[PlannedInstances]) -> Option<Assumption> {
    let kept: u64 = instances
        .iter()
        .filter(|row| row.existing)
        .map(|row| row.count)
        .sum();
    let max_instances = cluster.policy.max_instances;
    (kept > max_instances).then_some(Assumption::MoreThanMaxInstances {
        instances: kept,
        max_instances,
    })
}

fn root_volume(cluster: &Cluster, catalogue: &Catalogue) -> Assumption {
    let gib = cluster.policy.root_volume_gib;
    if gib == 0 {
        return Assumption::NoRootVolume;
    }
    let price = catalogue.gp3_usd_per_gib_month();
    Assumption::RootVolume {
        gib,
        usd_per_gib_month: price.map(|price| price.usd),
        weak_basis: (price.filter(|price| price.is_weak())).map(|price| price.basis.clone()),
    }
}

/// Types in the plan whose price has a weak basis, by basis.
fn weak_prices(catalogue: &Catalogue, instances: &[PlannedInstances]) -> Option<Assumption> {
    let weak: BTreeSet<WeakPrice> = instances
        .iter()
        .filter_map(|row| {
            let price = catalogue.on_demand_price(&row.instance_type)?;
            price.is_weak().then(|| WeakPrice {
                instance_type: row.instance_type.clone(),
                basis: price.basis.clone(),
            })
        })
        .collect();
    (!weak.is_empty()).then(|| Assumption::WeakPrices {
        prices: weak.into_iter().collect(),
    })
}
