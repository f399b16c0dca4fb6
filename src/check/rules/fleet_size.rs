//! V24: the fleet has `minInstances` to `maxInstances` instances, external ones not counted. Those of today
//! that stay may be more by themselves; where none can be bought there may be fewer.

use std::collections::BTreeSet;

use crate::check::facts::Facts;
use crate::check::offers;
use crate::check::violation::{Rule, Violation};

use super::instance_type_count::types_of_today;

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let policy = &facts.cluster.policy;
    let count = |only_kept: bool| {
        (facts.rows.iter())
            .filter(|row| !row.machine.external && (row.planned.existing || !only_kept))
            .map(|row| u128::from(row.planned.count))
            .fold(0, u128::saturating_add)
    };
    let instances = count(false);
    let most = u128::from(policy.max_instances).max(count(true));
    let least = u128::from(policy.min_instances);
    let expected = if instances > most {
        format!("at most {most} (maxInstances)")
    } else if instances < least && can_buy(facts) {
        format!("at least {least} (minInstances)")
    } else {
        return Vec::new();
    };
    vec![Violation::new(
        Rule::FleetSize,
        "instances",
        format!("{instances} instances"),
        expected,
    )]
}

/// Whether the policy lets the plan buy any instance.
fn can_buy(facts: &Facts<'_>) -> bool {
    let today: BTreeSet<&str> = types_of_today(facts);
    let only_these =
        (facts.cluster.policy.max_instance_types).is_some_and(|most| today.len() as u64 >= most);
    offers::new_instances(facts).any(|offer| !only_these || today.contains(offer.instance_type))
}
