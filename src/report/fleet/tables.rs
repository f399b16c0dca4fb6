//! Every number of a fleet, one thing a row.

use crate::domain::money::UsdPerHour;
use crate::domain::plan::FleetPlan;
use crate::fleet::gather::{Gathered, Outcome};
use crate::report::cost::table::{
    Cell, Column, EFFECTIVE_COST, Kind, Table, USD_PER_HOUR, column, fraction, integer, per_month,
    text,
};
use crate::report::wording;

use super::compared;

const UNIT: Column = text("x_UnitId", "Unit");
const CLUSTER: Column = text("x_Cluster", "Cluster");
const REGION: Column = text("RegionId", "Region");
const BOUND: Column = column(
    "x_BoundCost",
    "Proven at least, USD per month",
    Kind::Decimal(2),
);

const CLUSTERS: &[Column] = &[
    UNIT,
    CLUSTER,
    REGION,
    text("x_Status", "Status"),
    integer("x_ExitCode", "Exit code"),
    column("x_TodayCost", "Today, USD per month", Kind::Decimal(2)),
    EFFECTIVE_COST,
    USD_PER_HOUR,
    BOUND,
    column("x_SavingCost", "Saving, USD per month", Kind::Decimal(2)),
    column(
        "x_MostSavingCost",
        "Saving proven at most, USD per month",
        Kind::Decimal(2),
    ),
    fraction("x_Gap", "Gap"),
    integer("x_Instances", "Instances"),
    integer("x_FargateTasks", "Fargate tasks"),
    integer("x_UnplacedTasks", "Tasks without a place"),
    text("x_ResultKey", "Result"),
];

const INSTANCES: &[Column] = &[
    UNIT,
    CLUSTER,
    REGION,
    text("AvailabilityZone", "Zone"),
    text("x_InstanceType", "Instance type"),
    text("x_PurchaseOption", "Purchase option"),
    text("x_CapacityProvider", "Capacity provider"),
    integer("x_Instances", "Identical instances"),
    column("x_UsdPerHourEach", "USD per hour each", Kind::Decimal(4)),
    EFFECTIVE_COST,
];

const SERVICES: &[Column] = &[
    UNIT,
    CLUSTER,
    REGION,
    text("x_EcsServiceName", "ECS service"),
    integer("x_Tasks", "Tasks"),
    EFFECTIVE_COST,
    USD_PER_HOUR,
    column(
        "x_MarginalUsdPerTaskHour",
        "One more task, USD per hour",
        Kind::Decimal(6),
    ),
];

const FAILURES: &[Column] = &[
    UNIT,
    text("x_Input", "Cluster file"),
    text("x_State", "State"),
    integer("x_ExitCode", "Exit code"),
    text("x_Code", "Finding"),
    text("x_Reason", "Reason"),
];

const SCENARIOS: &[Column] = &[
    UNIT,
    CLUSTER,
    REGION,
    text("x_Scenario", "Scenario"),
    EFFECTIVE_COST,
    USD_PER_HOUR,
    BOUND,
];

/// All tables; scenarios only where a unit has some.
pub(super) fn all(units: &[Gathered]) -> Vec<Table> {
    let mut tables = vec![
        clusters(units),
        table(
            "instances",
            "Instances",
            "identical instances of a cluster's plan",
            INSTANCES,
            units,
            instances,
        ),
        table(
            "services",
            "Services",
            "a service of a cluster's plan",
            SERVICES,
            units,
            services,
        ),
        failures(units),
    ];
    let scenarios = table(
        "scenarios",
        "Scenarios",
        "a scenario of a what-if, or the sizes of a right-sizing, the cluster as it is first",
        SCENARIOS,
        units,
        scenarios,
    );
    if !scenarios.rows.is_empty() {
        tables.push(scenarios);
    }
    let compared = compared::tables(units).into_iter();
    tables.extend(compared.filter(|table| !table.rows.is_empty()));
    tables
}

fn table(
    name: &'static str,
    title: &'static str,
    about: &'static str,
    columns: &'static [Column],
    units: &[Gathered],
    rows: fn(&Gathered) -> Vec<Vec<Cell>>,
) -> Table {
    Table {
        name,
        title,
        about,
        columns,
        rows: units.iter().flat_map(rows).collect(),
    }
}

fn plan(unit: &Gathered) -> Option<&FleetPlan> {
    match &unit.outcome {
        Outcome::Plan(plan) => Some(plan),
        _ => None,
    }
}

fn head(unit: &Gathered, cluster: &str, region: &str) -> Vec<Cell> {
    vec![unit.id.as_str().into(), cluster.into(), region.into()]
}

/// Clusters with a plan.
pub(super) fn clusters(units: &[Gathered]) -> Table {
    table(
        "clusters",
        "Clusters",
        "a cluster with a plan",
        CLUSTERS,
        units,
        |unit| {
            plan(unit)
                .map(|plan| cluster(unit, plan))
                .into_iter()
                .collect()
        },
    )
}

fn cluster(unit: &Gathered, plan: &FleetPlan) -> Vec<Cell> {
    let cost = &plan.cost;
    let month = |rate: Option<UsdPerHour>| rate.map_or(Cell::Empty, per_month);
    let today = cost.current_usd_per_hour;
    let mut row = head(unit, &plan.cluster, &plan.region);
    row.extend([
        plan.status.word().into(),
        unit.exit_code.map_or(Cell::Empty, Cell::Integer),
        month(today),
        per_month(cost.usd_per_hour),
        cost.usd_per_hour.into(),
        month(cost.bound_usd_per_hour),
        month(plan.saving_usd_per_hour()),
        month(
            today
                .filter(|_| plan.is_of_all())
                .zip(cost.bound_usd_per_hour)
                .map(|(today, bound)| today - bound),
        ),
        cost.gap.into(),
        plan.instances
            .iter()
            .map(|row| row.count)
            .sum::<u64>()
            .into(),
        plan.fargate_tasks
            .iter()
            .map(|row| row.count)
            .sum::<u64>()
            .into(),
        plan.unplaced
            .iter()
            .map(|row| row.count)
            .sum::<u64>()
            .into(),
        unit.key.as_str().into(),
    ]);
    row
}

fn instances(unit: &Gathered) -> Vec<Vec<Cell>> {
    let Some(plan) = plan(unit) else {
        return Vec::new();
    };
    (plan.instances.iter())
        .map(|instances| {
            let mut row = head(unit, &plan.cluster, &plan.region);
            row.extend([
                instances.availability_zone.clone().into(),
                instances.instance_type.as_str().into(),
                instances.purchase_option.to_string().into(),
                instances.capacity_provider.as_str().into(),
                instances.count.into(),
                instances.usd_per_hour.into(),
                per_month(instances.usd_per_hour * instances.count),
            ]);
            row
        })
        .collect()
}

fn services(unit: &Gathered) -> Vec<Vec<Cell>> {
    let Some(plan) = plan(unit) else {
        return Vec::new();
    };
    (plan.services.iter())
        .map(|service| {
            let mut row = head(unit, &plan.cluster, &plan.region);
            row.extend([
                service.service_name.as_str().into(),
                service.desired_count.into(),
                per_month(service.usd_per_hour),
                service.usd_per_hour.into(),
                service.marginal_usd_per_task_hour.into(),
            ]);
            row
        })
        .collect()
}

/// Units without a whole plan, and why.
pub(super) fn failures(units: &[Gathered]) -> Table {
    let about =
        "a unit without a result, with a result that is no plan, or with tasks that have no place";
    table("failures", "Failures", about, FAILURES, units, |unit| {
        let (state, code, why) = match &unit.outcome {
            Outcome::Failed { code, why } => ("failed", code.as_deref(), why.clone()),
            Outcome::Poisoned(why) => ("poisoned", None, why.clone()),
            Outcome::Broken(name) => ("broken", None, broken(name)),
            Outcome::Pending => ("pending", None, "not done yet".to_owned()),
            Outcome::Plan(plan) if !plan.unplaced.is_empty() => {
                ("infeasible", None, unplaced(plan))
            }
            Outcome::Plan(_) if unit.exit_code == Some(12) => {
                let why = "the plan is over its budget (--max-usd-per-month)";
                ("over budget", None, why.to_owned())
            }
            _ => return Vec::new(),
        };
        vec![vec![
            unit.id.as_str().into(),
            unit.input.as_str().into(),
            state.into(),
            unit.exit_code.map_or(Cell::Empty, Cell::Integer),
            code.unwrap_or_default().into(),
            why.into(),
        ]]
    })
}

/// What to do about a result that cannot be read.
fn broken(name: &str) -> String {
    format!(
        "its result cannot be read: {name} is cut short or was written by another program; delete it and run the fleet again"
    )
}

fn unplaced(plan: &FleetPlan) -> String {
    let said: Vec<String> = (plan.unplaced.iter())
        .map(|entry| {
            let reasons = wording::reasons(entry).join("; ");
            format!("{} ({}): {reasons}", entry.service_name, entry.count)
        })
        .collect();
    said.join("; ")
}

fn scenarios(unit: &Gathered) -> Vec<Vec<Cell>> {
    let row = |cluster: &str,
               region: &str,
               name: &str,
               cost: Option<UsdPerHour>,
               bound: Option<UsdPerHour>| {
        let mut row = head(unit, cluster, region);
        row.extend([
            name.into(),
            cost.map_or(Cell::Empty, per_month),
            cost.into(),
            bound.map_or(Cell::Empty, per_month),
        ]);
        row
    };
    match &unit.outcome {
        Outcome::Scenarios {
            cluster,
            region,
            rows,
        } => (rows.iter())
            .map(|of| {
                row(
                    cluster,
                    region,
                    &of.name,
                    of.usd_per_hour,
                    of.bound_usd_per_hour,
                )
            })
            .collect(),
        Outcome::Sizes {
            cluster,
            region,
            usd_per_hour,
            ..
        } => (["sizes of today", compared::PROPOSED]
            .iter()
            .zip(usd_per_hour))
        .map(|(name, cost)| row(cluster, region, name, *cost, None))
        .collect(),
        _ => Vec::new(),
    }
}
