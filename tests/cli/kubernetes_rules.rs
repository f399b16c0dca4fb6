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

/// A deployment of two pods that keep apart by host name, and both run on one node all the same: as where labels were changed later.
fn two_on_one_node(policy: &str) -> String {
    let spec = "containers: [{name: c, resources: {requests: {cpu: 500m, memory: 1Gi}}}], affinity: {podAntiAffinity: \
                {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: web}}}]}}";
    let pod = |number: u8| {
        format!(
            "---\n{{kind: Pod, apiVersion: v1, metadata: {{name: web-5d4c-{number}, namespace: front, labels: {{app: web}}, ownerReferences: \
             [{{kind: ReplicaSet, name: web-5d4c, controller: true}}]}}, spec: {{nodeName: n0, {spec}}}, status: {{phase: Running}}}}\n"
        )
    };
    format!(
        "region: us-east-1\npolicy: {{allowedInstanceTypes: [m5.large], rootVolumeGib: 0{policy}}}\n---\n{{kind: Deployment, apiVersion: apps/v1, \
         metadata: {{name: web, namespace: front}}, spec: {{replicas: 2, template: {{metadata: {{labels: {{app: web}}}}, spec: {{{spec}}}}}}}}}\n{}{}{}",
        pod(1),
        pod(2),
        nodes(&["karpenter.sh/capacity-type: on-demand"])
    )
}

#[test]
fn a_bound_that_todays_nodes_refute_is_not_claimed() {
    let folder = Folder::new();
    let file = folder.write("one.yaml", &two_on_one_node(""));
    let (plan, exit) = plan_json(&file, &[]);
    assert_eq!(exit, 0, "{plan}");
    let cost = &plan["cost"];
    assert_eq!(
        (&cost["currentUsdPerHour"], &cost["idealUsdPerHour"]),
        (&serde_json::json!(0.096), &serde_json::json!(0.192))
    );
    assert!(
        cost["boundUsdPerHour"].is_null() && cost["gap"].is_null(),
        "{cost}"
    );
    assert_eq!(plan["status"], "feasible");
    let details = plan["details"].to_string();
    assert!(details.contains("bound-above-today"), "{details}");
    let saved = folder.write("plan.json", &plan.to_string());
    for (args, files) in [
        (&["plan"][..], &[file.as_path()][..]),
        (&["explain"], &[&file, &saved]),
        (&["check"], &[&file, &saved]),
    ] {
        let (text, wrong, exit) = output(args, files);
        assert_eq!(exit, Some(0), "{args:?}: {text}{wrong}");
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            text.contains("no bound is claimed: the one that was found, 0.192 USD per hour, is above the 0.096 that today's nodes cost"),
            "{args:?}: {text}"
        );
        assert_eq!(words_of_ecs(&text), Vec::<String>::new(), "{text}");
    }
    let (text, _, _) = output(&["plan"], &[&file]);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("Proof no bound is claimed: today's nodes run all planned pods"),
        "{text}"
    );
    // Where the policy asks for more than today's nodes have, the bound stands.
    let file = folder.write("reserved.yaml", &two_on_one_node(", reservedCpu: 10"));
    let (plan, exit) = plan_json(&file, &[]);
    assert_eq!(
        (exit, &plan["cost"]["boundUsdPerHour"]),
        (0, &serde_json::json!(0.192))
    );
}

#[test]
fn what_is_full_and_what_gives_a_place_are_said_in_words_of_nodes() {
    let folder = Folder::new();
    // 29 pods on a node of that type.
    let text = format!(
        "region: us-east-1\npolicy: {{allowedInstanceTypes: [m5.large]}}\n---\n{}",
        asking("kubernetes.io/os: linux", 29)
            .replace("cpu: 500m, memory: 1Gi", "cpu: 1m, memory: 1Mi")
    );
    let file = folder.write("small.yaml", &text);
    let (said, _, exit) = output(&["plan"], &[&file]);
    assert_eq!(exit, Some(0), "{said}");
    assert!(
        said.contains("what is full: m5.large by pods (100 %)"),
        "{said}"
    );
    // No zone is known, and none of today's.
    let text = format!(
        "{SETTINGS}{}",
        asking("topology.kubernetes.io/zone: us-east-1a", 1)
    );
    let file = folder.write("zone.yaml", &text);
    let (said, _, exit) = output(&["plan"], &[&file]);
    assert_eq!(exit, Some(10), "{said}");
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        said.contains("would unlock it: the zones to use (`--availability-zones`); without them nodes have no zone"),
        "{said}"
    );
    // What the catalogue says of an image is of ECS's.
    let text = format!(
        "region: us-east-1\npolicy: {{allowedInstanceTypes: ['*.large']}}\n---\n{}",
        asking("node.kubernetes.io/instance-type: a1.large", 1)
    );
    let file = folder.write("early.yaml", &text);
    let (said, wrong, exit) = output(&["plan"], &[&file]);
    assert_eq!(exit, Some(10), "{said}{wrong}");
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        said.contains(
            "an early type, or one of ARM64 with GPUs, used only when allowedInstanceTypes names it"
        ),
        "{said}"
    );
    assert_eq!(words_of_ecs(&said), Vec::<String>::new(), "{said}");
}

#[test]
fn a_rule_that_a_node_of_another_provider_satisfies_leaves_no_workload_without_a_place() {
    let folder = Folder::new();
    let not_in = |values: &str| {
        let rule = format!(
            "affinity: {{nodeAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: {{nodeSelectorTerms: [{{matchExpressions: \
             [{{key: karpenter.k8s.aws/instance-family, operator: NotIn, values: [{values}]}}]}}]}}}}}}"
        );
        format!("{SETTINGS}{}", asking("kubernetes.io/os: linux", 1))
            .replace("nodeSelector: {kubernetes.io/os: linux}", &rule)
    };
    let cost = |text: &str| {
        let file = folder.write("family.yaml", text);
        let (plan, exit) = plan_json(&file, &[]);
        assert_eq!(exit, 0, "{plan}");
        let warnings = plan["warnings"].to_string();
        assert!(
            warnings.contains(
                "the label karpenter.k8s.aws/instance-family, which new nodes of another provider"
            ),
            "{warnings}"
        );
        let saved = folder.write("plan.json", &plan.to_string());
        let (said, wrong, exit) = output(&["check"], &[&file, &saved]);
        assert_eq!(exit, Some(0), "{said}{wrong}");
        let cost = &plan["cost"];
        (
            cost["idealUsdPerHour"].as_f64(),
            cost["boundUsdPerHour"].as_f64(),
            plan,
        )
    };
    // All types that the policy allows.
    let (ideal, bound, plan) = cost(&not_in("m5"));
    assert!(ideal.is_some() && ideal == bound, "{plan}");
    // Where another family is allowed the packing keeps to the rule.
    let (ideal, bound, plan) =
        cost(&not_in("m5").replace("[m5.*]", "[m5.large, m6i.large, m5.xlarge]"));
    assert_eq!(plan["instances"][0]["instanceType"], "m6i.large");
    assert!(bound <= ideal, "{plan}");
    // A plan that breaks it there does not pass.
    let file = folder.write(
        "two.yaml",
        &not_in("m6i").replace("[m5.*]", "[m5.large, m6i.large, m5.xlarge]"),
    );
    let saved = folder.write("plan.json", &plan.to_string());
    let (said, wrong, exit) = output(&["check"], &[&file, &saved]);
    assert_eq!(exit, Some(12), "{said}{wrong}");
    assert!(
        said.contains("V14 instances[0]: found pods of front/web"),
        "{said}"
    );
}

#[test]
fn a_daemon_set_of_one_node_pool_is_on_no_node_of_no_pool() {
    const AGENT: &str = "---\n{kind: DaemonSet, apiVersion: apps/v1, metadata: {name: agent, namespace: front}, spec: {template: {spec: \
                         {nodeSelector: {karpenter.sh/nodepool: special}, containers: [{name: c, resources: {requests: {cpu: '1'}}}]}}}}\n";
    const POOL: &str = "---\n{kind: NodePool, apiVersion: karpenter.sh/v1, metadata: {name: special}, spec: {template: {spec: {}}}}\n";
    let folder = Folder::new();
    let without_pool = nodes(&["team: red"]).replace("karpenter.sh/nodepool: general, ", "");
    let of_pool = nodes(&["team: red"])
        .replace("n0", "n1")
        .replace("general", "special");
    for known in [POOL, &of_pool] {
        let text = |own: &str| format!("{SETTINGS}{}{AGENT}{without_pool}{known}", asking(own, 1));
        let file = folder.write("agent.yaml", &text("kubernetes.io/os: linux"));
        let (plan, exit) = plan_json(&file, &[]);
        assert_eq!(exit, 0, "{plan}");
        let row = &plan["instances"][0];
        assert_eq!(
            (&row["instanceType"], &row["tasks"]["front/agent"]),
            (&"m5.large".into(), &serde_json::Value::Null)
        );
        assert_eq!(
            plan["cost"]["boundUsdPerHour"],
            plan["cost"]["idealUsdPerHour"]
        );
        // On the pool's own nodes it is.
        let file = folder.write("pool.yaml", &text("karpenter.sh/nodepool: special"));
        let (plan, exit) = plan_json(&file, &[]);
        assert_eq!(
            (exit, &plan["instances"][0]["tasks"]["front/agent"]),
            (0, &1.into()),
            "{plan}"
        );
    }
}
