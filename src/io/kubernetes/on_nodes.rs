//! On which nodes of the file the pods of a workload run, where they all do, as they are planned.
//!
//! A bound above the cost of today's nodes is refuted by these where all planned pods run there (`planner::refuted`). Nothing is recorded
//! where that is not sure: a pod that waits for a node, that asks for less than the bound counts, or that runs by other rules than its
//! template's, as while a `StatefulSet` of `OnDelete` keeps the pods of an older one.

use std::collections::{BTreeMap, BTreeSet};

use crate::io::cursor::{Cursor, Log};

use super::held_back::has_gates;
use super::host_ports::host_ports;
use super::notes::Notes;
use super::request::{self, PodRequest};
use super::running::{Asked, is_elsewhere};
use super::selector::labels;
use super::volumes::claims;
use super::workload::{Standing, Workload};

/// Pods on each node; `None` where some are on none, or are others than those that are planned.
pub(super) fn read(
    workload: &Workload<'_>,
    asked: &Asked,
    standing: Standing<'_>,
) -> Option<BTreeMap<String, u64>> {
    let mut found = BTreeMap::new();
    for pod in &workload.pods {
        let spec = pod.get("spec")?;
        if is_elsewhere(pod, standing.outside) || has_gates(&spec) {
            // So many fewer are planned.
            continue;
        }
        let node = spec.get("nodeName")?;
        let node = node.node.value.as_text()?;
        let asks = request::of_pod(pod, &mut Log::default())?;
        if !standing.counted.contains(node)
            || !is_enough(&asks, asked)
            || (workload.is_template && !obeys(&spec, workload))
        {
            return None;
        }
        *found.entry(node.to_owned()).or_default() += 1;
    }
    Some(found)
}

/// Whether a pod takes what the bound counts for it, at least.
fn is_enough(pod: &PodRequest, asked: &Asked) -> bool {
    pod.millis >= asked.least.millis
        && pod.bytes >= asked.least.bytes
        && pod.gpus >= asked.most.gpus
}

/// Sections of a pod's spec that are rules, beside labels of nodes, host ports and claims: admission adds to none of these.
const RULES: [&str; 3] = ["affinity", "topologySpreadConstraints", "hostNetwork"];

/// Whether a pod keeps to the rules of its workload's template: admission may have added to them.
fn obeys(pod: &Cursor<'_>, workload: &Workload<'_>) -> bool {
    let template = &workload.spec;
    let section = |at: &Cursor<'_>, key: &str| at.get(key).map(|it| it.node.without_positions());
    let ports = |at: &Cursor<'_>| {
        let (notes, log) = (&mut Notes::default(), &mut Log::default());
        host_ports(at, &workload.name, notes, log)
    };
    let own_labels = labels(Some(pod.clone()), "nodeSelector");
    let own_ports = ports(pod);
    let own_claims: BTreeSet<&str> = claims(pod).collect();
    RULES
        .iter()
        .all(|key| section(pod, key) == section(template, key))
        && (workload.node_selector().iter()).all(|(key, value)| own_labels.get(key) == Some(value))
        && ports(template).iter().all(|port| own_ports.contains(port))
        && claims(template).all(|claim| own_claims.contains(claim))
}
