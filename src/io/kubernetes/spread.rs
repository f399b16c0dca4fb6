//! Required `topologySpreadConstraints`.
//!
//! Over zones with `maxSkew: 1`, of the workload's own pods: its counts in the zones that it may use differ by one at
//! most. The zones are those of the cluster, as Karpenter takes them, whether or not a node stands there today. The scheduler of Kubernetes
//! counts only zones with a node that the pods may use, and a fleet of nodes in one zone satisfies it: the bound does not count the spread.
//! Over nodes with `maxSkew: 1`: the packing has one pod of it on a node, as Karpenter plans; the scheduler lets a node have one more
//! than the emptiest, so that the bound does not count it. Where the scheduler counts pods that are left out, on Fargate for one, those
//! satisfy the skew with the others, and the spread over zones is not modelled. Other skews, keys, selectors and policies on nodes are not
//! modelled.
//! Source: Kubernetes documentation, "Pod Topology Spread Constraints"; Karpenter documentation, "Scheduling".

use std::collections::BTreeSet;

use crate::domain::node_labels::HOSTNAME;
use crate::io::cursor::{Cursor, Log};

use super::apart::{Apart, ZONES};
use super::notes::Notes;
use super::selector::{Labels, Selector, is_of_one_pod};
use super::workload::{Surroundings, Workload};

/// Adds what the constraints of a workload ask for.
pub(super) fn add(
    apart: &mut Apart,
    workload: &Workload<'_>,
    around: Surroundings<'_, '_>,
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
        } else if key != HOSTNAME && counts_what_is_left_out(&constraint, workload, around, log) {
            notes.not_modelled(
                &workload.name,
                "topology spread over pods of which some are left out",
            );
        } else if !selects_itself_alone(&constraint, workload, around.all, log) {
            notes.not_modelled(
                &workload.name,
                "topology spread over pods other than the workload's own",
            );
        } else if ZONES.contains(&key.as_str()) {
            apart.even_over_zones(workload, notes);
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
    of_nodes.is_some() || !workload.node_selector().is_empty() || workload.has_unknown_class()
}

/// Whether the scheduler counts pods that are not planned: its skew is one of them as well.
fn counts_what_is_left_out(
    constraint: &Cursor<'_>,
    workload: &Workload<'_>,
    around: Surroundings<'_, '_>,
    log: &mut Log,
) -> bool {
    let Some(selector) = constraint.get("labelSelector") else {
        return false;
    };
    let selector = Selector::read(&selector, log);
    let may_count = |(namespace, labels): &(String, Labels)| {
        *namespace == workload.namespace
            && selector.selects(labels, &BTreeSet::new()) != Some(false)
    };
    workload.elsewhere > 0 || around.left_out.iter().any(may_count)
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
    if keys.iter().any(|key| is_of_one_pod(key)) {
        // Each pod is then counted by itself.
        return false;
    }
    let may_select = |other: &Workload<'_>| {
        selector.selects(&other.labels, &other.added) != Some(false)
            && keys.iter().all(|key| may_share(key, workload, other))
    };
    let others = (all.iter())
        .filter(|other| other.origin != workload.origin && other.namespace == workload.namespace)
        .any(may_select);
    let own = selector.selects(&workload.labels, &workload.added);
    own == Some(true) && !others
}

/// Whether pods of two workloads may have the same value of a label; one that a pod itself has not is not looked at.
fn may_share(key: &str, workload: &Workload<'_>, other: &Workload<'_>) -> bool {
    match workload.labels.get(key) {
        Some(own) => {
            (other.labels.get(key)).map_or_else(|| other.added.contains(key), |value| value == own)
        }
        None => !is_of_its_owner(key, &workload.kind),
    }
}

/// Whether pods of a kind get this label from what made them, with a value that no other workload's have.
fn is_of_its_owner(key: &str, kind: &str) -> bool {
    match key {
        "pod-template-hash" => kind == "Deployment",
        "controller-revision-hash" => kind == "StatefulSet",
        "batch.kubernetes.io/controller-uid" | "controller-uid" => kind == "Job",
        _ => false,
    }
}
