//! A plan's rows by service: what is asked for every service must not read the whole plan each time.

use std::collections::HashMap;

use crate::domain::plan::{PlannedFargateTasks, PlannedInstances};

/// Rows of instances and of Fargate tasks that name a service, in the plan's order.
#[derive(Default)]
struct Own<'a> {
    instances: Vec<&'a PlannedInstances>,
    fargate: Vec<&'a PlannedFargateTasks>,
}

/// Rows by the name of a service.
pub(super) struct Places<'a>(HashMap<&'a str, Own<'a>>);

impl<'a> Places<'a> {
    pub fn new(instances: &'a [PlannedInstances], fargate: &'a [PlannedFargateTasks]) -> Self {
        let mut by_service: HashMap<&str, Own<'_>> = HashMap::new();
        for row in instances {
            for name in row.tasks.keys() {
                by_service.entry(name).or_default().instances.push(row);
            }
        }
        for row in fargate {
            let own = by_service.entry(&row.service_name).or_default();
            own.fargate.push(row);
        }
        Self(by_service)
    }

    /// Rows of instances with the service's tasks, and how many each instance holds.
    pub fn instances(&self, service: &str) -> impl Iterator<Item = (&'a PlannedInstances, u64)> {
        let own = self.0.get(service).map_or(&[][..], |own| &own.instances);
        (own.iter()).map(move |row| (*row, row.tasks.get(service).copied().unwrap_or(0)))
    }

    /// Rows of the service's tasks on Fargate.
    pub fn fargate(&self, service: &str) -> impl Iterator<Item = &'a PlannedFargateTasks> {
        let own = self.0.get(service).map_or(&[][..], |own| &own.fargate);
        own.iter().copied()
    }

    /// The service's tasks on instances.
    pub fn on_instances(&self, service: &str) -> u64 {
        let held = self.instances(service);
        held.map(|(row, each)| row.count * each).sum()
    }

    /// The service's tasks on Fargate.
    pub fn on_fargate(&self, service: &str) -> u64 {
        self.fargate(service).map(|row| row.count).sum()
    }
}
