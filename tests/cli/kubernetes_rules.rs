//! Rules of documents of Kubernetes that have no place under the policy, are not looked at, or stand twice, through the real binary.

use crate::kubernetes::{output, words_of_ecs};
use crate::support::{Folder, plan_json};

/// A deployment that asks for nodes by one label.
fn asking(label: &str, replicas: u64) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, namespace: front}}\nspec:\n  replicas: {replicas}\n  template:\n    \
         metadata: {{labels: {{app: web}}}}\n    spec:\n      nodeSelector: {{{label}}}\n      containers:\n      - name: c\n        \
         resources: {{requests: {{cpu: 500m, memory: 1Gi}}}}\n"
    )
}

/// Nodes of one pool, each with a label of its own.
fn nodes(labels: &[&str]) -> String {
    let node = |(place, label): (usize, &&str)| {
        format!(
            "---\n{{kind: Node, apiVersion: v1, metadata: {{name: n{place}, labels: {{node.kubernetes.io/instance-type: m5.large, \
             topology.kubernetes.io/zone: us-east-1a, karpenter.sh/nodepool: general, {label}}}}}}}\n"
        )
    };
    labels.iter().enumerate().map(node).collect()
}

const SETTINGS: &str = "region: us-east-1\npolicy: {allowedInstanceTypes: [m5.*]}\n---\n";

#[test]
fn pods_that_ask_for_spot_nodes_are_told_the_flag_that_allows_them() {
    let folder = Folder::new();
    for label in [
        "karpenter.sh/capacity-type: spot",
        "eks.amazonaws.com/capacityType: SPOT",
    ] {
        let file = folder.write("spot.yaml", &format!("{SETTINGS}{}", asking(label, 2)));
        let (plan, exit) = plan_json(&file, &[]);
        assert_eq!(exit, 10, "{plan}");
        let details = plan["details"].to_string();
        assert!(details.contains("other-purchase-needed"), "{details}");
        let saved = folder.write("plan.json", &plan.to_string());
        let (said, wrong, exit) = output(&["check"], &[&file, &saved]);
        assert_eq!(exit, Some(0), "{said}{wrong}");
        let (text, _, _) = output(&["plan"], &[&file]);
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            text.contains("would unlock it: `spot` among the policy's purchaseOptions (`--purchase-options on-demand,spot`)"),
            "{text}"
        );
        assert_eq!(words_of_ecs(&text), Vec::<String>::new(), "{text}");
        // What is said there is so.
        let (plan, exit) = plan_json(&file, &["--purchase-options", "on-demand,spot"]);
        assert_eq!(exit, 0, "{plan}");
        assert_eq!(plan["instances"][0]["purchaseOption"], "spot");
    }
    // Where a label of another kind is in the way, no way of buying helps.
    let file = folder.write(
        "team.yaml",
        &format!("{SETTINGS}{}", asking("team: red", 2)),
    );
    let (plan, exit) = plan_json(&file, &[]);
    assert_eq!(exit, 10);
    assert!(
        !plan.to_string().contains("other-purchase-needed"),
        "{plan}"
    );
}

#[test]
fn capacity_reservations_are_planned_and_said() {
    let folder = Folder::new();
    let label = "karpenter.sh/capacity-type: reserved";
    let text = format!("{SETTINGS}{}{}", asking(label, 2), nodes(&[label]));
    let text = text.replace("policy: {", "policy: {rootVolumeGib: 0, ");
    let file = folder.write("reserved.yaml", &text);
    let (plan, exit) = plan_json(&file, &[]);
    assert_eq!(exit, 0, "{plan}");
    assert_eq!(plan["cost"]["currentUsdPerHour"], 0.096);
    let warnings = plan["warnings"].to_string();
    for said in [
        "planned as On-Demand nodes",
        "today's cost has nodes of capacity reservations at On-Demand prices: n0",
    ] {
        assert!(warnings.contains(said), "no {said} in {warnings}");
    }
    let saved = folder.write("plan.json", &plan.to_string());
    let (text, said, exit) = output(
        &["report", "--no-curves", "--format", "markdown"],
        &[&file, &saved],
    );
    assert_eq!(exit, Some(0), "{said}");
    assert!(text.contains("nodes of capacity reservations"), "{text}");
}

#[test]
fn a_label_of_one_node_of_a_pool_leaves_no_workload_without_a_place() {
    let folder = Folder::new();
    let text = format!(
        "{SETTINGS}{}{}",
        asking("team: red", 2),
        nodes(&["team: red", "stage: new", "stage: new"])
    );
    let file = folder.write("label.yaml", &text);
    let (plan, exit) = plan_json(&file, &[]);
    assert_eq!(exit, 0, "{plan}");
    let warnings = plan["warnings"].to_string();
    assert!(
        warnings.contains("the label team, which some nodes of a pool have and others have not")
            && warnings.contains("front/web"),
        "{warnings}"
    );
    let cost = &plan["cost"];
    assert!(cost["boundUsdPerHour"].as_f64() <= cost["idealUsdPerHour"].as_f64());
    let saved = folder.write("plan.json", &plan.to_string());
    let (said, wrong, exit) = output(&["check"], &[&file, &saved]);
    assert_eq!(exit, Some(0), "{said}{wrong}");
    // With a pool that has it, the packing keeps to that: its pods stand beside none that may not be there.
    let whole = nodes(&["team: red"])
        .replace("n0", "n9")
        .replace("general", "red");
    let file = folder.write("pools.yaml", &format!("{text}{whole}"));
    let (plan, exit) = plan_json(&file, &[]);
    assert_eq!(exit, 0, "{plan}");
    assert!(
        plan.to_string()
            .contains("the label team, which some nodes"),
        "{plan}"
    );
    let row = &plan["instances"][0];
    assert_eq!(row["attributes"]["team"], "red", "{row}");
}

#[test]
fn files_that_lack_a_field_or_say_two_things_are_told_where() {
    let folder = Folder::new();
    let two = format!(
        "region: us-east-1\n---\n{}---\nregion: eu-west-1\npolicy: {{maxPods: 9}}\n",
        asking("a: b", 1)
    );
    for (name, text, said) in [
        (
            "bare.json",
            r#"{"kind": "Deployment"}"#,
            &["E1105", "`metadata.name` is missing"][..],
        ),
        (
            "two.yaml",
            &two,
            &[
                "E1002",
                "items[2].region",
                "`region` stands among the settings twice",
                "at line 1",
            ],
        ),
    ] {
        let file = folder.write(name, text);
        for command in ["plan", "what-if"] {
            let mut args = vec![command];
            if command == "what-if" {
                args.extend(["--set", "policy.maxPods=5"]);
            }
            let (_, wrong, exit) = output(&args, &[&file]);
            assert_eq!(exit, Some(20), "{name}: {wrong}");
            for part in said {
                assert!(wrong.contains(part), "{name}: no {part} in {wrong}");
            }
            assert!(!wrong.contains("services"), "{wrong}");
        }
    }
}

#[test]
fn an_autoscaler_of_a_rollout_holds_what_it_made() {
    let folder = Folder::new();
    let text = "\
kind: List
apiVersion: v1
region: us-east-1
policy: {allowedInstanceTypes: [m5.*]}
items:
- {kind: Rollout, apiVersion: argoproj.io/v1alpha1, metadata: {name: web, namespace: front}, spec: {replicas: 2}}
- kind: ReplicaSet
  apiVersion: apps/v1
  metadata: {name: web-5d4c, namespace: front, ownerReferences: [{kind: Rollout, apiVersion: argoproj.io/v1alpha1, name: web, controller: true}]}
  spec: {replicas: 2, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, resources: {requests: {cpu: 500m, memory: 1Gi}}}]}}}
- kind: HorizontalPodAutoscaler
  apiVersion: autoscaling/v2
  metadata: {name: web, namespace: front}
  spec: {minReplicas: 1, maxReplicas: 7, scaleTargetRef: {kind: Rollout, apiVersion: argoproj.io/v1alpha1, name: web}}
- kind: HorizontalPodAutoscaler
  apiVersion: autoscaling/v2
  metadata: {name: gone, namespace: front}
  spec: {maxReplicas: 7, scaleTargetRef: {kind: Deployment, apiVersion: apps/v1, name: gone}}
";
    let file = folder.write("rollout.yaml", text);
    for (at, pods) in [("min", 1), ("desired", 2), ("max", 7)] {
        let (plan, exit) = plan_json(&file, &["--at", at]);
        assert_eq!(exit, 0, "{plan}");
        let rows = plan["instances"].as_array().expect("rows");
        let found: u64 = (rows.iter())
            .map(|row| {
                row["tasks"]["front/web-5d4c"].as_u64().unwrap_or(0)
                    * row["count"].as_u64().unwrap_or(0)
            })
            .sum();
        assert_eq!(found, pods, "{at}: {plan}");
        let warnings = plan["warnings"].to_string();
        assert!(
            warnings.contains("pods of the Deployment that an autoscaler scales")
                && warnings.contains("front/gone"),
            "{warnings}"
        );
    }
}

#[test]
fn rules_on_labels_of_one_provider_leave_the_bound_at_what_nodes_of_the_other_cost() {
    let folder = Folder::new();
    let settings = "region: us-east-1\npolicy: {allowedInstanceTypes: [m5.large], purchaseOptions: [on-demand, spot]}\n---\n";
    let web = asking("kubernetes.io/os: linux", 1);
    let rule = |key: &str, operator: &str| {
        format!(
            "{settings}{}",
            web.replace(
                "      containers:",
                &format!(
                    "      affinity: {{nodeAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: {{nodeSelectorTerms: [{{matchExpressions: \
                     [{{key: {key}, operator: {operator}}}]}}]}}}}}}\n      containers:"
                ),
            )
        )
    };
    let cost = |text: &str, name: &str| {
        let file = folder.write(name, text);
        let (plan, exit) = plan_json(&file, &[]);
        assert_eq!(exit, 0, "{plan}");
        let saved = folder.write("plan.json", &plan.to_string());
        let (said, wrong, exit) = output(&["check"], &[&file, &saved]);
        assert_eq!(exit, Some(0), "{said}{wrong}");
        plan
    };
    let plain = cost(&format!("{settings}{web}"), "plain.yaml");
    let spot = plain["cost"]["usdPerHour"].as_f64().expect("a cost");
    for (key, operator, is_on_demand) in [
        (
            "eks.amazonaws.com/capacityType",
            "NotIn, values: [SPOT]",
            true,
        ),
        ("karpenter.sh/capacity-type", "DoesNotExist", false),
    ] {
        let plan = cost(&rule(key, operator), "rule.yaml");
        let bound = plan["cost"]["boundUsdPerHour"].as_f64();
        assert!(bound.is_some_and(|bound| bound <= spot), "{key}: {plan}");
        let packing = plan["cost"]["usdPerHour"].as_f64().expect("a cost");
        assert_eq!(packing > spot, is_on_demand, "{key}: {plan}");
        assert!(
            plan["warnings"]
                .to_string()
                .contains("new nodes of another provider"),
            "{plan}"
        );
    }
}
