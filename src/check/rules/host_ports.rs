//! V10: on one instance a host port, by protocol, belongs to one task, daemons included; SSH's, Docker's
//! and the agent's ports belong to none.

use std::collections::BTreeMap;

use crate::check::facts::{Facts, Row};
use crate::check::violation::{Rule, Violation};
use crate::domain::service::Service;
use crate::domain::task::{HostPort, Protocol, RESERVED_HOST_PORTS};

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    facts.rows.iter().flat_map(conflicts).collect()
}

/// Whether no two of these tasks want the same host port.
pub(super) fn are_disjoint(tasks: &[(&Service, u64)]) -> bool {
    takers(tasks).values().all(|(takers, _)| *takers <= 1)
}

/// By host port, how many of the tasks take it, and of which services they are.
fn takers<'a>(tasks: &[(&'a Service, u64)]) -> BTreeMap<HostPort, (u128, Vec<&'a str>)> {
    let mut takers: BTreeMap<HostPort, (u128, Vec<&str>)> = BTreeMap::new();
    for &(service, each) in tasks.iter().filter(|&&(_, each)| each > 0) {
        for &port in &service.task.host_ports {
            let (tasks, names) = takers.entry(port).or_default();
            *tasks += u128::from(each);
            names.push(&service.name);
        }
    }
    takers
}

fn conflicts(row: &Row<'_>) -> Vec<Violation> {
    (takers(&row.tasks).into_iter())
        .filter_map(|(port, (tasks, names))| {
            let reserved =
                port.protocol == Protocol::Tcp && RESERVED_HOST_PORTS.contains(&port.port);
            let most = u128::from(!reserved);
            (tasks > most).then(|| {
                Violation::new(
                    Rule::HostPorts,
                    row.place(),
                    format!("{tasks} tasks of {} on host port {port}", names.join(", ")),
                    format!("at most {most}"),
                )
            })
        })
        .collect()
}
