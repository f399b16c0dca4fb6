//! The rows of a proof: every plan keeps to them, and what they add to the bound or take off.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::check::facts::Facts;
use crate::check::offers::Offer;
use crate::check::{fargate, rules};
use crate::domain::capacity::Capacity;
use crate::domain::money::UsdPerHour;
use crate::domain::policy::{FargateUse, ZoneSpread};
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
    let mut on_fargate: BTreeSet<&str> = BTreeSet::new();
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
        if let Some(service) = row.kind.service().filter(|_| is_of_fargate(&row.kind))
            && !on_fargate.insert(service)
        {
            let found = format!("{kind} of {service} again");
            faults.push(fault(place, found, "one row a service"));
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
    choices_left_out(facts, proof, &on_fargate, faults);
}

/// Services that may run on Fargate for less than their tasks are said to be worth.
fn choices_left_out(
    facts: &Facts<'_>,
    proof: &Proof,
    rows: &BTreeSet<&str>,
    faults: &mut Vec<ProofFault>,
) {
    let services: BTreeSet<&str> = proof
        .items
        .iter()
        .map(|item| item.service.as_str())
        .collect();
    for service in services
        .into_iter()
        .filter(|service| !rows.contains(service))
    {
        let known = facts.services.get(service);
        if let Some(cost) = known.and_then(|service| fargate_cost(facts, service)) {
            let found = format!("no row of {service}, which may run on Fargate");
            faults.push(fault("rows", found, format!("fargate with rhs {cost}")));
        }
    }
}

const fn is_of_fargate(kind: &RowKind) -> bool {
    matches!(kind, RowKind::Fargate { .. } | RowKind::FargateOnly { .. })
}

/// What all tasks of the service cost on Fargate at least, in the unit; `None` where they may not run there.
fn fargate_cost(facts: &Facts<'_>, service: &Service) -> Option<u64> {
    let policy = &facts.cluster.policy;
    if policy.fargate == FargateUse::Forbidden || fargate::ineligible(service).is_some() {
        return None;
    }
    let price = |market: Capacity| {
        let allowed = policy.purchase_options.allows(market);
        let size = fargate::cheapest_size(facts, service, market).filter(|_| allowed)?;
        fargate::price(facts, service, size, market).map(UsdPerHour::grid_units)
    };
    let (steady, spot) = (price(Capacity::Fargate), price(Capacity::FargateSpot));
    let planned = facts.planned(service);
    let least = rules::on_demand_minimum::least(facts, service);
    let others = steady.into_iter().chain(spot).min()?;
    let of_least = if least == 0 { 0 } else { steady? };
    let times = |count: u64, each: i64| i64::try_from(count).ok()?.checked_mul(each);
    let total = times(least, of_least)?.checked_add(times(planned - least, others)?)?;
    u64::try_from(total).ok()
}

/// What a service's tasks are worth on instances: prices, extra copies and its own limits.
fn inside(proof: &Proof, service: &str) -> Option<i128> {
    let items = proof.items.iter().filter(|item| item.service == service);
    let items = items.map(|item| times(item.price, item.count));
    let rows = proof.rows.iter();
    let rows = rows.filter(|row| row.kind.service() == Some(service) && !is_of_fargate(&row.kind));
    let rows = rows.map(|row| part(proof, row));
    items
        .chain(rows)
        .try_fold(0_i128, |sum, part| sum.checked_add(part?))
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
        (RowKind::Fargate { service: name }, Some(service)) if row.items.is_empty() => {
            let cost = fargate_cost(facts, service)
                .ok_or_else(|| "a service that may run on Fargate".to_owned())?;
            let beyond = inside(proof, name).map(|worth| (worth - i128::from(cost)).max(0));
            if beyond == Some(row.multiplier.into()) {
                Ok(cost)
            } else {
                Err(format!(
                    "the multiplier {beyond:?}: what the tasks are worth on instances beyond {cost}"
                ))
            }
        }
        (RowKind::FargateOnly { service: name }, Some(service))
            if row.items.is_empty() && row.multiplier == 1 =>
        {
            let has_items = proof.items.iter().any(|item| item.service == *name);
            if has_items || items::runs_on_instances(facts, offers, service) {
                return Err("a service that no instance takes".to_owned());
            }
            fargate_cost(facts, service)
                .ok_or_else(|| "a service that may run on Fargate".to_owned())
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
        .filter_map(|&item| {
            let item = proof.items.get(item)?;
            items::position(facts.cluster, item.zone.as_deref()?)
        })
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
    let items = proof.items.iter().map(|item| times(item.price, item.count));
    let rows = proof.rows.iter().map(|row| part(proof, row));
    items
        .chain(rows)
        .try_fold(0_i128, |sum, part| sum.checked_add(part?))
}

/// What a row adds, or takes off.
fn part(proof: &Proof, row: &ProvenRow) -> Option<i128> {
    let by_multiplier = times(row.multiplier, row.rhs)?;
    match row.kind {
        // λ·rhs − Σ max(0, λ − price): never more than the rhs cheapest of the items.
        RowKind::ZoneEven { .. } => {
            // A row over an item that is not there is a fault of its own, and has no value.
            let over = (row.items.iter())
                .map(|&item| {
                    let price = proof.items.get(item)?.price;
                    Some(i128::from(row.multiplier.saturating_sub(price)))
                })
                .sum::<Option<i128>>()?;
            by_multiplier.checked_sub(over)
        }
        RowKind::InstanceMinimum | RowKind::FargateOnly { .. } => Some(by_multiplier),
        RowKind::Fargate { .. } => Some(-i128::from(row.multiplier)),
        RowKind::OnDemandMinimum { .. }
        | RowKind::OnDemandZones { .. }
        | RowKind::PoolCap { .. }
        | RowKind::InstanceLimit
        | RowKind::ShareOnInstance { .. } => by_multiplier.checked_neg(),
    }
}

fn times(a: u64, b: u64) -> Option<i128> {
    i128::from(a).checked_mul(i128::from(b))
}
