//! On-Demand and Spot: what can be bought how, and how many tasks of a service must be On-Demand.
//!
//! At least `m = min(n, max(base, ceil((1 − share)·n)))` tasks of a service with `n` tasks run On-Demand or on
//! FARGATE; the stricter of the policy's and the service's own figures holds. Since exactly `n` tasks are
//! placed, that is a limit on copies: at most `n − m` of them in Spot bins. Its dual `ω_g ≤ 0` makes a task
//! worth less in a Spot bin.
//!
//! Where zones of volumes divide a workload of Kubernetes into parts, the rule is one of the whole: the packing has its `m` On-Demand
//! tasks in the parts by their names, each as full as it gets; the bound asks of a part of `n` pods only for what the whole's `m`
//! of `N` leave to it, `m − (N − n)`.
//!
//! `onDemandZones`: `k` On-Demand tasks of a service that is even over zones stand in `r = min(k, onDemandZones, z)` zones
//! at least. With `r` known from the minimum (`k ≥ m`), no `r − 1` zones hold all of them: for every set `S` of `r − 1`
//! zones the copies in Spot bins and those in bins of `S` are at most `n − 1`. Where more than `m` tasks turn out to be
//! On-Demand, the packing is mended afterwards.

use rust_decimal::Decimal;

use crate::catalogue::Catalogue;
use crate::catalogue::filter::interruption_exclusion;
use crate::catalogue::managed_instances;
use crate::domain::capacity::Capacity;
use crate::domain::cluster::Cluster;
use crate::domain::instance_type::InstanceType;
use crate::domain::service::Service;

/// Ways of buying a type that the policy allows and the catalogue offers, On-Demand first.
pub fn options(
    cluster: &Cluster,
    catalogue: &Catalogue,
    instance_type: &InstanceType,
) -> Vec<Capacity> {
    let policy = &cluster.policy;
    let own = (Capacity::OF_INSTANCES.into_iter()).filter(|_| policy.buys_own_instances());
    let is_managed = policy.buys_managed_instances()
        && !cluster.is_kubernetes()
        && managed_instances::can_be_managed(instance_type)
        && managed_instances::fee(catalogue, &instance_type.name).is_some();
    let managed = (Capacity::OF_MANAGED.into_iter()).filter(|_| is_managed);
    own.chain(managed)
        .filter(|&option| cluster.policy.purchase_options.allows(option))
        .filter(|option| match option {
            Capacity::OnDemand
            | Capacity::Managed
            | Capacity::Fargate
            | Capacity::FargateSpot
            | Capacity::External => true,
            Capacity::Spot | Capacity::ManagedSpot => {
                instance_type.spot_supported
                    && catalogue.spot_price(&instance_type.name, None).is_some()
                    && interruption_exclusion(instance_type, &cluster.policy, catalogue).is_none()
            }
        })
        .collect()
}

/// Tasks out of `count` that must not be on Spot.
pub fn on_demand_minimum(cluster: &Cluster, service: &Service, count: u64) -> u64 {
    let policy = &cluster.policy;
    let base = policy
        .on_demand_base
        .max(service.policy.on_demand_base.unwrap_or(0));
    let own_share = service.policy.spot_max_share.unwrap_or(Decimal::ONE);
    let share = policy.spot_max_share.min(own_share);
    let of = |count: u64| {
        let by_share = ((Decimal::ONE - share) * Decimal::from(count)).ceil();
        let by_share = u64::try_from(by_share).unwrap_or(u64::MAX);
        base.max(by_share).min(count)
    };
    let Some(whole) = service.whole() else {
        return of(count);
    };
    let all = policy.planned_of_whole(whole);
    if cluster.is_read_loosely() {
        // The pods of the other parts may all be On-Demand.
        of(all).saturating_sub(all.saturating_sub(count))
    } else {
        let before = cluster.planned_before(service, whole);
        of(all).saturating_sub(before).min(count)
    }
}

/// Zones in which `tasks` On-Demand tasks of a service must stand at least, out of `usable` zones that it may use:
/// `min(tasks, onDemandZones, usable)`; 1, or 0 without tasks, where the rule is not looked at (`zoneSpread` any, no
/// zones, standalone tasks, EXTERNAL services, no new On-Demand instances).
pub fn least_on_demand_zones(
    cluster: &Cluster,
    service: &Service,
    tasks: u64,
    usable: usize,
) -> u64 {
    let spread = !cluster.zones.is_empty()
        && cluster.policy.purchase_options.on_demand
        && cluster.spreads_evenly(service)
        && !service.is_standalone()
        && !service.is_daemon()
        && !service.is_external();
    let least = if spread {
        cluster.policy.on_demand_zones.min(usable as u64)
    } else {
        1
    };
    tasks.min(least)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{ImportOptions, read_cluster};

    fn minimum(policy: &str, service: &str, count: u64) -> u64 {
        let text = format!(
            r#"{{"version": 1, "region": "us-east-1", "policy": {{"purchaseOptions": ["on-demand", "spot"]{policy}}},
                "services": [{{"serviceName": "a", "desiredCount": 1, "cpu": 256, "memory": 512{service}}}]}}"#
        );
        let imported = read_cluster(&text, "c.json", &ImportOptions::default());
        let cluster = imported.expect("a cluster").cluster;
        on_demand_minimum(&cluster, &cluster.services[0], count)
    }

    #[test]
    fn the_bound_asks_of_a_part_only_for_what_the_whole_leaves_to_it() {
        let text = |policy: &str| {
            format!(
                r#"{{"kind": "List", "apiVersion": "v1", "availabilityZones": ["us-east-1a", "us-east-1b"],
                "policy": {{"purchaseOptions": ["on-demand", "spot"], {policy}}}, "items": [
                {{"kind": "StatefulSet", "apiVersion": "apps/v1", "metadata": {{"name": "db"}}, "spec": {{"replicas": 5,
                    "template": {{"spec": {{"containers": [{{"name": "c"}}]}}}}, "volumeClaimTemplates": [{{"metadata": {{"name": "d"}}}}]}}}},
                {{"kind": "PersistentVolumeClaim", "metadata": {{"name": "d-db-0"}}, "spec": {{"volumeName": "v"}}}},
                {{"kind": "PersistentVolume", "metadata": {{"name": "v", "labels": {{"topology.kubernetes.io/zone": "us-east-1a"}}}}}}]}}"#
            )
        };
        // One replica is held in a zone, four are free.
        for (policy, strict, loose) in [
            (r#""onDemandBase": 2"#, [2, 0], [1, 0]),
            (r#""spotMaxShare": 0.5"#, [3, 0], [2, 0]),
            (r#""spotMaxShare": 0.1"#, [4, 1], [4, 1]),
            (r#""onDemandBase": 9"#, [4, 1], [4, 1]),
        ] {
            let options = ImportOptions {
                region: Some("us-east-1".to_owned()),
                ..ImportOptions::default()
            };
            let imported = read_cluster(&text(policy), "c.json", &options);
            let cluster = imported.unwrap_or_else(|it| panic!("{it}")).cluster;
            let minima = |cluster: &Cluster| -> Vec<u64> {
                let of_each = |it| on_demand_minimum(cluster, it, cluster.planned_count(it));
                cluster.services.iter().map(of_each).collect()
            };
            assert_eq!(minima(&cluster), strict, "{policy}");
            let looser = cluster.for_bound().expect("two readings");
            assert_eq!(minima(&looser), loose, "{policy}");
        }
    }

    #[test]
    fn base_and_share_are_lower_limits_and_the_stricter_holds() {
        assert_eq!(minimum("", "", 10), 0);
        // ceil(0.3 · 10) = 3; ceil(0.3 · 11) = 4.
        assert_eq!(minimum(r#", "spotMaxShare": 0.7"#, "", 10), 3);
        assert_eq!(minimum(r#", "spotMaxShare": 0.7"#, "", 11), 4);
        assert_eq!(
            minimum(r#", "spotMaxShare": 0.7"#, r#", "spotMaxShare": 0.5"#, 10),
            5
        );
        assert_eq!(
            minimum(r#", "onDemandBase": 4"#, r#", "spotMaxShare": 0.9"#, 10),
            4
        );
        assert_eq!(minimum(r#", "onDemandBase": 40"#, "", 10), 10);
    }
}
