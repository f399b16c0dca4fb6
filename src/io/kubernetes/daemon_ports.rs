//! Host ports that several `DaemonSets` ask for: on a node that they share one of them has a pod, and those of the others stay pending.
//!
//! Which one, nobody can tell, nor whether its pod is the larger one: the bound counts none of them, and the packing keeps room for all and
//! gives the port to the first by name. `DaemonSets` whose labels of nodes exclude each other, as those of two architectures, share no node.

use std::collections::BTreeSet;

use crate::domain::query::Expression;
use crate::domain::task::HostPort;
use crate::io::cursor::Log;

use super::affinity::{self, Chooser};
use super::decided;
use super::host_ports::host_ports;
use super::notes::Notes;
use super::selector::Unsure;
use super::workload::Workload;

const SHARED: &str =
    "host ports that several DaemonSets ask for, of which one has a pod on a node that they share";

/// A daemon as far as this goes.
struct Daemon<'w> {
    place: usize,
    name: &'w str,
    ports: BTreeSet<HostPort>,
    nodes: Vec<Expression>,
}

/// For each workload the host ports that another `DaemonSet` has on nodes which they share; says whose that are.
pub(super) fn taken(workloads: &[Workload<'_>], notes: &mut Notes) -> Vec<BTreeSet<HostPort>> {
    let mut daemons: Vec<Daemon<'_>> = (workloads.iter().enumerate())
        .filter(|(_, workload)| workload.is_daemon)
        .map(|(place, workload)| daemon(place, workload))
        .collect();
    daemons.sort_by_key(|it| it.name);
    let mut taken = vec![BTreeSet::new(); workloads.len()];
    let mut told = BTreeSet::new();
    for (number, one) in daemons.iter().enumerate() {
        for other in &daemons[number + 1..] {
            let shared: Vec<HostPort> = one.ports.intersection(&other.ports).copied().collect();
            if shared.is_empty() || !can_share_a_node(one, other) {
                continue;
            }
            taken[other.place].extend(shared);
            told.extend([one.name, other.name]);
        }
    }
    for name in told {
        notes.not_modelled(name, SHARED);
    }
    taken
}

fn daemon<'w>(place: usize, workload: &'w Workload<'_>) -> Daemon<'w> {
    // Findings and notes come where the rules are read for the plan.
    let (notes, log) = (&mut Notes::default(), &mut Log::default());
    let selector = workload.node_selector();
    let chooser = Chooser {
        spec: &workload.spec,
        selector: &selector,
        name: &workload.name,
        is_daemon: true,
        unsure: &Unsure::new(),
        packing: None,
    };
    Daemon {
        place,
        name: &workload.name,
        ports: host_ports(&workload.spec, &workload.name, notes, log)
            .into_iter()
            .collect(),
        nodes: affinity::expressions(chooser, notes, log),
    }
}

fn can_share_a_node(one: &Daemon<'_>, other: &Daemon<'_>) -> bool {
    let rules: Vec<&Expression> = one.nodes.iter().chain(&other.nodes).collect();
    decided::may_hold_together(&rules)
}
