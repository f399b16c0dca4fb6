//! V32: `memberOf` tests on `task:group` hold on every instance.
//!
//! Affinity: beside a task of the service is a task, a daemon's too, of one of the groups; the service's
//! own tasks are one where its own group is listed. Conflict: no task of another service in the groups;
//! where its own group is listed, no second task of its own either.

use crate::check::facts::{Facts, Machine};
use crate::check::violation::{Problem, Rule, Violation};
use crate::domain::placement::{PlacementConstraint, TaskGroupRule};
use crate::domain::service::Service;

use super::one_instance;

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    one_instance::of_rows(facts, Rule::TaskGroup, problems)
}

/// The tests of these tasks that do not hold among them.
pub(super) fn problems(_: &Facts<'_>, _: &Machine<'_>, tasks: &[(&Service, u64)]) -> Vec<Problem> {
    let there = tasks.iter().filter(|(_, each)| *each > 0);
    there
        .flat_map(|&(service, _)| {
            (rules(service))
                .filter(|rule| !holds(rule, service, tasks))
                .map(|rule| {
                    Problem::new(
                        format!("tasks of {}", service.name),
                        format!("only where `{}` holds", rule.source),
                    )
                })
        })
        .collect()
}

/// Most further tasks of the service by its own tests and those of the tasks that are there. An affinity
/// must hold already.
pub(super) fn further(tasks: &[(&Service, u64)], service: &Service) -> u64 {
    if unmet_affinity(tasks, service).is_some() {
        return 0;
    }
    further_beside_partners(tasks, service)
}

/// Most further tasks of the service by all conflicts, its own and others', as if it had no affinity.
pub(super) fn further_beside_partners(tasks: &[(&Service, u64)], service: &Service) -> u64 {
    let group = service.task_group();
    let refused = others(tasks, service)
        .any(|other| conflicts_with(other, &group) || conflicts_with(service, &other.task_group()));
    if refused {
        0
    } else if conflicts_with(service, &group) {
        1_u64.saturating_sub(one_instance::tasks_of(tasks, service))
    } else {
        u64::MAX
    }
}

/// An affinity of the service that no task there meets, if any.
pub(super) fn unmet_affinity<'s>(
    tasks: &[(&Service, u64)],
    service: &'s Service,
) -> Option<&'s TaskGroupRule> {
    rules(service).find(|rule| rule.together && !holds(rule, service, tasks))
}

/// Whether all tests of the service hold beside these tasks.
pub(super) fn all_hold(tasks: &[(&Service, u64)], service: &Service) -> bool {
    rules(service).all(|rule| holds(rule, service, tasks))
}

/// Whether the test of the service's tasks holds beside these tasks.
fn holds(rule: &TaskGroupRule, service: &Service, tasks: &[(&Service, u64)]) -> bool {
    let own_group = rule.groups.contains(&service.task_group());
    let another = others(tasks, service).any(|other| rule.groups.contains(&other.task_group()));
    if rule.together {
        own_group || another
    } else {
        let its_own = one_instance::tasks_of(tasks, service);
        !another && (!own_group || its_own <= 1)
    }
}

/// Whether a test of the service keeps it away from a group.
fn conflicts_with(service: &Service, group: &str) -> bool {
    rules(service).any(|rule| !rule.together && rule.groups.iter().any(|g| g == group))
}

/// The services there, but for this one.
fn others<'s, 't>(
    tasks: &'t [(&'s Service, u64)],
    service: &'t Service,
) -> impl Iterator<Item = &'s Service> + use<'s, 't> {
    (tasks.iter())
        .filter(|(other, each)| *each > 0 && other.name != service.name)
        .map(|&(other, _)| other)
}

/// The service's tests on `task:group`, its task definition's included.
fn rules(service: &Service) -> impl Iterator<Item = &TaskGroupRule> {
    (service.constraints()).filter_map(|constraint| match constraint {
        PlacementConstraint::TaskGroup(rule) => Some(rule),
        PlacementConstraint::DistinctInstance | PlacementConstraint::MemberOf(_) => None,
    })
}
