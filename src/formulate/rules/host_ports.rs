//! Host ports: two tasks with the same port and protocol exclude each other on an instance.
//!
//! A port only one service asks for is "at most one copy a bin" on that item; a port several services ask
//! for is a 0/1 dimension with capacity 1. A daemon's port is taken before any task comes, and so are those
//! that the instance reserves. All ports of an instance together are one dimension more, where the services
//! ask for so many that ECS's quota of reserved ports can bind.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::service::Service;
use crate::domain::task::{HostPort, ReservedPorts};

use crate::domain::plan::FailedTest as Failed;

/// Host ports of an instance that no replica task can have.
#[derive(Debug, Clone, Default)]
pub struct PortsTaken {
    /// Those taken before any task comes.
    pub reserved: ReservedPorts,
    /// Those that daemons take.
    pub by_daemons: BTreeSet<HostPort>,
}

impl PortsTaken {
    /// Those of an instance on which nothing runs yet.
    pub const fn of_empty(reserved: ReservedPorts) -> Self {
        Self {
            reserved,
            by_daemons: BTreeSet::new(),
        }
    }

    /// Ports that tasks may take beside the daemons, by ECS's quota.
    pub fn left(&self) -> u64 {
        let daemons = self.by_daemons.len() as u64;
        self.reserved.left_for_tasks().saturating_sub(daemons)
    }
}

/// Fails for each port that the instance reserves or a daemon of it holds, and where the task takes more than
/// the quota leaves.
pub fn test(service: &Service, taken: &PortsTaken) -> Vec<Failed> {
    let (needed, offered) = (quota_entry(service), taken.left());
    let ports = service.task.host_ports.iter().filter_map(|&port| {
        if taken.reserved.contains(port) {
            return Some(Failed::ReservedPort { port });
        }
        let held = taken.by_daemons.contains(&port);
        held.then_some(Failed::HostPort { port })
    });
    ports
        .chain((needed > offered).then_some(Failed::PortQuota { needed, offered }))
        .collect()
}

/// Ports that one task of a service takes.
pub fn quota_entry(service: &Service) -> u64 {
    service.task.host_ports.len() as u64
}

/// Whether one task of each of these services would pass the quota of some instance. No two tasks of one
/// service are on an instance, so that otherwise the quota never binds.
pub fn quota_binds<'a>(
    services: impl Iterator<Item = &'a Service>,
    mut instances: impl Iterator<Item = &'a PortsTaken>,
) -> bool {
    let asked: u64 = services.map(quota_entry).sum();
    asked > 0 && instances.any(|taken| asked > taken.left())
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
