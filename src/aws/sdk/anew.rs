//! Makes a group and a capacity provider anew that were deleted, from what [`super::remember`] wrote down.

use aws_sdk_autoscaling::Client;
use aws_sdk_autoscaling::types::{
    AvailabilityZoneDistribution, InstanceMaintenancePolicy, InstancesDistribution, LaunchTemplate,
    LaunchTemplateOverrides, LaunchTemplateSpecification, LifecycleHookSpecification,
    MixedInstancesPolicy, Tag, TrafficSourceIdentifier,
};
use serde_json::Value;

use super::write_ecs;
use crate::apply::state::ProviderState;
use crate::aws::actions::Action;
use crate::aws::errors::CallError;

fn text(of: &Value, key: &str) -> Option<String> {
    of[key].as_str().map(str::to_owned)
}

fn number(of: &Value, key: &str) -> Option<i32> {
    of[key].as_i64().and_then(|it| i32::try_from(it).ok())
}

fn texts(of: &Value, key: &str) -> Option<Vec<String>> {
    let items = of[key].as_array()?.iter();
    Some(
        items
            .filter_map(|it| it.as_str().map(str::to_owned))
            .collect(),
    )
}

fn list<T>(of: &Value, key: &str, each: impl Fn(&Value) -> T) -> Option<Vec<T>> {
    Some(of[key].as_array()?.iter().map(each).collect())
}

fn there(of: &Value) -> Option<&Value> {
    of.is_object().then_some(of)
}

/// By the id alone where both are known: AWS takes one of the two.
fn template(of: &Value) -> LaunchTemplateSpecification {
    let id = text(of, "LaunchTemplateId");
    let name = text(of, "LaunchTemplateName").filter(|_| id.is_none());
    LaunchTemplateSpecification::builder()
        .set_launch_template_id(id)
        .set_launch_template_name(name)
        .set_version(text(of, "Version"))
        .build()
}

fn override_of(of: &Value) -> LaunchTemplateOverrides {
    LaunchTemplateOverrides::builder()
        .set_instance_type(text(of, "InstanceType"))
        .set_weighted_capacity(text(of, "WeightedCapacity"))
        .set_image_id(text(of, "ImageId"))
        .set_launch_template_specification(there(&of["LaunchTemplateSpecification"]).map(template))
        .build()
}

/// Those that name a type: requirements are not set again.
fn overrides(of: &Value) -> Option<Vec<LaunchTemplateOverrides>> {
    let all = of["Overrides"].as_array()?.iter();
    let named = all.filter(|one| one["InstanceType"].is_string());
    Some(named.map(override_of).collect())
}

fn policy(of: &Value) -> MixedInstancesPolicy {
    let (inner, shares) = (&of["LaunchTemplate"], &of["InstancesDistribution"]);
    let launch = LaunchTemplate::builder()
        .set_launch_template_specification(
            there(&inner["LaunchTemplateSpecification"]).map(template),
        )
        .set_overrides(overrides(inner))
        .build();
    let distribution = InstancesDistribution::builder()
        .set_on_demand_allocation_strategy(text(shares, "OnDemandAllocationStrategy"))
        .set_on_demand_base_capacity(number(shares, "OnDemandBaseCapacity"))
        .set_on_demand_percentage_above_base_capacity(number(
            shares,
            "OnDemandPercentageAboveBaseCapacity",
        ))
        .set_spot_allocation_strategy(text(shares, "SpotAllocationStrategy"))
        .set_spot_instance_pools(number(shares, "SpotInstancePools"))
        .set_spot_max_price(text(shares, "SpotMaxPrice").filter(|price| !price.is_empty()))
        .build();
    MixedInstancesPolicy::builder()
        .launch_template(launch)
        .instances_distribution(distribution)
        .build()
}

fn maintenance(of: &Value) -> InstanceMaintenancePolicy {
    InstanceMaintenancePolicy::builder()
        .set_min_healthy_percentage(number(of, "MinHealthyPercentage"))
        .set_max_healthy_percentage(number(of, "MaxHealthyPercentage"))
        .build()
}

fn zones(of: &Value) -> AvailabilityZoneDistribution {
    let strategy = text(of, "CapacityDistributionStrategy");
    AvailabilityZoneDistribution::builder()
        .set_capacity_distribution_strategy(strategy.map(|it| it.as_str().into()))
        .build()
}

fn traffic(of: &Value) -> TrafficSourceIdentifier {
    TrafficSourceIdentifier::builder()
        .set_identifier(text(of, "Identifier"))
        .set_type(text(of, "Type"))
        .build()
}

fn hook(group: &Value) -> LifecycleHookSpecification {
    LifecycleHookSpecification::builder()
        .set_lifecycle_hook_name(text(group, "LifecycleHookName"))
        .set_lifecycle_transition(text(group, "LifecycleTransition"))
        .set_notification_metadata(text(group, "NotificationMetadata"))
        .set_heartbeat_timeout(number(group, "HeartbeatTimeout"))
        .set_default_result(text(group, "DefaultResult"))
        .set_notification_target_arn(text(group, "NotificationTargetARN"))
        .set_role_arn(text(group, "RoleARN"))
        .build()
}

/// Makes a group; its desired capacity is not sent, and is its smallest size.
pub(super) async fn group(client: &Client, name: &str, of: &Value) -> Result<(), CallError> {
    let tag = |of: &Value| {
        Tag::builder()
            .resource_id(name)
            .resource_type("auto-scaling-group")
            .set_key(text(of, "Key"))
            .set_value(text(of, "Value"))
            .set_propagate_at_launch(of["PropagateAtLaunch"].as_bool())
            .build()
    };
    client
        .create_auto_scaling_group()
        .auto_scaling_group_name(name)
        .set_min_size(number(of, "MinSize"))
        .set_max_size(number(of, "MaxSize"))
        .set_desired_capacity_type(text(of, "DesiredCapacityType"))
        .set_launch_template(there(&of["LaunchTemplate"]).map(template))
        .set_launch_configuration_name(text(of, "LaunchConfigurationName"))
        .set_mixed_instances_policy(there(&of["MixedInstancesPolicy"]).map(policy))
        .set_vpc_zone_identifier(text(of, "VPCZoneIdentifier"))
        .set_availability_zones(texts(of, "AvailabilityZones"))
        .set_default_cooldown(number(of, "DefaultCooldown"))
        .set_health_check_type(text(of, "HealthCheckType"))
        .set_health_check_grace_period(number(of, "HealthCheckGracePeriod"))
        .set_placement_group(text(of, "PlacementGroup"))
        .set_service_linked_role_arn(text(of, "ServiceLinkedRoleARN"))
        .set_context(text(of, "Context"))
        .set_load_balancer_names(texts(of, "LoadBalancerNames"))
        .set_target_group_arns(texts(of, "TargetGroupARNs"))
        .set_traffic_sources(list(of, "TrafficSources", traffic))
        .set_new_instances_protected_from_scale_in(of["NewInstancesProtectedFromScaleIn"].as_bool())
        .set_termination_policies(texts(of, "TerminationPolicies"))
        .set_max_instance_lifetime(number(of, "MaxInstanceLifetime").filter(|it| *it > 0))
        .set_capacity_rebalance(of["CapacityRebalance"].as_bool())
        .set_default_instance_warmup(number(of, "DefaultInstanceWarmup"))
        .set_instance_maintenance_policy(there(&of["InstanceMaintenancePolicy"]).map(maintenance))
        .set_availability_zone_distribution(there(&of["AvailabilityZoneDistribution"]).map(zones))
        .set_deletion_protection(text(of, "DeletionProtection").map(|it| it.as_str().into()))
        .set_lifecycle_hook_specification_list(list(of, "LifecycleHooks", hook))
        .set_tags(list(of, "Tags", tag))
        .send()
        .await
        .map_err(|error| CallError::of(Action::CreateAutoScalingGroup, &error))?;
    Ok(())
}

/// Makes a capacity provider of a group by its ARN.
pub(super) async fn provider(
    client: &aws_sdk_ecs::Client,
    name: &str,
    of: &Value,
    group: &str,
) -> Result<(), CallError> {
    let action = Action::CreateCapacityProvider;
    let state: ProviderState = serde_json::from_value(of["state"].clone())
        .map_err(|error| CallError::incomplete(action, error.to_string()))?;
    let tag = |of: &Value| {
        aws_sdk_ecs::types::Tag::builder()
            .set_key(text(of, "key"))
            .set_value(text(of, "value"))
            .build()
    };
    let tags = list(of, "tags", tag).unwrap_or_default();
    write_ecs::create_provider(client, name, &state, group, tags).await
}
