//! The cluster as packing with few patterns: services are items, and kinds are instance types bought in one way.
//!
//! Where a service is planned zone by zone, its groups span exactly its zones, with the same number of instances in
//! each: a unit is one instance in every zone. With `surviveZoneLoss` one zone's instances are room: a copy in each of
//! `z` bins covers `z − 1` tasks. Where tasks of several groups together must be even over zones and ECS does not
//! place them so, such a service is served by one group for each way of buying. A service that may be anywhere uses
//! groups of single zones, or of all its zones.
//!
//! | rule | where it is |
//! |---|---|
//! | size, ports, volumes, `distinctInstance`, constraints | capacities and most copies, from the full problem |
//! | `task:group` conflicts | kinds that leave services out, as the full problem's bins do |
//! | On-Demand minimum | firm demand |
//! | Spot pool cap | limited pools |
//! | `maxInstances`, `maxInstanceTypes`, `maxCapacityProviders` | limits on slots |
//! | `surviveInstanceLoss` | a bin of each slot that covers nothing |
//! | `deploymentSurge` | extra copies of one item at a time |

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::capacity::Capacity;
use crate::domain::instance_type::CpuArchitecture;
use crate::formulate::demand::Demand;
use crate::formulate::model::{Model, PlanningInput};
use crate::formulate::rules::{accelerators, pool_cap, purchase, zones};
use crate::optimize::few_patterns::{FewPatterns, Item, Kind};
use crate::optimize::problem::Cost;

use super::Guide;

/// The problem with the way back.
#[derive(Debug)]
pub struct GroupProblem {
    /// The problem.
    pub few: FewPatterns,
    /// The service of each item, by position in the cluster.
    pub services: Vec<usize>,
    /// The offerings of one unit of each kind, one per zone.
    pub offerings: Vec<Vec<usize>>,
    /// What kinds that differ in nothing but their zones have in common.
    pub makes: Vec<usize>,
    /// What kinds have in common that take the same services, whatever the size of an instance.
    pub sorts: Vec<usize>,
}

/// Which zones groups may span that serve a service planned zone by zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spans {
    /// All of the service's.
    All,
    /// All of the service's, or one of them.
    ZonesToo,
}

/// What kinds in different zones have in common.
type Make<'a> = (
    &'a str,
    Capacity,
    Option<&'a str>,
    usize,
    Option<&'a BTreeSet<usize>>,
);

/// What decides which services kinds take, sizes apart: whether only beside a task that needs an accelerator, the services that a
/// `task:group` rule leaves out, custom attributes, and the architecture where some services ask for one and some for another.
type Sort<'a> = (
    bool,
    BTreeSet<usize>,
    Option<&'a str>,
    Option<CpuArchitecture>,
);

impl GroupProblem {
    /// Writes the problem down; `None` where some service on instances can have no group.
    pub fn new(input: PlanningInput<'_>, guide: &Guide<'_>, spans: Spans) -> Option<Self> {
        let mut services: Vec<usize> = (guide.model.items.iter().map(|item| item.service))
            .filter(|service| !guide.elsewhere.contains(service))
            .collect();
        services.dedup();
        let mut problem = Self {
            few: FewPatterns {
                kinds: Vec::new(),
                items: (services.iter())
                    .map(|&service| item(input, guide, service))
                    .collect(),
                slots: usize::try_from(guide.most_groups).ok()?,
                most_bins: input.cluster.policy.max_instances,
                most_classes: (input.cluster.policy.max_instance_types)
                    .and_then(|most| usize::try_from(most).ok()),
                most_in_pool: pool_cap::most_tasks(input.cluster, tasks(guide.demand, guide.model)),
                loses_a_bin: input.cluster.policy.survive_instance_loss,
            },
            services,
            offerings: Vec::new(),
            makes: Vec::new(),
            sorts: Vec::new(),
        };
        problem.add_kinds(input, guide.model, spans);
        let everywhere = (0..problem.services.len())
            .all(|item| problem.few.kinds.iter().any(|kind| kind.most[item] > 0));
        everywhere.then_some(problem)
    }

    /// What the ideal packing spends on each kind, out of what it spends on each offering.
    pub fn spending(&self, by_offering: &[(usize, Cost)]) -> Vec<(usize, Cost)> {
        let mut spending: BTreeMap<usize, Cost> = BTreeMap::new();
        for &(offering, cost) in by_offering {
            // Of the kinds with this offering, that with the most zones.
            let kind = (self.offerings.iter().enumerate())
                .filter(|(_, unit)| unit.contains(&offering))
                .max_by_key(|(kind, unit)| (unit.len(), std::cmp::Reverse(*kind)));
            if let Some((kind, _)) = kind {
                *spending.entry(kind).or_default() += cost;
            }
        }
        spending.into_iter().collect()
    }

    fn add_kinds(&mut self, input: PlanningInput<'_>, model: &Model, spans: Spans) {
        let usable = &input.offerings.usable;
        let mut makes: BTreeMap<Make<'_>, BTreeMap<Option<usize>, usize>> = BTreeMap::new();
        for (bin, data) in model.bins.iter().enumerate() {
            let offering = &usable[data.offerings[0]];
            // Whichever task needs the accelerators of an instance, the group is the same.
            let requires = model.problem.bins()[bin].requires.is_some() && !offering.accelerated;
            if offering.existing.is_none() && offering.purchase_option.has_group() && !requires {
                let make = (
                    offering.instance_type.as_str(),
                    offering.purchase_option,
                    offering.group.as_deref(),
                    offering.level,
                    data.variant().map(|variant| &variant.without),
                );
                makes.entry(make).or_default().insert(offering.zone, bin);
            }
        }
        let sets = self.zone_sets(input, spans);
        let mut classes: BTreeMap<&str, usize> = BTreeMap::new();
        let kept_apart: BTreeSet<usize> = (model.bins.iter())
            .filter_map(|bin| bin.variant())
            .flat_map(|variant| variant.without.iter().copied())
            .collect();
        let mut sorts: BTreeMap<Sort<'_>, usize> = BTreeMap::new();
        for (make, ((instance_type, option, ..), bins)) in makes.iter().enumerate() {
            let next = classes.len();
            let class = *classes.entry(instance_type).or_insert(next);
            for set in &sets {
                let unit: Option<Vec<usize>> =
                    set.iter().map(|zone| bins.get(zone).copied()).collect();
                if let Some(unit) = unit {
                    self.add_kind(input, model, &unit, (class, *option, spans));
                    let next = sorts.len();
                    let sort = *sorts
                        .entry(self.sort(input, model, (unit[0], &kept_apart)))
                        .or_insert(next);
                    self.makes.resize(self.offerings.len(), make);
                    self.sorts.resize(self.offerings.len(), sort);
                }
            }
        }
    }

    /// The sort of the kind added last, whose instances are of a bin. Services that rules keep apart and that are too large for
    /// it are left out like those that must be.
    fn sort<'b>(
        &self,
        input: PlanningInput<'b>,
        model: &Model,
        (bin, kept_apart): (usize, &BTreeSet<usize>),
    ) -> Sort<'b> {
        let offering = &input.offerings.usable[model.bins[bin].offerings[0]];
        // Services that need an accelerator are on other instances than most, and their architecture is of those alone.
        let bound: BTreeSet<CpuArchitecture> = (self.services.iter())
            .map(|&service| &input.cluster.services[service])
            .filter(|service| offering.accelerated || !accelerators::needs(service))
            .filter_map(|service| match service.task.architectures.as_slice() {
                [only] => Some(*only),
                _ => None,
            })
            .collect();
        let most = self.few.kinds.last().map_or(&[][..], |kind| &kind.most);
        let absent = (self.services.iter().zip(most))
            .filter(|(service, most)| **most == 0 && kept_apart.contains(service));
        (
            offering.accelerated,
            absent.map(|(&service, _)| service).collect(),
            offering.group.as_deref(),
            offering.architecture.filter(|_| bound.len() > 1),
        )
    }

    /// Sets of zones that groups may span.
    fn zone_sets(&self, input: PlanningInput<'_>, spans: Spans) -> BTreeSet<Vec<Option<usize>>> {
        let mut sets = BTreeSet::new();
        if input.cluster.zones.is_empty() {
            sets.insert(vec![None]);
            return sets;
        }
        for &service in &self.services {
            let own = &input.hosts.zones[service];
            let by_zone = zones::by_zone(input.cluster, &input.cluster.services[service]);
            if !by_zone || spans == Spans::ZonesToo {
                sets.extend(own.iter().map(|&zone| vec![Some(zone)]));
            }
            sets.insert(own.iter().copied().map(Some).collect());
        }
        sets
    }

    fn add_kind(
        &mut self,
        input: PlanningInput<'_>,
        model: &Model,
        unit: &[usize],
        (class, option, spans): (usize, Capacity, Spans),
    ) {
        let cluster = input.cluster;
        let offerings: Vec<usize> = (unit.iter())
            .map(|&bin| model.bins[bin].offerings[0])
            .collect();
        let zones_of: Vec<Option<usize>> = (offerings.iter())
            .map(|&offering| input.offerings.usable[offering].zone)
            .collect();
        let is_accelerated =
            (offerings.iter()).any(|&offering| input.offerings.usable[offering].accelerated);
        let keeps_one = cluster.policy.survive_instance_loss;
        let most: Vec<u64> = (self.services.iter())
            .map(|&service| {
                if !may_span(input, service, &zones_of, spans) {
                    return 0;
                }
                // An instance that is room for the loss of another has no task that needs its accelerators, and no other.
                let described = &cluster.services[service];
                if is_accelerated && keeps_one && !accelerators::needs(described) {
                    return 0;
                }
                let in_zone = |(&bin, &zone): (&usize, &Option<usize>)| {
                    let item = model.item(service, zone);
                    item.map_or(0, |item| model.problem.most_copies(bin, item))
                };
                unit.iter().zip(&zones_of).map(in_zone).min().unwrap_or(0)
            })
            .collect();
        if most.iter().all(|&most| most == 0) {
            return;
        }
        let bins = unit.len() as u64;
        let lost = u64::from(cluster.policy.survive_zone_loss && bins > 1);
        let capacity = |d: usize| {
            let of_bins = unit
                .iter()
                .map(|&bin| model.problem.bins()[bin].capacity[d]);
            of_bins.min().unwrap_or(0)
        };
        let cost = (offerings.iter())
            .map(|&offering| input.offerings.usable[offering].usd_per_hour.grid_units())
            .sum();
        let is_spot = option.may_be_reclaimed();
        let is_capped = cluster.policy.spot_max_share_per_pool < rust_decimal::Decimal::ONE;
        self.few.kinds.push(Kind {
            capacity: (0..model.problem.dimensions()).map(capacity).collect(),
            cost,
            bins,
            covers: bins - lost,
            firm: !is_spot,
            most,
            class,
            pool: (is_spot && is_capped).then_some(class),
        });
        self.offerings.push(offerings);
    }
}

/// Whether a group over these zones may serve a service.
fn may_span(
    input: PlanningInput<'_>,
    service: usize,
    zones_of: &[Option<usize>],
    spans: Spans,
) -> bool {
    let cluster = input.cluster;
    if cluster.zones.is_empty() {
        return true;
    }
    let own = &input.hosts.zones[service];
    let all = zones_of.len() == own.len() && zones_of.iter().flatten().eq(own);
    let by_zone = zones::by_zone(cluster, &cluster.services[service]);
    let single = spans == Spans::ZonesToo && zones_of.len() == 1;
    all || ((!by_zone || single) && zones_of.iter().flatten().all(|zone| own.contains(zone)))
}

fn item(input: PlanningInput<'_>, guide: &Guide<'_>, service: usize) -> Item {
    let cluster = input.cluster;
    let described = &cluster.services[service];
    let demand = guide.demand.tasks[service];
    let first = guide
        .model
        .items
        .iter()
        .position(|item| item.service == service);
    let spans = zones::by_zone(cluster, described) && input.hosts.zones[service].len() > 1;
    let surge = if cluster.policy.keeps_room_for_rollouts() {
        described.deployment_surge(demand)
    } else {
        0
    };
    // Where one task excludes the next from its instance, a rollout needs instances, not room beside the tasks.
    let alone = described.is_distinct_instance() || !described.task.host_ports.is_empty();
    let (more, surge) = if alone { (surge, 0) } else { (0, surge) };
    Item {
        size: first.map_or_else(Vec::new, |item| {
            guide.model.problem.items()[item].size.clone()
        }),
        demand: demand + more,
        firm: purchase::on_demand_minimum(cluster, described, demand),
        extra: surge,
        // Without weights that decide, a service has one group, or one of each way of buying.
        whole: spans && !guide.may_split || !cluster.policy.deterministic_routing,
    }
}

/// Tasks that get a place, those on Fargate included.
fn tasks(demand: &Demand, model: &Model) -> u64 {
    let unplaceable: u64 = (model.unplaceable.iter())
        .map(|(service, _)| demand.tasks[*service])
        .sum();
    demand.total() - unplaceable
}
