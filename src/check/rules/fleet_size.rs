//! V24: the fleet has at most `maxInstances` instances; those of today that stay may be more by themselves.

use crate::check::facts::Facts;
use crate::check::violation::{Rule, Violation};

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let count = |only_kept: bool| {
        (facts.plan.instances.iter())
            .filter(|row| row.existing || !only_kept)
            .map(|row| u128::from(row.count))
            .fold(0, u128::saturating_add)
    };
    let instances = count(false);
    let most = u128::from(facts.cluster.policy.max_instances).max(count(true));
    if instances <= most {
        return Vec::new();
    }
    vec![Violation::new(
        Rule::FleetSize,
        "instances",
        format!("{instances} instances"),
        format!("at most {most} (maxInstances)"),
    )]
}
