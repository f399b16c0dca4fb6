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
use crate::optimize::problem::{BinType, ItemType, Problem};
use crate::optimize::room::Room;

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
        let mut draft = Self {
            input,
            model,
            offerings: Vec::new(),
            place,
            instance_limit: instance_limit.filter(|_| !new.is_empty()),
        };
        draft.offerings = draft.list_offerings(&new);
        draft
    }

    fn list_offerings(&self, new: &[usize]) -> Vec<DraftOffering> {
        let (model, usable) = (self.model, &self.input.offerings.usable);
        let mut index: BTreeMap<(&str, Capacity, Option<&str>), Vec<usize>> = BTreeMap::new();
        for &bin in new {
            let stands_for = &model.bins[bin].offerings;
            let offering = &usable[stands_for[0]];
            let zone = (stands_for.len() == 1).then_some(offering.availability_zone.as_deref());
            let key = (
                offering.instance_type.as_str(),
                offering.purchase_option,
                zone.flatten(),
            );
            index.entry(key).or_default().push(bin);
        }
        let problem = self.four_capacities(index.values());
        let demands: Vec<u64> = problem.items().iter().map(|item| item.demand).collect();
        let room = Room::new(&problem);
        (index.into_iter().enumerate())
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
                    knapsack: Knapsack::new(&problem, position, &demands, &room),
                }
            })
            .collect()
    }

    /// The problem of these bins in the dimensions that a proof has.
    fn four_capacities<'b>(&self, groups: impl Iterator<Item = &'b Vec<usize>>) -> Problem {
        let problem = &self.model.problem;
        let most = problem.most_demands();
        let items = (problem.items().iter().zip(most))
            .map(|(item, demand)| ItemType {
                size: item.size[..DIMENSIONS].to_vec(),
                demand,
                max_per_bin: item.max_per_bin,
            })
            .collect();
        let bins = groups
            .map(|bins| {
                let of = || bins.iter().map(|&bin| &problem.bins()[bin]);
                let mut admits: Vec<usize> = of()
                    .flat_map(|bin| bin.admits.iter().flatten())
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
            })
            .collect();
        Problem::try_new(DIMENSIONS, bins, items, Vec::new()).expect("parts of a valid problem")
    }

    /// Prices and multipliers out of the model's duals; the least number of instances is worth no more than the cheapest.
    pub fn prices(&self, duals: &Duals) -> Prices {
        let instance_limit = self
            .instance_limit
            .map_or(0.0, |limit| (-duals.limits[limit]).max(0.0));
        let cheapest = self
            .offerings
            .iter()
            .map(|offering| offering.cost)
            .min()
            .unwrap_or(0);
        Prices {
            items: duals.items.iter().map(|price| price.max(0.0)).collect(),
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

    /// What a copy is worth in an offering, by position in its knapsack.
    pub fn worth(&self, offering: usize, position: usize, prices: &Prices) -> f64 {
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
    pub fn reduced_cost(&self, offering: usize, prices: &Prices) -> f64 {
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
            if multiplier > 0 {
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

/// Whether a bin is of new instances.
fn is_new(input: PlanningInput<'_>, model: &Model, bin: usize) -> bool {
    input.offerings.usable[model.bins[bin].offerings[0]]
        .existing
        .is_none()
}
