//! From the dearest hour to the week: schedules, what the hours cost, and their mean.

use rust_decimal::Decimal;

use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{
    Assumption, FleetPlan, GroupMode, PeriodCost, PlanStatus, ScheduledSize,
};
use crate::domain::week::{HOURS_PER_WEEK, hours_text};
use crate::formulate::model::PlanningInput;
use crate::planner::options::{NoWeek, PlanError};
use crate::planner::shares;

use super::classes::Class;
use super::design::WeeklyGroup;
use super::relaxed::Relaxed;

/// Most changes of a group's size in a week: Amazon EC2 Auto Scaling takes 125 scheduled actions a group.
/// Source: Amazon EC2 Auto Scaling user guide, quotas.
const MOST_CHANGES: usize = 125;

/// What the week's design says beside the plan of its dearest hour.
pub(super) struct Week<'a> {
    pub cluster: &'a Cluster,
    pub classes: &'a [Class],
    pub groups: &'a [WeeklyGroup],
    /// Position of the class that the plan shows.
    pub shown: usize,
    pub relaxed: Relaxed,
}

/// The plan of the week.
///
/// # Errors
/// Where a group's size would change more often than AWS takes scheduled actions.
pub(super) fn finish(
    input: PlanningInput<'_>,
    week: &Week<'_>,
    mut plan: FleetPlan,
) -> Result<FleetPlan, PlanError> {
    let mut by_hour = vec![0_usize; HOURS_PER_WEEK];
    for (position, class) in week.classes.iter().enumerate() {
        for &hour in &class.hours {
            by_hour[hour] = position;
        }
    }
    for provider in &mut plan.capacity_providers {
        let own = week.groups.iter().find(|group| {
            let services = provider.certificate.as_ref().map(|c| &c.tasks_per_instance);
            services.is_some_and(|services| {
                let first = group.tasks_per_instance.keys().next();
                first
                    .is_some_and(|&first| services.contains_key(&week.cluster.services[first].name))
            })
        });
        let Some(group) = own else { continue };
        let size = |class: usize| group.instances(class);
        let sizes: Vec<u64> = by_hour.iter().map(|&class| size(class)).collect();
        let changes = (0..HOURS_PER_WEEK)
            .filter(|&hour| sizes[hour] != sizes[(hour + 1) % HOURS_PER_WEEK])
            .count();
        if changes == 0 {
            continue;
        }
        if changes > MOST_CHANGES {
            return Err(NoWeek::TooManyChanges.into());
        }
        provider.mode = Some(GroupMode::Scheduled);
        provider.schedule = schedule(&sizes);
        let (least, most) = (sizes.iter().min(), sizes.iter().max());
        provider.min_size = provider.min_size.min(least.copied().unwrap_or(0));
        provider.max_size = provider.max_size.max(most.copied().unwrap_or(0));
    }
    set_cost(input, week, &by_hour, &mut plan);
    plan.assumptions.push(Assumption::WeekOfHours {
        classes: week.classes.len() as u64,
        shown: hours_text(&week.classes[week.shown].hours),
        periods_laid: week
            .cluster
            .week
            .as_ref()
            .is_some_and(|own| !own.periods.is_empty()),
    });
    Ok(plan)
}

/// Hours by size, the smallest size first.
fn schedule(sizes: &[u64]) -> Vec<ScheduledSize> {
    let mut distinct = sizes.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    (distinct.into_iter())
        .map(|desired_capacity| ScheduledSize {
            hours: (0..sizes.len())
                .filter(|&hour| sizes[hour] == desired_capacity)
                .collect(),
            desired_capacity,
        })
        .collect()
}

/// The mean of the week in place of the dearest hour's cost, its bound and its ideal packing.
fn set_cost(input: PlanningInput<'_>, week: &Week<'_>, by_hour: &[usize], plan: &mut FleetPlan) {
    let costs: Vec<i128> = (0..week.classes.len())
        .map(|class| {
            week.groups
                .iter()
                .map(|group| group.cost(input, class))
                .sum()
        })
        .collect();
    let all: i128 = by_hour.iter().map(|&class| costs[class]).sum();
    let mean = mean(all, HOURS_PER_WEEK);
    let hours = i128::from(week.classes.iter().map(Class::weight).sum::<u64>());
    let cost = &mut plan.cost;
    cost.bound_usd_per_hour =
        (week.relaxed.bound).map(|bound| on_grid(bound.div_euclid(hours)).min(mean));
    let ideal = week.relaxed.ideal;
    let rounded_up = ideal.div_euclid(hours) + i128::from(ideal.rem_euclid(hours) > 0);
    cost.ideal_usd_per_hour = on_grid(rounded_up);
    cost.set_realised(mean);
    cost.periods = periods(week, by_hour, &costs);
    let is_proven = (cost.bound_usd_per_hour).is_some_and(|bound| bound >= cost.ideal_usd_per_hour);
    plan.status = if is_proven {
        PlanStatus::Optimal
    } else {
        PlanStatus::Feasible
    };
    let shares = shares::shares(week.cluster, &plan.instances, &plan.fargate_tasks, mean);
    for (planned, share) in plan.services.iter_mut().zip(shares) {
        planned.usd_per_hour = share;
    }
}

/// What the file's periods cost, or the classes of hours under the names of their hours.
fn periods(week: &Week<'_>, by_hour: &[usize], costs: &[i128]) -> Vec<PeriodCost> {
    let named = week
        .cluster
        .week
        .as_ref()
        .map_or(&[][..], |own| &own.periods);
    let of_period = |period: &crate::domain::week::Period| PeriodCost {
        name: period.name.clone(),
        hours_per_week: period.hours.len() as u64,
        // Every hour of a period has the same numbers of tasks.
        usd_per_hour: on_grid(costs[by_hour[period.hours.start]]),
    };
    if !named.is_empty() {
        return named.iter().map(of_period).collect();
    }
    (week.classes.iter().zip(costs))
        .map(|(class, &cost)| PeriodCost {
            name: hours_text(&class.hours),
            hours_per_week: class.weight(),
            usd_per_hour: on_grid(cost),
        })
        .collect()
}

fn on_grid(units: i128) -> UsdPerHour {
    UsdPerHour::from_grid_units(i64::try_from(units).unwrap_or(i64::MAX))
}

/// The mean of a sum on the cost grid, rounded half-even.
fn mean(sum: i128, of: usize) -> UsdPerHour {
    let units = Decimal::from_i128_with_scale(sum, 8) / Decimal::from(of);
    UsdPerHour::new(units).rounded()
}
