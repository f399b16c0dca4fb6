//! Tasks that stay where they run, by container instance.

use std::collections::BTreeMap;

/// Tasks that stay on container instances of today while others are placed: of each instance, by its id, how many of each
/// service, by position among the cluster's services. An instance that is not named holds none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Held {
    tasks: BTreeMap<String, BTreeMap<usize, u64>>,
}

impl Held {
    /// What an instance holds, if anything.
    #[must_use]
    pub fn on(&self, instance: &str) -> Option<&BTreeMap<usize, u64>> {
        self.tasks.get(instance)
    }

    /// Adds tasks of a service on an instance.
    pub fn add(&mut self, instance: &str, service: usize, tasks: u64) {
        if tasks > 0 {
            let held = self.tasks.entry(instance.to_owned()).or_default();
            *held.entry(service).or_default() += tasks;
        }
    }

    /// Takes tasks of a service away from an instance; those that are not there are not missed.
    pub fn take(&mut self, instance: &str, service: usize, tasks: u64) {
        let Some(held) = self.tasks.get_mut(instance) else {
            return;
        };
        if let Some(left) = held.get_mut(&service) {
            *left = left.saturating_sub(tasks);
        }
        held.retain(|_, left| *left > 0);
        if held.is_empty() {
            self.tasks.remove(instance);
        }
    }

    /// Every instance with what it holds, by id.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &BTreeMap<usize, u64>)> {
        self.tasks.iter().map(|(id, tasks)| (id.as_str(), tasks))
    }
}
