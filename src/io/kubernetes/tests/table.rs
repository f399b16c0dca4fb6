//! The table of `docs/kubernetes.md`, its rows that are weaker or left out: one pod each, and the sentence that is said of it.

use serde_json::{Value, json};

use super::{deployment, imported, small};

fn with(key: &str, value: &Value) -> Value {
    let mut spec = small();
    spec[key] = value.clone();
    spec
}

fn asking(resource: &str) -> Value {
    json!({"containers": [{"name": "c", "resources": {"limits": {resource: 1}}}]})
}

fn anti_affinity(term: &Value) -> Value {
    with(
        "affinity",
        &json!({"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}),
    )
}

fn spread(changes: &Value) -> Value {
    let mut rule = json!({"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "a"}}});
    for (key, value) in changes.as_object().expect("keys") {
        rule[key] = value.clone();
    }
    with("topologySpreadConstraints", &json!([rule]))
}

fn node_affinity(term: &Value) -> Value {
    with(
        "affinity",
        &json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}}),
    )
}

fn port(port: &Value) -> Value {
    json!({"containers": [{"name": "c", "ports": [port], "resources": {"requests": {"cpu": "100m"}}}]})
}

/// Specs whose pods are planned with a weaker bound.
fn weaker() -> Vec<(Value, &'static str)> {
    let named = json!([{"key": "metadata.name", "operator": "In", "values": ["n1"]}]);
    let others = json!({"matchLabels": {"app": "b"}});
    vec![
        (
            with(
                "nodeSelector",
                &json!({"karpenter.k8s.aws/instance-local-nvme": "100"}),
            ),
            "the label karpenter.k8s.aws/instance-local-nvme, which no document tells of a new node",
        ),
        (
            node_affinity(&json!({"matchFields": named})),
            "required node affinity to nodes by name (matchFields)",
        ),
        (with("nodeName", &json!("n1")), "a node by name (nodeName)"),
        (
            spread(&json!({"maxSkew": 2})),
            "topology spread with a maxSkew above 1",
        ),
        (
            spread(&json!({"minDomains": 3})),
            "topology spread with minDomains",
        ),
        (
            spread(&json!({"topologyKey": "rack"})),
            "topology spread over other keys than zone and host name",
        ),
        (
            spread(&json!({"labelSelector": {}})),
            "topology spread over pods other than the workload's own",
        ),
        (
            anti_affinity(
                &json!({"labelSelector": others, "topologyKey": "topology.kubernetes.io/zone"}),
            ),
            "anti-affinity to other workloads by zone",
        ),
        (
            anti_affinity(&json!({"labelSelector": others, "topologyKey": "rack"})),
            "anti-affinity by other keys than zone and host name",
        ),
        (
            anti_affinity(
                &json!({"labelSelector": others, "topologyKey": "kubernetes.io/hostname",
                "namespaceSelector": {"matchLabels": {"team": "red"}}}),
            ),
            "anti-affinity to namespaces by labels",
        ),
        (
            with(
                "affinity",
                &json!({"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
                    {"labelSelector": others, "topologyKey": "kubernetes.io/hostname"}]}}),
            ),
            "required affinity between pods",
        ),
        (
            port(&json!({"containerPort": 80, "hostPort": 80, "hostIP": "127.0.0.1"})),
            "host ports of one address, or of SCTP",
        ),
        (
            port(&json!({"containerPort": 80, "hostPort": 80, "protocol": "SCTP"})),
            "host ports of one address, or of SCTP",
        ),
        (asking("ephemeral-storage"), "room for ephemeral-storage"),
        (asking("hugepages-2Mi"), "room for hugepages-2Mi"),
        (asking("example.com/dongle"), "room for example.com/dongle"),
        (
            with("resourceClaims", &json!([{"name": "x"}])),
            "claims of devices (resourceClaims)",
        ),
    ]
}

/// Specs whose pods are not planned.
fn left_out() -> Vec<(Value, &'static str)> {
    let on = |key: &str, value: &str| with("nodeSelector", &json!({key: value}));
    vec![
        (
            asking("aws.amazon.com/neuron"),
            "pods that ask for aws.amazon.com/neuron",
        ),
        (asking("amd.com/gpu"), "pods that ask for amd.com/gpu"),
        (
            asking("nvidia.com/mig-1g.5gb"),
            "pods that ask for nvidia.com/mig-1g.5gb",
        ),
        (
            asking("nvidia.com/gpu.shared"),
            "pods that ask for nvidia.com/gpu.shared",
        ),
        (with("os", &json!({"name": "windows"})), "pods of Windows"),
        (on("kubernetes.io/os", "windows"), "pods of Windows"),
        (
            on("eks.amazonaws.com/compute-type", "fargate"),
            "pods of Fargate, or on nodes that are left out",
        ),
        (
            on("eks.amazonaws.com/compute-type", "hybrid"),
            "pods of hybrid nodes, which stand outside AWS",
        ),
    ]
}

#[test]
fn each_rule_that_is_weaker_says_so_and_its_pods_are_planned() {
    for (spec, sentence) in weaker() {
        let read = imported(&json!([
            deployment("a", 2, &spec),
            deployment("b", 1, &small())
        ]));
        let said: Vec<&str> = read.warnings.iter().map(|it| it.cause.as_str()).collect();
        assert_eq!(said, [format!("{sentence}: not looked at for `shop/a`")]);
        assert_eq!(read.warnings[0].code, "W2026");
        assert_eq!(read.cluster.services.len(), 2, "{sentence}");
        assert_eq!(read.cluster.passed_over.len(), 1, "{sentence}");
    }
}

#[test]
fn each_kind_of_pods_that_is_left_out_says_so_and_is_not_planned() {
    for (spec, sentence) in left_out() {
        let read = imported(&json!([
            deployment("a", 2, &spec),
            deployment("b", 1, &small())
        ]));
        let said: Vec<&str> = read.warnings.iter().map(|it| it.cause.as_str()).collect();
        assert_eq!(said, [format!("{sentence}: left out are `shop/a`")]);
        assert_eq!(read.warnings[0].code, "W2025");
        assert_eq!(read.cluster.services.len(), 1, "{sentence}");
    }
}
