//! Amazon EC2 Auto Scaling.

use aws_sdk_autoscaling::Client;
use aws_sdk_autoscaling::types::{
    Activity, AutoScalingGroup, Instance, InstancesDistribution, LaunchTemplate,
    LaunchTemplateOverrides, LaunchTemplateSpecification, MixedInstancesPolicy,
    ScalingActivityStatusCode, WarmPoolConfiguration,
};
use serde_json::Value;

use super::{list, object, plain, some, text};
use crate::aws::actions::Action;
use crate::aws::call::Call;
use crate::aws::errors::CallError;

/// Groups on a page. Source: Amazon EC2 Auto Scaling API reference.
const PAGE: i32 = 100;
/// How the descriptions of launches begin.
const LAUNCHING: &str = "Launching";

pub(super) async fn groups(client: &Client, call: &Call) -> Result<Value, CallError> {
    let answer = client
        .describe_auto_scaling_groups()
        .set_auto_scaling_group_names(some(&call.about))
        .max_records(PAGE)
        .set_next_token(call.token.clone())
        .send()
        .await
        .map_err(|error| CallError::of(call.action, &error))?;
    Ok(object([
        (
            "AutoScalingGroups",
            list(answer.auto_scaling_groups.as_ref(), group),
        ),
        ("NextToken", text(answer.next_token())),
    ]))
}

pub(super) fn group(group: &AutoScalingGroup) -> Value {
    object([
        (
            "AutoScalingGroupName",
            text(group.auto_scaling_group_name()),
        ),
        ("AutoScalingGroupARN", text(group.auto_scaling_group_arn())),
        ("MinSize", plain(group.min_size)),
        ("MaxSize", plain(group.max_size)),
        ("DesiredCapacity", plain(group.desired_capacity)),
        ("DesiredCapacityType", text(group.desired_capacity_type())),
        (
            "AvailabilityZones",
            list(group.availability_zones.as_ref(), |zone| {
                Value::from(zone.as_str())
            }),
        ),
        ("VPCZoneIdentifier", text(group.vpc_zone_identifier())),
        (
            "LaunchConfigurationName",
            text(group.launch_configuration_name()),
        ),
        ("LaunchTemplate", group.launch_template().map(template)),
        (
            "MixedInstancesPolicy",
            group.mixed_instances_policy().map(mixed_instances),
        ),
        (
            "NewInstancesProtectedFromScaleIn",
            plain(group.new_instances_protected_from_scale_in),
        ),
        (
            "SuspendedProcesses",
            list(group.suspended_processes.as_ref(), |process| {
                object([("ProcessName", text(process.process_name()))])
            }),
        ),
        (
            "TerminationPolicies",
            list(group.termination_policies.as_ref(), |policy| {
                Value::from(policy.as_str())
            }),
        ),
        ("MaxInstanceLifetime", plain(group.max_instance_lifetime)),
        ("CapacityRebalance", plain(group.capacity_rebalance)),
        (
            "DefaultInstanceWarmup",
            plain(group.default_instance_warmup),
        ),
        ("WarmPoolSize", plain(group.warm_pool_size)),
        (
            "WarmPoolConfiguration",
            group.warm_pool_configuration().map(warm_pool),
        ),
        (
            "InstanceMaintenancePolicy",
            group.instance_maintenance_policy().map(|policy| {
                object([
                    ("MinHealthyPercentage", plain(policy.min_healthy_percentage)),
                    ("MaxHealthyPercentage", plain(policy.max_healthy_percentage)),
                ])
            }),
        ),
        (
            "AvailabilityZoneDistribution",
            group.availability_zone_distribution().map(|zones| {
                object([(
                    "CapacityDistributionStrategy",
                    text(
                        zones
                            .capacity_distribution_strategy()
                            .map(aws_sdk_autoscaling::types::CapacityDistributionStrategy::as_str),
                    ),
                )])
            }),
        ),
        (
            "CapacityReservationSpecification",
            group
                .capacity_reservation_specification()
                .map(|reservations| {
                    object([(
                        "CapacityReservationPreference",
                        text(reservations.capacity_reservation_preference().map(
                            aws_sdk_autoscaling::types::CapacityReservationPreference::as_str,
                        )),
                    )])
                }),
        ),
        (
            "DeletionProtection",
            text(
                group
                    .deletion_protection()
                    .map(aws_sdk_autoscaling::types::DeletionProtection::as_str),
            ),
        ),
        ("Operator", group.operator().map(|_| object([]))),
        ("Status", text(group.status())),
        (
            "Tags",
            list(group.tags.as_ref(), |tag| {
                object([("Key", text(tag.key()))])
            }),
        ),
        ("Instances", list(group.instances.as_ref(), instance)),
    ])
}

/// What Auto Scaling says of the newest launch into a group, where it failed.
pub(super) async fn failed_launch(
    client: &Client,
    group: &str,
) -> Result<Option<String>, CallError> {
    let answer = client
        .describe_scaling_activities()
        .auto_scaling_group_name(group)
        .max_records(PAGE)
        .send()
        .await
        .map_err(|error| CallError::of(Action::DescribeScalingActivities, &error))?;
    Ok(failure(answer.activities()))
}

/// Activities come with the newest first. Source: Amazon EC2 Auto Scaling API reference, `DescribeScalingActivities`, `Activity`.
fn failure(activities: &[Activity]) -> Option<String> {
    let is_launch = |it: &&Activity| it.description().is_some_and(|it| it.starts_with(LAUNCHING));
    let newest = activities.iter().find(is_launch)?;
    let has_failed = newest.status_code() == Some(&ScalingActivityStatusCode::Failed);
    has_failed.then(|| newest.status_message().unwrap_or_default().to_owned())
}

fn template(template: &LaunchTemplateSpecification) -> Value {
    object([
        ("LaunchTemplateId", text(template.launch_template_id())),
        ("LaunchTemplateName", text(template.launch_template_name())),
        ("Version", text(template.version())),
    ])
}

fn mixed_instances(policy: &MixedInstancesPolicy) -> Value {
    object([
        (
            "LaunchTemplate",
            policy.launch_template().map(mixed_template),
        ),
        (
            "InstancesDistribution",
            policy.instances_distribution().map(distribution),
        ),
    ])
}

fn mixed_template(mixed: &LaunchTemplate) -> Value {
    object([
        (
            "LaunchTemplateSpecification",
            mixed.launch_template_specification().map(template),
        ),
        ("Overrides", list(mixed.overrides.as_ref(), override_of)),
    ])
}

fn override_of(one: &LaunchTemplateOverrides) -> Value {
    object([
        ("InstanceType", text(one.instance_type())),
        ("WeightedCapacity", text(one.weighted_capacity())),
        ("ImageId", text(one.image_id())),
        (
            "LaunchTemplateSpecification",
            one.launch_template_specification().map(template),
        ),
        (
            "InstanceRequirements",
            one.instance_requirements().map(|_| object([])),
        ),
    ])
}

fn distribution(distribution: &InstancesDistribution) -> Value {
    object([
        (
            "OnDemandAllocationStrategy",
            text(distribution.on_demand_allocation_strategy()),
        ),
        (
            "OnDemandBaseCapacity",
            plain(distribution.on_demand_base_capacity),
        ),
        (
            "OnDemandPercentageAboveBaseCapacity",
            plain(distribution.on_demand_percentage_above_base_capacity),
        ),
        (
            "SpotAllocationStrategy",
            text(distribution.spot_allocation_strategy()),
        ),
        ("SpotInstancePools", plain(distribution.spot_instance_pools)),
        ("SpotMaxPrice", text(distribution.spot_max_price())),
        (
            "DistributionSegments",
            list(distribution.distribution_segments.as_ref(), |_| object([])),
        ),
    ])
}

fn warm_pool(pool: &WarmPoolConfiguration) -> Value {
    object([
        ("MinSize", plain(pool.min_size)),
        (
            "MaxGroupPreparedCapacity",
            plain(pool.max_group_prepared_capacity),
        ),
        (
            "PoolState",
            text(
                pool.pool_state()
                    .map(aws_sdk_autoscaling::types::WarmPoolState::as_str),
            ),
        ),
        (
            "Status",
            text(
                pool.status()
                    .map(aws_sdk_autoscaling::types::WarmPoolStatus::as_str),
            ),
        ),
    ])
}

fn instance(instance: &Instance) -> Value {
    object([
        ("InstanceId", text(instance.instance_id())),
        ("InstanceType", text(instance.instance_type())),
        ("AvailabilityZone", text(instance.availability_zone())),
        (
            "LifecycleState",
            text(
                instance
                    .lifecycle_state()
                    .map(aws_sdk_autoscaling::types::LifecycleState::as_str),
            ),
        ),
        ("HealthStatus", text(instance.health_status())),
        (
            "ProtectedFromScaleIn",
            plain(instance.protected_from_scale_in),
        ),
        ("WeightedCapacity", text(instance.weighted_capacity())),
        ("LaunchTemplate", instance.launch_template().map(template)),
    ])
}
