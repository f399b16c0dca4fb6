//! A plan over a week: the sizes of its groups and what the parts of the week cost.

use crate::domain::plan::FleetPlan;
use crate::domain::text::visible;
use crate::domain::week::hours_text;

/// Headings of [`schedules`].
pub const SCHEDULE: [&str; 3] = ["Group", "Instances", "Hours"];

/// The sizes of each group that follows a schedule, with their hours.
pub fn schedules(plan: &FleetPlan) -> Vec<[String; 3]> {
    (plan.capacity_providers.iter())
        .flat_map(|group| {
            (group.schedule.iter()).map(|size| {
                [
                    visible(&group.name),
                    size.desired_capacity.to_string(),
                    hours_text(&size.hours),
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
