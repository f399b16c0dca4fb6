//! The decision: each plan's bill, what is proven of it, and what it is for.

use std::collections::BTreeSet;

use crate::domain::money::UsdPerHour;
use crate::domain::plan::FleetPlan;
use crate::report::model;

use super::table::{
    Cell, Column, EFFECTIVE_COST, Kind, Table, USD_PER_HOUR, column, fraction, integer, per_month,
    text,
};

const COLUMNS: &[Column] = &[
    text("x_Plan", "Plan"),
    text("x_Status", "Status"),
    EFFECTIVE_COST,
    USD_PER_HOUR,
    column(
        "x_BoundUsdPerMonth",
        "Proven bound, USD per month",
        Kind::Decimal(2),
    ),
    fraction("x_Gap", "At most above the cheapest"),
    column(
        "x_IdealUsdPerMonth",
        "Best packing, USD per month",
        Kind::Decimal(2),
    ),
    column(
        "x_CurrentUsdPerMonth",
        "Today, USD per month",
        Kind::Decimal(2),
    ),
    column(
        "x_SavingUsdPerMonth",
        "Saving, USD per month",
        Kind::Decimal(2),
    ),
    integer("x_Instances", "Instances"),
    integer("x_InstanceTypes", "Instance types"),
    integer("x_AutoScalingGroups", "Auto Scaling groups"),
    integer("x_Tasks", "Tasks"),
    integer("x_SpotTasks", "Of them on Spot"),
    integer("x_UnplacedTasks", "Without a place"),
];

/// One plan a row.
#[must_use]
pub fn table(plans: &[(&str, &FleetPlan)]) -> Table {
    Table {
        name: "plans",
        title: "Plans",
        about: "One plan a row.",
        columns: COLUMNS,
        rows: plans.iter().map(|(name, plan)| row(name, plan)).collect(),
    }
}

fn row(name: &str, plan: &FleetPlan) -> Vec<Cell> {
    let cost = &plan.cost;
    let tasks = model::task_counts(plan);
    let types: BTreeSet<&str> = (plan.instances.iter())
        .map(|row| row.instance_type.as_str())
        .collect();
    let groups = (plan.capacity_providers.iter())
        .filter(|provider| provider.kind.is_group())
        .count();
    let month = |rate: Option<UsdPerHour>| rate.map_or(Cell::Empty, per_month);
    vec![
        name.into(),
        plan.status.word().into(),
        per_month(cost.usd_per_hour),
        cost.usd_per_hour.into(),
        month(cost.bound_usd_per_hour),
        cost.gap.into(),
        per_month(cost.ideal_usd_per_hour),
        month(cost.current_usd_per_hour),
        month(plan.saving_usd_per_hour()),
        (plan.instances.iter().map(|row| row.count).sum::<u64>()).into(),
        (types.len() as u64).into(),
        (groups as u64).into(),
        (tasks.on_instances + tasks.on_fargate).into(),
        tasks.on_spot.into(),
        (plan.unplaced.iter().map(|entry| entry.count).sum::<u64>()).into(),
    ]
}
