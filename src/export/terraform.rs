//! Terraform: resources of the AWS provider, in HCL with the reason of each setting or in the JSON form.

use std::fmt::Write as _;

use super::cli_files::on_off;
use super::cloudformation::is_certified;
use super::hcl::{Block, Item, Value, code, hcl, name, set, terraform_json};
use super::settings::{Group, Image, ServiceSettings, Settings, SubnetSet, Template, WeightedItem};
use super::tree::{comment, pretty};
use super::user_data::{Placeholders, lines};
use super::{naming, reasons};

/// Marks that stand for variables in the script before it is cut into pieces. `\u{1}` occurs in no exported name.
const CLUSTER: &str = "\u{1}var.cluster_name";
const RESERVED: &str = "\u{1}tostring(var.reserved_memory_mib)";

/// Resources in HCL.
#[must_use]
pub fn terraform_hcl(settings: &Settings) -> String {
    let mut text: String = (settings.notes.iter())
        .map(|note| comment(note, "#", 0))
        .collect();
    text.push('\n');
    text.push_str(&hcl(&blocks(settings)));
    text
}

/// Resources in Terraform's JSON syntax.
#[must_use]
pub fn terraform_json_text(settings: &Settings) -> String {
    pretty(&terraform_json(&blocks(settings)))
}

fn blocks(settings: &Settings) -> Vec<Block> {
    let ids = Ids::new(settings);
    let mut blocks = variables(settings);
    for image in images(settings) {
        blocks.push(
            Block::new(
                "data",
                ["aws_ssm_parameter", &image_id(image)],
                vec![set("name", image.parameter())],
            )
            .because(reasons::IMAGE),
        );
    }
    for (template, id) in settings.templates.iter().zip(&ids.templates) {
        blocks.push(launch_template(settings, template, id));
    }
    for (group, id) in settings.groups.iter().zip(&ids.groups) {
        if group.exists {
            let address = format!("aws_autoscaling_group.{id}");
            let items = vec![set("to", name(address)), set("id", group.name.as_str())];
            blocks.push(Block::new("import", [], items).because("The group exists and is kept."));
        }
        let template = &ids.templates[group.template];
        blocks.push(auto_scaling_group(settings, group, id, template));
        blocks.push(capacity_provider(group, id));
    }
    blocks.push(association(settings, &ids));
    for (service, id) in settings.services.iter().zip(&ids.services) {
        blocks.push(service_block(settings, &ids, service, id));
    }
    blocks
}

/// Resource names, each given out once.
struct Ids {
    templates: Vec<String>,
    groups: Vec<String>,
    services: Vec<String>,
}

impl Ids {
    fn new(settings: &Settings) -> Self {
        let names = |names: Vec<&str>| {
            let mut unique = naming::Unique::default();
            (names.into_iter())
                .map(|name| unique.take(naming::snake(name)))
                .collect()
        };
        Self {
            templates: names(settings.templates.iter().map(|t| t.name.as_str()).collect()),
            groups: names(settings.groups.iter().map(|g| g.name.as_str()).collect()),
            services: names(settings.services.iter().map(|s| s.name.as_str()).collect()),
        }
    }

    fn provider(&self, settings: &Settings, provider: &str) -> Value {
        let known = (settings.groups.iter()).position(|group| group.name == provider);
        known.map_or_else(
            || Value::from(provider),
            |index| {
                code(format!(
                    "aws_ecs_capacity_provider.{}.name",
                    self.groups[index]
                ))
            },
        )
    }

    fn strategy(&self, settings: &Settings, item: &WeightedItem) -> Vec<Item> {
        vec![
            set("capacity_provider", self.provider(settings, &item.provider)),
            set("base", item.base),
            set("weight", item.weight),
        ]
    }
}

fn variables(settings: &Settings) -> Vec<Block> {
    let mut variables = vec![Block::new(
        "variable",
        ["cluster_name"],
        vec![
            set("type", name("string")),
            set("default", settings.cluster.as_str()),
        ],
    )];
    let mut needed = |id: &str, kind: &str, what: &str| {
        let items = vec![set("type", name(kind)), set("description", what)];
        variables.push(Block::new("variable", [id], items));
    };
    if !settings.groups.is_empty() {
        for set in &settings.subnets {
            needed(&subnets(set), "list(string)", &reasons::subnets(set));
        }
        needed(
            "security_groups",
            "list(string)",
            "Security groups of the instances",
        );
        needed(
            "instance_profile",
            "string",
            "Name of the instance profile that lets instances join ECS",
        );
    }
    if settings.services.iter().any(|service| service.is_awsvpc) {
        needed(
            "task_subnets",
            "list(string)",
            "Subnets of tasks in awsvpc mode",
        );
        needed(
            "task_security_groups",
            "list(string)",
            "Security groups of tasks in awsvpc mode",
        );
    }
    if !settings.services.is_empty() {
        needed(
            "task_definitions",
            "map(string)",
            "Task definition (family:revision or ARN) of each service by name",
        );
    }
    if !settings.groups.is_empty() {
        variables.push(Block::new(
            "variable",
            ["reserved_memory_mib"],
            vec![
                set("type", name("number")),
                set("default", settings.reserved_memory_mib.unwrap_or(0)),
                set(
                    "description",
                    "MiB of each instance that the ECS agent keeps from tasks",
                ),
            ],
        ));
    }
    variables
}

fn subnets(set: &SubnetSet) -> String {
    if set.suffix.is_empty() {
        "subnets".to_owned()
    } else {
        format!("subnets_{}", naming::snake(&set.suffix))
    }
}

fn images(settings: &Settings) -> Vec<Image> {
    let mut images: Vec<Image> = settings.templates.iter().map(|t| t.image).collect();
    images.sort();
    images.dedup();
    images
}

fn image_id(image: Image) -> String {
    format!("image_{}", image.word())
}

fn launch_template(settings: &Settings, template: &Template, id: &str) -> Block {
    let image = format!("data.aws_ssm_parameter.{}.value", image_id(template.image));
    let metadata = vec![
        set("http_tokens", "required"),
        set("http_put_response_hop_limit", 2_u64),
    ];
    let profile = vec![set("name", code("var.instance_profile"))];
    let items = vec![
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
    Block::new("resource", ["aws_launch_template", id], items)
}

/// The script, joined from plain pieces and variables: `base64encode(join("", [ … ]))`.
fn user_data(settings: &Settings, template: &Template) -> String {
    let values = Placeholders {
        cluster: CLUSTER,
        reserved_memory: RESERVED,
    };
    let pieces: Vec<String> = (lines(settings, template, &values).iter())
        .map(|line| match line.split_once('\u{1}') {
            Some((before, expression)) => {
                format!("join(\"\", [{}, {expression}])", super::hcl::quoted(before))
            }
            None => super::hcl::quoted(line),
        })
        .collect();
    let lines: String = pieces.iter().fold(String::new(), |mut text, piece| {
        let _ = writeln!(text, "    {piece},");
        text
    });
    format!("base64encode(join(\"\\n\", [\n{lines}  ]))")
}

fn auto_scaling_group(settings: &Settings, group: &Group, id: &str, template: &str) -> Block {
    let protected = if group.scaling.enabled {
        reasons::PROTECTED
    } else {
        reasons::NOT_PROTECTED
    };
    let subnets = subnets(&settings.subnets[group.subnets]);
    let tag = vec![
        set("key", "AmazonECSManaged"),
        set("value", ""),
        set("propagate_at_launch", true),
    ];
    let lifecycle = vec![set(
        "ignore_changes",
        Value::List(vec![name("desired_capacity")]),
    )];
    let items = vec![
        set("name", group.name.as_str()),
        set("vpc_zone_identifier", code(format!("var.{subnets}"))),
        set("min_size", group.min_size).because(reasons::sizes(group)),
        set("max_size", group.max_size),
        set("protect_from_scale_in", group.scaling.enabled).because(protected),
        Block::new(
            "mixed_instances_policy",
            [],
            mixed_instances(group, template),
        )
        .into(),
        Block::new("tag", [], tag)
            .because(reasons::MANAGED_TAG)
            .into(),
        Block::new("lifecycle", [], lifecycle)
            .because(reasons::NO_DESIRED)
            .into(),
    ];
    Block::new("resource", ["aws_autoscaling_group", id], items)
}

fn mixed_instances(group: &Group, template: &str) -> Vec<Item> {
    let distribution = vec![
        set("on_demand_allocation_strategy", "prioritized").because(reasons::ALLOCATION_ON_DEMAND),
        set("on_demand_base_capacity", group.on_demand_base).because(reasons::on_demand(group)),
        set(
            "on_demand_percentage_above_base_capacity",
            group.on_demand_percent,
        ),
        set("spot_allocation_strategy", "price-capacity-optimized")
            .because(reasons::ALLOCATION_SPOT),
    ];
    let mut launch = vec![
        Block::new(
            "launch_template_specification",
            [],
            vec![
                set(
                    "launch_template_id",
                    code(format!("aws_launch_template.{template}.id")),
                ),
                set(
                    "version",
                    code(format!("aws_launch_template.{template}.latest_version")),
                ),
            ],
        )
        .into(),
    ];
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

fn capacity_provider(group: &Group, id: &str) -> Block {
    let scaling = group.scaling;
    let managed = vec![
        set("status", on_off(scaling.enabled)),
        set("target_capacity", scaling.target_capacity),
        set("minimum_scaling_step_size", scaling.minimum_step),
        set("maximum_scaling_step_size", scaling.maximum_step),
        set("instance_warmup_period", scaling.warmup_seconds),
    ];
    let provider = vec![
        set(
            "auto_scaling_group_arn",
            code(format!("aws_autoscaling_group.{id}.arn")),
        ),
        set("managed_termination_protection", on_off(scaling.enabled))
            .because(reasons::TERMINATION),
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

fn association(settings: &Settings, ids: &Ids) -> Block {
    let providers = (settings.providers().into_iter())
        .map(|provider| ids.provider(settings, provider))
        .collect();
    let mut items = vec![
        set("cluster_name", code("var.cluster_name")),
        set("capacity_providers", Value::List(providers)).because(reasons::ASSOCIATION),
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

fn service_block(settings: &Settings, ids: &Ids, service: &ServiceSettings, id: &str) -> Block {
    // Service names have only letters, digits, `-` and `_`: nothing in the key can end it.
    let definition = format!("var.task_definitions[\"{}\"]", service.name);
    let mut items = vec![
        set("name", service.name.as_str()),
        set("cluster", code("var.cluster_name")),
        set("task_definition", code(definition)),
        set("desired_count", service.planned).because(reasons::COUNT),
    ];
    for (index, item) in service.strategy.iter().enumerate() {
        let block = Block::new(
            "capacity_provider_strategy",
            [],
            ids.strategy(settings, item),
        );
        items.push(if index == 0 {
            let reason = reasons::strategy(&service.strategy, &service.rounding);
            block.because(reason).into()
        } else {
            block.into()
        });
    }
    for (index, placement) in service.placement.iter().enumerate() {
        let mut attributes = vec![set("type", placement.kind)];
        if let Some(field) = &placement.field {
            attributes.push(set("field", field.as_str()));
        }
        let block = Block::new("ordered_placement_strategy", [], attributes);
        items.push(if index == 0 {
            block
                .because(reasons::placement(is_certified(settings, service)))
                .into()
        } else {
            block.into()
        });
    }
    if service.is_awsvpc {
        let network = vec![
            set("subnets", code("var.task_subnets")),
            set("security_groups", code("var.task_security_groups")),
        ];
        items.push(Block::new("network_configuration", [], network).into());
    }
    let ignored = Value::List(vec![name("desired_count")]);
    items.push(Block::new("lifecycle", [], vec![set("ignore_changes", ignored)]).into());
    let after = Value::List(vec![name("aws_ecs_cluster_capacity_providers.this")]);
    items.push(set("depends_on", after));
    Block::new("resource", ["aws_ecs_service", id], items)
}
