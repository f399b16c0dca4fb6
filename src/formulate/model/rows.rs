//! The rows of a model: limits on bins and on copies, and the least number of instances.

use crate::formulate::rules::{instance_counts, pool_cap, purchase, zones};
use crate::optimize::problem::{BinLimit, BinType};
use crate::optimize::side_rows::{CopyLimit, SideRows};
use std::collections::BTreeMap;

use super::draft::Draft;
use super::{Bin, CopyRow, PlanningInput, Scope};

impl Draft<'_> {
    pub(super) fn limits(&self, bin_types: &[BinType]) -> Vec<BinLimit> {
        let usable = &self.input.offerings.usable;
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
        let all = instance_counts::limit(
            self.input.cluster,
            self.input.offerings.kept_instances(),
            new,
        );
        // Every new instance holds at least one task: more tasks than instances, or no limit at all.
        if places > all.upper && !all.bins.is_empty() {
            limits.push(all);
        }
        limits.extend(self.requirement_limits(bin_types));
        limits
    }

    /// As many bins that require an item as there are copies of it. None where the scope counts tasks and the plan has
    /// places: places that are kept for a loss require such bins too, with tasks of others beside them, so that the limit
    /// would cut plans off and raise the bound above what they cost.
    fn requirement_limits(&self, bin_types: &[BinType]) -> Vec<BinLimit> {
        let policy = &self.input.cluster.policy;
        let keeps_places = policy.survive_zone_loss || policy.survive_instance_loss;
        if self.scope == Scope::Merged && keeps_places {
            return Vec::new();
        }
        let mut requiring: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (index, bin) in bin_types.iter().enumerate() {
            if let Some(item) = bin.requires {
                requiring.entry(item).or_default().push(index);
            }
        }
        let most = self.most_demands();
        (requiring.into_iter())
            .map(|(item, bins)| BinLimit {
                bins,
                upper: most[item],
            })
            .collect()
    }

    /// Bins of new instances, ascending.
    pub(super) fn new_bins(&self) -> Vec<usize> {
        let usable = &self.input.offerings.usable;
        (0..self.bins.len())
            .filter(|&bin| usable[self.bins[bin].offerings[0]].existing.is_none())
            .collect()
    }

    /// Most copies that each item could need.
    pub(super) fn most_demands(&self) -> Vec<u64> {
        let mut most = self.demands.clone();
        for group in self.group_rows.iter().filter(|group| group.extra > 0) {
            for &item in &group.items {
                most[item] += 1;
            }
        }
        most
    }

    pub(super) fn rows(&self, admissions: &[Vec<usize>]) -> (SideRows, Vec<CopyRow>) {
        let PlanningInput {
            cluster, offerings, ..
        } = self.input;
        let mut copy_limits = Vec::new();
        let mut kinds = Vec::new();
        for (kind, rows) in [
            (CopyRow::OnDemandMinimum, self.on_demand_rows()),
            (CopyRow::OnDemandZones, self.on_demand_zone_rows()),
            (CopyRow::Pool, self.pool_rows(admissions)),
        ] {
            kinds.extend(rows.iter().map(|_| kind));
            copy_limits.extend(rows);
        }
        let rows = SideRows {
            copy_limits,
            groups: self.group_rows.clone(),
            floor: instance_counts::floor(cluster, offerings.kept_instances(), self.new_bins()),
            ..SideRows::default()
        };
        (rows, kinds)
    }

    /// For each service, the limit on its copies in Spot bins. Where room is planned beside the tasks, each
    /// zone has its own, so that the tasks can be chosen zone by zone afterwards.
    pub(super) fn on_demand_rows(&self) -> Vec<CopyLimit> {
        let PlanningInput {
            cluster, offerings, ..
        } = self.input;
        let spot: Vec<usize> = (0..self.bins.len())
            .filter(|&bin| {
                let offering = &offerings.usable[self.bins[bin].offerings[0]];
                offering.purchase_option.may_be_reclaimed()
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

    /// For each service and each set of one zone fewer than its On-Demand tasks need: not all of them are there.
    fn on_demand_zone_rows(&self) -> Vec<CopyLimit> {
        let PlanningInput {
            cluster,
            offerings,
            hosts,
            ..
        } = self.input;
        let offering = |bin: usize| &offerings.usable[self.bins[bin].offerings[0]];
        let has_spot =
            (0..self.bins.len()).any(|bin| offering(bin).purchase_option.may_be_reclaimed());
        if self.scope == Scope::Merged || !has_spot {
            return Vec::new();
        }
        let mut rows = Vec::new();
        let mut first = 0;
        for items in self.items.chunk_by(|a, b| a.service == b.service) {
            let (start, service) = (first, items[0].service);
            first += items.len();
            let described = &cluster.services[service];
            let tasks = self.demand.tasks[service];
            // With room beside the tasks the minimum itself is spread over the zones.
            let is_by_zone = zones::by_zone(cluster, described);
            if !is_by_zone || self.demand.places(cluster, hosts, service) != tasks {
                continue;
            }
            let usable = &hosts.zones[service];
            let minimum = purchase::on_demand_minimum(cluster, described, tasks);
            let least = purchase::least_on_demand_zones(cluster, described, minimum, usable.len());
            for zones in sets_of_one_fewer(usable, least) {
                let bins = (0..self.bins.len()).filter(|&bin| {
                    let offering = offering(bin);
                    offering.purchase_option.may_be_reclaimed()
                        || offering.zone.is_some_and(|zone| zones.contains(&zone))
                });
                rows.push(CopyLimit {
                    items: (start..first).collect(),
                    bins: bins.collect(),
                    upper: tasks - 1,
                });
            }
        }
        rows
    }

    /// For each Spot pool, the limit on copies, where it can bind.
    pub(super) fn pool_rows(&self, admissions: &[Vec<usize>]) -> Vec<CopyLimit> {
        let PlanningInput {
            cluster, offerings, ..
        } = self.input;
        if self.scope == Scope::Merged {
            return Vec::new();
        }
        let unplaceable: u64 = self
            .unplaceable
            .iter()
            .map(|(service, _)| self.demand.tasks[*service])
            .sum();
        let most = pool_cap::most_tasks(cluster, self.demand.total() - unplaceable);
        let bins = self.bins.iter().enumerate();
        let spot = bins.filter_map(|(index, bin)| {
            let offering = &offerings.usable[bin.offerings[0]];
            let zone = offering.availability_zone.as_deref();
            let is_spot = offering.purchase_option.may_be_reclaimed();
            is_spot.then_some((index, (offering.instance_type.as_str(), zone)))
        });
        let possible = self.most_demands();
        (pool_cap::pools(spot).into_values())
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

/// Every set of `least − 1` of the zones; none where one zone is enough.
fn sets_of_one_fewer(zones: &[usize], least: u64) -> Vec<Vec<usize>> {
    if least < 2 {
        return Vec::new();
    }
    let mut sets = vec![Vec::new()];
    for _ in 1..least {
        sets = (sets.into_iter())
            .flat_map(|set: Vec<usize>| {
                let after = set.last().copied();
                (zones.iter().copied())
                    .filter(move |&zone| after.is_none_or(|last| zone > last))
                    .map(move |zone| set.iter().copied().chain([zone]).collect())
            })
            .collect();
    }
    sets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_zones_that_must_not_hold_everything() {
        let none: Vec<Vec<usize>> = Vec::new();
        assert_eq!(sets_of_one_fewer(&[0, 1, 2], 1), none);
        assert_eq!(sets_of_one_fewer(&[0, 1, 2], 2), [[0], [1], [2]]);
        assert_eq!(sets_of_one_fewer(&[0, 2, 3], 3), [[0, 2], [0, 3], [2, 3]]);
    }
}
