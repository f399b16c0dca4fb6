//! Ways of the services over a week: in which each can be, and to which the hours' packings lean.

use std::collections::BTreeMap;

use crate::domain::cluster::Cluster;
use crate::domain::plan::PlannedInstances;
use crate::formulate::model::PlanningInput;
use crate::formulate::rules::managed_instances::Way;
use crate::planner::managed::ways_of;

use super::classes::Class;
use super::on_fargate::WeeklyFargate;
use super::relaxed::Relaxed;

/// The ways in which each service can be, ascending: what is not on Managed Instances may be on Fargate where no group takes it.
pub(super) fn of_week(input: PlanningInput<'_>, classes: &[Class]) -> Vec<Vec<Way>> {
    let mut ways = ways_of(input);
    for (service, own) in ways.iter_mut().enumerate() {
        let has_managed_alone = own.first().is_some_and(|&way| way != Way::Own);
        if has_managed_alone && WeeklyFargate::new(input, service, classes).is_some() {
            own.insert(0, Way::Own);
        }
    }
    ways
}

/// Tasks of each service by way, over the hours of the week; those that a packing has on Fargate are on no Managed Instance.
pub(super) fn tasks_by_way(
    input: PlanningInput<'_>,
    classes: &[Class],
    relaxed: &Relaxed,
) -> BTreeMap<usize, BTreeMap<Way, u64>> {
    let positions = positions(input.cluster);
    let mut held: BTreeMap<usize, BTreeMap<Way, u64>> = BTreeMap::new();
    for of in &relaxed.sets {
        let hours: u64 = (of.set.classes.iter())
            .map(|&class| classes[class].weight())
            .sum();
        let Some((rows, _)) = &of.packing else {
            continue;
        };
        for row in rows {
            let way = Way::of(row.purchase_option);
            for (name, each) in &row.tasks {
                if let Some(&service) = positions.get(name.as_str()) {
                    *held.entry(service).or_default().entry(way).or_default() +=
                        each * row.count * hours;
                }
            }
        }
        for (&name, &service) in &positions {
            let on_fargate = of.set.most[service].saturating_sub(placed(rows, name));
            if on_fargate > 0 {
                *held
                    .entry(service)
                    .or_default()
                    .entry(Way::Own)
                    .or_default() += on_fargate * hours;
            }
        }
    }
    held
}

/// Tasks of a service on the instances of a packing; it has all others on Fargate.
pub(super) fn placed(rows: &[PlannedInstances], name: &str) -> u64 {
    (rows.iter())
        .map(|row| row.count * row.tasks.get(name).copied().unwrap_or(0))
        .sum()
}

/// Services that are not daemons, by name.
pub(super) fn positions(cluster: &Cluster) -> BTreeMap<&str, usize> {
    (cluster.services.iter().enumerate())
        .filter(|(_, service)| !service.is_daemon())
        .map(|(position, service)| (service.name.as_str(), position))
        .collect()
}
