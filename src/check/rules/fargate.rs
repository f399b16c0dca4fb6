//! V26: no tasks on Fargate; the policy's default forbids it and there is no way yet to allow it.

use crate::check::facts::Facts;
use crate::check::violation::{Rule, Violation};

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    (facts.plan.fargate_tasks.iter().enumerate())
        .map(|(index, row)| {
            Violation::new(
                Rule::Fargate,
                format!("fargateTasks[{index}]"),
                format!("{} tasks of {} on Fargate", row.count, row.service_name),
                "none: the policy forbids Fargate",
            )
        })
        .collect()
}
