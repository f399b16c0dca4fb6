//! What a cluster file shows of today's instances, counted the ways that differences need.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::capacity::Capacity;
use crate::domain::cluster::Cluster;

/// Today's instances that take tasks, without those of ECS Anywhere, which nobody buys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observed<'a> {
    /// Whether the file shows no container instance at all, of any status: it then says nothing of today.
    pub shows_no_instances: bool,
    /// Instances by type and how they are bought.
    pub by_type: BTreeMap<(&'a str, Capacity), u64>,
    /// Instances by capacity provider; those of no provider are only in `by_type`.
    pub by_provider: BTreeMap<&'a str, ObservedGroup<'a>>,
}

/// Today's instances of one capacity provider.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObservedGroup<'a> {
    /// Instances that take tasks.
    pub instances: u64,
    /// Their types.
    pub types: BTreeSet<&'a str>,
}

impl<'a> Observed<'a> {
    /// What a file without container instances shows by its groups behind capacity providers: as many as a group's desired
    /// capacity, of the types that it runs or launches. Groups of which the file gives no desired capacity or no type are left
    /// out, and so are those that services stand on which the plan does not know.
    #[must_use]
    pub fn by_groups(cluster: &'a Cluster) -> Self {
        let deployed = &cluster.deployed;
        let by_provider = (deployed.providers.iter())
            .filter(|provider| !deployed.is_held(Some(&provider.name)))
            .filter_map(|provider| {
                let group = deployed.group_of_provider(&provider.name)?;
                let instances = group.desired_capacity?;
                let types = group.instance_types.iter().map(String::as_str).collect();
                let shown = ObservedGroup { instances, types };
                (!shown.types.is_empty()).then_some((provider.name.as_str(), shown))
            })
            .collect();
        Self {
            shows_no_instances: cluster.container_instances.is_empty(),
            by_provider,
            ..Self::default()
        }
    }

    /// What the file shows.
    #[must_use]
    pub fn of(cluster: &'a Cluster) -> Self {
        let mut observed = Self {
            shows_no_instances: cluster.container_instances.is_empty(),
            ..Self::default()
        };
        let running = cluster.container_instances.iter();
        for instance in running.filter(|instance| instance.active && !instance.is_external()) {
            // What services stand on that the plan does not know is no part of what it changes.
            if cluster
                .deployed
                .is_held(instance.capacity_provider.as_deref())
            {
                continue;
            }
            let kind = instance.instance_type.as_str();
            *observed
                .by_type
                .entry((kind, instance.purchase_option))
                .or_default() += 1;
            let Some(provider) = instance.capacity_provider.as_deref() else {
                continue;
            };
            let group = observed.by_provider.entry(provider).or_default();
            group.instances += 1;
            group.types.insert(kind);
        }
        observed
    }
}
