//! The same service in several clusters, sized differently: by the service's name, and by the family of its task definition.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::FleetPlan;
use crate::domain::service::Service;

/// What services are known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SameBy {
    /// The service's name.
    Name,
    /// The family of its task definition.
    Family,
}

impl SameBy {
    /// The word of documents.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Family => "family",
        }
    }
}

/// A service that is in several clusters and not of one size.
#[derive(Debug, Clone, PartialEq)]
pub struct SameService {
    /// Its name, or its family.
    pub name: String,
    /// Which of both.
    pub by: SameBy,
    /// Its sizes, in the order of the units.
    pub sizes: Vec<SizeOfOne>,
}

/// The service in one cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SizeOfOne {
    /// The unit.
    pub unit: String,
    /// Its cluster.
    pub cluster: String,
    /// Its Region.
    pub region: String,
    /// The service's name there.
    pub service: String,
    /// CPU units of a task.
    pub cpu: u64,
    /// MiB of a task.
    pub memory_mib: u64,
    /// Tasks.
    pub tasks: u64,
    /// Its share of the cluster's bill.
    pub usd_per_hour: UsdPerHour,
}

impl SameService {
    /// What it costs in all clusters.
    #[must_use]
    pub fn usd_per_hour(&self) -> UsdPerHour {
        self.sizes.iter().map(|size| size.usd_per_hour).sum()
    }

    /// Smallest and largest CPU of a task.
    #[must_use]
    pub fn cpu(&self) -> (u64, u64) {
        least_and_most(self.sizes.iter().map(|size| size.cpu))
    }

    /// Smallest and largest memory of a task, in MiB.
    #[must_use]
    pub fn memory_mib(&self) -> (u64, u64) {
        least_and_most(self.sizes.iter().map(|size| size.memory_mib))
    }
}

fn least_and_most(amounts: impl Iterator<Item = u64> + Clone) -> (u64, u64) {
    (
        amounts.clone().min().unwrap_or(0),
        amounts.max().unwrap_or(0),
    )
}

/// Gathers sizes cluster by cluster.
#[derive(Debug, Default)]
pub struct Sizes(BTreeMap<(SameBy, String), Vec<SizeOfOne>>);

impl Sizes {
    /// Adds the services of a cluster.
    pub fn add(&mut self, unit: &str, plan: &FleetPlan, cluster: &Cluster) {
        for service in &cluster.services {
            let planned = (plan.services.iter()).find(|own| own.service_name == service.name);
            let size = SizeOfOne {
                unit: unit.to_owned(),
                cluster: plan.cluster.clone(),
                region: plan.region.clone(),
                service: service.name.clone(),
                cpu: service.task.cpu.get(),
                memory_mib: service.task.memory.get(),
                tasks: planned.map_or(0, |own| own.desired_count),
                usd_per_hour: planned.map(|own| own.usd_per_hour).unwrap_or_default(),
            };
            if let Some(family) = family(service) {
                let key = (SameBy::Family, family.to_owned());
                self.0.entry(key).or_default().push(size.clone());
            }
            let key = (SameBy::Name, service.name.clone());
            self.0.entry(key).or_default().push(size);
        }
    }

    /// Services of several sizes, those that cost most first.
    #[must_use]
    pub fn finish(self) -> Vec<SameService> {
        let Self(known) = self;
        let mut found: Vec<SameService> = Vec::new();
        for ((by, name), sizes) in known {
            let units: BTreeSet<&str> = sizes.iter().map(|size| size.unit.as_str()).collect();
            let of_one = |size: &SizeOfOne| (size.cpu, size.memory_mib);
            let distinct: BTreeSet<(u64, u64)> = sizes.iter().map(of_one).collect();
            // Names come before families: a family of the same services says nothing more.
            let is_known = |other: &SameService| other.sizes == sizes;
            if units.len() > 1 && distinct.len() > 1 && !found.iter().any(is_known) {
                found.push(SameService { name, by, sizes });
            }
        }
        found.sort_by(|a, b| {
            let cost = b.usd_per_hour().cmp(&a.usd_per_hour());
            cost.then_with(|| (a.by, &a.name).cmp(&(b.by, &b.name)))
        });
        found
    }
}

/// The family of a service's task definition; none of a size that stands at the service.
fn family(service: &Service) -> Option<&str> {
    let name = service.task.name.as_str();
    let family = name.rsplit_once(':').map_or(name, |(family, _)| family);
    (name != service.name).then_some(family)
}
