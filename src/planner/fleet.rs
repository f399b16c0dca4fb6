//! The fleet of a packing: which tasks run on each instance, and which places beside them are kept free.
//!
//! Where the problem asked for more places than there are tasks (room for a lost zone or a deployment), the
//! tasks are chosen among the places: in each zone its share, On-Demand places first, so that evenness and the
//! On-Demand minimum hold for the tasks alone. The other places are spare.

use std::collections::BTreeMap;

use crate::domain::instance_type::PurchaseOption;
use crate::formulate::demand::Demand;
use crate::formulate::model::{Ground, Model};
use crate::formulate::rules::{fargate::FargatePlan, task_group, zones};
use crate::optimize::pattern::Packing;

/// Identical instances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Position among the offerings.
    pub offering: usize,
    /// How many.
    pub count: u64,
    /// Tasks on each, by position of the service; none of them 0.
    pub tasks: BTreeMap<usize, u64>,
    /// Places kept free on each, by position of the service; none of them 0.
    pub spare: BTreeMap<usize, u64>,
}

/// Instances and Fargate tasks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fleet {
    /// Instances, today's empty ones included.
    pub rows: Vec<Row>,
    /// Services on Fargate.
    pub fargate: Vec<(usize, FargatePlan)>,
    /// Planned tasks that have no place here, by service.
    pub left_out: Vec<u64>,
}

impl Fleet {
    /// The fleet of a packing of `model`.
    pub fn new(ground: Ground<'_>, model: &Model, demand: &Demand, packing: &Packing) -> Self {
        let mut rows = places(model, packing);
        add_todays_empty_instances(ground, &mut rows);
        let mut fleet = Self {
            rows,
            fargate: model.on_fargate.clone(),
            left_out: vec![0; ground.cluster.services.len()],
        };
        for &group in &packing.outside {
            let (service, plan) = &model.groups[group];
            fleet
                .fargate
                .extend(plan.clone().map(|plan| (*service, plan)));
        }
        fleet.fargate.sort_by_key(|(service, _)| *service);
        let on_fargate: Vec<usize> = fleet.fargate.iter().map(|(service, _)| *service).collect();
        let homeless: Vec<usize> = model.homeless.iter().map(|(service, _)| *service).collect();
        for service in in_order_of_affinity(ground, demand) {
            if !on_fargate.contains(&service) && !homeless.contains(&service) {
                fleet.choose_tasks(ground, demand, service);
            }
        }
        for row in &mut fleet.rows {
            row.tasks.retain(|_, tasks| *tasks > 0);
            row.spare.retain(|_, spare| *spare > 0);
        }
        fleet
    }

    /// Turns spare places of a service into its tasks.
    fn choose_tasks(&mut self, ground: Ground<'_>, demand: &Demand, service: usize) {
        let wanted = demand.tasks[service];
        let zone_of = |row: &Row| ground.offerings.usable[row.offering].zone;
        let mut places: BTreeMap<Option<usize>, u64> = BTreeMap::new();
        for row in &self.rows {
            if let Some(each) = row.spare.get(&service) {
                *places.entry(zone_of(row)).or_default() += each * row.count;
            }
        }
        let total: u64 = places.values().sum();
        let by_zone = zones::by_zone(ground.cluster, &ground.cluster.services[service]);
        let shares: BTreeMap<Option<usize>, u64> = if total <= wanted {
            places.clone()
        } else if by_zone {
            even_shares(
                ground,
                service,
                wanted,
                &places,
                &self.on_demand_places(ground, service),
            )
        } else {
            BTreeMap::new()
        };
        let mut left = wanted;
        if shares.is_empty() {
            left = self.take(ground, service, Within::Anywhere, left);
        }
        for (zone, share) in shares {
            let share = share.min(left);
            left -= share - self.take(ground, service, Within::Zone(zone), share);
        }
        self.left_out[service] = left;
    }

    /// Spare places of a service on On-Demand instances, by zone.
    fn on_demand_places(&self, ground: Ground<'_>, service: usize) -> BTreeMap<Option<usize>, u64> {
        let mut places = BTreeMap::new();
        for row in &self.rows {
            let offering = &ground.offerings.usable[row.offering];
            if offering.purchase_option == PurchaseOption::OnDemand {
                let each = row.spare.get(&service).copied().unwrap_or(0);
                *places.entry(offering.zone).or_default() += each * row.count;
            }
        }
        places
    }

    /// Takes up to `share` spare places of a service, in a zone or anywhere; returns what is missing.
    fn take(&mut self, ground: Ground<'_>, service: usize, within: Within, share: u64) -> u64 {
        let mut order: Vec<usize> = (0..self.rows.len())
            .filter(|&index| {
                let row = &self.rows[index];
                let offering = &ground.offerings.usable[row.offering];
                row.spare.contains_key(&service)
                    && within.holds(offering.zone)
                    && has_company(ground, service, row)
            })
            .collect();
        order.sort_by_key(|&index| {
            let row = &self.rows[index];
            let option = ground.offerings.usable[row.offering].purchase_option;
            let lonely = !is_wanted_there(ground, service, row);
            (lonely, option == PurchaseOption::Spot, index)
        });
        let mut left = share;
        for index in order {
            let each = self.rows[index].spare[&service];
            let count = self.rows[index].count;
            let whole = (left / each).min(count);
            let part = if whole < count { left % each } else { 0 };
            left -= whole * each + part;
            self.split(index, service, whole, part);
            if left == 0 {
                break;
            }
        }
        left
    }

    /// Of a row's instances, `whole` get all their spare places of the service as tasks and one gets `part`.
    fn split(&mut self, index: usize, service: usize, whole: u64, part: u64) {
        let row = self.rows[index].clone();
        let each = row.spare[&service];
        let with = |tasks: u64, count: u64| {
            let mut changed = Row {
                count,
                ..row.clone()
            };
            *changed.tasks.entry(service).or_default() += tasks;
            *changed.spare.entry(service).or_default() -= tasks;
            changed
        };
        let partly = u64::from(part > 0);
        let mut parts = vec![
            with(each, whole),
            with(part, partly),
            with(0, row.count - whole - partly),
        ];
        parts.retain(|row| row.count > 0);
        self.rows[index] = parts.remove(0);
        self.rows.extend(parts);
    }
}

/// Where places are taken.
#[derive(Debug, Clone, Copy)]
enum Within {
    /// In any zone.
    Anywhere,
    /// In one zone; `None` is that of instances without one.
    Zone(Option<usize>),
}

impl Within {
    fn holds(self, zone: Option<usize>) -> bool {
        match self {
            Self::Anywhere => true,
            Self::Zone(own) => own == zone,
        }
    }
}

/// Rows of a packing with every copy spare.
fn places(model: &Model, packing: &Packing) -> Vec<Row> {
    (packing.bins.iter())
        .map(|(pattern, count)| {
            let mut spare = BTreeMap::new();
            for &(item, copies) in &pattern.content {
                *spare.entry(model.items[item].service).or_default() += copies;
            }
            Row {
                offering: model.bins[pattern.bin].offerings[0],
                count: *count,
                tasks: BTreeMap::new(),
                spare,
            }
        })
        .collect()
}

fn add_todays_empty_instances(ground: Ground<'_>, rows: &mut Vec<Row>) {
    for (index, offering) in ground.offerings.usable.iter().enumerate() {
        let kept = offering
            .existing
            .as_ref()
            .map_or(0, |existing| existing.count);
        let used: u64 = rows
            .iter()
            .filter(|row| row.offering == index)
            .map(|row| row.count)
            .sum();
        if kept > used {
            rows.push(Row {
                offering: index,
                count: kept - used,
                tasks: BTreeMap::new(),
                spare: BTreeMap::new(),
            });
        }
    }
}

/// Services with tasks, those that others want beside them first.
fn in_order_of_affinity(ground: Ground<'_>, demand: &Demand) -> Vec<usize> {
    let services = &ground.cluster.services;
    let mut order: Vec<usize> = (0..services.len())
        .filter(|&s| demand.tasks[s] > 0)
        .collect();
    order.sort_by_key(|&service| {
        let has_affinity = task_group::rules(&services[service]).any(|rule| rule.together);
        (has_affinity, service)
    });
    order
}

/// Whether the tasks already chosen on a row allow a task of the service there: its affinities hold.
fn has_company(ground: Ground<'_>, service: usize, row: &Row) -> bool {
    let services = &ground.cluster.services;
    let daemons = &ground.offerings.usable[row.offering].daemons;
    let own = services[service].task_group();
    task_group::rules(&services[service])
        .filter(|rule| rule.together)
        .all(|rule| {
            rule.groups.contains(&own)
                || (row
                    .tasks
                    .iter()
                    .filter(|(_, tasks)| **tasks > 0)
                    .map(|(other, _)| other))
                .chain(daemons)
                .any(|&other| rule.groups.contains(&services[other].task_group()))
        })
}

/// Whether some other service with a place on the row wants this one beside it.
fn is_wanted_there(ground: Ground<'_>, service: usize, row: &Row) -> bool {
    let services = &ground.cluster.services;
    let group = services[service].task_group();
    row.spare
        .keys()
        .filter(|other| **other != service)
        .any(|&other| {
            task_group::rules(&services[other])
                .any(|rule| rule.together && rule.groups.contains(&group))
        })
}

/// `wanted` tasks over the service's zones, evenly, the remainder where most places are.
fn even_shares(
    ground: Ground<'_>,
    service: usize,
    wanted: u64,
    places: &BTreeMap<Option<usize>, u64>,
    on_demand: &BTreeMap<Option<usize>, u64>,
) -> BTreeMap<Option<usize>, u64> {
    let zones = &ground.hosts.zones[service];
    let (each, more) = zones::spread(wanted, zones.len() as u64);
    let room = |zone: usize| places.get(&Some(zone)).copied().unwrap_or(0);
    let mut order = zones.clone();
    // First where one more task finds a place at all, then where it finds one On-Demand: the minimum counts.
    let more_on_demand = |zone: usize| on_demand.get(&Some(zone)).copied().unwrap_or(0) > each;
    order.sort_by_key(|&zone| {
        (
            room(zone) <= each,
            !more_on_demand(zone),
            std::cmp::Reverse(room(zone)),
            zone,
        )
    });
    (order.into_iter().enumerate())
        .map(|(place, zone)| (Some(zone), each + u64::from((place as u64) < more)))
        .collect()
}
