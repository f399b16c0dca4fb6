//! Inputs of terraform-aws-modules: the cluster with its providers, one module for each group and each service.
//!
//! Launch templates stay resources, because groups share them. Inputs and outputs are those that the modules' README files
//! document for the pinned versions.

use super::super::cli_files::on_off;
use super::super::reasons;
use super::existing::has_cluster;
use super::ids::Ids;
use super::instances::{distribution, launch, managed_scaling, reset, size, termination_policies};
use super::language::{Block, Item, Value, code, set, staged};
use super::managed;
use super::services::task_definition;
use super::variables::subnets;
use crate::domain::settings::{GroupSettings, RESET_NAME, ServiceSettings, Settings};

const ECS_VERSION: &str = "7.5.0";
const AUTOSCALING_VERSION: &str = "9.0.1";

/// ECS's limits of a rollout for services that name none; the module has others. Source: Amazon ECS API reference,
/// `DeploymentConfiguration`.
const MINIMUM_HEALTHY_PERCENT: u64 = 100;
const MAXIMUM_PERCENT: u64 = 200;

/// All modules.
pub(super) fn modules(settings: &Settings, ids: &Ids) -> Vec<Block> {
    let mut blocks = Vec::new();
    for (group, id) in settings.groups.iter().zip(&ids.groups) {
        if group.writes_group {
            blocks.push(auto_scaling_group(settings, ids, group, id));
        }
    }
    if has_cluster(settings) {
        blocks.push(cluster(settings, ids));
    } else if !settings.services.is_empty() {
        let items = vec![set("cluster_name", code("var.cluster_name"))];
        blocks.push(Block::new("data", ["aws_ecs_cluster", "this"], items));
    }
    for (service, id) in settings.services.iter().zip(&ids.services) {
        blocks.push(service_module(settings, ids, service, id));
    }
    blocks
}

fn module(id: &str, source: &str, version: &str, inputs: Vec<Item>) -> Block {
    let mut items = vec![set("source", source), set("version", version), Item::Gap];
    for (index, input) in inputs.into_iter().enumerate() {
        let has_reason = matches!(
            &input,
            Item::Attribute {
                reason: Some(_),
                ..
            }
        );
        if has_reason && index > 0 {
            items.push(Item::Gap);
        }
        items.push(input);
    }
    Block::new("module", [id], items)
}

fn auto_scaling_group(settings: &Settings, ids: &Ids, group: &GroupSettings, id: &str) -> Block {
    let (template, version) = launch(ids, group, id);
    let overrides = (group.instance_types.iter())
        .map(|kind| Value::from(vec![set("instance_type", kind.as_str())]))
        .collect();
    let reason = format!("{} {}", reasons::overrides(group), reasons::NO_WEIGHTS);
    let policy = vec![
        set("instances_distribution", distribution(group)),
        set(
            "launch_template",
            vec![set("override", Value::List(overrides)).because(reason)],
        ),
    ];
    let variable = subnets(&settings.subnets[group.subnets]);
    let mut inputs = vec![
        set("name", group.group.as_str()),
        set("use_name_prefix", false),
        set("vpc_zone_identifier", code(format!("var.{variable}"))),
        set("create_launch_template", false).because(reasons::launch(&group.launch)),
        set("launch_template_id", template),
        set("launch_template_version", version),
        set("min_size", group.min_size).because(reasons::sizes(group)),
        set(
            "max_size",
            staged(settings.max_size_at_first(group), group.max_size),
        ),
        set("ignore_desired_capacity_changes", true).because(reasons::NO_DESIRED),
        set("protect_from_scale_in", group.is_protected()).because(reasons::protection(group)),
        set("use_mixed_instances_policy", true),
        set("mixed_instances_policy", policy),
        set("autoscaling_group_tags", vec![set("AmazonECSManaged", "")])
            .because(reasons::MANAGED_TAG),
    ];
    inputs.extend(termination_policies(group));
    if group.acts_at_the_end() && (group.reset_to.is_some() || !group.schedule.is_empty()) {
        let at_the_end = set("create_schedule", code("var.stage != \"move\""));
        inputs.push(at_the_end.because(reasons::ACTS_AT_THE_END));
    }
    if group.reset_to.is_some() {
        inputs.push(set("schedules", vec![set(RESET_NAME, reset(group))]).because(reasons::RESET));
    }
    if !group.schedule.is_empty() {
        let schedules: Vec<Item> = (group.schedule.iter())
            .map(|action| set(&action.name(), size(action)))
            .collect();
        inputs.push(set("schedules", schedules).because(reasons::SCHEDULE));
    }
    let source = "terraform-aws-modules/autoscaling/aws";
    module(id, source, AUTOSCALING_VERSION, inputs)
}

fn cluster(settings: &Settings, ids: &Ids) -> Block {
    let mut providers: Vec<Item> = (settings.groups.iter().zip(&ids.groups))
        .filter(|(group, _)| group.writes_provider)
        .map(|(group, id)| set(id, capacity_provider(ids, group, id)))
        .collect();
    providers.extend(managed::module_entries(settings, ids));
    let own = |name: &str| {
        (settings.groups.iter()).any(|group| group.name == name && group.writes_provider)
    };
    // The module adds its own providers to the list.
    let others: Vec<Value> = (settings.association().into_iter())
        .filter(|name| !own(name))
        .map(Value::from)
        .collect();
    let leaving: Vec<Value> = settings.leaving().map(Value::from).collect();
    let others = if leaving.is_empty() {
        Value::List(others)
    } else {
        Value::Staged(others, leaving)
    };
    let mut inputs = vec![
        set("name", code("var.cluster_name")),
        set("create_cloudwatch_log_group", false).because(reasons::CLUSTER_STAYS),
        set("configuration", code("null")),
        set("setting", code("null")),
        set("cluster_capacity_providers", others).because(reasons::association(settings)),
        set("capacity_providers", providers),
    ];
    inputs.extend(managed::module_inputs(settings));
    let strategy: Vec<Item> = (settings.default_strategy.iter().enumerate())
        .map(|(index, item)| {
            let mut entries = vec![set("name", item.provider.as_str())];
            entries.extend([set("base", item.base), set("weight", item.weight)]);
            set(&(index + 1).to_string(), entries)
        })
        .collect();
    inputs.push(
        set("default_capacity_provider_strategy", strategy).because(reasons::DEFAULT_STRATEGY),
    );
    let source = "terraform-aws-modules/ecs/aws//modules/cluster";
    module("ecs", source, ECS_VERSION, inputs)
}

fn capacity_provider(ids: &Ids, group: &GroupSettings, id: &str) -> Vec<Item> {
    let on = on_off(group.is_protected());
    let provider = vec![
        set("auto_scaling_group_arn", ids.group_arn(group, id)),
        set("managed_termination_protection", on).because(reasons::TERMINATION),
        set("managed_draining", "ENABLED").because(reasons::DRAINING),
        set("managed_scaling", managed_scaling(group.scaling)).because(reasons::scaling(group)),
    ];
    vec![
        set("name", group.name.as_str()),
        set("auto_scaling_group_provider", provider),
    ]
}

/// Entries of an input that is a map but has an order: the module goes through its keys in their order.
fn in_order(entries: impl Iterator<Item = Vec<Item>>) -> Vec<Item> {
    (entries.enumerate())
        .map(|(index, entry)| set(&format!("{:02}", index + 1), entry))
        .collect()
}

fn service_module(settings: &Settings, ids: &Ids, service: &ServiceSettings, id: &str) -> Block {
    let strategy = in_order((service.strategy.iter()).map(|item| ids.strategy(settings, item)));
    let rounding = reasons::strategy(&service.strategy, &service.rounding);
    let cluster = if has_cluster(settings) {
        "module.ecs.arn"
    } else {
        "data.aws_ecs_cluster.this.arn"
    };
    let percents =
        service
            .deployment
            .map_or((MINIMUM_HEALTHY_PERCENT, MAXIMUM_PERCENT), |deployment| {
                let least = u64::from(deployment.minimum_healthy_percent);
                (least, u64::from(deployment.maximum_percent))
            });
    let mut inputs = vec![
        set("name", service.name.as_str()),
        set("cluster_arn", code(cluster)),
        set("create_task_definition", false).because(reasons::ONLY_THE_SERVICE),
        set("create_iam_role", false),
        set("create_infrastructure_iam_role", false),
        set("create_security_group", false),
        set("create_task_exec_iam_role", false),
        set("create_tasks_iam_role", false),
        set("enable_autoscaling", false),
        set("task_definition_arn", code(task_definition(service))),
        set("desired_count", service.desired_count).because(reasons::COUNT),
        set("deployment_minimum_healthy_percent", percents.0),
        set("deployment_maximum_percent", percents.1),
        set("capacity_provider_strategy", strategy).because(rounding),
    ];
    if !service.placement.is_empty() {
        let placement = in_order((service.placement.iter()).map(|placement| {
            let field = placement.field.as_deref().map(|field| set("field", field));
            [set("type", placement.kind)]
                .into_iter()
                .chain(field)
                .collect()
        }));
        let reason = reasons::placement(settings, service);
        inputs.push(set("ordered_placement_strategy", placement).because(reason));
    }
    if !service.constraints.is_empty() {
        let constraints = in_order((service.constraints.iter()).map(|constraint| {
            let expression = constraint.expression.as_deref();
            let expression = expression.map(|text| set("expression", text));
            let kind = set("type", constraint.kind);
            [kind].into_iter().chain(expression).collect()
        }));
        inputs.push(set("placement_constraints", constraints).because(reasons::TODAY));
    }
    if service.is_awsvpc {
        inputs.push(set("subnet_ids", code("var.task_subnets")));
        let groups = code("var.task_security_groups");
        inputs.push(set("security_group_ids", groups));
    } else {
        inputs.push(set("network_mode", "bridge").because(reasons::NO_NETWORK));
    }
    let source = "terraform-aws-modules/ecs/aws//modules/service";
    module(&format!("service_{id}"), source, ECS_VERSION, inputs)
}
