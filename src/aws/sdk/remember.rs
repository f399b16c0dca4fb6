//! A group and a capacity provider in whole, right before they are deleted: as members of the request that makes them anew.
//!
//! Source: Amazon EC2 Auto Scaling API reference, `CreateAutoScalingGroup` beside `AutoScalingGroup`; Amazon ECS developer guide, "Cluster auto
//! scaling": the hook and the policy that ECS makes come with the provider.

use aws_sdk_autoscaling::Client;
use aws_sdk_autoscaling::types::{
    AutoScalingGroup, CapacityReservationPreference, LifecycleHook, NotificationConfiguration,
    TagDescription,
};
use aws_sdk_ecs::types::{CapacityProviderField, Tag};
use serde_json::{Value, json};

use super::auto_scaling;
use crate::apply::remembered::{Lost, Remembered};
use crate::aws::actions::Action;
use crate::aws::errors::CallError;

/// How the names of what ECS makes begin.
const OF_ECS: [&str; 2] = [
    "ecs-managed-draining-termination-hook",
    "ECSManagedAutoScalingPolicy",
];
/// How keys of AWS's own tags begin.
const OF_AWS: &str = "aws:";
/// Members that a snapshot's allow-list has too, and the request by the same names.
const SAME: [&str; 16] = [
    "LaunchConfigurationName",
    "MinSize",
    "MaxSize",
    "DesiredCapacityType",
    "AvailabilityZones",
    "VPCZoneIdentifier",
    "LaunchTemplate",
    "MixedInstancesPolicy",
    "NewInstancesProtectedFromScaleIn",
    "TerminationPolicies",
    "MaxInstanceLifetime",
    "CapacityRebalance",
    "DefaultInstanceWarmup",
    "InstanceMaintenancePolicy",
    "AvailabilityZoneDistribution",
    "DeletionProtection",
];

/// A group, without what other calls tell.
pub(super) async fn group(client: &Client, name: &str) -> Result<Option<Remembered>, CallError> {
    let answer = client
        .describe_auto_scaling_groups()
        .auto_scaling_group_names(name)
        .send()
        .await
        .map_err(|error| CallError::of(Action::DescribeAutoScalingGroups, &error))?;
    Ok(answer.auto_scaling_groups().first().map(in_whole))
}

fn in_whole(group: &AutoScalingGroup) -> Remembered {
    let described = auto_scaling::group(group);
    let mut request = json!({
        "DefaultCooldown": group.default_cooldown,
        "HealthCheckType": group.health_check_type,
        "HealthCheckGracePeriod": group.health_check_grace_period,
        "PlacementGroup": group.placement_group,
        "ServiceLinkedRoleARN": group.service_linked_role_arn,
        "Context": group.context,
        "LoadBalancerNames": group.load_balancer_names(),
        "TargetGroupARNs": group.target_group_arns(),
        "TrafficSources": others(group),
        "Tags": group.tags().iter().filter(|tag| !is_of_aws(tag)).map(tag).collect::<Value>(),
    });
    for key in SAME {
        request[key] = described[key].clone();
    }
    if let Some(members) = request.as_object_mut() {
        members.retain(|_, value| {
            !value.is_null() && value.as_array().is_none_or(|it| !it.is_empty())
        });
        // The subnets say it, and AWS takes one of the two.
        if members.contains_key("VPCZoneIdentifier") {
            members.remove("AvailabilityZones");
        }
    }
    Remembered {
        request,
        lost: lost(group),
    }
}

/// Sources of traffic that are no load balancers by members of their own.
fn others(group: &AutoScalingGroup) -> Value {
    let known = [group.target_group_arns(), group.load_balancer_names()].concat();
    (group.traffic_sources().iter())
        .filter(|one| !known.contains(&one.identifier().unwrap_or_default().to_owned()))
        .map(|one| json!({"Identifier": one.identifier(), "Type": one.r#type()}))
        .collect()
}

fn is_of_aws(tag: &TagDescription) -> bool {
    tag.key().is_some_and(|key| key.starts_with(OF_AWS))
}

fn tag(tag: &TagDescription) -> Value {
    json!({"Key": tag.key(), "Value": tag.value(), "PropagateAtLaunch": tag.propagate_at_launch()})
}

fn lost(group: &AutoScalingGroup) -> Vec<Lost> {
    let mut lost = Vec::new();
    if group.warm_pool_configuration().is_some() {
        lost.push(Lost::WarmPool);
    }
    if !group.enabled_metrics().is_empty() {
        lost.push(Lost::Metrics);
    }
    let reserves = group
        .capacity_reservation_specification()
        .is_some_and(|of| {
            let preference = of.capacity_reservation_preference();
            let preference = preference.map(CapacityReservationPreference::as_str);
            !matches!(preference, None | Some("default"))
                || of.capacity_reservation_target().is_some()
        });
    if reserves {
        lost.push(Lost::CapacityReservation);
    }
    lost.extend(settings(group).map(|name| Lost::Setting(name.to_owned())));
    let system = group.tags().iter().filter(|tag| is_of_aws(tag));
    lost.extend(system.filter_map(|tag| Some(Lost::SystemTag(tag.key()?.to_owned()))));
    lost
}

/// Settings that it has and that [`super::anew`] does not set.
fn settings(group: &AutoScalingGroup) -> impl Iterator<Item = &'static str> {
    let policy = group.mixed_instances_policy();
    let overrides = policy.and_then(|policy| policy.launch_template());
    let overrides = overrides.map_or(&[][..], |template| template.overrides());
    let shares = policy.and_then(|policy| policy.instances_distribution());
    let has = [
        (
            "InstanceRequirements",
            (overrides.iter()).any(|one| one.instance_requirements().is_some()),
        ),
        (
            "DistributionSegments",
            shares.is_some_and(|shares| !shares.distribution_segments().is_empty()),
        ),
        (
            "AvailabilityZoneImpairmentPolicy",
            // Without a shift it is what every group has.
            (group.availability_zone_impairment_policy())
                .is_some_and(|policy| policy.zonal_shift_enabled() == Some(true)),
        ),
        (
            "InstanceLifecyclePolicy",
            (group.instance_lifecycle_policy())
                .and_then(|policy| policy.retention_triggers()?.terminate_hook_abandon())
                .is_some_and(|then| then.as_str() == "retain"),
        ),
        ("Operator", group.operator().is_some()),
    ];
    (has.into_iter()).filter_map(|(name, has)| has.then_some(name))
}

fn is_of_ecs(name: &str) -> bool {
    OF_ECS.iter().any(|begins| name.starts_with(begins))
}

pub(super) async fn hooks(client: &Client, group: &str) -> Result<Value, CallError> {
    let answer = client
        .describe_lifecycle_hooks()
        .auto_scaling_group_name(group)
        .send()
        .await
        .map_err(|error| CallError::of(Action::DescribeLifecycleHooks, &error))?;
    let hooks = answer.lifecycle_hooks().iter();
    Ok(hooks
        .filter(|hook| !hook.lifecycle_hook_name().is_some_and(is_of_ecs))
        .map(hook)
        .collect())
}

fn hook(hook: &LifecycleHook) -> Value {
    json!({
        "LifecycleHookName": hook.lifecycle_hook_name(),
        "LifecycleTransition": hook.lifecycle_transition(),
        "NotificationMetadata": hook.notification_metadata(),
        "HeartbeatTimeout": hook.heartbeat_timeout(),
        "DefaultResult": hook.default_result(),
        "NotificationTargetARN": hook.notification_target_arn(),
        "RoleARN": hook.role_arn(),
    })
}

/// One page of each is enough: one of a kind is enough to say so.
pub(super) async fn hanging(
    client: &Client,
    action: Action,
    group: &str,
) -> Result<Vec<Lost>, CallError> {
    match action {
        Action::DescribePolicies => scaling_policies(client, group).await,
        Action::DescribeScheduledActions => scheduled_actions(client, group).await,
        Action::DescribeNotificationConfigurations => notifications(client, group).await,
        _ => Ok(Vec::new()),
    }
}

/// A name that is not of ECS's own making.
fn own(name: Option<&str>, lost: fn(String) -> Lost) -> Option<Lost> {
    name.filter(|name| !is_of_ecs(name))
        .map(|name| lost(name.to_owned()))
}

async fn scaling_policies(client: &Client, group: &str) -> Result<Vec<Lost>, CallError> {
    let answer = client
        .describe_policies()
        .auto_scaling_group_name(group)
        .send()
        .await
        .map_err(|error| CallError::of(Action::DescribePolicies, &error))?;
    Ok((answer.scaling_policies().iter())
        .filter_map(|it| own(it.policy_name(), Lost::ScalingPolicy))
        .collect())
}

async fn scheduled_actions(client: &Client, group: &str) -> Result<Vec<Lost>, CallError> {
    let answer = client
        .describe_scheduled_actions()
        .auto_scaling_group_name(group)
        .send()
        .await
        .map_err(|error| CallError::of(Action::DescribeScheduledActions, &error))?;
    Ok((answer.scheduled_update_group_actions().iter())
        .filter_map(|it| own(it.scheduled_action_name(), Lost::ScheduledAction))
        .collect())
}

async fn notifications(client: &Client, group: &str) -> Result<Vec<Lost>, CallError> {
    let answer = client
        .describe_notification_configurations()
        .auto_scaling_group_names(group)
        .send()
        .await
        .map_err(|error| CallError::of(Action::DescribeNotificationConfigurations, &error))?;
    let topics = answer.notification_configurations().iter();
    let mut topics: Vec<&str> = topics
        .filter_map(NotificationConfiguration::topic_arn)
        .collect();
    topics.sort_unstable();
    topics.dedup();
    Ok((topics.into_iter())
        .map(|topic| Lost::Notifications(topic.to_owned()))
        .collect())
}

/// A provider: its settings, and its tags, which are not told unless they are asked for.
pub(super) async fn provider(
    client: &aws_sdk_ecs::Client,
    name: &str,
) -> Result<Option<Remembered>, CallError> {
    let answer = client
        .describe_capacity_providers()
        .capacity_providers(name)
        .include(CapacityProviderField::Tags)
        .send()
        .await
        .map_err(|error| CallError::of(Action::DescribeCapacityProviders, &error))?;
    let Some(found) = answer.capacity_providers().first() else {
        return Ok(None);
    };
    let tags = found.tags().iter();
    let tags: Value = tags
        .filter(|tag| !tag.key().is_some_and(|key| key.starts_with(OF_AWS)))
        .map(|tag| json!({"key": tag.key(), "value": tag.value()}))
        .collect();
    let system = found.tags().iter().filter_map(Tag::key);
    let system = system.filter(|key| key.starts_with(OF_AWS));
    Ok(Some(Remembered {
        request: json!({ "tags": tags }),
        lost: system.map(|key| Lost::SystemTag(key.to_owned())).collect(),
    }))
}
