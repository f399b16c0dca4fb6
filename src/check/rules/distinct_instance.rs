//! V11: a service with the constraint `distinctInstance` has at most one task on an instance.

use crate::check::facts::Facts;
use crate::check::violation::{Rule, Violation};

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let mut violations = Vec::new();
    for row in &facts.rows {
        for &(service, each) in &row.tasks {
            if each > 1 && service.is_distinct_instance() {
                violations.push(Violation::new(
                    Rule::DistinctInstance,
                    row.place(),
                    format!("{each} tasks of {} on one instance", service.name),
                    "at most 1, by its constraint distinctInstance",
                ));
            }
        }
    }
    violations
}
