//! Documents of Kubernetes through the real binary: planned, checked, explained, and refused where ECS is needed.

use std::path::Path;

use serde_json::Value;

use crate::support::{Folder, bayplan, plan_json};

const SHOP: &str = "\
version: 1
cluster: shop
region: us-east-1
availabilityZones: [us-east-1a, us-east-1b]
policy: {allowedInstanceTypes: [m5.*, m6g.*]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: front}
spec:
  replicas: 4
  template:
    metadata: {labels: {app: web}}
    spec:
      nodeSelector: {kubernetes.io/arch: amd64}
      topologySpreadConstraints:
      - maxSkew: 1
        topologyKey: topology.kubernetes.io/zone
        whenUnsatisfiable: DoNotSchedule
        labelSelector: {matchLabels: {app: web}}
      containers:
      - name: web
        resources: {requests: {cpu: 500m, memory: 1Gi}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  replicas: 2
  template:
    metadata: {labels: {app: db}}
    spec:
      containers:
      - name: db
        resources: {requests: {cpu: \"1\", memory: 6Gi}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
";

fn output(args: &[&str], files: &[&Path]) -> (String, String, Option<i32>) {
    let output = bayplan()
        .args(args)
        .args(files)
        .output()
        .expect("the binary runs");
    (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
        output.status.code(),
    )
}

#[test]
fn manifests_are_planned_checked_and_told_with_the_words_of_kubernetes() {
    let folder = Folder::new();
    let file = folder.write("shop.yaml", SHOP);
    let (plan, exit) = plan_json(&file, &[]);
    assert_eq!(exit, 0);
    assert_eq!(plan["cluster"], "shop");
    let rows = plan["instances"].as_array().expect("rows");
    let count = |name: &str| -> u64 {
        let of_row = |row: &Value| {
            row["tasks"][name].as_u64().unwrap_or(0) * row["count"].as_u64().unwrap_or(0)
        };
        rows.iter().map(of_row).sum()
    };
    assert_eq!((count("front/web"), count("default/db")), (4, 2));
    assert!(
        rows.iter()
            .all(|row| row["registered"]["pods"].as_u64() > Some(0)
                && row["registered"]["enis"] == 0)
    );
    let cost = &plan["cost"];
    assert!(cost["boundUsdPerHour"].as_f64() <= cost["idealUsdPerHour"].as_f64());
    assert_eq!(cost["usdPerHour"], cost["idealUsdPerHour"]);
    let written = folder.write("plan.json", &plan.to_string());
    let (said, _, exit) = output(&["check"], &[&file, &written]);
    assert_eq!(exit, Some(0), "{said}");
    assert!(
        said.starts_with("ok: ") && said.contains(" nodes for 2 workloads"),
        "{said}"
    );
    let mut forged = plan.clone();
    forged["instances"][0]["registered"]["pods"] = 500.into();
    let forged = folder.write("forged.json", &forged.to_string());
    let (said, _, exit) = output(&["check"], &[&file, &forged]);
    assert_eq!(exit, Some(12));
    assert!(said.contains("V08") && said.contains("500 pods"), "{said}");
    let (text, _, exit) = output(&["plan"], &[&file]);
    assert_eq!(exit, Some(0));
    for word in ["nodes", "pods", "workloads", "no NodePool"] {
        assert!(text.contains(word), "no {word} in {text}");
    }
    let (text, said, exit) = output(&["explain"], &[&file, &written]);
    assert_eq!(exit, Some(0), "{said}");
    assert!(text.contains("front/web"), "{text}");
}

#[test]
fn what_needs_the_scheduler_of_ecs_says_so() {
    let folder = Folder::new();
    let file = folder.write("shop.yaml", SHOP);
    let (_, said, exit) = output(&["simulate"], &[&file]);
    assert_eq!(exit, Some(20), "{said}");
    assert!(said.contains("`simulate` is for ECS"), "{said}");
    let (_, said, exit) = output(&["plan", "--max-moves", "3"], &[&file]);
    assert_eq!(exit, Some(2), "{said}");
    assert!(said.contains("scheduler of ECS"), "{said}");
}

#[test]
fn policy_keys_of_kubernetes_are_flags() {
    let folder = Folder::new();
    let file = folder.write("shop.yaml", SHOP);
    let (plan, _) = plan_json(&file, &["--max-pods", "2"]);
    let rows = plan["instances"].as_array().expect("rows");
    assert!(rows.iter().all(|row| row["registered"]["pods"] == 2));
    assert_eq!(
        rows.iter()
            .filter_map(|row| row["count"].as_u64())
            .sum::<u64>(),
        3
    );
    let (plan, exit) = plan_json(&file, &["--tolerated-taints", "dedicated=x:NoSchedule"]);
    assert_eq!(exit, 10);
    let reasons = plan["unplaced"][0]["reasons"].to_string();
    assert!(
        reasons.contains("no taint dedicated=x:NoSchedule"),
        "{reasons}"
    );
}
