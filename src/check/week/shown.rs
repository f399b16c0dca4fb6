//! The hour that a plan over a week shows, and the plan as one of that hour alone, which every rule is asked about.

use std::collections::BTreeMap;

use crate::check::money;
use crate::check::violation::Violation;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{FleetPlan, GroupMode};
use crate::domain::week::HOURS_PER_WEEK;

use super::{Hours, month, on_fargate, violation};

/// The plan as one of its shown hour alone: groups as they stand, and no word of the week.
pub(super) fn of_one_hour(plan: &FleetPlan) -> FleetPlan {
    let mut hour = plan.clone();
    hour.commitment = None;
    for group in &mut hour.capacity_providers {
        group.schedule.clear();
        if group.mode == Some(GroupMode::Scheduled) {
            group.mode = Some(GroupMode::Steady);
            (group.min_size, group.max_size) = (group.desired_capacity, group.desired_capacity);
        }
    }
    on_fargate::of_shown_hour(&mut hour);
    let instances = (plan.instances.iter()).map(|row| money::times(row.usd_per_hour, row.count));
    let tasks = (plan.fargate_tasks.iter()).map(|row| money::times(row.usd_per_hour, row.count));
    let sum = money::total(instances.chain(tasks)).unwrap_or_default();
    let cost = &mut hour.cost;
    cost.periods.clear();
    cost.usd_per_hour = sum;
    cost.usd_per_month = month(sum).unwrap_or(f64::NAN);
    (cost.bound_usd_per_hour, cost.gap, cost.ideal_gap) = (None, None, None);
    cost.proven_usd_per_hour = None;
    cost.ideal_usd_per_hour = sum;
    if hour.status == crate::domain::plan::PlanStatus::Optimal {
        hour.status = crate::domain::plan::PlanStatus::Feasible;
    }
    // The services share the week's bill, which is looked at by itself.
    for service in &mut hour.services {
        service.usd_per_hour = UsdPerHour::ZERO;
    }
    if let Some(first) = hour.services.first_mut() {
        first.usd_per_hour = sum;
    }
    hour
}

impl Hours<'_> {
    /// The hour that the plan's instances and services show: one of the dearest.
    pub(super) fn shown(&self, violations: &mut Vec<Violation>) -> Option<usize> {
        let dearest = (0..HOURS_PER_WEEK)
            .filter_map(|hour| self.cost(hour))
            .max()?;
        let counts: BTreeMap<&str, u64> = (self.plan.services.iter())
            .map(|service| (service.service_name.as_str(), service.desired_count))
            .collect();
        let shows = |hour: &usize| {
            let tasks = (self.cluster.services.iter())
                .filter(|service| !service.is_daemon())
                .all(|service| {
                    counts.get(service.name.as_str()) == Some(&self.tasks(service, *hour))
                });
            let sizes = (self.groups.values())
                .all(|group| group.sizes[*hour] == group.group.desired_capacity);
            let on_fargate = (self.on_fargate.values().flatten())
                .all(|counted| counted.counts[*hour] == counted.row.count);
            tasks && sizes && on_fargate && self.cost(*hour) == Some(dearest)
        };
        let shown = (0..HOURS_PER_WEEK).find(shows);
        if shown.is_none() {
            violations.push(violation(
                "services, capacityProviders",
                "counts and sizes of no hour that costs most",
                "desiredCount and desiredCapacity of one of the dearest hours",
            ));
        }
        shown
    }
}
