//! Groups and container instances.

use serde_json::{Value, json};

use super::{cluster, problems};

use crate::domain::capacity::Capacity;
use crate::domain::quantity::{CpuUnits, GpuCount, MemoryMib};

#[test]
fn groups_and_container_instances_are_read_as_the_apis_print_them() {
    let cluster = cluster(&json!({
        "autoScalingGroups": {"AutoScalingGroups": [{"AutoScalingGroupName": "web",
            "MixedInstancesPolicy": {"LaunchTemplate": {"Overrides":
                [{"InstanceType": "m7g.large"}, {"InstanceType": "m6g.large"}]}},
            "Instances": [{"InstanceId": "i-1", "InstanceType": "m7g.large"}],
            "attributes": {"stack": "web", "gpu": null}}]},
        "containerInstances": [{"containerInstanceArn": "arn:x", "status": "ACTIVE",
            "capacityProviderName": "web", "registeredResources": [
                {"name": "CPU", "integerValue": 2048}, {"name": "MEMORY", "integerValue": 7600},
                {"name": "GPU", "stringSetValue": ["GPU-1"]}, {"name": "PORTS", "stringSetValue": ["22"]}],
            "attributes": [{"name": "ecs.instance-type", "value": "m7g.large"},
                {"name": "ecs.availability-zone", "value": "us-east-1a"}, {"name": "flag"}]},
            {"ec2InstanceId": "i-2", "instanceType": "t3.small", "status": "DRAINING"}]}));
    assert_eq!(
        cluster.deployed.groups[0].instance_types,
        ["m6g.large", "m7g.large"]
    );
    assert_eq!(
        cluster.deployed.groups[0].attributes.get("stack"),
        Some(Some("web"))
    );
    assert_eq!(cluster.deployed.groups[0].attributes.get("gpu"), Some(None));
    let [first, second] = &cluster.container_instances[..] else {
        panic!("two instances")
    };
    assert_eq!(first.instance_type, "m7g.large");
    assert_eq!(first.availability_zone.as_deref(), Some("us-east-1a"));
    assert_eq!(first.registered.memory, Some(MemoryMib::new(7600)));
    assert_eq!(first.registered.gpus, Some(GpuCount::new(1)));
    assert_eq!(first.attributes.get("flag"), Some(None));
    assert!(first.active && !second.active);
    let unknown = json!({"containerInstances": [{"ec2InstanceId": "i-1"}]});
    assert_eq!(problems(&unknown), ["E1601 containerInstances[0]"]);
    let mistyped = json!({"autoScalingGroups":
        [{"AutoScalingGroupName": "web", "NewApiField": 1, "atributes": {}}]});
    assert_eq!(
        problems(&mistyped),
        ["E1103 autoScalingGroups[0].atributes"]
    );
}

#[test]
fn what_an_instance_shows_of_gpus_ports_and_its_trunk_counts() {
    let instance = |id: &str, attributes: Value, resources: Value| {
        json!({"ec2InstanceId": id, "instanceType": "g5.xlarge", "attributes": attributes,
            "registeredResources": resources})
    };
    let amounts =
        json!([{"name": "CPU", "integerValue": 4096}, {"name": "MEMORY", "integerValue": 15000}]);
    let capability = json!([{"name": "ecs.capability.task-eni"}]);
    let trunk = json!([{"name": "ecs.awsvpc-trunk-id", "value": "eni-1"}]);
    let cluster = cluster(&json!({"containerInstances": [
        instance("i-1", capability, amounts), instance("i-2", trunk, json!([])),
        instance("i-3", json!([]), json!([{"name": "PORTS_UDP", "stringSetValue": ["53"]}]))]}));
    let [plain, trunked, silent] = &cluster.container_instances[..] else {
        panic!("three instances")
    };
    // Resources without a GPU are no GPU; no resources say nothing.
    assert_eq!(plain.registered.gpus, Some(GpuCount::ZERO));
    assert_eq!(trunked.registered.gpus, None);
    // What the agent shows of itself wins over the policy; an instance that shows nothing follows it.
    assert!(!plain.has_trunk(true) && trunked.has_trunk(false));
    assert!(silent.has_trunk(true) && !silent.has_trunk(false));
    // The usual six ports, and the one of UDP.
    assert_eq!(trunked.reserved_ports.left_for_tasks(), 94);
    assert_eq!(silent.reserved_ports.left_for_tasks(), 93);
}

#[test]
fn tasks_that_the_file_does_not_have_are_said() {
    let resources = |cpu: i64, memory: i64| json!([{"name": "CPU", "integerValue": cpu}, {"name": "MEMORY", "integerValue": memory}]);
    let warned = |remaining: Value| {
        let sections = json!({"containerInstances": [{"ec2InstanceId": "i-1", "instanceType": "m5.large",
            "registeredResources": resources(2048, 7680), "remainingResources": remaining}],
            "services": [{"serviceName": "s", "desiredCount": 2, "cpu": 256, "memory": 512}]});
        let imported = super::import(&super::file(&sections)).expect("readable");
        imported
            .warnings
            .iter()
            .any(|warning| warning.code == "W2015")
    };
    assert!(!warned(resources(2048 - 512, 7680 - 1024)));
    assert!(warned(resources(2048 - 512, 7680 - 1025)));
    assert!(warned(resources(2048 - 513, 7680 - 1024)));
    assert!(!warned(json!([])));
    // ECS gives amounts below 0 where more is in use than is registered.
    assert!(warned(resources(-128, 7680)));
    assert!(!warned(resources(2048 - 512, 7680 - 1024)));
}

#[test]
fn a_state_that_no_instance_can_be_in_is_an_error() {
    let file = json!({"containerInstances": [
        {"ec2InstanceId": "i-1", "instanceType": "m7g.large", "status": "active"}]});
    assert_eq!(problems(&file), ["E1107 containerInstances[0].status"]);
}

/// A reply about an instance from outside AWS, without the resources named.
fn external(without: &[&str]) -> Value {
    let resources: Vec<_> = [("CPU", 4096), ("MEMORY", 15_000)]
        .into_iter()
        .filter(|(name, _)| !without.contains(name))
        .map(|(name, amount)| json!({"name": name, "type": "INTEGER", "integerValue": amount}))
        .collect();
    json!({"containerInstanceArn": "arn:x", "ec2InstanceId": "mi-1", "status": "ACTIVE",
        "registeredResources": resources,
        "attributes": [{"name": "ecs.capability.external", "value": null}]})
}

#[test]
fn an_instance_from_outside_aws_needs_no_type_but_its_resources() {
    let read = cluster(&json!({"containerInstances": [external(&[])]}));
    let instance = &read.container_instances[0];
    assert!(instance.is_external());
    assert_eq!(instance.instance_type, "EXTERNAL");
    assert_eq!(instance.registered.cpu, Some(CpuUnits::new(4096)));
    let mut typed = external(&[]);
    typed["instanceType"] = json!("nuc");
    let read = cluster(&json!({"containerInstances": [typed]}));
    assert_eq!(read.container_instances[0].instance_type, "nuc");
    for without in [&["CPU"][..], &["MEMORY"], &["CPU", "MEMORY"]] {
        assert_eq!(
            problems(&json!({"containerInstances": [external(without)]})),
            ["E1604 containerInstances[0]"]
        );
    }
}

/// How the only instance was bought, given the distribution of the group behind it.
fn bought(distribution: &Value, instance: &Value) -> Capacity {
    let arn = "arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:0:autoScalingGroupName/web-asg";
    let mut item = json!({"containerInstanceArn": "arn:x", "instanceType": "m7g.large"});
    for (key, value) in instance.as_object().expect("an object") {
        item[key] = value.clone();
    }
    let sections = json!({
        "autoScalingGroups": [{"AutoScalingGroupName": "web-asg",
            "MixedInstancesPolicy": {"InstancesDistribution": distribution},
            "Instances": [{"InstanceId": "i-1", "InstanceType": "m7g.large"}]}],
        "capacityProviders": {"capacityProviders": [
            {"name": "FARGATE", "status": "ACTIVE"},
            {"name": "web", "autoScalingGroupProvider": {"autoScalingGroupArn": arn}}]},
        "containerInstances": [item]});
    cluster(&sections).container_instances[0].purchase_option
}

#[test]
fn how_an_instance_was_bought_follows_from_the_group_behind_its_provider() {
    use Capacity::{OnDemand, Spot};
    let instance = json!({"capacityProviderName": "web"});
    for (distribution, expected) in [
        (json!({"OnDemandPercentageAboveBaseCapacity": 0}), Spot),
        (
            json!({"OnDemandBaseCapacity": 0, "OnDemandPercentageAboveBaseCapacity": 0}),
            Spot,
        ),
        (
            json!({"OnDemandBaseCapacity": 1, "OnDemandPercentageAboveBaseCapacity": 0}),
            OnDemand,
        ),
        (json!({"OnDemandPercentageAboveBaseCapacity": 50}), OnDemand),
        (json!({"OnDemandBaseCapacity": 0}), OnDemand),
        (json!({}), OnDemand),
    ] {
        assert_eq!(bought(&distribution, &instance), expected, "{distribution}");
    }
}

#[test]
fn an_instance_may_say_itself_how_it_was_bought_or_its_group_lists_it() {
    use Capacity::{OnDemand, Spot};
    let spot = json!({"OnDemandPercentageAboveBaseCapacity": 0});
    for (instance, expected) in [
        (json!({"ec2InstanceId": "i-1"}), Spot),
        (json!({"ec2InstanceId": "i-2"}), OnDemand),
        (json!({"capacityProviderName": "other"}), OnDemand),
        (
            json!({"capacityProviderName": "web", "purchaseOption": "on-demand"}),
            OnDemand,
        ),
    ] {
        assert_eq!(bought(&spot, &instance), expected, "{instance}");
    }
    assert_eq!(bought(&json!({}), &json!({"purchaseOption": "spot"})), Spot);
    let wrong = json!({"containerInstances": [
        {"containerInstanceArn": "arn:x", "instanceType": "m7g.large", "purchaseOption": "sopt"}]});
    assert_eq!(
        problems(&wrong),
        ["E1107 containerInstances[0].purchaseOption"]
    );
}
