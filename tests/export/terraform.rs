//! Terraform, in HCL as hcl-rs reads it and in the JSON syntax.

use bayplan::domain::settings::Settings;
use bayplan::export::{TerraformStyle, terraform_hcl, terraform_json_text};
use serde_json::Value;

use super::deployed::{Deployed, Group, Service, number, text, wanted};
use super::plans::{PLANS, exported, hostile_plan, plan};

/// One block or several: both syntaxes leave out the list where there is one.
fn blocks<'a>(holder: &'a Value, key: &str) -> Vec<&'a Value> {
    match holder.get(key) {
        None => Vec::new(),
        Some(Value::Array(items)) => items.iter().collect(),
        Some(one) => vec![one],
    }
}

fn block<'a>(holder: &'a Value, key: &str) -> &'a Value {
    let found = blocks(holder, key);
    assert_eq!(found.len(), 1, "{key} of {holder}");
    found[0]
}

/// The value of a text: templates that give one sign become that sign, and no other template may be there.
fn plain(value: &Value) -> String {
    let text = text(value)
        .replace("${\"$\"}", "\u{1}")
        .replace("${\"%\"}", "\u{2}");
    text.replace('\u{1}', "$").replace('\u{2}', "%")
}

/// `x` of `${kind.x.attribute}`.
fn referred<'a>(value: &'a Value, kind: &str) -> Option<&'a str> {
    let inner = value.as_str()?.strip_prefix("${")?.strip_suffix('}')?;
    inner
        .strip_prefix(kind)?
        .strip_prefix('.')?
        .split('.')
        .next()
}

fn read(document: &Value) -> Deployed {
    let resources = |kind: &str| {
        document["resource"]
            .get(kind)
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default()
    };
    let providers = resources("aws_ecs_capacity_provider");
    let named = |value: &Value| match referred(value, "aws_ecs_capacity_provider") {
        Some(id) => text(&block(&document["resource"]["aws_ecs_capacity_provider"], id)["name"]),
        None => text(value),
    };
    let strategy = |holder: &Value, key: &str| {
        (blocks(holder, key).into_iter())
            .map(|item| {
                let provider = named(&item["capacity_provider"]);
                (provider, number(&item["base"]), number(&item["weight"]))
            })
            .collect()
    };
    let mut deployed = Deployed::default();
    for (id, group) in resources("aws_autoscaling_group") {
        let provider = (providers.values())
            .find(|provider| {
                let arn = &block(provider, "auto_scaling_group_provider")["auto_scaling_group_arn"];
                referred(arn, "aws_autoscaling_group") == Some(&id)
            })
            .expect("a provider each");
        deployed
            .groups
            .insert(text(&group["name"]), read_group(document, &group, provider));
    }
    let association = &document["resource"]["aws_ecs_cluster_capacity_providers"]["this"];
    let list = association["capacity_providers"]
        .as_array()
        .expect("a list");
    deployed.providers = list.iter().map(named).collect();
    deployed.default_strategy = strategy(association, "default_capacity_provider_strategy");
    for service in resources("aws_ecs_service").values() {
        let read = Service {
            strategy: strategy(service, "capacity_provider_strategy"),
            placement: (blocks(service, "ordered_placement_strategy").into_iter())
                .map(|item| (text(&item["type"]), item.get("field").map(plain)))
                .collect(),
        };
        deployed.services.insert(text(&service["name"]), read);
    }
    deployed
}

fn read_group(document: &Value, group: &Value, provider: &Value) -> Group {
    let policy = block(group, "mixed_instances_policy");
    let distribution = block(policy, "instances_distribution");
    let launch = block(policy, "launch_template");
    let template = &block(launch, "launch_template_specification")["launch_template_id"];
    let template = referred(template, "aws_launch_template").expect("a template");
    let image = &document["resource"]["aws_launch_template"][template]["image_id"];
    let image = referred(image, "data.aws_ssm_parameter").expect("a parameter");
    let provider = block(provider, "auto_scaling_group_provider");
    let scaling = block(provider, "managed_scaling");
    assert!(group.get("desired_capacity").is_none());
    Group {
        instance_types: (blocks(launch, "override").into_iter())
            .map(|item| text(&item["instance_type"]))
            .collect(),
        on_demand_base: number(&distribution["on_demand_base_capacity"]),
        on_demand_percent: number(&distribution["on_demand_percentage_above_base_capacity"]),
        sizes: (number(&group["min_size"]), number(&group["max_size"])),
        image: text(&document["data"]["aws_ssm_parameter"][image]["name"]),
        scaling: (
            text(&scaling["status"]),
            number(&scaling["target_capacity"]),
            number(&scaling["minimum_scaling_step_size"]),
            number(&scaling["maximum_scaling_step_size"]),
            number(&scaling["instance_warmup_period"]),
        ),
        termination_protection: text(&provider["managed_termination_protection"]),
        protected_from_scale_in: group["protect_from_scale_in"] == true,
        managed_tag: block(group, "tag")["key"] == "AmazonECSManaged",
    }
}

fn from_hcl(settings: &Settings) -> Value {
    let text = terraform_hcl(settings, TerraformStyle::Resources);
    hcl::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn from_json(settings: &Settings) -> Value {
    serde_json::from_str(&terraform_json_text(settings, TerraformStyle::Resources)).expect("JSON")
}

#[test]
fn both_syntaxes_say_what_the_plan_says() {
    for seed in 0..PLANS {
        let plan = plan(seed);
        let settings = exported(&plan);
        let wanted = wanted(&plan, &settings);
        assert_eq!(read(&from_json(&settings)), wanted, "JSON, seed {seed}");
        assert_eq!(read(&from_hcl(&settings)), wanted, "HCL, seed {seed}");
    }
}

#[test]
fn hostile_names_stay_in_their_place() {
    for seed in 0..PLANS {
        let plan = hostile_plan(seed);
        let settings = exported(&plan);
        let wanted = wanted(&plan, &settings);
        for document in [from_json(&settings), from_hcl(&settings)] {
            assert_eq!(read(&document), wanted, "seed {seed}");
            let kinds: Vec<&String> = document.as_object().expect("blocks").keys().collect();
            assert!(
                kinds
                    .iter()
                    .all(|kind| ["//", "variable", "data", "resource"].contains(&kind.as_str())),
                "{kinds:?}"
            );
        }
        let written = terraform_hcl(&settings, TerraformStyle::Resources);
        assert!(
            !written.contains("${")
                || written
                    .lines()
                    .filter(|line| line.contains("${"))
                    .all(|line| line.trim_start().starts_with('#')),
            "seed {seed}"
        );
    }
}

#[test]
fn groups_that_exist_are_imported() {
    let plan = (0..PLANS)
        .map(plan)
        .find(|plan| !plan.instances.is_empty())
        .expect("one");
    let mut settings = exported(&plan);
    settings.groups[0].existing.group = true;
    let name = settings.groups[0].name.clone();
    for document in [from_json(&settings), from_hcl(&settings)] {
        assert_eq!(block(&document, "import")["id"], name.as_str());
    }
}
