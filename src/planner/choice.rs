//! Which of a fleet's places are tasks, where the problem asked for more places than there are tasks.
//!
//! Services are chosen for one after the other, those that others want beside them (`task:group`) first. A
//! service takes in each zone its even share; of all its tasks at most `n − m` are on Spot, where `m` is its
//! On-Demand minimum. Each zone `k` with share `s_k` and `o_k` On-Demand places must put `max(0, s_k − o_k)` on
//! Spot; what the limit leaves beyond the sum of those is given to the zones in turn. In a zone the service
//! first goes once to every instance on which another waits for it, and then fills up, On-Demand first. So
//! evenness and the On-Demand minimum hold for the tasks alone; what finds no place is left out.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::domain::capacity::Capacity;
use crate::formulate::demand::Demand;
use crate::formulate::model::PlanningInput;
use crate::formulate::rules::{purchase, task_group, zones};

use super::fleet::FleetRow;

/// Turns spare places into the tasks of some services.
pub(super) struct Choice<'a> {
    input: PlanningInput<'a>,
    rows: &'a mut Vec<FleetRow>,
    /// Services whose tasks are chosen, by position.
    decided: Vec<bool>,
    /// Rows with places of a service, by its position: thousands of services must not look at all rows each.
    rows_of: Vec<Vec<usize>>,
    /// Whether any service wants another beside it.
    has_affinities: bool,
}

/// A service's places in one zone; `None` is that of instances without one.
type ByZone = BTreeMap<Option<usize>, u64>;

impl<'a> Choice<'a> {
    /// No tasks yet.
    pub fn new(input: PlanningInput<'a>, rows: &'a mut Vec<FleetRow>) -> Self {
        let services = &input.cluster.services;
        let mut rows_of = vec![Vec::new(); services.len()];
        for (index, row) in rows.iter().enumerate() {
            for &service in row.spare.keys() {
                rows_of[service].push(index);
            }
        }
        let wants_another = |service| task_group::rules(service).any(|rule| rule.together);
        Self {
            input,
            rows,
            decided: vec![false; services.len()],
            rows_of,
            has_affinities: services.iter().any(wants_another),
        }
    }

    /// Chooses the tasks of `services`; returns how many of each find no place, by position in the cluster.
    pub fn choose(mut self, demand: &Demand, services: &[usize]) -> Vec<u64> {
        let mut unplaced = vec![0; self.decided.len()];
        for service in in_order_of_affinity(self.input, services) {
            unplaced[service] = self.choose_one(demand, service);
            self.decided[service] = true;
        }
        unplaced
    }

    /// Chooses a service's tasks; returns how many find no place.
    fn choose_one(&mut self, demand: &Demand, service: usize) -> u64 {
        let cluster = self.input.cluster;
        let described = &cluster.services[service];
        let wanted = demand.tasks[service];
        let minimum = if described.is_external() {
            0
        } else {
            purchase::on_demand_minimum(cluster, described, wanted)
        };
        if zones::by_zone(cluster, described) {
            return wanted - self.choose_by_zone(service, wanted, wanted - minimum);
        }
        let part = Part {
            within: Within::Anywhere,
            share: wanted,
            on_spot: wanted - minimum,
        };
        wanted - self.take(service, part).0
    }

    /// Takes a service's share of `wanted` tasks in each zone, at most `on_spot` of them on Spot in all.
    fn choose_by_zone(&mut self, service: usize, wanted: u64, on_spot: u64) -> u64 {
        let places = self.places(service, |_| true);
        let on_demand = self.places(service, Capacity::counts_as_on_demand);
        let zones = &self.input.hosts.zones[service];
        let shares = even_shares(zones, wanted, &places, &on_demand);
        let forced = |zone: &Option<usize>, share: u64| {
            share.saturating_sub(on_demand.get(zone).copied().unwrap_or(0))
        };
        let all_forced = (shares.iter())
            .map(|(zone, &share)| forced(zone, share))
            .sum();
        let mut free = on_spot.saturating_sub(all_forced);
        let mut may_be_forced = on_spot - free;
        let mut chosen = 0;
        for (zone, share) in shares {
            let must = forced(&zone, share).min(may_be_forced);
            let part = Part {
                within: Within::Zone(zone),
                share,
                on_spot: must + free,
            };
            let (taken, spot) = self.take(service, part);
            chosen += taken;
            may_be_forced -= spot.min(must);
            free -= spot.saturating_sub(must);
        }
        chosen
    }

    /// Spare places of a service with a partner of its affinity, on instances bought in certain ways, by zone.
    fn places(&self, service: usize, counts: impl Fn(Capacity) -> bool) -> ByZone {
        let mut places = ByZone::new();
        for row in self.rows_of[service].iter().map(|&index| &self.rows[index]) {
            let offering = &self.input.offerings.usable[row.offering];
            let each = row.spare.get(&service).copied().unwrap_or(0);
            if each > 0
                && counts(offering.purchase_option)
                && self.has_affinity_partner(service, row)
            {
                *places.entry(offering.zone).or_default() += each * row.count;
            }
        }
        places
    }

    /// Takes spare places of a service; returns how many, and how many of them on Spot.
    fn take(&mut self, service: usize, part: Part) -> (u64, u64) {
        let mut done = (0, 0);
        for index in self.order(service, part, true) {
            let most = part
                .left(self.is_spot(index), done)
                .min(self.rows[index].count);
            self.split(
                index,
                service,
                Split {
                    whole: most,
                    each: 1,
                    part: 0,
                },
            );
            done = self.count(index, done, most);
        }
        for index in self.order(service, part, false) {
            let each = self.rows[index].spare[&service];
            let most = part.left(self.is_spot(index), done);
            let whole = (most / each).min(self.rows[index].count);
            let rest = if whole < self.rows[index].count {
                most % each
            } else {
                0
            };
            self.split(
                index,
                service,
                Split {
                    whole,
                    each,
                    part: rest,
                },
            );
            done = self.count(index, done, whole * each + rest);
        }
        done
    }

    fn is_spot(&self, index: usize) -> bool {
        let offering = &self.input.offerings.usable[self.rows[index].offering];
        offering.purchase_option.may_be_reclaimed()
    }

    fn count(&self, index: usize, (all, spot): (u64, u64), more: u64) -> (u64, u64) {
        (
            all + more,
            spot + if self.is_spot(index) { more } else { 0 },
        )
    }

    /// Rows with places to take in a part, On-Demand first; or only those where others wait for the service,
    /// tasks before places and most places first.
    fn order(&self, service: usize, part: Part, only_awaited: bool) -> Vec<usize> {
        if only_awaited && !self.has_affinities {
            return Vec::new();
        }
        let fits = |row: &FleetRow| {
            let zone = self.input.offerings.usable[row.offering].zone;
            row.spare.get(&service).is_some_and(|&spare| spare > 0)
                && part.within.holds(zone)
                && self.has_affinity_partner(service, row)
        };
        let mut order: Vec<(bool, bool, Reverse<u64>, usize)> = Vec::new();
        let own = self.rows_of[service].iter();
        let own = own.map(|&index| (index, &self.rows[index]));
        for (index, row) in own.filter(|(_, row)| fits(row)) {
            let (now, later) = if only_awaited {
                self.waiting_partners(service, row)
            } else {
                (false, 0)
            };
            if !only_awaited || later > 0 {
                order.push((!now, self.is_spot(index), Reverse(later), index));
            }
        }
        order.sort_unstable();
        order.into_iter().map(|(.., index)| index).collect()
    }

    /// Whether the tasks on a row allow a task of the service there: its affinities hold, or can still.
    fn has_affinity_partner(&self, service: usize, row: &FleetRow) -> bool {
        let services = &self.input.cluster.services;
        let own = services[service].task_group();
        task_group::rules(&services[service])
            .filter(|rule| rule.together)
            .all(|rule| {
                rule.groups.contains(&own)
                    || self
                        .services_present(row)
                        .any(|other| rule.groups.contains(&services[other].task_group()))
            })
    }

    /// Services with tasks on a row, or with places there that are not chosen among yet.
    fn services_present<'b>(&'b self, row: &'b FleetRow) -> impl Iterator<Item = usize> + 'b {
        let tasks = row.tasks.iter().filter(|(_, tasks)| **tasks > 0);
        let places = (row.spare.iter()).filter(|(other, _)| !self.decided[**other]);
        let daemons = &self.input.offerings.usable[row.offering].daemons;
        (tasks.chain(places).map(|(&other, _)| other)).chain(daemons.iter().copied())
    }

    /// Whether tasks on a row wait for one of the service beside them, and how many places of others do.
    /// Nobody waits where one of the service is.
    fn waiting_partners(&self, service: usize, row: &FleetRow) -> (bool, u64) {
        if row.tasks.get(&service).copied().unwrap_or(0) > 0 {
            return (false, 0);
        }
        let services = &self.input.cluster.services;
        let group = services[service].task_group();
        let waits = |other: usize| {
            task_group::rules(&services[other]).any(|rule| {
                rule.together
                    && rule.groups.contains(&group)
                    && !rule.groups.contains(&services[other].task_group())
            })
        };
        let others = || row.spare.iter().filter(|(other, _)| **other != service);
        let tasks = |other: &usize| row.tasks.get(other).copied().unwrap_or(0);
        let now = others().any(|(other, _)| tasks(other) > 0 && waits(*other));
        let later = others()
            .filter(|(other, _)| waits(**other))
            .map(|(other, spare)| tasks(other) + spare)
            .sum();
        (now, later)
    }

    /// Of a row's instances, some get tasks of the service in their spare places.
    fn split(&mut self, index: usize, service: usize, split: Split) {
        let row = self.rows[index].clone();
        let with = |tasks: u64, count: u64| {
            let mut changed = FleetRow {
                count,
                ..row.clone()
            };
            *changed.tasks.entry(service).or_default() += tasks;
            *changed.spare.entry(service).or_default() -= tasks;
            changed
        };
        let partly = u64::from(split.part > 0);
        let mut parts = vec![
            with(split.each, split.whole),
            with(split.part, partly),
            with(0, row.count - split.whole - partly),
        ];
        parts.retain(|row| row.count > 0);
        self.rows[index] = parts.remove(0);
        for (new, row) in (self.rows.len()..).zip(&parts) {
            for &service in row.spare.keys() {
                self.rows_of[service].push(new);
            }
        }
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

/// What a service takes in one go.
#[derive(Debug, Clone, Copy)]
struct Part {
    within: Within,
    /// Most tasks.
    share: u64,
    /// Most tasks on Spot.
    on_spot: u64,
}

impl Part {
    /// Most further tasks on a row, after some were taken.
    fn left(self, is_spot: bool, (all, spot): (u64, u64)) -> u64 {
        let left = self.share - all;
        if is_spot {
            left.min(self.on_spot - spot)
        } else {
            left
        }
    }
}

/// How a row's instances are divided: `whole` get `each` tasks, and one gets `part` if that is not 0.
#[derive(Debug, Clone, Copy)]
struct Split {
    whole: u64,
    each: u64,
    part: u64,
}

/// Services with those that others want beside them first.
fn in_order_of_affinity(input: PlanningInput<'_>, services: &[usize]) -> Vec<usize> {
    let all = &input.cluster.services;
    let mut waiting = services.to_vec();
    waiting.sort_unstable();
    let mut order = Vec::new();
    while !waiting.is_empty() {
        let wants_another = |service: usize| {
            task_group::rules(&all[service]).any(|rule| {
                let others = waiting.iter().filter(|other| **other != service);
                let mut others = others.map(|&other| all[other].task_group());
                rule.together && others.any(|group| rule.groups.contains(&group))
            })
        };
        let next = (waiting.iter())
            .position(|&service| !wants_another(service))
            .unwrap_or(0);
        order.push(waiting.remove(next));
    }
    order
}

/// `wanted` tasks, or as many as have places, over the service's zones, evenly; the remainder goes where most
/// places are.
fn even_shares(zones: &[usize], wanted: u64, places: &ByZone, on_demand: &ByZone) -> ByZone {
    let room = |zone: usize| places.get(&Some(zone)).copied().unwrap_or(0);
    let (each, more) = level(zones, wanted, room);
    let mut order = zones.to_vec();
    // First where one more task finds a place at all, then where it finds one On-Demand: the minimum counts.
    let more_on_demand = |zone: usize| on_demand.get(&Some(zone)).copied().unwrap_or(0) > each;
    order.sort_by_key(|&zone| {
        (
            room(zone) <= each,
            !more_on_demand(zone),
            Reverse(room(zone)),
            zone,
        )
    });
    (order.into_iter().enumerate())
        .map(|(place, zone)| (Some(zone), each + u64::from((place as u64) < more)))
        .collect()
}

/// Tasks in every zone, and zones with one more, of as many of the `wanted` tasks as have places.
fn level(zones: &[usize], wanted: u64, room: impl Fn(usize) -> u64) -> (u64, u64) {
    let (each, more) = zones::spread(wanted, zones.len().max(1) as u64);
    let least = zones.iter().map(|&zone| room(zone)).min().unwrap_or(0);
    let each_or_less = each.min(least);
    let with_more = zones.iter().filter(|&&zone| room(zone) > each_or_less);
    let most = with_more.count() as u64;
    if each_or_less < each {
        (each_or_less, most)
    } else {
        (each, more.min(most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(wanted: u64, places: &[u64], on_demand: &[u64]) -> Vec<u64> {
        let by_zone = |counts: &[u64]| -> ByZone {
            (counts.iter().enumerate())
                .map(|(zone, &count)| (Some(zone), count))
                .collect()
        };
        let zones: Vec<usize> = (0..places.len()).collect();
        let shares = even_shares(&zones, wanted, &by_zone(places), &by_zone(on_demand));
        shares.into_values().collect()
    }

    #[test]
    fn the_remainder_goes_where_places_are_and_on_demand_ones_first() {
        assert_eq!(shares(4, &[2, 2, 2], &[0, 0, 2]), [1, 1, 2]);
        assert_eq!(shares(4, &[1, 3, 2], &[1, 1, 1]), [1, 2, 1]);
    }

    #[test]
    fn where_a_zone_lacks_places_all_zones_get_fewer_and_stay_even() {
        assert_eq!(shares(6, &[3, 1], &[0, 0]), [2, 1]);
        assert_eq!(shares(6, &[3, 0], &[0, 0]), [1, 0]);
        assert_eq!(shares(5, &[2, 2], &[0, 0]), [2, 2]);
    }
}
