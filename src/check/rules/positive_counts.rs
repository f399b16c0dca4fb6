//! V25: a row stands for at least one instance or task.

use crate::check::facts::Facts;
use crate::check::violation::{Rule, Violation};

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let plan = facts.plan;
    let instances = (plan.instances.iter().enumerate())
        .map(|(index, row)| (format!("instances[{index}].count"), row.count));
    let tasks = (plan.instances.iter().enumerate()).flat_map(|(index, row)| {
        (row.tasks.iter())
            .map(move |(name, &each)| (format!("instances[{index}].tasks.{name}"), each))
    });
    let spare = (plan.instances.iter().enumerate()).flat_map(|(index, row)| {
        (row.spare.iter())
            .map(move |(name, &each)| (format!("instances[{index}].spare.{name}"), each))
    });
    let fargate = (plan.fargate_tasks.iter().enumerate())
        .map(|(index, row)| (format!("fargateTasks[{index}].count"), row.count));
    let unplaced = (plan.unplaced.iter().enumerate())
        .map(|(index, row)| (format!("unplaced[{index}].count"), row.count));
    (instances
        .chain(tasks)
        .chain(spare)
        .chain(fargate)
        .chain(unplaced))
    .filter(|&(_, count)| count == 0)
    .map(|(place, _)| Violation::new(Rule::PositiveCounts, place, "0", "1 or more"))
    .collect()
}
