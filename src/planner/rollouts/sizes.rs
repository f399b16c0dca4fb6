//! How far groups may grow for a rollout.

use std::collections::BTreeMap;

use crate::domain::cluster::Cluster;
use crate::domain::plan::FleetPlan;

/// `maxSize` of groups, by name.
pub type Sizes = BTreeMap<String, u64>;

/// Names of the groups that hold tasks of the services.
pub fn groups_of(cluster: &Cluster, plan: &FleetPlan, services: &[usize]) -> Vec<String> {
    let mut names: Vec<String> = (services.iter())
        .filter_map(|&position| {
            let name = &cluster.services[position].name;
            plan.services
                .iter()
                .find(|planned| planned.service_name == *name)
        })
        .flat_map(|planned| &planned.capacity_provider_strategy)
        .map(|item| item.capacity_provider.clone())
        .collect();
    names.sort();
    names.dedup();
    names
}

/// The groups of these services with `more` instances a zone, where that makes any of them larger than it was with
/// half as many; `None` where none can grow any more.
pub fn grown(cluster: &Cluster, plan: &FleetPlan, services: &[usize], more: u64) -> Option<Sizes> {
    let names = groups_of(cluster, plan, services);
    let instances: u64 = plan.instances.iter().map(|row| row.count).sum();
    let room = cluster.policy.max_instances.saturating_sub(instances);
    let size = |more: u64| {
        (plan.capacity_providers.iter())
            .filter(|provider| provider.desired_capacity > 0 && names.contains(&provider.name))
            .map(|provider| {
                let zones = (provider.availability_zones.len() as u64).max(1);
                let most = provider.desired_capacity.max(zones).min(room);
                let added = (more * zones).min(most);
                let size = provider.desired_capacity + added;
                (provider.name.clone(), size.max(provider.max_size))
            })
            .collect::<Sizes>()
    };
    let grown = size(more);
    (grown != size(more / 2)).then_some(grown)
}
