//! Services, groups and container instances.

use serde_json::json;

use super::{cluster, file, import, problems, service_problems};
use crate::domain::placement::PlacementConstraint;
use crate::domain::quantity::GpuCount;
use crate::domain::service::{DeploymentStrategy, Service};

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
        (
            json!({"serviceName": "https://shop.example/"}),
            "E1106 services[0].serviceName",
        ),
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
            json!({"launchType": "EXTERNAL", "networkMode": "awsvpc"}),
            "E1306 services[0].networkMode",
        ),
        (
            json!({"schedulingStrategy": "DAEMON", "launchType": "FARGATE"}),
            "E1309 services[0].launchType",
        ),
        (
            json!({"schedulingStrategy": "DAEMON",
                   "capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]}),
            "E1309 services[0].capacityProviderStrategy",
        ),
        (
            json!({"schedulingStrategy": "DAEMON",
                   "placementConstraints": [{"type": "memberOf", "expression": "task:group == service:web"}]}),
            "E1310 services[0].placementConstraints",
        ),
        (
            json!({"deploymentConfiguration": {"strategy": "BLUEGREEN"}}),
            "E1107 services[0].deploymentConfiguration.strategy",
        ),
        (
            json!({"deploymentController": {"type": "CODEDEPLOY"}}),
            "E1107 services[0].deploymentController.type",
        ),
        (
            json!({"serviceConnectConfiguration": {"enabled": "yes"}}),
            "E1104 services[0].serviceConnectConfiguration.enabled",
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
            json!({"placementConstraints": [{"type": "memberOf", "expression": "task:group =~ a"}]}),
            "E1404 services[0].placementConstraints[0].expression",
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

/// One service with these fields beside its size.
fn service_with(extra: &serde_json::Value) -> Service {
    let mut service = json!({"serviceName": "s", "desiredCount": 4, "cpu": 256, "memory": 512});
    for (key, value) in extra.as_object().expect("an object") {
        service[key] = value.clone();
    }
    cluster(&json!({"services": [service]})).services.remove(0)
}

#[test]
fn deployments_that_run_both_versions_in_full_are_told_from_rolling_ones() {
    let strategy = |extra| service_with(&extra).deployment_strategy;
    for word in ["BLUE_GREEN", "LINEAR", "CANARY"] {
        let extra = json!({"deploymentConfiguration": {"strategy": word}});
        assert_eq!(strategy(extra), DeploymentStrategy::BlueGreen, "{word}");
    }
    let controller = |kind: &str| strategy(json!({"deploymentController": {"type": kind}}));
    assert_eq!(controller("CODE_DEPLOY"), DeploymentStrategy::CodeDeploy);
    assert_eq!(controller("EXTERNAL"), DeploymentStrategy::External);
    assert_eq!(controller("ECS"), DeploymentStrategy::Rolling);
    assert_eq!(strategy(json!({})), DeploymentStrategy::Rolling);
}

#[test]
fn a_rollout_may_go_as_far_as_the_api_lets_it() {
    let service =
        service_with(&json!({"deploymentConfiguration": {"maximumPercent": 2_147_483_647}}));
    let limits = service.deployment.expect("given");
    assert_eq!(limits.maximum_percent, 2_147_483_647);
    assert_eq!(limits.minimum_healthy_percent, 100);
    let small = service_with(&json!({"deploymentConfiguration": {"maximumPercent": 130}}));
    assert_eq!(small.deployment_surge(4), 1);
}

#[test]
fn discovery_is_seen_at_the_service_and_at_its_deployments() {
    let discovery = |extra| service_with(&extra).service_discovery;
    let connect = |enabled: bool| json!({"enabled": enabled, "namespace": "n"});
    assert!(discovery(
        json!({"serviceRegistries": [{"registryArn": "arn:r"}]})
    ));
    assert!(discovery(
        json!({"serviceConnectConfiguration": connect(true)})
    ));
    assert!(discovery(
        json!({"deployments": [{"serviceConnectConfiguration": connect(true)}]})
    ));
    assert!(!discovery(json!({"serviceRegistries": []})));
    assert!(!discovery(
        json!({"serviceConnectConfiguration": connect(false)})
    ));
}

#[test]
fn each_volume_attached_to_a_task_counts_once_wherever_it_is_written() {
    let managed = |name: &str| json!({"name": name, "managedEBSVolume": {"sizeInGiB": 10}});
    let requested = service_with(&json!({"volumeConfigurations": [managed("a"), managed("b")]}));
    assert_eq!(requested.task.ebs_volumes, 2);
    let replied = service_with(&json!({"deployments": [
        {"volumeConfigurations": [managed("a")]}, {"volumeConfigurations": [managed("a")]}]}));
    assert_eq!(replied.task.ebs_volumes, 1);
    let other = service_with(&json!({"volumeConfigurations": [{"name": "a"}]}));
    assert_eq!(other.task.ebs_volumes, 0);
    let services = cluster(&json!({
        "taskDefinitions": [{"family": "t", "cpu": 1, "memory": 9, "volumes": [
            {"name": "a", "configuredAtLaunch": true}, {"name": "b", "configuredAtLaunch": true},
            {"name": "c", "configuredAtLaunch": false}, {"name": "d"}]}],
        "services": [
            {"serviceName": "with", "desiredCount": 1, "taskDefinition": "t",
             "volumeConfigurations": [managed("a")]},
            {"serviceName": "without", "desiredCount": 1, "taskDefinition": "t"}]}))
    .services;
    assert_eq!(services[0].task.ebs_volumes, 2);
    assert_eq!(services[1].task.ebs_volumes, 2);
}

#[test]
fn an_expression_becomes_rules_on_attributes_and_rules_on_task_groups() {
    let service = service_with(&json!({"placementConstraints": [{"type": "memberOf",
        "expression": "attribute:stack==web and not(task:group in [service:s, service:a])"}]}));
    let [
        PlacementConstraint::MemberOf(part),
        PlacementConstraint::TaskGroup(rule),
    ] = &service.placement_constraints[..]
    else {
        panic!("{:?}", service.placement_constraints)
    };
    assert_eq!(part.source(), "attribute:stack == web");
    assert_eq!(rule.groups, ["service:a", "service:s"]);
    assert!(!rule.together);
}

#[test]
fn a_task_group_of_which_nothing_is_a_member_is_a_warning_that_suggests() {
    let text = file(&json!({"services": [
        {"serviceName": "web", "desiredCount": 1, "cpu": 1, "memory": 9},
        {"serviceName": "cache", "desiredCount": 1, "cpu": 1, "memory": 9, "placementConstraints":
            [{"type": "memberOf", "expression": "task:group == web"}]}]}));
    let warnings = import(&text).expect("read").warnings;
    assert_eq!(
        (warnings[0].code, warnings[0].place.as_str()),
        ("W2005", "services[1]")
    );
    assert!(warnings[0].remedy.contains("`service:NAME`"));
}

#[test]
fn a_launch_type_that_the_definition_does_not_name_is_said() {
    let warned = |launch_type: &str, named: serde_json::Value| -> Vec<String> {
        let sections = json!({
            "taskDefinitions": [{"family": "t", "cpu": "256", "memory": "512", "networkMode": "awsvpc",
                "requiresCompatibilities": named, "containerDefinitions": [{"name": "c", "image": "i"}]}],
            "services": [{"serviceName": "s", "desiredCount": 1, "taskDefinition": "t", "launchType": launch_type}]});
        let imported = import(&file(&sections)).expect("readable");
        (imported.warnings.iter())
            .filter(|warning| warning.code == "W2034")
            .map(|warning| format!("{}: {}", warning.place, warning.cause))
            .collect()
    };
    for (launch_type, named) in [("FARGATE", "EC2"), ("EC2", "FARGATE")] {
        let said = warned(launch_type, json!([named]));
        let [said] = said.as_slice() else {
            panic!("{said:?}")
        };
        assert!(
            said.starts_with("services[0].launchType: ")
                && said.contains(&format!("names {named} alone")),
            "{said}"
        );
        assert!(warned(launch_type, json!(["EC2", "FARGATE"])).is_empty());
        assert!(warned(launch_type, json!([])).is_empty());
    }
}

#[test]
fn names_that_are_paths_or_blanks_of_templates_are_errors_and_arns_are_cut() {
    let named = |name: &str| json!({"services": [{"serviceName": name, "desiredCount": 1, "cpu": 256, "memory": 512}]});
    for name in ["team-a/api", "{{ service }}", "${SERVICE}", "api-%ENV%"] {
        assert_eq!(
            problems(&named(name)),
            ["E1307 services[0].serviceName"],
            "{name}"
        );
    }
    let arn = "arn:aws:ecs:us-east-1:1:service/prod/api";
    assert_eq!(cluster(&named(arn)).services[0].name, "api");
    let family = json!({"taskDefinitions": [{"family": "{{ app }}-web", "cpu": "256", "memory": "512",
        "containerDefinitions": [{"name": "c", "image": "i"}]}]});
    assert_eq!(problems(&family), ["E1307 taskDefinitions[0].family"]);
}
