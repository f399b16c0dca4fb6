//! What a waiting task requires, and waiting tasks grouped by identical requirements.

use std::collections::BTreeMap;

use crate::domain::resources::ResourceVector;
use crate::domain::task::HostPort;

/// What managed scaling sees of a task: resources, ports, and whether it keeps others of its kind away.
/// Other placement constraints do not count in the calculation (developer guide: only `distinctInstance`
/// does).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Requirement {
    /// CPU, memory, network interfaces, GPUs.
    pub resources: ResourceVector,
    /// Static host ports; two tasks with a port in common cannot share an instance.
    pub host_ports: Vec<HostPort>,
    /// With `distinctInstance`, what the task must not share an instance with: the dense index of its
    /// service or task group.
    pub distinct_from: Option<usize>,
}

impl Requirement {
    /// Whether two such tasks cannot share an instance, whatever its size.
    #[must_use]
    pub fn excludes_itself(&self) -> bool {
        self.distinct_from.is_some() || !self.host_ports.is_empty()
    }

    /// Whether this task and the other cannot share an instance, whatever its size.
    #[must_use]
    pub fn excludes(&self, other: &Self) -> bool {
        let same_owner = self.distinct_from.is_some() && self.distinct_from == other.distinct_from;
        same_owner || (self.host_ports.iter()).any(|port| other.host_ports.contains(port))
    }
}

/// Waiting tasks with identical requirements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingGroup {
    /// What each of them requires.
    pub requirement: Requirement,
    /// How many there are, at least one.
    pub tasks: u64,
}

/// Groups waiting tasks, given as requirements with counts, in a fixed order.
#[must_use]
pub fn group(tasks: impl IntoIterator<Item = (Requirement, u64)>) -> Vec<WaitingGroup> {
    let mut counts: BTreeMap<Requirement, u64> = BTreeMap::new();
    for (mut requirement, count) in tasks {
        requirement.host_ports.sort_unstable();
        requirement.host_ports.dedup();
        *counts.entry(requirement).or_default() += count;
    }
    (counts.into_iter())
        .filter(|(_, tasks)| *tasks > 0)
        .map(|(requirement, tasks)| WaitingGroup { requirement, tasks })
        .collect()
}
