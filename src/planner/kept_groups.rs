//! Groups of today that stay (`keepInstances: all`) keep the sizes and the managed scaling that the file shows.
//!
//! Instances that stay are no reason to let a group shrink to nothing, or to forbid it to grow: a plan that wrote other
//! limits would change groups without saying so. Where the file does not show a group, it may shrink to nothing and grow to
//! what it has now.

use crate::domain::cluster::Cluster;
use crate::domain::deployed::DeployedProvider;
use crate::domain::plan::{ManagedScaling, PlannedInstances, PlannedProvider};

/// Puts today's settings into the providers that hold nothing but instances that stay.
pub(super) fn keep_settings(
    cluster: &Cluster,
    instances: &[PlannedInstances],
    providers: &mut [PlannedProvider],
) {
    for planned in providers {
        let mut rows = (instances.iter()).filter(|row| row.capacity_provider == planned.name);
        if !planned.kind.is_group() || !rows.all(|row| row.existing) {
            continue;
        }
        if let Some(group) = cluster.deployed.group_of_provider(&planned.name) {
            // Instances that drain count for Auto Scaling, and not as instances that stay.
            let least = group.min_size.unwrap_or(planned.min_size);
            planned.min_size = least.min(planned.desired_capacity);
            let most = group.max_size.unwrap_or(planned.max_size);
            planned.max_size = most.max(planned.desired_capacity);
        }
        if let Some(provider) = cluster.deployed.provider(&planned.name) {
            planned.managed_scaling = scaling(provider);
        }
    }
}

fn scaling(provider: &DeployedProvider) -> ManagedScaling {
    ManagedScaling {
        enabled: Some(provider.scaling),
        target_capacity: Some(provider.target_capacity),
        minimum_scaling_step_size: Some(provider.minimum_step),
        maximum_scaling_step_size: Some(provider.maximum_step),
        instance_warmup_period_s: Some(provider.warmup_seconds),
    }
}
