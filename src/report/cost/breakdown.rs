//! The bill by what it is spent on: capacity provider, purchase option, zone, instance type.

use indexmap::IndexMap;

use crate::domain::money::UsdPerHour;
use crate::domain::plan::{FleetPlan, PlannedFargateTasks, PlannedInstances};
use crate::report::words;

use super::charges;
use super::table::{
    Column, EFFECTIVE_COST, SHARE_OF_BILL, Table, USD_PER_HOUR, integer, per_month, share, text,
};

/// A way to split the bill.
struct Dimension {
    name: &'static str,
    title: &'static str,
    about: &'static str,
    columns: &'static [Column],
    of_instances: fn(&PlannedInstances) -> String,
    of_fargate: fn(&PlannedFargateTasks) -> String,
}

macro_rules! columns {
    ($first:expr) => {
        &[
            $first,
            EFFECTIVE_COST,
            USD_PER_HOUR,
            SHARE_OF_BILL,
            integer("x_Instances", "Instances"),
            integer("x_Tasks", "Tasks"),
        ]
    };
}

const DIMENSIONS: [Dimension; 4] = [
    Dimension {
        name: "cost_by_capacity_provider",
        title: "Cost by capacity provider",
        about: "One capacity provider a row.",
        columns: columns!(text("x_CapacityProvider", "Capacity provider")),
        of_instances: |row| or(&row.capacity_provider, "no capacity provider"),
        of_fargate: |row| row.capacity_provider.clone(),
    },
    Dimension {
        name: "cost_by_purchase_option",
        title: "Cost by purchase option",
        about: "One way of buying a row.",
        columns: columns!(text("x_PurchaseOption", "Purchase option")),
        of_instances: |row| {
            let bought = words::purchase_option(row.purchase_option);
            let outside = row.existing && row.usd_per_hour == UsdPerHour::ZERO;
            (if outside { "outside AWS" } else { bought }).to_owned()
        },
        of_fargate: |row| words::purchase_option(row.capacity()).to_owned(),
    },
    Dimension {
        name: "cost_by_zone",
        title: "Cost by Availability Zone",
        about: "One zone a row; Fargate tasks are spread by AWS.",
        columns: columns!(text("AvailabilityZone", "Zone")),
        of_instances: |row| or(row.availability_zone.as_deref().unwrap_or(""), "any zone"),
        of_fargate: |_| "Fargate, any zone".to_owned(),
    },
    Dimension {
        name: "cost_by_instance_type",
        title: "Cost by instance type",
        about: "One instance type a row, Fargate as one.",
        columns: columns!(text("x_InstanceType", "Instance type")),
        of_instances: |row| row.instance_type.clone(),
        of_fargate: |row| row.capacity_provider.clone(),
    },
];

#[derive(Default)]
struct Sum {
    usd_per_hour: UsdPerHour,
    instances: u64,
    tasks: u64,
}

/// The four splits, dearest first.
#[must_use]
pub fn tables(plan: &FleetPlan) -> Vec<Table> {
    DIMENSIONS
        .iter()
        .map(|dimension| table(plan, dimension))
        .collect()
}

fn table(plan: &FleetPlan, dimension: &Dimension) -> Table {
    let mut sums: IndexMap<String, Sum> = IndexMap::new();
    for row in &plan.instances {
        let sum = sums.entry((dimension.of_instances)(row)).or_default();
        sum.usd_per_hour += row.usd_per_hour * row.count;
        sum.instances += row.count;
        sum.tasks += row.count * row.tasks.values().sum::<u64>();
    }
    for row in &plan.fargate_tasks {
        let sum = sums.entry((dimension.of_fargate)(row)).or_default();
        sum.usd_per_hour += row.usd_per_hour * row.count;
        sum.tasks += row.count;
    }
    let beside = charges::week_less_hour(plan).map(|usd_per_hour| {
        let sum = Sum {
            usd_per_hour,
            ..Sum::default()
        };
        (charges::WEEK_LESS_HOUR.to_owned(), sum)
    });
    let parts = sums.values().chain(beside.as_ref().map(|(_, sum)| sum));
    let bill: UsdPerHour = parts.map(|sum| sum.usd_per_hour).sum();
    let mut sums: Vec<(String, Sum)> = sums.into_iter().collect();
    sums.sort_by(|(a, x), (b, y)| y.usd_per_hour.cmp(&x.usd_per_hour).then_with(|| a.cmp(b)));
    let rows = (sums.into_iter().chain(beside))
        .map(|(key, sum)| {
            vec![
                key.into(),
                per_month(sum.usd_per_hour),
                sum.usd_per_hour.into(),
                share(sum.usd_per_hour, bill),
                sum.instances.into(),
                sum.tasks.into(),
            ]
        })
        .collect();
    Table {
        name: dimension.name,
        title: dimension.title,
        about: dimension.about,
        columns: dimension.columns,
        rows,
    }
}

fn or(name: &str, otherwise: &str) -> String {
    (if name.is_empty() { otherwise } else { name }).to_owned()
}
