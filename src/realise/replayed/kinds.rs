//! What groups can be made of: a type bought in one way, in one zone or in all that have it.

use std::collections::BTreeMap;

use crate::domain::capacity::Capacity;
use crate::formulate::model::PlanningInput;
use crate::formulate::rules::{pool_cap, purchase, zones};
use crate::optimize::few_patterns::{FewPatterns, Item, Kind};
use crate::optimize::stop::Stop;

use crate::simulate::providers::MAX_PROVIDERS;

use super::{Guide, Options};

/// Kinds and items, with the way back.
#[derive(Debug)]
pub(super) struct Kinds {
    /// Kinds and items as a problem of few patterns has them; `most` is the most tasks on an instance of any zone.
    pub few: FewPatterns,
    /// The service of each item, by position in the cluster.
    pub services: Vec<usize>,
    /// Whether each item is to be even over its zones, and over which.
    pub even_over: Vec<Option<Vec<usize>>>,
    /// The offerings of each kind, one per zone.
    pub offerings: Vec<Vec<usize>>,
    /// Part of an instance of each kind that a task of each item takes.
    pub shares: Vec<Vec<f64>>,
    /// What a task of each item is worth, on the cost grid.
    pub worth: Vec<f64>,
}

/// What kinds in different zones have in common.
type Make<'a> = (&'a str, Capacity, Option<&'a str>, usize);

impl Kinds {
    /// All kinds; `None` where some service on instances has none, and where it is to stop before that is known.
    pub fn new(
        input: PlanningInput<'_>,
        guide: &Guide<'_>,
        options: &Options<'_>,
        stop: &dyn Stop,
    ) -> Option<Self> {
        let cluster = input.cluster;
        let mut services: Vec<usize> = (guide.model.items.iter().map(|item| item.service))
            .filter(|service| !guide.elsewhere.contains(service))
            .collect();
        services.dedup();
        let policy = &cluster.policy;
        let mut kinds = Self {
            few: FewPatterns {
                kinds: Vec::new(),
                items: (services.iter())
                    .map(|&service| item(input, guide, service))
                    .collect(),
                // ECS takes no strategy with more providers, whatever the policy allows in all.
                slots: options.most_groups.min(MAX_PROVIDERS),
                most_bins: policy.max_instances,
                most_classes: (policy.max_instance_types)
                    .and_then(|most| usize::try_from(most).ok()),
                most_in_pool: pool_cap::most_tasks(cluster, guide.demand.total()),
                loses_a_bin: false,
            },
            even_over: (services.iter())
                .map(|&service| {
                    zones::by_zone(cluster, &cluster.services[service])
                        .then(|| input.hosts.zones[service].clone())
                })
                .collect(),
            services,
            offerings: Vec::new(),
            shares: Vec::new(),
            worth: Vec::new(),
        };
        kinds.add_all(input, guide, stop)?;
        kinds.worth = (0..kinds.services.len())
            .map(|item| kinds.worth_of(guide, item))
            .collect();
        let has_kind = |item: usize| kinds.few.kinds.iter().any(|kind| kind.most[item] > 0);
        (0..kinds.services.len()).all(has_kind).then_some(kinds)
    }

    /// The kind with most zones that has the offering, out of those with at most `zones` zones.
    pub fn of_offering(&self, offering: usize, most_zones: usize) -> Option<usize> {
        (self.offerings.iter().enumerate())
            .filter(|(_, own)| own.contains(&offering) && own.len() <= most_zones)
            .max_by_key(|(kind, own)| (own.len(), std::cmp::Reverse(*kind)))
            .map(|(kind, _)| kind)
    }

    /// Cost of one instance of a kind, the mean over its zones.
    pub fn cost(&self, kind: usize) -> f64 {
        let kind = &self.few.kinds[kind];
        kind.cost as f64 / kind.bins.max(1) as f64
    }

    fn add_all(
        &mut self,
        input: PlanningInput<'_>,
        guide: &Guide<'_>,
        stop: &dyn Stop,
    ) -> Option<()> {
        let usable = &input.offerings.usable;
        let mut makes: BTreeMap<Make<'_>, BTreeMap<Option<usize>, Vec<usize>>> = BTreeMap::new();
        for (bin, data) in guide.model.bins.iter().enumerate() {
            let offering = &usable[data.offerings[0]];
            if offering.existing.is_none() && offering.purchase_option.has_group() {
                let make = (
                    offering.instance_type.as_str(),
                    offering.purchase_option,
                    offering.group.as_deref(),
                    offering.level,
                );
                let zones = makes.entry(make).or_default();
                zones.entry(offering.zone).or_default().push(bin);
            }
        }
        let mut classes: BTreeMap<&str, usize> = BTreeMap::new();
        for ((instance_type, option, ..), bins) in &makes {
            if stop.should_stop() {
                return None;
            }
            let next = classes.len();
            let class = *classes.entry(instance_type).or_insert(next);
            // All zones first.
            if bins.len() > 1 {
                let all: Vec<(Option<usize>, &Vec<usize>)> =
                    bins.iter().map(|(zone, bins)| (*zone, bins)).collect();
                self.add(input, guide, &all, (class, *option));
            }
            for (zone, of_zone) in bins {
                self.add(input, guide, &[(*zone, of_zone)], (class, *option));
            }
        }
        Some(())
    }

    /// A kind out of the bins of its zones; several bins of a zone are ways to settle task groups.
    fn add(
        &mut self,
        input: PlanningInput<'_>,
        guide: &Guide<'_>,
        by_zone: &[(Option<usize>, &Vec<usize>)],
        (class, option): (usize, Capacity),
    ) {
        let model = guide.model;
        let most: Vec<u64> = (self.services.iter())
            .map(|&service| {
                let in_zone = |&(zone, bins): &(Option<usize>, &Vec<usize>)| {
                    let item = model.item(service, zone);
                    let copies = |&bin| item.map_or(0, |item| model.problem.most_copies(bin, item));
                    bins.iter().map(copies).max().unwrap_or(0)
                };
                by_zone.iter().map(in_zone).max().unwrap_or(0)
            })
            .collect();
        if most.iter().all(|&most| most == 0) {
            return;
        }
        let offerings: Vec<usize> = (by_zone.iter())
            .map(|(_, bins)| model.bins[bins[0]].offerings[0])
            .collect();
        let capacity: Vec<u64> = (0..model.problem.dimensions())
            .map(|d| model.problem.bins()[by_zone[0].1[0]].capacity[d])
            .collect();
        let cost = (offerings.iter())
            .map(|&offering| input.offerings.usable[offering].usd_per_hour.grid_units())
            .sum();
        let share = |(item, most): (&Item, &u64)| -> f64 {
            let part = (item.size.iter().zip(&capacity))
                .filter(|(size, _)| **size > 0)
                .map(|(&size, &capacity)| size as f64 / capacity.max(1) as f64)
                .fold(0.0, f64::max);
            part.min(1.0).max(if *most == 1 { 0.01 } else { 0.0 })
        };
        self.shares
            .push(self.few.items.iter().zip(&most).map(share).collect());
        let bins = offerings.len() as u64;
        let is_spot = option.may_be_reclaimed();
        self.few.kinds.push(Kind {
            capacity,
            cost,
            bins,
            covers: bins,
            firm: !is_spot,
            most,
            class,
            pool: None,
        });
        self.offerings.push(offerings);
    }

    /// The task's dual value, and where that is next to nothing its part of the cheapest instance.
    fn worth_of(&self, guide: &Guide<'_>, item: usize) -> f64 {
        let alone = (self.few.kinds.iter().enumerate())
            .filter(|(_, kind)| kind.most[item] > 0)
            .map(|(kind, _)| self.cost(kind) * self.shares[kind][item])
            .fold(f64::INFINITY, f64::min);
        guide.values[self.services[item]].max(alone)
    }
}

fn item(input: PlanningInput<'_>, guide: &Guide<'_>, service: usize) -> Item {
    let cluster = input.cluster;
    let demand = guide.demand.tasks[service];
    let first = guide
        .model
        .items
        .iter()
        .position(|item| item.service == service);
    Item {
        size: first.map_or_else(Vec::new, |item| {
            guide.model.problem.items()[item].size.clone()
        }),
        demand,
        firm: purchase::on_demand_minimum(cluster, &cluster.services[service], demand),
        extra: 0,
        whole: false,
    }
}
