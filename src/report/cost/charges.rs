//! The bill, line by line.

use rust_decimal::Decimal;

use crate::domain::capacity::Capacity;
use crate::domain::money::{HOURS_PER_MONTH, UsdPerHour};
use crate::domain::plan::{FleetPlan, PlannedFargateTasks, PlannedInstances};
use crate::report::words;

use super::table::{
    Cell, Column, EFFECTIVE_COST, Kind, Table, USD_PER_HOUR, column, integer, per_month, text,
};

const COLUMNS: &[Column] = &[
    text("ProviderName", "Provider name"),
    text("RegionId", "Region"),
    text("AvailabilityZone", "Zone"),
    text("ServiceCategory", "Category"),
    text("ServiceName", "AWS service"),
    text("ResourceType", "Resource"),
    text("ChargeCategory", "Charge"),
    text("ChargeDescription", "Description"),
    text("PricingCategory", "Pricing"),
    column("PricingQuantity", "Quantity", Kind::Decimal(0)),
    text("PricingUnit", "Unit"),
    text("BillingCurrency", "Currency"),
    EFFECTIVE_COST,
    USD_PER_HOUR,
    integer("x_Count", "Count"),
    column("x_UsdPerHourEach", "USD per hour each", Kind::Decimal(4)),
    text("x_InstanceType", "Instance type"),
    text("x_PurchaseOption", "Purchase option"),
    text("x_CapacityProvider", "Capacity provider"),
    text("x_EcsServiceName", "ECS service"),
    text("x_InterruptionBand", "Interrupted in a month"),
];

/// The row that leads from the hour that is shown to the week.
pub(in crate::report) const WEEK_LESS_HOUR: &str = "The mean of the week less the hour shown";

/// One line of the bill a row: identical instances, or tasks of one service on Fargate.
#[must_use]
pub fn table(plan: &FleetPlan, has_savings_plan: bool) -> Table {
    let instances = (plan.instances.iter()).map(|row| instance_row(plan, row, has_savings_plan));
    let fargate = plan.fargate_tasks.iter().map(|row| fargate_row(plan, row));
    Table {
        name: "charges",
        title: "Charges",
        about: "One line of the bill a row: identical instances, or tasks of one service on Fargate.",
        columns: COLUMNS,
        rows: (instances.chain(fargate))
            .chain(week(plan))
            .chain(commitments(plan))
            .collect(),
    }
}

fn instance_row(plan: &FleetPlan, row: &PlannedInstances, has_savings_plan: bool) -> Vec<Cell> {
    let total = row.usd_per_hour * row.count;
    let pricing = pricing(row.purchase_option, has_savings_plan);
    vec![
        "AWS".into(),
        plan.region.as_str().into(),
        row.availability_zone.as_deref().into(),
        "Compute".into(),
        "Amazon Elastic Compute Cloud".into(),
        "Instance".into(),
        "Usage".into(),
        format!(
            "{} × {} {} with root volume and fees",
            row.count,
            row.instance_type,
            words::purchase_option(row.purchase_option)
        )
        .into(),
        pricing.into(),
        hours(row.count),
        "Hours".into(),
        "USD".into(),
        per_month(total),
        total.into(),
        row.count.into(),
        row.usd_per_hour.into(),
        row.instance_type.as_str().into(),
        row.purchase_option.to_string().into(),
        row.capacity_provider.as_str().into(),
        Cell::Empty,
        row.interruption_band.as_deref().into(),
    ]
}

/// What the mean of a week's hours costs more or less than the rows, which are those of the hour that the plan shows, so that rows add up
/// to the bill; nothing for a plan of one number of tasks.
pub(in crate::report) fn week_less_hour(plan: &FleetPlan) -> Option<UsdPerHour> {
    if plan.cost.periods.is_empty() {
        return None;
    }
    let instances = (plan.instances.iter()).map(|row| row.usd_per_hour * row.count);
    let fargate = (plan.fargate_tasks.iter()).map(|row| row.usd_per_hour * row.count);
    let hour: UsdPerHour = instances.chain(fargate).sum();
    let adjustment = plan.commitment.as_ref();
    let adjustment = adjustment.map_or(UsdPerHour::ZERO, |said| said.adjustment_usd_per_hour);
    let beside = plan.cost.usd_per_hour - adjustment - hour;
    (beside != UsdPerHour::ZERO).then_some(beside)
}

fn week(plan: &FleetPlan) -> Option<Vec<Cell>> {
    let beside = week_less_hour(plan)?;
    Some(adjustment(plan, WEEK_LESS_HOUR, "Standard", beside))
}

/// What commitments change in the bill of the rows, which are at list price.
fn commitments(plan: &FleetPlan) -> Option<Vec<Cell>> {
    let by = plan.commitment.as_ref()?.adjustment_usd_per_hour;
    let about = "Commitments: their cost less what they cover at list price";
    Some(adjustment(plan, about, "Committed", by))
}

fn adjustment(plan: &FleetPlan, about: &str, pricing: &'static str, by: UsdPerHour) -> Vec<Cell> {
    let mut row = vec![Cell::Empty; COLUMNS.len()];
    row[0] = "AWS".into();
    row[1] = plan.region.as_str().into();
    row[3] = "Compute".into();
    row[6] = "Adjustment".into();
    row[7] = about.into();
    row[8] = pricing.into();
    row[11] = "USD".into();
    row[12] = per_month(by);
    row[13] = by.into();
    row
}

/// FOCUS's category of a price. What the plan says of a Savings Plan is of instances.
const fn pricing(capacity: Capacity, has_savings_plan: bool) -> &'static str {
    if capacity.may_be_reclaimed() {
        "Dynamic"
    } else if has_savings_plan && capacity.takes_savings_plan_discount() {
        "Committed"
    } else {
        "Standard"
    }
}

fn fargate_row(plan: &FleetPlan, row: &PlannedFargateTasks) -> Vec<Cell> {
    let total = row.usd_per_hour * row.count;
    vec![
        "AWS".into(),
        plan.region.as_str().into(),
        Cell::Empty,
        "Compute".into(),
        "Amazon Elastic Container Service".into(),
        "Task".into(),
        "Usage".into(),
        format!(
            "{} × {} task with {} CPU units and {} MiB",
            row.count, row.capacity_provider, row.cpu, row.memory_mib
        )
        .into(),
        pricing(row.capacity(), false).into(),
        hours(row.count),
        "Hours".into(),
        "USD".into(),
        per_month(total),
        total.into(),
        row.count.into(),
        row.usd_per_hour.into(),
        Cell::Empty,
        row.capacity().in_documents().to_string().into(),
        row.capacity_provider.as_str().into(),
        row.service_name.as_str().into(),
        Cell::Empty,
    ]
}

fn hours(count: u64) -> Cell {
    Cell::Decimal(Decimal::from(count) * Decimal::from(HOURS_PER_MONTH))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::plan::PeriodCost;
    use crate::report::cost::breakdown;
    use crate::report::sample::{self, usd};

    fn sum(table: &Table) -> Decimal {
        let position = (table.columns.iter()).position(|column| column.name == USD_PER_HOUR.name);
        let position = position.expect("a column of costs");
        (table.rows.iter())
            .map(|row| -> Decimal { row[position].exact().parse().expect("an amount") })
            .sum()
    }

    #[test]
    fn rows_of_a_week_add_up_to_its_mean_and_not_to_the_hour_that_is_shown() {
        let mut plan = sample::whole_plan();
        let hour = sum(&table(&plan, false));
        let mean = usd("0.0625");
        assert!(hour > mean.amount());
        plan.cost.usd_per_hour = mean;
        let of_one_number = sum(&table(&plan, false));
        assert_eq!(of_one_number, hour);
        plan.cost.periods = vec![PeriodCost {
            name: "0-167".to_owned(),
            hours_per_week: 168,
            usd_per_hour: mean,
        }];
        assert_eq!(sum(&table(&plan, false)), mean.amount());
        for table in breakdown::tables(&plan) {
            assert_eq!(sum(&table), mean.amount(), "{}", table.name);
        }
    }
}
