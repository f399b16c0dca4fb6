//! The task that a service or standalone tasks run.

use std::collections::BTreeSet;

use super::codes;
use super::cursor::{Cursor, Log};
use super::known_fields::INLINE_SIZE;
use super::suggest::did_you_mean;
use super::task_definitions::{self as definitions, ARCHITECTURES, Definition};
use super::{ports, quantities};
use crate::domain::instance_type::CpuArchitecture;
use crate::domain::quantity::{CpuUnits, GpuCount};
use crate::domain::service::Service;
use crate::domain::task::{FargateFacts, LaunchType, NetworkMode, TaskDefinition};
use crate::domain::text::visible;

/// The task of a service or of standalone tasks: inline, or the task definition it refers to, with the
/// volumes that `volumeConfigurations` adds.
pub(super) fn read(
    item: &Cursor<'_>,
    name: &str,
    definitions: &[Definition],
    log: &mut Log,
) -> Option<TaskDefinition> {
    let mut volumes = attached_volumes(item, log);
    let inline: Vec<_> = INLINE_SIZE.iter().filter_map(|key| item.get(key)).collect();
    let own = item.get("taskDefinition");
    let reference = own.or_else(|| of_primary(item, log).filter(|_| inline.is_empty()));
    let task = match (reference, inline.first()) {
        (Some(reference), None) => {
            let definition = referenced(&reference, definitions, log)?;
            volumes.extend(definition.launch_volumes.iter().cloned());
            definition.task.clone()
        }
        (Some(_), Some(first)) => {
            first.error(
                log,
                codes::TWO_SIZES,
                "there is both a `taskDefinition` and a size written inline",
                "keep one of them",
            );
            None
        }
        (None, Some(_)) => inline_task(item, name, log),
        (None, None) => {
            item.require(
                log,
                "taskDefinition",
                "refer to a task definition, or give `cpu` and `memory` inline",
            );
            None
        }
    };
    let mut task = task?;
    task.ebs_volumes = definitions::volume_count(&volumes);
    Some(task)
}

/// The task set or deployment of a service that is `PRIMARY`; where none is, the first.
pub(super) fn primary<'a>(item: &Cursor<'a>, key: &str, log: &mut Log) -> Option<Cursor<'a>> {
    let all = item.list(log, key);
    let is_primary = |set: &&Cursor<'a>| {
        let status = set.get("status");
        status.is_some_and(|status| status.text(&mut Log::default()) == Some("PRIMARY"))
    };
    all.iter().find(is_primary).or(all.first()).cloned()
}

/// The task definition of a service that names it only in its task sets, as services with a deployment
/// controller of their own do, or in its deployments.
fn of_primary<'a>(item: &Cursor<'a>, log: &mut Log) -> Option<Cursor<'a>> {
    (["taskSets", "deployments"].iter())
        .find_map(|key| primary(item, key, log)?.get("taskDefinition"))
}

/// Volumes that ECS attaches to the instance for each task. They may stand at the service (requests) or at
/// its deployments (replies), where the same volume stands once for each deployment.
fn attached_volumes(item: &Cursor<'_>, log: &mut Log) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut holders = vec![item.clone()];
    holders.extend(item.list(log, "deployments"));
    for holder in holders {
        for volume in holder.list(log, "volumeConfigurations") {
            if volume.get("managedEBSVolume").is_some() {
                names.extend(definitions::volume_name(&volume, log));
            }
        }
    }
    names
}

fn referenced<'d>(
    reference: &Cursor<'_>,
    definitions: &'d [Definition],
    log: &mut Log,
) -> Option<&'d Definition> {
    let text = reference.name(log)?;
    let (family, revision) = definitions::parse_reference(text);
    let of_family = || definitions.iter().filter(|known| known.family == family);
    let found = match revision {
        // A definition without revision (as it is registered) stands for every revision.
        Some(revision) => of_family()
            .find(|known| known.revision.is_some_and(|n| n.to_string() == revision))
            .or_else(|| of_family().find(|known| known.revision.is_none())),
        // A bare family is its newest revision that is ACTIVE.
        None => of_family()
            .filter(|known| known.active)
            .max_by_key(|known| known.revision),
    };
    if found.is_some() {
        return found;
    }
    if revision.is_none() && of_family().next().is_some() {
        reference.error(
            log,
            codes::UNKNOWN_TASK_DEFINITION,
            format!("no revision of `{family}` in the file is ACTIVE"),
            format!("add the ACTIVE revision to `taskDefinitions`, or name one as `{family}:N`"),
        );
        return None;
    }
    let known: Vec<_> = definitions
        .iter()
        .map(|known| match known.revision {
            Some(revision) => format!("{}:{revision}", known.family),
            None => known.family.clone(),
        })
        .collect();
    let asked = revision.map_or_else(|| family.to_owned(), |n| format!("{family}:{n}"));
    reference.error(
        log,
        codes::UNKNOWN_TASK_DEFINITION,
        format!("there is no task definition `{asked}` in the file"),
        format!(
            "{}add it to `taskDefinitions`, as `aws ecs describe-task-definition` prints it",
            did_you_mean(&asked, known.iter().map(String::as_str))
        ),
    );
    None
}

fn inline_task(item: &Cursor<'_>, name: &str, log: &mut Log) -> Option<TaskDefinition> {
    let cpu = match item.get("cpu") {
        Some(field) => quantities::cpu(&field, log),
        None => Some(CpuUnits::ZERO),
    };
    if cpu == Some(CpuUnits::ZERO) {
        definitions::warn_no_cpu(item, log);
    }
    let memory = if let Some(field) = item.get("memory") {
        quantities::task_memory(&field, log)
    } else {
        definitions::no_memory(item, "the inline size has no memory", log);
        None
    };
    let gpus = match item.get("gpu") {
        Some(field) => quantities::gpus(&field, log),
        None => Some(GpuCount::ZERO),
    };
    let architectures = inline_architectures(item, log);
    let network_mode = match item.get("networkMode") {
        Some(field) => field.choice(log, &ports::NETWORK_MODES)?,
        None => NetworkMode::default(),
    };
    let host_ports = item
        .get("hostPorts")
        .map(|field| ports::inline(&field, network_mode, log))
        .unwrap_or_default();
    Some(TaskDefinition {
        name: name.to_owned(),
        cpu: cpu?,
        memory: memory?,
        gpus: gpus?,
        network_mode,
        host_ports,
        requires_compatibilities: Vec::new(),
        architectures: architectures?,
        placement_constraints: Vec::new(),
        ebs_volumes: 0,
        ephemeral_storage_gib: None,
        fargate: FargateFacts::default(),
    })
}

fn inline_architectures(item: &Cursor<'_>, log: &mut Log) -> Option<Vec<CpuArchitecture>> {
    match item.get("architectures") {
        Some(list) => architectures(&list, log),
        None => Some(vec![CpuArchitecture::X86_64]),
    }
}

/// A list of architectures, each once.
pub(super) fn architectures(list: &Cursor<'_>, log: &mut Log) -> Option<Vec<CpuArchitecture>> {
    let items = list.items(log);
    let mut architectures = items
        .iter()
        .map(|item| match item.text(log)?.parse() {
            // The catalogue's spelling (`x86_64`, `arm64`) is as good as the API's.
            Ok(architecture) => Some(architecture),
            Err(_) => item.choice(log, &ARCHITECTURES),
        })
        .collect::<Option<Vec<_>>>()?;
    if architectures.is_empty() {
        list.error(
            log,
            codes::OUT_OF_RANGE,
            "the list of architectures is empty",
            "name `X86_64`, `ARM64` or both, or leave the key out for X86_64",
        );
        return None;
    }
    architectures.sort_unstable();
    architectures.dedup();
    Some(architectures)
}

/// Tasks on instances from outside AWS cannot have a network interface of their own.
/// Source: Amazon ECS developer guide, Amazon ECS Anywhere, considerations.
pub(super) fn check_external(item: &Cursor<'_>, service: &Service, log: &mut Log) {
    if !service.is_external() || service.task.network_mode != NetworkMode::Awsvpc {
        return;
    }
    let keys = ["networkMode", "taskDefinition"];
    let place = keys.iter().find_map(|key| item.get(key));
    place.unwrap_or_else(|| item.clone()).error(
        log,
        codes::EXTERNAL_NETWORK,
        "the tasks run on EXTERNAL instances, and their network mode is `awsvpc`",
        "make the network mode `bridge`, `host` or `none`; EXTERNAL instances have no network interfaces \
         to give",
    );
}

/// Warns where the launch type of a service or of tasks is none that their task definition names. The launch type is planned by;
/// ECS validates a definition for what it names.
/// Source: Amazon ECS API reference, `RegisterTaskDefinition`, `requiresCompatibilities`.
pub(super) fn warn_of_launch_type(item: &Cursor<'_>, service: &Service, log: &mut Log) {
    let named = &service.task.requires_compatibilities;
    let Some(own) = service.launch_type.filter(|own| {
        let is_known = matches!(own, LaunchType::Ec2 | LaunchType::Fargate);
        is_known && !named.is_empty() && !named.contains(own)
    }) else {
        return;
    };
    let named: Vec<String> = named.iter().map(ToString::to_string).collect();
    let named = named.join(", ");
    let place = item.get("launchType").unwrap_or_else(|| item.clone());
    place.warning(
        log,
        codes::LAUNCH_TYPE_AND_DEFINITION,
        format!(
            "the launch type is {own}, and `requiresCompatibilities` of the task definition `{}` names {named} alone, for which ECS \
             has validated it: the plan goes by the launch type",
            visible(&service.task.name)
        ),
        format!("register a revision with `{own}` in `requiresCompatibilities`, or take another `launchType`"),
    );
}
