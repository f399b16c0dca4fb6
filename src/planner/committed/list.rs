//! A plan that was made at other prices, at list prices.

use rust_decimal::Decimal;

use crate::catalogue::Catalogue;
use crate::catalogue::offered::existing_price;
use crate::commitment::usage;
use crate::domain::capacity::Capacity;
use crate::domain::cluster::Cluster;
use crate::domain::instance_type::CpuArchitecture;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{FleetPlan, PlannedFargateTasks, PlannedInstances, PlannedProvider};
use crate::domain::week::hours_of_text;
use crate::planner::options::PlanError;

/// The plan with list prices in its rows, providers, periods and bill. Shares of services and other costs are not looked at.
///
/// # Errors
/// Where an instance has no price.
pub(super) fn at_list(
    mut plan: FleetPlan,
    cluster: &Cluster,
    catalogue: &Catalogue,
) -> Result<FleetPlan, PlanError> {
    for row in &mut plan.instances {
        if let Some(usd) = of_row(row, cluster, catalogue)? {
            row.usd_per_hour = usd;
        }
    }
    for row in &mut plan.fargate_tasks {
        if let Some(usd) = of_fargate(row, cluster, catalogue) {
            row.usd_per_hour = usd;
        }
    }
    let rows = plan.instances.iter();
    let tasks = plan.fargate_tasks.iter();
    for provider in &mut plan.capacity_providers {
        let own = (rows.clone())
            .filter(|row| row.capacity_provider == provider.name)
            .map(|row| row.usd_per_hour * row.count)
            .sum::<UsdPerHour>();
        let own_tasks = (tasks.clone())
            .filter(|row| row.capacity_provider == provider.name)
            .map(|row| row.usd_per_hour * row.count)
            .sum::<UsdPerHour>();
        provider.usd_per_hour = own + own_tasks;
    }
    let total = if plan.cost.periods.is_empty() {
        let instances = rows
            .map(|row| row.usd_per_hour * row.count)
            .sum::<UsdPerHour>();
        instances
            + tasks
                .map(|row| row.usd_per_hour * row.count)
                .sum::<UsdPerHour>()
    } else {
        of_week(&mut plan, cluster, catalogue)?
    };
    plan.cost.usd_per_hour = total;
    Ok(plan)
}

/// The price of an instance; `None` for one from outside AWS, which has none.
fn of_row(
    row: &PlannedInstances,
    cluster: &Cluster,
    catalogue: &Catalogue,
) -> Result<Option<UsdPerHour>, PlanError> {
    if row.usd_per_hour == UsdPerHour::ZERO {
        return Ok(None);
    }
    let zone = row.availability_zone.as_deref();
    price(
        &row.instance_type,
        row.purchase_option,
        zone,
        cluster,
        catalogue,
    )
    .map(Some)
}

fn price(
    instance_type: &str,
    option: Capacity,
    zone: Option<&str>,
    cluster: &Cluster,
    catalogue: &Catalogue,
) -> Result<UsdPerHour, PlanError> {
    let zone_id = zone.and_then(|name| cluster.zone(name)?.id.as_deref());
    existing_price(instance_type, option, zone_id, &cluster.policy, catalogue)
        .map_err(|error| PlanError::Unpriced(vec![error]))
}

/// The price of a task on Fargate in its size, on the cheapest architecture that it runs on.
fn of_fargate(
    row: &PlannedFargateTasks,
    cluster: &Cluster,
    catalogue: &Catalogue,
) -> Option<UsdPerHour> {
    let service = (cluster.services.iter()).find(|service| service.name == row.service_name)?;
    let capacity = Capacity::of_fargate_provider(&row.capacity_provider)?;
    let on = |architecture: &CpuArchitecture| {
        let rate = catalogue.fargate_rate(*architecture, capacity)?;
        let vcpus = Decimal::from(row.cpu) / Decimal::from(1024);
        let gibs = Decimal::from(row.memory_mib) / Decimal::from(1024);
        Some(vcpus * rate.usd_per_vcpu_hour.amount() + gibs * rate.usd_per_gb_hour.amount())
    };
    let compute = service.task.architectures.iter().filter_map(on).min()?;
    let storage = usage::storage(service.task.ephemeral_storage_gib, catalogue);
    Some(UsdPerHour::new(compute + storage).rounded())
}

/// The mean of the week, and its periods.
fn of_week(
    plan: &mut FleetPlan,
    cluster: &Cluster,
    catalogue: &Catalogue,
) -> Result<UsdPerHour, PlanError> {
    let hours = hours(plan, cluster, catalogue)?;
    let named = cluster.week.as_ref().map_or(&[][..], |week| &week.periods);
    for period in &mut plan.cost.periods {
        let own: Option<Vec<usize>> = (named.iter())
            .find(|named| named.name == period.name)
            .map(|named| named.hours.clone().collect())
            .or_else(|| hours_of_text(&period.name));
        let costs = own.iter().flatten().filter_map(|&hour| hours.get(hour));
        if let Some(usd) = mean(&costs.copied().collect::<Vec<_>>()) {
            period.usd_per_hour = usd;
        }
    }
    Ok(mean(&hours).unwrap_or_default())
}

/// The mean of amounts, rounded to the grid; none of none.
fn mean(amounts: &[UsdPerHour]) -> Option<UsdPerHour> {
    let sum: UsdPerHour = amounts.iter().copied().sum();
    let mean = (sum.amount()).checked_div(Decimal::from(amounts.len()))?;
    Some(UsdPerHour::new(mean).rounded())
}

/// What groups and tasks on Fargate cost in each hour of the week.
pub(super) fn hours(
    plan: &FleetPlan,
    cluster: &Cluster,
    catalogue: &Catalogue,
) -> Result<Vec<UsdPerHour>, PlanError> {
    let mut hours = plan.fargate_usd_by_hour();
    for group in plan.groups() {
        let (unit, zones) = unit(group, cluster, catalogue)?;
        for (hour, sum) in hours.iter_mut().enumerate() {
            *sum += unit * (usage::size(group, hour) / zones);
        }
    }
    Ok(hours)
}

/// What one instance in each of a group's zones costs, and how many zones there are.
fn unit(
    group: &PlannedProvider,
    cluster: &Cluster,
    catalogue: &Catalogue,
) -> Result<(UsdPerHour, u64), PlanError> {
    let name = group.instance_types.first().map_or("", String::as_str);
    let option = group.purchase_option.unwrap_or(Capacity::OnDemand);
    if group.availability_zones.is_empty() {
        return Ok((price(name, option, None, cluster, catalogue)?, 1));
    }
    let mut sum = UsdPerHour::ZERO;
    for zone in &group.availability_zones {
        sum += price(name, option, Some(zone), cluster, catalogue)?;
    }
    Ok((sum, group.availability_zones.len() as u64))
}
