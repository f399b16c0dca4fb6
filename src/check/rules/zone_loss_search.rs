//! Places for the tasks of a lost zone, by best fit: large tasks first, each on the instances with the
//! fewest further places for it.
//!
//! It may overlook a way to place all of them; what it finds is one. Identical instances are handled
//! together, so that no count makes it slow.

use crate::check::facts::{Facts, InstanceRow, Tasks};
use crate::domain::attributes::Attributes;
use crate::domain::resources::Resource;
use crate::domain::service::Service;

use super::zone_loss::{Lost, keeps_to_one_a_zone, stands_in};
use super::{one_instance, placement, task_group};

/// Identical instances outside the zone and what they hold by now.
struct Survivors<'f, 'a> {
    row: &'f InstanceRow<'a>,
    hosts: Vec<&'f Attributes>,
    tasks: Tasks<'a>,
    count: u64,
}

/// Services of which tasks found no place, and how many.
pub(super) fn unplaced<'a>(
    facts: &Facts<'a>,
    zone: usize,
    lost: &Lost<'a>,
) -> Vec<(&'a str, u128)> {
    let mut survivors: Vec<Survivors<'_, 'a>> = (facts.rows.iter())
        .filter(|row| row.zone != Some(zone) && !row.machine.external)
        .map(|row| Survivors {
            row,
            hosts: placement::suitable_hosts(facts, row),
            tasks: row.tasks.clone(),
            count: row.planned.count,
        })
        .collect();
    let mut lost = lost.clone();
    // Those that go beside others come last, the large ones of each sort first.
    lost.sort_by_key(|(service, _)| {
        let goes_beside = task_group::unmet_affinity(&[], service).is_some();
        (goes_beside, std::cmp::Reverse(size(service)))
    });
    let mut unplaced = Vec::new();
    for (service, tasks) in lost {
        let left = place(facts, &mut survivors, service, tasks);
        if left > 0 {
            unplaced.push((service.name.as_str(), left));
        }
    }
    unplaced
}

/// GPUs first, then CPU and memory at 2 GiB a vCPU.
fn size(service: &Service) -> (u64, u128) {
    let resources = service.task.resources();
    let amount = |resource| u128::from(resources.get(resource));
    (
        resources.get(Resource::Gpus),
        amount(Resource::Cpu) * 2 + amount(Resource::Memory),
    )
}

/// Places tasks of a service; returns how many found no place.
fn place<'a>(
    facts: &Facts<'a>,
    survivors: &mut Vec<Survivors<'_, 'a>>,
    service: &'a Service,
    tasks: u128,
) -> u128 {
    let mut open: Vec<(u64, usize)> = (survivors.iter().enumerate())
        .filter_map(|(index, group)| {
            let machine = &group.row.machine;
            let is_closed = |zone| keeps_to_one_a_zone(service) && stands_in(facts, service, zone);
            if group.row.zone.is_some_and(is_closed) {
                return None;
            }
            let each = one_instance::further(facts, machine, &group.tasks, service);
            let admits = |host: &&Attributes| one_instance::admits(machine, host, service);
            (each > 0 && group.hosts.iter().any(admits)).then_some((each, index))
        })
        .collect();
    open.sort_unstable();
    let mut left = tasks;
    for (each, index) in open {
        let full = u64::try_from(left / u128::from(each)).unwrap_or(u64::MAX);
        let full = full.min(survivors[index].count);
        split(survivors, index, full, service, each);
        left -= u128::from(each) * u128::from(full);
        if survivors[index].count > 0 {
            // Fewer than an instance takes are left.
            let rest = u64::try_from(left).unwrap_or(u64::MAX);
            split(survivors, index, 1, service, rest);
            return 0;
        }
    }
    left
}

/// Gives `count` instances of a group `each` further tasks.
fn split<'a>(
    survivors: &mut Vec<Survivors<'_, 'a>>,
    index: usize,
    count: u64,
    service: &'a Service,
    each: u64,
) {
    if count == 0 || each == 0 {
        return;
    }
    let group = &mut survivors[index];
    group.count -= count;
    let filled = Survivors {
        row: group.row,
        hosts: group.hosts.clone(),
        tasks: one_instance::together(&group.tasks, &[(service, each)]),
        count,
    };
    survivors.push(filled);
}
