//! The cluster's list of providers and the services.

use super::super::reasons;
use super::TerraformStyle;
use super::ids::Ids;
use super::language::{Block, Item, Value, code, name, set};
use crate::domain::settings::{RESET_TIME_ZONE, ServiceSettings, Settings};

pub(super) fn association(settings: &Settings, ids: &Ids) -> Block {
    let managed = settings.managed.iter().map(|managed| managed.name.as_str());
    let providers = (settings.association().into_iter().chain(managed))
        .map(|provider| ids.provider(settings, provider))
        .collect();
    let leaving: Vec<Value> = settings.leaving().map(Value::from).collect();
    let providers = if leaving.is_empty() {
        Value::List(providers)
    } else {
        Value::Staged(providers, leaving)
    };
    let mut items = vec![
        set("cluster_name", code("var.cluster_name")),
        set("capacity_providers", providers).because(reasons::association(settings)),
    ];
    for item in &settings.default_strategy {
        let strategy = ids.strategy(settings, item);
        items.push(
            Block::new("default_capacity_provider_strategy", [], strategy)
                .because(reasons::DEFAULT_STRATEGY)
                .into(),
        );
    }
    Block::new(
        "resource",
        ["aws_ecs_cluster_capacity_providers", "this"],
        items,
    )
}

/// What Terraform leaves alone: counts belong to service auto scaling, and what the plan does not speak of to whoever made
/// the service.
fn ignored(service: &ServiceSettings) -> Vec<Value> {
    let mut ignored = vec![name("desired_count")];
    if service.exists {
        let others = [
            "load_balancer",
            "network_configuration",
            "service_registries",
            "task_definition",
        ];
        ignored.extend(others.map(name));
    }
    ignored
}

pub(super) fn service(
    settings: &Settings,
    ids: &Ids,
    service: &ServiceSettings,
    id: &str,
) -> Block {
    let mut items = vec![
        set("name", service.name.as_str()),
        set("cluster", code("var.cluster_name")),
    ];
    if !service.exists {
        items.push(set("task_definition", code(task_definition(service))));
    }
    items.push(set("desired_count", service.desired_count).because(reasons::COUNT));
    items.extend(deployment(service));
    if settings.stages.is_some() && settings.restarts(service) {
        items.push(set("force_new_deployment", true).because(reasons::MOVES));
        items.push(set("wait_for_steady_state", true));
    }
    for (index, item) in service.strategy.iter().enumerate() {
        let strategy = ids.strategy(settings, item);
        let block = Block::new("capacity_provider_strategy", [], strategy);
        let reason = || reasons::strategy(&service.strategy, &service.rounding);
        items.push(first_because(index, block, reason));
    }
    for (index, placement) in service.placement.iter().enumerate() {
        let mut attributes = vec![set("type", placement.kind)];
        if let Some(field) = &placement.field {
            attributes.push(set("field", field.as_str()));
        }
        let block = Block::new("ordered_placement_strategy", [], attributes);
        let reason = || reasons::placement(settings, service).to_owned();
        items.push(first_because(index, block, reason));
    }
    for (index, constraint) in service.constraints.iter().enumerate() {
        let mut attributes = vec![set("type", constraint.kind)];
        if let Some(expression) = &constraint.expression {
            attributes.push(set("expression", expression.as_str()));
        }
        let block = Block::new("placement_constraints", [], attributes);
        items.push(first_because(index, block, || reasons::TODAY.to_owned()));
    }
    if service.is_awsvpc && !service.exists {
        let network = vec![
            set("subnets", code("var.task_subnets")),
            set("security_groups", code("var.task_security_groups")),
        ];
        items.push(Block::new("network_configuration", [], network).into());
    }
    let lifecycle = vec![set("ignore_changes", Value::List(ignored(service)))];
    items.push(Block::new("lifecycle", [], lifecycle).into());
    let after: Vec<Value> = after(settings, ids, id).into_iter().map(name).collect();
    if !after.is_empty() {
        items.push(set("depends_on", Value::List(after)));
    }
    Block::new("resource", ["aws_ecs_service", id], items)
}

/// What a service waits for: the cluster's list and, where services move, the one before it.
fn after(settings: &Settings, ids: &Ids, id: &str) -> Vec<String> {
    let style = TerraformStyle::Resources;
    let association = (settings.writes_association).then(|| style.association().to_owned());
    let index = ids.services.iter().position(|it| it == id).unwrap_or(0);
    let before = (settings.stages.as_ref())
        .and_then(|_| ids.services.get(index.checked_sub(1)?))
        .map(|before| style.service(before));
    association.into_iter().chain(before).collect()
}

/// Limits of a service's count, as Application Auto Scaling has them.
pub(super) fn scalable_target(
    service: &ServiceSettings,
    id: &str,
    style: TerraformStyle,
) -> Option<Block> {
    let (least, most) = service.counts?;
    // Service names have only letters, digits, `-` and `_`.
    let resource = code(format!(
        "\"service/${{var.cluster_name}}/{}\"",
        service.name
    ));
    let items = vec![
        set("service_namespace", "ecs"),
        set("resource_id", resource),
        set("scalable_dimension", "ecs:service:DesiredCount"),
        set("min_capacity", least).because(reasons::COUNTS),
        set("max_capacity", most),
        set("depends_on", Value::List(vec![name(style.service(id))])),
    ];
    Some(Block::new(
        "resource",
        ["aws_appautoscaling_target", id],
        items,
    ))
}

/// Scheduled actions that set a service's counts by the hour.
pub(super) fn scheduled_counts(service: &ServiceSettings, id: &str) -> Vec<Block> {
    let target = |what: &str| code(format!("aws_appautoscaling_target.{id}.{what}"));
    (service.schedule.iter().enumerate())
        .map(|(number, action)| {
            let counts = vec![
                set("min_capacity", action.size),
                set("max_capacity", action.size),
            ];
            let items = vec![
                set("name", action.name().as_str()),
                set("service_namespace", target("service_namespace")),
                set("resource_id", target("resource_id")),
                set("scalable_dimension", target("scalable_dimension")),
                set("schedule", action.cron_of_services().as_str()),
                set("timezone", RESET_TIME_ZONE),
                Block::new("scalable_target_action", [], counts).into(),
            ];
            // No id has a `-`.
            let name = format!("{id}-{}", number + 1);
            let kind = "aws_appautoscaling_scheduled_action";
            let block = Block::new("resource", [kind, &name], items);
            if number == 0 {
                block.because(reasons::SERVICE_SCHEDULE)
            } else {
                block
            }
        })
        .collect()
}

/// Of several blocks of one kind the first has the reason.
fn first_because(index: usize, block: Block, reason: impl Fn() -> String) -> Item {
    if index == 0 {
        block.because(reason()).into()
    } else {
        block.into()
    }
}

/// Service names have only letters, digits, `-` and `_`: nothing in the key can end it.
pub(super) fn task_definition(service: &ServiceSettings) -> String {
    format!("var.task_definitions[\"{}\"]", service.name)
}

/// The limits of a rollout as the cluster file has them.
pub(super) fn deployment(service: &ServiceSettings) -> Vec<Item> {
    let Some(deployment) = service.deployment else {
        return Vec::new();
    };
    let least = u64::from(deployment.minimum_healthy_percent);
    let most = u64::from(deployment.maximum_percent);
    vec![
        set("deployment_minimum_healthy_percent", least).because(reasons::TODAY),
        set("deployment_maximum_percent", most),
    ]
}
