//! What documents of Kubernetes hold that is not planned, in every output of a plan, and in that of a plan which was saved.

use serde_json::Value;

use crate::kubernetes::{output, shown, words_of_ecs};
use crate::support::{Folder, plan_json};

/// A pod of a device that is not known, a rule that is not looked at, a preference, a daemon of another pool, and two nodes of today.
const CLUSTER: &str = "\
cluster: shop
region: us-east-1
policy: {allowedInstanceTypes: [m5.*]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: front}
spec:
  replicas: 3
  template:
    metadata: {labels: {app: web}}
    spec:
      topologySpreadConstraints:
      - {maxSkew: 2, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: web}}}
      - {maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: {app: web}}}
      containers:
      - {name: c, resources: {requests: {cpu: 500m, memory: 1Gi}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: service, namespace: tasks}
spec:
  template:
    metadata: {labels: {app: service}}
    spec:
      containers:
      - {name: c, resources: {limits: {aws.amazon.com/neuron: 1}}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: driver, namespace: front}
spec:
  template:
    metadata: {labels: {app: driver}}
    spec:
      nodeSelector: {node.kubernetes.io/instance-type: inf2.xlarge}
      containers:
      - {name: c, resources: {requests: {cpu: 50m, memory: 64Mi}}}
---
kind: List
apiVersion: v1
items:
- {kind: Node, apiVersion: v1, metadata: {name: tasks, labels: {node.kubernetes.io/instance-type: m5.2xlarge, topology.kubernetes.io/zone: us-east-1a}}}
- {kind: Node, apiVersion: v1, metadata: {name: n2, labels: {node.kubernetes.io/instance-type: inf2.xlarge, topology.kubernetes.io/zone: us-east-1b}}}
";

/// Sentences with the names that they are about.
const SAID: [(&str, &str); 2] = [
    ("pods that ask for aws.amazon.com/neuron", "tasks/service"),
    ("topology spread with a maxSkew above 1", "front/web"),
];

#[test]
fn what_is_left_out_or_weaker_is_in_every_output_and_in_a_saved_plan() {
    let folder = Folder::new();
    let file = folder.write("shop.yaml", CLUSTER);
    let (plan, exit) = plan_json(&file, &[]);
    assert_eq!(exit, 0);
    let warnings = plan["warnings"].to_string();
    for (sentence, name) in SAID {
        assert!(
            warnings.contains(sentence) && warnings.contains(name),
            "{warnings}"
        );
    }
    for said in [
        "not looked at, so that the bound is weaker",
        "1 preferred rule is no rule here, of front/web",
        "at On-Demand prices: tasks, n2",
    ] {
        assert!(warnings.contains(said), "no {said} in {warnings}");
    }
    let notes = plan["details"]["notes"].as_array().expect("notes");
    let left_out = notes.iter().find(|it| it["code"] == "left-out");
    assert_eq!(
        left_out.expect("a code")["names"],
        serde_json::json!(["tasks/service"])
    );
    let texts: Vec<&Value> = ["warnings", "assumptions"]
        .iter()
        .map(|key| &plan[*key])
        .collect();
    for text in texts.iter().flat_map(|it| it.as_array().expect("texts")) {
        // A node has that name.
        let text = text.as_str().expect("a text").replace("tasks, n2", "");
        let text = text.as_str();
        assert_eq!(words_of_ecs(text), Vec::<String>::new(), "{text}");
    }
    assert!(
        plan["assumptions"]
            .to_string()
            .contains("no node of the plan runs these DaemonSets: front/driver"),
        "{plan}"
    );
    let saved = folder.write("plan.json", &plan.to_string());
    for (args, files) in [
        (&["plan"][..], &[file.as_path()][..]),
        (&["plan", "--format", "markdown"], &[&file]),
        (&["explain"], &[&file, &saved]),
        (&["explain", "--format", "markdown"], &[&file, &saved]),
        (&["check"], &[&file, &saved]),
        (&["check", "--format", "json"], &[&file, &saved]),
        (
            &["report", "--no-curves", "--format", "markdown"],
            &[&file, &saved],
        ),
        (
            &["report", "--no-curves", "--format", "json"],
            &[&file, &saved],
        ),
        (
            &["report", "--no-curves", "--format", "html"],
            &[&file, &saved],
        ),
    ] {
        let (text, said, exit) = output(args, files);
        assert_eq!(exit, Some(0), "{args:?}: {text}{said}");
        let text = if args.contains(&"html") {
            shown(&text)
        } else {
            text
        };
        // Lines are broken, and slashes and underscores of names escaped.
        let text = text
            .replace('\\', "")
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        for (sentence, name) in SAID {
            assert!(
                text.contains(sentence) && text.contains(name),
                "{args:?}: no {sentence} of {name} in {text}"
            );
        }
    }
}

#[test]
fn no_saving_is_claimed_where_todays_nodes_carry_what_is_left_out() {
    let folder = Folder::new();
    let file = folder.write("shop.yaml", CLUSTER);
    let (plan, _) = plan_json(&file, &[]);
    assert!(plan["cost"]["currentUsdPerHour"].as_f64() > plan["cost"]["usdPerHour"].as_f64());
    let saved = folder.write("plan.json", &plan.to_string());
    let table = [
        "report",
        "--no-curves",
        "--format",
        "csv",
        "--table",
        "plans",
    ];
    let (rows, said, exit) = output(&table, &[&file, &saved]);
    assert_eq!(exit, Some(0), "{said}");
    let mut lines = rows.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let headings = lines.next().expect("headings");
    let place = headings.iter().position(|it| *it == "x_SavingUsdPerMonth");
    assert_eq!(lines.next().expect("a row")[place.expect("the column")], "");
    for args in [&["plan"][..], &["plan", "--format", "markdown"]] {
        let (text, _, _) = output(args, &[&file]);
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains("no saving is claimed"), "{text}");
        assert!(!text.contains("less than today"), "{text}");
    }
    // Without that pod the plan is of all that runs.
    let (before, after) = CLUSTER
        .split_once("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: service")
        .expect("the pod");
    let (_, after) = after.split_once("---\n").expect("a document");
    let whole = folder.write("whole.yaml", &format!("{before}{after}"));
    let (text, _, _) = output(&["plan"], &[&whole]);
    assert!(text.contains("less than today's"), "{text}");
}

#[test]
fn the_pods_of_a_lost_zone_that_keep_to_one_a_zone_wait_and_no_room_is_kept() {
    const APART: &str = "      affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{labelSelector: {matchLabels: {app: web}}, topologyKey: topology.kubernetes.io/zone}]}}\n";
    let folder = Folder::new();
    let (before, rest) = CLUSTER
        .split_once("      topologySpread")
        .expect("the rule");
    let (_, after) = rest.split_once("      containers").expect("containers");
    let (after, _) = after.split_once("---\n").expect("a document");
    for (replicas, waits) in [(3, true), (2, false)] {
        let text = format!("{before}{APART}      containers{after}");
        let text = text.replace("replicas: 3", &format!("replicas: {replicas}"));
        let text = text.replace(
            "region:",
            "availabilityZones: [us-east-1a, us-east-1b, us-east-1c]\nregion:",
        );
        let file = folder.write("apart.yaml", &text);
        let (plan, exit) = plan_json(&file, &["--survive-zone-loss"]);
        assert_eq!(exit, 0, "{plan}");
        let rows = plan["instances"].as_array().expect("rows");
        let spare: u64 = rows
            .iter()
            .filter_map(|row| row["spare"]["front/web"].as_u64())
            .sum();
        assert_eq!(spare, u64::from(!waits), "{plan}");
        let zones: std::collections::BTreeSet<_> = (rows.iter())
            .map(|row| row["availabilityZone"].to_string())
            .collect();
        assert_eq!(zones.len(), 3, "{plan}");
        let said = plan["assumptions"].to_string();
        assert_eq!(
            said.contains("stay pending until it is back"),
            waits,
            "{said}"
        );
        let saved = folder.write("plan.json", &plan.to_string());
        let (said, _, exit) = output(&["check", "--survive-zone-loss"], &[&file, &saved]);
        assert_eq!(exit, Some(0), "{said}");
        if !waits {
            let mut forged = plan.clone();
            for row in forged["instances"].as_array_mut().expect("rows") {
                if row["spare"]["front/web"].is_u64() {
                    row.as_object_mut().expect("a row").remove("spare");
                }
            }
            forged["instances"]
                .as_array_mut()
                .expect("rows")
                .retain(|row| row["tasks"]["front/web"].is_u64());
            let forged = folder.write("forged.json", &forged.to_string());
            let (said, _, exit) = output(&["check", "--survive-zone-loss"], &[&file, &forged]);
            assert_eq!(exit, Some(12), "{said}");
            assert!(said.contains("V33"), "{said}");
        }
    }
}
