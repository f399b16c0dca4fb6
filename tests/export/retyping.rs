//! A group that gets other types, carried out by the script against an `aws` that terminates no instance below a smallest size.
#![cfg(unix)]

use std::sync::OnceLock;

use serde_json::{Value, json};

use super::stand_in::{Cluster, billed, bills, exported, list, succeeded, text};

const ACCOUNT: &str = "arn:aws:ecs:us-east-1:123456789012";

/// Two services in one group of a type that the policy no longer allows.
fn cluster() -> Value {
    let service = |name: &str, count: u64| {
        json!({"serviceArn": format!("{ACCOUNT}:service/prod/{name}"), "serviceName": name, "status": "ACTIVE",
            "desiredCount": count, "cpu": 1024, "memory": 2048, "networkMode": "bridge", "schedulingStrategy": "REPLICA",
            "capacityProviderStrategy": [{"capacityProvider": "team", "weight": 1, "base": 0}]})
    };
    let instances = (0..8).map(|index| {
        let id = format!("{index:017x}");
        json!({"containerInstanceArn": format!("{ACCOUNT}:container-instance/prod/{id}"), "ec2InstanceId": format!("i-{id}"),
            "capacityProviderName": "team", "status": "ACTIVE", "agentConnected": true,
            "attributes": [{"name": "ecs.instance-type", "value": "m5.large"}],
            "registeredResources": [{"name": "CPU", "integerValue": 2048}, {"name": "MEMORY", "integerValue": 7680}]})
    });
    json!({"version": 1, "cluster": "prod", "region": "us-east-1", "services": [service("web", 8), service("api", 6)],
        "containerInstances": instances.collect::<Vec<_>>(),
        "capacityProviders": [{"capacityProviderArn": format!("{ACCOUNT}:capacity-provider/team"), "name": "team", "status": "ACTIVE",
            "autoScalingGroupProvider": {
                "autoScalingGroupArn": "arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:1-2:autoScalingGroupName/team-asg",
                "managedScaling": {"status": "ENABLED", "targetCapacity": 100}, "managedTerminationProtection": "DISABLED"}}],
        "autoScalingGroups": [{"AutoScalingGroupName": "team-asg", "MinSize": 0, "MaxSize": 9, "DesiredCapacity": 8,
            "LaunchTemplate": {"LaunchTemplateId": "lt-0abc", "LaunchTemplateName": "team", "Version": "3"}}],
        "policy": {"allowedInstanceTypes": ["m6i.large", "m6i.xlarge"], "maxCapacityProviders": 1}})
}

fn planned() -> Cluster {
    static FILES: OnceLock<Vec<(String, String)>> = OnceLock::new();
    Cluster::new(cluster(), FILES.get_or_init(|| exported(&cluster())))
}

fn types(state: &Value) -> Vec<&str> {
    let instances = list(&state["groups"]["team-asg"]["instances"]);
    instances.iter().map(|it| text(&it["type"])).collect()
}

fn count(plan: &Value) -> usize {
    let rows = list(&plan["instances"]).iter();
    let all: u64 = rows
        .map(|row| row["count"].as_u64().expect("a count"))
        .sum();
    usize::try_from(all).expect("small")
}

#[test]
fn instances_of_the_new_types_take_tasks_before_any_old_one_is_drained() {
    let cluster = planned();
    assert_eq!(cluster.planned_providers(), ["team"]);
    let wanted = count(&cluster.plan);
    // Without leave nothing goes, and nothing is launched for it.
    succeeded(&cluster.apply(""));
    assert_eq!(types(&cluster.state()), ["m5.large"; 8]);

    let said = bills(&succeeded(&cluster.apply("yes")));
    let state = cluster.state();
    let now = types(&state);
    assert_eq!(now.len(), wanted, "{now:?}");
    assert!(now.iter().all(|kind| kind.starts_with("m6i.")), "{now:?}");
    // The last of the old ones was drained when all of the new ones took tasks.
    assert_eq!(state["beside"]["team-asg"], wanted);
    let group = &state["groups"]["team-asg"];
    let provider = &cluster.plan["capacityProviders"][0];
    assert_eq!(group["min"], provider["minSize"]);
    assert_eq!(group["max"], provider["maxSize"]);

    // No more is billed meanwhile than was said before, and in the end the plan's bill.
    let most = said.iter().map(|(_, usd)| *usd).fold(0.0, f64::max);
    let (updates, ends) = (
        billed(&state, "update-auto-scaling-group"),
        billed(&state, "terminate-instance-in-auto-scaling-group"),
    );
    assert_eq!(ends.len(), 8);
    let peak = updates.iter().copied().fold(0.0, f64::max);
    let beside = 8.0 * cluster.price_of("m5.large") + cluster.planned_usd();
    assert!((peak - beside).abs() < 1e-6, "{peak} {beside}");
    let said_before = succeeded(&planned().apply(""));
    let before = bills(&said_before).last().expect("a line").1;
    assert!(peak <= before + 1e-6, "{peak} {before}");
    assert!(most <= before + 1e-6, "{most} {before}");
    assert!((ends.last().expect("the last") - cluster.planned_usd()).abs() < 1e-6);

    // Once more: nothing is launched, drained or ended.
    let calls = |state: &Value| list(&state["log"]).len();
    let (launched, ended) = (state["launched"].clone(), calls(&state));
    succeeded(&cluster.apply("yes"));
    let again = cluster.state();
    assert_eq!(again["launched"], launched);
    let other = (list(&again["log"])[ended..].iter())
        .filter(|entry| entry[0] == "terminate-instance-in-auto-scaling-group");
    assert_eq!(other.count(), 0);
}

#[test]
fn a_run_that_ended_between_launch_and_drain_goes_on_with_what_is_there() {
    let cluster = planned();
    let wanted = count(&cluster.plan);
    // One of the new ones is there already, as managed scaling may have left it.
    let mut state = cluster.state();
    let kind = cluster.plan["instances"][0]["instanceType"].clone();
    let instances = state["groups"]["team-asg"]["instances"].as_array_mut();
    instances.expect("instances").push(
        json!({"id": "i-0123456789abcdef0", "type": kind, "protected": true, "drained": false}),
    );
    cluster.set_state(&state);
    succeeded(&cluster.apply("yes"));
    let state = cluster.state();
    assert_eq!(types(&state).len(), wanted);
    assert_eq!(state["beside"]["team-asg"], wanted);
    assert_eq!(state["launched"], wanted - 1);
}
