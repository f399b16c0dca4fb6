//! Why tasks have no place, and quotas that a plan passes: texts that people read.

use predicates::prelude::*;
use serde_json::{Value, json};

use crate::support::{bayplan, nothing_said, said};
use crate::whole::{Cluster, sections, service, with, zones};

/// The section "Unplaced" of the text for one service and a policy, which is exit code 10.
fn unplaced(services: &Value, more: &Value) -> String {
    let (text, code) = Cluster::new(services, more).text(&[]);
    assert_eq!(code, 10, "{text}");
    sections(&text, &["Unplaced"])
}

fn one(more: &Value) -> Value {
    json!([service("api", 2, 512, 900, more)])
}

fn member_of(expression: &str) -> Value {
    json!({"placementConstraints": [{"type": "memberOf", "expression": expression}]})
}

#[test]
fn one_zone_is_too_few_to_lose_one() {
    let pinned = member_of("attribute:ecs.availability-zone == us-east-1a");
    let policy = json!({"availabilityZones": zones(), "policy": {"surviveZoneLoss": true}});
    insta::assert_snapshot!(unplaced(&one(&pinned), &policy));
}

#[test]
fn a_service_bound_to_fargate_needs_it_allowed() {
    let bound = json!({"launchType": "FARGATE", "networkMode": "awsvpc"});
    insta::assert_snapshot!(unplaced(&one(&bound), &json!({})));
}

#[test]
fn what_fits_no_instance_and_could_run_on_fargate_is_told_so() {
    let awsvpc = json!({"networkMode": "awsvpc"});
    let policy = json!({"policy": {"allowedInstanceTypes": ["m6g.large"]}});
    insta::assert_snapshot!(unplaced(&one(&awsvpc), &policy));
}

#[test]
fn fargate_alone_does_not_take_every_service() {
    let policy = json!({"policy": {"fargate": "only"}});
    let distinct = json!({"placementConstraints": [{"type": "distinctInstance"}], "gpu": 1});
    insta::assert_snapshot!(unplaced(&one(&distinct), &policy));
}

#[test]
fn external_services_need_instances_from_outside() {
    let external = json!({"launchType": "EXTERNAL"});
    insta::assert_snapshot!(unplaced(&one(&external), &json!({})));
}

#[test]
fn an_affinity_to_a_group_that_is_not_there_has_no_place() {
    let lonely = member_of("task:group == service:cache");
    let types = json!({"policy": {"allowedInstanceTypes": ["m6i.large"]}});
    let text = unplaced(&one(&lonely), &types);
    assert!(
        text.contains(
            "nearest miss: m6i.large: `task:group == service:cache` can never hold there"
        ),
        "{text}"
    );
}

#[test]
fn more_volumes_than_an_instance_can_attach_have_no_place() {
    let volume = |n: u64| json!({"name": format!("v{n}"), "configuredAtLaunch": true});
    let definition = json!({
        "family": "db", "revision": 1, "cpu": "512", "memory": "900",
        "containerDefinitions": [{"name": "db"}],
        "volumes": (0..40).map(volume).collect::<Vec<_>>(),
    });
    let services = json!([{"serviceName": "db", "desiredCount": 1, "taskDefinition": "db:1"}]);
    let more = json!({
        "taskDefinitions": [definition],
        "policy": {"allowedInstanceTypes": ["m6i.large", "m6g.large"]},
    });
    insta::assert_snapshot!(unplaced(&services, &more));
}

#[test]
fn a_passed_quota_is_a_warning_and_no_obstacle() {
    let services = json!([service("api", 6000, 64, 128, &json!({}))]);
    let more = json!({"policy": {"allowedInstanceTypes": ["m6i.16xlarge"]}});
    let cluster = Cluster::new(&services, &more);
    let warning = "api has 6000 tasks: ECS's quota is 5000 tasks a service";
    bayplan()
        .arg("plan")
        .arg(&cluster.file)
        .assert()
        .success()
        .stderr(predicate::function(|stderr: &[u8]| {
            said(stderr) == format!("warning: {warning}")
        }))
        .stdout(predicate::str::contains(format!(
            "\nWarnings\n  - {warning}\n"
        )));
    bayplan()
        .args(["plan", "--quiet"])
        .arg(&cluster.file)
        .assert()
        .success()
        .stderr(nothing_said());
    let discovered = with(
        services[0].clone(),
        &json!({"desiredCount": 1001, "serviceRegistries": [{"registryArn": "arn:aws:x"}]}),
    );
    let (plan, _) = Cluster::new(&json!([discovered]), &more).plan(&[]);
    insta::assert_snapshot!(plan["warnings"]);
}
