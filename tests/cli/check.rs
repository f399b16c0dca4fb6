//! `bayplan check`.

use predicates::prelude::*;
use serde_json::Value;

use crate::support::{CLUSTER, Folder, INFEASIBLE, bayplan, nothing_said, plan_json};

#[test]
fn a_plan_that_was_just_made_passes() {
    let folder = Folder::new();
    for (name, cluster) in [("a.json", CLUSTER), ("b.json", INFEASIBLE)] {
        let file = folder.write(name, cluster);
        let (plan, _) = plan_json(&file, &[]);
        let plan = folder.write("plan.json", &plan.to_string());
        let checked = (bayplan().arg("check").args([&file, &plan]).assert())
            .success()
            .stdout(predicate::str::starts_with("ok"));
        if cluster == CLUSTER {
            checked.stderr(nothing_said());
        } else {
            checked.stderr(predicate::str::contains("warning[W2030] unplaced"));
        }
    }
}

#[test]
fn a_plan_from_a_pipe_passes_under_the_flags_it_was_made_with() {
    let folder = Folder::new();
    let file = folder.write("c.json", CLUSTER);
    let flags = ["--burstable", "included", "--headroom-percent", "20"];
    let (plan, code) = plan_json(&file, &flags);
    assert_eq!(code, 0);
    let check = |flags: &[&str]| {
        let mut command = bayplan();
        command
            .arg("check")
            .arg(&file)
            .arg("-")
            .args(flags)
            .write_stdin(plan.to_string());
        command.assert()
    };
    check(&flags).success();
    check(&[]).code(12);
}

#[test]
fn a_plan_that_was_made_cheaper_by_hand_is_found_out() {
    let folder = Folder::new();
    let file = folder.write("c.json", CLUSTER);
    let (mut plan, _) = plan_json(&file, &[]);
    plan["cost"]["usdPerHour"] = Value::from(0.01);
    let plan = folder.write("plan.json", &plan.to_string());
    bayplan()
        .arg("check")
        .args([&file, &plan])
        .assert()
        .code(12)
        .stdout(predicate::str::contains("violation"));
    let run = bayplan()
        .args(["check", "--format", "json"])
        .args([&file, &plan])
        .assert()
        .code(12)
        .stderr(nothing_said());
    let result: Value = serde_json::from_slice(&run.get_output().stdout).expect("JSON");
    assert_eq!(result["version"], 1);
    assert_eq!(result["ok"], false);
    assert!(
        result["violations"]
            .as_array()
            .is_some_and(|list| !list.is_empty())
    );
}

#[test]
fn a_plan_that_cannot_be_read_is_invalid_input() {
    let folder = Folder::new();
    let file = folder.write("c.json", CLUSTER);
    for text in ["", "{}", "[1]", "{\"version\": 2}"] {
        let plan = folder.write("plan.json", text);
        bayplan()
            .arg("check")
            .args([&file, &plan])
            .assert()
            .code(20)
            .stdout("")
            .stderr(predicate::str::contains("plan.json"));
    }
}

#[test]
fn one_instance_is_one_instance() {
    let folder = Folder::new();
    let cluster = folder.write(
        "one.csv",
        "service,cpu,memory_mib,desired_count\napi,64,128,1\n",
    );
    let (plan, _) = plan_json(&cluster, &["--region", "us-east-1"]);
    let plan = folder.write("plan.json", &plan.to_string());
    bayplan()
        .arg("check")
        .args([&cluster, &plan])
        .args(["--region", "us-east-1"])
        .assert()
        .success()
        .stdout(predicate::str::starts_with(
            "ok: 1 instance for 1 service at",
        ));
}
