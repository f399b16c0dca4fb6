//! V10: on one instance a host port, by protocol, belongs to one task, daemons included; SSH's, Docker's
//! and the agent's ports belong to none.

use std::collections::BTreeMap;

use crate::check::facts::{Facts, Machine};
use crate::check::violation::{Problem, Rule, Violation};
use crate::domain::service::Service;
use crate::domain::task::{HostPort, Protocol, RESERVED_HOST_PORTS};

use super::one_instance;

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    one_instance::of_rows(facts, Rule::HostPorts, problems)
}

/// The ports that too many of the tasks want.
pub(super) fn problems(_: &Facts<'_>, _: &Machine<'_>, tasks: &[(&Service, u64)]) -> Vec<Problem> {
    (takers(tasks).into_iter())
        .filter_map(|(port, (tasks, names))| {
            let most = u128::from(!is_reserved(port));
            (tasks > most).then(|| {
                Problem::new(
                    format!("{tasks} tasks of {} on host port {port}", names.join(", ")),
                    format!("at most {most}"),
                )
            })
        })
        .collect()
}

/// Whether no two of these tasks want the same host port.
pub(super) fn are_disjoint(tasks: &[(&Service, u64)]) -> bool {
    takers(tasks).values().all(|(takers, _)| *takers <= 1)
}

/// Most further tasks of the service that the ports allow.
pub(super) fn further(tasks: &[(&Service, u64)], service: &Service) -> u64 {
    let wanted = &service.task.host_ports;
    if wanted.is_empty() {
        return u64::MAX;
    }
    let is_taken = |port: &HostPort| {
        (tasks.iter()).any(|(other, each)| *each > 0 && other.task.host_ports.contains(port))
    };
    u64::from(
        !wanted
            .iter()
            .any(|port| is_reserved(*port) || is_taken(port)),
    )
}

fn is_reserved(port: HostPort) -> bool {
    port.protocol == Protocol::Tcp && RESERVED_HOST_PORTS.contains(&port.port)
}

/// By host port, how many of the tasks take it, and of which services they are.
fn takers<'a>(tasks: &[(&'a Service, u64)]) -> BTreeMap<HostPort, (u128, Vec<&'a str>)> {
    let mut takers: BTreeMap<HostPort, (u128, Vec<&str>)> = BTreeMap::new();
    for &(service, each) in tasks.iter().filter(|&&(_, each)| each > 0) {
        for &port in &service.task.host_ports {
            let (tasks, names) = takers.entry(port).or_default();
            *tasks = tasks.saturating_add(u128::from(each));
            names.push(&service.name);
        }
    }
    takers
}
