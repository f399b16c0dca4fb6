//! The bill by ECS service.

use indexmap::IndexMap;
use rust_decimal::Decimal;

use crate::domain::cluster::Cluster;

use crate::domain::money::UsdPerHour;
use crate::domain::plan::FleetPlan;
use crate::domain::task::TaskDefinition;

use super::table::{
    Cell, Column, EFFECTIVE_COST, Kind, SHARE_OF_BILL, Table, USD_PER_HOUR, column, integer,
    per_month, share, text,
};

const COLUMNS: &[Column] = &[
    text("x_EcsServiceName", "ECS service"),
    EFFECTIVE_COST,
    USD_PER_HOUR,
    SHARE_OF_BILL,
    integer("x_Tasks", "Tasks"),
    integer("x_SpotTasks", "Of them on Spot"),
    column(
        "x_UsdPerTaskHour",
        "USD per task and hour",
        Kind::Decimal(5),
    ),
    column(
        "x_MarginalUsdPerTaskHour",
        "One task more, USD per hour",
        Kind::Decimal(5),
    ),
    integer("x_TaskCpuUnits", "CPU units a task"),
    integer("x_TaskMemoryMib", "Memory a task, MiB"),
];

/// Tasks of one service.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// All that have a place.
    pub tasks: u64,
    /// Those on Spot instances and `FARGATE_SPOT`.
    pub spot: u64,
}

/// What one task of each service asks for, by service name; none is known without the cluster.
pub type TaskSizes<'a> = IndexMap<&'a str, &'a TaskDefinition>;

/// Task sizes of a cluster.
#[must_use]
pub fn task_sizes(cluster: Option<&Cluster>) -> TaskSizes<'_> {
    let services = cluster.map_or(&[][..], |cluster| &cluster.services);
    (services.iter())
        .map(|service| (service.name.as_str(), &service.task))
        .collect()
}

/// Tasks with a place, by service.
#[must_use]
pub fn counts(plan: &FleetPlan) -> IndexMap<&str, Counts> {
    let mut counts: IndexMap<&str, Counts> = IndexMap::new();
    for row in &plan.instances {
        for (service, tasks) in &row.tasks {
            let of = counts.entry(service).or_default();
            of.tasks += tasks * row.count;
            if row.purchase_option.may_be_reclaimed() {
                of.spot += tasks * row.count;
            }
        }
    }
    for row in &plan.fargate_tasks {
        let of = counts.entry(&row.service_name).or_default();
        of.tasks += row.count;
        if row.capacity().may_be_reclaimed() {
            of.spot += row.count;
        }
    }
    counts
}

/// One service a row, dearest first. Costs are shares of the bill that add up to it.
#[must_use]
pub fn table(plan: &FleetPlan, sizes: &TaskSizes<'_>) -> Table {
    let counts = counts(plan);
    let bill: UsdPerHour = plan.services.iter().map(|s| s.usd_per_hour).sum();
    let mut services: Vec<_> = plan.services.iter().collect();
    services.sort_by(|a, b| {
        (b.usd_per_hour.cmp(&a.usd_per_hour)).then_with(|| a.service_name.cmp(&b.service_name))
    });
    let rows = (services.into_iter())
        .map(|service| {
            let name = service.service_name.as_str();
            let count = counts.get(name).copied().unwrap_or_default();
            let size = sizes.get(name).map(|task| task.resources());
            let each = (count.tasks > 0).then(|| {
                let each = service.usd_per_hour.amount() / Decimal::from(count.tasks);
                UsdPerHour::new(each).rounded()
            });
            vec![
                name.into(),
                per_month(service.usd_per_hour),
                service.usd_per_hour.into(),
                share(service.usd_per_hour, bill),
                count.tasks.into(),
                count.spot.into(),
                each.into(),
                service.marginal_usd_per_task_hour.into(),
                size.map(|size| size.cpu.get()).into(),
                size.map_or(Cell::Empty, |size| size.memory.get().into()),
            ]
        })
        .collect();
    Table {
        name: "services",
        title: "Cost by ECS service",
        about: "One service a row; the costs are shares of the bill and add up to it.",
        columns: COLUMNS,
        rows,
    }
}
