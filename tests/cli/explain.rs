//! `bayplan explain`.

use predicates::prelude::*;
use serde_json::Value;

use crate::support::{CLUSTER, Folder, INFEASIBLE, bayplan, nothing_said};

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
    assert!(explained["levers"].is_null());
}

#[test]
fn levers_are_the_policys_keys_with_what_a_plan_without_each_saves() {
    let folder = planned(CLUSTER);
    let explained = json(&folder, &["--levers", "--work-limit", "200000"]);
    let saving = explained["levers"]["saving"].as_array().expect("levers");
    let spot = (saving.iter())
        .find(|lever| lever["key"] == "purchaseOptions")
        .expect("Spot is cheaper");
    let change = &spot["tried"]["changeUsdPerHour"];
    assert!(change.as_f64().expect("a cost") < 0.0, "{explained}");
    let names = explained["levers"]["withoutEffect"].as_array();
    assert!(
        names.expect("names").len() + saving.len() > 3,
        "{explained}"
    );
    explain(&folder, &["--levers", "--work-limit", "200000"])
        .success()
        .stdout(predicate::str::contains(
            "purchaseOptions = [on-demand]: planned again without it",
        ));
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

#[test]
fn a_mistyped_type_gets_a_suggestion() {
    let folder = planned(CLUSTER);
    explain(&folder, &["--why-not", "m7i.larg"])
        .code(20)
        .stderr(predicate::str::contains("did you mean `m7i.large`?"));
}

#[test]
fn a_plan_made_with_other_flags_is_explained_with_a_warning() {
    let folder = planned(CLUSTER);
    explain(&folder, &[]).success().stderr(nothing_said());
    explain(&folder, &["--excluded-instance-types", "c*,m*,r*,t*"])
        .success()
        .stderr(predicate::str::contains(
            "does not pass the check against this cluster with these flags and what is said of it may not hold",
        ));
}

#[test]
fn what_a_limit_cut_short_says_so_and_claims_nothing() {
    let folder = planned(CLUSTER);
    let questions = ["--why-not", "m5.large", "--nudges", "--time-limit", "0.001"];
    let explained = json(&folder, &questions);
    let notes = explained["notes"].to_string();
    assert!(notes.contains("the time limit was reached"), "{notes}");
    assert_eq!(explained["whyNot"][0]["stopped"], true);
    assert_eq!(explained["nudges"].as_array().map(Vec::len), Some(0));
    assert!(json(&folder, &["--why-not", "m5.large"])["notes"] == serde_json::json!([]));
}

#[test]
fn a_cluster_that_cannot_be_planned_whole_is_not_blamed_on_a_type() {
    let folder = planned(INFEASIBLE);
    let explained = json(&folder, &["--why", "m7a.medium", "--why-not", "t3.large"]);
    let without = &explained["whyUsed"][0]["without"];
    assert_eq!(without["baseUnplaced"], without["unplaced"], "{without}");
    assert!(without["changeUsdPerHour"].is_number(), "{without}");
}
