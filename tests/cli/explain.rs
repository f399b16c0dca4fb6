//! `bayplan explain`.

use predicates::prelude::*;
use serde_json::Value;

use crate::support::{CLUSTER, Folder, INFEASIBLE, bayplan};

/// A folder with a cluster and its plan.
fn planned(cluster: &str) -> Folder {
    let folder = Folder::new();
    let file = folder.write("c.json", cluster);
    let output = (bayplan().arg("plan").arg(file))
        .args(["--format", "json"])
        .output()
        .expect("the binary runs");
    folder.write(
        "plan.json",
        &String::from_utf8(output.stdout).expect("UTF-8"),
    );
    folder
}

fn explain(folder: &Folder, arguments: &[&str]) -> assert_cmd::assert::Assert {
    (bayplan()
        .arg("explain")
        .arg(folder.path("c.json"))
        .arg(folder.path("plan.json")))
    .args(arguments)
    .assert()
}

fn json(folder: &Folder, arguments: &[&str]) -> Value {
    let assert = explain(folder, &[&["--format", "json"], arguments].concat()).success();
    serde_json::from_slice(&assert.get_output().stdout).expect("JSON")
}

#[test]
fn the_bill_is_divided_among_the_services() {
    let folder = planned(CLUSTER);
    let explained = json(&folder, &[]);
    let parts = explained["services"].as_array().expect("services");
    let total: f64 = parts
        .iter()
        .map(|part| part["usdPerHour"].as_f64().expect("a cost"))
        .sum();
    assert!((total - explained["usdPerHour"].as_f64().expect("a bill")).abs() < 1e-9);
    assert!(explained["nudges"].is_null());
}

#[test]
fn questions_are_answered_for_people_and_programs() {
    let folder = planned(CLUSTER);
    let questions = [
        "--why-not",
        "m5.large,t3.large",
        "--nudges",
        "--most-nudges",
        "2",
    ];
    let explained = json(&folder, &questions);
    assert_eq!(explained["whyNot"][0]["instanceType"], "m5.large");
    assert!(explained["whyNot"][0]["candidates"][0]["reducedCostUsdPerHour"].is_number());
    let excluded = explained["whyNot"][1]["excluded"].to_string();
    assert!(excluded.contains("burstable"), "{excluded}");
    assert!(explained["nudges"].is_array());
    explain(&folder, &questions).success().stdout(
        predicate::str::contains("Why not m5.large").and(predicate::str::contains("shadow price")),
    );
    explain(&folder, &["--format", "markdown"])
        .success()
        .stdout(predicate::str::contains("| api |"));
}

#[test]
fn an_infeasible_cluster_is_explained_by_what_conflicts() {
    let folder = planned(INFEASIBLE);
    let explained = json(&folder, &[]);
    let conflict = &explained["conflicts"][0];
    assert_eq!(conflict["serviceName"], "trainer");
    assert_eq!(conflict["requirements"][0], "services.trainer.gpu = 64");
    assert_eq!(conflict["requirements"].as_array().map(Vec::len), Some(1));
}

#[test]
fn unknown_types_and_plans_of_other_clusters_are_invalid_input() {
    let folder = planned(CLUSTER);
    explain(&folder, &["--why-not", "m5.lage"])
        .code(20)
        .stdout("")
        .stderr(predicate::str::contains("m5.lage"));
    folder.write("c.json", &CLUSTER.replace("\"worker\"", "\"other\""));
    explain(&folder, &[])
        .code(20)
        .stdout("")
        .stderr(predicate::str::contains("E18"));
    (bayplan().args(["explain", "-", "-"])).assert().code(2);
}
