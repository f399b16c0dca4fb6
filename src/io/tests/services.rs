//! Services, groups and container instances.

use serde_json::json;

use super::{cluster, import, problems, service_problems};
use crate::domain::quantity::{GpuCount, MemoryMib};

#[test]
fn counts_must_be_whole_rising_and_sensible() {
    for (extra, expected) in [
        (
            json!({"desiredCount": -1}),
            "E1106 services[0].desiredCount",
        ),
        (
            json!({"desiredCount": 1.5}),
            "E1104 services[0].desiredCount",
        ),
        (
            json!({"desiredCount": 10_000_001}),
            "E1106 services[0].desiredCount",
        ),
        (json!({"desiredCount": null}), "E1105 services[0]"),
        (json!({"minCount": 5}), "E1304 services[0].minCount"),
        (json!({"maxCount": 3}), "E1304 services[0].maxCount"),
        (
            json!({"spotMaxShare": 1.1}),
            "E1106 services[0].spotMaxShare",
        ),
        (json!({"taskDefinition": "t"}), "E1303 services[0].cpu"),
        (json!({"memory": "1 TB"}), "E1108 services[0].memory"),
        (json!({"gpu": 0.5}), "E1204 services[0].gpu"),
        (
            json!({"hostPorts": [2375]}),
            "E1207 services[0].hostPorts[0]",
        ),
        (
            json!({"architectures": []}),
            "E1106 services[0].architectures",
        ),
        (
            json!({"launchType": "EXTERNAL"}),
            "E1905 services[0].launchType",
        ),
        (
            json!({"volumeConfigurations": [{"name": "v", "managedEBSVolume": {}}]}),
            "E1902 services[0].volumeConfigurations[0].managedEBSVolume",
        ),
        (json!({"colour": "red"}), "E1103 services[0].colour"),
        (
            json!({"schedulingStrategy": "DEAMON"}),
            "E1107 services[0].schedulingStrategy",
        ),
        (
            json!({"placementStrategy": [{"type": "binpack", "field": "disk"}]}),
            "E1107 services[0].placementStrategy[0].field",
        ),
        (
            json!({"placementConstraints": [{"type": "memberOf"}]}),
            "E1105 services[0].placementConstraints[0]",
        ),
        (
            json!({"placementConstraints": [{"type": "memberOf", "expression": "attribute:a = b"}]}),
            "E1402 services[0].placementConstraints[0].expression",
        ),
        (
            json!({"placementConstraints": [{"type": "memberOf", "expression": "task:group == a"}]}),
            "E1903 services[0].placementConstraints[0].expression",
        ),
        (
            json!({"placementConstraints": [{"type": "memberOf", "expression": "runningTasksCount == 1"}]}),
            "E1403 services[0].placementConstraints[0].expression",
        ),
    ] {
        assert_eq!(service_problems(&extra), [expected], "{extra}");
    }
}

#[test]
fn daemons_need_no_count_and_inline_sizes_take_every_key() {
    let sections = json!({"services": [
        {"serviceName": "b", "schedulingStrategy": "DAEMON", "desiredCount": 7, "cpu": 1, "memory": 9},
        {"serviceName": "a", "desiredCount": 2, "cpu": "1 vCPU", "memory": "2 GB", "gpu": 1,
         "networkMode": "host", "hostPorts": ["53/udp", 80], "architectures": ["X86_64", "ARM64"],
         "placementConstraints": [{"type": "distinctInstance"}]}]});
    let services = cluster(&sections).services;
    assert!(services[0].is_distinct_instance());
    assert_eq!(services[0].task.architectures.len(), 2);
    assert_eq!(services[0].task.gpus, GpuCount::new(1));
    assert_eq!(services[0].task.host_ports[1].to_string(), "80/tcp");
    assert!(services[1].is_daemon());
    assert_eq!(services[1].desired_count, 0);
}

#[test]
fn names_are_given_once_and_keys_too() {
    let service = json!({"serviceName": "s", "desiredCount": 1, "cpu": 1, "memory": 9});
    assert_eq!(
        problems(&json!({"services": [service, service]})),
        ["E1301 services[1].serviceName"]
    );
    let definition = json!({"family": "t", "revision": 1, "cpu": 1, "memory": 9});
    assert_eq!(
        problems(&json!({"taskDefinitions": [definition, definition]})),
        ["E1205 taskDefinitions[1]"]
    );
    let twice = r#"{"version": 1, "region": "r", "services": [], "services": []}"#;
    let findings = import(twice).expect_err("a key twice").findings;
    assert_eq!((findings[0].code, findings[0].column), ("E1002", Some(47)));
}

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
    assert_eq!(cluster.groups[0].instance_types, ["m6g.large", "m7g.large"]);
    assert_eq!(cluster.groups[0].attributes.get("stack"), Some(Some("web")));
    assert_eq!(cluster.groups[0].attributes.get("gpu"), Some(None));
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
