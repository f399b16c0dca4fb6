//! The bill by tags of services.
//!
//! A service's part of the bill goes to the value of its tag, so that the rows of one tag add up to the bill.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::FleetPlan;

use super::services::counts;
use super::table::{
    Column, EFFECTIVE_COST, SHARE_OF_BILL, Table, USD_PER_HOUR, integer, per_month, share, text,
};

const COLUMNS: &[Column] = &[
    text("x_TagValue", "Value"),
    text("x_TagKey", "Tag"),
    EFFECTIVE_COST,
    USD_PER_HOUR,
    SHARE_OF_BILL,
    integer("x_Services", "Services"),
    integer("x_Tasks", "Tasks"),
];

/// What services without the tag are shown under.
const WITHOUT: &str = "without the tag";

#[derive(Default)]
struct Sum {
    usd_per_hour: UsdPerHour,
    services: u64,
    tasks: u64,
}

/// Names of all tags of a cluster's services.
#[must_use]
pub fn names(cluster: &Cluster) -> BTreeSet<&str> {
    let tags = cluster
        .services
        .iter()
        .flat_map(|service| service.tags.keys());
    tags.map(String::as_str).collect()
}

/// One value of a tag a row, tag by tag in the order asked for, dearest value first. Services without the tag, or with
/// nothing in it, are together.
#[must_use]
pub fn table(plan: &FleetPlan, cluster: Option<&Cluster>, keys: &[String]) -> Table {
    let rows = keys.iter().flat_map(|key| rows(plan, cluster, key));
    Table {
        name: "cost_by_tag",
        title: "Cost by tag",
        about: "One value of a tag a row; the rows of a tag add up to the bill.",
        columns: COLUMNS,
        rows: rows.collect(),
    }
}

fn rows(plan: &FleetPlan, cluster: Option<&Cluster>, key: &str) -> Vec<Vec<super::table::Cell>> {
    let services = cluster.map_or(&[][..], |cluster| &cluster.services);
    let values: BTreeMap<&str, &str> = (services.iter())
        .filter_map(|service| Some((service.name.as_str(), service.tags.get(key)?.as_str())))
        .collect();
    let counts = counts(plan);
    let mut sums: BTreeMap<&str, Sum> = BTreeMap::new();
    for service in &plan.services {
        let name = service.service_name.as_str();
        let value = values.get(name).copied().unwrap_or_default();
        let sum = sums.entry(value).or_default();
        sum.usd_per_hour += service.usd_per_hour;
        sum.services += 1;
        sum.tasks += counts.get(name).map_or(0, |counts| counts.tasks);
    }
    let bill: UsdPerHour = sums.values().map(|sum| sum.usd_per_hour).sum();
    let mut sums: Vec<(&str, Sum)> = sums.into_iter().collect();
    sums.sort_by(|(a, x), (b, y)| y.usd_per_hour.cmp(&x.usd_per_hour).then_with(|| a.cmp(b)));
    (sums.into_iter())
        .map(|(value, sum)| {
            vec![
                (if value.is_empty() { WITHOUT } else { value }).into(),
                key.into(),
                per_month(sum.usd_per_hour),
                sum.usd_per_hour.into(),
                share(sum.usd_per_hour, bill),
                sum.services.into(),
                sum.tasks.into(),
            ]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{ImportOptions, read_cluster};
    use crate::report::cost::table::Cell;
    use crate::report::sample;

    #[test]
    fn the_rows_of_a_tag_add_up_to_the_bill_and_services_without_it_are_together() {
        let plan = sample::whole_plan();
        let bill: UsdPerHour = plan
            .services
            .iter()
            .map(|service| service.usd_per_hour)
            .sum();
        let first = &plan.services[0].service_name;
        let text = format!("service,cpu,memory_mib,desired_count,team\n{first},1,64,1,web\n");
        let options = ImportOptions {
            region: Some("us-east-1".to_owned()),
            ..ImportOptions::default()
        };
        let cluster = read_cluster(&text, "c.csv", &options)
            .expect("readable")
            .cluster;
        assert_eq!(names(&cluster), BTreeSet::from(["team"]));
        let table = table(&plan, Some(&cluster), &["team".to_owned()]);
        let has = |value: &str| table.rows.iter().any(|row| row[0] == Cell::from(value));
        assert!(
            table.rows.len() == 2 && has("web") && has(WITHOUT),
            "{table:?}"
        );
        let sum: UsdPerHour = (table.rows.iter())
            .map(|row| match &row[3] {
                Cell::Decimal(amount) => UsdPerHour::new(*amount),
                other => panic!("{other:?} is no amount"),
            })
            .sum();
        assert_eq!(sum, bill);
    }
}
