//! Answers of AWS about clusters, zones and what groups launch from, as they are and in pages; services that are gone.

use serde_json::{Value, json};

use super::{cluster, file, import, problems};
use crate::domain::capacity::Capacity;
use crate::io::{ImportOptions, read_cluster};

#[test]
fn the_cluster_is_named_by_its_description_in_every_wrapping_and_else_by_its_services() {
    let one = json!({"clusterArn": "arn:aws:ecs:us-east-1:1:cluster/shop", "clusterName": "shop"});
    let other = json!({"clusterArn": "arn:aws:ecs:us-east-1:1:cluster/lab"});
    let answer = json!({"clusters": [one], "failures": []});
    let service = json!({"serviceName": "s", "desiredCount": 1, "cpu": 1, "memory": 1,
        "clusterArn": "arn:aws:ecs:us-east-1:1:cluster/shop"});
    for (key, value) in [
        ("cluster", one.clone()),
        ("cluster", json!({"cluster": one})),
        ("cluster", answer.clone()),
        ("cluster", json!([one])),
        ("clusters", json!([one])),
        ("clusters", json!([answer])),
        ("cluster", json!("arn:aws:ecs:us-east-1:1:cluster/shop")),
        ("services", json!([service])),
    ] {
        let mut sections = json!({"cluster": null});
        sections[key] = value;
        assert_eq!(cluster(&sections).name, "shop", "{sections}");
    }
    let both = json!({"cluster": "lab", "clusters": [one, other]});
    assert_eq!(cluster(&both).name, "lab");
}

#[test]
fn zones_are_read_in_pages() {
    let zone =
        |letter: char| json!({"ZoneName": format!("us-east-1{letter}"), "State": "available"});
    let pages = json!([{"AvailabilityZones": [zone('a')]}, {"AvailabilityZones": [zone('b')]}]);
    let read = cluster(&json!({"availabilityZones": pages})).zones;
    let names: Vec<_> = read
        .iter()
        .filter_map(|zone| zone.name.as_deref())
        .collect();
    assert_eq!(names, ["us-east-1a", "us-east-1b"]);
}

#[test]
fn pages_without_their_answers_are_lists_in_a_list() {
    let service =
        |name: &str| json!({"serviceName": name, "desiredCount": 1, "cpu": 1, "memory": 1});
    let pages = json!({"services": [[service("a")], [service("b"), service("c")]]});
    assert_eq!(cluster(&pages).services.len(), 3);
}

#[test]
fn names_that_are_read_are_errors_in_another_casing() {
    for key in [
        "TaskDefinitions",
        "ContainerInstances",
        "launchtemplates",
        "Scalabletargets",
    ] {
        assert_eq!(problems(&json!({key: []})), [format!("E1103 {key}")]);
    }
    for (sections, place) in [
        (
            json!({"LaunchTemplateVersions": [{"LaunchTemplateData": {"instanceType": "m5.large"}}]}),
            "LaunchTemplateVersions[0].LaunchTemplateData.instanceType",
        ),
        (
            json!({"ScalableTargets": [{"minCapacity": 1}]}),
            "ScalableTargets[0].minCapacity",
        ),
        (
            json!({"AutoScalingGroups": [{"AutoScalingGroupName": "g", "Instances": [{"instanceType": "m5.large"}]}]}),
            "AutoScalingGroups[0].Instances[0].instanceType",
        ),
    ] {
        assert_eq!(problems(&sections), [format!("E1103 {place}")]);
    }
}

#[test]
fn what_a_group_launches_from_gives_type_and_way_of_buying() {
    let version = |data: Value| json!({"LaunchTemplateId": "lt-1", "VersionNumber": 1, "DefaultVersion": true, "LaunchTemplateData": data});
    let by_template = json!({"AutoScalingGroupName": "g", "LaunchTemplate": {"LaunchTemplateId": "lt-1"},
        "Instances": [{"InstanceId": "i-1"}]});
    let by_configuration = json!({"AutoScalingGroupName": "g", "LaunchConfigurationName": "lc",
        "Instances": [{"InstanceId": "i-1"}]});
    let spot = json!({"InstanceType": "m5.large", "InstanceMarketOptions": {"MarketType": "spot"}});
    for (group, launched, percent) in [
        (
            &by_template,
            json!({"LaunchTemplateVersion": version(json!({"InstanceType": "m5.large"}))}),
            100,
        ),
        (
            &by_template,
            json!({"launchTemplates": [{"LaunchTemplateVersion": version(spot)}]}),
            0,
        ),
        (
            &by_configuration,
            json!({"LaunchConfigurations": [{"LaunchConfigurationName": "lc", "InstanceType": "m5.large"}]}),
            100,
        ),
        (
            &by_configuration,
            json!({"LaunchConfigurations": [{"LaunchConfigurationName": "lc", "InstanceType": "m5.large",
                "SpotPrice": "0.05"}]}),
            0,
        ),
    ] {
        let mut sections = launched;
        sections["AutoScalingGroups"] = json!([group]);
        sections["containerInstances"] =
            json!([{"ec2InstanceId": "i-1", "instanceType": "m5.large"}]);
        let read = cluster(&sections);
        let group = &read.deployed.groups[0];
        assert_eq!(group.instance_types, ["m5.large"], "{sections}");
        assert_eq!(group.on_demand_percent, percent, "{sections}");
        let bought = if percent == 0 {
            Capacity::Spot
        } else {
            Capacity::OnDemand
        };
        assert_eq!(
            read.container_instances[0].purchase_option, bought,
            "{sections}"
        );
    }
}

#[test]
fn a_service_that_was_deleted_is_not_planned() {
    let service = |status: &str| json!({"serviceName": "s", "status": status, "desiredCount": 2, "cpu": 1, "memory": 1});
    let sections = json!({"services": [service("INACTIVE"), service("ACTIVE")]});
    let imported = import(&file(&sections)).expect("readable");
    assert_eq!(imported.cluster.services.len(), 1);
    let said =
        (imported.warnings.iter()).any(|w| w.code == "W2017" && w.place == "services[0].status");
    assert!(said, "{:?}", imported.warnings);
}

#[test]
fn another_market_than_spot_is_said_once_and_taken_as_on_demand() {
    let version = json!({"LaunchTemplateName": "lt", "VersionNumber": 1, "DefaultVersion": true,
        "LaunchTemplateData": {"InstanceType": "p5.48xlarge", "InstanceMarketOptions": {"MarketType": "capacity-block"}}});
    let group =
        json!({"AutoScalingGroupName": "g", "LaunchTemplate": {"LaunchTemplateName": "lt"}});
    let file = json!({"version": 1, "region": "us-east-1", "services": [],
        "LaunchTemplateVersions": [version], "autoScalingGroups": [group]});
    let imported = read_cluster(&file.to_string(), "c.json", &ImportOptions::default());
    let imported = imported.expect("a cluster");
    let said: Vec<&str> = (imported.warnings.iter())
        .filter(|warning| warning.code == "W2018")
        .map(|warning| warning.cause.as_str())
        .collect();
    assert_eq!(
        said,
        ["instances of the market `capacity-block` are taken as On-Demand"]
    );
    assert_eq!(imported.cluster.deployed.groups[0].on_demand_percent, 100);
}

#[test]
fn the_region_is_that_of_the_arns_where_they_agree_and_no_other_is_given() {
    let arn = |region: &str| format!("arn:aws:ecs:{region}:1:service/shop/s");
    let file = |arns: &[String]| {
        let services = arns.iter().enumerate().map(|(number, arn)| {
            json!({"serviceName": format!("s{number}"), "serviceArn": arn, "desiredCount": 1, "cpu": 1, "memory": 1})
        });
        json!({"version": 1, "services": services.collect::<Vec<Value>>()})
    };
    let read = |file: &Value, options: &ImportOptions| {
        read_cluster(&file.to_string(), "c.json", options).map(|imported| imported.cluster.region)
    };
    let options = ImportOptions::default();
    let one = file(&[arn("eu-west-1"), arn("eu-west-1")]);
    assert_eq!(read(&one, &options).expect("a Region"), "eu-west-1");
    let of_flag = ImportOptions {
        region: Some("us-east-2".to_owned()),
        ..ImportOptions::default()
    };
    assert_eq!(read(&one, &of_flag).expect("the flag's"), "us-east-2");
    let mut stated = one;
    stated["region"] = json!("us-west-2");
    assert_eq!(read(&stated, &options).expect("the file's"), "us-west-2");
    let several = read(&file(&[arn("eu-west-1"), arn("eu-north-1")]), &options);
    let findings = several.expect_err("two Regions").findings;
    assert_eq!(findings[0].code, "E1102");
    assert!(
        findings[0].cause.contains("eu-north-1, eu-west-1"),
        "{}",
        findings[0].cause
    );
    assert!(read(&file(&["s".to_owned()]), &options).is_err());
}

#[test]
fn a_group_that_chooses_its_types_by_attributes_is_said_and_keeps_those_that_are_known() {
    let requirements = json!({"VCpuCount": {"Min": 2}, "MemoryMiB": {"Min": 4096}});
    let overrides = json!({"AutoScalingGroupName": "g", "Instances": [{"InstanceId": "i-1", "InstanceType": "m5.large"}],
        "MixedInstancesPolicy": {"LaunchTemplate": {"Overrides": [{"InstanceRequirements": requirements}]}}});
    let of_template =
        json!({"AutoScalingGroupName": "g", "LaunchTemplate": {"LaunchTemplateName": "lt"}});
    let version = json!({"LaunchTemplateName": "lt", "VersionNumber": 1, "DefaultVersion": true,
        "LaunchTemplateData": {"InstanceRequirements": requirements}});
    for (group, types, place) in [
        (
            overrides,
            vec!["m5.large"],
            "autoScalingGroups[0].MixedInstancesPolicy.LaunchTemplate.Overrides[0].InstanceRequirements",
        ),
        (
            of_template,
            Vec::new(),
            "LaunchTemplateVersions[0].LaunchTemplateData.InstanceRequirements",
        ),
    ] {
        let sections = json!({"autoScalingGroups": [group], "LaunchTemplateVersions": [version]});
        let imported = import(&file(&sections)).expect("a cluster");
        let said: Vec<&str> = (imported.warnings.iter())
            .filter(|warning| warning.code == "W2019")
            .map(|warning| warning.place.as_str())
            .collect();
        assert_eq!(said, [place]);
        assert_eq!(imported.cluster.deployed.groups[0].instance_types, types);
    }
}
