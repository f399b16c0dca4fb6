//! Which tasks run on which of today's instances, and which of them may stay there.
//!
//! What the file shows is taken as it is but for tasks that cannot stay whatever is planned: those beyond a service's planned
//! count stop, and those that break a rule where they run (an uneven spread over zones, an instance that may no longer
//! run them, or that is none of those that can stay) move in any case.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::cluster::{Cluster, ContainerInstance};
use crate::domain::held::Held;
use crate::formulate::hosts::Hosts;
use crate::formulate::offering::Offerings;
use crate::formulate::rules::zones;

use super::super::options::NoMoves;

/// Tasks of today that may stay.
pub(super) struct Today {
    /// Tasks that may stay where they run.
    pub held: Held,
    /// Tasks that move whatever is planned.
    pub forced: u64,
}

impl Today {
    /// What the file shows.
    ///
    /// # Errors
    /// Where it shows no instances, or not what runs on them.
    pub(super) fn read(
        cluster: &Cluster,
        offerings: &Offerings<'_>,
        hosts: &Hosts,
    ) -> Result<Self, NoMoves> {
        let mut today = Self {
            held: shown(cluster)?,
            forced: 0,
        };
        today.leave_what_cannot_stay(offerings);
        today.leave_hosts(cluster, offerings, hosts);
        today.level_zones(cluster, offerings, hosts);
        Ok(today)
    }

    /// Tasks on instances that are no choice at all, such as one whose price is not known.
    fn leave_what_cannot_stay(&mut self, offerings: &Offerings<'_>) {
        let can_stay: BTreeSet<&str> = (offerings.usable.iter())
            .filter_map(|offering| offering.existing.as_ref())
            .flat_map(|existing| existing.ids.iter().map(String::as_str))
            .collect();
        let going: Vec<(String, BTreeMap<usize, u64>)> = (self.held.iter())
            .filter(|(id, _)| !can_stay.contains(id))
            .map(|(id, tasks)| (id.to_owned(), tasks.clone()))
            .collect();
        for (id, tasks) in going {
            for (service, count) in tasks {
                self.held.take(&id, service, count);
                self.forced += count;
            }
        }
    }

    /// Tasks on instances that may not run them under the policy, have no room for them, or stand in no zone that their
    /// even spread counts.
    fn leave_hosts(&mut self, cluster: &Cluster, offerings: &Offerings<'_>, hosts: &Hosts) {
        for (index, offering) in offerings.usable.iter().enumerate() {
            let Some(existing) = &offering.existing else {
                continue;
            };
            for id in &existing.ids {
                let tasks = self.held.on(id).cloned().unwrap_or_default();
                for (service, count) in tasks {
                    let is_spread = zones::by_zone(cluster, &cluster.services[service]);
                    let is_host = hosts.offerings[service].binary_search(&index).is_ok();
                    if !is_host || is_spread && offering.zone.is_none() {
                        self.held.take(id, service, count);
                        self.forced += count;
                    }
                }
            }
        }
    }

    /// Tasks of zones that have too many for an even spread: of the last instances.
    fn level_zones(&mut self, cluster: &Cluster, offerings: &Offerings<'_>, hosts: &Hosts) {
        let mut places: Vec<(&str, Option<usize>)> = (offerings.usable.iter())
            .filter_map(|offering| Some((offering.existing.as_ref()?, offering.zone)))
            .flat_map(|(existing, zone)| existing.ids.iter().map(move |id| (id.as_str(), zone)))
            .collect();
        places.sort_unstable();
        for (position, service) in cluster.services.iter().enumerate() {
            if !zones::by_zone(cluster, service) || hosts.zones[position].is_empty() {
                continue;
            }
            let own_zones = &hosts.zones[position];
            let planned = cluster.planned_count(service);
            let (base, extra) = zones::spread(planned, own_zones.len() as u64);
            let mut counts: Vec<(u64, usize)> = (own_zones.iter())
                .map(|&zone| (self.in_zone(&places, position, zone), zone))
                .collect();
            counts.sort_unstable_by(|a, b| b.cmp(a));
            for (rank, &(count, zone)) in counts.iter().enumerate() {
                let most = base + u64::from((rank as u64) < extra);
                self.drop_from(&places, position, zone, count.saturating_sub(most));
            }
        }
    }

    fn in_zone(&self, places: &[(&str, Option<usize>)], service: usize, zone: usize) -> u64 {
        (places.iter())
            .filter(|(_, own)| *own == Some(zone))
            .filter_map(|(id, _)| self.held.on(id)?.get(&service))
            .sum()
    }

    fn drop_from(
        &mut self,
        places: &[(&str, Option<usize>)],
        service: usize,
        zone: usize,
        mut too_many: u64,
    ) {
        for (id, _) in places.iter().rev().filter(|(_, own)| *own == Some(zone)) {
            let there = self.held.on(id).and_then(|tasks| tasks.get(&service));
            let gone = there.copied().unwrap_or(0).min(too_many);
            self.held.take(id, service, gone);
            self.forced += gone;
            too_many -= gone;
        }
    }
}

/// Tasks as the file shows them on instances, of no service more than are planned.
///
/// # Errors
/// Where it shows no instances, or not what runs on them.
pub(super) fn shown(cluster: &Cluster) -> Result<Held, NoMoves> {
    let takes_part = |instance: &&ContainerInstance| instance.active && !instance.is_external();
    let instances: Vec<&ContainerInstance> = (cluster.container_instances.iter())
        .filter(takes_part)
        .collect();
    if instances.is_empty() {
        return Err(NoMoves::NoInstances);
    }
    let shown = cluster
        .deployed
        .tasks
        .as_ref()
        .ok_or(NoMoves::TasksNotShown)?;
    let mut services: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (position, service) in cluster.services.iter().enumerate() {
        if cluster.planned_count(service) > 0 {
            services
                .entry(service.task_group())
                .or_default()
                .push(position);
        }
    }
    // Of a service's tasks beyond its planned count those of the last instances stop: which, ECS decides.
    let mut left: Vec<u64> = (cluster.services.iter())
        .map(|service| cluster.planned_count(service))
        .collect();
    let mut held = Held::default();
    for instance in &instances {
        for tasks in shown.iter().filter(|tasks| tasks.instance == instance.id) {
            let mut count = tasks.count;
            for &service in services.get(&tasks.group).into_iter().flatten() {
                let own = count.min(left[service]);
                held.add(&instance.id, service, own);
                left[service] -= own;
                count -= own;
            }
        }
    }
    Ok(held)
}
