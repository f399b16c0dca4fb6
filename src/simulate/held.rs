//! Tasks that run on a world's instances before the first one is placed.

use std::collections::BTreeMap;

use crate::domain::capacity::Capacity;

use super::providers::ProviderStrategy;
use super::workload::ClassId;
use super::world::{HostId, World, WorldHost};

/// Identical instances and the tasks that run on each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Running<'a> {
    /// Instance type.
    pub instance_type: &'a str,
    /// Zone, where it matters.
    pub availability_zone: Option<&'a str>,
    /// Capacity provider; empty for none.
    pub capacity_provider: &'a str,
    /// How they are bought.
    pub purchase_option: Capacity,
    /// How many there are.
    pub count: u64,
    /// Tasks on each, by position of the service.
    pub tasks: &'a BTreeMap<usize, u64>,
}

impl Running<'_> {
    /// Whether the instances are of a host.
    #[must_use]
    pub fn is(&self, host: &WorldHost) -> bool {
        let host = &host.host;
        host.instance_type == self.instance_type
            && host.purchase_option == self.purchase_option
            && host.capacity_provider.as_deref().unwrap_or("") == self.capacity_provider
            && (self.availability_zone.is_none()
                || host.availability_zone.as_deref() == self.availability_zone)
    }
}

impl World {
    /// Lets tasks run on instances from the start, and takes them from those that ask for a place. Answers the hosts of each
    /// entry with how many instances of it are there; tasks for which no such instance with room is left ask for a place as
    /// the others do.
    pub fn run(&mut self, running: &[Running<'_>]) -> Vec<Vec<(HostId, u64)>> {
        let mut hosts = vec![Vec::new(); running.len()];
        // Those that run nothing are what the others leave.
        let busy = |&index: &usize| !running[index].tasks.is_empty();
        for index in (0..running.len()).filter(busy) {
            let of = &running[index];
            let tasks: Vec<(ClassId, u32)> = (of.tasks.iter())
                .filter_map(|(&service, &count)| Some((self.class_of(service)?, narrow(count))))
                .collect();
            let mut left = of.count;
            for host in 0..self.hosts.len() {
                let fits = of.is(&self.hosts[host])
                    && self.hosts[host].running.is_empty()
                    && self.has_room(host, &tasks);
                let take = if fits {
                    left.min(self.hosts[host].count)
                } else {
                    0
                };
                if take == 0 {
                    continue;
                }
                self.hosts[host].count -= take;
                let occupied = WorldHost {
                    count: take,
                    running: tasks.clone(),
                    ..self.hosts[host].clone()
                };
                hosts[index].push((self.hosts.len(), take));
                self.hosts.push(occupied);
                left -= take;
                for &(class, count) in &tasks {
                    let asks = &mut self.workload.classes[class].count;
                    *asks = asks.saturating_sub(u64::from(count) * take);
                }
            }
        }
        for index in (0..running.len()).filter(|index| !busy(index)) {
            let idle = (self.hosts.iter().enumerate())
                .filter(|(_, host)| host.running.is_empty() && running[index].is(host));
            hosts[index] = idle.map(|(host, of)| (host, of.count)).collect();
        }
        hosts
    }

    /// The class of a service's tasks.
    fn class_of(&self, service: usize) -> Option<ClassId> {
        (self.workload.classes.iter()).position(|class| class.service == service && !class.daemon)
    }

    fn has_room(&self, host: usize, tasks: &[(ClassId, u32)]) -> bool {
        let host = &self.hosts[host];
        (0..host.room.len()).all(|resource| {
            let needed: u64 = (tasks.iter())
                .map(|&(class, count)| {
                    u64::from(self.workload.classes[class].need[resource]) * u64::from(count)
                })
                .sum();
            needed <= u64::from(host.room[resource])
        })
    }

    /// Tasks that run from the start, of each service by position in its capacity provider strategy.
    #[must_use]
    pub fn running_by_item(&self) -> Vec<Vec<u64>> {
        let mut counts: Vec<Vec<u64>> = (self.strategies.iter())
            .map(|strategy| vec![0; strategy.as_ref().map_or(0, |s| s.items().len())])
            .collect();
        for host in &self.hosts {
            let provider = self.cells[host.cell].provider;
            for &(class, count) in &host.running {
                let items = self.strategies[class].as_ref().map(ProviderStrategy::items);
                let at = items.zip(provider).and_then(|(items, provider)| {
                    items.iter().position(|i| i.provider == provider)
                });
                if let Some(at) = at {
                    counts[class][at] += u64::from(count) * host.count;
                }
            }
        }
        counts
    }
}

fn narrow(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
