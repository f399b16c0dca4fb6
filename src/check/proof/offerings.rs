//! The offerings of a proof: all that can be bought is there, at its price and with its capacity, or is worth nothing.

use std::collections::BTreeMap;

use crate::check::facts::Facts;
use crate::check::instance_price::PricedInstance;
use crate::check::offers::Offer;
use crate::check::rules;
use crate::domain::capacity::Capacity;
use crate::domain::cluster::Zone;
use crate::domain::money::UsdPerHour;
use crate::domain::proof::{Dimension, Proof, ProvenItem, RowKind};
use crate::domain::resources::Resource;
use crate::domain::service::Service;

use super::items::DerivedItem;
use super::leaves::{Knapsack, Load};
use super::{ProofFault, fault};

/// Type, way of buying and zone's label.
type Key<'k> = (&'k str, bool, Option<&'k str>);

/// What is derived of an offering of the proof: the cheapest and the largest of what it stands for.
#[derive(Default)]
struct Derived {
    cost: Option<i64>,
    capacity: BTreeMap<Dimension, u64>,
    /// Most copies of each item on one, by position; 0 where it admits none.
    most: Vec<u64>,
}

/// Whether every offering is what it says and no load of it is worth more than it costs.
pub(super) fn check(
    facts: &Facts<'_>,
    offers: &[Offer<'_>],
    (proof, items): (&Proof, &[DerivedItem<'_>]),
    faults: &mut Vec<ProofFault>,
) {
    let mut index: BTreeMap<Key<'_>, usize> = BTreeMap::new();
    for (position, offering) in proof.offerings.iter().enumerate() {
        let spot = offering.purchase_option.may_be_reclaimed();
        let key = (
            offering.instance_type.as_str(),
            spot,
            offering.zone.as_deref(),
        );
        if index.insert(key, position).is_some() {
            let place = format!("offerings[{position}]");
            faults.push(fault(
                place,
                "an offering that is there twice",
                "every offering once",
            ));
        }
    }
    let mut derived: Vec<Derived> = (proof.offerings.iter())
        .map(|_| Derived::default())
        .collect();
    for offer in offers {
        let zone = offer.zone.map(|zone| &facts.cluster.zones[zone]);
        let most = most_copies(facts, offer, items);
        let capacity = capacity(facts, offer);
        for option in Capacity::OF_INSTANCES {
            let Some(cost) = cost(facts, offer, option, zone) else {
                continue;
            };
            let label = zone.map(Zone::label);
            let spot = option.may_be_reclaimed();
            let found = index.get(&(offer.instance_type, spot, label));
            if let Some(&position) = found.or_else(|| index.get(&(offer.instance_type, spot, None)))
            {
                derived[position].take(cost, &capacity, &most);
                continue;
            }
            let of = Of {
                instance_type: offer.instance_type,
                option,
                zone: label,
            };
            faults.extend(worth_something(proof, &of, (cost, &most)));
        }
    }
    for (position, derived) in derived.iter().enumerate() {
        faults.extend(of_offering((proof, items), position, derived));
    }
}

/// That something which can be bought is not in the proof and holds something of worth. Else it need not be there.
fn worth_something(proof: &Proof, of: &Of<'_>, (cost, most): (i64, &[u64])) -> Option<ProofFault> {
    let worths = of.worths(proof);
    let worthy = (most.iter().zip(&worths))
        .position(|(&most, &(worth, limit))| most.min(limit) > 0 && worth > 0);
    if let Some(item) = worthy {
        let found = format!("no {}, which takes item {item}", words(of));
        return Some(fault(
            "offerings",
            found,
            "everything that can be bought and holds something of worth",
        ));
    }
    let is_dear = reduced_cost(proof, cost).is_some_and(|cost| cost >= 0);
    (!is_dear).then(|| {
        let found = format!("no {}, which costs less than nothing", words(of));
        fault("offerings", found, "multipliers at which nothing does")
    })
}

/// Most copies of each item on one of the offer's instances, by position in the proof.
fn most_copies(facts: &Facts<'_>, offer: &Offer<'_>, items: &[DerivedItem<'_>]) -> Vec<u64> {
    let has_a_place =
        |service: &Service| rules::affinity_partners::has_a_place(facts, offer, service);
    let is_open = !offer.accelerated
        || (facts.replicas()).any(|other| {
            rules::accelerators::needs_one(other) && facts.planned(other) > 0 && has_a_place(other)
        });
    (items.iter())
        .map(|item| {
            let elsewhere = item.zone.is_some() && item.zone != offer.zone;
            if !is_open || elsewhere || !has_a_place(item.service) {
                return 0;
            }
            let alone = rules::one_instance::further_beside_partners(
                facts,
                &offer.machine,
                &offer.daemons,
                item.service,
            );
            alone.min(item.most).min(item.share)
        })
        .collect()
}

/// What is left for tasks that are placed one by one, after the reserved amounts and the daemons.
fn capacity(facts: &Facts<'_>, offer: &Offer<'_>) -> BTreeMap<Dimension, u64> {
    let policy = &facts.cluster.policy;
    (Dimension::ALL.into_iter())
        .map(|dimension| {
            let resource = resource(dimension);
            let reserved = match dimension {
                Dimension::Cpu => policy.reserved_cpu.get(),
                Dimension::Memory => policy.reserved_memory.get(),
                Dimension::Enis | Dimension::Gpus => 0,
            };
            let daemons = offer
                .daemons
                .iter()
                .map(|(daemon, _)| daemon.task.resources().get(resource));
            let taken = daemons.fold(reserved, u64::saturating_add);
            (
                dimension,
                offer.machine.registered.get(resource).saturating_sub(taken),
            )
        })
        .collect()
}

const fn resource(dimension: Dimension) -> Resource {
    match dimension {
        Dimension::Cpu => Resource::Cpu,
        Dimension::Memory => Resource::Memory,
        Dimension::Enis => Resource::Enis,
        Dimension::Gpus => Resource::Gpus,
    }
}

/// What one of the offer's instances costs in the unit, bought in this way; `None` where that is not to be had.
fn cost(
    facts: &Facts<'_>,
    offer: &Offer<'_>,
    option: Capacity,
    zone: Option<&Zone>,
) -> Option<i64> {
    let cluster = facts.cluster;
    let known = offer.machine.instance_type?;
    let sold = match option {
        Capacity::Spot => {
            known.spot_supported && rules::purchase_option::band_is_allowed(facts, &known.name)
        }
        _ => true,
    };
    if !sold || !cluster.policy.purchase_options.allows(option) {
        return None;
    }
    let priced = PricedInstance {
        type_name: &known.name,
        capacity: option,
        zone_id: zone.and_then(|zone| zone.id.as_deref()),
        existing: false,
        load: 0,
    };
    (priced.price(cluster, facts.catalogue).ok()).map(UsdPerHour::grid_units)
}

/// What the rows make of an offering.
struct Of<'k> {
    instance_type: &'k str,
    option: Capacity,
    zone: Option<&'k str>,
}

fn words(of: &Of<'_>) -> String {
    let zone = of
        .zone
        .map_or_else(String::new, |zone| format!(" in {zone}"));
    format!("{} {}{zone}", of.option, of.instance_type)
}

impl Of<'_> {
    /// What a copy of each item is worth on it: its price less the multipliers of the limits that count it; and most copies by them.
    fn worths(&self, proof: &Proof) -> Vec<(i128, u64)> {
        let of_item = |item: &ProvenItem| (item.price.into(), u64::MAX);
        let mut worths: Vec<(i128, u64)> = proof.items.iter().map(of_item).collect();
        let spot = self.option.may_be_reclaimed();
        for row in &proof.rows {
            let counts = match &row.kind {
                RowKind::OnDemandMinimum { .. } => spot,
                RowKind::OnDemandZones { zones, .. } => {
                    let is_own = |zone: &str| zones.iter().any(|other| other == zone);
                    spot || self.zone.is_some_and(is_own)
                }
                RowKind::PoolCap {
                    instance_type,
                    zone,
                } => spot && instance_type == self.instance_type && zone.as_deref() == self.zone,
                RowKind::ZoneEven { .. }
                | RowKind::InstanceLimit
                | RowKind::InstanceMinimum
                | RowKind::ShareOnInstance { .. }
                | RowKind::Fargate { .. }
                | RowKind::FargateOnly { .. } => false,
            };
            if counts {
                for &item in &row.items {
                    let (worth, most) = worths[item];
                    worths[item] = (worth - i128::from(row.multiplier), most.min(row.rhs));
                }
            }
        }
        worths
    }
}

/// What an offering costs with the multipliers of the rows that count instances; `None` beyond what can be counted.
fn reduced_cost(proof: &Proof, cost: i64) -> Option<i128> {
    (proof.rows.iter()).try_fold(i128::from(cost), |sum, row| match row.kind {
        RowKind::InstanceLimit => sum.checked_add(row.multiplier.into()),
        RowKind::InstanceMinimum => sum.checked_sub(row.multiplier.into()),
        _ => Some(sum),
    })
}

impl Derived {
    /// Takes one more in that the offering stands for.
    fn take(&mut self, cost: i64, capacity: &BTreeMap<Dimension, u64>, most: &[u64]) {
        self.cost = Some(self.cost.map_or(cost, |known| known.min(cost)));
        for (&dimension, &amount) in capacity {
            let known = self.capacity.entry(dimension).or_insert(0);
            *known = amount.max(*known);
        }
        self.most.resize(most.len(), 0);
        for (known, &most) in self.most.iter_mut().zip(most) {
            *known = most.max(*known);
        }
    }
}

fn of_offering(
    (proof, items): (&Proof, &[DerivedItem<'_>]),
    position: usize,
    derived: &Derived,
) -> Vec<ProofFault> {
    let offering = &proof.offerings[position];
    let place = format!("offerings[{position}]");
    let Some(cost) = derived.cost else {
        let found = format!("{} {}", offering.purchase_option, offering.instance_type);
        return vec![fault(
            place,
            found,
            "something that the policy and the catalogue let the plan buy",
        )];
    };
    if i128::from(offering.cost) != i128::from(cost) {
        return vec![fault(
            place,
            format!("cost {}", offering.cost),
            format!("{cost}"),
        )];
    }
    for dimension in Dimension::ALL {
        let (found, expected) = (
            offering.capacity.get(&dimension),
            derived.capacity[&dimension],
        );
        if found != Some(&expected) {
            let found = found.map_or_else(|| "none".to_owned(), u64::to_string);
            return vec![fault(
                place,
                format!("{} {found}", dimension.word()),
                format!("{expected}"),
            )];
        }
    }
    let of = Of {
        instance_type: &offering.instance_type,
        option: offering.purchase_option,
        zone: offering.zone.as_deref(),
    };
    let worths = of.worths(proof);
    let most = |item: usize| derived.most[item].min(worths[item].1);
    let loads = (0..items.len()).filter(|&item| most(item) > 0);
    let loads = loads.map(|item| Load {
        item,
        worth: worths[item].0,
        most: most(item),
        size: (Dimension::ALL.iter())
            .map(|&dimension| {
                let task = &items[item].service.task;
                task.resources().get(resource(dimension))
            })
            .collect(),
    });
    let capacity = Dimension::ALL.map(|dimension| (dimension, derived.capacity[&dimension]));
    (reduced_cost(proof, cost).ok_or_else(|| "numbers too large".to_owned()))
        .and_then(|cost| {
            Knapsack::new(loads.collect(), capacity.to_vec(), (items.len(), cost))
                .prove(&offering.leaves)
        })
        .err()
        .map(|found| {
            fault(
                format!("{place}.leaves"),
                found,
                "no load worth more than the offering costs",
            )
        })
        .into_iter()
        .collect()
}
