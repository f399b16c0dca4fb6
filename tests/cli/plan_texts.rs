//! What a plan says in words: the words name what was looked at, and `details` says the same as data.

use std::fs;

use predicates::prelude::*;
use serde_json::{Value, json};

use crate::support::{Folder, INFEASIBLE, bayplan, plan_json};

fn small(extra: &Value) -> String {
    let mut cluster = json!({
        "version": 1, "cluster": "c", "region": "us-east-1",
        "services": [{"serviceName": "a", "desiredCount": 2, "cpu": 256, "memory": 512}]
    });
    for (key, value) in extra.as_object().expect("keys") {
        cluster[key] = value.clone();
    }
    cluster.to_string()
}

fn texts(plan: &Value, key: &str) -> Vec<String> {
    (plan[key].as_array().into_iter().flatten())
        .map(|text| text.as_str().expect("a text").to_owned())
        .collect()
}

fn one_with(plan: &Value, part: &str) -> String {
    let all = texts(plan, "assumptions");
    let found: Vec<&String> = all.iter().filter(|text| text.contains(part)).collect();
    assert_eq!(found.len(), 1, "{all:#?}");
    found[0].clone()
}

#[test]
fn no_probability_is_shown_where_no_trial_took_part() {
    let folder = Folder::new();
    let minimum = |purchase: Value| {
        let cluster = small(&json!({"policy": {"purchaseOptions": purchase}}));
        let file = folder.write("c.json", &cluster);
        let (plan, code) = plan_json(&file, &["--min-availability", "0.5"]);
        assert_eq!(code, 0);
        one_with(&plan, "minimum availability 0.5")
    };
    let nothing = minimum(json!(["on-demand"]));
    assert!(
        nothing.ends_with("Nothing is on Spot, so no interruption takes part"),
        "{nothing}"
    );
    let spot = minimum(json!(["on-demand", "spot"]));
    assert!(spot.contains("probability of at least"), "{spot}");
}

#[test]
fn groups_that_were_not_searched_are_not_said_to_be_missing() {
    let folder = Folder::new();
    let zones = json!(["us-east-1a", "us-east-1b"]);
    for policy in [
        json!({"surviveZoneLoss": true}),
        json!({"deploymentSurge": true}),
    ] {
        let cluster = small(&json!({"availabilityZones": zones, "policy": policy}));
        let (plan, code) = plan_json(&folder.write("c.json", &cluster), &["--demand", "moving"]);
        assert_eq!(code, 0);
        let said = one_with(&plan, "the fleet is the ideal packing");
        assert!(said.contains("no groups were searched"), "{said}");
    }
}

#[test]
fn an_instance_of_today_whose_type_the_catalogue_lacks_is_named() {
    let folder = Folder::new();
    let instance = json!([{
        "containerInstanceArn": "arn:aws:ecs:us-east-1:1:container-instance/prod/0",
        "status": "ACTIVE", "attributes": [{"name": "ecs.instance-type", "value": "m99.large"}]
    }]);
    let file = folder.write("c.json", &small(&json!({"containerInstances": instance})));
    for arguments in [&[][..], &["--min-saving", "0.1"]] {
        (bayplan().arg("plan").arg(&file).args(arguments))
            .assert()
            .stderr(predicate::str::contains("no instance type `m99.large`"))
            .stderr(predicate::str::contains("no active container instances").not());
    }
}

/// As many details as texts, in their order; each with a code.
fn details_are_complete(plan: &Value) {
    let count = |key: &str| {
        let list = plan["details"][key].as_array().expect("a list");
        assert!(list.iter().all(|one| one["code"].is_string()), "{list:#?}");
        list.len()
    };
    assert_eq!(count("changes"), texts(plan, "changes").len());
    let reasons = (plan["unplaced"].as_array().expect("a list").iter())
        .map(|entry| texts(entry, "reasons").len())
        .sum::<usize>();
    assert_eq!(count("reasons"), reasons);
    let notes = texts(plan, "assumptions").len() + texts(plan, "warnings").len();
    assert_eq!(count("notes"), notes);
}

#[test]
fn details_are_as_many_as_texts_with_and_without_a_place_for_every_task() {
    let folder = Folder::new();
    let today = json!([{
        "containerInstanceArn": "arn:aws:ecs:us-east-1:1:container-instance/prod/0",
        "status": "ACTIVE", "attributes": [{"name": "ecs.instance-type", "value": "m5.2xlarge"}]
    }]);
    let file = folder.write("c.json", &small(&json!({"containerInstances": today})));
    let (plan, _) = plan_json(&file, &[]);
    assert!(!texts(&plan, "changes").is_empty(), "{plan}");
    details_are_complete(&plan);
    let codes: Vec<_> = (plan["details"]["changes"]
        .as_array()
        .expect("a list")
        .iter())
    .map(|one| one["code"].as_str().expect("a code"))
    .collect();
    assert!(codes.contains(&"remove-instances"), "{codes:?}");

    let (plan, code) = plan_json(&folder.write("i.json", INFEASIBLE), &[]);
    assert_eq!(code, 10);
    assert!(
        !plan["details"]["reasons"]
            .as_array()
            .expect("a list")
            .is_empty()
    );
    details_are_complete(&plan);
}

#[test]
fn a_plan_without_details_is_read_with_its_texts() {
    let folder = Folder::new();
    let cluster = folder.write("c.json", &small(&json!({})));
    let (mut plan, _) = plan_json(&cluster, &[]);
    plan.as_object_mut()
        .expect("a document")
        .shift_remove("details");
    let file = folder.path("plan.json");
    fs::write(&file, plan.to_string()).expect("written");
    (bayplan()
        .arg("export")
        .arg(&file)
        .args(["--format", "asg-json"]))
    .assert()
    .success();
    (bayplan().arg("check").arg(&cluster).arg(&file))
        .assert()
        .code(12)
        .stdout(predicate::str::contains("V48 details"));
}

#[test]
fn a_text_that_was_changed_is_found_out_by_whoever_reads_the_plan() {
    let folder = Folder::new();
    let cluster = folder.write("c.json", &small(&json!({})));
    let (mut plan, _) = plan_json(&cluster, &[]);
    plan["assumptions"][0] = json!("this costs nothing");
    let file = folder.path("plan.json");
    fs::write(&file, plan.to_string()).expect("written");
    let place = "V48 assumptions[0]: found `this costs nothing`; expected `";
    for command in ["check", "report"] {
        let run = (bayplan().arg(command).arg(&cluster).arg(&file))
            .assert()
            .code(12);
        let output = run.get_output();
        let said = [output.stdout.as_slice(), &output.stderr].concat();
        assert!(String::from_utf8_lossy(&said).contains(place), "{command}");
    }
    (bayplan()
        .arg("export")
        .arg(&file)
        .arg("--cluster")
        .arg(&cluster))
    .args(["--format", "asg-json"])
    .assert()
    .code(12)
    .stderr(predicates::str::contains(place));
    (bayplan().arg("explain").arg(&cluster).arg(&file))
        .assert()
        .success()
        .stderr(predicates::str::contains("V48 assumptions[0]"));
}
