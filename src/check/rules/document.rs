//! V01: the document speaks of this cluster and Region.

use crate::check::facts::Facts;
use crate::check::violation::{Rule, Violation};

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut compare = |place: &str, found: &str, expected: &str| {
        if found != expected {
            violations.push(Violation::new(
                Rule::Document,
                place,
                format!("`{found}`"),
                format!("`{expected}`"),
            ));
        }
    };
    compare("cluster", &facts.plan.cluster, &facts.cluster.name);
    compare("region", &facts.plan.region, &facts.cluster.region);
    violations
}
