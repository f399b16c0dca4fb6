//! Launch templates, Auto Scaling groups and their capacity providers.

use super::super::cli_files::on_off;
use super::super::reasons;
use super::ids::Ids;
use super::language::{Block, Item, Value, code, name, set, staged};
use super::user_data::user_data;
use super::{image_id, variables};
use crate::domain::schedule::Action;
use crate::domain::settings::{
    GroupSettings, Launch, RESET_NAME, RESET_TIME_ZONE, ROOT_DEVICE, Scaling, Settings, Template,
};

pub(super) fn launch_template(settings: &Settings, template: &Template, id: &str) -> Block {
    let image = format!(
        "data.aws_ssm_parameter.{}.insecure_value",
        image_id(template.image)
    );
    let metadata = vec![
        set("http_tokens", "required"),
        set("http_put_response_hop_limit", 2_u64),
    ];
    let profile = vec![set("name", code("var.instance_profile"))];
    let mut items = vec![
        set("name", template.name.as_str()),
        set("image_id", code(image)),
        set("vpc_security_group_ids", code("var.security_groups")),
        set("update_default_version", true),
        set("user_data", code(user_data(settings, template))).because(reasons::USER_DATA),
        Block::new("iam_instance_profile", [], profile).into(),
        Block::new("metadata_options", [], metadata)
            .because(reasons::METADATA)
            .into(),
    ];
    items.extend(root_volume(settings));
    Block::new("resource", ["aws_launch_template", id], items)
}

/// The root volume where the plan counts on another size than the image's.
fn root_volume(settings: &Settings) -> Option<Item> {
    let ebs = vec![
        set("volume_size", settings.other_root_volume()?),
        set("volume_type", "gp3"),
        set("delete_on_termination", true),
    ];
    let mapping = vec![
        set("device_name", ROOT_DEVICE),
        Block::new("ebs", [], ebs).into(),
    ];
    let block = Block::new("block_device_mappings", [], mapping);
    Some(block.because(reasons::ROOT_VOLUME).into())
}

/// Groups and launch templates outside the export that it refers to by something that must be looked up.
pub(super) fn outside(settings: &Settings, ids: &Ids) -> Vec<Block> {
    let mut blocks = Vec::new();
    for (group, id) in settings.groups.iter().zip(&ids.groups) {
        if !group.writes_group && group.writes_provider && group.existing.group_arn.is_none() {
            let items = vec![set("name", group.group.as_str())];
            blocks.push(Block::new("data", ["aws_autoscaling_group", id], items));
        }
        if let Launch::Existing(template) = &group.launch
            && group.writes_group
            && let (None, Some(name)) = (&template.id, &template.name)
        {
            let items = vec![set("name", name.as_str())];
            blocks.push(Block::new("data", ["aws_launch_template", id], items));
        }
    }
    blocks
}

/// A group and its provider, as far as the export has them.
pub(super) fn group(settings: &Settings, ids: &Ids, group: &GroupSettings, id: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    if group.writes_group {
        blocks.push(auto_scaling_group(settings, ids, group, id));
    }
    if group.writes_reset() {
        blocks.push(scheduled_reset(group, id));
    }
    for (number, action) in group.written_schedule().iter().enumerate() {
        blocks.push(scheduled_size(group, (number, action), id));
    }
    if group.writes_provider {
        blocks.push(capacity_provider(ids, group, id));
    }
    blocks
}

/// The id and version of the launch template that a group uses.
pub(super) fn launch(ids: &Ids, group: &GroupSettings, id: &str) -> (Value, Value) {
    match &group.launch {
        Launch::Planned(index) => {
            let template = format!("aws_launch_template.{}", ids.templates[*index]);
            let version = code(format!("{template}.latest_version"));
            (code(format!("{template}.id")), version)
        }
        Launch::Existing(template) => {
            let looked_up = || code(format!("data.aws_launch_template.{id}.id"));
            let template_id = (template.id.as_deref()).map_or_else(looked_up, Value::from);
            (template_id, Value::from(template.version.as_str()))
        }
    }
}

fn auto_scaling_group(settings: &Settings, ids: &Ids, group: &GroupSettings, id: &str) -> Block {
    let subnets = variables::subnets(&settings.subnets[group.subnets]);
    let tag = vec![
        set("key", "AmazonECSManaged"),
        set("value", ""),
        set("propagate_at_launch", true),
    ];
    let lifecycle = vec![set(
        "ignore_changes",
        Value::List(vec![name("desired_capacity")]),
    )];
    let mut items = vec![
        set("name", group.group.as_str()),
        set("vpc_zone_identifier", code(format!("var.{subnets}"))),
        set("min_size", group.min_size).because(reasons::sizes(group)),
        set(
            "max_size",
            staged(settings.max_size_at_first(group), group.max_size),
        ),
        set("protect_from_scale_in", group.is_protected()).because(reasons::protection(group)),
    ];
    items.extend(termination_policies(group));
    items.extend([
        Block::new(
            "mixed_instances_policy",
            [],
            mixed_instances(group, launch(ids, group, id)),
        )
        .into(),
        Block::new("tag", [], tag)
            .because(reasons::MANAGED_TAG)
            .into(),
        Block::new("lifecycle", [], lifecycle)
            .because(reasons::NO_DESIRED)
            .into(),
    ]);
    Block::new("resource", ["aws_autoscaling_group", id], items)
}

/// The termination policies of a group that is reset.
pub(super) fn termination_policies(group: &GroupSettings) -> Option<Item> {
    let policies = group.termination_policies();
    let listed = policies.iter().copied().map(Value::from).collect();
    (!policies.is_empty()).then(|| {
        set("termination_policies", Value::List(listed)).because(reasons::reset_policy(group))
    })
}

/// How many there are of a scheduled action that comes in the last stage.
fn in_the_last_stage(group: &GroupSettings) -> Option<Item> {
    let count = || code("var.stage == \"move\" ? 0 : 1");
    (group.acts_at_the_end()).then(|| set("count", count()).because(reasons::ACTS_AT_THE_END))
}

/// What a scheduled action sets: the planned size and when; smallest and largest sizes stay (-1).
pub(super) fn reset(group: &GroupSettings) -> Vec<Item> {
    vec![
        set("min_size", code("-1")),
        set("max_size", code("-1")),
        set("desired_capacity", group.planned),
        set("recurrence", code("var.reset_recurrence")),
        set("time_zone", RESET_TIME_ZONE),
    ]
}

fn scheduled_reset(group: &GroupSettings, id: &str) -> Block {
    let mut items: Vec<Item> = in_the_last_stage(group).into_iter().collect();
    items.extend([
        set("scheduled_action_name", RESET_NAME),
        set(
            "autoscaling_group_name",
            code(format!("aws_autoscaling_group.{id}.name")),
        ),
    ]);
    items.extend(reset(group));
    Block::new("resource", ["aws_autoscaling_schedule", id], items).because(reasons::RESET)
}

/// What a scheduled action of the week sets; the largest size stays (-1).
pub(super) fn size(action: &Action) -> Vec<Item> {
    vec![
        set("min_size", action.size),
        set("max_size", code("-1")),
        set("desired_capacity", action.size),
        set("recurrence", action.cron().as_str()),
        set("time_zone", RESET_TIME_ZONE),
    ]
}

fn scheduled_size(group: &GroupSettings, (number, action): (usize, &Action), id: &str) -> Block {
    let mut items: Vec<Item> = in_the_last_stage(group).into_iter().collect();
    items.extend([
        set("scheduled_action_name", action.name().as_str()),
        set(
            "autoscaling_group_name",
            code(format!("aws_autoscaling_group.{id}.name")),
        ),
    ]);
    items.extend(size(action));
    // No id has a `-`.
    let name = format!("{id}-{}", number + 1);
    let block = Block::new("resource", ["aws_autoscaling_schedule", &name], items);
    if number == 0 {
        block.because(reasons::SCHEDULE)
    } else {
        block
    }
}

pub(super) fn distribution(group: &GroupSettings) -> Vec<Item> {
    vec![
        set("on_demand_allocation_strategy", "prioritized").because(reasons::ALLOCATION_ON_DEMAND),
        set("on_demand_base_capacity", group.on_demand_base).because(reasons::on_demand(group)),
        set(
            "on_demand_percentage_above_base_capacity",
            group.on_demand_percent,
        ),
        set("spot_allocation_strategy", "price-capacity-optimized")
            .because(reasons::ALLOCATION_SPOT),
    ]
}

fn mixed_instances(group: &GroupSettings, (template, version): (Value, Value)) -> Vec<Item> {
    let distribution = distribution(group);
    let specification = vec![
        set("launch_template_id", template).because(reasons::launch(&group.launch)),
        set("version", version),
    ];
    let mut launch = vec![Block::new("launch_template_specification", [], specification).into()];
    for (index, kind) in group.instance_types.iter().enumerate() {
        let block = Block::new("override", [], vec![set("instance_type", kind.as_str())]);
        launch.push(if index == 0 {
            let reason = format!("{} {}", reasons::overrides(group), reasons::NO_WEIGHTS);
            block.because(reason).into()
        } else {
            block.into()
        });
    }
    vec![
        Block::new("instances_distribution", [], distribution).into(),
        Block::new("launch_template", [], launch).into(),
    ]
}

pub(super) fn managed_scaling(scaling: Scaling) -> Vec<Item> {
    vec![
        set("status", on_off(scaling.enabled)),
        set("target_capacity", scaling.target_capacity),
        set("minimum_scaling_step_size", scaling.minimum_step),
        set("maximum_scaling_step_size", scaling.maximum_step),
        set("instance_warmup_period", scaling.warmup_seconds),
    ]
}

fn capacity_provider(ids: &Ids, group: &GroupSettings, id: &str) -> Block {
    let scaling = group.scaling;
    let managed = managed_scaling(scaling);
    let provider = vec![
        set("auto_scaling_group_arn", ids.group_arn(group, id)),
        set(
            "managed_termination_protection",
            on_off(group.is_protected()),
        )
        .because(reasons::termination(group)),
        set("managed_draining", "ENABLED").because(reasons::DRAINING),
        Block::new("managed_scaling", [], managed)
            .because(reasons::scaling(group))
            .into(),
    ];
    let items = vec![
        set("name", group.name.as_str()),
        Block::new("auto_scaling_group_provider", [], provider).into(),
    ];
    Block::new("resource", ["aws_ecs_capacity_provider", id], items)
}
