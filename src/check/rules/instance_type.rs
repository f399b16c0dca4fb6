//! V04: every row is of a type that the catalogue knows, external instances apart, and the policy lets the
//! new ones through.

use crate::catalogue::filter::{Exclusion, policy_exclusions};
use crate::check::facts::{Facts, InstanceRow};
use crate::check::violation::{Rule, Violation};

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    (facts.rows.iter())
        .filter_map(|row| {
            let expected = problem(facts, row)?;
            let found = format!("instance type {}", row.planned.instance_type);
            Some(Violation::new(
                Rule::InstanceType,
                row.place(),
                found,
                expected,
            ))
        })
        .collect()
}

/// Why the row's type cannot be there, if so.
fn problem(facts: &Facts<'_>, row: &InstanceRow<'_>) -> Option<String> {
    if row.machine.external {
        return None;
    }
    let Some(known) = row.machine.instance_type else {
        return Some("a type of the catalogue".to_owned());
    };
    if row.planned.existing {
        return None;
    }
    let exclusions = policy_exclusions(known, &facts.cluster.policy);
    let keys: Vec<&str> = exclusions.iter().map(Exclusion::key).collect();
    (!keys.is_empty()).then(|| format!("a type that the policy's {} lets through", keys.join(", ")))
}
