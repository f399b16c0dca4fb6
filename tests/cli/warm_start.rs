//! `bayplan plan --warm-start PLAN`.

use predicates::prelude::*;
use serde_json::{Value, json};

use crate::support::{bayplan, example, plan_json};
use crate::whole::{Cluster, service, zones};

fn cost(plan: &Value) -> f64 {
    plan["cost"]["usdPerHour"].as_f64().expect("a cost")
}

/// Some services over three zones, `count` tasks of the first.
fn cluster(count: u64) -> Cluster {
    let services = json!([
        service("api", count, 512, 1024, &json!({})),
        service("worker", 7, 1024, 3072, &json!({})),
        service(
            "search",
            5,
            2048,
            7000,
            &json!({"architectures": ["X86_64", "ARM64"]})
        ),
    ]);
    Cluster::new(
        &services,
        &json!({"availabilityZones": zones(), "policy": {"purchaseOptions": ["on-demand", "spot"]}}),
    )
}

#[test]
fn with_little_work_an_earlier_plan_is_as_good_or_better_than_none() {
    let before = cluster(10).planned(&[]);
    let now = cluster(12);
    let earlier = now.folder.write("earlier.json", &before.to_string());
    let little = ["--work-limit", "11800"];
    let cold = now.plan(&little).0;
    let earlier = earlier.to_str().expect("a path");
    let warm = now.plan(&["--warm-start", earlier, little[0], little[1]]).0;
    let file = now.folder.write("warm.json", &warm.to_string());
    assert!(now.check_accepts(&file, &[]));
    assert!(
        cost(&warm) <= cost(&cold),
        "{} {}",
        cost(&warm),
        cost(&cold)
    );
}

#[test]
fn planning_the_same_cluster_again_never_costs_more() {
    for name in ["payments-ap-northeast-2.yaml", "media-eu-west-1.yaml"] {
        let file = example(name);
        let (before, _) = plan_json(&file, &["--ideal"]);
        let folder = crate::support::Folder::new();
        let earlier = folder.write("earlier.json", &before.to_string());
        let earlier = earlier.to_str().expect("a path");
        let (again, code) = plan_json(&file, &["--ideal", "--warm-start", earlier]);
        assert_eq!(code, 0);
        assert!(cost(&again) <= cost(&before), "{name}");
    }
}

#[test]
fn a_plan_of_another_cluster_does_no_harm() {
    let (other, _) = plan_json(&example("payments-ap-northeast-2.yaml"), &[]);
    let now = cluster(4);
    let earlier = now.folder.write("earlier.json", &other.to_string());
    let plan = now.planned(&[]);
    let (warm, code) = now.plan(&["--warm-start", earlier.to_str().expect("a path")]);
    assert_eq!(code, 0);
    assert!((cost(&warm) - cost(&plan)).abs() < 0.05 * cost(&plan));
    let file = now.folder.write("warm.json", &warm.to_string());
    assert!(now.check_accepts(&file, &[]));
}

#[test]
fn a_file_that_is_no_plan_is_invalid_input() {
    let now = cluster(1);
    for text in ["", "{}", "not json", "{\"version\": 2}"] {
        let earlier = now.folder.write("earlier.json", text);
        bayplan()
            .arg("plan")
            .arg(&now.file)
            .arg("--warm-start")
            .arg(&earlier)
            .assert()
            .code(20)
            .stdout("")
            .stderr(predicate::str::contains("earlier.json"));
    }
    bayplan()
        .arg("plan")
        .arg(&now.file)
        .args(["--warm-start", "no/such/plan.json"])
        .assert()
        .code(20)
        .stdout("")
        .stderr(predicate::str::contains("no/such/plan.json"));
}

#[test]
fn only_one_of_cluster_and_earlier_plan_can_be_stdin() {
    bayplan()
        .args(["plan", "-", "--warm-start", "-"])
        .write_stdin("{}")
        .assert()
        .code(2)
        .stdout("")
        .stderr("error: only one of FILE and --warm-start can be stdin\n");
    let now = cluster(2);
    let plan = now.planned(&[]);
    bayplan()
        .arg("plan")
        .arg(&now.file)
        .args(["--warm-start", "-"])
        .write_stdin(plan.to_string())
        .assert()
        .success();
}
