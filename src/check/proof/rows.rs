//! The rows of a proof: every plan keeps to them, and what they add to the bound or take off.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::check::facts::Facts;
use crate::check::offers::Offer;
use crate::check::rules;
use crate::domain::policy::ZoneSpread;
use crate::domain::proof::{Proof, ProvenRow, RowKind};
use crate::domain::service::Service;

use super::{ProofFault, fault, items};

/// Whether every plan keeps to every row.
pub(super) fn check(
    facts: &Facts<'_>,
    offers: &[Offer<'_>],
    proof: &Proof,
    faults: &mut Vec<ProofFault>,
) {
    let mut even: BTreeSet<&str> = BTreeSet::new();
    for (index, row) in proof.rows.iter().enumerate() {
        let place = format!("rows[{index}]");
        let (kind, rhs) = (row.kind.word(), row.rhs);
        if let Some(problem) = wrong_members(proof, row) {
            faults.push(fault(
                place,
                format!("{kind} over {problem}"),
                "items of the row's own service, each once",
            ));
            continue;
        }
        if let RowKind::ZoneEven { service } = &row.kind
            && !even.insert(service)
        {
            faults.push(fault(
                place,
                format!("zone-even of {service} again"),
                "one row a service",
            ));
            continue;
        }
        match right_hand_side(facts, offers, proof, row) {
            Ok(right) if right == rhs => {}
            Ok(right) => faults.push(fault(
                place,
                format!("{kind} with rhs {rhs}"),
                format!("{right}"),
            )),
            Err(expected) => faults.push(fault(place, kind, expected)),
        }
    }
}

/// Items that the row may not count, if any.
fn wrong_members(proof: &Proof, row: &ProvenRow) -> Option<String> {
    let mut known = BTreeSet::new();
    for &item in &row.items {
        let Some(counted) = proof.items.get(item) else {
            return Some(format!("item {item}, which is not there"));
        };
        if !known.insert(item) {
            return Some(format!("item {item} twice"));
        }
        if row
            .kind
            .service()
            .is_some_and(|service| service != counted.service)
        {
            return Some(format!("item {item}, of the service {}", counted.service));
        }
    }
    None
}

/// The right-hand side that holds for every plan, or what the row would have to be.
fn right_hand_side(
    facts: &Facts<'_>,
    offers: &[Offer<'_>],
    proof: &Proof,
    row: &ProvenRow,
) -> Result<u64, String> {
    let service = row
        .kind
        .service()
        .map(|name| facts.services.get(name).copied());
    let service = match service {
        Some(None) => return Err("a row of a service of the cluster file".to_owned()),
        Some(known) => known.filter(|service| !service.is_daemon() && !service.is_external()),
        None => None,
    };
    let policy = &facts.cluster.policy;
    match (&row.kind, service) {
        (RowKind::InstanceLimit, _) if row.items.is_empty() => Ok(policy.max_instances),
        (RowKind::InstanceMinimum, _) if row.items.is_empty() => Ok(policy.min_instances),
        (RowKind::PoolCap { zone, .. }, _) => {
            let own = zone
                .as_deref()
                .map(|label| items::position(facts.cluster, label));
            let is_pool = own.map_or(facts.cluster.zones.is_empty(), |zone| zone.is_some());
            if is_pool {
                pool(facts)
            } else {
                Err("a pool in a zone of the cluster".to_owned())
            }
        }
        (RowKind::ZoneEven { .. }, Some(service)) => even(facts, offers, service, (proof, row)),
        (RowKind::OnDemandMinimum { .. }, Some(service)) => {
            Ok(facts.planned(service) - rules::on_demand_minimum::least(facts, service))
        }
        (RowKind::OnDemandZones { zones, .. }, Some(service)) => {
            too_few_zones(facts, offers, service, zones)
        }
        (RowKind::ShareOnInstance { .. }, Some(service)) if row.multiplier == 0 => {
            Ok(items::share(facts, service))
        }
        _ => Err(
            "a row without items and a multiplier of its own, of a service that is bought for"
                .to_owned(),
        ),
    }
}

fn pool(facts: &Facts<'_>) -> Result<u64, String> {
    let tasks = (facts.replicas()).fold(0_u64, |sum, service| {
        sum.saturating_add(facts.planned(service))
    });
    (facts
        .cluster
        .policy
        .spot_max_share_per_pool
        .checked_mul(Decimal::from(tasks)))
    .and_then(|most| most.floor().to_u64())
    .ok_or_else(|| "numbers that can be multiplied".to_owned())
}

/// Zones that have one task more than the others.
fn even(
    facts: &Facts<'_>,
    offers: &[Offer<'_>],
    service: &Service,
    (proof, row): (&Proof, &ProvenRow),
) -> Result<u64, String> {
    let usable = items::even_zones(facts, offers, service)
        .ok_or_else(|| "a service that the policy spreads evenly".to_owned())?;
    let own: BTreeSet<usize> = (row.items.iter())
        .filter_map(|&item| items::position(facts.cluster, proof.items[item].zone.as_deref()?))
        .collect();
    if own != usable.iter().copied().collect() || row.items.len() != usable.len() {
        return Err("an item for each zone that the service may use".to_owned());
    }
    Ok(facts.planned(service) % usable.len() as u64)
}

/// All tasks but one, where the zones are fewer than those that On-Demand tasks must be in.
fn too_few_zones(
    facts: &Facts<'_>,
    offers: &[Offer<'_>],
    service: &Service,
    zones: &[String],
) -> Result<u64, String> {
    let policy = &facts.cluster.policy;
    let looked_at = facts.cluster.zone_spread() == ZoneSpread::Even
        && policy.purchase_options.on_demand
        && !service.is_standalone();
    let usable = items::even_zones(facts, offers, service).filter(|_| looked_at);
    let Some(usable) = usable else {
        return Err("a service whose On-Demand tasks onDemandZones spreads".to_owned());
    };
    let own: BTreeSet<usize> = (zones.iter())
        .filter_map(|label| items::position(facts.cluster, label))
        .collect();
    let least = (rules::on_demand_minimum::least(facts, service))
        .min(policy.on_demand_zones)
        .min(usable.len() as u64);
    if own.len() != zones.len() || own.len() as u64 + 1 > least {
        return Err("fewer zones than the service's On-Demand tasks must be in".to_owned());
    }
    Ok(facts.planned(service).saturating_sub(1))
}

/// What weak duality says: prices times counts, with what the rows add and take off; `None` beyond what can be counted.
pub(super) fn value(proof: &Proof) -> Option<i128> {
    let times = |a: u64, b: u64| i128::from(a).checked_mul(i128::from(b));
    let mut sum = 0_i128;
    for item in &proof.items {
        sum = sum.checked_add(times(item.price, item.count)?)?;
    }
    for row in &proof.rows {
        let by_multiplier = times(row.multiplier, row.rhs)?;
        sum = match row.kind {
            // λ·rhs − Σ max(0, λ − price): never more than the rhs cheapest of the items.
            RowKind::ZoneEven { .. } => {
                let over: i128 = (row.items.iter())
                    .map(|&item| i128::from(row.multiplier.saturating_sub(proof.items[item].price)))
                    .sum();
                sum.checked_add(by_multiplier.checked_sub(over)?)?
            }
            RowKind::InstanceMinimum => sum.checked_add(by_multiplier)?,
            RowKind::OnDemandMinimum { .. }
            | RowKind::OnDemandZones { .. }
            | RowKind::PoolCap { .. }
            | RowKind::InstanceLimit
            | RowKind::ShareOnInstance { .. } => sum.checked_sub(by_multiplier)?,
        };
    }
    Some(sum)
}
