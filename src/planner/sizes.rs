//! Smallest and largest size of a pattern group.
//!
//! With other counts of tasks in the same proportion a group needs as many instances as its patterns take:
//! for each service its tasks there, scaled from the planned count to `minCount` or `maxCount`, over
//! `tasksPerInstance`. A service without such a count stays as it is. Groups stay level over their zones.

use crate::formulate::model::Ground;
use crate::realise::groups::Group;

/// Instances for the services' smallest and largest counts; the planned size lies between.
pub(super) fn sizes(ground: Ground<'_>, group: &Group) -> (u64, u64) {
    let planned = group.instances();
    let needed = |count: &dyn Fn(usize) -> Option<u64>| {
        let of_services = (group.tasks.iter()).map(|(&service, &tasks)| {
            let described = &ground.cluster.services[service];
            let now = ground.cluster.planned_count(described).max(1);
            let then = count(service).unwrap_or(now);
            let scaled = (u128::from(tasks) * u128::from(then)).div_ceil(u128::from(now));
            let each = u128::from(group.tasks_per_instance.get(&service).copied().unwrap_or(1));
            u64::try_from(scaled.div_ceil(each.max(1))).unwrap_or(u64::MAX)
        });
        let zones = group.offerings.len() as u64;
        of_services.max().unwrap_or(0).div_ceil(zones) * zones
    };
    let services = &ground.cluster.services;
    let least = needed(&|service| services[service].min_count);
    let most = needed(&|service| services[service].max_count);
    (least.min(planned), most.max(planned))
}
