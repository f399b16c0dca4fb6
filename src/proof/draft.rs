//! The model as a proof sees it: offerings by type, market and zone, with four capacities and the rows that count them.
//!
//! Bins that differ in task groups, in attributes or in what they require are one offering here, which admits what any of them
//! does; volumes and host ports are left out. Both only make room, so that the bound holds for the model.

use std::collections::BTreeMap;

use crate::domain::capacity::Capacity;
use crate::domain::proof::{Dimension, ProvenItem, ProvenRow, RowKind};
use crate::formulate::model::{CopyRow, Model, PlanningInput};
use crate::formulate::rules::share_on_instance;
use crate::optimize::duals::Duals;
use crate::optimize::pricing::knapsack::Knapsack;
use crate::optimize::problem::{BinLimit, BinType, ItemType, Problem};
use crate::optimize::room::Room;
use crate::optimize::side_rows::BinFloor;

use super::search::Priced;

/// Number of dimensions.
pub(super) const DIMENSIONS: usize = Dimension::ALL.len();

/// What can be bought.
pub(super) struct DraftOffering {
    pub instance_type: String,
    pub purchase_option: Capacity,
    pub zone: Option<String>,
    /// In the unit.
    pub cost: i64,
    pub capacity: [u64; DIMENSIONS],
    /// Rows of the model on copies that count it, ascending.
    rows: Vec<usize>,
    /// Whether the limit and the least number of instances count it.
    pub knapsack: Knapsack,
}

/// A model without what a proof does not carry.
pub(super) struct Draft<'a> {
    input: PlanningInput<'a>,
    model: &'a Model,
    pub offerings: Vec<DraftOffering>,
    /// The problem of which a proof is: a relaxation of the model's.
    pub problem: Problem,
    /// Position in the proof of each item of the model.
    place: Vec<Option<usize>>,
    /// The limit on all instances among the model's, if it is there.
    instance_limit: Option<usize>,
}

/// Prices and multipliers in the unit, not rounded.
pub(super) struct Prices {
    /// By item of the model.
    items: Vec<f64>,
    /// By limit on copies; not negative.
    copies: Vec<f64>,
    instance_limit: f64,
    instance_minimum: f64,
}

/// The same in whole numbers.
pub(super) struct Whole {
    items: Vec<u64>,
    copies: Vec<u64>,
    pub instance_limit: u64,
    pub instance_minimum: u64,
}

impl Prices {
    /// By item of the model.
    pub fn items(&self) -> &[f64] {
        &self.items
    }

    /// Prices and limits' multipliers times `theta`, rounded so that no copy is worth more than that.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub fn whole(&self, theta: f64) -> Whole {
        Whole {
            items: self
                .items
                .iter()
                .map(|price| (price * theta).floor() as u64)
                .collect(),
            copies: self
                .copies
                .iter()
                .map(|dual| (dual * theta).ceil() as u64)
                .collect(),
            instance_limit: self.instance_limit.ceil() as u64,
            instance_minimum: self.instance_minimum.floor() as u64,
        }
    }
}

impl<'a> Draft<'a> {
    pub fn new(input: PlanningInput<'a>, model: &'a Model) -> Self {
        let services = &input.cluster.services;
        let mut kept = 0;
        let place = (model.items.iter())
            .map(|item| {
                let is_bought_for = !services[item.service].is_external();
                kept += usize::from(is_bought_for);
                is_bought_for.then(|| kept - 1)
            })
            .collect();
        let new: Vec<usize> = (0..model.bins.len())
            .filter(|&bin| is_new(input, model, bin))
            .collect();
        let instance_limit = (model.problem.limits().iter())
            .position(|limit| limit.bins == new && model.problem.bins()[new[0]].requires.is_none());
        let instance_limit = instance_limit.filter(|_| !new.is_empty());
        let bins = bins_of_offerings(input, model, &new);
        let problem = four_capacities(model, &bins.values().collect::<Vec<_>>(), instance_limit);
        Self {
            offerings: list_offerings(model, &problem, bins),
            problem,
            input,
            model,
            place,
            instance_limit,
        }
    }

    /// Whether a limit on copies is less than what one instance could hold of some item: boxes of loads then end at it.
    fn ends_boxes(&self, row: usize) -> bool {
        let problem = &self.model.problem;
        let limit = &problem.copy_limits()[row];
        let most = problem.most_demands();
        (limit.items.iter()).any(|&item| {
            let on_one = problem.items()[item].max_per_bin.unwrap_or(u64::MAX);
            most[item].min(on_one) > limit.upper
        })
    }

    /// Prices and multipliers out of the model's duals.
    pub fn prices(&self, duals: &Duals) -> Prices {
        let limit = self.instance_limit.map_or(0.0, |limit| duals.limits[limit]);
        let mut items = duals.items.clone();
        // Bins that require an item hold a copy of it: what the limit on their number takes off, its price may as well.
        for (limit, dual) in self.model.problem.limits().iter().zip(&duals.limits) {
            let mut required =
                (limit.bins.iter()).map(|&bin| self.model.problem.bins()[bin].requires);
            if let Some(Some(item)) = required.next()
                && required.all(|other| other == Some(item))
            {
                items[item] += dual.min(0.0);
            }
        }
        self.prices_of(items, duals, limit)
    }

    /// Prices and multipliers out of duals of the proof's own problem.
    pub fn own_prices(&self, duals: &Duals) -> Prices {
        let limit = duals.limits.first().copied().unwrap_or(0.0);
        self.prices_of(duals.items.clone(), duals, limit)
    }

    /// The least number of instances is worth no more than the cheapest costs.
    fn prices_of(&self, items: Vec<f64>, duals: &Duals, limit: f64) -> Prices {
        let instance_limit = (-limit).max(0.0);
        let costs = self.offerings.iter().map(|offering| offering.cost);
        let cheapest = costs.min().unwrap_or(0);
        Prices {
            items: items.into_iter().map(|price| price.max(0.0)).collect(),
            copies: duals.copies.iter().map(|dual| (-dual).max(0.0)).collect(),
            instance_limit,
            instance_minimum: duals.floor.clamp(0.0, cheapest as f64 + instance_limit),
        }
    }

    /// Position in the proof of an item of the model.
    pub fn place(&self, item: usize) -> Option<usize> {
        self.place[item]
    }

    /// Whether the offering holds something of worth, or could cost less than nothing.
    pub fn holds_worth(&self, offering: usize, prices: &Prices) -> bool {
        let positions = 0..self.offerings[offering].knapsack.len();
        prices.instance_minimum > 0.0
            || positions
                .into_iter()
                .any(|p| self.worth(offering, p, prices) > 0.0)
    }

    /// What an offering holds, at these prices.
    pub fn priced(&self, offering: usize, prices: &Prices) -> Priced<'_> {
        let knapsack = &self.offerings[offering].knapsack;
        let worth = |position| self.worth(offering, position, prices);
        Priced {
            offering,
            knapsack,
            worths: (0..knapsack.len()).map(worth).collect(),
            cost: self.reduced_cost(offering, prices),
        }
    }

    /// What a copy is worth in an offering, by position in its knapsack.
    fn worth(&self, offering: usize, position: usize, prices: &Prices) -> f64 {
        let item = self.offerings[offering].knapsack.items[position];
        let limits = self.limits_on(offering, item).map(|row| prices.copies[row]);
        prices.items[item] - limits.sum::<f64>()
    }

    /// The same in whole numbers.
    pub fn whole_worth(&self, offering: usize, position: usize, whole: &Whole) -> i128 {
        let item = self.offerings[offering].knapsack.items[position];
        let limits = self
            .limits_on(offering, item)
            .map(|row| i128::from(whole.copies[row]));
        i128::from(whole.items[item]) - limits.sum::<i128>()
    }

    fn limits_on(&self, offering: usize, item: usize) -> impl Iterator<Item = usize> + '_ {
        let limits = self.model.problem.copy_limits();
        let rows = self.offerings[offering].rows.iter().copied();
        rows.filter(move |&row| limits[row].items.binary_search(&item).is_ok())
    }

    /// What an offering costs with the multipliers of the rows that count instances.
    fn reduced_cost(&self, offering: usize, prices: &Prices) -> f64 {
        self.offerings[offering].cost as f64 + prices.instance_limit - prices.instance_minimum
    }

    /// The items of the proof.
    pub fn items(&self, whole: &Whole) -> Vec<ProvenItem> {
        let cluster = self.input.cluster;
        (self.model.items.iter().enumerate())
            .filter(|(index, _)| self.place[*index].is_some())
            .map(|(index, item)| ProvenItem {
                service: cluster.services[item.service].name.clone(),
                zone: item.zone.map(|zone| cluster.zones[zone].label().to_owned()),
                count: self.model.problem.items()[index].demand,
                price: whole.items[index],
            })
            .collect()
    }

    /// The rows of the proof: those with a multiplier, and shares of instances.
    pub fn rows(&self, whole: &Whole) -> Vec<ProvenRow> {
        let mut rows = self.even_rows(whole);
        for (row, &multiplier) in whole.copies.iter().enumerate() {
            if multiplier > 0 || self.ends_boxes(row) {
                rows.push(self.copy_row(row, multiplier));
            }
        }
        let policy = &self.input.cluster.policy;
        let counted = [
            (
                RowKind::InstanceLimit,
                policy.max_instances,
                whole.instance_limit,
            ),
            (
                RowKind::InstanceMinimum,
                policy.min_instances,
                whole.instance_minimum,
            ),
        ];
        rows.extend(
            counted
                .into_iter()
                .filter(|&(_, _, multiplier)| multiplier > 0)
                .map(|(kind, rhs, multiplier)| ProvenRow {
                    kind,
                    items: Vec::new(),
                    rhs,
                    multiplier,
                }),
        );
        rows.extend(self.share_rows());
        rows.extend(self.fargate_rows());
        rows
    }

    /// Extra copies over zones: the multiplier is the price at which the cheapest zones have enough.
    fn even_rows(&self, whole: &Whole) -> Vec<ProvenRow> {
        let groups = self.model.problem.groups().iter().zip(&self.model.groups);
        groups
            .filter(|(group, _)| group.extra > 0)
            .filter_map(|(group, (service, _))| {
                let mut prices: Vec<u64> =
                    group.items.iter().map(|&item| whole.items[item]).collect();
                prices.sort_unstable();
                let last = usize::try_from(group.extra).unwrap_or(usize::MAX) - 1;
                Some(ProvenRow {
                    kind: RowKind::ZoneEven {
                        service: self.input.cluster.services[*service].name.clone(),
                    },
                    items: self.places(&group.items),
                    rhs: group.extra,
                    multiplier: *prices.get(last).filter(|price| **price > 0)?,
                })
            })
            .collect()
    }

    fn places(&self, items: &[usize]) -> Vec<usize> {
        items.iter().filter_map(|&item| self.place[item]).collect()
    }

    fn copy_row(&self, row: usize, multiplier: u64) -> ProvenRow {
        let (model, cluster) = (self.model, self.input.cluster);
        let limit = &model.problem.copy_limits()[row];
        let service = || {
            cluster.services[model.items[limit.items[0]].service]
                .name
                .clone()
        };
        let offering = |bin: usize| &self.input.offerings.usable[model.bins[bin].offerings[0]];
        let kind = match model.copy_rows[row] {
            CopyRow::OnDemandMinimum => RowKind::OnDemandMinimum { service: service() },
            CopyRow::OnDemandZones => {
                let on_demand = (limit.bins.iter())
                    .map(|&bin| offering(bin))
                    .filter(|offering| !offering.purchase_option.may_be_reclaimed());
                let mut zones: Vec<String> = on_demand
                    .filter_map(|offering| offering.availability_zone.clone())
                    .collect();
                zones.sort();
                zones.dedup();
                RowKind::OnDemandZones {
                    service: service(),
                    zones,
                }
            }
            CopyRow::Pool => RowKind::PoolCap {
                instance_type: offering(limit.bins[0]).instance_type.clone(),
                zone: offering(limit.bins[0]).availability_zone.clone(),
            },
        };
        ProvenRow {
            kind,
            items: self.places(&limit.items),
            rhs: limit.upper,
            multiplier,
        }
    }

    /// What services cost on Fargate; the multipliers of those that have a choice follow from the rest of the proof.
    fn fargate_rows(&self) -> Vec<ProvenRow> {
        let row = |service: usize, cost: i64, has_choice: bool| {
            let service = self.input.cluster.services[service].name.clone();
            ProvenRow {
                kind: if has_choice {
                    RowKind::Fargate { service }
                } else {
                    RowKind::FargateOnly { service }
                },
                items: Vec::new(),
                rhs: u64::try_from(cost).unwrap_or(0),
                multiplier: u64::from(!has_choice),
            }
        };
        let choices = self.model.groups.iter().filter_map(|(service, fargate)| {
            let cost = fargate.as_ref()?.usd_per_hour().grid_units();
            Some(row(*service, cost, true))
        });
        let only = self.model.on_fargate.iter();
        let only =
            only.map(|(service, plan)| row(*service, plan.usd_per_hour().grid_units(), false));
        choices.chain(only).collect()
    }

    fn share_rows(&self) -> Vec<ProvenRow> {
        let cluster = self.input.cluster;
        let mut of_service: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (item, place) in self.model.items.iter().zip(&self.place) {
            of_service.entry(item.service).or_default().extend(place);
        }
        (of_service.into_iter())
            .filter_map(|(service, items)| {
                let service = &cluster.services[service];
                Some(ProvenRow {
                    rhs: share_on_instance::most_tasks(cluster, service)?,
                    kind: RowKind::ShareOnInstance {
                        service: service.name.clone(),
                    },
                    items,
                    multiplier: 0,
                })
            })
            .collect()
    }
}

/// Type, way of buying and zone's label.
type Key<'a> = (&'a str, Capacity, Option<&'a str>);

/// Bins of new instances by what a proof tells apart.
fn bins_of_offerings<'a>(
    input: PlanningInput<'a>,
    model: &Model,
    new: &[usize],
) -> BTreeMap<Key<'a>, Vec<usize>> {
    let mut index: BTreeMap<Key<'a>, Vec<usize>> = BTreeMap::new();
    for &bin in new {
        let stands_for = &model.bins[bin].offerings;
        let offering = &input.offerings.usable[stands_for[0]];
        let zone = (stands_for.len() == 1).then_some(offering.availability_zone.as_deref());
        let name = offering.instance_type.as_str();
        let key = (name, offering.purchase_option, zone.flatten());
        index.entry(key).or_default().push(bin);
    }
    index
}

fn list_offerings(
    model: &Model,
    problem: &Problem,
    bins: BTreeMap<Key<'_>, Vec<usize>>,
) -> Vec<DraftOffering> {
    let most = problem.most_demands();
    let room = Room::new(problem);
    (bins.into_iter().enumerate())
        .map(|(position, ((name, option, zone), bins))| {
            let bin = &problem.bins()[position];
            let mut capacity = [0; DIMENSIONS];
            capacity.copy_from_slice(&bin.capacity);
            DraftOffering {
                instance_type: name.to_owned(),
                purchase_option: option,
                zone: zone.map(str::to_owned),
                cost: bin.cost,
                capacity,
                rows: model.problem.copy_limits_of(bins[0]).to_vec(),
                knapsack: Knapsack::new(problem, position, &most, &room),
            }
        })
        .collect()
}

/// The model's problem with one bin for each of these groups of bins, in the dimensions and with the rows that a proof has.
fn four_capacities(
    model: &Model,
    groups: &[&Vec<usize>],
    instance_limit: Option<usize>,
) -> Problem {
    let problem = &model.problem;
    let bins: Vec<BinType> = groups
        .iter()
        .map(|bins| largest_and_cheapest(problem, bins))
        .collect();
    let is_admitted = |item: usize| {
        let admits = |bin: &BinType| (bin.admits.iter().flatten()).any(|&other| other == item);
        bins.iter().any(admits)
    };
    let items = (problem.items().iter().enumerate())
        .map(|(index, item)| ItemType {
            size: item.size[..DIMENSIONS].to_vec(),
            // What only instances from outside AWS take is not bought for.
            demand: if is_admitted(index) { item.demand } else { 0 },
            max_per_bin: item.max_per_bin,
        })
        .collect();
    let mut rows = problem.rows().clone();
    for limit in &mut rows.copy_limits {
        limit.bins.clear();
    }
    for (position, bins) in groups.iter().enumerate() {
        for &row in problem.copy_limits_of(bins[0]) {
            rows.copy_limits[row].bins.push(position);
        }
    }
    let all: Vec<usize> = (0..groups.len()).collect();
    rows.floor = (rows.floor).map(|floor| BinFloor {
        bins: all.clone(),
        ..floor
    });
    let limits = instance_limit.map(|limit| BinLimit {
        bins: all,
        upper: problem.limits()[limit].upper,
    });
    Problem::try_new(DIMENSIONS, bins, items, limits.into_iter().collect())
        .and_then(|problem| problem.try_with_rows(rows))
        .expect("parts of a valid problem")
}

/// A bin that costs and holds what the cheapest and the largest of these do, and admits what any does.
fn largest_and_cheapest(problem: &Problem, bins: &[usize]) -> BinType {
    let of = || bins.iter().map(|&bin| &problem.bins()[bin]);
    let mut admits: Vec<usize> = (of().flat_map(|bin| bin.admits.iter().flatten()))
        .copied()
        .collect();
    admits.sort_unstable();
    admits.dedup();
    BinType {
        capacity: (0..DIMENSIONS)
            .map(|d| of().map(|bin| bin.capacity[d]).max().unwrap_or(0))
            .collect(),
        cost: of().map(|bin| bin.cost).min().unwrap_or(0),
        admits: Some(admits),
        requires: None,
    }
}

/// Whether a bin is of new instances.
fn is_new(input: PlanningInput<'_>, model: &Model, bin: usize) -> bool {
    input.offerings.usable[model.bins[bin].offerings[0]]
        .existing
        .is_none()
}
