//! Standalone tasks: entries shaped like requests of `RunTask`, planned beside the services.

use std::collections::{BTreeMap, BTreeSet};

use super::cursor::{Cursor, Log};
use super::known_fields::{INLINE_SIZE, RUN_TASK_API, standalone_ours};
use super::placement::{self, Owner};
use super::services::{self, Located};
use super::task_definitions::{self as definitions, Definition, LAUNCH_TYPES};
use super::{codes, policy, quantities, task_of};
use crate::domain::policy_keys::MAX_TASKS;
use crate::domain::service::{DeploymentStrategy, SchedulingStrategy, Service, TaskOwner};
use crate::domain::task::TaskDefinition;

/// The section `standaloneTasks`, in the order of the file.
pub(super) fn read_all<'a>(
    items: &[Cursor<'a>],
    definitions: &[Definition],
    services: &[Located<'_>],
    log: &mut Log,
) -> Vec<Located<'a>> {
    let mut names = Names {
        taken: services.iter().map(|s| s.service.name.clone()).collect(),
        entries: BTreeMap::new(),
    };
    items
        .iter()
        .filter_map(|item| {
            let service = read(item, definitions, &mut names, log)?;
            let at = item.clone();
            Some(Located { service, at })
        })
        .collect()
}

fn read(
    item: &Cursor<'_>,
    definitions: &[Definition],
    names: &mut Names,
    log: &mut Log,
) -> Option<Service> {
    item.entries(log)?;
    item.report_unknown_keys(
        log,
        &[&standalone_ours(), &INLINE_SIZE, &RUN_TASK_API],
        "a standalone task",
    );
    let group = group(item, log);
    let name = group.as_deref().map(|group| names.next(item, group, log));
    let inline_name = group.as_deref().unwrap_or_default();
    let mut task = task_of::read(item, inline_name, definitions, log);
    if let (Some(task), Some(overrides)) = (&mut task, item.get("overrides")) {
        apply_overrides(task, &overrides, log);
    }
    let count = match item.get("count") {
        Some(field) => field.whole(log, 0..=MAX_TASKS),
        None => Some(1),
    };
    let launch_type = item
        .get("launchType")
        .and_then(|field| field.choice(log, &LAUNCH_TYPES));
    let placement_constraints = placement::constraints(item, Owner::Service, log);
    let placement_strategy = placement::strategies(item, log);
    let policy = policy::of_service(item, log);
    let service = Service {
        name: name?,
        owner: TaskOwner::Standalone { group: group? },
        exists: false,
        desired_count: count?,
        min_count: None,
        max_count: None,
        scheduling_strategy: SchedulingStrategy::Replica,
        launch_type,
        task: task?,
        placement_constraints,
        measured_cpu: None,
        placement_strategy,
        capacity_provider_strategy: Vec::new(),
        deployment: None,
        deployment_strategy: DeploymentStrategy::Rolling,
        service_discovery: false,
        tags: services::tags(item),
        policy,
        pod: None,
    };
    task_of::check_external(item, &service, log);
    task_of::warn_of_launch_type(item, &service, log);
    Some(service)
}

/// The task group: the entry's own, else `family:FAMILY` as `RunTask` sets it.
fn group(item: &Cursor<'_>, log: &mut Log) -> Option<String> {
    if let Some(field) = item.get("group") {
        return field.name(log).map(str::to_owned);
    }
    let Some(reference) = item.get("taskDefinition") else {
        // An entry that says nothing of its task is reported where the task is read.
        if INLINE_SIZE.iter().any(|key| item.get(key).is_some()) {
            item.require(
                log,
                "group",
                "give the tasks a `group`, which is their name in the plan; without a task \
                 definition there is no family to name them after",
            );
        }
        return None;
    };
    // An empty reference is reported where the task is read.
    let text = reference.text(&mut Log::default())?;
    Some(format!("family:{}", definitions::parse_reference(text).0))
}

/// Names given out so far.
struct Names {
    taken: BTreeSet<String>,
    entries: BTreeMap<String, u64>,
}

impl Names {
    /// The group's name for its first entry, then `GROUP#2`, `GROUP#3`.
    fn next(&mut self, item: &Cursor<'_>, group: &str, log: &mut Log) -> String {
        let nth = self.entries.entry(group.to_owned()).or_default();
        *nth += 1;
        let name = if *nth == 1 {
            group.to_owned()
        } else {
            format!("{group}#{nth}")
        };
        if !self.taken.insert(name.clone()) {
            let place = item.get("group").unwrap_or_else(|| item.clone());
            place.error(
                log,
                codes::NAME_TAKEN,
                format!("the name `{name}` of these tasks in the plan is taken already"),
                "give them another `group`",
            );
        }
        name
    }
}

/// Sizes that the request puts in place of the task definition's.
fn apply_overrides(task: &mut TaskDefinition, overrides: &Cursor<'_>, log: &mut Log) {
    if let Some(cpu) = overrides.get("cpu") {
        task.cpu = quantities::cpu(&cpu, log).unwrap_or(task.cpu);
    }
    if let Some(memory) = overrides.get("memory") {
        task.memory = quantities::task_memory(&memory, log).unwrap_or(task.memory);
    }
    if let Some(storage) = overrides.get("ephemeralStorage") {
        task.ephemeral_storage_gib =
            definitions::ephemeral_storage(&storage, log).or(task.ephemeral_storage_gib);
    }
    for container in overrides.list(log, "containerOverrides") {
        let sizes = ["cpu", "memory", "memoryReservation", "resourceRequirements"];
        if let Some(size) = sizes.iter().find_map(|key| container.get(key)) {
            size.warning(
                log,
                codes::CONTAINER_OVERRIDE,
                "sizes of single containers are not overridden; the task definition's count",
                "write the size of the whole task as `cpu` and `memory` of `overrides`, or inline",
            );
        }
    }
}
