//! Launch templates, Auto Scaling groups and their capacity providers.

use super::super::cli_files::{existing_template, on_off, root_volume};
use super::super::reasons;
use super::super::tree::{Entry, Tree, entry, list};
use super::super::user_data::{Placeholders, lines};
use super::ids::Ids;
use super::{RESET, RETIRES, image_parameter, reference, resource, staged, subnets};
use crate::domain::schedule::Action;
use crate::domain::settings::{GroupSettings, Launch, RESET_TIME_ZONE, Settings, Template};

/// Marks that stand for parameters in the script before it is cut into pieces. `\u{1}` occurs in no exported name.
const CLUSTER: &str = "\u{1}ClusterName\u{1}";
const RESERVED: &str = "\u{1}ReservedMemoryMib\u{1}";

pub(super) fn launch_template(settings: &Settings, template: &Template) -> Tree {
    let mut data = vec![
        entry("ImageId", reference(&image_parameter(template.image))),
        entry(
            "IamInstanceProfile",
            [entry("Name", reference("InstanceProfile"))],
        ),
        entry("SecurityGroupIds", reference("SecurityGroups")),
        entry(
            "MetadataOptions",
            [
                entry("HttpTokens", "required"),
                entry("HttpPutResponseHopLimit", 2_u64),
            ],
        )
        .because(reasons::METADATA),
        entry("UserData", user_data(settings, template)).because(reasons::USER_DATA),
    ];
    data.extend(root_volume(settings));
    Tree::from([
        entry("Type", "AWS::EC2::LaunchTemplate"),
        entry(
            "Properties",
            [
                entry("LaunchTemplateName", template.name.as_str()),
                entry("LaunchTemplateData", data),
            ],
        ),
    ])
}

/// The script, joined from plain pieces and parameters: nothing in it is substituted.
fn user_data(settings: &Settings, template: &Template) -> Tree {
    let values = Placeholders {
        cluster: CLUSTER,
        reserved_memory: RESERVED,
    };
    let pieces = (lines(settings, template, &values).into_iter()).map(|line| {
        match line.split_once('\u{1}') {
            Some((before, rest)) => {
                let parameter = rest.trim_end_matches('\u{1}');
                let parts = vec![Tree::from(before), reference(parameter)];
                Tree::from([entry("Fn::Join", vec![Tree::from(""), Tree::List(parts)])])
            }
            None => Tree::from(line),
        }
    });
    let joined = Tree::from([entry(
        "Fn::Join",
        vec![Tree::from("\n"), Tree::List(pieces.collect())],
    )]);
    Tree::from([entry("Fn::Base64", joined)])
}

pub(super) fn auto_scaling_group(settings: &Settings, ids: &Ids, group: &GroupSettings) -> Tree {
    let (at_first, then) = (settings.max_size_at_first(group), group.max_size);
    let max_size = if at_first == then {
        Tree::from(then.to_string())
    } else {
        staged(
            Tree::from(at_first.to_string()),
            Tree::from(then.to_string()),
        )
    };
    let mut properties = vec![
        entry("AutoScalingGroupName", group.group.as_str()),
        entry(
            "VPCZoneIdentifier",
            reference(&subnets(&settings.subnets[group.subnets])),
        ),
        entry("MinSize", group.min_size.to_string()).because(reasons::sizes(group)),
        entry("MaxSize", max_size).because(reasons::NO_DESIRED),
        entry("NewInstancesProtectedFromScaleIn", group.is_protected())
            .because(reasons::protection(group)),
        entry("MixedInstancesPolicy", mixed_instances(ids, group)),
        entry(
            "Tags",
            list([Tree::from([
                entry("Key", "AmazonECSManaged"),
                entry("Value", ""),
                entry("PropagateAtLaunch", true),
            ])]),
        )
        .because(reasons::MANAGED_TAG),
    ];
    let policies = group.termination_policies();
    if !policies.is_empty() {
        let policies = entry("TerminationPolicies", list(policies.iter().copied()));
        properties.push(policies.because(reasons::reset_policy(group)));
    }
    let kind = "AWS::AutoScaling::AutoScalingGroup";
    resource(kind, group.existing.group, properties)
}

/// The scheduled action that resets a group.
pub(super) fn scheduled_reset(group: &GroupSettings, id: &str) -> Tree {
    let properties = vec![
        entry("AutoScalingGroupName", reference(id)).because(reasons::RESET),
        entry("DesiredCapacity", group.planned),
        entry("Recurrence", reference(RESET)),
        entry("TimeZone", RESET_TIME_ZONE),
    ];
    scheduled_action(group, properties)
}

/// A scheduled action, of a group that gets smaller in the last stage only.
fn scheduled_action(group: &GroupSettings, properties: Vec<Entry>) -> Tree {
    let kind = "AWS::AutoScaling::ScheduledAction";
    let mut action = resource(kind, false, properties);
    if group.acts_at_the_end()
        && let Tree::Map(parts) = &mut action
    {
        let condition = entry("Condition", RETIRES).because(reasons::ACTS_AT_THE_END);
        parts.insert(1, condition);
    }
    action
}

/// A scheduled action that sets a group's size; the group's first says why.
pub(super) fn scheduled_size(
    settings: &GroupSettings,
    (number, action): (usize, &Action),
    id: &str,
) -> Tree {
    let group = entry("AutoScalingGroupName", reference(id));
    let group = if number == 0 {
        group.because(reasons::SCHEDULE)
    } else {
        group
    };
    let properties = vec![
        group,
        entry("MinSize", action.size),
        entry("DesiredCapacity", action.size),
        entry("Recurrence", action.cron()),
        entry("TimeZone", RESET_TIME_ZONE),
    ];
    scheduled_action(settings, properties)
}

/// The launch template of the export, or the one that the group has.
fn launch_template_specification(ids: &Ids, launch: &Launch) -> Tree {
    match launch {
        Launch::Planned(index) => {
            let template = ids.templates[*index].as_str();
            let version = [template, "LatestVersionNumber"].map(Tree::from).to_vec();
            Tree::from([
                entry("LaunchTemplateId", reference(template)),
                entry("Version", [entry("Fn::GetAtt", version)]),
            ])
        }
        Launch::Existing(template) => existing_template(template),
    }
}

fn mixed_instances(ids: &Ids, group: &GroupSettings) -> Tree {
    let overrides = (group.instance_types.iter())
        .map(|name| Tree::from([entry("InstanceType", name.as_str())]));
    Tree::from([
        entry(
            "LaunchTemplate",
            [
                entry(
                    "LaunchTemplateSpecification",
                    launch_template_specification(ids, &group.launch),
                )
                .because(reasons::launch(&group.launch)),
                entry("Overrides", list(overrides)).because(format!(
                    "{} {}",
                    reasons::overrides(group),
                    reasons::NO_WEIGHTS
                )),
            ],
        ),
        entry(
            "InstancesDistribution",
            [
                entry("OnDemandAllocationStrategy", "prioritized")
                    .because(reasons::ALLOCATION_ON_DEMAND),
                entry("OnDemandBaseCapacity", group.on_demand_base)
                    .because(reasons::on_demand(group)),
                entry(
                    "OnDemandPercentageAboveBaseCapacity",
                    group.on_demand_percent,
                ),
                entry("SpotAllocationStrategy", "price-capacity-optimized")
                    .because(reasons::ALLOCATION_SPOT),
            ],
        ),
    ])
}

/// The group of the template, or one outside it: ECS takes its name in place of its ARN.
fn group_reference(group: &GroupSettings, group_id: &str) -> Tree {
    if group.writes_group {
        return reference(group_id);
    }
    let arn = group.existing.group_arn.as_deref();
    Tree::from(arn.unwrap_or(&group.group))
}

pub(super) fn capacity_provider(group: &GroupSettings, group_id: &str) -> Tree {
    let scaling = group.scaling;
    let provider = vec![
        entry("AutoScalingGroupArn", group_reference(group, group_id)),
        entry(
            "ManagedScaling",
            [
                entry("Status", on_off(scaling.enabled)),
                entry("TargetCapacity", scaling.target_capacity),
                entry("MinimumScalingStepSize", scaling.minimum_step),
                entry("MaximumScalingStepSize", scaling.maximum_step),
                entry("InstanceWarmupPeriod", scaling.warmup_seconds),
            ],
        )
        .because(reasons::scaling(group)),
        entry("ManagedTerminationProtection", on_off(group.is_protected()))
            .because(reasons::termination(group)),
        entry("ManagedDraining", "ENABLED").because(reasons::DRAINING),
    ];
    let properties = vec![
        entry("Name", group.name.as_str()),
        entry("AutoScalingGroupProvider", provider),
    ];
    let kind = "AWS::ECS::CapacityProvider";
    resource(kind, group.existing.provider, properties)
}
