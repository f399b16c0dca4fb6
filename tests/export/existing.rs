//! Groups, providers and services that exist keep their names and their launch template, and come under Terraform by import.

use bayplan::domain::deployed::LaunchTemplateReference;
use bayplan::domain::plan::FleetPlan;
use bayplan::domain::settings::{Launch, Settings};
use bayplan::export::{
    Facts, TerraformStyle, as_json, cdk, cli, cloudformation_json, settings, terraform_hcl,
    terraform_json_text,
};
use bayplan::io::{ImportOptions, read_cluster};
use serde_json::{Value, json};

use super::plans::{plan, type_facts};

const ARN: &str = "arn:aws:ecs:us-east-1:123456789012:capacity-provider/group-0";

fn cluster_file() -> Value {
    json!({"version": 1, "cluster": "prod", "region": "us-east-1",
        "services": [{"serviceName": "service-0", "serviceArn": "arn:aws:ecs:us-east-1:1:service/prod/service-0",
            "desiredCount": 3, "cpu": 256, "memory": 512,
            "deploymentConfiguration": {"minimumHealthyPercent": 50, "maximumPercent": 150},
            "placementConstraints": [{"type": "distinctInstance"},
                {"type": "memberOf", "expression": "attribute:ecs.instance-type =~ m7i.*"}]}],
        "capacityProviders": [{"name": "group-0", "capacityProviderArn": ARN, "autoScalingGroupProvider":
            {"autoScalingGroupArn": "arn:aws:autoscaling:us-east-1:1:autoScalingGroup:u:autoScalingGroupName/web asg"}}],
        "autoScalingGroups": [{"AutoScalingGroupName": "web asg", "MinSize": 1, "MaxSize": 2, "LaunchTemplate":
            {"LaunchTemplateId": "lt-0abc", "Version": "$Latest"}}],
        "policy": {"rootVolumeGib": 100}})
}

/// A plan of two groups, of which one exists, with a service on both.
fn planned() -> FleetPlan {
    (0..10_000)
        .map(plan)
        .find(|plan| {
            let strategy = &plan.services[0].capacity_provider_strategy;
            plan.instances.len() == 2
                && plan.capacity_providers[0].instance_types
                    != plan.capacity_providers[1].instance_types
                && strategy.len() == 2
                && strategy
                    .iter()
                    .all(|item| item.capacity_provider.starts_with("group"))
        })
        .expect("one of them")
}

fn exported(file: &Value) -> Settings {
    let text = file.to_string();
    let cluster = read_cluster(&text, "c.json", &ImportOptions::default())
        .expect("a cluster")
        .cluster;
    let facts = Facts::of_catalogue(&type_facts).with_cluster(&cluster);
    settings(&planned(), &facts).expect("exportable")
}

/// For the validators.
pub fn with_everything_existing() -> Settings {
    exported(&cluster_file())
}

#[test]
fn a_group_keeps_its_name_and_launch_template() {
    let settings = exported(&cluster_file());
    assert_eq!(
        (
            settings.groups[0].name.as_str(),
            settings.groups[0].group.as_str()
        ),
        ("group-0", "web asg")
    );
    let template = LaunchTemplateReference {
        id: Some("lt-0abc".to_owned()),
        name: None,
        version: "$Latest".to_owned(),
    };
    assert_eq!(settings.groups[0].launch, Launch::Existing(template));
    assert_eq!(settings.templates.len(), 1);

    let template: Value = serde_json::from_str(&cloudformation_json(&settings)).expect("JSON");
    let group = &template["Resources"]["GroupGroup0"]["Properties"];
    assert_eq!(group["AutoScalingGroupName"], "web asg");
    for (id, policy) in [
        ("GroupGroup0", json!("Retain")),
        ("ProviderGroup0", json!("Retain")),
        ("GroupGroup1", Value::Null),
    ] {
        assert_eq!(template["Resources"][id]["DeletionPolicy"], policy, "{id}");
    }
    let specification =
        &group["MixedInstancesPolicy"]["LaunchTemplate"]["LaunchTemplateSpecification"];
    assert_eq!(
        specification,
        &json!({"LaunchTemplateId": "lt-0abc", "Version": "$Latest"})
    );
    let data = &template["Resources"];
    let mappings = data
        .as_object()
        .expect("resources")
        .values()
        .find_map(|resource| {
            resource["Properties"]["LaunchTemplateData"].get("BlockDeviceMappings")
        })
        .expect("another root volume than the image's");
    assert_eq!(mappings[0]["Ebs"]["VolumeSize"], 100);

    assert!(cdk(&settings).contains("launchTemplateId: \"lt-0abc\""));
    let document: Value = serde_json::from_str(&as_json(&settings)).expect("JSON");
    assert_eq!(
        document["groups"][0]["capacityProvider"]["autoScalingGroupProvider"]["autoScalingGroupArn"],
        "web asg"
    );
    let files = cli(&settings);
    assert!(
        files
            .iter()
            .any(|file| file.name == "20-group-group-0-create.json")
    );
    assert!(
        files
            .last()
            .expect("the script")
            .text
            .contains("group 'web asg' ")
    );
}

#[test]
fn what_exists_is_imported_into_terraform() {
    let settings = exported(&cluster_file());
    let imports = |style: TerraformStyle| -> Vec<(String, String)> {
        let documents: [Value; 2] = [
            hcl::from_str(&terraform_hcl(&settings, style)).expect("HCL"),
            serde_json::from_str(&terraform_json_text(&settings, style)).expect("JSON"),
        ];
        let [native, json] = documents.map(|document| {
            let blocks = document["import"].as_array().expect("imports").clone();
            let plain = |value: &Value| {
                let text = value.as_str().expect("text");
                text.trim_start_matches("${")
                    .trim_end_matches('}')
                    .to_owned()
            };
            blocks
                .iter()
                .map(|block| (plain(&block["to"]), plain(&block["id"])))
                .collect::<Vec<_>>()
        });
        assert_eq!(native, json);
        json
    };
    let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(to, id)| ((*to).to_owned(), (*id).to_owned()))
            .collect()
    };
    assert_eq!(
        imports(TerraformStyle::Resources),
        pairs(&[
            ("aws_autoscaling_group.group_0", "web asg"),
            ("aws_ecs_capacity_provider.group_0", ARN),
            ("aws_ecs_cluster_capacity_providers.this", "prod"),
            ("aws_ecs_service.service_0", "prod/service-0"),
        ])
    );
    assert_eq!(
        imports(TerraformStyle::Modules),
        pairs(&[
            ("module.group_0.aws_autoscaling_group.idc[0]", "web asg"),
            (
                "module.ecs.aws_ecs_capacity_provider.this[\"group_0\"]",
                ARN
            ),
            ("module.ecs.aws_ecs_cluster.this[0]", "prod"),
            (
                "module.ecs.aws_ecs_cluster_capacity_providers.this[0]",
                "prod"
            ),
            (
                "module.service_service_0.aws_ecs_service.this[0]",
                "prod/service-0"
            ),
        ])
    );
}

/// Without its ARN a provider cannot be imported; the reader is told.
#[test]
fn a_provider_without_arn_is_noted() {
    let mut file = cluster_file();
    file["capacityProviders"][0]
        .as_object_mut()
        .expect("a provider")
        .remove("capacityProviderArn");
    let settings = exported(&file);
    assert!(
        !terraform_hcl(&settings, TerraformStyle::Resources)
            .contains("to = aws_ecs_capacity_provider")
    );
    assert!(
        settings
            .notes
            .iter()
            .any(|note| note.contains("capacityProviderArn"))
    );
}

#[test]
fn modules_take_over_what_resources_made() {
    let document = terraform_json_text(&exported(&cluster_file()), TerraformStyle::Modules);
    let document: Value = serde_json::from_str(&document).expect("JSON");
    let moved = document["moved"].as_array().expect("blocks");
    assert!(
        moved.contains(&json!({"from": "aws_autoscaling_group.group_1",
        "to": "module.group_1.aws_autoscaling_group.idc[0]"}))
    );
    assert!(moved.contains(&json!({"from": "aws_ecs_service.service_0",
        "to": "module.service_service_0.aws_ecs_service.this[0]"})));
}

/// What the cluster file says of a service and the plan does not speak of stays.
#[test]
fn a_service_keeps_its_count_its_rollout_and_its_constraints() {
    let settings = exported(&cluster_file());
    let template: Value = serde_json::from_str(&cloudformation_json(&settings)).expect("JSON");
    let service = &template["Resources"]["ServiceService0"]["Properties"];
    assert_eq!(service["DesiredCount"], 3);
    assert_eq!(
        service["DeploymentConfiguration"],
        json!({"MinimumHealthyPercent": 50, "MaximumPercent": 150})
    );
    assert_eq!(
        service["PlacementConstraints"][1]["Expression"],
        "attribute:ecs.instance-type =~ m7i.*"
    );
    let document: Value =
        serde_json::from_str(&terraform_json_text(&settings, TerraformStyle::Resources))
            .expect("JSON");
    let service = &document["resource"]["aws_ecs_service"]["service_0"];
    assert_eq!(service["deployment_maximum_percent"], 150);
    assert_eq!(
        service["placement_constraints"][0],
        json!({"type": "distinctInstance"})
    );
    let ignored = service["lifecycle"][0]["ignore_changes"]
        .as_array()
        .expect("a list");
    assert!(ignored.contains(&json!("load_balancer")) && service.get("task_definition").is_none());
}

#[test]
fn a_launch_template_that_is_none_is_not_kept() {
    for wrong in [
        json!({"LaunchTemplateId": "lt-${x}", "Version": "1"}),
        json!({"LaunchTemplateId": "lt-1", "Version": "$Newest"}),
        json!({"Version": "1"}),
        json!({"LaunchTemplateName": "bayplan-prod-x86", "Version": "$Latest"}),
    ] {
        let mut file = cluster_file();
        file["autoScalingGroups"][0]["LaunchTemplate"] = wrong;
        assert!(matches!(
            exported(&file).groups[0].launch,
            Launch::Planned(_)
        ));
    }
}

#[test]
fn a_constraint_that_no_attribute_meets_is_refused() {
    let mut file = cluster_file();
    file["services"][0]["placementConstraints"][1]["expression"] =
        json!("attribute:a == '${Token[a.1]}'");
    let text = file.to_string();
    let cluster =
        read_cluster(&text, "c.json", &ImportOptions::default()).expect("an expression it is");
    let facts = Facts::of_catalogue(&type_facts).with_cluster(&cluster.cluster);
    let findings = settings(&planned(), &facts).expect_err("refused");
    assert_eq!(findings.0[0].code, "X12");
}
