//! V40: with `surviveInstanceLoss`, when any one instance is gone, its tasks have a place on the others, beside the tasks
//! that are there and by every rule on one instance, and nothing is launched. Daemons go with their instance; instances
//! from outside AWS are not concerned.
//!
//! The strategy sends a lost task to the group that is then behind, which is the one that lost it. In a group with a certificate the
//! tasks that it is sent must therefore fit its other instances by the pattern: at most (instances − 1) × pattern. In other groups
//! ECS decides by what is free, and any place counts.
//!
//! There places are searched for by taking the lost tasks service by service, those that take most of an instance first, to the
//! first instances with room; where that leaves some without a place, on one instance that takes them all. Identical
//! instances are alike: one of each row is lost.

use crate::check::facts::{Facts, InstanceRow, Tasks};
use crate::check::violation::{Rule, Violation};
use crate::domain::attributes::Attributes;
use crate::domain::plan::PlannedProvider;
use crate::domain::service::Service;

use super::{one_instance, placement};

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    if !facts.cluster.policy.survive_instance_loss {
        return Vec::new();
    }
    let certified =
        (facts.plan.capacity_providers.iter()).filter_map(|group| beyond_the_others(facts, group));
    let placed = rows_without_room(facts).map(|(lost, without)| {
        Violation::new(
            Rule::InstanceLoss,
            facts.rows[lost].place(),
            format!("{without} of its tasks without a place when one of it is gone"),
            "room for them on the other instances (surviveInstanceLoss)",
        )
    });
    certified.chain(placed).collect()
}

/// Rows outside certified groups of which one instance may not go, with the tasks that then have no place.
pub(in crate::check) fn rows_without_room<'f>(
    facts: &'f Facts<'_>,
) -> impl Iterator<Item = (usize, u64)> + 'f {
    let hosts: Vec<Vec<&Attributes>> = (facts.rows.iter())
        .map(|row| placement::suitable_hosts(facts, row))
        .collect();
    let is_certified = |row: &InstanceRow<'_>| {
        (facts.plan.capacity_providers.iter())
            .any(|group| group.certificate.is_some() && group.name == row.planned.capacity_provider)
    };
    (0..facts.rows.len())
        .filter(move |&lost| {
            let row = &facts.rows[lost];
            !row.machine.external && row.planned.count > 0 && !is_certified(row)
        })
        .map(move |lost| (lost, unplaced(facts, &hosts, lost)))
        .filter(|&(_, without)| without > 0)
}

/// A certified group that is sent more tasks of a service than all but one of its instances hold.
fn beyond_the_others(facts: &Facts<'_>, group: &PlannedProvider) -> Option<Violation> {
    let certificate = group.certificate.as_ref()?;
    let instances: u64 = (facts.rows.iter())
        .filter(|row| row.planned.capacity_provider == group.name)
        .map(|row| row.planned.count)
        .sum();
    let others = instances.saturating_sub(1);
    certificate.tasks.iter().find_map(|(service, &tasks)| {
        let each = (certificate.tasks_per_instance.get(service).copied()).unwrap_or(0);
        let held = each.saturating_mul(others);
        (tasks > held).then(|| {
            Violation::new(
                Rule::InstanceLoss,
                format!("capacityProviders[{}].certificate", group.name),
                format!(
                    "{tasks} tasks of {service} where {others} instances hold {held} by the pattern"
                ),
                "room for all of them on all but one of its instances (surviveInstanceLoss)",
            )
        })
    })
}

/// Tasks of one instance of a row that find no place on the others.
fn unplaced(facts: &Facts<'_>, hosts: &[Vec<&Attributes>], lost: usize) -> u64 {
    let mut tasks: Tasks<'_> = (facts.rows[lost].tasks.iter().copied())
        .filter(|(service, each)| *each > 0 && !service.is_daemon())
        .collect();
    tasks.sort_by_key(|(service, _)| {
        let needed = service.task.resources();
        let size = needed.memory.get() + 4 * needed.cpu.get();
        (std::cmp::Reverse(size), service.name.as_str())
    });
    let by_service = one_after_the_other(facts, hosts, lost, &tasks);
    if by_service == 0 || together(facts, hosts, lost, &tasks) {
        0
    } else {
        by_service
    }
}

/// Instances of a row that remain.
fn remaining(facts: &Facts<'_>, row: usize, lost: usize) -> u64 {
    facts.rows[row].planned.count - u64::from(row == lost)
}

fn may_be_on(row: &InstanceRow<'_>, hosts: &[&Attributes], service: &Service) -> bool {
    (hosts.iter()).any(|host| one_instance::admits(&row.machine, host, service))
}

fn one_after_the_other(
    facts: &Facts<'_>,
    hosts: &[Vec<&Attributes>],
    lost: usize,
    tasks: &Tasks<'_>,
) -> u64 {
    // Instances of a row that took some of the tasks, as they are then; the others are as the row says.
    let mut changed: Vec<(usize, Tasks<'_>)> = Vec::new();
    let mut untouched: Vec<u64> = (0..facts.rows.len())
        .map(|row| remaining(facts, row, lost))
        .collect();
    let mut without = 0;
    for &(service, count) in tasks {
        let mut left = count;
        for (row, there) in &mut changed {
            let row = &facts.rows[*row];
            if left > 0 && may_be_on(row, &hosts[row.index], service) {
                let taken = one_instance::further(facts, &row.machine, there, service).min(left);
                if taken > 0 {
                    *there = one_instance::together(there, &[(service, taken)]);
                    left -= taken;
                }
            }
        }
        for (position, row) in facts.rows.iter().enumerate() {
            if left == 0 || untouched[position] == 0 || !may_be_on(row, &hosts[position], service) {
                continue;
            }
            let each = one_instance::further(facts, &row.machine, &row.tasks, service);
            while each > 0 && left > 0 && untouched[position] > 0 {
                let taken = each.min(left);
                untouched[position] -= 1;
                left -= taken;
                let there = one_instance::together(&row.tasks, &[(service, taken)]);
                changed.push((position, there));
            }
        }
        without += left;
    }
    without
}

/// Whether one of the other instances takes all the tasks.
fn together(facts: &Facts<'_>, hosts: &[Vec<&Attributes>], lost: usize, tasks: &Tasks<'_>) -> bool {
    (0..facts.rows.len())
        .filter(|&row| remaining(facts, row, lost) > 0)
        .any(|position| {
            let row = &facts.rows[position];
            let all = one_instance::together(&row.tasks, tasks);
            let tests = one_instance::TESTS;
            (tests.into_iter()).all(|test| test(facts, &row.machine, &all).is_empty())
                && (tasks.iter()).all(|(service, _)| may_be_on(row, &hosts[position], service))
        })
}
