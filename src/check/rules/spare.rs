//! V35: rows keep room for further tasks only where the policy asks the plan to survive the loss of a zone,
//! and only for services of the cluster that are not daemons.

use crate::check::facts::Facts;
use crate::check::violation::{Rule, Violation};

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let asked_for = facts.cluster.policy.survive_zone_loss;
    let mut violations = Vec::new();
    for row in &facts.rows {
        for name in row.planned.spare.keys() {
            let expected = match facts.services.get(name.as_str()) {
                _ if !asked_for => "none: surviveZoneLoss is not set",
                None => "services of the cluster only",
                Some(service) if service.is_daemon() => {
                    "none: a daemon runs where it runs and goes nowhere else"
                }
                Some(_) => continue,
            };
            violations.push(Violation::new(
                Rule::Spare,
                format!("{}.spare", row.place()),
                format!("room for tasks of {name}"),
                expected,
            ));
        }
    }
    violations
}
