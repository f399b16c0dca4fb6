//! Documents of Kubernetes that tell how many pods run, or how many a node takes, otherwise than by templates, through the real binary.

use serde_json::Value;

use crate::kubernetes::output;
use crate::support::{Folder, plan_json};

/// A hundred pods of nearly nothing, with further objects.
fn hundred_pods(more: &str) -> String {
    format!(
        "kind: List\napiVersion: v1\nregion: us-east-1\npolicy: {{allowedInstanceTypes: [m5.*]}}\nitems:\n\
         - kind: Deployment\n  apiVersion: apps/v1\n  metadata: {{name: tiny, namespace: front}}\n  spec: {{replicas: 100, template: \
         {{metadata: {{labels: {{app: tiny}}}}, spec: {{containers: [{{name: c, resources: {{requests: {{cpu: 1m, memory: 1Mi}}}}}}]}}}}}}\n{more}"
    )
}

fn pods(plan: &Value, name: &str) -> u64 {
    let rows = plan["instances"].as_array().expect("rows");
    let of_row =
        |row: &Value| row["tasks"][name].as_u64().unwrap_or(0) * row["count"].as_u64().unwrap_or(0);
    rows.iter().map(of_row).sum()
}

#[test]
fn pods_of_a_node_are_those_of_its_node_pool() {
    const POOL: &str = "- {kind: NodePool, apiVersion: karpenter.sh/v1beta1, metadata: {name: teams}, spec: {template: {spec: {kubelet: {maxPods: 110}}}}}\n";
    let folder = Folder::new();
    let cost = |more: &str| {
        let file = folder.write("tiny.yaml", &hundred_pods(more));
        let (plan, exit) = plan_json(&file, &[]);
        assert_eq!(exit, 0, "{plan}");
        assert_eq!(pods(&plan, "front/tiny"), 100, "{plan}");
        let saved = folder.write("plan.json", &plan.to_string());
        let (said, _, exit) = output(&["check"], &[&file, &saved]);
        assert_eq!(exit, Some(0), "{said}");
        plan["cost"]["usdPerHour"].as_f64().expect("a cost")
    };
    // One m5.large, where it takes 29 pods by itself.
    let (stated, published) = (cost(POOL), cost(""));
    assert!(stated < published / 1.5, "{stated} {published}");
}

#[test]
fn a_plan_says_that_its_bound_may_be_too_high_where_nodes_are_set_up_otherwise() {
    const NODE: &str = "- {kind: Node, apiVersion: v1, metadata: {name: n1, labels: {node.kubernetes.io/instance-type: m5.xlarge, topology.kubernetes.io/zone: us-east-1a, karpenter.sh/capacity-type: on-demand}}, status: {allocatable: {cpu: 3920m, memory: 14Gi, pods: 110}}}\n";
    let folder = Folder::new();
    let file = folder.write("tiny.yaml", &hundred_pods(NODE));
    let (plan, exit) = plan_json(&file, &[]);
    assert_eq!(exit, 0, "{plan}");
    let saved = folder.write("plan.json", &plan.to_string());
    for (args, files) in [
        (&["plan"][..], &[file.as_path()][..]),
        (&["explain"], &[&file, &saved]),
        (&["check"], &[&file, &saved]),
    ] {
        let (text, said, exit) = output(args, files);
        assert_eq!(exit, Some(0), "{args:?}: {text}{said}");
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            text.contains("bound may be too high where new nodes are set up alike: nodes of today take 110 pods")
                && text.contains("(n1)"),
            "{args:?}: {text}"
        );
        assert!(!text.contains("holds all the same"), "{args:?}: {text}");
    }
    // Stated in the policy it is planned.
    let (plan, exit) = plan_json(&file, &["--max-pods", "110"]);
    assert_eq!(exit, 0, "{plan}");
    assert!(!plan["warnings"].to_string().contains("too high"), "{plan}");
}

#[test]
fn a_paused_autoscaler_and_a_claim_of_one_pod_hold_counts() {
    const HELD: &str = "\
kind: List
apiVersion: v1
region: us-east-1
policy: {allowedInstanceTypes: [m5.*]}
items:
- kind: Deployment
  apiVersion: apps/v1
  metadata: {name: web, namespace: front}
  spec: {replicas: 2, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, resources: {requests: {cpu: 500m, memory: 1Gi}}}]}}}
- kind: ScaledObject
  apiVersion: keda.sh/v1alpha1
  metadata: {name: web, namespace: front, annotations: {autoscaling.keda.sh/paused-replicas: \"3\"}}
  spec: {minReplicaCount: 20, scaleTargetRef: {name: web}}
- kind: Deployment
  apiVersion: apps/v1
  metadata: {name: db, namespace: front}
  spec:
    replicas: 4
    template: {metadata: {labels: {app: db}}, spec: {volumes: [{name: v, persistentVolumeClaim: {claimName: data}}], containers: [{name: c, resources: {requests: {cpu: 500m, memory: 1Gi}}}]}}
- {kind: PersistentVolumeClaim, apiVersion: v1, metadata: {name: data, namespace: front}, spec: {accessModes: [ReadWriteOncePod]}}
";
    let folder = Folder::new();
    let file = folder.write("held.yaml", HELD);
    for at in ["min", "desired", "max"] {
        let (plan, exit) = plan_json(&file, &["--at", at]);
        assert_eq!(exit, 0, "{plan}");
        assert_eq!(
            (pods(&plan, "front/web"), pods(&plan, "front/db")),
            (3, 1),
            "{at}: {plan}"
        );
        assert!(
            plan["warnings"]
                .to_string()
                .contains("3 pods, pending since another pod has a claim"),
            "{plan}"
        );
    }
}
