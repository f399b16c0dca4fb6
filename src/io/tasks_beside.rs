//! Tasks that run today and that nothing of the file plans.

use std::collections::BTreeMap;

use super::codes;
use super::cursor::{Cursor, Log};
use super::services::Located;
use super::task_definitions::parse_reference;
use crate::domain::deployed::Deployed;
use crate::domain::text::visible;

/// Groups of tasks that a warning names.
const NAMED: usize = 8;

/// Warns of tasks in the answer of `DescribeTasks` that are neither of a service nor of standalone tasks of the file: they have no
/// place in a plan, and their part of today's bill looks like a saving. A snapshot has said it itself, among its notes.
pub(super) fn report(
    tasks: &[Cursor<'_>],
    services: &[Located<'_>],
    deployed: &Deployed,
    log: &mut Log,
) {
    if deployed.snapshot.is_some() {
        return;
    }
    let planned: Vec<String> = services.iter().map(|s| s.service.task_group()).collect();
    let beside: Vec<(&Cursor<'_>, String)> = (tasks.iter())
        .filter_map(|task| Some((task, group(task)?)))
        .filter(|(_, group)| !planned.contains(group))
        .collect();
    let Some((first, _)) = beside.first() else {
        return;
    };
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for (_, group) in &beside {
        *counts.entry(group).or_default() += 1;
    }
    let mut names: Vec<String> = (counts.iter().take(NAMED))
        .map(|(group, count)| format!("{count} of `{}`", visible(group)))
        .collect();
    if counts.len() > NAMED {
        names.push(format!("and {} more groups", counts.len() - NAMED));
    }
    first.warning(
        log,
        codes::TASKS_BESIDE,
        format!(
            "{} tasks that run are of no service and no standalone tasks of the file ({}): they are not planned, and what they take \
             of today's instances is no saving",
            beside.len(),
            names.join(", ")
        ),
        "add those that stay to `standaloneTasks`, or their services to `services`",
    );
}

/// The group of a task that runs or is to run, `family:FAMILY` where it names none; `None` for one that stops, and where neither
/// group nor definition is told or a service of an unknown name has started it.
/// Source: Amazon ECS API reference, `Task`.
fn group(task: &Cursor<'_>) -> Option<String> {
    let part = |key: &str| task.get(key)?.text(&mut Log::default());
    if ["desiredStatus", "lastStatus"]
        .map(part)
        .contains(&Some("STOPPED"))
    {
        return None;
    }
    let group = part("group").filter(|group| !group.is_empty());
    group.map(str::to_owned).or_else(|| {
        let is_of_service = part("startedBy").is_some_and(|by| by.starts_with("ecs-svc/"));
        let definition = part("taskDefinitionArn").filter(|_| !is_of_service)?;
        Some(format!("family:{}", parse_reference(definition).0))
    })
}
