//! `--diff`: what an export leaves out because it is deployed already, and what it says of the rest.

use bayplan::diff::{Differences, Subject};
use bayplan::domain::plan::FleetPlan;
use bayplan::domain::settings::Settings;
use bayplan::export::{
    Facts, TerraformStyle, as_csv, as_json, cdk, cli, cloudformation_json, differing, settings,
    summary, terraform_hcl, terraform_json_text,
};
use bayplan::io::{ImportOptions, read_cluster};
use serde_json::{Value, json};

use super::deployed::items;
use super::plans::{PLANS, exported, plan, type_facts};
use super::special_plans::mixed_plan;

/// A cluster file as `describe` calls print a cluster to which these settings were applied.
fn described(settings: &Settings) -> Value {
    let document: Value = serde_json::from_str(&as_json(settings)).expect("JSON");
    let groups = items(&document["groups"]).iter();
    let services = items(&document["services"]).iter().map(|service| {
        json!({"serviceName": service["service"], "serviceArn": "arn:aws:ecs:us-east-1:1:service/prod/x", "desiredCount": 1,
            "cpu": 256, "memory": 512, "capacityProviderStrategy": service["capacityProviderStrategy"],
            "placementStrategy": service.get("placementStrategy").cloned().unwrap_or(json!([]))})
    });
    let mut providers: Vec<Value> = groups
        .clone()
        .map(|group| {
            let mut provider = group["capacityProvider"].clone();
            let name = provider["name"].as_str().expect("a name").to_owned();
            provider["capacityProviderArn"] =
                json!(format!("arn:aws:ecs:us-east-1:1:capacity-provider/{name}"));
            provider
        })
        .collect();
    // The API lists both of Fargate's providers, whether the cluster uses them or not.
    providers.extend([json!({"name": "FARGATE"}), json!({"name": "FARGATE_SPOT"})]);
    json!({"version": 1, "cluster": settings.cluster, "region": settings.region,
        "services": services.collect::<Vec<_>>(), "capacityProviders": providers,
        "autoScalingGroups": groups.map(|group| {
            let mut shown = group["autoScalingGroup"].clone();
            shown["AvailabilityZones"] = group["availabilityZones"].clone();
            shown
        }).collect::<Vec<_>>()})
}

/// What a difference is about, as the summary's headings have it.
fn heading(subject: &Subject) -> String {
    match subject {
        Subject::Group(name) => format!("Auto Scaling group {name}"),
        Subject::Provider(name) => format!("Capacity provider {name}"),
        Subject::Association => "The cluster's capacity providers".to_owned(),
        Subject::Service(name) => format!("Service {name}"),
    }
}

fn compare(plan: &FleetPlan, file: &Value) -> (Settings, Differences) {
    let text = file.to_string();
    let options = ImportOptions::default();
    let cluster = read_cluster(&text, "c.json", &options)
        .expect("a cluster file")
        .cluster;
    let facts = Facts::of_catalogue(&type_facts).with_cluster(&cluster);
    differing(settings(plan, &facts).expect("exportable"), &cluster)
}

#[test]
fn what_was_applied_differs_in_nothing() {
    for plan in (0..PLANS).map(plan).chain([mixed_plan()]) {
        let (only, differences) = compare(&plan, &described(&exported(&plan)));
        assert_eq!(differences, Differences::default());
        assert!(summary(&differences).starts_with("Nothing differs from today.\n"));
        assert!(only.services.is_empty() && only.templates.is_empty() && !only.writes_association);
        assert!(
            only.groups
                .iter()
                .all(|group| !group.writes_group && !group.writes_provider)
        );
    }
}

/// A plan with two groups and a service on both.
fn two_groups() -> FleetPlan {
    (0..10_000)
        .map(plan)
        .find(|plan| {
            plan.instances.len() == 2
                && plan.services.iter().any(|service| {
                    service.capacity_provider_strategy.len() == 2
                        && !service.capacity_provider_strategy[0]
                            .capacity_provider
                            .starts_with("FARGATE")
                })
        })
        .expect("one of them")
}

#[test]
fn each_field_is_seen_and_alone_exported() {
    let plan = two_groups();
    let file = described(&exported(&plan));
    for (pointer, value, what) in [
        (
            "/autoScalingGroups/0/MaxSize",
            json!(9999),
            "Auto Scaling group group-0",
        ),
        (
            "/autoScalingGroups/0/MinSize",
            json!(null),
            "Auto Scaling group group-0",
        ),
        (
            "/autoScalingGroups/0/Tags",
            json!([]),
            "Auto Scaling group group-0",
        ),
        (
            "/autoScalingGroups/0/AvailabilityZones",
            json!(["us-east-1z"]),
            "Auto Scaling group group-0",
        ),
        (
            "/autoScalingGroups/0/NewInstancesProtectedFromScaleIn",
            json!(false),
            "Auto Scaling group group-0",
        ),
        (
            "/autoScalingGroups/0/MixedInstancesPolicy/LaunchTemplate/Overrides",
            json!([{"InstanceType": "t3.micro"}]),
            "Auto Scaling group group-0",
        ),
        (
            "/autoScalingGroups/0/MixedInstancesPolicy/InstancesDistribution/OnDemandBaseCapacity",
            json!(7),
            "Auto Scaling group group-0",
        ),
        (
            "/capacityProviders/1/autoScalingGroupProvider/managedScaling/targetCapacity",
            json!(1),
            "Capacity provider group-1",
        ),
        (
            "/capacityProviders/1/autoScalingGroupProvider/managedDraining",
            json!("DISABLED"),
            "Capacity provider group-1",
        ),
        (
            "/services/0/capacityProviderStrategy",
            json!([]),
            "Service service-0",
        ),
        (
            "/services/0/placementStrategy",
            json!([{"type": "random"}]),
            "Service service-0",
        ),
    ] {
        let mut file = file.clone();
        let before = file
            .pointer(pointer)
            .unwrap_or_else(|| panic!("{pointer}"))
            .clone();
        if pointer.ends_with("Zones") && before == json!([]) {
            continue;
        }
        *file.pointer_mut(pointer).expect("there") = value;
        let (only, differences) = compare(&plan, &file);
        let whats: Vec<String> = differences
            .differences
            .iter()
            .map(|d| heading(&d.subject))
            .collect();
        if what.starts_with("Service") && plan.services[0].service_name != "service-0" {
            continue;
        }
        assert_eq!(whats, [what], "{pointer}\n{}", summary(&differences));
        assert_eq!(only.groups[0].writes_group, what.ends_with("group-0"));
        assert_eq!(only.groups[1].writes_provider, what.ends_with("group-1"));
        assert_eq!(
            only.services.len(),
            usize::from(what.starts_with("Service"))
        );
    }
}

/// Every format of a part: only the part is in it, and it refers to the rest by name.
#[test]
fn every_format_has_the_part_alone() {
    let plan = two_groups();
    let mut file = described(&exported(&plan));
    let scaling = "/capacityProviders/1/autoScalingGroupProvider/managedScaling/targetCapacity";
    *file.pointer_mut(scaling).expect("there") = json!(1);
    let (only, _) = compare(&plan, &file);

    let names: Vec<String> = cli(&only).into_iter().map(|file| file.name).collect();
    assert_eq!(
        names,
        [
            "30-provider-group-1-create.json",
            "30-provider-group-1-update.json",
            "apply.sh"
        ]
    );

    let template: Value = serde_json::from_str(&cloudformation_json(&only)).expect("JSON");
    let resources = template["Resources"].as_object().expect("resources");
    assert_eq!(resources.len(), 1);
    let provider = resources.values().next().expect("one");
    let group = &provider["Properties"]["AutoScalingGroupProvider"]["AutoScalingGroupArn"];
    assert_eq!(group, "group-1");

    for style in [TerraformStyle::Resources, TerraformStyle::Modules] {
        let text = terraform_json_text(&only, style);
        let document: Value = serde_json::from_str(&text).expect("JSON");
        assert!(hcl::from_str::<Value>(&terraform_hcl(&only, style)).is_ok());
        assert_eq!(
            document["data"]["aws_autoscaling_group"]["group_1"]["name"],
            "group-1"
        );
        assert_eq!(
            document["import"].as_array().map(Vec::len),
            Some(match style {
                TerraformStyle::Resources => 1,
                TerraformStyle::Modules => 2,
            })
        );
        assert!(
            !text.contains("aws_autoscaling_group.group_0") && !text.contains("aws_ecs_service")
        );
    }
    let typescript = cdk(&only);
    assert_eq!(typescript.matches("new ecs.Cfn").count(), 1);
    assert!(!typescript.contains("CfnAutoScalingGroup"));
    assert_eq!(as_csv(&only).lines().count(), 2);
    let document: Value = serde_json::from_str(&as_json(&only)).expect("JSON");
    assert_eq!(items(&document["groups"]).len(), 1);
    assert!(document["groups"][0].get("autoScalingGroup").is_none());
}

/// Exports of single parts, for the validators: a group, a provider, a service, the list and the default strategy.
pub fn parts() -> Vec<Settings> {
    let plan = two_groups();
    let file = described(&exported(&plan));
    let change = |pointer: &str, value: Value| {
        let mut file = file.clone();
        *file.pointer_mut(pointer).expect("there") = value;
        compare(&plan, &file).0
    };
    vec![
        change("/autoScalingGroups/0/MaxSize", json!(9999)),
        change(
            "/capacityProviders/1/autoScalingGroupProvider/managedDraining",
            json!("DISABLED"),
        ),
        change("/services/0/capacityProviderStrategy", json!([])),
        change(
            "/capacityProviders/0",
            json!({"name": "other", "autoScalingGroupProvider": {
            "autoScalingGroupArn": "other"}}),
        ),
    ]
}

#[test]
fn the_summary_names_changes_and_what_is_left() {
    let plan = two_groups();
    let mut file = described(&exported(&plan));
    file["autoScalingGroups"][0]["AutoScalingGroupName"] = json!("old");
    file["capacityProviders"][0]["name"] = json!("old");
    file["services"][0]["capacityProviderStrategy"] =
        json!([{"capacityProvider": "old", "weight": 3}]);
    let (_, differences) = compare(&plan, &file);
    insta::assert_snapshot!(summary(&differences));
}
