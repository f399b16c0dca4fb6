//! What every report shows, computed once: rows by offering and the places of each service.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use crate::domain::capacity::Capacity;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{FleetPlan, PlannedInstances};

/// Instances of one offering at one cost, whatever runs on them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferingRow<'a> {
    /// Number of instances.
    pub count: u64,
    /// Instance type.
    pub instance_type: &'a str,
    /// On-Demand or Spot.
    pub purchase_option: Capacity,
    /// Zone, where the plan names one.
    pub availability_zone: Option<&'a str>,
    /// Whether the instances run today and stay.
    pub existing: bool,
    /// Cost of one.
    pub usd_per_hour: UsdPerHour,
    /// Cost of all.
    pub total_usd_per_hour: UsdPerHour,
    /// Spot: share of instances interrupted in a month.
    pub interruption_band: Option<&'a str>,
    /// Tasks on all of them, by service, most tasks first.
    pub tasks: Vec<(&'a str, u64)>,
    /// Room kept on all of them for further tasks, by service, most first.
    pub spare: Vec<(&'a str, u64)>,
}

impl OfferingRow<'_> {
    /// Whether the instances are registered from outside AWS: they stay, and AWS does not charge for them.
    #[must_use]
    pub fn is_external(&self) -> bool {
        self.existing && self.usd_per_hour == UsdPerHour::ZERO
    }
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
pub fn offerings(plan: &FleetPlan) -> Vec<OfferingRow<'_>> {
    let mut groups: Vec<OfferingRows<'_>> = Vec::new();
    for row in &plan.instances {
        let known = groups.iter().position(|group| is_same(&group.row, row));
        let index = known.unwrap_or(groups.len());
        if known.is_none() {
            groups.push(OfferingRows::of(row));
        }
        groups[index].add(row);
    }
    let mut rows: Vec<OfferingRow<'_>> = groups
        .into_iter()
        .map(|group| OfferingRow {
            total_usd_per_hour: group.row.usd_per_hour * group.row.count,
            tasks: most_first(group.tasks),
            spare: most_first(group.spare),
            ..group.row
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
pub fn places<'a>(plan: &'a FleetPlan, service: &str) -> Vec<ServicePlace<'a>> {
    let mut counts: IndexMap<(&str, bool), u64> = IndexMap::new();
    for row in &plan.instances {
        if let Some(tasks) = row.tasks.get(service) {
            let spot = row.purchase_option.may_be_reclaimed();
            *counts.entry((&row.instance_type, spot)).or_default() += tasks * row.count;
        }
    }
    for row in plan
        .fargate_tasks
        .iter()
        .filter(|row| row.service_name == service)
    {
        let spot = row.capacity().may_be_reclaimed();
        *counts.entry((&row.capacity_provider, spot)).or_default() += row.count;
    }
    let mut places: Vec<ServicePlace<'_>> = counts
        .into_iter()
        .map(|((place, spot), tasks)| ServicePlace { place, spot, tasks })
        .collect();
    places.sort_by(|a, b| b.tasks.cmp(&a.tasks).then_with(|| a.place.cmp(b.place)));
    places
}

/// How many tasks of the plan run where, daemons included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TaskCounts {
    /// On instances.
    pub on_instances: u64,
    /// On Fargate.
    pub on_fargate: u64,
    /// On Spot instances and `FARGATE_SPOT`.
    pub on_spot: u64,
}

/// Tasks of the plan by where they run.
#[must_use]
pub fn task_counts(plan: &FleetPlan) -> TaskCounts {
    let mut counts = TaskCounts::default();
    for row in &plan.instances {
        let tasks = row.count * row.tasks.values().sum::<u64>();
        counts.on_instances += tasks;
        if row.purchase_option.may_be_reclaimed() {
            counts.on_spot += tasks;
        }
    }
    for row in &plan.fargate_tasks {
        counts.on_fargate += row.count;
        if row.capacity().may_be_reclaimed() {
            counts.on_spot += row.count;
        }
    }
    counts
}

/// Services and standalone tasks of which at least one task has a place.
#[must_use]
pub fn services_placed(plan: &FleetPlan) -> u64 {
    let on_instances = plan.instances.iter().flat_map(|row| row.tasks.keys());
    let on_fargate = plan.fargate_tasks.iter().map(|tasks| &tasks.service_name);
    on_instances
        .chain(on_fargate)
        .collect::<BTreeSet<_>>()
        .len() as u64
}

fn is_same(group: &OfferingRow<'_>, row: &PlannedInstances) -> bool {
    group.instance_type == row.instance_type
        && group.purchase_option == row.purchase_option
        && group.availability_zone == row.availability_zone.as_deref()
        && group.existing == row.existing
        && group.usd_per_hour == row.usd_per_hour
        && group.interruption_band == row.interruption_band.as_deref()
}

/// Rows of one offering while they are added up.
struct OfferingRows<'a> {
    row: OfferingRow<'a>,
    tasks: IndexMap<&'a str, u64>,
    spare: IndexMap<&'a str, u64>,
}

impl<'a> OfferingRows<'a> {
    fn of(row: &'a PlannedInstances) -> Self {
        Self {
            row: empty_row(row),
            tasks: IndexMap::new(),
            spare: IndexMap::new(),
        }
    }

    fn add(&mut self, row: &'a PlannedInstances) {
        self.row.count += row.count;
        for (service, tasks) in &row.tasks {
            *self.tasks.entry(service).or_default() += tasks * row.count;
        }
        for (service, room) in &row.spare {
            *self.spare.entry(service).or_default() += room * row.count;
        }
    }
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
        interruption_band: row.interruption_band.as_deref(),
        tasks: Vec::new(),
        spare: Vec::new(),
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
        let counts = task_counts(&plan);
        assert_eq!(counts.on_instances, 7 + 4 + 5 + 4);
        assert_eq!((counts.on_fargate, counts.on_spot), (0, 0));
    }

    #[test]
    fn zones_spot_and_kept_instances_have_rows_of_their_own_with_their_room() {
        let plan = sample::whole_plan();
        let rows = offerings(&plan);
        let seen: Vec<_> = rows
            .iter()
            .map(|row| (row.instance_type, row.availability_zone, row.is_external()))
            .collect();
        assert_eq!(
            seen,
            [
                ("m7g.large", Some("us-east-1a"), false),
                ("m7g.large", Some("us-east-1b"), false),
                ("c7g.xlarge", Some("us-east-1a"), false),
                ("EXTERNAL", None, true),
            ]
        );
        assert_eq!(rows[0].spare, [("api", 2), ("web", 2)]);
        assert_eq!(rows[2].interruption_band, Some("<5%"));
    }

    #[test]
    fn spot_tasks_are_those_on_spot_instances_and_fargate_spot() {
        let counts = task_counts(&sample::whole_plan());
        let expected = TaskCounts {
            on_instances: 16,
            on_fargate: 6,
            on_spot: 5 + 4,
        };
        assert_eq!(counts, expected);
    }
}
