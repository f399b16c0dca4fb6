//! V30: the fleet has at most `maxInstanceTypes` distinct instance types, external instances not counted;
//! where those of today that stay have more by themselves, no other is added.

use std::collections::BTreeSet;

use crate::check::facts::Facts;
use crate::check::violation::{Rule, Violation};

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let Some(most) = facts.cluster.policy.max_instance_types else {
        return Vec::new();
    };
    let today = types_of_today(facts);
    let types: BTreeSet<&str> = (facts.rows.iter())
        .filter(|row| !row.machine.external)
        .map(|row| row.planned.instance_type.as_str())
        .collect();
    let most = usize::try_from(most).unwrap_or(usize::MAX).max(today.len());
    if types.len() <= most {
        return Vec::new();
    }
    vec![Violation::new(
        Rule::InstanceTypeCount,
        "instances",
        format!(
            "{} instance types: {}",
            types.len(),
            types.into_iter().collect::<Vec<_>>().join(", ")
        ),
        format!("at most {most} (maxInstanceTypes)"),
    )]
}

/// The types of today's instances that the plan keeps.
pub(super) fn types_of_today<'a>(facts: &'a Facts<'_>) -> BTreeSet<&'a str> {
    (facts.rows.iter())
        .filter(|row| row.planned.existing && !row.machine.external)
        .map(|row| row.planned.instance_type.as_str())
        .collect()
}
