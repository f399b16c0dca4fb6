//! The cluster as a packing problem: replica services are items, offerings are bins.
//!
//! ```text
//! minimise   Σ_o c_o x_o
//! dimensions CPU, memory, ENIs, GPUs; one 0/1 dimension per contested host port
//! items      replica services that fit somewhere, demand = planned count
//! bins       offerings; today's instances cost 0 and are limited to their number, since they are paid
//!            for whether they are used or not
//! limits     instances in all ≤ maxInstances
//! ```

use crate::domain::cluster::Cluster;
use crate::domain::service::Service;
use crate::domain::task::HostPort;
use crate::optimize::problem::{BinLimit, BinType, ItemType, Problem, ProblemError};

use super::offering::{Offering, Offerings};
use super::rules::{distinct_instance, fit, host_ports, resources};

/// The problem with the way back to services and offerings.
#[derive(Debug)]
pub struct Model {
    /// The packing problem.
    pub problem: Problem,
    /// Service of each item, by position in the cluster.
    pub services: Vec<usize>,
    /// Services that fit no offering, by position in the cluster.
    pub homeless: Vec<usize>,
}

impl Model {
    /// Writes the problem down.
    ///
    /// # Errors
    /// When a number is beyond what the optimizer represents exactly.
    pub fn try_new(cluster: &Cluster, offerings: &Offerings<'_>) -> Result<Self, ProblemError> {
        let wanted: Vec<usize> = cluster
            .services
            .iter()
            .enumerate()
            .filter(|(_, service)| cluster.planned_count(service) > 0)
            .map(|(position, _)| position)
            .collect();
        let bins = &offerings.usable;
        let fits = |position: usize, offering: &Offering| {
            fit::failures(&cluster.services[position], offering).is_empty()
        };
        let hosts: Vec<Vec<bool>> = wanted
            .iter()
            .map(|&position| {
                bins.iter()
                    .map(|offering| fits(position, offering))
                    .collect()
            })
            .collect();
        let (mut services, mut homeless, mut admission) = (Vec::new(), Vec::new(), Vec::new());
        for (position, hosts) in wanted.into_iter().zip(hosts) {
            if hosts.contains(&true) {
                services.push(position);
                admission.push(hosts);
            } else {
                homeless.push(position);
            }
        }
        let contested = host_ports::contested(services.iter().map(|&s| &cluster.services[s]));
        let items = services
            .iter()
            .map(|&position| item(&cluster.services[position], cluster, &contested))
            .collect();
        let bin_types = bins
            .iter()
            .enumerate()
            .map(|(index, offering)| bin(offering, index, &admission, contested.len()))
            .collect();
        let limits = limits(cluster, bins, &services);
        let dimensions = 4 + contested.len();
        let problem = Problem::try_new(dimensions, bin_types, items, limits)?;
        Ok(Self {
            problem,
            services,
            homeless,
        })
    }
}

fn item(service: &Service, cluster: &Cluster, contested: &[HostPort]) -> ItemType {
    let mut size = resources::entries(&service.task.resources());
    size.extend(host_ports::entries(service, contested));
    ItemType {
        size,
        demand: cluster.planned_count(service),
        max_per_bin: distinct_instance::most_per_instance(service),
    }
}

fn bin(offering: &Offering, index: usize, admission: &[Vec<bool>], ports: usize) -> BinType {
    let allocatable = offering.allocatable.unwrap_or_default();
    let mut capacity = resources::entries(&allocatable);
    // A daemon's port excludes the services that ask for it through admission.
    capacity.extend(std::iter::repeat_n(1, ports));
    let admits: Vec<usize> = (0..admission.len())
        .filter(|&item| admission[item][index])
        .collect();
    let everything = admits.len() == admission.len();
    BinType {
        capacity,
        cost: if offering.existing.is_some() {
            0
        } else {
            offering.usd_per_hour.grid_units()
        },
        admits: (!everything).then_some(admits),
        requires: None,
    }
}

fn limits(cluster: &Cluster, bins: &[Offering], services: &[usize]) -> Vec<BinLimit> {
    let mut limits: Vec<BinLimit> = bins
        .iter()
        .enumerate()
        .filter_map(|(index, offering)| {
            let existing = offering.existing.as_ref()?;
            Some(BinLimit {
                bins: vec![index],
                upper: existing.count,
            })
        })
        .collect();
    let kept: u64 = bins
        .iter()
        .filter_map(|o| o.existing.as_ref())
        .map(|e| e.count)
        .sum();
    let new: Vec<usize> = (0..bins.len())
        .filter(|&bin| bins[bin].existing.is_none())
        .collect();
    let upper = cluster.policy.max_instances.saturating_sub(kept);
    let tasks = services
        .iter()
        .map(|&position| cluster.planned_count(&cluster.services[position]))
        .fold(0, u64::saturating_add);
    // Every new instance holds at least one task: more tasks than instances, or no limit at all.
    if tasks > upper && !new.is_empty() {
        limits.push(BinLimit { bins: new, upper });
    }
    limits
}
