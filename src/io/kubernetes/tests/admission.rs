//! What is between a template and its pods: labels, tolerations and runtime classes that admission and controllers add.

use serde_json::{Value, json};

use crate::domain::placement::PlacementConstraint;
use crate::domain::service::Service;
use crate::io::{Imported, read_cluster};

use super::{codes, container, deployment, options, service, small, sources, warning};

fn with_taints(taints: &[&str], items: &Value) -> Imported {
    let text = json!({"kind": "List", "apiVersion": "v1", "policy": {"toleratedTaints": taints},
        "availabilityZones": ["us-east-1a", "us-east-1b"], "items": items});
    let read = read_cluster(&text.to_string(), "c.json", &options());
    read.unwrap_or_else(|it| panic!("{it}"))
}

/// Rules on nodes that the packing obeys, and those of them that the bound counts.
fn untolerated(read: &Imported, name: &str) -> (usize, usize) {
    let packing = sources(service(&read.cluster, name)).len();
    let looser = (read.cluster.for_bound()).unwrap_or_else(|| read.cluster.clone());
    (packing, sources(service(&looser, name)).len())
}

fn pod_of(deployment: &str, number: u64, spec: &Value) -> Value {
    json!({"kind": "Pod", "metadata": {"namespace": "shop", "name": format!("{deployment}-1-{number}"), "labels": {"app": deployment},
        "ownerReferences": [{"kind": "ReplicaSet", "name": format!("{deployment}-1"), "controller": true}]},
        "spec": spec, "status": {"phase": "Running"}})
}

#[test]
fn pods_tolerate_taints_named_after_the_devices_that_they_ask_for() {
    let taints = ["nvidia.com/gpu:NoSchedule", "nvidia.com/gpu=x:NoExecute"];
    let mut gpu = small();
    gpu["containers"][0]["resources"]["limits"] = json!({"nvidia.com/gpu": 1});
    let read = with_taints(
        &taints,
        &json!([deployment("a", 1, &gpu), deployment("b", 1, &small())]),
    );
    assert_eq!(untolerated(&read, "shop/a"), (1, 1), "NoExecute is left");
    assert_eq!(untolerated(&read, "shop/b"), (2, 2));
}

#[test]
fn running_pods_show_tolerations_that_their_template_has_not() {
    let mut tolerant = small();
    tolerant["tolerations"] = json!([{"key": "team", "operator": "Exists"}]);
    let of = |pods: &[&Value]| {
        let mut items = vec![deployment("a", 2, &small())];
        items.extend((pods.iter().zip(0..)).map(|(spec, number)| pod_of("a", number, spec)));
        let read = with_taints(&["team=red:NoSchedule"], &json!(items));
        untolerated(&read, "shop/a")
    };
    assert_eq!(of(&[]), (1, 1));
    assert_eq!(of(&[&tolerant, &tolerant]), (0, 0));
    assert_eq!(of(&[&tolerant, &small()]), (1, 0));
    assert_eq!(of(&[&small()]), (1, 1));
}

#[test]
fn a_runtime_class_adds_overhead_labels_and_tolerations_to_templates() {
    let mut spec = small();
    spec["runtimeClassName"] = json!("kata");
    let class = json!({"kind": "RuntimeClass", "apiVersion": "node.k8s.io/v1", "metadata": {"name": "kata"}, "handler": "kata",
        "overhead": {"podFixed": {"cpu": "250m", "memory": "120Mi"}},
        "scheduling": {"nodeSelector": {"sandbox": "yes"}, "tolerations": [{"key": "kata", "operator": "Exists"}]}});
    let read = with_taints(
        &["kata:NoSchedule"],
        &json!([deployment("a", 1, &spec), class]),
    );
    let a = service(&read.cluster, "shop/a");
    assert_eq!((a.task.cpu.get(), a.task.memory.get()), (350, 248));
    assert_eq!(sources(a), ["nodeSelector sandbox=yes"]);
    assert_eq!(codes(&read), Vec::<&str>::new());
    // An overhead that the template states is the one.
    let mut own = spec.clone();
    own["overhead"] = json!({"cpu": "1m"});
    let read = with_taints(&[], &json!([deployment("a", 1, &own), class]));
    assert_eq!(service(&read.cluster, "shop/a").task.cpu.get(), 101);
}

#[test]
fn a_runtime_class_that_is_not_in_the_file_makes_the_bound_weaker_and_is_said() {
    let mut spec = small();
    spec["runtimeClassName"] = json!("kata");
    spec["topologySpreadConstraints"] = json!([{"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": {"app": "a"}}}]);
    let mut sandboxed = small();
    sandboxed["runtimeClassName"] = json!("kata");
    let mut agent = deployment("agent", 1, &sandboxed);
    agent["kind"] = json!("DaemonSet");
    let read = with_taints(
        &["kata:NoSchedule"],
        &json!([deployment("a", 1, &spec), agent]),
    );
    assert_eq!(untolerated(&read, "shop/a"), (1, 0));
    assert!(
        warning(&read, "W2026").starts_with("what RuntimeClass kata adds"),
        "{}",
        warning(&read, "W2026")
    );
    let looser = read.cluster.for_bound().expect("two readings");
    let is_even = |it: &Service| it.pod.as_ref().is_some_and(|pod| pod.even_over_zones);
    assert!(is_even(service(&read.cluster, "shop/a")));
    assert!(!is_even(service(&looser, "shop/a")), "it may choose nodes");
    assert!(!looser.services.iter().any(|it| it.name == "shop/agent"));
}

/// A set whose pods keep apart by host name, by a selector with one more requirement.
fn apart_by(kind: &str, more: &Value) -> Imported {
    let mut spec = small();
    spec["affinity"] = json!({"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
        {"labelSelector": {"matchLabels": {"app": "a"}, "matchExpressions": [more]}, "topologyKey": "kubernetes.io/hostname"}]}});
    let mut workload = deployment("a", 2, &spec);
    workload["kind"] = json!(kind);
    with_taints(&[], &json!([workload]))
}

#[test]
fn labels_that_controllers_give_to_pods_decide_nothing_for_the_bound() {
    let one_pod = [
        "statefulset.kubernetes.io/pod-name",
        "apps.kubernetes.io/pod-index",
    ];
    for key in one_pod.into_iter().chain(["controller-revision-hash"]) {
        for more in [
            json!({"key": key, "operator": "DoesNotExist"}),
            json!({"key": key, "operator": "NotIn", "values": ["a-0", "0"]}),
            json!({"key": key, "operator": "In", "values": ["a-0", "0"]}),
            json!({"key": key, "operator": "Exists"}),
        ] {
            let read = apart_by("StatefulSet", &more);
            let set = service(&read.cluster, "shop/a");
            assert!(!set.is_distinct_instance(), "{more}");
            assert_eq!(
                warning(&read, "W2026"),
                "anti-affinity by labels that pods get beside those of their template: not looked at for `shop/a`"
            );
        }
    }
    let plain = json!({"key": "tier", "operator": "DoesNotExist"});
    let read = apart_by("StatefulSet", &plain);
    assert!(service(&read.cluster, "shop/a").is_distinct_instance());
    assert_eq!(codes(&read), Vec::<&str>::new());
}

#[test]
fn labels_that_running_pods_have_and_their_template_has_not_decide_nothing_either() {
    let mut spec = small();
    spec["affinity"] = json!({"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
        {"labelSelector": {"matchExpressions": [{"key": "mesh", "operator": "DoesNotExist"}]}, "topologyKey": "kubernetes.io/hostname"}]}});
    let mut pod = pod_of("a", 0, &spec);
    pod["metadata"]["labels"]["mesh"] = json!("on");
    let read = with_taints(&[], &json!([deployment("a", 2, &spec), pod]));
    assert!(!service(&read.cluster, "shop/a").is_distinct_instance());
    assert_eq!(codes(&read), ["W2026"]);
}

#[test]
fn terms_without_a_selector_mean_no_pod_and_narrowed_ones_are_told_by_name() {
    let of = |term: &Value| {
        let mut spec = json!({"containers": [container(&json!({"cpu": "1"}))]});
        spec["affinity"] =
            json!({"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}});
        let read = with_taints(&[], &json!([deployment("a", 2, &spec)]));
        let is_apart = |it: &PlacementConstraint| *it == PlacementConstraint::DistinctInstance;
        assert!(!service(&read.cluster, "shop/a").constraints().any(is_apart));
        warning(&read, "W2026")
    };
    let host = "kubernetes.io/hostname";
    let own = json!({"matchLabels": {"app": "a"}});
    assert_eq!(of(&json!({"topologyKey": host})), "");
    assert!(
        of(&json!({"topologyKey": host, "labelSelector": own, "matchLabelKeys": ["pod-template-hash"]}))
            .starts_with("anti-affinity narrowed by matchLabelKeys or mismatchLabelKeys: ")
    );
    assert!(
        of(&json!({"topologyKey": host, "labelSelector": own, "namespaceSelector": {"matchLabels": {"team": "x"}}}))
            .starts_with("anti-affinity to namespaces by labels: ")
    );
}

/// Whether a workload is even over zones, and what is said of it.
fn spread(kind: &str, more: &Value, others: &[Value]) -> (bool, String) {
    let mut rule = json!({"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "a"}}});
    rule.as_object_mut()
        .expect("a rule")
        .extend(more.as_object().cloned().unwrap_or_default());
    let mut spec = small();
    spec["topologySpreadConstraints"] = json!([rule]);
    let mut workload = deployment("a", 4, &spec);
    workload["kind"] = json!(kind);
    let mut items = vec![workload];
    items.extend(others.iter().cloned());
    let read = with_taints(&[], &json!(items));
    let pod = service(&read.cluster, "shop/a").pod.clone();
    let is_even = pod.is_some_and(|pod| pod.even_over_zones);
    (is_even, warning(&read, "W2026"))
}

#[test]
fn a_spread_that_counts_pods_which_are_left_out_binds_no_others() {
    let none = json!({});
    let mut on_fargate = small();
    on_fargate["schedulerName"] = json!("fargate-scheduler");
    let mut windows = deployment("w", 1, &small());
    windows["spec"]["template"]["metadata"]["labels"]["app"] = json!("a");
    let mut elsewhere = windows.clone();
    windows["spec"]["template"]["spec"]["os"] = json!({"name": "windows"});
    elsewhere["metadata"]["namespace"] = json!("other");
    let mut fixed = pod_of("a", 1, &small());
    fixed["metadata"]["ownerReferences"] =
        json!([{"kind": "Node", "name": "n", "controller": true}]);
    let said = "topology spread over pods of which some are left out: not looked at for `shop/a`";
    assert_eq!(spread("Deployment", &none, &[]), (true, String::new()));
    assert!(spread("Deployment", &none, &[pod_of("a", 1, &small())]).0);
    assert!(
        spread("Deployment", &none, &[elsewhere]).0,
        "another namespace"
    );
    for other in [pod_of("a", 1, &on_fargate), windows, fixed] {
        let found = spread("Deployment", &none, std::slice::from_ref(&other));
        assert_eq!(found, (false, said.to_owned()), "{other}");
    }
}

#[test]
fn keys_that_a_pod_has_not_narrow_no_spread_and_those_of_each_pod_leave_none() {
    let mut twin = deployment("b", 1, &small());
    twin["spec"]["template"]["metadata"]["labels"] = json!({"app": "a", "stage": "x"});
    let even = |kind: &str, key: &str, others: &[Value]| {
        spread(kind, &json!({"matchLabelKeys": [key]}), others).0
    };
    assert!(even("Deployment", "stage", &[]));
    assert!(
        !even("Deployment", "stage", std::slice::from_ref(&twin)),
        "its own pods have no such label, and the key is not looked at"
    );
    assert!(even(
        "Deployment",
        "pod-template-hash",
        std::slice::from_ref(&twin)
    ));
    assert!(
        !even(
            "StatefulSet",
            "pod-template-hash",
            std::slice::from_ref(&twin)
        ),
        "pods of a set have none"
    );
    assert!(even("StatefulSet", "controller-revision-hash", &[twin]));
    assert!(!even("StatefulSet", "apps.kubernetes.io/pod-index", &[]));
}

#[test]
fn a_zone_that_a_pod_of_fargate_holds_is_open_to_no_other_of_its_kind() {
    let mut spec = small();
    spec["affinity"] = json!({"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
        {"labelSelector": {"matchLabels": {"app": "a"}}, "topologyKey": "topology.kubernetes.io/zone"}]}});
    let mut on_fargate = small();
    on_fargate["schedulerName"] = json!("fargate-scheduler");
    let items = json!([deployment("a", 3, &spec), pod_of("a", 1, &on_fargate)]);
    let read = with_taints(&[], &items);
    let a = service(&read.cluster, "shop/a");
    // Three replicas, one on Fargate, two zones: one of the others has a zone.
    assert_eq!(read.cluster.planned_count(a), 1);
}
