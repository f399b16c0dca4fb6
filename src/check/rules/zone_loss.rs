//! V33: with `surviveZoneLoss`, when any one zone of the cluster is gone, the tasks that were in it have a
//! place on the instances of the other zones, beside the tasks that are there and by every rule on one
//! instance. Daemons, tasks on Fargate and services of launch type EXTERNAL are not concerned. Pods of Kubernetes that keep to
//! one a zone need a place only where a zone that they may use has none of them: the others wait until their zone is back.
//!
//! A plan shows it by the room its rows keep (`spare`): tasks and spare room of a row obey every rule on
//! one instance, and outside each zone there is spare room for all tasks in it. For a plan without spare
//! room places are searched for ([`search`](super::zone_loss_search)).

use std::collections::BTreeMap;

use crate::check::facts::{Facts, InstanceRow};
use crate::check::offers::{self, Offer};
use crate::check::violation::{Problem, Rule, Violation};
use crate::domain::service::Service;

use super::{one_instance, placement, zone_loss_search};

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    if !facts.cluster.policy.survive_zone_loss {
        return Vec::new();
    }
    let offers: Vec<Offer<'_>> = if facts.replicas().any(keeps_to_one_a_zone) {
        (offers::new_instances(facts))
            .chain(offers::kept_instances(facts))
            .collect()
    } else {
        Vec::new()
    };
    let shown = facts.rows.iter().any(|row| !row.planned.spare.is_empty());
    let mut violations: Vec<Violation> = (facts.rows.iter())
        .flat_map(|row| overfull(facts, row))
        .collect();
    for zone in 0..facts.cluster.zones.len() {
        let lost = lost_tasks(facts, &offers, zone);
        let unplaced = if shown {
            beyond_spare_room(facts, zone, &lost)
        } else {
            zone_loss_search::unplaced(facts, zone, &lost)
        };
        let label = facts.cluster.zones[zone].label();
        violations.extend(unplaced.into_iter().map(|(service, tasks)| {
            Violation::new(
                Rule::ZoneLoss,
                format!("services[{service}]"),
                format!("{tasks} of its tasks in {label} without a place when that zone is gone"),
                "room for them in the other zones (surviveZoneLoss)",
            )
        }));
    }
    violations
}

/// Tasks of a zone by service.
pub(super) type Lost<'a> = Vec<(&'a Service, u128)>;

/// The tasks in a zone that need another place when it is gone.
fn lost_tasks<'a>(facts: &Facts<'a>, offers: &[Offer<'_>], zone: usize) -> Lost<'a> {
    (facts.replicas())
        .filter(|service| !service.is_external())
        .filter_map(|service| {
            let tasks = (facts.rows.iter())
                .filter(|row| row.zone == Some(zone))
                .map(|row| row.tasks_of(&service.name))
                .fold(0, u128::saturating_add);
            let tasks = if tasks > 0 && keeps_to_one_a_zone(service) {
                let usable = offers::usable_zones(facts, offers, service);
                let open = |other: &usize| *other != zone && !stands_in(facts, service, *other);
                tasks.min(usable.iter().filter(|other| open(other)).count() as u128)
            } else {
                tasks
            };
            (tasks > 0).then_some((service, tasks))
        })
        .collect()
}

/// Whether no two of its tasks share a zone.
pub(super) fn keeps_to_one_a_zone(service: &Service) -> bool {
    (service.pod.as_ref()).is_some_and(|pod| pod.most.is_some())
}

/// Whether a task of the service is in the zone.
pub(super) fn stands_in(facts: &Facts<'_>, service: &Service, zone: usize) -> bool {
    (facts.rows.iter()).any(|row| row.zone == Some(zone) && row.tasks_of(&service.name) > 0)
}

/// Services with more tasks in the zone than there is spare room outside it, and how many more.
fn beyond_spare_room<'a>(facts: &Facts<'_>, zone: usize, lost: &Lost<'a>) -> Vec<(&'a str, u128)> {
    let mut spare: BTreeMap<&str, u128> = BTreeMap::new();
    for row in (facts.rows.iter()).filter(|row| row.zone != Some(zone)) {
        for &(service, each) in &row.spare {
            let is_closed = |zone| stands_in(facts, service, zone);
            if keeps_to_one_a_zone(service) && row.zone.is_some_and(is_closed) {
                continue;
            }
            let room = spare.entry(&service.name).or_default();
            *room = room.saturating_add(row.on_all(each));
        }
    }
    (lost.iter())
        .filter_map(|(service, tasks)| {
            let room = spare.get(service.name.as_str()).copied().unwrap_or(0);
            let short = tasks.checked_sub(room).filter(|&short| short > 0)?;
            Some((service.name.as_str(), short))
        })
        .collect()
}

/// Rules on one instance that a row's tasks obey, but not its tasks and its spare room together.
fn overfull(facts: &Facts<'_>, row: &InstanceRow<'_>) -> Vec<Violation> {
    if row.spare.is_empty() {
        return Vec::new();
    }
    let all = one_instance::together(&row.tasks, &row.spare);
    let of_tasks = (one_instance::TESTS.into_iter())
        .filter(|test| test(facts, &row.machine, &row.tasks).is_empty())
        .flat_map(|test| test(facts, &row.machine, &all));
    let place = format!("{}.spare", row.place());
    of_tasks
        .chain(misplaced(facts, row))
        .map(|problem| {
            let found = format!("with it, {}", problem.found);
            Problem::new(found, problem.expected).at(Rule::ZoneLoss, &place)
        })
        .collect()
}

/// Why services that the row keeps room for may not be there.
fn misplaced(facts: &Facts<'_>, row: &InstanceRow<'_>) -> Vec<Problem> {
    (placement::suitable_hosts(facts, row).into_iter())
        .map(|host| {
            (row.spare.iter())
                .flat_map(|(service, _)| placement::of_service(row, host, service))
                .map(|violation| Problem::new(violation.found, violation.expected))
                .collect::<Vec<_>>()
        })
        .min_by_key(Vec::len)
        .unwrap_or_default()
}
