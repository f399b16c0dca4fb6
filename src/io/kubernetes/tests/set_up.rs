//! What node pools and nodes of today tell of how new nodes are set up.

use serde_json::{Value, json};

use crate::io::{Imported, read_cluster};

use super::{codes, deployment, imported, small, warning};

fn pool(name: &str, version: &str, spec: &Value) -> Value {
    json!({"kind": "NodePool", "apiVersion": format!("karpenter.sh/{version}"), "metadata": {"name": name},
        "spec": {"template": {"spec": spec}}})
}

fn class(name: &str, pods: u64) -> Value {
    json!({"kind": "EC2NodeClass", "apiVersion": "karpenter.k8s.aws/v1", "metadata": {"name": name},
        "spec": {"kubelet": {"maxPods": pods}}})
}

fn node(own: &Value, pods: &str) -> Value {
    let mut labels = json!({"node.kubernetes.io/instance-type": "m5.large"});
    let all = labels.as_object_mut().expect("labels");
    all.extend(own.as_object().cloned().unwrap_or_default());
    json!({"kind": "Node", "apiVersion": "v1", "metadata": {"name": "n", "labels": labels},
        "status": {"allocatable": {"cpu": "1930m", "memory": "7000Mi", "pods": pods}}})
}

fn read(items: &[Value]) -> Imported {
    let mut all = vec![deployment("web", 1, &small())];
    all.extend(items.iter().cloned());
    imported(&json!(all))
}

const TOO_HIGH: &str = "pods of a new node as its node pool states them";

#[test]
fn the_pods_that_all_node_pools_state_are_those_of_a_new_node() {
    let named = |name: &str| json!({"nodeClassRef": {"name": name}});
    let stated = |pods: u64| json!({"kubelet": {"maxPods": pods}});
    let karpenter = node(&json!({"karpenter.sh/capacity-type": "on-demand"}), "29");
    let managed = node(
        &json!({"eks.amazonaws.com/capacityType": "ON_DEMAND"}),
        "29",
    );
    for (items, pods, said) in [
        (vec![pool("a", "v1beta1", &stated(110))], Some(110), ""),
        (
            vec![pool("a", "v1beta1", &stated(110)), karpenter.clone()],
            Some(110),
            "",
        ),
        (
            vec![pool("a", "v1", &named("x")), class("x", 60), class("y", 70)],
            Some(60),
            "",
        ),
        // The only class that there is.
        (
            vec![pool("a", "v1", &json!({})), class("x", 60)],
            Some(60),
            "",
        ),
        (
            vec![pool("a", "v1", &json!({})), class("x", 60), class("y", 70)],
            None,
            "",
        ),
        (
            vec![
                pool("a", "v1", &named("x")),
                pool("b", "v1", &named("y")),
                class("x", 60),
                class("y", 70),
            ],
            Some(70),
            "fewer pods on a node than other node pools allow (`maxPods`): not looked at for `a`",
        ),
        (
            vec![
                pool("a", "v1beta1", &stated(110)),
                pool("b", "v1", &json!({})),
            ],
            None,
            TOO_HIGH,
        ),
        (
            vec![pool("a", "v1beta1", &stated(110)), managed],
            None,
            TOO_HIGH,
        ),
        (
            vec![pool(
                "a",
                "v1beta1",
                &json!({"kubelet": {"podsPerCore": 8}}),
            )],
            None,
            "pods of a node by its cores",
        ),
    ] {
        let read = read(&items);
        assert_eq!(read.cluster.policy.max_pods, pods, "{items:?}");
        let cause = warning(&read, "W2026");
        assert_eq!(cause.is_empty(), said.is_empty(), "{cause}");
        assert!(cause.starts_with(said), "{cause}");
    }
}

#[test]
fn a_policy_that_states_pods_stands_over_node_pools() {
    let items = [
        deployment("web", 1, &small()),
        pool("a", "v1beta1", &json!({"kubelet": {"maxPods": 110}})),
        node(&json!({"karpenter.sh/capacity-type": "on-demand"}), "110"),
    ];
    for (policy, pods) in [
        (json!({"maxPods": 50}), Some(50)),
        (json!({"prefixDelegation": true}), None),
        (json!({}), Some(110)),
    ] {
        let text = json!({"kind": "List", "apiVersion": "v1", "items": items, "policy": policy});
        let read = read_cluster(&text.to_string(), "c.json", &super::options());
        let read = read.unwrap_or_else(|it| panic!("{it}"));
        assert_eq!(read.cluster.policy.max_pods, pods, "{policy}");
        assert_eq!(codes(&read), Vec::<&str>::new(), "{policy}");
    }
}

#[test]
fn nodes_that_are_set_up_otherwise_than_a_new_one_are_said() {
    let bought = |more: &Value| {
        let mut own = json!({"karpenter.sh/capacity-type": "on-demand"});
        let all = own.as_object_mut().expect("labels");
        all.extend(more.as_object().cloned().unwrap_or_default());
        own
    };
    for (own, pods, said) in [
        (json!({}), "29", ""),
        (
            json!({}),
            "110",
            "nodes of today take 110 pods, which AWS publishes for no type",
        ),
        (json!({}), "250", "nodes of today take 250 pods"),
        (
            json!({"nvidia.com/gpu.replicas": "4"}),
            "29",
            "nodes of today share their GPUs in time",
        ),
        (json!({"nvidia.com/gpu.replicas": "1"}), "29", ""),
    ] {
        let read = read(&[node(&bought(&own), pods)]);
        let cause = warning(&read, "W2026");
        assert_eq!(codes(&read).is_empty(), said.is_empty(), "{cause}");
        assert!(
            cause.starts_with(said) && (said.is_empty() || cause.ends_with("said by `n`")),
            "{cause}"
        );
    }
}

#[test]
fn room_that_node_pools_have_their_kubelets_keep_is_said_to_make_the_bound_too_high() {
    const KEPT: &str = "room that the kubelet keeps as a node pool states it";
    let reserved =
        json!({"kubeReserved": {"memory": "100Mi"}, "evictionHard": {"memory.available": "1%"}});
    let mut by_class = class("x", 60);
    by_class["spec"]["kubelet"] = reserved.clone();
    for items in [
        vec![pool("a", "v1beta1", &json!({"kubelet": reserved}))],
        vec![
            pool("a", "v1", &json!({"nodeClassRef": {"name": "x"}})),
            by_class,
        ],
    ] {
        let read = read(&items);
        let said = warning(&read, "W2026");
        assert!(said.starts_with(KEPT), "{said}");
        assert!(
            said.contains("(kubeReserved, evictionHard)") && said.ends_with("said by `a`"),
            "{said}"
        );
        let too_high = (read.cluster.passed_over.iter()).any(|it| {
            matches!(
                it,
                crate::domain::plan::Warning::RuleNotModelled {
                    bound_may_be_too_high: true,
                    ..
                }
            )
        });
        assert!(too_high);
    }
    let quiet = read(&[pool(
        "a",
        "v1beta1",
        &json!({"kubelet": {"imageGCHighThresholdPercent": 80}}),
    )]);
    assert_eq!(codes(&quiet), Vec::<&str>::new());
}
