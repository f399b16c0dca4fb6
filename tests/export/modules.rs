//! Terraform in the style of terraform-aws-modules: read back like any other format, and every input one that the pinned
//! versions document.

use bayplan::domain::settings::Settings;
use bayplan::export::{TerraformStyle, terraform_hcl, terraform_json_text};
use serde_json::{Map, Value, json};

use super::deployed::{Deployed, Group, Service, items, number, text, wanted};
use super::managed::{only_managed, with_managed};
use super::plans::{PLANS, exported, hostile_plan, plan};
use super::special_plans::{large_plan, mixed_plan, resetting_plan, retyping_settings};

fn modules<'a>(document: &'a Value, source: &str) -> Vec<(&'a String, &'a Value)> {
    let all = document["module"].as_object().expect("modules").iter();
    all.filter(|(_, module)| module["source"] == source)
        .collect()
}

const CLUSTER: &str = "terraform-aws-modules/ecs/aws//modules/cluster";
const SERVICE: &str = "terraform-aws-modules/ecs/aws//modules/service";
const AUTOSCALING: &str = "terraform-aws-modules/autoscaling/aws";

/// A map whose keys give the order.
fn in_order(value: Option<&Value>) -> Vec<&Value> {
    let Some(Value::Object(map)) = value else {
        return Vec::new();
    };
    let mut entries: Vec<(&String, &Value)> = map.iter().collect();
    entries.sort_by_key(|(key, _)| key.as_str());
    entries.into_iter().map(|(_, value)| value).collect()
}

fn read(document: &Value) -> Deployed {
    let cluster = modules(document, CLUSTER)[0].1;
    let providers = cluster["capacity_providers"].as_object().expect("a map");
    let named = |value: &Value| {
        let inner = value
            .as_str()
            .and_then(|text| text.strip_prefix("${module.ecs.capacity_providers[\""));
        match inner.and_then(|text| text.strip_suffix("\"].name}")) {
            Some(id) => text(&providers[id]["name"]),
            None => text(value),
        }
    };
    let mut deployed = Deployed::default();
    for (id, group) in modules(document, AUTOSCALING) {
        let provider = (providers.values())
            .map(|provider| &provider["auto_scaling_group_provider"])
            .find(|p| {
                p["auto_scaling_group_arn"] == format!("${{module.{id}.autoscaling_group_arn}}")
            })
            .expect("a provider each");
        deployed
            .groups
            .insert(text(&group["name"]), read_group(document, group, provider));
    }
    deployed.providers = (providers.values())
        .map(|provider| text(&provider["name"]))
        .chain(
            items(&cluster["cluster_capacity_providers"])
                .iter()
                .map(text),
        )
        .collect();
    deployed.default_strategy = in_order(cluster.get("default_capacity_provider_strategy"))
        .into_iter()
        .map(|item| {
            (
                text(&item["name"]),
                number(&item["base"]),
                number(&item["weight"]),
            )
        })
        .collect();
    for (_, service) in modules(document, SERVICE) {
        let read = Service {
            strategy: (in_order(service.get("capacity_provider_strategy")).into_iter())
                .map(|item| {
                    (
                        named(&item["capacity_provider"]),
                        number(&item["base"]),
                        number(&item["weight"]),
                    )
                })
                .collect(),
            placement: (in_order(service.get("ordered_placement_strategy")).into_iter())
                .map(|item| (text(&item["type"]), item.get("field").map(text)))
                .collect(),
        };
        deployed.services.insert(text(&service["name"]), read);
    }
    deployed
}

fn read_group(document: &Value, group: &Value, provider: &Value) -> Group {
    assert_eq!(group["ignore_desired_capacity_changes"], true);
    let policy = &group["mixed_instances_policy"];
    let distribution = &policy["instances_distribution"];
    let template = text(&group["launch_template_id"]);
    let template = template.split('.').nth(1).expect("a template");
    let image = text(&document["resource"]["aws_launch_template"][template]["image_id"]);
    let image = image.split('.').nth(2).expect("a parameter");
    let scaling = &provider["managed_scaling"];
    Group {
        instance_types: (items(&policy["launch_template"]["override"]).iter())
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
        managed_tag: group["autoscaling_group_tags"]
            .get("AmazonECSManaged")
            .is_some(),
    }
}

fn documents(settings: &Settings) -> [Value; 2] {
    let style = TerraformStyle::Modules;
    let native = terraform_hcl(settings, style);
    let native = hcl::from_str(&native).unwrap_or_else(|error| panic!("{error}\n{native}"));
    let json = serde_json::from_str(&terraform_json_text(settings, style)).expect("JSON");
    [native, json]
}

/// The module's list of providers has no order.
fn sorted(mut deployed: Deployed) -> Deployed {
    deployed.providers.sort();
    deployed
}

#[test]
fn both_syntaxes_say_what_the_plan_says() {
    let plans = (0..PLANS).flat_map(|seed| [plan(seed), hostile_plan(seed)]);
    for (index, plan) in plans
        .chain([mixed_plan(), large_plan(), resetting_plan()])
        .enumerate()
    {
        let settings = exported(&plan);
        let wanted = sorted(wanted(&plan, &settings));
        for document in documents(&settings) {
            assert_eq!(sorted(read(&document)), wanted, "plan {index}");
        }
    }
}

/// Inputs by module, as the README files of terraform-aws-modules/ecs 7.5.0 and autoscaling 9.0.1 list them, as far as an
/// export may use them. `*` is any key of a map, or an item of a list.
fn documented(source: &str) -> Value {
    let base_weight = json!({"base": 0, "weight": 0, "capacity_provider": 0});
    match source {
        CLUSTER => json!({
            "name": 0, "configuration": 0, "setting": 0, "create_cloudwatch_log_group": 0, "cluster_capacity_providers": 0,
            "capacity_providers": {"*": {"name": 0, "auto_scaling_group_provider": {
                "auto_scaling_group_arn": 0, "managed_draining": 0, "managed_termination_protection": 0,
                "managed_scaling": {"instance_warmup_period": 0, "maximum_scaling_step_size": 0,
                    "minimum_scaling_step_size": 0, "status": 0, "target_capacity": 0}},
                "managed_instances_provider": {"infrastructure_role_arn": 0, "propagate_tags": 0, "instance_launch_template": {
                    "capacity_option_type": 0, "ec2_instance_profile_arn": 0,
                    "network_configuration": {"subnets": 0, "security_groups": 0},
                    "storage_configuration": {"storage_size_gib": 0},
                    "instance_requirements": {"allowed_instance_types": 0, "burstable_performance": 0, "bare_metal": 0,
                        "on_demand_max_price_percentage_over_lowest_price": 0,
                        "spot_max_price_percentage_over_lowest_price": 0,
                        "vcpu_count": {"min": 0, "max": 0}, "memory_mib": {"min": 0, "max": 0}}}}}},
            "create_infrastructure_iam_role": 0, "create_node_iam_instance_profile": 0, "create_security_group": 0,
            "default_capacity_provider_strategy": {"*": {"base": 0, "name": 0, "weight": 0}},
        }),
        SERVICE => json!({
            "name": 0, "cluster_arn": 0, "create_task_definition": 0, "task_definition_arn": 0, "create_iam_role": 0,
            "create_infrastructure_iam_role": 0, "create_security_group": 0, "create_task_exec_iam_role": 0,
            "create_tasks_iam_role": 0, "enable_autoscaling": 0, "desired_count": 0, "network_mode": 0,
            "deployment_minimum_healthy_percent": 0, "deployment_maximum_percent": 0, "subnet_ids": 0,
            "security_group_ids": 0, "capacity_provider_strategy": {"*": base_weight},
            "ordered_placement_strategy": {"*": {"field": 0, "type": 0}},
            "placement_constraints": {"*": {"expression": 0, "type": 0}},
        }),
        AUTOSCALING => json!({
            "name": 0, "use_name_prefix": 0, "vpc_zone_identifier": 0, "create_launch_template": 0, "launch_template_id": 0,
            "launch_template_version": 0, "min_size": 0, "max_size": 0, "ignore_desired_capacity_changes": 0,
            "protect_from_scale_in": 0, "use_mixed_instances_policy": 0, "autoscaling_group_tags": {"*": 0},
            "termination_policies": 0, "create_schedule": 0, "schedules": {"*": {"min_size": 0, "max_size": 0, "desired_capacity": 0, "recurrence": 0,
                "time_zone": 0}},
            "mixed_instances_policy": {
                "instances_distribution": {"on_demand_allocation_strategy": 0, "on_demand_base_capacity": 0,
                    "on_demand_percentage_above_base_capacity": 0, "spot_allocation_strategy": 0},
                "launch_template": {"override": {"*": {"instance_type": 0}}}},
        }),
        other => panic!("an unknown module: {other}"),
    }
}

fn check(place: &str, inputs: &Map<String, Value>, known: &Value) {
    for (name, value) in inputs {
        let place = format!("{place}.{name}");
        let inner = known.get(name).or_else(|| known.get("*"));
        let inner = inner.unwrap_or_else(|| panic!("{place}: not an input"));
        match (value, inner.get("*")) {
            (Value::Object(map), _) => check(&place, map, inner),
            (Value::Array(list), Some(item)) => {
                for value in list {
                    check(&place, value.as_object().expect("an object"), item);
                }
            }
            _ => {}
        }
    }
}

#[test]
fn every_input_is_documented() {
    let managed = [only_managed(), with_managed(plan(3), "")];
    let plans = (0..40)
        .map(plan)
        .chain([mixed_plan(), resetting_plan()])
        .chain(managed);
    let settings = plans.map(|plan| exported(&plan));
    for settings in settings.chain([retyping_settings()]) {
        for document in documents(&settings) {
            for (id, module) in document["module"].as_object().expect("modules") {
                let mut inputs = module.as_object().expect("inputs").clone();
                let source = text(&inputs.remove("source").expect("a source"));
                assert!(inputs.remove("version").is_some());
                check(id, &inputs, &documented(&source));
            }
        }
    }
}
