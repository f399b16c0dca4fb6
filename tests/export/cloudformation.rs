//! CloudFormation templates.

use std::collections::BTreeMap;

use bayplan::domain::settings::Settings;
use bayplan::export::{cloudformation_json, cloudformation_yaml};
use serde_json::Value;

use super::deployed::{Deployed, Group, Service, items, number, text, wanted};
use super::plans::{PLANS, exported, hostile_plan, plan};

/// Follows references inside the template and reads its resources.
pub fn read(template: &Value) -> Deployed {
    let resources = template["Resources"].as_object().expect("resources");
    let of_type = |kind: &'static str| {
        (resources.iter()).filter(move |(_, resource)| resource["Type"] == kind)
    };
    let named = |value: &Value| match value.get("Ref") {
        Some(id) => text(&resources[id.as_str().expect("an id")]["Properties"]["Name"]),
        None => text(value),
    };
    let strategy = |value: &Value| {
        (items(value).iter())
            .map(|item| {
                let provider = named(&item["CapacityProvider"]);
                (provider, number(&item["Base"]), number(&item["Weight"]))
            })
            .collect()
    };
    let mut deployed = Deployed::default();
    for (id, group) in of_type("AWS::AutoScaling::AutoScalingGroup") {
        let group = &group["Properties"];
        let provider = of_type("AWS::ECS::CapacityProvider")
            .map(|(_, provider)| &provider["Properties"])
            .find(|p| p["AutoScalingGroupProvider"]["AutoScalingGroupArn"]["Ref"] == id.as_str())
            .expect("a provider each");
        let launch = &group["MixedInstancesPolicy"]["LaunchTemplate"];
        let template_id = text(&launch["LaunchTemplateSpecification"]["LaunchTemplateId"]["Ref"]);
        let image =
            text(&resources[&template_id]["Properties"]["LaunchTemplateData"]["ImageId"]["Ref"]);
        let image = text(&template["Parameters"][&image]["Default"]);
        deployed.groups.insert(
            text(&group["AutoScalingGroupName"]),
            read_group(group, provider, image),
        );
    }
    let (_, association) = of_type("AWS::ECS::ClusterCapacityProviderAssociations")
        .next()
        .expect("the cluster's list");
    let association = &association["Properties"];
    deployed.providers = items(&association["CapacityProviders"])
        .iter()
        .map(named)
        .collect();
    deployed.default_strategy = strategy(&association["DefaultCapacityProviderStrategy"]);
    for (_, service) in of_type("AWS::ECS::Service") {
        let service = &service["Properties"];
        let placement = service
            .get("PlacementStrategies")
            .map(|list| items(list).iter());
        let read = Service {
            strategy: strategy(&service["CapacityProviderStrategy"]),
            placement: (placement.into_iter().flatten())
                .map(|item| (text(&item["Type"]), item.get("Field").map(text)))
                .collect(),
        };
        deployed
            .services
            .insert(text(&service["ServiceName"]), read);
    }
    deployed
}

fn read_group(group: &Value, provider: &Value, image: String) -> Group {
    let policy = &group["MixedInstancesPolicy"];
    let distribution = &policy["InstancesDistribution"];
    let provider = &provider["AutoScalingGroupProvider"];
    let scaling = &provider["ManagedScaling"];
    assert!(group.get("DesiredCapacity").is_none());
    Group {
        instance_types: (items(&policy["LaunchTemplate"]["Overrides"]).iter())
            .map(|item| text(&item["InstanceType"]))
            .collect(),
        on_demand_base: number(&distribution["OnDemandBaseCapacity"]),
        on_demand_percent: number(&distribution["OnDemandPercentageAboveBaseCapacity"]),
        sizes: (number(&group["MinSize"]), number(&group["MaxSize"])),
        image,
        scaling: (
            text(&scaling["Status"]),
            number(&scaling["TargetCapacity"]),
            number(&scaling["MinimumScalingStepSize"]),
            number(&scaling["MaximumScalingStepSize"]),
            number(&scaling["InstanceWarmupPeriod"]),
        ),
        termination_protection: text(&provider["ManagedTerminationProtection"]),
        protected_from_scale_in: group["NewInstancesProtectedFromScaleIn"] == true,
        managed_tag: group["Tags"][0]["Key"] == "AmazonECSManaged",
    }
}

fn from_yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The template without its notes, which YAML has as comments; they must be there.
fn without_notes(mut template: Value, settings: &Settings) -> Value {
    let metadata = (template.as_object_mut()).and_then(|all| all.shift_remove("Metadata"));
    let notes = metadata.expect("metadata")["Notes"].clone();
    assert_eq!(notes, Value::from(settings.notes.clone()));
    template
}

#[test]
fn templates_say_what_the_plan_says() {
    for seed in 0..PLANS {
        let plan = plan(seed);
        let settings = exported(&plan);
        let template: Value = serde_json::from_str(&cloudformation_json(&settings)).expect("JSON");
        assert_eq!(read(&template), wanted(&plan, &settings), "seed {seed}");
        assert_eq!(
            from_yaml(&cloudformation_yaml(&settings)),
            without_notes(template.clone(), &settings),
            "seed {seed}"
        );
    }
}

#[test]
fn hostile_names_stay_in_their_place() {
    for seed in 0..PLANS {
        let plan = hostile_plan(seed);
        let settings = exported(&plan);
        let template: Value = serde_json::from_str(&cloudformation_json(&settings)).expect("JSON");
        assert_eq!(read(&template), wanted(&plan, &settings), "seed {seed}");
        assert_eq!(
            from_yaml(&cloudformation_yaml(&settings)),
            without_notes(template.clone(), &settings),
            "seed {seed}"
        );
        let resources = template["Resources"].as_object().expect("resources");
        let expected =
            settings.templates.len() + 2 * settings.groups.len() + 1 + settings.services.len();
        assert_eq!(resources.len(), expected, "seed {seed}");
    }
}

/// Nothing in a template is substituted but what the exporter put there.
#[test]
fn no_text_of_a_plan_is_a_function() {
    let template = cloudformation_json(&exported(&hostile_plan(3)));
    let template: Value = serde_json::from_str(&template).expect("JSON");
    let mut functions = BTreeMap::<String, usize>::new();
    collect(&template, &mut functions);
    let known: Vec<&str> = functions.keys().map(String::as_str).collect();
    assert!(
        known
            .iter()
            .all(|key| ["Fn::Base64", "Fn::GetAtt", "Fn::Join"].contains(key)),
        "{known:?}"
    );
}

fn collect(value: &Value, functions: &mut BTreeMap<String, usize>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, functions)),
        Value::Object(entries) => {
            for (key, value) in entries {
                if key.starts_with("Fn::") {
                    *functions.entry(key.clone()).or_default() += 1;
                }
                collect(value, functions);
            }
        }
        _ => {}
    }
}
