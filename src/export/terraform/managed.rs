//! Providers of ECS Managed Instances, as resources or as inputs of the cluster module.

use super::super::managed::written;
use super::super::reasons;
use super::ids::Ids;
use super::language::{Block, Item, Value, code, name, set};
use crate::domain::settings::{ManagedSettings, NO_PRICE_PROTECTION, Settings};

/// A provider as a resource.
pub(super) fn capacity_provider(settings: &Settings, managed: &ManagedSettings, id: &str) -> Block {
    let items = vec![
        set("name", managed.name.as_str()),
        set("cluster", code("var.cluster_name")),
        block("managed_instances_provider", provider(settings, managed))
            .because(reasons::MANAGED_SCALING),
    ];
    Block::new("resource", ["aws_ecs_capacity_provider", id], items)
}

/// Entries of the module's map of providers.
pub(super) fn module_entries(settings: &Settings, ids: &Ids) -> Vec<Item> {
    (settings.managed.iter().zip(&ids.managed))
        .filter(|(managed, _)| managed.writes_provider)
        .map(|(managed, id)| {
            let entries = vec![
                set("name", managed.name.as_str()),
                set(
                    "managed_instances_provider",
                    as_map(provider(settings, managed)),
                )
                .because(reasons::MANAGED_SCALING),
            ];
            set(id, entries)
        })
        .collect()
}

/// Inputs by which the module makes nothing beside the providers.
pub(super) fn module_inputs(settings: &Settings) -> Vec<Item> {
    if !settings.writes_managed() {
        return Vec::new();
    }
    vec![
        set("create_infrastructure_iam_role", false).because(reasons::MANAGED_ROLES_ARE_GIVEN),
        set("create_node_iam_instance_profile", false),
        set("create_security_group", false),
    ]
}

fn block(kind: &'static str, items: Vec<Item>) -> Item {
    Block::new(kind, [], items).into()
}

fn provider(settings: &Settings, managed: &ManagedSettings) -> Vec<Item> {
    let network = vec![
        set("subnets", code("var.managed_subnets")),
        set("security_groups", code("var.managed_security_groups")),
    ];
    let mut template = vec![
        set("capacity_option_type", managed.capacity_option()),
        set(
            "ec2_instance_profile_arn",
            code("var.managed_instance_profile_arn"),
        ),
        block("network_configuration", network),
    ];
    if let Some(gib) = settings.root_volume_gib.filter(|gib| *gib > 0) {
        let storage = vec![set("storage_size_gib", gib)];
        let storage = block("storage_configuration", storage).because(reasons::MANAGED_STORAGE);
        template.push(storage);
    }
    template.push(
        block("instance_requirements", requirements(managed))
            .because(reasons::managed_types(managed)),
    );
    vec![
        set(
            "infrastructure_role_arn",
            code("var.managed_infrastructure_role_arn"),
        ),
        set("propagate_tags", "CAPACITY_PROVIDER").because(reasons::MANAGED_TAGS),
        block("instance_launch_template", template),
    ]
}

fn requirements(managed: &ManagedSettings) -> Vec<Item> {
    let types = (managed.instance_types.iter())
        .map(|kind| Value::from(kind.as_str()))
        .collect();
    let mut items = vec![set("allowed_instance_types", Value::List(types))];
    if managed.has_burstable {
        items.push(set("burstable_performance", "included"));
    }
    if managed.has_bare_metal {
        items.push(set("bare_metal", "included"));
    }
    let protection = if managed.is_spot() {
        "spot_max_price_percentage_over_lowest_price"
    } else {
        "on_demand_max_price_percentage_over_lowest_price"
    };
    items.push(set(protection, NO_PRICE_PROTECTION).because(reasons::MANAGED_PRICES));
    for (kind, (least, most)) in [
        ("vcpu_count", managed.vcpus),
        ("memory_mib", managed.memory_mib),
    ] {
        items.push(block(kind, vec![set("min", least), set("max", most)]));
    }
    items
}

/// Blocks of a resource as the objects of an input.
fn as_map(items: Vec<Item>) -> Vec<Item> {
    (items.into_iter())
        .map(|item| match item {
            Item::Block(block) => {
                let map = set(block.kind, as_map(block.items));
                match block.reason {
                    Some(reason) => map.because(reason),
                    None => map,
                }
            }
            other => other,
        })
        .collect()
}

/// Variables: what a plan cannot know of them.
pub(super) fn variables(settings: &Settings) -> Vec<Block> {
    if written(settings).next().is_none() {
        return Vec::new();
    }
    [
        (
            "managed_infrastructure_role_arn",
            "string",
            reasons::MANAGED_ROLE.to_owned(),
        ),
        (
            "managed_instance_profile_arn",
            "string",
            reasons::MANAGED_PROFILE.to_owned(),
        ),
        (
            "managed_subnets",
            "list(string)",
            reasons::managed_subnets(settings),
        ),
        (
            "managed_security_groups",
            "list(string)",
            reasons::MANAGED_SECURITY_GROUPS.to_owned(),
        ),
    ]
    .into_iter()
    .map(|(id, kind, what)| {
        let items = vec![set("type", name(kind)), set("description", what.as_str())];
        Block::new("variable", [id], items)
    })
    .collect()
}
