//! Rules of placement, as the problem has them.

use serde_json::{Value, json};

use crate::domain::cluster::Cluster;
use crate::domain::placement::PlacementConstraint;
use crate::domain::service::Service;
use crate::io::read_cluster;

use super::{
    cluster, codes, container, deployment, imported, options, service, small, sources, warning,
};

#[test]
fn rules_become_those_of_the_problem() {
    let spec = json!({
        "containers": [{"name": "c", "resources": {"requests": {"cpu": "1"}}, "ports": [{"containerPort": 80, "hostPort": 8080}]}],
        "nodeSelector": {"kubernetes.io/arch": "arm64"},
        "tolerations": [{"key": "dedicated", "operator": "Equal", "value": "batch"}],
        "affinity": {
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
                    {"matchExpressions": [
                        {"key": "karpenter.k8s.aws/instance-cpu", "operator": "Gt", "values": ["3"]},
                        {"key": "karpenter.sh/capacity-type", "operator": "NotIn", "values": ["spot"]}]}]},
                "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "preference": {}}]},
            "podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
                {"labelSelector": {"matchLabels": {"app": "a"}}, "topologyKey": "kubernetes.io/hostname"},
                {"labelSelector": {"matchLabels": {"app": "b"}}, "topologyKey": "kubernetes.io/hostname"}]}},
        "topologySpreadConstraints": [
            {"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "DoNotSchedule",
                "labelSelector": {"matchLabels": {"app": "a"}}},
            {"maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway"},
            {"maxSkew": 3, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "DoNotSchedule",
                "labelSelector": {"matchLabels": {"app": "a"}}}]});
    let text = json!({"kind": "List", "apiVersion": "v1",
        "policy": {"toleratedTaints": ["dedicated=batch:NoSchedule", "team=red:NoExecute"]},
        "availabilityZones": ["us-east-1a", "us-east-1b"],
        "items": [deployment("a", 4, &spec), deployment("b", 1, &small())]})
    .to_string();
    let read = read_cluster(&text, "c.json", &options()).unwrap_or_else(|it| panic!("{it}"));
    let a = service(&read.cluster, "shop/a");
    assert_eq!(
        sources(a),
        [
            "nodeSelector kubernetes.io/arch=arm64",
            "required node affinity karpenter.k8s.aws/instance-cpu Gt (3)",
            "no taint team=red:NoExecute, which the pod does not tolerate",
            "required node affinity karpenter.k8s.aws/instance-cpu Gt (3) and karpenter.sh/capacity-type NotIn (spot)",
        ]
    );
    assert!(a.is_distinct_instance());
    let groups = a.constraints().find_map(|it| match it {
        PlacementConstraint::TaskGroup(rule) => Some((rule.groups.clone(), rule.together)),
        _ => None,
    });
    assert_eq!(groups, Some((vec!["service:shop/b".to_owned()], false)));
    assert_eq!(a.task.host_ports.len(), 1);
    let pod = a.pod.as_ref().expect("a pod");
    assert!(pod.even_over_zones && !pod.apart_for_packing_alone);
    assert_eq!(sources(service(&read.cluster, "shop/b")).len(), 2);
    assert_eq!(codes(&read), ["W2026", "W2026", "W2027"]);
    let preferred = read
        .warnings
        .iter()
        .find(|it| it.code == "W2027")
        .map(|it| it.cause.clone());
    assert_eq!(
        preferred.as_deref(),
        Some("2 preferred rules are not looked at, of `shop/a`")
    );
}

#[test]
fn one_pod_a_node_of_a_spread_is_for_the_packing_alone() {
    let spec = json!({"containers": [container(&json!({"cpu": "1", "memory": "100M"}))],
        "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "kubernetes.io/hostname",
            "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": {"app": "a"}}}]});
    let read = cluster(&json!([deployment("a", 4, &spec)]));
    assert!(service(&read, "shop/a").is_distinct_instance());
    let looser = read.for_bound().expect("read in two ways");
    assert!(!service(&looser, "shop/a").is_distinct_instance());
    assert_eq!(service(&looser, "shop/a").task.memory.get(), 95);
    assert!(looser.for_bound().is_none());
    assert!(!cluster(&json!([deployment("a", 4, &small())])).has_pods_in_two_ways());
}

#[test]
fn labels_that_no_document_tells_of_a_new_node_are_not_looked_at() {
    let mut wants = small();
    wants["nodeSelector"] =
        json!({"karpenter.k8s.aws/instance-local-nvme": "900", "kubernetes.io/arch": "arm64"});
    wants["affinity"] = json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
        {"matchExpressions": [{"key": "karpenter.k8s.aws/instance-cpu-manufacturer", "operator": "In", "values": ["intel"]},
            {"key": "karpenter.k8s.aws/instance-cpu", "operator": "Gt", "values": ["3"]}]},
        {"matchExpressions": [{"key": "karpenter.k8s.aws/instance-category", "operator": "In", "values": ["c"]}]}]}}});
    let mut pinned = small();
    pinned["nodeSelector"] = json!({"kubernetes.io/hostname": "ip-10-0-0-1"});
    let mut agent = deployment("agent", 1, &wants);
    agent["kind"] = json!("DaemonSet");
    let read = imported(&json!([
        deployment("a", 1, &wants),
        deployment("p", 1, &pinned),
        agent
    ]));
    assert_eq!(
        sources(service(&read.cluster, "shop/a")),
        [
            "nodeSelector kubernetes.io/arch=arm64",
            "required node affinity karpenter.k8s.aws/instance-cpu Gt (3), or karpenter.k8s.aws/instance-category In (c)",
        ]
    );
    assert!(sources(service(&read.cluster, "shop/p")).is_empty());
    // Pods of a daemon take room: where nobody can tell whether a node has one, none is counted.
    assert_eq!(
        sources(service(&read.cluster, "shop/agent")),
        [
            "nodeSelector karpenter.k8s.aws/instance-local-nvme=900",
            "nodeSelector kubernetes.io/arch=arm64",
            "required node affinity karpenter.k8s.aws/instance-category In (c)",
        ]
    );
    // And the daemon's category, which only nodes of Karpenter have.
    assert_eq!(codes(&read), ["W2026"; 4]);
    let untold = "the label karpenter.k8s.aws/instance-cpu-manufacturer, which no document";
    assert!(read.warnings.iter().any(|it| it.cause.starts_with(untold)));
}

#[test]
fn tolerations_compare_values_and_whole_numbers() {
    let policy = json!(["sla=900:NoSchedule", "team=red:NoExecute"]);
    let of = |tolerations: Value| {
        let mut spec = small();
        spec["tolerations"] = tolerations;
        let text = json!({"kind": "List", "apiVersion": "v1", "policy": {"toleratedTaints": policy}, "items": [deployment("a", 1, &spec)]});
        let read = read_cluster(&text.to_string(), "c.json", &options())
            .unwrap_or_else(|it| panic!("{it}"));
        sources(service(&read.cluster, "shop/a")).len()
    };
    for (tolerations, left) in [
        (json!([]), 2),
        (json!([{"operator": "Exists"}]), 0),
        (json!([{"operator": "Exists", "effect": "NoExecute"}]), 1),
        (json!([{"key": "sla", "operator": "Gt", "value": "899"}]), 1),
        (json!([{"key": "sla", "operator": "Gt", "value": "900"}]), 2),
        (json!([{"key": "sla", "operator": "Lt", "value": "901"}]), 1),
        (
            json!([{"key": "sla", "operator": "Lt", "value": "many"}]),
            2,
        ),
        (json!([{"key": "team", "operator": "Gt", "value": "1"}]), 2),
        (
            json!([{"key": "team", "value": "red"}, {"key": "sla", "operator": "Equal", "value": "900"}]),
            0,
        ),
        (json!([{"key": "team", "value": "blue"}]), 2),
        (json!([{"value": "red"}]), 2),
    ] {
        assert_eq!(of(tolerations.clone()), left, "{tolerations}");
    }
}

#[test]
fn a_spread_is_even_where_it_is_about_the_workload_alone() {
    let of = |more: &Value| {
        let mut rule = json!({"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "DoNotSchedule",
            "labelSelector": {"matchLabels": {"tier": "x"}}});
        rule.as_object_mut()
            .expect("a rule")
            .extend(more.as_object().cloned().unwrap_or_default());
        let mut spec = small();
        spec["topologySpreadConstraints"] = json!([rule]);
        let mut workloads = ["a", "b"].map(|name| deployment(name, 2, &spec));
        for workload in &mut workloads {
            workload["spec"]["template"]["metadata"]["labels"]["tier"] = json!("x");
        }
        let read = imported(&json!(workloads));
        let pod = service(&read.cluster, "shop/a").pod.clone();
        pod.is_some_and(|pod| pod.even_over_zones)
    };
    assert!(!of(&json!({})), "pods of another workload are selected too");
    assert!(of(&json!({"matchLabelKeys": ["pod-template-hash"]})));
    assert!(
        of(&json!({"matchLabelKeys": ["app"]})),
        "their values differ"
    );
    assert!(
        !of(&json!({"matchLabelKeys": ["tier"]})),
        "their values are the same"
    );
    assert!(
        of(&json!({"matchLabelKeys": ["app"], "nodeAffinityPolicy": "Ignore"})),
        "all nodes are theirs"
    );
    assert!(!of(&json!({"matchLabelKeys": ["app"], "minDomains": 3})));
}

#[test]
fn a_spread_over_zones_is_for_the_packing_alone() {
    let spread = json!([{"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": {"app": "a"}}}]);
    let even_by = |selector: &Value, taints: &str| {
        let mut spec = small();
        spec["topologySpreadConstraints"] = spread.clone();
        spec["topologySpreadConstraints"][0]["nodeTaintsPolicy"] = json!(taints);
        spec["nodeSelector"] = selector.clone();
        let node = json!({"kind": "Node", "metadata": {"name": "n", "labels": {
            "node.kubernetes.io/instance-type": "m5.large", "topology.kubernetes.io/zone": "us-east-1a"}}});
        let read = cluster(&json!([deployment("a", 3, &spec), node]));
        let is_even =
            |service: &Service| service.pod.as_ref().is_some_and(|pod| pod.even_over_zones);
        let of_packing = is_even(service(&read, "shop/a"));
        let looser = read.for_bound().unwrap_or(read);
        (of_packing, is_even(service(&looser, "shop/a")))
    };
    let even = |selector: &Value| even_by(selector, "Ignore");
    for (label, value) in [
        ("eks.amazonaws.com/nodegroup", "ng-a"),
        ("kubernetes.io/arch", "arm64"),
        ("karpenter.sh/capacity-type", "on-demand"),
        ("node.kubernetes.io/instance-type", "m5.large"),
    ] {
        assert_eq!(even(&json!({label: value})), (true, false), "{label}");
    }
    assert_eq!(even_by(&json!({}), "Honor"), (true, false));
    let of_zone = json!({"topology.kubernetes.io/zone": "us-east-1a", "kubernetes.io/os": "linux"});
    assert_eq!(even(&of_zone), (true, false));
    // The scheduler counts zones that have nodes, and the fleet may have all of them in one.
    assert_eq!(even(&json!({})), (true, false));
}

#[test]
fn pods_of_fargate_and_on_nodes_that_are_left_out_are_not_planned() {
    let pod = |name: &str, owner: &str, spec: &Value| {
        json!({"kind": "Pod", "metadata": {"namespace": "shop", "name": name, "labels": {"app": "a"},
            "ownerReferences": [{"kind": "ReplicaSet", "name": owner, "controller": true}]},
            "spec": spec, "status": {"phase": "Running"}})
    };
    let mut on_fargate = small();
    on_fargate["schedulerName"] = json!("fargate-scheduler");
    let mut on_hybrid = small();
    on_hybrid["nodeName"] = json!("mi-1");
    let hybrid = json!({"kind": "Node", "metadata": {"name": "mi-1", "labels": {
        "eks.amazonaws.com/compute-type": "hybrid", "node.kubernetes.io/instance-type": "x"}}});
    let read = cluster(&json!([
        deployment("a", 5, &small()),
        deployment("b", 1, &small()),
        pod("a-1-x", "a-1", &on_fargate),
        pod("a-1-y", "a-1", &on_hybrid),
        pod("a-1-z", "a-1", &small()),
        pod("b-1-x", "b-1", &on_fargate),
        hybrid
    ]));
    let counts: Vec<(&str, u64)> = (read.services.iter())
        .map(|service| (service.name.as_str(), service.desired_count))
        .collect();
    assert_eq!(counts, [("shop/a", 3)]);
}

#[test]
fn of_daemon_sets_that_ask_for_one_host_port_one_has_a_pod_on_a_node() {
    let exporter = |name: &str, selector: &Value| {
        let mut spec = small();
        spec["containers"][0]["ports"] = json!([{"containerPort": 9100, "hostPort": 9100}]);
        spec["nodeSelector"] = selector.clone();
        json!({"kind": "DaemonSet", "apiVersion": "apps/v1", "metadata": {"name": name, "namespace": "shop"}, "spec": {"template": {"spec": spec}}})
    };
    let ports = |read: &Cluster, name: &str| service(read, name).task.host_ports.len();
    let any = json!({});
    let read = imported(&json!([
        exporter("b", &any),
        exporter("a", &any),
        deployment("web", 1, &small())
    ]));
    assert_eq!(
        (
            ports(&read.cluster, "shop/a"),
            ports(&read.cluster, "shop/b")
        ),
        (1, 0)
    );
    let said = warning(&read, "W2026");
    assert!(
        said.starts_with("host ports that several DaemonSets ask for")
            && said.ends_with("`shop/a`, `shop/b`"),
        "{said}"
    );
    let looser = read.cluster.for_bound().expect("two readings");
    assert!(looser.services.iter().all(|it| !it.is_daemon()));
    // Those of two architectures share no node.
    let arch = |of: &str| json!({"kubernetes.io/arch": of});
    let read = imported(&json!([
        exporter("a", &arch("amd64")),
        exporter("b", &arch("arm64")),
        deployment("web", 1, &small())
    ]));
    assert_eq!(
        (
            ports(&read.cluster, "shop/a"),
            ports(&read.cluster, "shop/b")
        ),
        (1, 1)
    );
    assert_eq!(codes(&read), Vec::<&str>::new());
}
