//! The cluster as a packing problem: services are items, offerings are bins.
//!
//! ```text
//! minimise   Σ_o c_o x_o + Σ_g F_g y_g
//! dimensions CPU, memory, ENIs, GPUs; volume attachments; one 0/1 dimension per contested host port
//! items      services that can run on instances, one per zone where they are planned zone by zone
//! bins       offerings, one per way of settling the task:group rules; today's instances cost 0 and are limited
//!            to their number, since they are paid for whether they are used or not
//! groups     a service's items: extra copies over zones, and Fargate as the alternative y_g
//! limits     instances in all; bins that require an item; copies in Spot bins; copies in a Spot pool
//! floor      minInstances
//! ```
//! In the *merged* scope zones are forgotten: offerings that differ in nothing but the zone are one bin at the
//! lowest of their prices with all that any of them admits, and `task:group` rules are dropped. Every plan of the
//! cluster is a packing of the merged problem, so its bound holds for the cluster.

use std::collections::{BTreeMap, HashMap};

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::instance_type::PurchaseOption;
use crate::domain::service::Service;
use crate::domain::task::HostPort;
use crate::optimize::pattern::{Content, Pattern};
use crate::optimize::problem::{BinLimit, BinType, ItemType, Problem, ProblemError};
use crate::optimize::side_rows::{CopyLimit, DemandGroup, SideRows};

use super::demand::Demand;
use super::hosts::{Homeless, Hosts, Place};
use super::offering::{Offering, Offerings};
use super::rules::fargate::FargatePlan;
use super::rules::task_group::{self, Variant};
use super::rules::{
    attachments, distinct_instance, host_ports, instance_counts, pool_cap, purchase, resources,
    zones,
};

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
    pub homeless: Vec<(usize, Homeless)>,
    /// Zone of each offering.
    zones: Vec<Option<usize>>,
    /// Whether every way of settling task groups is among the bins: otherwise bounds of this problem say
    /// nothing about the cluster.
    pub complete: bool,
}

/// What models are made of.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
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
        ground: Ground<'_>,
        demand: &Demand,
        scope: Scope,
    ) -> Result<Self, ProblemError> {
        let mut draft = Draft::new(ground, demand, scope);
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
                let concerned = zones::by_zone(cluster, &cluster.services[item.service]);
                data.demand * if concerned { zones } else { times }
            })
            .collect();
        let signed = i64::try_from(times).unwrap_or(1);
        let problem = self.problem.many_times(times, &demands);
        (problem, signed)
    }
}

/// A model under construction.
struct Draft<'a> {
    ground: Ground<'a>,
    demand: &'a Demand,
    scope: Scope,
    items: Vec<Item>,
    demands: Vec<u64>,
    groups: Vec<(usize, Option<FargatePlan>)>,
    group_rows: Vec<DemandGroup>,
    on_fargate: Vec<(usize, FargatePlan)>,
    homeless: Vec<(usize, Homeless)>,
    bins: Vec<Bin>,
    complete: bool,
}

impl<'a> Draft<'a> {
    fn new(ground: Ground<'a>, demand: &'a Demand, scope: Scope) -> Self {
        Self {
            ground,
            demand,
            scope,
            items: Vec::new(),
            demands: Vec::new(),
            groups: Vec::new(),
            group_rows: Vec::new(),
            on_fargate: Vec::new(),
            homeless: Vec::new(),
            bins: Vec::new(),
            complete: true,
        }
    }

    fn place_services(&mut self) {
        let Ground {
            cluster,
            catalogue,
            hosts,
            ..
        } = self.ground;
        for position in 0..cluster.services.len() {
            let count = self.demand.tasks[position];
            if count == 0 {
                continue;
            }
            match hosts.place(cluster, catalogue, position, count) {
                Place::Instances { fargate } => self.add_items(position, fargate),
                Place::Fargate(plan) => self.on_fargate.push((position, plan)),
                Place::Nowhere(why) => self.homeless.push((position, why)),
            }
        }
    }

    /// The items of a service, and their group where it needs one.
    fn add_items(&mut self, position: usize, fargate: Option<FargatePlan>) {
        let Ground { cluster, hosts, .. } = self.ground;
        let places = match self.scope {
            Scope::Full => self.demand.places(cluster, hosts, position),
            // A bound must not ask for more room than a plan needs.
            Scope::Merged => self.demand.tasks[position] + self.demand.room[position],
        };
        let by_zone =
            self.scope == Scope::Full && zones::by_zone(cluster, &cluster.services[position]);
        let own_zones: Vec<Option<usize>> = if by_zone {
            hosts.zones[position].iter().copied().map(Some).collect()
        } else {
            vec![None]
        };
        let (base, extra) = zones::spread(places, own_zones.len() as u64);
        let first = self.items.len();
        for zone in own_zones {
            self.items.push(Item {
                service: position,
                zone,
            });
            self.demands.push(base);
        }
        let outside = fargate
            .as_ref()
            .map(|plan| plan.usd_per_hour().grid_units());
        if extra > 0 || outside.is_some() {
            self.groups.push((position, fargate));
            self.group_rows.push(DemandGroup {
                items: (first..self.items.len()).collect(),
                extra,
                outside,
            });
        }
    }

    fn place_offerings(&mut self) {
        let usable = &self.ground.offerings.usable;
        if self.scope == Scope::Merged {
            self.bins = merged(usable)
                .into_iter()
                .map(|offerings| Bin {
                    offerings,
                    variant: None,
                })
                .collect();
            return;
        }
        let rules = task_group::any(self.ground.cluster);
        let there = self.services_by_offering();
        for (index, offering) in usable.iter().enumerate() {
            let mut variants = vec![None];
            if rules {
                let (listed, complete) =
                    task_group::variants(self.ground.cluster, offering, &there[index]);
                self.complete &= complete;
                variants = listed.into_iter().map(Some).collect();
            }
            self.bins.extend(variants.into_iter().map(|variant| Bin {
                offerings: vec![index],
                variant,
            }));
        }
    }

    /// Services that are items and fit each offering.
    fn services_by_offering(&self) -> Vec<Vec<usize>> {
        let mut there = vec![Vec::new(); self.ground.offerings.usable.len()];
        let mut services: Vec<usize> = self.items.iter().map(|item| item.service).collect();
        services.dedup();
        for service in services {
            for &offering in &self.ground.hosts.offerings[service] {
                there[offering].push(service);
            }
        }
        there
    }

    fn finish(self) -> Result<Model, ProblemError> {
        let services = || {
            let mut services: Vec<usize> = self.items.iter().map(|item| item.service).collect();
            services.dedup();
            services
                .into_iter()
                .map(|service| &self.ground.cluster.services[service])
        };
        let shape = Shape {
            attachments: services().any(|service| service.task.ebs_volumes > 0),
            contested: host_ports::contested(services()),
        };
        let items = (self.items.iter().zip(&self.demands))
            .map(|(item, &demand)| ItemType {
                size: shape.item(&self.ground.cluster.services[item.service]),
                demand,
                max_per_bin: distinct_instance::most_per_instance(
                    &self.ground.cluster.services[item.service],
                ),
            })
            .collect();
        let admissions = self.admissions();
        let bin_types: Vec<BinType> = (self.bins.iter().zip(&admissions))
            .map(|(bin, admits)| self.bin_type(bin, admits, &shape))
            .collect();
        let limits = self.limits(&bin_types);
        let rows = self.rows(&admissions);
        let problem =
            Problem::try_new(shape.dimensions(), bin_types, items, limits)?.try_with_rows(rows)?;
        Ok(Model {
            problem,
            items: self.items,
            bins: self.bins,
            groups: self.groups,
            on_fargate: self.on_fargate,
            homeless: self.homeless,
            zones: (self.ground.offerings.usable.iter())
                .map(|offering| offering.zone)
                .collect(),
            complete: self.complete,
        })
    }

    /// Items that each bin admits, ascending.
    fn admissions(&self) -> Vec<Vec<usize>> {
        let usable = &self.ground.offerings.usable;
        let mut by_offering: Vec<Vec<usize>> = vec![Vec::new(); usable.len()];
        for (index, item) in self.items.iter().enumerate() {
            for &offering in &self.ground.hosts.offerings[item.service] {
                if item.zone.is_none() || item.zone == usable[offering].zone {
                    by_offering[offering].push(index);
                }
            }
        }
        (self.bins.iter())
            .map(|bin| {
                let mut admits: Vec<usize> = (bin.offerings.iter())
                    .flat_map(|&offering| by_offering[offering].iter().copied())
                    .filter(|&item| {
                        let left_out = bin.variant.as_ref().map(|variant| &variant.without);
                        left_out.is_none_or(|out| !out.contains(&self.items[item].service))
                    })
                    .collect();
                admits.sort_unstable();
                admits.dedup();
                admits
            })
            .collect()
    }

    fn bin_type(&self, bin: &Bin, admits: &[usize], shape: &Shape) -> BinType {
        let offerings = || {
            bin.offerings
                .iter()
                .map(|&index| &self.ground.offerings.usable[index])
        };
        let mut capacity = vec![0; shape.dimensions()];
        for offering in offerings() {
            for (most, own) in capacity.iter_mut().zip(shape.bin(offering)) {
                *most = own.max(*most);
            }
        }
        let cost = |offering: &Offering| match offering.existing {
            Some(_) => 0,
            None => offering.usd_per_hour.grid_units(),
        };
        let required = bin.variant.as_ref().and_then(|variant| variant.requires);
        BinType {
            capacity,
            cost: offerings().map(cost).min().unwrap_or(0),
            requires: required
                .and_then(|service| admits.iter().find(|&&i| self.items[i].service == service))
                .copied(),
            admits: Some(admits.to_vec()),
        }
    }

    fn limits(&self, bin_types: &[BinType]) -> Vec<BinLimit> {
        let usable = &self.ground.offerings.usable;
        let existing = |bin: &Bin| usable[bin.offerings[0]].existing.as_ref();
        let mut of_today: BTreeMap<usize, BinLimit> = BTreeMap::new();
        for (index, bin) in self.bins.iter().enumerate() {
            if let Some(existing) = existing(bin) {
                let limit = of_today.entry(bin.offerings[0]).or_insert(BinLimit {
                    bins: Vec::new(),
                    upper: existing.count,
                });
                limit.bins.push(index);
            }
        }
        let mut limits: Vec<BinLimit> = of_today.into_values().collect();
        let new = self.new_bins();
        let places = self
            .most_demands()
            .iter()
            .fold(0_u64, |sum, &n| sum.saturating_add(n));
        let all = instance_counts::limit(self.ground.cluster, usable, new);
        // Every new instance holds at least one task: more tasks than instances, or no limit at all.
        if places > all.upper && !all.bins.is_empty() {
            limits.push(all);
        }
        let mut requiring: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (index, bin) in bin_types.iter().enumerate() {
            if let Some(item) = bin.requires {
                requiring.entry(item).or_default().push(index);
            }
        }
        let most = self.most_demands();
        limits.extend(requiring.into_iter().map(|(item, bins)| BinLimit {
            bins,
            upper: most[item],
        }));
        limits
    }

    /// Bins of new instances, ascending.
    fn new_bins(&self) -> Vec<usize> {
        let usable = &self.ground.offerings.usable;
        (0..self.bins.len())
            .filter(|&bin| usable[self.bins[bin].offerings[0]].existing.is_none())
            .collect()
    }

    /// Most copies that each item could need.
    fn most_demands(&self) -> Vec<u64> {
        let mut most = self.demands.clone();
        for group in self.group_rows.iter().filter(|group| group.extra > 0) {
            for &item in &group.items {
                most[item] += 1;
            }
        }
        most
    }

    fn rows(&self, admissions: &[Vec<usize>]) -> SideRows {
        let Ground {
            cluster, offerings, ..
        } = self.ground;
        let mut copy_limits = self.on_demand_rows();
        copy_limits.extend(self.pool_rows(admissions));
        SideRows {
            copy_limits,
            groups: self.group_rows.clone(),
            floor: instance_counts::floor(cluster, &offerings.usable, self.new_bins()),
        }
    }

    /// For each service, the limit on its copies in Spot bins. Where room is planned beside the tasks, each
    /// zone has its own, so that the tasks can be chosen zone by zone afterwards.
    fn on_demand_rows(&self) -> Vec<CopyLimit> {
        let Ground {
            cluster, offerings, ..
        } = self.ground;
        let spot: Vec<usize> = (0..self.bins.len())
            .filter(|&bin| {
                let offering = &offerings.usable[self.bins[bin].offerings[0]];
                offering.purchase_option == PurchaseOption::Spot
            })
            .collect();
        if spot.is_empty() {
            return Vec::new();
        }
        let mut by_service: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (index, item) in self.items.iter().enumerate() {
            by_service.entry(item.service).or_default().push(index);
        }
        let mut rows = Vec::new();
        for (service, items) in by_service {
            let tasks = self.demand.tasks[service];
            let least = purchase::on_demand_minimum(cluster, &cluster.services[service], tasks);
            if least == 0 || cluster.services[service].is_external() {
                continue;
            }
            let extra = (self.group_rows.iter().find(|group| group.items == items))
                .map_or(0, |group| group.extra);
            let places: u64 = items.iter().map(|&item| self.demands[item]).sum::<u64>() + extra;
            if places == tasks || self.scope == Scope::Merged {
                let upper = places - least;
                rows.push(CopyLimit {
                    items,
                    bins: spot.clone(),
                    upper,
                });
                continue;
            }
            let (each, more) = zones::spread(least, items.len() as u64);
            for (place, &item) in items.iter().enumerate() {
                let least = each + u64::from((place as u64) < more);
                rows.push(CopyLimit {
                    items: vec![item],
                    bins: spot.clone(),
                    upper: self.demands[item].saturating_sub(least),
                });
            }
        }
        rows
    }

    /// For each Spot pool, the limit on copies, where it can bind.
    fn pool_rows(&self, admissions: &[Vec<usize>]) -> Vec<CopyLimit> {
        let Ground {
            cluster, offerings, ..
        } = self.ground;
        if self.scope == Scope::Merged {
            return Vec::new();
        }
        let homeless: u64 = self
            .homeless
            .iter()
            .map(|(service, _)| self.demand.tasks[*service])
            .sum();
        let most = pool_cap::most_tasks(cluster, self.demand.total() - homeless);
        let bins = self.bins.iter().enumerate();
        let bins = bins.map(|(index, bin)| (index, &offerings.usable[bin.offerings[0]]));
        let possible = self.most_demands();
        (pool_cap::pools(bins).into_values())
            .filter_map(|bins| {
                let mut items: Vec<usize> = bins
                    .iter()
                    .flat_map(|&bin| admissions[bin].iter().copied())
                    .collect();
                items.sort_unstable();
                items.dedup();
                let copies: u64 = items.iter().map(|&item| possible[item]).sum();
                (copies > most).then_some(CopyLimit {
                    items,
                    bins,
                    upper: most,
                })
            })
            .collect()
    }
}

/// Offerings that differ in nothing but zone and price, together.
fn merged(usable: &[Offering]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut index: HashMap<(&str, PurchaseOption, &Option<String>), usize> = HashMap::new();
    for (position, offering) in usable.iter().enumerate() {
        if offering.existing.is_some() {
            groups.push(vec![position]);
            continue;
        }
        let key = (
            offering.instance_type.as_str(),
            offering.purchase_option,
            &offering.group,
        );
        let group = *index.entry(key).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[group].push(position);
    }
    groups
}

/// The dimensions of the problem.
struct Shape {
    /// Whether volumes are counted.
    attachments: bool,
    /// Host ports that several services ask for.
    contested: Vec<HostPort>,
}

impl Shape {
    const fn dimensions(&self) -> usize {
        4 + if self.attachments { 2 } else { 0 } + self.contested.len()
    }

    fn item(&self, service: &Service) -> Vec<u64> {
        let mut size = resources::entries(&service.task.resources());
        if self.attachments {
            size.extend(attachments::entries(service));
        }
        size.extend(host_ports::entries(service, &self.contested));
        size
    }

    fn bin(&self, offering: &Offering) -> Vec<u64> {
        let allocatable = offering.allocatable.unwrap_or_default();
        let mut capacity = resources::entries(&allocatable);
        if self.attachments {
            capacity.extend(attachments::capacities(&offering.attachments));
        }
        // A daemon's port excludes the services that ask for it through admission.
        capacity.extend(std::iter::repeat_n(1, self.contested.len()));
        capacity
    }
}
