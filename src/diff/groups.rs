//! Auto Scaling groups behind capacity providers that come, change or go.

use std::collections::BTreeSet;

use super::observed::Observed;
use crate::domain::cluster::Cluster;
use crate::domain::plan::{Change, FleetPlan, PlannedProvider};

/// In the plan's order, then those that the plan has no use for, by name.
pub(super) fn changes(cluster: &Cluster, observed: &Observed<'_>, plan: &FleetPlan) -> Vec<Change> {
    let names = |kinds: &BTreeSet<&str>| kinds.iter().map(|&kind| kind.to_owned()).collect();
    let mut today = observed.by_provider.clone();
    let mut changes = Vec::new();
    for managed in (plan.capacity_providers.iter()).filter(|provider| provider.kind.is_managed()) {
        // ECS launches what its tasks need, and has no group to change.
        today.remove(managed.name.as_str());
    }
    let planned = (plan.capacity_providers.iter()).filter(|provider| provider.kind.is_group());
    for provider in planned {
        let capacity_provider = provider.name.clone();
        let instance_types = provider.instance_types.clone();
        let desired_capacity = provider.desired_capacity;
        let Some(group) = today.remove(provider.name.as_str()) else {
            changes.push(Change::AddProvider {
                capacity_provider,
                instance_types,
                desired_capacity,
            });
            continue;
        };
        let types: BTreeSet<&str> = instance_types.iter().map(String::as_str).collect();
        if group.instances != desired_capacity || group.types != types {
            changes.push(Change::ChangeGroup {
                capacity_provider,
                instance_types,
                desired_capacity,
                types_today: names(&group.types),
                instances_today: group.instances,
            });
        }
        changes.extend(limits(cluster, provider));
    }
    changes.extend((today.iter()).map(|(&name, group)| Change::RemoveProvider {
        capacity_provider: name.to_owned(),
        types_today: names(&group.types),
        instances_today: group.instances,
    }));
    changes
}

/// Other limits than the group's of today, where the file gives both.
fn limits(cluster: &Cluster, provider: &PlannedProvider) -> Option<Change> {
    let group = cluster.deployed.group_of_provider(&provider.name)?;
    let (min_size_today, max_size_today) = (group.min_size?, group.max_size?);
    let is_other = (provider.min_size, provider.max_size) != (min_size_today, max_size_today);
    is_other.then(|| Change::ChangeGroupLimits {
        capacity_provider: provider.name.clone(),
        min_size: provider.min_size,
        max_size: provider.max_size,
        min_size_today,
        max_size_today,
    })
}
