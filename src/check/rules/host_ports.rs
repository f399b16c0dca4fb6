//! V10: on one instance a host port, by protocol, belongs to one task, daemons included; ports that the
//! instance reserves belong to none, and no more than ECS's quota of reserved ports are taken.

use std::collections::BTreeMap;

use crate::check::facts::{Facts, Machine};
use crate::check::violation::{Problem, Rule, Violation};
use crate::domain::service::Service;
use crate::domain::task::{HostPort, MOST_RESERVED_PORTS};

use super::one_instance;

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    one_instance::of_rows(facts, Rule::HostPorts, problems)
}

/// The ports that too many of the tasks want.
pub(super) fn problems(
    _: &Facts<'_>,
    machine: &Machine<'_>,
    tasks: &[(&Service, u64)],
) -> Vec<Problem> {
    let takers = takers(tasks);
    let (taken, most) = (takers.len() as u64, machine.reserved_ports.left_for_tasks());
    let quota = (taken > most).then(|| {
        Problem::new(
            format!("{taken} host ports in use by tasks"),
            format!("at most {most}: {MOST_RESERVED_PORTS} less what the instance itself has"),
        )
    });
    (takers.into_iter())
        .filter_map(|(port, (tasks, names))| {
            let most = u128::from(!machine.reserved_ports.contains(port));
            (tasks > most).then(|| {
                Problem::new(
                    format!("{tasks} tasks of {} on host port {port}", names.join(", ")),
                    format!("at most {most}"),
                )
            })
        })
        .chain(quota)
        .collect()
}

/// Whether the tasks get the host ports they want on a new instance.
pub(super) fn all_have_theirs(machine: &Machine<'_>, tasks: &[(&Service, u64)]) -> bool {
    let takers = takers(tasks);
    takers.len() as u64 <= machine.reserved_ports.left_for_tasks()
        && (takers.iter())
            .all(|(&port, (tasks, _))| *tasks <= 1 && !machine.reserved_ports.contains(port))
}

/// Most further tasks of the service that the ports allow.
pub(super) fn further(machine: &Machine<'_>, tasks: &[(&Service, u64)], service: &Service) -> u64 {
    let wanted = &service.task.host_ports;
    if wanted.is_empty() {
        return u64::MAX;
    }
    let is_taken = |port: &HostPort| {
        (tasks.iter()).any(|(other, each)| *each > 0 && other.task.host_ports.contains(port))
    };
    let reserved = machine.reserved_ports;
    let together = (takers(tasks).len() + wanted.len()) as u64;
    u64::from(
        together <= reserved.left_for_tasks()
            && !(wanted.iter()).any(|port| reserved.contains(*port) || is_taken(port)),
    )
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
