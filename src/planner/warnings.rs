//! Quotas of ECS that a plan passes. They can be raised on request, most of them; a plan that needs it says so.
//!
//! Source: Amazon ECS developer guide, "Amazon ECS service quotas": 5,000 container instances a cluster, 5,000
//! tasks a service, 1,000 tasks a service that uses Service Connect or service discovery.

use crate::domain::cluster::Cluster;
use crate::domain::plan::{PlannedFargateTasks, PlannedInstances, Warning};

use super::places::Places;

const INSTANCES: u64 = 5000;
const TASKS: u64 = 5000;
const TASKS_WITH_DISCOVERY: u64 = 1000;

/// One for each quota that is passed.
pub(super) fn warnings(
    cluster: &Cluster,
    instances: &[PlannedInstances],
    fargate: &[PlannedFargateTasks],
) -> Vec<Warning> {
    let fleet: u64 = instances.iter().map(|row| row.count).sum();
    let mut warnings = Vec::new();
    if fleet > INSTANCES {
        warnings.push(Warning::InstanceQuota {
            instances: fleet,
            quota: INSTANCES,
        });
    }
    let places = Places::new(instances, fargate);
    for service in cluster
        .services
        .iter()
        .filter(|service| !service.is_standalone())
    {
        let placed = places.on_instances(&service.name) + places.on_fargate(&service.name);
        let tasks = placed.max(cluster.planned_count(service));
        if tasks > TASKS {
            warnings.push(Warning::TaskQuota {
                service_name: service.name.clone(),
                tasks,
                quota: TASKS,
            });
        } else if service.service_discovery && tasks > TASKS_WITH_DISCOVERY {
            warnings.push(Warning::DiscoveryQuota {
                service_name: service.name.clone(),
                tasks,
                quota: TASKS_WITH_DISCOVERY,
            });
        }
    }
    warnings
}
