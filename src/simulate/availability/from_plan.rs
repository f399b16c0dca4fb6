//! A plan's rows as pools, instances and minima.

use std::collections::BTreeMap;

use super::{Deployment, HostGroup, Pool};
use crate::domain::capacity::Capacity;
use crate::domain::cluster::Cluster;
use crate::domain::plan::{PlannedFargateTasks, PlannedInstances};
use crate::domain::policy::CountBasis;
use crate::domain::service::Service;
use crate::simulate::choices::{BandReading, RolloutStops};
use crate::simulate::deployment::RolloutRule;
use crate::simulate::deployment::shift::TrafficShift;
use crate::simulate::losses::band::InterruptionBand;

impl Deployment {
    /// What a plan runs. Services are those of `cluster`, in its order; zones are the positions in
    /// `cluster.zones`. A Spot row without a known band, and Fargate Spot, for which AWS publishes none, take the
    /// worst band.
    #[must_use]
    pub fn of_plan(
        cluster: &Cluster,
        instances: &[PlannedInstances],
        fargate: &[PlannedFargateTasks],
        reading: BandReading,
    ) -> Self {
        let services: BTreeMap<&str, usize> = (cluster.services.iter().enumerate())
            .map(|(position, service)| (service.name.as_str(), position))
            .collect();
        let mut deployment = Self {
            pools: Vec::new(),
            groups: Vec::new(),
            minimum_healthy: cluster
                .services
                .iter()
                .map(|s| minimum_healthy(cluster, s))
                .collect(),
        };
        let mut pools = BTreeMap::new();
        for row in instances {
            let key = (
                &row.instance_type,
                &row.availability_zone,
                row.purchase_option,
            );
            let pool = *pools.entry(key).or_insert(deployment.pools.len());
            if pool == deployment.pools.len() {
                deployment.pools.push(pool_of(cluster, row, reading));
            }
            let of_service =
                |(name, count): (&String, &u64)| Some((*services.get(name.as_str())?, *count));
            deployment.groups.push(HostGroup {
                pool,
                hosts: row.count,
                tasks: row.tasks.iter().filter_map(of_service).collect(),
            });
        }
        deployment.add_fargate(fargate, &services, reading);
        deployment
    }

    fn add_fargate(
        &mut self,
        rows: &[PlannedFargateTasks],
        services: &BTreeMap<&str, usize>,
        reading: BandReading,
    ) {
        for capacity in Capacity::OF_FARGATE {
            let of_kind = |row: &&PlannedFargateTasks| row.capacity() == capacity;
            let groups: Vec<HostGroup> = (rows.iter().filter(of_kind))
                .filter_map(|row| {
                    Some(HostGroup {
                        pool: self.pools.len(),
                        hosts: row.count,
                        tasks: vec![(*services.get(row.service_name.as_str())?, 1)],
                    })
                })
                .collect();
            if !groups.is_empty() {
                self.pools.push(Pool {
                    zone: None,
                    reclaim: capacity
                        .may_be_reclaimed()
                        .then(|| InterruptionBand::Above20.rate(reading)),
                });
                self.groups.extend(groups);
            }
        }
    }
}

fn pool_of(cluster: &Cluster, row: &PlannedInstances, reading: BandReading) -> Pool {
    let label = row.availability_zone.as_deref();
    let zone = label.and_then(|label| {
        cluster.zones.iter().position(|zone| {
            zone.name.as_deref() == Some(label) || zone.id.as_deref() == Some(label)
        })
    });
    let band = row
        .interruption_band
        .as_deref()
        .and_then(|band| band.parse().ok());
    Pool {
        zone,
        reclaim: (row.purchase_option.may_be_reclaimed())
            .then(|| band.unwrap_or(InterruptionBand::Above20).rate(reading)),
    }
}

/// Tasks that a service has to keep: `minimumHealthyPercent` of its own count, without the policy's headroom;
/// none of standalone tasks and, by ECS's default, of daemons.
fn minimum_healthy(cluster: &Cluster, service: &Service) -> u64 {
    if service.is_standalone() {
        return 0;
    }
    let count = match cluster.policy.count_basis {
        CountBasis::Min => service.min_count,
        CountBasis::Desired => None,
        CountBasis::Max => service.max_count,
    };
    let rule = RolloutRule::of(service, RolloutStops::default(), TrafficShift::default());
    rule.fewest_healthy(count.unwrap_or(service.desired_count))
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;
    use crate::io::plan_document::{FargateTasksDocument, InstancesDocument};
    use crate::io::{ImportOptions, read_cluster};

    fn cluster() -> Cluster {
        let text = json!({
            "version": 1, "cluster": "c", "region": "us-east-1",
            "availabilityZones": ["us-east-1a", "us-east-1b"],
            "services": [
                {"serviceName": "api", "desiredCount": 7, "cpu": 256, "memory": 512,
                 "deploymentConfiguration": {"minimumHealthyPercent": 50, "maximumPercent": 200}},
                {"serviceName": "worker", "desiredCount": 2, "cpu": 256, "memory": 512, "networkMode": "awsvpc"}
            ],
            "policy": {"headroomPercent": 50}
        });
        let read = read_cluster(&text.to_string(), "c.json", &ImportOptions::default());
        read.expect("a valid file").cluster
    }

    fn row(zone: &str, option: &str, count: u64, band: Option<&str>) -> PlannedInstances {
        let row: InstancesDocument = from_value(json!({
            "instanceType": "m7i.large", "purchaseOption": option, "availabilityZone": zone,
            "capacityProvider": "p", "count": count, "usdPerHour": 0.1,
            "registered": {"cpu": 2048, "memoryMib": 7600, "enis": 2, "gpus": 0},
            "tasks": {"api": 2}, "interruptionBand": band
        }))
        .expect("a row");
        row.into()
    }

    #[test]
    fn rows_of_a_type_zone_and_way_of_buying_are_one_pool() {
        let rows = [
            row("us-east-1b", "spot", 2, Some("<5%")),
            row("us-east-1b", "spot", 1, Some("<5%")),
            row("us-east-1a", "on-demand", 1, None),
            row("us-east-1a", "spot", 1, None),
        ];
        let fargate: FargateTasksDocument = from_value(json!({
            "serviceName": "worker", "capacityProvider": "FARGATE_SPOT", "count": 3, "cpu": 256,
            "memoryMib": 512, "usdPerHour": 0.01
        }))
        .expect("a row");
        let fargate = fargate.planned(&mut Vec::new());
        let deployment = Deployment::of_plan(&cluster(), &rows, &[fargate], BandReading::Upper);
        let pools: Vec<(Option<usize>, bool)> = deployment
            .pools
            .iter()
            .map(|pool| (pool.zone, pool.reclaim.is_some()))
            .collect();
        assert_eq!(
            pools,
            [
                (Some(1), true),
                (Some(0), false),
                (Some(0), true),
                (None, true)
            ]
        );
        // An unknown band is the worst, and so is Fargate Spot's.
        assert!(deployment.pools[0].reclaim < deployment.pools[2].reclaim);
        assert_eq!(deployment.pools[2].reclaim, deployment.pools[3].reclaim);
        let hosts: Vec<(usize, u64)> = deployment
            .groups
            .iter()
            .map(|g| (g.pool, g.hosts))
            .collect();
        assert_eq!(hosts, [(0, 2), (0, 1), (1, 1), (2, 1), (3, 3)]);
        assert_eq!(deployment.groups[4].tasks, [(1, 1)]);
    }

    #[test]
    fn the_minimum_is_of_the_services_own_count() {
        // Half of 7, rounded up; 100 % of 2 by default. Headroom is what may be lost.
        let deployment = Deployment::of_plan(&cluster(), &[], &[], BandReading::Middle);
        assert_eq!(deployment.minimum_healthy, [4, 2]);
    }
}
