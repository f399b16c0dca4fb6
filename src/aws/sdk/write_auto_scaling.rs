//! What changes something in Amazon EC2 Auto Scaling: one attempt a call. Desired capacities are never sent: managed scaling sets
//! them.

use aws_sdk_autoscaling::Client;
use aws_sdk_autoscaling::types::{
    InstancesDistribution, LaunchTemplate, LaunchTemplateOverrides, LaunchTemplateSpecification,
    MixedInstancesPolicy, Tag,
};

use super::{is_template_id, number};
use crate::apply::state::{GroupState, MANAGED_BY_ECS, OURS, TemplateVersion};
use crate::aws::actions::Action;
use crate::aws::errors::CallError;

fn tag(group: &str, key: &str, value: &str, reaches_instances: bool) -> Tag {
    Tag::builder()
        .resource_id(group)
        .resource_type("auto-scaling-group")
        .key(key)
        .value(value)
        .propagate_at_launch(reaches_instances)
        .build()
}

fn specification(of: &TemplateVersion) -> LaunchTemplateSpecification {
    let builder = LaunchTemplateSpecification::builder().version(&of.version);
    if is_template_id(&of.template) {
        builder.launch_template_id(&of.template).build()
    } else {
        builder.launch_template_name(&of.template).build()
    }
}

fn policy(of: &GroupState) -> MixedInstancesPolicy {
    let kind = |name: &String| {
        LaunchTemplateOverrides::builder()
            .instance_type(name)
            .build()
    };
    let template = LaunchTemplate::builder()
        .set_launch_template_specification(of.template.as_ref().map(specification))
        .set_overrides(Some(of.instance_types.iter().map(kind).collect()))
        .build();
    let distribution = InstancesDistribution::builder()
        .on_demand_base_capacity(number(of.on_demand_base))
        .on_demand_percentage_above_base_capacity(number(of.on_demand_percent))
        .set_spot_allocation_strategy(of.spot_allocation_strategy.clone())
        .build();
    MixedInstancesPolicy::builder()
        .launch_template(template)
        .instances_distribution(distribution)
        .build()
}

fn subnets(of: &GroupState) -> String {
    let names: Vec<&str> = of.subnets.iter().map(String::as_str).collect();
    names.join(",")
}

pub(super) async fn create_group(
    client: &Client,
    name: &str,
    of: &GroupState,
) -> Result<(), CallError> {
    client
        .create_auto_scaling_group()
        .auto_scaling_group_name(name)
        .min_size(number(of.min_size))
        .max_size(number(of.max_size))
        .mixed_instances_policy(policy(of))
        .vpc_zone_identifier(subnets(of))
        .new_instances_protected_from_scale_in(of.protected)
        .tags(tag(name, OURS, "true", false))
        .tags(tag(name, MANAGED_BY_ECS, "", true))
        .send()
        .await
        .map_err(|error| CallError::of(Action::CreateAutoScalingGroup, &error))?;
    Ok(())
}

/// Only what differs is sent; of the policy all, as the call takes it whole.
pub(super) async fn update_group(
    client: &Client,
    name: &str,
    from: &GroupState,
    to: &GroupState,
) -> Result<(), CallError> {
    let differs = !from.launches_as(to);
    // Without types of its own a group had a plain template, and gets that back.
    let is_plain =
        to.instance_types.is_empty() && to.on_demand_base == 0 && to.on_demand_percent == 100;
    let plain = (to.template.as_ref()).filter(|_| differs && is_plain);
    client
        .update_auto_scaling_group()
        .auto_scaling_group_name(name)
        .set_min_size((from.min_size != to.min_size).then(|| number(to.min_size)))
        .set_max_size((from.max_size != to.max_size).then(|| number(to.max_size)))
        .set_mixed_instances_policy((differs && plain.is_none()).then(|| policy(to)))
        .set_launch_template(plain.map(specification))
        .set_vpc_zone_identifier((from.subnets != to.subnets).then(|| subnets(to)))
        .set_new_instances_protected_from_scale_in(
            (from.protected != to.protected).then_some(to.protected),
        )
        .send()
        .await
        .map_err(|error| CallError::of(Action::UpdateAutoScalingGroup, &error))?;
    Ok(())
}

pub(super) async fn tag_group(client: &Client, name: &str) -> Result<(), CallError> {
    client
        .create_or_update_tags()
        .tags(tag(name, MANAGED_BY_ECS, "", true))
        .send()
        .await
        .map_err(|error| CallError::of(Action::CreateOrUpdateTags, &error))?;
    Ok(())
}

/// Never by force, which would terminate what runs.
pub(super) async fn delete_group(client: &Client, name: &str) -> Result<(), CallError> {
    client
        .delete_auto_scaling_group()
        .auto_scaling_group_name(name)
        .force_delete(false)
        .send()
        .await
        .map_err(|error| CallError::of(Action::DeleteAutoScalingGroup, &error))?;
    Ok(())
}

pub(super) async fn unprotect(
    client: &Client,
    group: &str,
    ids: &[String],
) -> Result<(), CallError> {
    client
        .set_instance_protection()
        .auto_scaling_group_name(group)
        .set_instance_ids(Some(ids.to_vec()))
        .protected_from_scale_in(false)
        .send()
        .await
        .map_err(|error| CallError::of(Action::SetInstanceProtection, &error))?;
    Ok(())
}

pub(super) async fn terminate(client: &Client, id: &str) -> Result<(), CallError> {
    client
        .terminate_instance_in_auto_scaling_group()
        .instance_id(id)
        .should_decrement_desired_capacity(true)
        .send()
        .await
        .map_err(|error| CallError::of(Action::TerminateInstanceInAutoScalingGroup, &error))?;
    Ok(())
}
