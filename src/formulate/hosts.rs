//! Where each service could run: offerings that hold one task of it, zones, Fargate; or nowhere, and why.

use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::policy::FargateUse;
use crate::domain::service::Service;

use super::offering::{Offering, Offerings};
use super::rules::fargate::{self, FargatePlan, Ineligible};
use super::rules::managed_instances::Way;
use super::rules::{accelerators, credits, fit, purchase, task_group, zones};

/// What can be done with a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// On instances; or, at this price for all its tasks, on Fargate.
    Instances {
        /// The alternative, where it is allowed.
        fargate: Option<FargatePlan>,
    },
    /// On Fargate only.
    Fargate(FargatePlan),
    /// Nowhere.
    Nowhere(Unplaceable),
}

/// Why a service has no place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unplaceable {
    /// Whether some instance could hold a task of it, but too few zones could.
    pub too_few_zones: bool,
    /// Why Fargate is no way out.
    pub fargate: Vec<Ineligible>,
}

/// Where every service could run, in the cluster's order.
#[derive(Debug)]
pub struct Hosts {
    /// Offerings that can hold a task of each service, ascending.
    pub offerings: Vec<Vec<usize>>,
    /// Zones that each service may use, ascending.
    pub zones: Vec<Vec<usize>>,
    /// Where it is settled which services are on Fargate: these, and no others.
    settled: Option<BTreeSet<usize>>,
}

impl Hosts {
    /// Tests every pair of service and offering.
    pub fn new(cluster: &Cluster, offerings: &Offerings<'_>) -> Self {
        Self::among(cluster, offerings, &|_, _| true)
    }

    /// The same among the pairs that `may` lets through: a service and an offering, by their positions.
    pub fn among(
        cluster: &Cluster,
        offerings: &Offerings<'_>,
        may: &(dyn Fn(usize, usize) -> bool + Sync),
    ) -> Self {
        let usable = &offerings.usable;
        let mut hosts: Vec<Vec<usize>> = (cluster.services.par_iter().enumerate())
            .map(|(position, service)| {
                if service.is_daemon() || cluster.planned_count(service) == 0 {
                    return Vec::new();
                }
                let only_fargate = cluster.policy.fargate == FargateUse::Only;
                (0..usable.len())
                    .filter(|&index| usable[index].purchase_option.is_external() || !only_fargate)
                    .filter(|&index| may(position, index))
                    .filter(|&index| is_steady_enough(cluster, service, &usable[index]))
                    .filter(|&index| credits::may_hold(service, &usable[index]))
                    .filter(|&index| fit::failures(service, &usable[index]).is_empty())
                    .collect()
            })
            .collect();
        let accelerated: Vec<bool> = usable.iter().map(|o| o.accelerated).collect();
        loop {
            let before: usize = hosts.iter().map(Vec::len).sum();
            if task_group::any(cluster) {
                apply_task_groups(cluster, offerings, &mut hosts);
            }
            accelerators::apply(cluster, &accelerated, &mut hosts);
            if hosts.iter().map(Vec::len).sum::<usize>() == before {
                break;
            }
        }
        let zones = (hosts.iter())
            .map(|hosts| {
                let mut zones: Vec<usize> = hosts
                    .iter()
                    .filter_map(|&offering| usable[offering].zone)
                    .collect();
                zones.sort_unstable();
                zones.dedup();
                zones
            })
            .collect();
        Self {
            offerings: hosts,
            zones,
            settled: None,
        }
    }

    /// The same where these services are on Fargate, by their positions, and all others on instances.
    #[must_use]
    pub fn with_on_fargate(self, services: BTreeSet<usize>) -> Self {
        Self {
            settled: Some(services),
            ..self
        }
    }

    /// Whether a service can run on instances, and if not, whether zones are the reason.
    fn on_instances(&self, cluster: &Cluster, position: usize, count: u64) -> Result<(), bool> {
        let service = &cluster.services[position];
        if self.offerings[position].is_empty() {
            return Err(false);
        }
        if !zones::by_zone(cluster, service) {
            return Ok(());
        }
        // One pod a zone: it waits for a zone that is lost, and has no place where types are in fewer zones than there are pods.
        let is_apart = (service.pod.as_ref()).is_some_and(|pod| pod.most.is_some());
        let least = if cluster.policy.survive_zone_loss && !is_apart {
            2
        } else {
            1
        };
        let own_zones = self.zones[position].len();
        if own_zones < least || (is_apart && (own_zones as u64) < count) {
            return Err(true);
        }
        Ok(())
    }

    /// What can be done with `count` tasks of a service.
    pub fn place(
        &self,
        cluster: &Cluster,
        catalogue: &Catalogue,
        position: usize,
        count: u64,
    ) -> Place {
        let service = &cluster.services[position];
        let is_there = self.settled.as_ref().map(|there| there.contains(&position));
        let fargate = match is_there {
            Some(false) => Err(Vec::new()),
            _ => fargate::plan(cluster, catalogue, service, count),
        };
        let on_instances = match is_there {
            Some(true) => Err(false),
            _ => self.on_instances(cluster, position, count),
        };
        match (on_instances, fargate) {
            (Ok(()), fargate) => Place::Instances {
                fargate: fargate.ok(),
            },
            (Err(_), Ok(fargate)) => Place::Fargate(fargate),
            (Err(too_few_zones), Err(reasons)) => Place::Nowhere(Unplaceable {
                too_few_zones,
                fargate: reasons,
            }),
        }
    }
}

/// Whether a service that needs On-Demand tasks could be on the offering: on Managed Instances of Spot all of it would be.
fn is_steady_enough(cluster: &Cluster, service: &Service, offering: &Offering) -> bool {
    let all_of_it_is_spot = Way::of(offering.purchase_option) == Way::ManagedSpot;
    let count = cluster.planned_count(service);
    !all_of_it_is_spot || purchase::on_demand_minimum(cluster, service, count) == 0
}

/// Takes out offerings where a service's `task:group` rules can never hold, until nothing changes: an
/// affinity needs a host that some task of the group can use as well.
fn apply_task_groups(cluster: &Cluster, offerings: &Offerings<'_>, hosts: &mut [Vec<usize>]) {
    let groups: Vec<String> = cluster.services.iter().map(Service::task_group).collect();
    loop {
        let before: usize = hosts.iter().map(Vec::len).sum();
        for (position, service) in cluster.services.iter().enumerate() {
            if task_group::rules(service).next().is_none() {
                continue;
            }
            let kept = (hosts[position].iter().copied())
                .filter(|&index| {
                    let others = |group: &str| {
                        (0..groups.len()).any(|other| {
                            other != position
                                && groups[other] == group
                                && hosts[other].binary_search(&index).is_ok()
                        })
                    };
                    let offering = &offerings.usable[index];
                    task_group::test(cluster, service, &offering.daemons, &others).is_empty()
                })
                .collect();
            hosts[position] = kept;
        }
        if hosts.iter().map(Vec::len).sum::<usize>() == before {
            return;
        }
    }
}
