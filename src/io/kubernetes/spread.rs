//! Required `topologySpreadConstraints`.
//!
//! Over zones with `maxSkew: 1`, of the workload's own pods: its counts in the zones that it may use differ by one at
//! most. The zones are those of the cluster, as Karpenter takes them, whether or not a node stands there today. Kubernetes counts only zones with
//! a node that the pods may use: where they choose their nodes by a label of a pool, those may stand in fewer zones, and the bound
//! does not count the spread. Over nodes
//! with `maxSkew: 1`: the packing has one pod of it on a node, as Karpenter plans; the scheduler lets a node have one more
//! than the emptiest, so that the bound does not count it. Other skews, keys, selectors and policies on nodes are not
//! modelled.
//! Source: Kubernetes documentation, "Pod Topology Spread Constraints"; Karpenter documentation, "Scheduling".

use crate::domain::node_labels::{HOSTNAME, is_derived};
use crate::io::cursor::{Cursor, Log};

use super::apart::{Apart, ZONES};
use super::notes::Notes;
use super::selector::{Selector, labels};
use super::workload::Workload;

/// Adds what the constraints of a workload ask for.
pub(super) fn add(
    apart: &mut Apart,
    workload: &Workload<'_>,
    all: &[Workload<'_>],
    notes: &mut Notes,
    log: &mut Log,
) {
    for constraint in workload.spec.list(log, "topologySpreadConstraints") {
        let text = |key: &str| {
            constraint
                .get(key)
                .and_then(|it| it.node.value.as_text().map(str::to_owned))
        };
        if text("whenUnsatisfiable").as_deref() == Some("ScheduleAnyway") {
            notes.preferred(&workload.name, 1);
            continue;
        }
        let skew = constraint
            .get("maxSkew")
            .and_then(|it| it.whole(log, 1..=1_000_000))
            .unwrap_or(1);
        let key = text("topologyKey").unwrap_or_default();
        if skew != 1 {
            notes.not_modelled(&workload.name, "topology spread with a maxSkew above 1");
        } else if constraint.get("minDomains").is_some() {
            notes.not_modelled(&workload.name, "topology spread with minDomains");
        } else if text("nodeAffinityPolicy").as_deref() == Some("Ignore") && chooses_nodes(workload)
        {
            notes.not_modelled(
                &workload.name,
                "topology spread over nodes that the pods may not use (nodeAffinityPolicy: Ignore)",
            );
        } else if !selects_itself_alone(&constraint, workload, all, log) {
            notes.not_modelled(
                &workload.name,
                "topology spread over pods other than the workload's own",
            );
        } else if ZONES.contains(&key.as_str()) {
            apart.even_over_zones(workload, notes);
            apart.even_in_packing |= chooses_beyond_zones(workload, log);
        } else if key == HOSTNAME {
            apart.one_a_node_in_packing = true;
        } else {
            notes.not_modelled(
                &workload.name,
                "topology spread over other keys than zone and host name",
            );
        }
    }
}

/// Whether some nodes are not for the workload.
fn chooses_nodes(workload: &Workload<'_>) -> bool {
    let affinity = workload.spec.get("affinity");
    let of_nodes = affinity.and_then(|it| it.get("nodeAffinity"));
    of_nodes.is_some() || !labels(Some(workload.spec.clone()), "nodeSelector").is_empty()
}

/// Whether the pods choose their nodes by a label of a pool, whose nodes may stand in fewer zones; what follows from an instance type is had in
/// every zone.
fn chooses_beyond_zones(workload: &Workload<'_>, log: &mut Log) -> bool {
    let is_beyond = |key: &str| key == HOSTNAME || !is_derived(key);
    let own = labels(Some(workload.spec.clone()), "nodeSelector");
    if own.keys().any(|key| is_beyond(key)) {
        return true;
    }
    let affinity = workload.spec.get("affinity");
    let required = affinity
        .and_then(|it| it.get("nodeAffinity"))
        .and_then(|it| it.get("requiredDuringSchedulingIgnoredDuringExecution"));
    let terms = required.map(|it| it.list(log, "nodeSelectorTerms"));
    terms.unwrap_or_default().iter().any(|term| {
        let by_label = term.list(log, "matchExpressions");
        let keys = by_label.iter().filter_map(|it| it.get("key"));
        term.get("matchFields").is_some()
            || keys
                .filter_map(|key| key.node.value.as_text().map(str::to_owned))
                .any(|key| is_beyond(&key))
    })
}

fn selects_itself_alone(
    constraint: &Cursor<'_>,
    workload: &Workload<'_>,
    all: &[Workload<'_>],
    log: &mut Log,
) -> bool {
    let Some(selector) = constraint.get("labelSelector") else {
        return false;
    };
    let selector = Selector::read(&selector, log);
    // `matchLabelKeys` narrows the selection to pods that share the values of the pod's own labels.
    let keys = constraint.list(log, "matchLabelKeys");
    let keys: Vec<&str> = (keys.iter()).filter_map(|key| key.text(log)).collect();
    let shares_values = |other: &Workload<'_>| {
        keys.iter().all(|key| {
            !OF_ONE_REVISION.contains(key) && other.labels.get(*key) == workload.labels.get(*key)
        })
    };
    let others = (all.iter())
        .filter(|other| other.origin != workload.origin && other.namespace == workload.namespace)
        .any(|other| selector.selects(&other.labels) && shares_values(other));
    selector.selects(&workload.labels) && !others
}

/// Labels whose value no other workload has: of templates, and of jobs.
const OF_ONE_REVISION: [&str; 4] = [
    "pod-template-hash",
    "controller-revision-hash",
    "batch.kubernetes.io/controller-uid",
    "controller-uid",
];
