//! A plan over a week: the sizes of its groups and what the parts of the week cost.

use std::collections::BTreeMap;

use crate::domain::plan::{FleetPlan, PlannedProvider};
use crate::domain::text::visible;
use crate::domain::week::hours_text;

/// Headings of [`schedules`].
pub const SCHEDULE: [&str; 3] = ["Group", "Instances", "Hours"];

/// The sizes of each group that follows a schedule, and the numbers of Managed Instances, with their hours.
pub fn schedules(plan: &FleetPlan) -> Vec<[String; 3]> {
    (plan.capacity_providers.iter())
        .flat_map(|provider| {
            sizes(plan, provider).into_iter().map(|(size, hours)| {
                [
                    visible(&provider.name),
                    size.to_string(),
                    hours_text(&hours),
                ]
            })
        })
        .collect()
}

/// Sizes of a provider with their hours, the smallest first; nothing where the plan has none by hour.
fn sizes(plan: &FleetPlan, provider: &PlannedProvider) -> BTreeMap<u64, Vec<usize>> {
    let mut sizes: BTreeMap<u64, Vec<usize>> = (provider.schedule.iter())
        .map(|size| (size.desired_capacity, size.hours.clone()))
        .collect();
    for entry in plan
        .managed_hours
        .iter()
        .filter(|_| provider.kind.is_managed())
    {
        let own = (entry.instances.iter()).filter(|row| row.capacity_provider == provider.name);
        let hours = sizes.entry(own.map(|row| row.count).sum()).or_default();
        hours.extend(&entry.hours);
        hours.sort_unstable();
    }
    sizes
}

/// Headings of [`counts_on_fargate`].
pub const FARGATE_COUNTS: [&str; 4] = ["Service", "Provider", "Tasks", "Hours"];

/// The numbers of tasks on Fargate of each service whose number follows the hours.
pub fn counts_on_fargate(plan: &FleetPlan) -> Vec<[String; 4]> {
    (plan.fargate_tasks.iter())
        .flat_map(|row| {
            (row.schedule.iter()).map(|of| {
                [
                    visible(&row.service_name),
                    visible(&row.capacity_provider),
                    of.count.to_string(),
                    hours_text(&of.hours),
                ]
            })
        })
        .collect()
}

/// Headings of [`periods`].
pub const PERIODS: [&str; 3] = ["Hours a week", "USD/h", "Period"];

/// What the parts of the week cost.
pub fn periods(plan: &FleetPlan) -> Vec<[String; 3]> {
    (plan.cost.periods.iter())
        .map(|period| {
            [
                period.hours_per_week.to_string(),
                period.usd_per_hour.to_string(),
                visible(&period.name),
            ]
        })
        .collect()
}
