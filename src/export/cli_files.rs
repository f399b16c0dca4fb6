//! Inputs of AWS CLI commands (`--cli-input-json`), in the API's own words.

use crate::domain::deployed::LaunchTemplateReference;

use super::reasons;
use super::tree::{Entry, Tree, entry, list};
use super::user_data::{Placeholders, base64, lines};
use crate::domain::schedule::Action;
use crate::domain::settings::{
    GroupSettings, Launch, RESET_NAME, RESET_RECURRENCE, RESET_TIME_ZONE, ROOT_DEVICE,
    ServiceSettings, Settings, Template, WeightedItem,
};
use crate::domain::stages::Stages;

/// What the script puts the caller's security groups and instance profile in place of. `@` occurs in no exported name.
pub(super) const SECURITY_GROUPS: &str = "@SECURITY_GROUP_IDS@";
pub(super) const INSTANCE_PROFILE: &str = "@INSTANCE_PROFILE@";

/// `aws ec2 create-launch-template`.
pub(super) fn launch_template(settings: &Settings, template: &Template) -> Tree {
    let reserved = settings.reserved_memory_mib.unwrap_or(0).to_string();
    let values = Placeholders {
        cluster: &settings.cluster,
        reserved_memory: &reserved,
    };
    let user_data = lines(settings, template, &values).join("\n");
    let metadata = [
        entry("HttpTokens", "required"),
        entry("HttpPutResponseHopLimit", 2_u64),
    ];
    let image = format!("resolve:ssm:{}", template.image.parameter());
    let mut data = vec![
        entry("ImageId", image),
        entry("IamInstanceProfile", [entry("Name", INSTANCE_PROFILE)]),
        entry("SecurityGroupIds", list([SECURITY_GROUPS])),
        entry("MetadataOptions", metadata),
        entry("UserData", base64(user_data.as_bytes())),
    ];
    data.extend(root_volume(settings));
    Tree::from([
        entry("LaunchTemplateName", template.name.as_str()),
        entry("LaunchTemplateData", data),
    ])
}

/// The root volume where the plan counts on another size than the image's.
pub(super) fn root_volume(settings: &Settings) -> Option<Entry> {
    let volume = [
        entry("VolumeSize", settings.other_root_volume()?),
        entry("VolumeType", "gp3"),
        entry("DeleteOnTermination", true),
    ];
    let mapping = [entry("DeviceName", ROOT_DEVICE), entry("Ebs", volume)];
    let mappings = list([Tree::from(mapping)]);
    Some(entry("BlockDeviceMappings", mappings).because(reasons::ROOT_VOLUME))
}

/// A launch template outside the export.
pub(super) fn existing_template(template: &LaunchTemplateReference) -> Tree {
    let identity = match (&template.id, &template.name) {
        (Some(id), _) => entry("LaunchTemplateId", id.as_str()),
        (None, name) => entry("LaunchTemplateName", name.clone().unwrap_or_default()),
    };
    Tree::from([identity, entry("Version", template.version.as_str())])
}

fn launch_template_specification(settings: &Settings, launch: &Launch) -> Tree {
    match launch {
        Launch::Planned(index) => Tree::from([
            entry(
                "LaunchTemplateName",
                settings.templates[*index].name.as_str(),
            ),
            entry("Version", "$Latest"),
        ]),
        Launch::Existing(template) => existing_template(template),
    }
}

/// `aws autoscaling update-auto-scaling-group`; with tags, `create-auto-scaling-group`.
pub(super) fn group(settings: &Settings, group: &GroupSettings) -> Vec<Entry> {
    let specification = launch_template_specification(settings, &group.launch);
    let mut entries = vec![
        entry("AutoScalingGroupName", group.group.as_str()),
        entry("MinSize", group.min_size),
        entry("MaxSize", settings.max_size_at_first(group)),
        entry(
            "MixedInstancesPolicy",
            mixed_instances(specification, group),
        ),
        entry("NewInstancesProtectedFromScaleIn", group.is_protected()),
    ];
    let policies = group.termination_policies();
    if !policies.is_empty() {
        entries.push(entry("TerminationPolicies", list(policies.iter().copied())));
    }
    entries
}

/// `aws autoscaling put-scheduled-update-group-action`.
pub(super) fn reset(group: &GroupSettings) -> Tree {
    Tree::from([
        entry("AutoScalingGroupName", group.group.as_str()),
        entry("ScheduledActionName", RESET_NAME),
        entry("Recurrence", RESET_RECURRENCE),
        entry("TimeZone", RESET_TIME_ZONE),
        entry("DesiredCapacity", group.planned),
    ])
}

/// `aws autoscaling put-scheduled-update-group-action` of an action of the week.
pub(super) fn scheduled_size(group: &GroupSettings, action: &Action) -> Tree {
    Tree::from([
        entry("AutoScalingGroupName", group.group.as_str()),
        entry("ScheduledActionName", action.name()),
        entry("Recurrence", action.cron()),
        entry("TimeZone", RESET_TIME_ZONE),
        entry("MinSize", action.size),
        entry("DesiredCapacity", action.size),
    ])
}

/// `aws application-autoscaling put-scheduled-action`.
pub(super) fn scheduled_count(
    settings: &Settings,
    service: &ServiceSettings,
    action: &Action,
) -> Tree {
    let counts = [
        entry("MinCapacity", action.size),
        entry("MaxCapacity", action.size),
    ];
    Tree::from([
        entry("ServiceNamespace", "ecs"),
        entry("ScheduledActionName", action.name()),
        entry(
            "ResourceId",
            format!("service/{}/{}", settings.cluster, service.name),
        ),
        entry("ScalableDimension", "ecs:service:DesiredCount"),
        entry("Schedule", action.cron_of_services()),
        entry("Timezone", RESET_TIME_ZONE),
        entry("ScalableTargetAction", counts),
    ])
}

/// `aws autoscaling update-auto-scaling-group` with nothing but the planned sizes.
pub(super) fn sizes(group: &GroupSettings) -> Tree {
    Tree::from([
        entry("AutoScalingGroupName", group.group.as_str()),
        entry("MinSize", group.min_size),
        entry("MaxSize", group.max_size),
    ])
}

/// The tag that ECS sets on groups behind managed scaling.
pub(super) fn managed_tag(group: Option<&str>) -> Tree {
    let mut tag = vec![
        entry("Key", "AmazonECSManaged"),
        entry("Value", ""),
        entry("PropagateAtLaunch", true),
    ];
    if let Some(group) = group {
        tag.push(entry("ResourceId", group));
        tag.push(entry("ResourceType", "auto-scaling-group"));
    }
    Tree::from(tag)
}

fn mixed_instances(specification: Tree, group: &GroupSettings) -> Tree {
    let overrides = (group.instance_types.iter())
        .map(|name| Tree::from([entry("InstanceType", name.as_str())]));
    Tree::from([
        entry(
            "LaunchTemplate",
            [
                entry("LaunchTemplateSpecification", specification),
                entry("Overrides", list(overrides)),
            ],
        ),
        entry(
            "InstancesDistribution",
            [
                entry("OnDemandAllocationStrategy", "prioritized"),
                entry("OnDemandBaseCapacity", group.on_demand_base),
                entry(
                    "OnDemandPercentageAboveBaseCapacity",
                    group.on_demand_percent,
                ),
                entry("SpotAllocationStrategy", "price-capacity-optimized"),
            ],
        ),
    ])
}

/// `aws ecs update-capacity-provider`; with the group, `create-capacity-provider`.
pub(super) fn capacity_provider(group: &GroupSettings, creates: bool) -> Tree {
    let mut provider = Vec::new();
    if creates {
        // ECS takes the group's name in place of its ARN.
        provider.push(entry("autoScalingGroupArn", group.group.as_str()));
    }
    provider.extend([
        entry("managedScaling", managed_scaling(group)),
        entry("managedTerminationProtection", on_off(group.is_protected())),
        entry("managedDraining", "ENABLED"),
    ]);
    Tree::from([
        entry("name", group.name.as_str()),
        entry("autoScalingGroupProvider", provider),
    ])
}

fn managed_scaling(group: &GroupSettings) -> Tree {
    let scaling = group.scaling;
    Tree::from([
        entry("status", on_off(scaling.enabled)),
        entry("targetCapacity", scaling.target_capacity),
        entry("minimumScalingStepSize", scaling.minimum_step),
        entry("maximumScalingStepSize", scaling.maximum_step),
        entry("instanceWarmupPeriod", scaling.warmup_seconds),
    ])
}

/// ECS's words for a switch.
pub(super) const fn on_off(on: bool) -> &'static str {
    if on { "ENABLED" } else { "DISABLED" }
}

/// `aws ecs put-cluster-capacity-providers`.
pub(super) fn association(settings: &Settings) -> Tree {
    Tree::from([
        entry("cluster", settings.cluster.as_str()),
        entry("capacityProviders", list(settings.association())),
        entry(
            "defaultCapacityProviderStrategy",
            strategy(&settings.default_strategy),
        ),
    ])
}

/// The same with the providers that leave, and with the default strategy of today.
pub(super) fn association_of_both(settings: &Settings, stages: &Stages) -> Tree {
    let providers = (settings.association().into_iter()).chain(settings.leaving());
    Tree::from([
        entry("cluster", settings.cluster.as_str()),
        entry("capacityProviders", list(providers)),
        entry(
            "defaultCapacityProviderStrategy",
            strategy(&stages.default_strategy),
        ),
    ])
}

/// The cluster's list with providers of Managed Instances on it; `None` where there are none. Until the last stage with those
/// that leave and the default strategy of today.
pub(super) fn association_with_managed(
    settings: &Settings,
    until_then: Option<&Stages>,
) -> Option<Tree> {
    let leaving = until_then.iter().flat_map(|stages| &stages.leaving);
    let planned = settings.managed.iter().map(|managed| managed.name.as_str());
    let of_both: Vec<(&str, bool)> = (planned.map(|name| (name, true)))
        .chain(leaving.map(|it| (it.name.as_str(), it.is_managed)))
        .collect();
    if !of_both.iter().any(|(_, is_managed)| *is_managed) {
        return None;
    }
    let names = of_both.into_iter().map(|(name, _)| name);
    let default = until_then.map_or(&settings.default_strategy, |stages| {
        &stages.default_strategy
    });
    Some(Tree::from([
        entry("cluster", settings.cluster.as_str()),
        entry(
            "capacityProviders",
            list(settings.association().into_iter().chain(names)),
        ),
        entry("defaultCapacityProviderStrategy", strategy(default)),
    ]))
}

/// `aws application-autoscaling register-scalable-target`.
pub(super) fn scalable_target(
    settings: &Settings,
    service: &ServiceSettings,
    (least, most): (u64, u64),
) -> Tree {
    Tree::from([
        entry("ServiceNamespace", "ecs"),
        entry(
            "ResourceId",
            format!("service/{}/{}", settings.cluster, service.name),
        ),
        entry("ScalableDimension", "ecs:service:DesiredCount"),
        entry("MinCapacity", least),
        entry("MaxCapacity", most),
    ])
}

/// `aws ecs update-service`.
pub(super) fn service(settings: &Settings, service: &ServiceSettings) -> Tree {
    let mut entries = vec![
        entry("cluster", settings.cluster.as_str()),
        entry("service", service.name.as_str()),
        entry("capacityProviderStrategy", strategy(&service.strategy)),
    ];
    // An empty list takes off what the service has: AWS refuses Fargate and Managed Instances to one with placement
    // strategies.
    let placement = if service.takes_placement() {
        placement(service)
    } else {
        Tree::List(Vec::new())
    };
    entries.push(entry("placementStrategy", placement));
    // A strategy applies to tasks when they start, and ECS refuses to change it without a new deployment.
    if settings.restarts(service) {
        entries.push(entry("forceNewDeployment", true));
    }
    Tree::from(entries)
}

fn placement(service: &ServiceSettings) -> Tree {
    list(service.placement.iter().map(|placement| {
        let mut entries = vec![entry("type", placement.kind)];
        if let Some(field) = &placement.field {
            entries.push(entry("field", field.as_str()));
        }
        Tree::from(entries)
    }))
}

fn strategy(items: &[WeightedItem]) -> Tree {
    list(items.iter().map(|item| {
        Tree::from([
            entry("capacityProvider", item.provider.as_str()),
            entry("base", item.base),
            entry("weight", item.weight),
        ])
    }))
}
