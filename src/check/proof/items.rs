//! The items of a proof: tasks that every plan places, and how many of them one instance may hold.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::check::facts::Facts;
use crate::check::offers::{self, Offer};
use crate::check::rules;
use crate::domain::cluster::Cluster;
use crate::domain::policy::{DEFAULT_SHARE_ON_INSTANCE, ZoneSpread};
use crate::domain::proof::{Proof, ProvenItem};
use crate::domain::service::Service;

use super::{ProofFault, fault};

/// What is derived of an item.
pub(super) struct DerivedItem<'a> {
    pub service: &'a Service,
    /// Position of its zone.
    pub zone: Option<usize>,
    /// Most copies that a plan has.
    pub most: u64,
    /// Most copies on one instance by `maxShareOnInstance`.
    pub share: u64,
}

/// Derives the items; what does not agree is a fault.
pub(super) fn derive<'a>(
    facts: &Facts<'a>,
    offers: &[Offer<'_>],
    proof: &Proof,
    faults: &mut Vec<ProofFault>,
) -> Vec<DerivedItem<'a>> {
    let mut known: BTreeMap<(&str, Option<&str>), usize> = BTreeMap::new();
    let mut derived = Vec::new();
    for (index, item) in proof.items.iter().enumerate() {
        let place = format!("items[{index}]");
        let twice = known.insert((&item.service, item.zone.as_deref()), index);
        if twice.is_some() {
            faults.push(fault(
                place,
                "an item that is there twice",
                "every item once",
            ));
            continue;
        }
        // Counted whole and zone by zone, tasks would be counted twice.
        if item.zone.is_some() && known.contains_key(&(item.service.as_str(), None)) {
            faults.push(fault(
                place,
                "tasks that another item counts",
                "a service whole or zone by zone",
            ));
            continue;
        }
        match of_item(facts, offers, item) {
            Ok(item) => derived.push(item),
            Err((found, expected)) => faults.push(fault(place, found, expected)),
        }
    }
    for (service, zone) in known.keys() {
        if zone.is_none()
            && known
                .keys()
                .any(|(other, zone)| other == service && zone.is_some())
        {
            let found = format!("the service {service} whole and zone by zone");
            faults.push(fault("items", found, "one of the two"));
        }
    }
    derived
}

fn of_item<'a>(
    facts: &Facts<'a>,
    offers: &[Offer<'_>],
    item: &ProvenItem,
) -> Result<DerivedItem<'a>, (String, String)> {
    let Some(&service) = facts.services.get(item.service.as_str()) else {
        return Err((
            format!("the service {}", item.service),
            "a service of the cluster file".to_owned(),
        ));
    };
    if service.is_daemon() || service.is_external() {
        let found = format!("tasks of {}", service.name);
        return Err((
            found,
            "tasks that are bought for: no daemon, none of launch type EXTERNAL".to_owned(),
        ));
    }
    let planned = facts.planned(service);
    let found = format!("{} tasks of {}", item.count, service.name);
    let (zone, least, most) = match &item.zone {
        None => (None, planned, planned),
        Some(label) => {
            let (usable, zone) = zone_of(facts, offers, service, label).ok_or_else(|| {
                (
                    format!("{found} in {label}"),
                    "a zone that the service is even over".to_owned(),
                )
            })?;
            (Some(zone), planned / usable, planned.div_ceil(usable))
        }
    };
    if item.count != least {
        return Err((found, format!("{least}, as every plan has there at least")));
    }
    Ok(DerivedItem {
        service,
        zone,
        most,
        share: share(facts, service),
    })
}

/// Number of zones that an evenly spread service may use, and the place of one of them.
fn zone_of(
    facts: &Facts<'_>,
    offers: &[Offer<'_>],
    service: &Service,
    label: &str,
) -> Option<(u64, usize)> {
    let usable = even_zones(facts, offers, service)?;
    let zone = position(facts.cluster, label)?;
    usable
        .contains(&zone)
        .then_some((usable.len() as u64, zone))
}

/// A zone's place among the cluster's.
pub(super) fn position(cluster: &Cluster, label: &str) -> Option<usize> {
    cluster.zones.iter().position(|zone| zone.label() == label)
}

/// The zones over which the service's tasks are even; `None` where the policy does not spread them.
pub(super) fn even_zones(
    facts: &Facts<'_>,
    offers: &[Offer<'_>],
    service: &Service,
) -> Option<Vec<usize>> {
    let even = facts.cluster.zone_spread() == ZoneSpread::Even
        && !facts.cluster.zones.is_empty()
        && !service.is_standalone();
    let usable: Vec<usize> = if even {
        offers::usable_zones(facts, offers, service)
            .into_iter()
            .collect()
    } else {
        Vec::new()
    };
    (!usable.is_empty()).then_some(usable)
}

/// Whether a task of the service has a place on something that can be bought.
pub(super) fn runs_on_instances(
    facts: &Facts<'_>,
    offers: &[Offer<'_>],
    service: &Service,
) -> bool {
    (offers.iter()).any(|offer| rules::affinity_partners::has_a_place(facts, offer, service))
}

/// Most tasks of the service on one new instance.
pub(super) fn share(facts: &Facts<'_>, service: &Service) -> u64 {
    let planned = facts.planned(service);
    if service.is_standalone() {
        return planned;
    }
    let of_policy = facts.cluster.policy.max_share_on_instance;
    let stated = of_policy
        .into_iter()
        .chain(service.policy.max_share_on_instance)
        .min();
    let share = stated.unwrap_or(DEFAULT_SHARE_ON_INSTANCE);
    share
        .checked_mul(Decimal::from(planned))
        .and_then(|tasks| tasks.ceil().to_u64())
        .map_or(planned, |tasks| tasks.max(1))
}
