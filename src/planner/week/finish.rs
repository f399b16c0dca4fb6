//! From the dearest hour to the week: schedules, what the hours cost, and their mean.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{
    Assumption, FleetPlan, GroupMode, PeriodCost, PlanStatus, PlannedProvider, ScheduledSize,
};
use crate::domain::week::{HOURS_PER_WEEK, hours_text};
use crate::formulate::model::PlanningInput;
use crate::planner::shares;

use super::chosen::{Chosen, cost_of};
use super::classes::{Class, class_of};
use super::design::WeeklyGroup;
use super::steps;

/// What the week's design says beside the plan of its dearest hour.
pub(super) struct Week<'a> {
    pub cluster: &'a Cluster,
    pub classes: &'a [Class],
    pub chosen: &'a Chosen,
    /// Position of the class of the hour that the plan shows.
    pub class: usize,
    /// What no plan is below, summed over the hours on the cost grid.
    pub bound: Option<i128>,
    /// The best packings of the hours, summed likewise.
    pub ideal: i128,
}

/// The plan of the week.
pub(super) fn finish(input: PlanningInput<'_>, week: &Week<'_>, mut plan: FleetPlan) -> FleetPlan {
    let mut further_types_go = false;
    for provider in &mut plan.capacity_providers {
        let own = week.chosen.groups.iter().find(|group| {
            let services = provider.certificate.as_ref().map(|c| &c.tasks_per_instance);
            services.is_some_and(|services| {
                let first = group.tasks_per_instance.keys().next();
                first
                    .is_some_and(|&first| services.contains_key(&week.cluster.services[first].name))
            })
        });
        let Some(group) = own else { continue };
        if takes_pattern(week.cluster, group, provider) {
            // What else may be launched was held against the hour's pattern alone.
            let bought: BTreeSet<&str> = (plan.instances.iter())
                .filter(|row| row.capacity_provider == provider.name)
                .map(|row| row.instance_type.as_str())
                .collect();
            (provider.instance_types).retain(|name| bought.contains(name.as_str()));
            further_types_go = true;
        }
        let sizes: Vec<u64> = (0..HOURS_PER_WEEK)
            .map(|hour| group.instances(hour))
            .collect();
        if steps::changes(&sizes) == 0 {
            continue;
        }
        provider.mode = Some(GroupMode::Scheduled);
        provider.schedule = schedule(&sizes);
        let (least, most) = (sizes.iter().min(), sizes.iter().max());
        provider.min_size = provider.min_size.min(least.copied().unwrap_or(0));
        provider.max_size = provider.max_size.max(most.copied().unwrap_or(0));
    }
    if further_types_go {
        (plan.assumptions).retain(|said| !matches!(said, Assumption::SpotTypes { .. }));
    }
    set_cost(input, week, &mut plan);
    plan.assumptions.push(Assumption::WeekOfHours {
        classes: week.classes.len() as u64,
        shown: hours_text(&week.classes[week.class].hours),
        periods_laid: week
            .cluster
            .week
            .as_ref()
            .is_some_and(|own| !own.periods.is_empty()),
    });
    plan
}

/// Gives a group the pattern that serves all hours in place of the shown hour's, which may be smaller; whether it was.
fn takes_pattern(cluster: &Cluster, group: &WeeklyGroup, provider: &mut PlannedProvider) -> bool {
    let Some(certificate) = &mut provider.certificate else {
        return false;
    };
    let mut was_smaller = false;
    for (&service, &each) in &group.tasks_per_instance {
        let name = cluster.services[service].name.as_str();
        if let Some(known) = certificate.tasks_per_instance.get_mut(name) {
            was_smaller |= *known < each;
            *known = each;
        }
    }
    was_smaller
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
fn set_cost(input: PlanningInput<'_>, week: &Week<'_>, plan: &mut FleetPlan) {
    let class_of = class_of(week.classes);
    let costs: Vec<i128> = (0..HOURS_PER_WEEK)
        .map(|hour| week.chosen.cost(input, class_of[hour], hour))
        .collect();
    let mean = mean(&costs);
    let hours = i128::from(week.classes.iter().map(Class::weight).sum::<u64>());
    let cost = &mut plan.cost;
    // Rounded alike, amounts keep their order: a week's cost that is not below a bound is not printed below it either, and where both
    // are the same no difference is left between them.
    cost.bound_usd_per_hour = week.bound.map(|bound| part(bound, hours).min(mean));
    cost.ideal_usd_per_hour = part(week.ideal, hours);
    cost.set_realised(mean);
    cost.periods = periods(week, &costs);
    let is_proven = (cost.bound_usd_per_hour).is_some_and(|bound| bound >= cost.ideal_usd_per_hour);
    plan.status = if is_proven {
        PlanStatus::Optimal
    } else {
        PlanStatus::Feasible
    };
    let shares = shares::of_groups(week.cluster, &parts(input, week), mean);
    for (planned, share) in plan.services.iter_mut().zip(shares) {
        planned.usd_per_hour = share;
    }
}

/// What each group, each service on Fargate, and each Managed Instance costs in the hours of each class, with the tasks that are there then.
fn parts(input: PlanningInput<'_>, week: &Week<'_>) -> Vec<(Decimal, Vec<(usize, u64)>)> {
    let mut parts = Vec::new();
    for (class, managed) in week.classes.iter().zip(&week.chosen.managed) {
        for row in managed {
            let cost = cost_of(input, std::slice::from_ref(row)) * i128::from(class.weight());
            let tasks = (row.tasks.iter()).map(|(&service, &each)| (service, each * row.count));
            parts.push((Decimal::from_i128_with_scale(cost, 8), tasks.collect()));
        }
        for own in &week.chosen.on_fargate {
            let cost: i128 = class.hours.iter().map(|&hour| own.cost(hour)).sum();
            let tasks = [(own.service, class.counts[own.service])].into_iter();
            let tasks = tasks.filter(|(_, tasks)| *tasks > 0).collect();
            parts.push((Decimal::from_i128_with_scale(cost, 8), tasks));
        }
        for group in &week.chosen.groups {
            let cost: i128 = (class.hours.iter())
                .map(|&hour| group.cost(input, hour))
                .sum();
            let tasks = (group.services())
                .map(|service| (service, class.counts[service]))
                .filter(|(_, tasks)| *tasks > 0)
                .collect();
            parts.push((Decimal::from_i128_with_scale(cost, 8), tasks));
        }
    }
    parts
}

/// What the file's periods cost in the mean, or hours of the same numbers of tasks and the same bill under their names.
fn periods(week: &Week<'_>, costs: &[i128]) -> Vec<PeriodCost> {
    let period = |name: String, hours: &[usize]| {
        let own: Vec<i128> = hours.iter().map(|&hour| costs[hour]).collect();
        PeriodCost {
            name,
            hours_per_week: hours.len() as u64,
            usd_per_hour: mean(&own),
        }
    };
    let named = (week.cluster.week.as_ref()).map_or(&[][..], |own| &own.periods);
    if !named.is_empty() {
        return (named.iter())
            .map(|named| {
                let hours: Vec<usize> = named.hours.clone().collect();
                period(named.name.clone(), &hours)
            })
            .collect();
    }
    let mut alike: Vec<(i128, Vec<usize>)> = Vec::new();
    for class in week.classes {
        let begin = alike.len();
        for &hour in &class.hours {
            let same = alike[begin..]
                .iter()
                .position(|(cost, _)| *cost == costs[hour]);
            match same {
                Some(place) => alike[begin + place].1.push(hour),
                None => alike.push((costs[hour], vec![hour])),
            }
        }
    }
    (alike.into_iter())
        .map(|(_, hours)| period(hours_text(&hours), &hours))
        .collect()
}

/// The mean of amounts on the cost grid, rounded half-even.
fn mean(amounts: &[i128]) -> UsdPerHour {
    part(amounts.iter().sum(), amounts.len().max(1) as i128)
}

/// What an hour of so many has of an amount on the cost grid, rounded half-even.
fn part(amount: i128, hours: i128) -> UsdPerHour {
    UsdPerHour::new(Decimal::from_i128_with_scale(amount, 8) / Decimal::from(hours)).rounded()
}
