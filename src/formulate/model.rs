//! The cluster as a packing problem: services are items, offerings are bins.
//!
//! ```text
//! minimise   Σ_o c_o x_o + Σ_g F_g y_g
//! dimensions CPU, memory, ENIs, GPUs; volume attachments; host ports in all where ECS's quota can bind; one 0/1
//!            dimension per contested host port; beside instances that stay, one per service of which new ones hold a
//!            share at most; where burstable types are charged by measured use, that use
//! items      services that can run on instances, one per zone where they are planned zone by zone
//! bins       offerings, one per way of settling the task:group rules and, with accelerators, per service that needs
//!            them; today's instances cost 0 and are limited
//!            to their number, since they are paid for whether they are used or not
//! groups     a service's items: extra copies over zones, and Fargate as the alternative y_g
//! limits     instances in all; bins that require an item; copies in Spot bins, and in these and too few zones; copies
//!            in a Spot pool; copies of an item in one bin
//! floor      minInstances
//! ```
//! In the *merged* scope zones are forgotten: offerings that differ in nothing but the zone are one bin at the
//! lowest of their prices with all that any of them admits, and `task:group` rules are dropped. Every plan of the
//! cluster is a packing of the merged problem, so its bound holds for the cluster.

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::optimize::pattern::{Content, Pattern};
use crate::optimize::problem::{Problem, ProblemError};

use super::demand::Demand;
use super::hosts::{Hosts, Unplaceable};
use super::offering::Offerings;
use super::rules::fargate::FargatePlan;
use super::rules::task_group::Variant;
use super::rules::zones;

mod draft;
mod rows;
mod shape;

use draft::Draft;

/// Whether zones are planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// With zones and task groups.
    Full,
    /// Without: a relaxation.
    Merged,
}

/// Tasks of a service, in a zone where it is planned zone by zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Item {
    /// Position among the cluster's services.
    pub service: usize,
    /// Position among the cluster's zones.
    pub zone: Option<usize>,
}

/// What a bin of the problem stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bin {
    /// Offerings; one, or in the merged scope those that differ in the zone.
    pub offerings: Vec<usize>,
    /// How task groups are settled.
    variant: Option<Variant>,
}

impl Bin {
    /// How task groups are settled; `None` where no service has such a rule.
    pub const fn variant(&self) -> Option<&Variant> {
        self.variant.as_ref()
    }
}

/// What a limit on copies stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyRow {
    /// On-Demand tasks of a service: copies in Spot bins.
    OnDemandMinimum,
    /// Zones of On-Demand tasks of a service: copies in Spot bins, and in bins of too few zones.
    OnDemandZones,
    /// A Spot pool.
    Pool,
}

/// The problem with the way back to services and offerings.
#[derive(Debug)]
pub struct Model {
    /// The packing problem.
    pub problem: Problem,
    /// What each item is.
    pub items: Vec<Item>,
    /// What each bin is.
    pub bins: Vec<Bin>,
    /// Service and Fargate alternative of each group.
    pub groups: Vec<(usize, Option<FargatePlan>)>,
    /// Services that can only run on Fargate, with their cheapest way.
    pub on_fargate: Vec<(usize, FargatePlan)>,
    /// Services that can run nowhere.
    pub unplaceable: Vec<(usize, Unplaceable)>,
    /// Zone of each offering.
    zones: Vec<Option<usize>>,
    /// What each limit on copies of the problem stands for.
    pub copy_rows: Vec<CopyRow>,
    /// Whether every way of settling task groups is among the bins: otherwise bounds of this problem say
    /// nothing about the cluster.
    pub complete: bool,
}

/// What models are made of.
#[derive(Debug, Clone, Copy)]
pub struct PlanningInput<'a> {
    /// The cluster.
    pub cluster: &'a Cluster,
    /// Types and prices.
    pub catalogue: &'a Catalogue,
    /// What can be bought or stays.
    pub offerings: &'a Offerings<'a>,
    /// What fits where.
    pub hosts: &'a Hosts,
}

impl Model {
    /// Writes the problem down.
    ///
    /// # Errors
    /// When a number is beyond what the optimizer represents exactly.
    pub fn try_new(
        input: PlanningInput<'_>,
        demand: &Demand,
        scope: Scope,
    ) -> Result<Self, ProblemError> {
        let mut draft = Draft::new(input, demand, scope);
        draft.place_services();
        draft.place_offerings();
        draft.finish()
    }

    /// The item of a service's tasks in a zone.
    pub fn item(&self, service: usize, zone: Option<usize>) -> Option<usize> {
        let find = |zone| self.items.binary_search(&Item { service, zone }).ok();
        find(zone).or_else(|| find(None))
    }
}

/// From one model to another.
impl Model {
    /// The bin of an offering that can hold a content, if any.
    pub fn bin_for(&self, offering: usize, content: &Content) -> Option<usize> {
        let first = self.bins.partition_point(|bin| bin.offerings[0] < offering);
        (first..self.bins.len())
            .take_while(|&bin| self.bins[bin].offerings[0] == offering)
            .find(|&bin| {
                let pattern = Pattern {
                    bin,
                    content: content.clone(),
                };
                pattern.is_feasible(&self.problem)
            })
    }

    /// A pattern of the merged problem in every zone of this one where it fits.
    pub fn spread(&self, merged: &Self, pattern: &Pattern) -> Vec<Pattern> {
        (merged.bins[pattern.bin].offerings.iter())
            .filter_map(|&offering| {
                let zone = self.zone_of(offering);
                let mut content = Content::new();
                for &(item, copies) in &pattern.content {
                    content.push((self.item(merged.items[item].service, zone)?, copies));
                }
                content.sort_unstable();
                let bin = self.bin_for(offering, &content)?;
                Some(Pattern { bin, content })
            })
            .collect()
    }

    fn zone_of(&self, offering: usize) -> Option<usize> {
        self.zones[offering]
    }

    /// The relaxation of `surviveZoneLoss` ([`zone_loss`](super::rules::zone_loss)) and the number by which
    /// its bound is to be divided.
    pub fn losses(&self, cluster: &Cluster) -> (Problem, i64) {
        let zones = cluster.zones.len() as u64;
        let times = zones - 1;
        let demands: Vec<u64> = (self.items.iter().zip(self.problem.items()))
            .map(|(item, data)| {
                let service = &cluster.services[item.service];
                // A pod that keeps to one a zone may wait until its zone is back.
                let may_wait = (service.pod.as_ref()).is_some_and(|pod| pod.most.is_some());
                let concerned = zones::by_zone(cluster, service) && !may_wait;
                data.demand * if concerned { zones } else { times }
            })
            .collect();
        let signed = i64::try_from(times).unwrap_or(1);
        let problem = self.problem.many_times(times, &demands);
        (problem, signed)
    }
}
