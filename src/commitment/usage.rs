//! What of a fleet commitments may cover: On-Demand instances without their volumes and fees, Fargate without its storage.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::bill::{Hours, Use};
use super::pool::FARGATE;
use crate::catalogue::Catalogue;
use crate::catalogue::offered::billed_today;
use crate::domain::capacity::Capacity;
use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{FleetPlan, PlannedFargateTasks, PlannedProvider};
use crate::domain::week::HOURS_PER_WEEK;

/// What Fargate gives of storage without charge.
const FREE_STORAGE_GIB: u64 = 20;

type Counts = BTreeMap<String, Decimal>;

/// The hours of a plan at list prices: one, or those of its week.
#[must_use]
pub fn of_plan(plan: &FleetPlan, cluster: &Cluster, catalogue: &Catalogue) -> Vec<Hours> {
    if plan.cost.periods.is_empty() {
        return vec![Hours {
            weight: 1,
            uses: uses(of_rows(plan, cluster, catalogue), catalogue),
        }];
    }
    let mut classes: BTreeMap<Counts, u64> = BTreeMap::new();
    for counts in of_week(plan, cluster, catalogue) {
        *classes.entry(counts).or_default() += 1;
    }
    (classes.into_iter())
        .map(|(counts, weight)| Hours {
            weight,
            uses: uses(counts, catalogue),
        })
        .collect()
}

/// The same hour by hour: one where every hour is the same, else those of the week.
#[must_use]
pub fn by_hour(plan: &FleetPlan, cluster: &Cluster, catalogue: &Catalogue) -> Vec<Vec<Use>> {
    if plan.cost.periods.is_empty() {
        return vec![uses(of_rows(plan, cluster, catalogue), catalogue)];
    }
    (of_week(plan, cluster, catalogue).into_iter())
        .map(|counts| uses(counts, catalogue))
        .collect()
}

/// The hours of the week.
fn of_week(plan: &FleetPlan, cluster: &Cluster, catalogue: &Catalogue) -> Vec<Counts> {
    let mut hours: Vec<Counts> = (0..HOURS_PER_WEEK)
        .map(|hour| of_groups(plan, hour))
        .collect();
    for row in &plan.fargate_tasks {
        let Some(each) = coverable(row, cluster, catalogue) else {
            continue;
        };
        for (hour, count) in hours.iter_mut().zip(row.counts_by_hour()) {
            *hour.entry(FARGATE.to_owned()).or_default() += each * Decimal::from(count);
        }
    }
    hours
}

/// What of a task on Fargate may be covered; `None` for Fargate Spot, which nothing covers.
fn coverable(
    row: &PlannedFargateTasks,
    cluster: &Cluster,
    catalogue: &Catalogue,
) -> Option<Decimal> {
    let service = (cluster.services.iter()).find(|service| service.name == row.service_name)?;
    let capacity = Capacity::of_fargate_provider(&row.capacity_provider)?;
    let storage = storage(service.task.ephemeral_storage_gib, catalogue);
    (!capacity.may_be_reclaimed()).then(|| row.usd_per_hour.amount() - storage)
}

fn of_groups(plan: &FleetPlan, hour: usize) -> Counts {
    let mut counts = Counts::new();
    for group in plan.groups() {
        if group
            .purchase_option
            .is_some_and(Capacity::takes_savings_plan_discount)
        {
            let name = group.instance_types.first().cloned().unwrap_or_default();
            *counts.entry(name).or_default() += Decimal::from(size(group, hour));
        }
    }
    counts
}

/// Instances of a group in an hour of the week.
#[must_use]
pub fn size(group: &PlannedProvider, hour: usize) -> u64 {
    (group.schedule.iter())
        .find(|size| size.hours.contains(&hour))
        .map_or(group.desired_capacity, |size| size.desired_capacity)
}

fn of_rows(plan: &FleetPlan, cluster: &Cluster, catalogue: &Catalogue) -> Counts {
    let mut counts = Counts::new();
    for row in &plan.instances {
        // Instances from outside AWS are free.
        let is_billed = row.usd_per_hour > UsdPerHour::ZERO;
        if is_billed && row.purchase_option.takes_savings_plan_discount() {
            *counts.entry(row.instance_type.clone()).or_default() += Decimal::from(row.count);
        }
    }
    for row in &plan.fargate_tasks {
        if let Some(each) = coverable(row, cluster, catalogue) {
            *counts.entry(FARGATE.to_owned()).or_default() += each * Decimal::from(row.count);
        }
    }
    counts
}

/// What a task's storage beyond the free part costs.
#[must_use]
pub fn storage(gib: Option<u64>, catalogue: &Catalogue) -> Decimal {
    let beyond = gib.unwrap_or(0).saturating_sub(FREE_STORAGE_GIB);
    let price = catalogue.other_price("fargate_ephemeral_storage");
    price.map_or(Decimal::ZERO, |price| price.usd * Decimal::from(beyond))
}

fn uses(counts: Counts, catalogue: &Catalogue) -> Vec<Use> {
    (counts.into_iter())
        .filter(|(_, count)| !count.is_zero())
        .filter_map(|(name, count)| {
            let usd_per_hour = if name == FARGATE {
                Decimal::ONE
            } else {
                catalogue.on_demand_price(&name)?.usd_per_hour.amount()
            };
            Some(Use {
                name,
                count,
                usd_per_hour,
            })
        })
        .collect()
}

/// Today's instances, as far as commitments may cover them; none where one has no price.
#[must_use]
pub fn of_today(cluster: &Cluster, catalogue: &Catalogue) -> Option<Vec<Hours>> {
    let mut counts = Counts::new();
    for row in billed_today(cluster, catalogue).ok()? {
        if row.purchase_option.takes_savings_plan_discount() {
            *counts.entry(row.instance_type).or_default() += Decimal::from(row.count);
        }
    }
    Some(vec![Hours {
        weight: 1,
        uses: uses(counts, catalogue),
    }])
}
