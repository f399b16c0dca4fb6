//! `plan --proof` and `check --proof`.

use std::path::Path;
use std::process::Command;

use predicates::prelude::*;
use serde_json::{Value, json};

use crate::support::{CLUSTER, Folder, INFEASIBLE, bayplan, plan_json};

/// Three zones, Spot with a minimum of On-Demand tasks and a cap of each pool, a daemon, a constraint.
const ZONES: &str = r#"{
  "version": 1, "cluster": "shop", "region": "us-east-1",
  "availabilityZones": ["us-east-1a", "us-east-1b", "us-east-1c"],
  "services": [
    {"serviceName": "api", "desiredCount": 7, "cpu": 512, "memory": 1024, "networkMode": "awsvpc"},
    {"serviceName": "worker", "desiredCount": 4, "cpu": 1024, "memory": 4096,
     "placementConstraints": [{"type": "memberOf", "expression": "attribute:ecs.instance-type =~ m.*"}]},
    {"serviceName": "agent", "schedulingStrategy": "DAEMON", "cpu": 64, "memory": 128}
  ],
  "policy": {"purchaseOptions": ["on-demand", "spot"], "spotMaxShare": 0.7, "spotMaxSharePerPool": 0.4,
             "allowedInstanceTypes": ["m6i.*", "c6i.*"], "minInstances": 7}
}"#;

/// Plans with a proof; the plan and the proof.
fn proven(folder: &Folder, cluster: &Path) -> (Value, Value) {
    let file = folder.path("proof.json");
    let flags = ["--ideal", "--proof", file.to_str().expect("a path")];
    let (plan, code) = plan_json(cluster, &flags);
    assert_eq!(code, 0);
    let text = std::fs::read_to_string(&file).expect("a proof");
    (plan, serde_json::from_str(&text).expect("JSON"))
}

fn check(folder: &Folder, cluster: &Path, proof: &Value) -> assert_cmd::assert::Assert {
    let proof = folder.write("given.json", &proof.to_string());
    let mut command = bayplan();
    command.arg("check").arg(cluster).arg("--proof").arg(proof);
    command.assert()
}

/// What `scripts/check-proof` says of a proof.
fn script(folder: &Folder, cluster: &Path, proof: &Value) -> Option<i32> {
    let proof = folder.write("for_the_script.json", &proof.to_string());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/check-proof");
    let output = Command::new("python3")
        .arg(script)
        .args([&proof, cluster])
        .output()
        .expect("python3 runs");
    output.status.code()
}

#[test]
fn a_proof_carries_the_bound_of_a_plan_and_passes() {
    let folder = Folder::new();
    for (name, cluster) in [("a.json", CLUSTER), ("b.json", ZONES)] {
        let file = folder.write(name, cluster);
        let (plan, proof) = proven(&folder, &file);
        let cost = &plan["cost"];
        assert_eq!(cost["provenUsdPerHour"], proof["boundUsdPerHour"]);
        let bound = |value: &Value| value.as_f64().expect("a number");
        assert!(bound(&proof["boundUsdPerHour"]) <= bound(&cost["boundUsdPerHour"]));
        assert!(bound(&proof["boundUsdPerHour"]) > 0.5 * bound(&cost["idealUsdPerHour"]));
        assert_eq!(script(&folder, &file, &proof), Some(0));
        check(&folder, &file, &proof)
            .success()
            .stdout(predicate::str::starts_with(
                "ok: no plan under this policy costs less than",
            ));
        let plan = folder.write("plan.json", &plan.to_string());
        let mut both = bayplan();
        both.arg("check")
            .args([&file, &plan])
            .arg("--proof")
            .arg(folder.path("proof.json"));
        both.assert().success();
    }
}

#[test]
fn a_proof_of_something_else_is_refused() {
    let folder = Folder::new();
    let file = folder.write("c.json", ZONES);
    let (plan, proof) = proven(&folder, &file);
    let kinds: Vec<&str> = (proof["rows"].as_array().expect("rows").iter())
        .filter_map(|row| row["kind"].as_str())
        .collect();
    assert!(
        kinds.contains(&"instance-minimum") && kinds.contains(&"zone-even"),
        "{kinds:?}"
    );
    let with = |pointer: &str, value: Value| {
        let mut changed = proof.clone();
        *changed.pointer_mut(pointer).expect(pointer) = value;
        changed
    };
    let more = |pointer: &str| {
        let value = proof
            .pointer(pointer)
            .and_then(Value::as_u64)
            .expect(pointer);
        with(pointer, json!(value + 1))
    };
    let mut wrong = vec![
        with("/boundUsdPerHour", json!(9.0)),
        with("/items/0/service", json!("nobody")),
        with("/items/0/zone", json!("us-east-1f")),
        with("/offerings/0/availabilityZone", json!("us-east-1f")),
        with("/rows/0/items", json!([])),
    ];
    wrong.extend(
        [
            "/items/0/count",
            "/items/0/price",
            "/rows/0/rhs",
            "/offerings/0/cost",
            "/offerings/0/capacity/cpu",
        ]
        .map(more),
    );
    for (list, least) in [("items", 1), ("offerings", 1)] {
        let mut short = proof.clone();
        short[list].as_array_mut().expect("a list").truncate(least);
        wrong.push(short);
    }
    // Capacity that is worth nothing holds everything: some offering is too cheap for that.
    let mut without = proof.clone();
    for offering in without["offerings"].as_array_mut().expect("a list") {
        offering["leaves"] = json!({"u": {}});
    }
    wrong.push(without);
    for changed in &wrong {
        check(&folder, &file, changed)
            .code(12)
            .stdout(predicate::str::contains("the proof does not hold"));
        assert_eq!(script(&folder, &file, changed), Some(12));
    }
    let mut plan = plan;
    plan["cost"]["provenUsdPerHour"] = json!(0.01);
    let plan = folder.write("plan.json", &plan.to_string());
    let mut both = bayplan();
    both.arg("check")
        .args([&file, &plan])
        .arg("--proof")
        .arg(folder.path("proof.json"));
    both.assert()
        .code(12)
        .stdout(predicate::str::contains("cost.provenUsdPerHour"));
    let other = folder.write("other.json", CLUSTER);
    check(&folder, &other, &proof).code(12);
    check(&folder, &file, &json!({"version": 1})).code(20);
}

#[test]
fn what_no_proof_carries_is_said_and_nothing_is_written() {
    let folder = Folder::new();
    let file = folder.write("c.json", INFEASIBLE);
    let proof = folder.path("proof.json");
    let mut plan = bayplan();
    plan.arg("plan").arg(&file).arg("--proof").arg(&proof);
    plan.assert()
        .code(10)
        .stderr(predicate::str::contains("no proof is written"));
    assert!(!proof.exists());
    let mut moves = bayplan();
    moves
        .arg("plan")
        .arg(&file)
        .args(["--max-moves", "1", "--proof"])
        .arg(&proof);
    moves.assert().code(2);
}

/// Bins with and without a limit, sizes with decimals.
const PROBLEM: &str = r#"{ "name": "shop", "dims": ["cpu", "memory"],
  "bins": [ {"id": "large", "capacity": [2.048, 7600], "cost": 0.0816, "limit": null},
            {"id": "small", "capacity": [1.024, 3800], "cost": 0.03, "limit": 2} ],
  "items": [ {"id": "api", "size": [0.512, 1024], "demand": 12}, {"id": "job", "size": [0.256, 3000], "demand": 3} ] }"#;

/// Packs with a proof; the solution and the proof.
fn packed(folder: &Folder, problem: &Path) -> (Value, Value) {
    let file = folder.path("packing.json");
    let mut pack = bayplan();
    pack.arg("pack").arg(problem).args(["--format", "json"]);
    let output = pack.arg("--proof").arg(&file).output().expect("runs");
    assert_eq!(output.status.code(), Some(0));
    let read = |text: &[u8]| serde_json::from_slice(text).expect("JSON");
    (
        read(&output.stdout),
        read(&std::fs::read(&file).expect("a proof")),
    )
}

#[test]
fn a_packing_problem_has_a_proof_and_what_does_not_follow_is_refused() {
    let folder = Folder::new();
    let three = "1\n10\n2\n3 7\n4 5\n";
    let several = "1 2  10 3 -1  6 2 1  2  1 4 3  1 3 2";
    for (name, text) in [("p.vbp", three), ("p.mvp", several), ("p.json", PROBLEM)] {
        let file = folder.write(name, text);
        let (solution, proof) = packed(&folder, &file);
        let bound = |value: &Value| {
            value
                .to_string()
                .trim_matches('"')
                .parse::<f64>()
                .expect("a number")
        };
        assert!((bound(&solution["provenBound"]) - bound(&proof["bound"])).abs() < 1e-12);
        assert!(
            bound(&proof["bound"]) > 0.9 * bound(&solution["cost"]),
            "{name}: {solution}"
        );
        assert_eq!(script(&folder, &file, &proof), Some(0), "{name}");
        check(&folder, &file, &proof)
            .success()
            .stdout(predicate::str::starts_with(
                "ok: no packing costs less than",
            ));
    }
    let file = folder.path("p.json");
    let (_, proof) = packed(&folder, &file);
    assert_eq!(proof["rows"][0]["kind"], "bin-limit");
    let with = |pointer: &str, value: Value| {
        let mut changed = proof.clone();
        *changed.pointer_mut(pointer).expect(pointer) = value;
        changed
    };
    let more = |pointer: &str| {
        let value = proof.pointer(pointer).and_then(Value::as_u64);
        with(pointer, json!(value.expect(pointer) + 1))
    };
    for changed in [
        with("/bound", json!("9")),
        with("/unit", json!("0.7")),
        with("/dims/0/step", json!("0.3")),
        with("/items/0/item", json!("nobody")),
        with("/bins/0/bin", json!("small")),
        with("/bins/0/leaves", json!({"u": {}})),
        with("/bins", json!([])),
        more("/items/0/count"),
        more("/rows/0/rhs"),
        more("/bins/0/cost"),
        more("/bins/0/capacity/cpu"),
    ] {
        check(&folder, &file, &changed)
            .code(12)
            .stdout(predicate::str::contains("the proof does not hold"));
        assert_eq!(script(&folder, &file, &changed), Some(12), "{changed}");
    }
    let of_another = folder.write("other.json", CLUSTER);
    check(&folder, &of_another, &proof).code(20);
}

#[test]
fn several_problems_and_infeasible_ones_have_no_proof() {
    let folder = Folder::new();
    let file = folder.write("p.json", PROBLEM);
    let other = folder.write("q.json", &PROBLEM.replace("[0.256, 3000]", "[9, 3000]"));
    let proof = folder.path("proof.json");
    let run = |files: &[&Path]| {
        let mut pack = bayplan();
        pack.arg("pack").args(files).arg("--proof").arg(&proof);
        pack.assert()
    };
    run(&[&file, &other]).code(2);
    run(&[&other]).code(10).stderr(predicate::str::contains(
        "no proof is written: nothing packs all items",
    ));
    assert!(!proof.exists());
}
