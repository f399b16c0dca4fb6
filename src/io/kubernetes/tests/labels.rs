//! Labels that some nodes of a pool have and others have not, and the label of the way of buying.

use serde_json::{Value, json};

use crate::io::{Imported, read_cluster};

use super::{codes, deployment, imported, options, service, small, sources, warning};

/// A node of a pool, with labels of its own.
fn node(name: &str, pool: &str, more: &Value) -> Value {
    let mut labels = json!({"node.kubernetes.io/instance-type": "m5.large", "topology.kubernetes.io/zone": "us-east-1a",
        "karpenter.sh/capacity-type": "on-demand", "karpenter.sh/nodepool": pool, "kubernetes.io/hostname": name});
    let own = labels.as_object_mut().expect("labels");
    own.extend(more.as_object().cloned().unwrap_or_default());
    json!({"kind": "Node", "apiVersion": "v1", "metadata": {"name": name, "labels": labels}})
}

/// Pods that ask for nodes by one requirement.
fn asking(key: &str, operator: &str, values: &[&str]) -> Value {
    let mut spec = small();
    let values = (!values.is_empty()).then_some(values);
    spec["affinity"] = json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
        {"matchExpressions": [{"key": key, "operator": operator, "values": values.unwrap_or_default()}]}]}}});
    spec
}

fn daemon(spec: &Value) -> Value {
    let mut agent = deployment("agent", 1, spec);
    agent["kind"] = json!("DaemonSet");
    agent
}

/// Rules of the packing and of the bound on nodes.
fn rules(read: &Imported) -> (usize, usize) {
    let of_bound = read.cluster.for_bound().expect("two readings");
    (
        sources(service(&read.cluster, "shop/a")).len(),
        sources(service(&of_bound, "shop/a")).len(),
    )
}

#[test]
fn a_label_of_some_nodes_of_a_pool_makes_a_rule_weaker() {
    let partial = [
        node("n1", "general", &json!({"team": "red"})),
        node("n2", "general", &json!({})),
    ];
    let of_pool = [
        node("n3", "red", &json!({"team": "red"})),
        node("n4", "red", &json!({"team": "red"})),
    ];
    let mut by_selector = small();
    by_selector["nodeSelector"] = json!({"team": "red", "kubernetes.io/arch": "amd64"});
    for (spec, alone, beside, said) in [
        (asking("team", "In", &["red"]), (0, 0), (1, 0), 1),
        (asking("team", "Exists", &[]), (0, 0), (1, 0), 1),
        (by_selector, (1, 1), (2, 1), 1),
        // A node without the label satisfies these, and one with another value no node of today has.
        (asking("team", "NotIn", &["red"]), (1, 1), (1, 1), 0),
        (asking("team", "In", &["blue"]), (1, 1), (1, 1), 0),
    ] {
        let a = deployment("a", 2, &spec);
        let read = imported(&json!([a, partial[0], partial[1]]));
        assert_eq!(rules(&read), alone, "{spec}");
        assert_eq!(codes(&read), vec!["W2026"; said], "{spec}");
        // All nodes of another pool have it: the packing keeps to these, the bound does not count the rule.
        let read = imported(&json!([a, partial[0], partial[1], of_pool[0], of_pool[1]]));
        assert_eq!(rules(&read), beside, "{spec}");
        assert_eq!(codes(&read), vec!["W2026"; said], "{spec}");
        if said == 1 {
            let said = warning(&read, "W2026");
            assert!(
                said.starts_with("the label team, which some nodes of a pool have"),
                "{said}"
            );
        }
    }
    // Of a whole pool, and of a pool of one node, the rule is exact.
    let a = deployment("a", 2, &asking("team", "In", &["red"]));
    for nodes in [
        json!([a, of_pool[0], of_pool[1]]),
        json!([a, of_pool[0], partial[1]]),
    ] {
        let read = imported(&nodes);
        assert_eq!((rules(&read), codes(&read).len()), ((1, 1), 0));
    }
}

#[test]
fn a_pool_whose_taint_keeps_the_pods_away_does_not_satisfy_their_rules() {
    let mut tainted = node("n3", "red", &json!({"team": "red"}));
    tainted["spec"] = json!({"taints": [{"key": "only", "value": "red", "effect": "NoSchedule"}]});
    let read = imported(&json!([
        deployment("a", 2, &asking("team", "In", &["red"])),
        node("n1", "general", &json!({"team": "red"})),
        node("n2", "general", &json!({})),
        tainted
    ]));
    let found = sources(service(&read.cluster, "shop/a"));
    assert_eq!(
        found,
        ["no taint only=red:NoSchedule, which the pod does not tolerate"]
    );
}

#[test]
fn a_daemon_of_such_a_label_is_for_the_packing_alone() {
    let nodes = [
        node("n1", "general", &json!({"team": "red"})),
        node("n2", "general", &json!({})),
    ];
    for (spec, rules) in [
        (asking("team", "NotIn", &["red"]), 1),
        (asking("team", "In", &["red"]), 1),
        // All nodes but one by its name.
        (asking("kubernetes.io/hostname", "NotIn", &["n1"]), 0),
        (asking("kubernetes.io/hostname", "In", &["n1"]), 1),
    ] {
        let read = imported(&json!([
            daemon(&spec),
            deployment("a", 1, &small()),
            nodes[0],
            nodes[1]
        ]));
        let agent = service(&read.cluster, "shop/agent");
        assert_eq!(sources(agent).len(), rules, "{spec}");
        assert!(
            agent
                .pod
                .as_ref()
                .is_some_and(|pod| pod.daemon_for_packing_alone)
        );
        assert_eq!(codes(&read), ["W2026"], "{spec}");
    }
}

#[test]
fn capacity_reservations_are_on_demand_nodes() {
    let reserved = |values: &[&str]| asking("karpenter.sh/capacity-type", "In", values);
    let read = imported(&json!([
        deployment("a", 1, &reserved(&["reserved"])),
        node(
            "n1",
            "general",
            &json!({"karpenter.sh/capacity-type": "reserved"})
        ),
        node("n2", "general", &json!({}))
    ]));
    assert_eq!(
        sources(service(&read.cluster, "shop/a")),
        ["required node affinity karpenter.sh/capacity-type In (reserved, on-demand)"]
    );
    assert_eq!(codes(&read), ["W2026", "W2029"]);
    assert!(warning(&read, "W2026").starts_with("capacity reservations"));
    assert!(warning(&read, "W2029").contains("nodes of capacity reservations"));
    assert!(warning(&read, "W2029").ends_with("`n1`"));
    assert!(
        !read.cluster.container_instances[0]
            .purchase_option
            .may_be_reclaimed()
    );
    // Karpenter's three together leave On-Demand nodes as they are.
    for values in [&["spot"][..], &["reserved", "on-demand", "spot"]] {
        let read = imported(&json!([deployment("a", 1, &reserved(values))]));
        assert_eq!(codes(&read), Vec::<&str>::new());
    }
    let read = imported(&json!([deployment("a", 1, &reserved(&["spot"]))]));
    assert_eq!(codes(&read), Vec::<&str>::new());
}

#[test]
fn a_node_pool_without_nodes_has_what_its_template_says() {
    let pool = |name: &str, template: &Value| json!({"kind": "NodePool", "apiVersion": "karpenter.sh/v1", "metadata": {"name": name}, "spec": {"template": template}});
    let requirement =
        |key: &str, values: &[&str]| json!({"key": key, "operator": "In", "values": values});
    let ml = pool(
        "ml",
        &json!({"metadata": {"labels": {"team": "ml"}}, "spec": {
            "requirements": [requirement("stage", &["live"]), requirement("tier", &["a", "b"]), requirement("kubernetes.io/arch", &["arm64"])],
            "taints": [{"key": "only", "value": "ml", "effect": "NoSchedule"}],
            "startupTaints": [{"key": "cni", "effect": "NoExecute"}]}}),
    );
    let mut spec = asking("tier", "In", &["b"]);
    spec["nodeSelector"] = json!({"team": "ml", "stage": "live", "karpenter.sh/nodepool": "ml"});
    spec["tolerations"] = json!([{"key": "only", "operator": "Exists"}]);
    let general = node("n1", "general", &json!({}));
    let read = imported(&json!([
        deployment("a", 1, &spec),
        deployment("b", 1, &small()),
        ml,
        general
    ]));
    let found = &read.cluster.deployed.groups;
    let found = found.iter().find(|it| it.name == "ml").expect("a pool");
    let own: Vec<(&str, Option<&str>)> = found.attributes.iter().collect();
    assert_eq!(
        own,
        [
            ("karpenter.sh/nodepool", Some("ml")),
            ("stage", Some("live")),
            ("taint//only=ml:NoSchedule", None),
            ("team", Some("ml")),
        ]
    );
    // One of two values is open.
    assert_eq!(codes(&read), ["W2026"]);
    assert!(warning(&read, "W2026").starts_with("the label tier"));
    assert_eq!(sources(service(&read.cluster, "shop/a")).len(), 3);
    // Pods that tolerate no taint keep off the pool.
    assert_eq!(
        sources(service(&read.cluster, "shop/b")),
        ["no taint only=ml:NoSchedule, which the pod does not tolerate"]
    );
    // Nodes of today say what those of their pool have.
    let mut other = ml.clone();
    other["metadata"]["name"] = json!("general");
    let read = imported(&json!([deployment("a", 1, &spec), other, general]));
    assert_eq!(read.cluster.deployed.groups.len(), 1);
    assert!(
        read.cluster.deployed.groups[0]
            .attributes
            .get("team")
            .is_none()
    );
}

#[test]
fn a_pool_that_leaves_a_label_open_gives_a_node_the_value_that_a_pod_asks_for() {
    let pool = |operator: &str, values: &[&str]| {
        json!({"kind": "NodePool", "apiVersion": "karpenter.sh/v1", "metadata": {"name": "teams"},
            "spec": {"template": {"spec": {"requirements": [{"key": "team", "operator": operator, "values": values}]}}}})
    };
    let mut selects = small();
    selects["nodeSelector"] = json!({"team": "7"});
    let exists = asking("team", "Exists", &[]);
    for (operator, values, spec, is_open) in [
        ("Exists", &[][..], &selects, true),
        ("Exists", &[], &asking("team", "In", &["7"]), true),
        ("Exists", &[], &exists, true),
        ("NotIn", &["8"], &selects, true),
        ("NotIn", &["7"], &selects, false),
        ("Gt", &["6"], &selects, true),
        ("Gt", &["7"], &selects, false),
        ("Lt", &["8"], &selects, true),
        ("DoesNotExist", &[], &selects, false),
    ] {
        let read = imported(&json!([deployment("a", 1, spec), pool(operator, values)]));
        let rules = sources(service(&read.cluster, "shop/a"));
        assert_eq!(
            rules.is_empty(),
            is_open,
            "{operator} {values:?}: {rules:?}"
        );
        let said = warning(&read, "W2026");
        assert_eq!(said.starts_with("the label team"), is_open, "{said}");
    }
}

#[test]
fn labels_of_one_provider_rule_no_new_node_out_of_the_bound() {
    let both = json!({"purchaseOptions": ["on-demand", "spot"]});
    let on_demand = json!({"purchaseOptions": ["on-demand"]});
    let capacity = "karpenter.sh/capacity-type";
    let of_groups = "eks.amazonaws.com/capacityType";
    for (policy, spec, count) in [
        // Some way of buying satisfies it: the packing keeps to that.
        (&both, asking(of_groups, "NotIn", &["SPOT"]), (1, 0)),
        (&both, asking(capacity, "NotIn", &["on-demand"]), (1, 0)),
        (&on_demand, asking(capacity, "NotIn", &["spot"]), (1, 0)),
        (
            &both,
            asking("karpenter.k8s.aws/instance-family", "NotIn", &["m5"]),
            (1, 0),
        ),
        // Only a node of another provider does.
        (
            &on_demand,
            asking(capacity, "NotIn", &["on-demand"]),
            (0, 0),
        ),
        (
            &both,
            asking(of_groups, "NotIn", &["ON_DEMAND", "SPOT"]),
            (0, 0),
        ),
        (&both, asking(capacity, "DoesNotExist", &[]), (0, 0)),
        (
            &both,
            asking("eks.amazonaws.com/instance-category", "DoesNotExist", &[]),
            (0, 0),
        ),
    ] {
        let text = json!({"kind": "List", "apiVersion": "v1", "region": "us-east-1", "policy": policy,
            "items": [deployment("a", 1, &spec)]});
        let read = read_cluster(&text.to_string(), "c.json", &options());
        let read = read.unwrap_or_else(|it| panic!("{it}"));
        assert_eq!(rules(&read), count, "{spec}");
        assert_eq!(codes(&read), ["W2026"], "{spec}");
        let said = warning(&read, "W2026");
        assert!(said.contains("new nodes of another provider"), "{said}");
    }
    // Every node has these, and only a node with the label satisfies those.
    for spec in [
        asking("node.kubernetes.io/instance-type", "NotIn", &["m5.large"]),
        asking("topology.kubernetes.io/zone", "NotIn", &["us-east-1a"]),
        asking(of_groups, "In", &["SPOT"]),
        asking(capacity, "Exists", &[]),
    ] {
        let zone = node("n1", "general", &json!({}));
        let read = imported(&json!([deployment("a", 1, &spec), zone]));
        assert_eq!((rules(&read), codes(&read).len()), ((1, 1), 0), "{spec}");
    }
}

#[test]
fn a_daemon_of_the_nodes_of_one_provider_is_for_the_packing_alone() {
    let mut by_selector = small();
    by_selector["nodeSelector"] = json!({"eks.amazonaws.com/capacityType": "ON_DEMAND"});
    for (spec, rules) in [
        (by_selector, 1),
        (asking("karpenter.sh/capacity-type", "Exists", &[]), 1),
        // On all nodes but those of a provider: on all that the packing has.
        (asking("karpenter.sh/capacity-type", "DoesNotExist", &[]), 0),
        (
            asking("eks.amazonaws.com/capacityType", "NotIn", &["SPOT"]),
            0,
        ),
    ] {
        let read = imported(&json!([daemon(&spec), deployment("a", 1, &small())]));
        assert_eq!(sources(service(&read.cluster, "shop/agent")).len(), rules);
        let looser = read.cluster.for_bound().expect("two readings");
        assert!(looser.services.iter().all(|it| !it.is_daemon()), "{spec}");
        assert_eq!(codes(&read), ["W2026"], "{spec}");
    }
}
