//! V29: where the policy spreads evenly, the tasks of a service in any two zones that it may use differ by
//! at most one, and so do the instances of a group over its zones; so do pods whose own rule asks for it,
//! and of pods that keep away from each other by zone none has two.
//!
//! Daemons, standalone tasks, services of launch type EXTERNAL and tasks on Fargate are not spread, and
//! instances of today outside the cluster's zones do not count.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::facts::Facts;
use crate::check::offers::{self, Offer};
use crate::check::violation::{Rule, Violation};
use crate::domain::plan::PlannedProvider;
use crate::domain::policy::ZoneSpread;
use crate::domain::service::Service;

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    if facts.cluster.zones.len() < 2 {
        return Vec::new();
    }
    let by_policy = facts.cluster.zone_spread() == ZoneSpread::Even;
    let is_spread = |service: &Service| facts.cluster.spreads_evenly(service);
    let asks_itself = |service: &Service| {
        let own = service.pod.as_ref();
        own.is_some_and(|pod| pod.even_over_zones)
    };
    let spread: Vec<&Service> = (facts.replicas())
        .filter(|service| asks_itself(service) || (is_spread(service) && !service.is_standalone()))
        .filter(|service| !service.is_external())
        .filter(|service| facts.on_instances(&service.name) > 0)
        .collect();
    // Most services are even over all zones; then it does not matter which of them they may use.
    let uneven: Vec<&Service> = (spread.into_iter())
        .filter(|service| {
            let counts = tasks_by_zone(facts, service);
            !is_even(counts.iter().copied()) || is_crowded(service, &counts)
        })
        .collect();
    let offers: Vec<Offer<'_>> = if uneven.is_empty() {
        Vec::new()
    } else {
        (offers::new_instances(facts))
            .chain(offers::kept_instances(facts))
            .collect()
    };
    let services = (uneven.into_iter()).filter_map(|service| of_service(facts, &offers, service));
    let groups = (facts.plan.capacity_providers.iter())
        .filter(|provider| by_policy && provider.kind.is_group())
        .filter_map(|provider| of_group(facts, provider));
    services.chain(groups).collect()
}

/// Whether no two counts differ by more than one.
pub(super) fn is_even(counts: impl Iterator<Item = u128> + Clone) -> bool {
    let most = counts.clone().max().unwrap_or(0);
    most - counts.min().unwrap_or(0) <= 1
}

/// Whether a zone holds two pods that keep away from each other by zone.
fn is_crowded(service: &Service, counts: &[u128]) -> bool {
    let is_apart = (service.pod.as_ref()).is_some_and(|pod| pod.most.is_some());
    is_apart && counts.iter().any(|&count| count > 1)
}

/// Tasks of a service in each of the cluster's zones.
fn tasks_by_zone(facts: &Facts<'_>, service: &Service) -> Vec<u128> {
    let mut counts = vec![0_u128; facts.cluster.zones.len()];
    for row in facts.rows_of(&service.name) {
        if let Some(zone) = row.zone {
            counts[zone] = counts[zone].saturating_add(row.tasks_of(&service.name));
        }
    }
    counts
}

/// Tasks of the service that are not even over the zones it may use.
fn of_service(facts: &Facts<'_>, offers: &[Offer<'_>], service: &Service) -> Option<Violation> {
    let counts = tasks_by_zone(facts, service);
    if is_crowded(service, &counts) {
        let most = counts.iter().max().copied().unwrap_or_default();
        return Some(Violation::new(
            Rule::ZoneSpread,
            format!("services[{}]", service.name),
            format!("{most} tasks in one zone"),
            "at most 1 in a zone, as its anti-affinity asks",
        ));
    }
    let usable = offers::usable_zones(facts, offers, service);
    if is_even(usable.iter().map(|&zone| counts[zone])) {
        return None;
    }
    let zones = &facts.cluster.zones;
    let found: Vec<String> = (usable.iter())
        .map(|&zone| format!("{} in {}", counts[zone], zones[zone].label()))
        .collect();
    Some(Violation::new(
        Rule::ZoneSpread,
        format!("services[{}]", service.name),
        format!("tasks: {}", found.join(", ")),
        "counts in the zones it may use that differ by at most 1",
    ))
}

/// Instances of a group of new instances that are not even over its zones. Where today's instances are in
/// the group as well, it is even with them or without them.
fn of_group(facts: &Facts<'_>, provider: &PlannedProvider) -> Option<Violation> {
    let rows = || (facts.rows.iter()).filter(|row| row.planned.capacity_provider == provider.name);
    if rows().all(|row| row.planned.existing) {
        return None;
    }
    let zones: BTreeSet<&str> = provider
        .availability_zones
        .iter()
        .map(String::as_str)
        .collect();
    let counts = |with_existing: bool| {
        let mut counts: BTreeMap<&str, u128> = zones.iter().map(|&zone| (zone, 0)).collect();
        for row in rows().filter(|row| with_existing || !row.planned.existing) {
            let zone = row.planned.availability_zone.as_deref();
            if let Some(count) = zone.and_then(|zone| counts.get_mut(zone)) {
                *count = count.saturating_add(row.planned.count.into());
            }
        }
        counts
    };
    let new = counts(false);
    if is_even(new.values().copied()) || is_even(counts(true).values().copied()) {
        return None;
    }
    let found: Vec<String> = (new.iter())
        .map(|(zone, count)| format!("{count} in {zone}"))
        .collect();
    Some(Violation::new(
        Rule::ZoneSpread,
        format!("capacityProviders[{}]", provider.name),
        format!("instances: {}", found.join(", ")),
        "counts in its zones that differ by at most 1",
    ))
}
