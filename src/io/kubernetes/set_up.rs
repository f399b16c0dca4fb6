//! How new nodes are set up, as far as the file tells: the pods that a kubelet takes, and what today's nodes show of it.
//!
//! `maxPods` stands in a `NodePool` (v1beta1) or in the `EC2NodeClass` that it names (v1). Where all node pools state it, it is that of the
//! policy, which may state another one. Where only some do, or today's nodes show that they are set up otherwise than the published
//! models, types that no node is of are planned by these, and that is said: the bound may then be too high.
//! Source: Karpenter documentation, "`NodePools`" and "`NodeClasses`"; awslabs/amazon-eks-ami (`max-pods-calculator.sh`).

use crate::domain::policy::Policy;
use crate::domain::policy_keys::MAX_TASKS;
use crate::domain::quantity::EniCount;
use crate::io::cursor::{Cursor, Log};

use super::node_pools;
use super::nodes::Nodes;
use super::notes::Notes;
use super::objects::{Object, Objects};
use super::selector::labels;

/// What prefix delegation, managed node groups and Auto Mode cap the pods of a node at. AWS publishes neither for a type.
const CAPS: [u64; 2] = [110, 250];
/// What a kubelet keeps, by which a node offers less than its system sees.
const KEPT: [&str; 3] = ["kubeReserved", "systemReserved", "evictionHard"];
/// How many pods share one GPU, as the driver labels a node whose GPUs are shared in time.
const REPLICAS_OF_GPU: &str = "nvidia.com/gpu.replicas";

/// Takes the pods of a new node from the file, where the policy states none, and says what it does not tell.
pub(super) fn read(
    objects: &Objects<'_>,
    nodes: &Nodes,
    policy: &mut Policy,
    notes: &mut Notes,
    log: &mut Log,
) {
    tell_of_shared_gpus(objects, nodes, notes);
    tell_of_reservations(objects, notes);
    if policy.max_pods.is_some() || policy.prefix_delegation {
        return;
    }
    let stated: Vec<(String, Option<u64>)> = (node_pools::of_karpenter(objects))
        .map(|pool| (pool.name.clone(), of_pool(pool, objects, notes, log)))
        .collect();
    let Some(most) = stated.iter().filter_map(|(_, pods)| *pods).max() else {
        tell_of_caps(nodes, notes);
        return;
    };
    let is_whole = stated.iter().all(|(_, pods)| pods.is_some());
    if is_whole && objects.of_kind("Node").all(is_of_karpenter) {
        policy.max_pods = Some(most);
        for (name, _) in stated.iter().filter(|(_, pods)| *pods < Some(most)) {
            let what = "fewer pods on a node than other node pools allow (`maxPods`)";
            notes.not_modelled(name, what);
        }
        return;
    }
    for (name, _) in stated.iter().filter(|(_, pods)| pods.is_some()) {
        let what = "pods of a new node as its node pool states them (`maxPods`), which others leave open: AWS's published numbers are planned";
        notes.bound_may_be_too_high(name, what);
    }
}

/// What the kubelet of a node pool's nodes is given: its own settings, or those of the node class that it names.
fn kubelet<'a>(pool: &Object<'a>, objects: &Objects<'a>) -> Option<Cursor<'a>> {
    let spec = pool.at.get("spec")?.get("template")?.get("spec")?;
    let class = || -> Option<Cursor<'a>> {
        let named = spec.get("nodeClassRef").and_then(|it| it.get("name"));
        let class = if let Some(name) = named {
            objects.find("EC2NodeClass", None, name.node.value.as_text()?)
        } else {
            let mut all = objects.of_kind("EC2NodeClass");
            all.next().filter(|_| all.next().is_none())
        };
        class?.at.get("spec")?.get("kubelet")
    };
    spec.get("kubelet").or_else(class)
}

/// `maxPods` of a node pool.
fn of_pool(
    pool: &Object<'_>,
    objects: &Objects<'_>,
    notes: &mut Notes,
    log: &mut Log,
) -> Option<u64> {
    let kubelet = kubelet(pool, objects)?;
    if kubelet.get("podsPerCore").is_some() {
        notes.not_modelled(&pool.name, "pods of a node by its cores (`podsPerCore`)");
    }
    kubelet.get("maxPods")?.whole(log, 1..=MAX_TASKS)
}

/// Whether Karpenter made a node, by its labels.
fn is_of_karpenter(node: &Object<'_>) -> bool {
    let own = labels(node.at.get("metadata"), "labels");
    own.keys().any(|key| key.starts_with("karpenter.sh/"))
}

fn tell_of_caps(nodes: &Nodes, notes: &mut Notes) {
    for node in &nodes.instances {
        let pods = node.registered.pods.map(EniCount::get);
        if let Some(pods) = pods.filter(|pods| CAPS.contains(pods)) {
            let what = format!(
                "nodes of today take {pods} pods, which AWS publishes for no type: types that no node is of are planned with the published number"
            );
            notes.bound_may_be_too_high(&node.id, &what);
        }
    }
}

/// Room that the kubelets of a node pool keep otherwise than EKS's images do.
fn tell_of_reservations(objects: &Objects<'_>, notes: &mut Notes) {
    for pool in node_pools::of_karpenter(objects) {
        let Some(kubelet) = kubelet(pool, objects) else {
            continue;
        };
        let stated: Vec<&str> = (KEPT.into_iter())
            .filter(|key| kubelet.get(key).is_some())
            .collect();
        if !stated.is_empty() {
            let what = format!(
                "room that the kubelet keeps as a node pool states it ({}): types that no node is of are planned with what EKS's images keep",
                stated.join(", ")
            );
            notes.bound_may_be_too_high(&pool.name, &what);
        }
    }
}

fn tell_of_shared_gpus(objects: &Objects<'_>, nodes: &Nodes, notes: &mut Notes) {
    for node in &nodes.instances {
        let object = objects.of_kind("Node").find(|it| it.name == node.id);
        let own = object.map(|it| labels(it.at.get("metadata"), "labels"));
        let replicas = own.and_then(|own| own.get(REPLICAS_OF_GPU)?.parse::<u64>().ok());
        if replicas.is_some_and(|it| it > 1) {
            let what = "nodes of today share their GPUs in time (`nvidia.com/gpu.replicas`): types that no node is of are planned with as many GPUs as they have";
            notes.bound_may_be_too_high(&node.id, what);
        }
    }
}
