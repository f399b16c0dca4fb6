//! V03: placed, unplaced and Fargate tasks of a service add up to the count the policy plans for; a
//! daemon's count is the number of instances it runs on.

use crate::check::facts::Facts;
use crate::check::violation::{Rule, Violation};

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (&name, service) in &facts.services {
        let placed = facts.placed(name);
        let unplaced = facts.unplaced(name);
        let expected = if service.is_daemon() {
            placed
        } else {
            u128::from(facts.planned(service))
        };
        if !service.is_daemon() && placed.saturating_add(unplaced) != expected {
            violations.push(Violation::new(
                Rule::TaskCounts,
                format!("services[{name}]"),
                format!("{placed} tasks placed and {unplaced} unplaced"),
                format!("{expected} tasks in all"),
            ));
        }
        for planned in facts.listed(name) {
            if u128::from(planned.desired_count) != expected {
                violations.push(Violation::new(
                    Rule::TaskCounts,
                    format!("services[{name}].desiredCount"),
                    planned.desired_count.to_string(),
                    expected.to_string(),
                ));
            }
        }
    }
    violations
}
