//! Plans around today's fleet: what goes, what stays, in which order, and what that is measured against.

use predicates::prelude::*;
use serde_json::{Value, json};

use crate::support::{Folder, bayplan, plan_json};

/// Eight instances of a dear type, each with five tasks of the only service.
fn cluster(folder: &Folder) -> std::path::PathBuf {
    let arn = |index: usize| format!("arn:aws:ecs:us-east-1:1:container-instance/shop/{index}");
    let instances: Vec<Value> = (0..8)
        .map(|index| {
            json!({
                "containerInstanceArn": arn(index),
                "status": "ACTIVE",
                "capacityProviderName": "web",
                "attributes": [{"name": "ecs.instance-type", "value": "m5.2xlarge"}],
            })
        })
        .collect();
    let tasks: Vec<Value> = (0..40)
        .map(|task| {
            json!({"containerInstanceArn": arn(task % 8), "group": "service:api", "lastStatus": "RUNNING", "desiredStatus": "RUNNING"})
        })
        .collect();
    let file = json!({
        "version": 1, "cluster": "shop", "region": "us-east-1",
        "services": [{
            "serviceName": "api", "desiredCount": 40, "cpu": 512, "memory": 1024,
            "capacityProviderStrategy": [{"capacityProvider": "web", "weight": 1}],
        }],
        "capacityProviders": [{"name": "web", "autoScalingGroupProvider": {"autoScalingGroupArn": "web-group"}}],
        "autoScalingGroups": [{"AutoScalingGroupName": "web-group", "MinSize": 0, "MaxSize": 20, "DesiredCapacity": 8}],
        "containerInstances": instances, "tasks": tasks,
        "policy": {"allowedInstanceTypes": ["m5.2xlarge", "m7a.large"]},
    });
    folder.write("c.json", &file.to_string())
}

#[test]
fn few_restarts_are_measured_against_the_whole_of_today_and_pass_the_check() {
    let folder = Folder::new();
    let file = cluster(&folder);
    let (plan, code) = plan_json(
        &file,
        &[
            "--max-moves",
            "10",
            "--min-saving",
            "5%",
            "--detailed-exitcode",
        ],
    );
    assert_eq!(code, 3);
    let drained = plan["moves"]["drained"].as_array().expect("a list").len();
    assert!(drained > 0);
    assert_eq!(plan["moves"]["restarts"], json!(5 * drained));
    let changes = plan["changes"].to_string();
    for part in [
        format!("remove {drained} m5.2xlarge"),
        "change the group of web: 6 of m5.2xlarge (today 8".to_owned(),
    ] {
        assert!(changes.contains(&part), "{part} is missing in {changes}");
    }
    let assumptions = plan["assumptions"].to_string();
    assert!(
        assumptions.contains("today's 8 container instances"),
        "{assumptions}"
    );
    assert!(plan.get("recommendation").is_none());
    let waves = plan["moves"]["waves"].as_array().expect("a list");
    assert!(waves.iter().all(|wave| wave["waiting"] == json!(0)));
    let made = folder.write("plan.json", &plan.to_string());
    bayplan()
        .arg("check")
        .arg(&file)
        .arg(&made)
        .assert()
        .success();
    // One that says fewer restarts does not.
    let mut forged = plan;
    forged["moves"]["restarts"] = json!(1);
    forged["moves"]["boundRestarts"] = json!(0);
    let forged = folder.write("forged.json", &forged.to_string());
    (bayplan()
        .arg("check")
        .arg(&file)
        .arg(&forged)
        .assert()
        .code(12))
    .stdout(predicate::str::contains("V49"));
}

#[test]
fn the_frontier_is_shown_with_its_bound_and_the_waves_in_their_order() {
    let folder = Folder::new();
    let file = cluster(&folder);
    let mut command = bayplan();
    command
        .arg("plan")
        .arg(&file)
        .args(["--moves", "frontier", "--max-moves", "20"]);
    let shown = [
        "Moves",
        "bring 80 % of the saving",
        "Cost against restarts",
        "No less than",
        "Waves: launch, drain, terminate",
    ];
    let mut assertion = command.assert().success();
    for part in shown {
        assertion = assertion.stdout(predicate::str::contains(part));
    }
}

#[test]
fn what_cannot_be_asked_together_is_a_matter_of_usage() {
    let folder = Folder::new();
    let file = cluster(&folder);
    let plan = |arguments: &[&str]| bayplan().arg("plan").arg(&file).args(arguments).assert();
    plan(&["--max-moves", "3", "--keep-instances", "all"]).code(2);
    let text = std::fs::read_to_string(&file).expect("readable");
    let mut without: Value = serde_json::from_str(&text).expect("JSON");
    without.as_object_mut().expect("an object").remove("tasks");
    let without = folder.write("without.json", &without.to_string());
    let told = predicate::str::contains("does not show which tasks run on which instance");
    (bayplan()
        .arg("plan")
        .arg(&without)
        .args(["--max-moves", "3"])
        .assert()
        .code(20))
    .stderr(told);
}
