//! The script of a cluster that runs, carried out against an `aws` that refuses what AWS refuses.
#![cfg(unix)]

use std::process::Command;
use std::sync::OnceLock;

use serde_json::{Value, json};

use super::stand_in::{Cluster, billed, bills, exported, list, succeeded};

/// Six services on twelve instances in two groups, as `describe` calls print them.
fn cluster() -> Value {
    let service = |name: &str, count: u64, cpu: u64, memory: u64, provider: Option<&str>| {
        let strategy = provider.map_or(
            json!([]),
            |provider| json!([{"capacityProvider": provider, "weight": 1, "base": 0}]),
        );
        json!({"serviceArn": format!("arn:aws:ecs:us-east-1:123456789012:service/prod/{name}"),
            "serviceName": name, "status": "ACTIVE", "desiredCount": count, "cpu": cpu, "memory": memory,
            "networkMode": "bridge", "schedulingStrategy": "REPLICA", "capacityProviderStrategy": strategy,
            "deploymentConfiguration": {"minimumHealthyPercent": 50, "maximumPercent": 200}})
    };
    let mut services = vec![
        service("web", 6, 512, 1024, Some("cp-main")),
        service("api", 4, 1024, 2048, Some("cp-main")),
        service("worker", 4, 512, 2048, Some("cp-main")),
        service("search", 2, 1024, 4096, Some("cp-mem")),
        service("mailer", 2, 256, 512, None),
    ];
    services[0]["minCount"] = json!(4);
    services[0]["maxCount"] = json!(8);
    let mut daemon = service("agent", 12, 64, 128, None);
    daemon["schedulingStrategy"] = json!("DAEMON");
    daemon["deploymentConfiguration"] = json!({"minimumHealthyPercent": 0, "maximumPercent": 100});
    services.push(daemon);
    let instances = (0..12).map(|index| {
        let provider = if index < 9 { "cp-main" } else { "cp-mem" };
        let id = format!("{index:017x}");
        json!({"containerInstanceArn": format!("arn:aws:ecs:us-east-1:123456789012:container-instance/prod/{id}"),
            "ec2InstanceId": format!("i-{id}"), "capacityProviderName": provider, "status": "ACTIVE", "agentConnected": true,
            "attributes": [{"name": "ecs.instance-type", "value": "m5.xlarge"}],
            "registeredResources": [{"name": "CPU", "integerValue": 4096}, {"name": "MEMORY", "integerValue": 15562}]})
    });
    let provider = |name: &str, group: &str| {
        json!({"capacityProviderArn": format!("arn:aws:ecs:us-east-1:123456789012:capacity-provider/{name}"), "name": name,
            "status": "ACTIVE", "autoScalingGroupProvider": {
                "autoScalingGroupArn": format!("arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:1-2:autoScalingGroupName/{group}"),
                "managedScaling": {"status": "ENABLED", "targetCapacity": 100}, "managedTerminationProtection": "DISABLED"}})
    };
    let group = |name: &str, count: u64| {
        json!({"AutoScalingGroupName": name, "MinSize": 0, "MaxSize": 30, "DesiredCapacity": count,
            "LaunchTemplate": {"LaunchTemplateId": "lt-0abc", "LaunchTemplateName": name, "Version": "3"}})
    };
    json!({"version": 1, "cluster": "prod", "region": "us-east-1", "services": services,
        "containerInstances": instances.collect::<Vec<_>>(),
        "capacityProviders": [provider("cp-main", "asg-main"), provider("cp-mem", "asg-mem")],
        "autoScalingGroups": [group("asg-main", 9), group("asg-mem", 3)]})
}

fn planned() -> Cluster {
    static FILES: OnceLock<Vec<(String, String)>> = OnceLock::new();
    Cluster::new(cluster(), FILES.get_or_init(|| exported(&cluster())))
}

#[test]
fn a_cluster_that_runs_is_taken_to_the_plan_in_an_order_that_aws_accepts() {
    let cluster = planned();
    let said = succeeded(&cluster.apply("yes"));
    let state = cluster.state();

    // It ends with the plan's state.
    assert_eq!(
        state["cluster"]["capacityProviders"],
        json!(cluster.planned_providers())
    );
    let groups: Vec<&String> = state["groups"]
        .as_object()
        .expect("groups")
        .keys()
        .collect();
    let mut planned = cluster.planned_providers();
    planned.sort_unstable();
    assert_eq!(groups, planned);
    for service in list(&cluster.plan["services"]) {
        let strategy = &service["capacityProviderStrategy"];
        let name = service["serviceName"].as_str().expect("a name");
        if !list(strategy).is_empty() {
            let items = |value: &Value| {
                list(value)
                    .iter()
                    .map(|item| item["capacityProvider"].clone())
                    .collect::<Vec<_>>()
            };
            assert_eq!(
                items(&state["services"][name]["strategy"]),
                items(strategy),
                "{name}"
            );
        }
    }
    for (provider, types) in state["planned"].as_object().expect("providers") {
        let mut now: Vec<&str> = (list(&state["groups"][provider]["instances"]).iter())
            .map(|instance| instance["type"].as_str().expect("a type"))
            .collect();
        now.sort_unstable();
        let mut types: Vec<&str> = list(types)
            .iter()
            .map(|kind| kind.as_str().expect("a type"))
            .collect();
        types.sort_unstable();
        assert_eq!(now, types, "{provider}");
    }
    assert_eq!(state["targets"], json!({"service/prod/web": [4, 8]}));

    // The bill after each step: what the stand-in bills is at most that, and in the end it is the plan's.
    let said = bills(&said);
    let moving = said
        .iter()
        .filter(|(what, _)| what.ends_with("has moved."))
        .count();
    assert_eq!(moving, 5, "{said:?}");
    let close = |a: f64, b: f64| (a - b).abs() < 1e-6;
    let (first, last) = (said[0].1, said.last().expect("a line").1);
    let lists = billed(&state, "put-cluster-capacity-providers");
    assert!(lists[0] <= first + 1e-6, "{lists:?} {first}");
    let moved: Vec<f64> = billed(&state, "list-service-deployments");
    for (billed, (what, most)) in moved.iter().zip(&said[1..]) {
        assert!(*billed <= most + 1e-6, "{what}: {billed} above {most}");
    }
    assert!(
        close(moved[moving - 1], said[moving].1),
        "{moved:?} {said:?}"
    );
    let ends = billed(&state, "delete-auto-scaling-group");
    assert!(close(*ends.last().expect("a group"), last) && close(last, cluster.planned_usd()));

    let gone: Vec<&(String, f64)> = (said.iter())
        .filter(|(what, _)| what.ends_with("is gone."))
        .collect();
    assert_eq!(gone.len(), ends.len(), "{said:?}");
    for (billed, (what, most)) in ends.iter().zip(gone) {
        assert!(*billed <= most + 1e-6, "{what}: {billed} above {most}");
    }

    // Once more: nothing restarts.
    succeeded(&cluster.apply("yes"));
    let moves = billed(&cluster.state(), "update-service");
    assert_eq!(moves.len(), moving);
}

#[test]
fn deleting_is_the_users_decision() {
    let cluster = planned();
    let said = succeeded(&cluster.apply(""));
    let state = cluster.state();
    assert_eq!(
        state["cluster"]["capacityProviders"],
        json!(cluster.planned_providers())
    );
    assert_eq!(list(&state["groups"]["asg-main"]["instances"]).len(), 9);
    assert!(said.contains("run the script again with RETIRE=yes"));
    succeeded(&cluster.apply("yes"));
    assert!(cluster.state()["groups"]["asg-main"].is_null());
}

#[test]
fn a_deployment_that_is_rolled_back_ends_the_script_before_anything_is_taken_away() {
    let cluster = planned();
    let mut state = cluster.state_of_today();
    state["rollsBack"] = json!("search");
    cluster.set_state(&state);
    let output = cluster.apply("yes");
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        errors.contains("service search: its deployment ended as ROLLBACK_SUCCESSFUL"),
        "{errors}"
    );
    let listed = cluster.state()["cluster"]["capacityProviders"].to_string();
    assert!(listed.contains("cp-main") && listed.contains("cp-mem"));
    // What has gone wrong is mended, and the script goes on where it was.
    let mut state = cluster.state();
    state["rollsBack"] = Value::Null;
    cluster.set_state(&state);
    succeeded(&cluster.apply("yes"));
    assert_eq!(
        cluster.state()["cluster"]["capacityProviders"],
        json!(cluster.planned_providers())
    );
}

/// The list without the old providers before the services have moved, as the export once had it: the stand-in refuses it.
#[test]
fn the_stand_in_refuses_what_aws_refuses() {
    let cluster = planned();
    let run = |arguments: &[&str]| {
        let output = Command::new("python3")
            .arg(cluster.at("bin/aws"))
            .args(arguments)
            .current_dir(cluster.at("deploy"))
            .env("AWS_STAND_IN", cluster.at("state.json"))
            .output()
            .expect("python3 runs");
        (
            output.status.success(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let mut state = cluster.state_of_today();
    for provider in cluster.planned_providers() {
        state["providers"][provider] = json!({"group": "asg-main", "polls": 0});
    }
    cluster.set_state(&state);
    let file = "file://60-cluster-capacity-providers.json";
    let (fine, why) = run(&[
        "ecs",
        "put-cluster-capacity-providers",
        "--cli-input-json",
        file,
    ]);
    assert!(!fine && why.contains("ResourceInUseException"), "{why}");
    let (fine, why) = run(&[
        "ecs",
        "update-service",
        "--cli-input-json",
        "file://50-service-web.json",
    ]);
    assert!(!fine && why.contains("not on the cluster's list"), "{why}");
    let (fine, why) = run(&[
        "ecs",
        "delete-capacity-provider",
        "--capacity-provider",
        "cp-main",
    ]);
    assert!(!fine && why.contains("ResourceInUseException"), "{why}");
}
