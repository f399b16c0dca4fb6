//! What every report shows, computed once: rows by offering and the places of each service.

use indexmap::IndexMap;

use crate::domain::instance_type::PurchaseOption;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{Plan, PlannedInstances};

/// Instances of one offering at one cost, whatever runs on them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferingRow<'a> {
    /// Number of instances.
    pub count: u64,
    /// Instance type.
    pub instance_type: &'a str,
    /// On-Demand or Spot.
    pub purchase_option: PurchaseOption,
    /// Zone, where the plan names one.
    pub availability_zone: Option<&'a str>,
    /// Whether the instances run today and stay.
    pub existing: bool,
    /// Cost of one.
    pub usd_per_hour: UsdPerHour,
    /// Cost of all.
    pub total_usd_per_hour: UsdPerHour,
    /// Tasks on all of them, by service, most tasks first.
    pub tasks: Vec<(&'a str, u64)>,
}

/// Where a number of a service's tasks run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePlace<'a> {
    /// Instance type, `FARGATE` or `FARGATE_SPOT`.
    pub place: &'a str,
    /// Whether the capacity is bought on the Spot market.
    pub spot: bool,
    /// Number of tasks.
    pub tasks: u64,
}

/// The plan's instances by offering, dearest total first.
#[must_use]
pub fn offerings(plan: &Plan) -> Vec<OfferingRow<'_>> {
    let mut groups: Vec<(OfferingRow<'_>, IndexMap<&str, u64>)> = Vec::new();
    for row in &plan.instances {
        let known = groups.iter().position(|(group, _)| is_same(group, row));
        let index = known.unwrap_or(groups.len());
        if known.is_none() {
            groups.push((empty_row(row), IndexMap::new()));
        }
        let (group, group_tasks) = &mut groups[index];
        group.count += row.count;
        for (service, tasks) in &row.tasks {
            *group_tasks.entry(service).or_default() += tasks * row.count;
        }
    }
    let mut rows: Vec<OfferingRow<'_>> = groups
        .into_iter()
        .map(|(row, tasks)| OfferingRow {
            total_usd_per_hour: row.usd_per_hour * row.count,
            tasks: most_first(tasks),
            ..row
        })
        .collect();
    rows.sort_by(|a, b| {
        b.total_usd_per_hour
            .cmp(&a.total_usd_per_hour)
            .then_with(|| a.instance_type.cmp(b.instance_type))
            .then_with(|| a.availability_zone.cmp(&b.availability_zone))
            .then_with(|| a.purchase_option.cmp(&b.purchase_option))
    });
    rows
}

/// Where the tasks of `service` run, most tasks first.
#[must_use]
pub fn places<'a>(plan: &'a Plan, service: &str) -> Vec<ServicePlace<'a>> {
    let mut counts: IndexMap<(&str, bool), u64> = IndexMap::new();
    for row in &plan.instances {
        if let Some(tasks) = row.tasks.get(service) {
            let spot = row.purchase_option == PurchaseOption::Spot;
            *counts.entry((&row.instance_type, spot)).or_default() += tasks * row.count;
        }
    }
    for row in plan
        .fargate_tasks
        .iter()
        .filter(|row| row.service_name == service)
    {
        let spot = row.capacity_provider == "FARGATE_SPOT";
        *counts.entry((&row.capacity_provider, spot)).or_default() += row.count;
    }
    let mut places: Vec<ServicePlace<'_>> = counts
        .into_iter()
        .map(|((place, spot), tasks)| ServicePlace { place, spot, tasks })
        .collect();
    places.sort_by(|a, b| b.tasks.cmp(&a.tasks).then_with(|| a.place.cmp(b.place)));
    places
}

/// Tasks of the plan on instances and on Fargate, daemons included.
#[must_use]
pub fn task_count(plan: &Plan) -> u64 {
    let on_instances: u64 = plan
        .instances
        .iter()
        .map(|row| row.count * row.tasks.values().sum::<u64>())
        .sum();
    let on_fargate: u64 = plan.fargate_tasks.iter().map(|row| row.count).sum();
    on_instances + on_fargate
}

fn is_same(group: &OfferingRow<'_>, row: &PlannedInstances) -> bool {
    group.instance_type == row.instance_type
        && group.purchase_option == row.purchase_option
        && group.availability_zone == row.availability_zone.as_deref()
        && group.existing == row.existing
        && group.usd_per_hour == row.usd_per_hour
}

fn empty_row(row: &PlannedInstances) -> OfferingRow<'_> {
    OfferingRow {
        count: 0,
        instance_type: &row.instance_type,
        purchase_option: row.purchase_option,
        availability_zone: row.availability_zone.as_deref(),
        existing: row.existing,
        usd_per_hour: row.usd_per_hour,
        total_usd_per_hour: UsdPerHour::ZERO,
        tasks: Vec::new(),
    }
}

fn most_first(tasks: IndexMap<&str, u64>) -> Vec<(&str, u64)> {
    let mut tasks: Vec<(&str, u64)> = tasks.into_iter().collect();
    tasks.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    tasks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn rows_of_one_offering_with_different_tasks_become_one_row() {
        let plan = sample::plan();
        let rows = offerings(&plan);
        assert_eq!(plan.instances.len(), 3);
        assert_eq!(rows.len(), 2);
        assert_eq!((rows[0].instance_type, rows[0].count), ("m7g.large", 3));
        assert_eq!(
            rows[0].tasks,
            [("api", 7), ("web|edge", 4), ("log-router", 3)]
        );
    }

    #[test]
    fn rows_add_up_to_the_bill() {
        let plan = sample::plan();
        let instances: UsdPerHour = offerings(&plan).iter().map(|r| r.total_usd_per_hour).sum();
        assert_eq!(instances, plan.cost.usd_per_hour);
    }

    #[test]
    fn places_count_a_services_tasks_by_type() {
        let plan = sample::plan();
        let found = places(&plan, "log-router");
        assert_eq!(
            found,
            [
                ServicePlace {
                    place: "m7g.large",
                    spot: false,
                    tasks: 3
                },
                ServicePlace {
                    place: "c7g.xlarge",
                    spot: false,
                    tasks: 1
                },
            ]
        );
        assert_eq!(task_count(&plan), 7 + 4 + 5 + 4);
    }
}
