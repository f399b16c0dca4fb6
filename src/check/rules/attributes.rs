//! V07: a new instance carries either no custom attributes or exactly those that one Auto Scaling group
//! of the cluster declares.

use crate::check::facts::{Facts, InstanceRow};
use crate::check::violation::{Rule, Violation};
use crate::domain::deployed::DeployedGroup;

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    (facts.rows.iter())
        .filter(|row| !row.planned.existing && !row.planned.attributes.is_empty())
        .filter(|row| {
            !facts
                .cluster
                .deployed
                .groups
                .iter()
                .any(|g| declares(g, row))
        })
        .map(|row| {
            let names: Vec<&str> = row.planned.attributes.keys().map(String::as_str).collect();
            Violation::new(
                Rule::Attributes,
                row.place(),
                format!("custom attributes {}", names.join(", ")),
                "none, or exactly the attributes of one of the cluster's Auto Scaling groups",
            )
        })
        .collect()
}

/// Whether the row's attributes are the group's, no more and no less.
fn declares(group: &DeployedGroup, row: &InstanceRow<'_>) -> bool {
    let found = &row.planned.attributes;
    group.attributes.iter().count() == found.len()
        && (group.attributes.iter())
            .all(|(name, value)| found.get(name).is_some_and(|v| v.as_deref() == value))
}
