//! Host ports: two tasks with the same port and protocol exclude each other on an instance.
//!
//! A port only one service asks for is "at most one copy a bin" on that item; a port several services ask
//! for is a 0/1 dimension with capacity 1. A daemon's port is taken before any task comes.

use std::collections::BTreeMap;

use crate::domain::service::Service;
use crate::domain::task::HostPort;

use super::fit::Failed;
use crate::formulate::offering::Offering;

/// Fails for each port that a daemon of the offering holds.
pub fn test(service: &Service, offering: &Offering) -> Vec<Failed> {
    service
        .task
        .host_ports
        .iter()
        .filter(|port| offering.taken_ports.contains(port))
        .map(|&port| Failed::HostPort(port))
        .collect()
}

/// Ports that more than one of these services ask for: each becomes a dimension.
pub fn contested<'a>(services: impl Iterator<Item = &'a Service>) -> Vec<HostPort> {
    let mut askers: BTreeMap<HostPort, usize> = BTreeMap::new();
    for service in services {
        for &port in &service.task.host_ports {
            *askers.entry(port).or_default() += 1;
        }
    }
    askers
        .into_iter()
        .filter(|&(_, askers)| askers > 1)
        .map(|(port, _)| port)
        .collect()
}

/// Entries of a service in the contested dimensions.
pub fn entries(service: &Service, contested: &[HostPort]) -> Vec<u64> {
    contested
        .iter()
        .map(|port| u64::from(service.task.host_ports.contains(port)))
        .collect()
}

/// Whether a port limits the service to one task an instance.
pub const fn at_most_one(service: &Service) -> bool {
    !service.task.host_ports.is_empty()
}
