//! What changes something in Amazon ECS: one attempt a call.

use aws_sdk_ecs::Client;
use aws_sdk_ecs::types::{
    AutoScalingGroupProvider, AutoScalingGroupProviderUpdate, CapacityProviderStrategyItem,
    ContainerInstanceStatus, ManagedDraining, ManagedScaling, ManagedScalingStatus,
    ManagedTerminationProtection, PlacementStrategy, Tag,
};

use super::number;
use crate::apply::state::{ClusterState, OURS, PlacementItem, ProviderState, StrategyEntry};
use crate::aws::actions::Action;
use crate::aws::errors::CallError;

/// What an item of a request lacks, which the types of states rule out.
fn lacking(action: Action, error: &impl ToString) -> CallError {
    CallError::incomplete(action, error.to_string())
}

fn scaling(of: &ProviderState) -> ManagedScaling {
    let status = if of.scaling {
        ManagedScalingStatus::Enabled
    } else {
        ManagedScalingStatus::Disabled
    };
    ManagedScaling::builder()
        .status(status)
        .target_capacity(number(of.target_capacity))
        .minimum_scaling_step_size(number(of.minimum_step))
        .maximum_scaling_step_size(number(of.maximum_step))
        .instance_warmup_period(number(of.warmup_seconds))
        .build()
}

const fn protection(of: &ProviderState) -> ManagedTerminationProtection {
    if of.termination_protection {
        ManagedTerminationProtection::Enabled
    } else {
        ManagedTerminationProtection::Disabled
    }
}

const fn draining(of: &ProviderState) -> ManagedDraining {
    if of.draining {
        ManagedDraining::Enabled
    } else {
        ManagedDraining::Disabled
    }
}

fn strategy(
    action: Action,
    items: &[StrategyEntry],
) -> Result<Vec<CapacityProviderStrategyItem>, CallError> {
    let item = |it: &StrategyEntry| {
        CapacityProviderStrategyItem::builder()
            .capacity_provider(&it.capacity_provider)
            .base(number(it.base))
            .weight(number(it.weight))
            .build()
            .map_err(|error| lacking(action, &error))
    };
    items.iter().map(item).collect()
}

/// The tag of what bayplan made.
pub(super) fn ours() -> Vec<Tag> {
    vec![Tag::builder().key(OURS).value("true").build()]
}

pub(super) async fn create_provider(
    client: &Client,
    name: &str,
    of: &ProviderState,
    group: &str,
    tags: Vec<Tag>,
) -> Result<(), CallError> {
    let action = Action::CreateCapacityProvider;
    let of_group = AutoScalingGroupProvider::builder()
        .auto_scaling_group_arn(group)
        .managed_scaling(scaling(of))
        .managed_termination_protection(protection(of))
        .managed_draining(draining(of))
        .build()
        .map_err(|error| lacking(action, &error))?;
    client
        .create_capacity_provider()
        .name(name)
        .auto_scaling_group_provider(of_group)
        .set_tags((!tags.is_empty()).then_some(tags))
        .send()
        .await
        .map_err(|error| CallError::of(action, &error))?;
    Ok(())
}

pub(super) async fn update_provider(
    client: &Client,
    name: &str,
    of: &ProviderState,
) -> Result<(), CallError> {
    let of_group = AutoScalingGroupProviderUpdate::builder()
        .managed_scaling(scaling(of))
        .managed_termination_protection(protection(of))
        .managed_draining(draining(of))
        .build();
    client
        .update_capacity_provider()
        .name(name)
        .auto_scaling_group_provider(of_group)
        .send()
        .await
        .map_err(|error| CallError::of(Action::UpdateCapacityProvider, &error))?;
    Ok(())
}

pub(super) async fn delete_provider(client: &Client, name: &str) -> Result<(), CallError> {
    client
        .delete_capacity_provider()
        .capacity_provider(name)
        .send()
        .await
        .map_err(|error| CallError::of(Action::DeleteCapacityProvider, &error))?;
    Ok(())
}

pub(super) async fn put_providers(
    client: &Client,
    cluster: &str,
    of: &ClusterState,
) -> Result<(), CallError> {
    let action = Action::PutClusterCapacityProviders;
    client
        .put_cluster_capacity_providers()
        .cluster(cluster)
        .set_capacity_providers(Some(of.providers.iter().cloned().collect()))
        .set_default_capacity_provider_strategy(Some(strategy(action, &of.default_strategy)?))
        .send()
        .await
        .map_err(|error| CallError::of(action, &error))?;
    Ok(())
}

/// Another strategy is taken with a forced deployment only; counts are never sent.
pub(super) async fn update_service(
    client: &Client,
    cluster: &str,
    name: &str,
    items: Option<&[StrategyEntry]>,
    placement: Option<&[PlacementItem]>,
) -> Result<(), CallError> {
    let action = Action::UpdateService;
    let placed = |it: &PlacementItem| {
        PlacementStrategy::builder()
            .r#type(it.kind.as_str().into())
            .set_field(it.field.clone())
            .build()
    };
    let items = items.map(|items| strategy(action, items)).transpose()?;
    client
        .update_service()
        .cluster(cluster)
        .service(name)
        .force_new_deployment(items.is_some())
        .set_capacity_provider_strategy(items)
        .set_placement_strategy(placement.map(|items| items.iter().map(placed).collect()))
        .send()
        .await
        .map_err(|error| CallError::of(action, &error))?;
    Ok(())
}

pub(super) async fn set_state(
    client: &Client,
    cluster: &str,
    arns: &[String],
    is_draining: bool,
) -> Result<(), CallError> {
    let action = Action::UpdateContainerInstancesState;
    let status = if is_draining {
        ContainerInstanceStatus::Draining
    } else {
        ContainerInstanceStatus::Active
    };
    let answer = client
        .update_container_instances_state()
        .cluster(cluster)
        .set_container_instances(Some(arns.to_vec()))
        .status(status)
        .send()
        .await
        .map_err(|error| CallError::of(action, &error))?;
    // One that went away meanwhile needs no change.
    let failed = answer
        .failures()
        .iter()
        .find(|one| one.reason() != Some("MISSING"));
    match failed {
        Some(failure) => Err(CallError::incomplete(
            action,
            format!(
                "a change of one instance: {}",
                failure.reason().unwrap_or("no reason given")
            ),
        )),
        None => Ok(()),
    }
}
