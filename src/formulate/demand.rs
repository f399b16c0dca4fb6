//! How many tasks of each service to plan for, and how much room beside them.

use crate::domain::cluster::Cluster;

use super::hosts::Hosts;
use super::rules::{zone_loss, zones};

/// Tasks and room, by service in the cluster's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    /// Tasks that get a place.
    pub tasks: Vec<u64>,
    /// Room for further tasks, kept for deployments.
    pub room: Vec<u64>,
}

impl Demand {
    /// Every planned task and no room.
    pub fn planned(cluster: &Cluster) -> Self {
        let tasks: Vec<u64> = (cluster.services.iter())
            .map(|service| cluster.planned_count(service))
            .collect();
        Self {
            room: vec![0; tasks.len()],
            tasks,
        }
    }

    /// Tasks of all services together.
    pub fn total(&self) -> u64 {
        self.tasks
            .iter()
            .fold(0, |sum, &tasks| sum.saturating_add(tasks))
    }

    /// Places to plan for, so that tasks, room for deployments and the loss of a zone are all provided for
    /// (not at the same time).
    pub fn places(&self, cluster: &Cluster, hosts: &Hosts, position: usize) -> u64 {
        let tasks = self.tasks[position];
        let service = &cluster.services[position];
        let with_room = tasks.saturating_add(self.room[position]);
        if !cluster.policy.survive_zone_loss || !zones::by_zone(cluster, service) {
            return with_room;
        }
        let zones = hosts.zones[position].len() as u64;
        if zones < 2 {
            return with_room;
        }
        let places = with_room.max(zone_loss::places(tasks, zones));
        // Pods of Kubernetes that keep to one a zone have no place in a zone that has one.
        let is_apart = (service.pod.as_ref()).is_some_and(|pod| pod.most.is_some());
        if is_apart { places.min(zones) } else { places }
    }
}
