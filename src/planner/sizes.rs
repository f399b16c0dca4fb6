//! Smallest and largest size of a group.
//!
//! With other counts of tasks in the same proportion a certified group needs as many instances as its patterns take:
//! for each service its tasks there, scaled from the planned count to `minCount` or `maxCount`, over
//! `tasksPerInstance`. A service without such a count stays as it is. Another group needs instances in the proportion
//! of the CPU or memory, whichever asks for more, that its tasks take then and now. Groups stay level over their zones.

use crate::formulate::model::PlanningInput;
use crate::realise::groups::DesignedGroup;

/// Instances for the services' smallest and largest counts; the planned size lies between.
pub(super) fn sizes(input: PlanningInput<'_>, group: &DesignedGroup) -> (u64, u64) {
    let planned = group.instances();
    let needed = |count: &dyn Fn(usize) -> Option<u64>| {
        if group.is_certified() {
            by_pattern(input, group, count)
        } else {
            by_resources(input, group, count)
        }
    };
    let services = &input.cluster.services;
    // Where demand moves, a service that names no least count may lose all its tasks.
    let none = group.placement.packs().then_some(0);
    let least = needed(&|service| services[service].min_count.or(none));
    let most = needed(&|service| services[service].max_count);
    (least.min(planned), most.max(planned))
}

/// A service's tasks in the group when its count is `then` in place of the planned one.
fn scaled(input: PlanningInput<'_>, service: usize, tasks: u64, then: Option<u64>) -> u64 {
    let described = &input.cluster.services[service];
    let now = input.cluster.planned_count(described).max(1);
    let then = then.unwrap_or(now);
    let scaled = (u128::from(tasks) * u128::from(then)).div_ceil(u128::from(now));
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

fn by_pattern(
    input: PlanningInput<'_>,
    group: &DesignedGroup,
    count: &dyn Fn(usize) -> Option<u64>,
) -> u64 {
    let of_services = (group.tasks.iter()).map(|(&service, &tasks)| {
        let each = group.tasks_per_instance.get(&service).copied().unwrap_or(1);
        scaled(input, service, tasks, count(service)).div_ceil(each.max(1))
    });
    let zones = group.offerings.len() as u64;
    of_services.max().unwrap_or(0).div_ceil(zones) * zones
}

fn by_resources(
    input: PlanningInput<'_>,
    group: &DesignedGroup,
    count: &dyn Fn(usize) -> Option<u64>,
) -> u64 {
    let total = |amount: &dyn Fn(usize) -> u64, then: bool| -> u128 {
        (group.tasks.iter())
            .map(|(&service, &tasks)| {
                let tasks = if then {
                    scaled(input, service, tasks, count(service))
                } else {
                    tasks
                };
                u128::from(tasks) * u128::from(amount(service))
            })
            .sum()
    };
    let services = &input.cluster.services;
    let cpu = |service: usize| services[service].task.resources().cpu.get();
    let memory = |service: usize| services[service].task.resources().memory.get();
    let planned = u128::from(group.instances());
    let of_amount = |amount: &dyn Fn(usize) -> u64| {
        (planned * total(amount, true)).div_ceil(total(amount, false).max(1))
    };
    u64::try_from(of_amount(&cpu).max(of_amount(&memory))).unwrap_or(u64::MAX)
}
