//! Standalone tasks.

use serde_json::{Value, json};

use super::{cluster, file, import, problems};
use crate::domain::placement::PlacementConstraint;
use crate::domain::quantity::{CpuUnits, MemoryMib};
use crate::domain::service::TaskOwner;

/// A file with one service, one task definition and these standalone tasks.
fn with(tasks: &Value) -> Value {
    json!({
        "taskDefinitions": [{"family": "batch", "revision": 3, "cpu": 512, "memory": 1024}],
        "services": [{"serviceName": "web", "desiredCount": 1, "cpu": 1, "memory": 9}],
        "standaloneTasks": tasks})
}

#[test]
fn a_request_of_run_task_becomes_tasks_named_after_their_group() {
    let services = cluster(&with(&json!([
        {"taskDefinition": "batch:3", "count": 4, "launchType": "EC2", "onDemandBase": 1,
         "spotMaxShare": 0.5, "placementConstraints": [{"type": "distinctInstance"}],
         "placementStrategy": [{"type": "binpack", "field": "cpu"}], "startedBy": "cron", "tags": [],
         "networkConfiguration": {}, "overrides": {}, "propagateTags": "NONE", "referenceId": "r",
         "clientToken": "t", "cluster": "prod", "capacityProviderStrategy": [],
         "enableECSManagedTags": true, "enableExecuteCommand": false, "platformVersion": "LATEST"},
        {"group": "nightly", "cpu": 256, "memory": 512, "networkMode": "host", "hostPorts": [80],
         "volumeConfigurations": [{"name": "v", "managedEBSVolume": {}}]}])))
    .services;
    let names: Vec<_> = services.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["family:batch", "nightly", "web"]);
    let [batch, nightly, web] = &services[..] else {
        panic!("three")
    };
    assert!(batch.is_standalone() && nightly.is_standalone() && !web.is_standalone());
    assert_eq!((batch.desired_count, nightly.desired_count), (4, 1));
    assert_eq!(batch.task.cpu, CpuUnits::new(512));
    assert_eq!(batch.task.name, "batch:3");
    assert_eq!(
        batch.placement_constraints,
        [PlacementConstraint::DistinctInstance]
    );
    assert_eq!(batch.policy.on_demand_base, Some(1));
    assert_eq!(batch.deployment_surge(4), 0);
    assert_eq!(nightly.task.ebs_volumes, 1);
    assert_eq!(nightly.task_group(), "nightly");
}

#[test]
fn entries_of_one_group_are_numbered_from_the_second_on() {
    let services = cluster(&with(&json!([
        {"taskDefinition": "batch", "group": "g"}, {"taskDefinition": "batch"},
        {"taskDefinition": "batch", "group": "g"}, {"taskDefinition": "batch", "group": "g"},
        {"taskDefinition": "arn:aws:ecs:us-east-1:123456789012:task-definition/batch:3"}])))
    .services;
    let names: Vec<_> = services.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(
        names,
        ["family:batch", "family:batch#2", "g", "g#2", "g#3", "web"]
    );
    let owner = TaskOwner::Standalone {
        group: "g".to_owned(),
    };
    assert_eq!(services[4].owner, owner);
}

#[test]
fn wrong_standalone_tasks_are_errors_at_their_place() {
    let at = "standaloneTasks[0]";
    for (task, expected) in [
        (
            json!({"taskDefinition": "batch", "group": "web"}),
            format!("E1305 {at}.group"),
        ),
        (json!({"cpu": 1, "memory": 9}), format!("E1105 {at}")),
        (
            json!({"taskDefinition": "batch", "schedulingStrategy": "DAEMON"}),
            format!("E1103 {at}.schedulingStrategy"),
        ),
        (
            json!({"taskDefinition": "batch", "desiredCount": 2}),
            format!("E1103 {at}.desiredCount"),
        ),
        (
            json!({"taskDefinition": "batch", "count": -1}),
            format!("E1106 {at}.count"),
        ),
        (
            json!({"taskDefinition": "btach"}),
            format!("E1302 {at}.taskDefinition"),
        ),
        (
            json!({"taskDefinition": ""}),
            format!("E1106 {at}.taskDefinition"),
        ),
        (
            json!({"taskDefinition": "batch", "cpu": 5}),
            format!("E1303 {at}.cpu"),
        ),
        (
            json!({"group": "g", "memory": 5, "cpu": 5, "networkMode": "awsvpc", "launchType": "EXTERNAL"}),
            format!("E1306 {at}.networkMode"),
        ),
        (json!(7), format!("E1104 {at}")),
    ] {
        assert_eq!(problems(&with(&json!([task]))), [expected], "{task}");
    }
    let taken = json!([{"taskDefinition": "batch", "group": "g"}, {"taskDefinition": "batch", "group": "g#2"},
        {"taskDefinition": "batch", "group": "g"}]);
    assert_eq!(problems(&with(&taken)), ["E1305 standaloneTasks[2].group"]);
}

#[test]
fn overrides_of_the_whole_task_count_and_those_of_containers_are_warned_of() {
    let tasks = json!([{"taskDefinition": "batch", "overrides": {"cpu": "1 vCPU", "memory": "2048",
        "ephemeralStorage": {"sizeInGiB": 50},
        "containerOverrides": [{"name": "a", "command": ["x"]}, {"name": "b", "memory": 5}]}}]);
    let imported = import(&file(&with(&tasks))).expect("read");
    let task = &imported.cluster.services[0].task;
    assert_eq!(task.cpu, CpuUnits::new(1024));
    assert_eq!(task.memory, MemoryMib::new(2048));
    assert_eq!(task.ephemeral_storage_gib, Some(50));
    let warned: Vec<_> = imported.warnings.iter().map(|w| w.place.as_str()).collect();
    assert_eq!(
        warned,
        ["standaloneTasks[0].overrides.containerOverrides[1].memory"]
    );
}

#[test]
fn external_services_and_tasks_are_read() {
    let services = cluster(&json!({
        "taskDefinitions": [{"family": "t", "cpu": 1, "memory": 9, "requiresCompatibilities": ["EXTERNAL"]}],
        "services": [
            {"serviceName": "a", "desiredCount": 1, "cpu": 1, "memory": 9, "launchType": "EXTERNAL"},
            {"serviceName": "b", "desiredCount": 1, "taskDefinition": "t"}],
        "standaloneTasks": [{"taskDefinition": "t"}]}))
    .services;
    assert_eq!(services.len(), 3);
    assert!(
        services
            .iter()
            .all(crate::domain::service::Service::is_external)
    );
    let awsvpc = json!({
        "taskDefinitions": [{"family": "t", "cpu": 1, "memory": 9, "networkMode": "awsvpc"}],
        "services": [{"serviceName": "a", "desiredCount": 1, "taskDefinition": "t", "launchType": "EXTERNAL"}]});
    assert_eq!(problems(&awsvpc), ["E1306 services[0].taskDefinition"]);
}
