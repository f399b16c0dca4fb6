//! Task definitions as the ECS API prints them.

use std::collections::BTreeSet;

use super::codes;
use super::cursor::{Cursor, Log};
use super::placement::{self, Owner};
use super::{accelerators, awsvpc, fargate_facts, ports, quantities};
use crate::domain::instance_type::CpuArchitecture;
use crate::domain::quantity::{CpuUnits, MemoryMib};
use crate::domain::task::{LaunchType, NetworkMode, TaskDefinition};

/// Launch types in the words of the ECS API.
pub(super) const LAUNCH_TYPES: [(&str, LaunchType); 4] = [
    ("EC2", LaunchType::Ec2),
    ("FARGATE", LaunchType::Fargate),
    ("EXTERNAL", LaunchType::External),
    ("MANAGED_INSTANCES", LaunchType::ManagedInstances),
];

/// CPU architectures in the words of the ECS API.
pub(super) const ARCHITECTURES: [(&str, CpuArchitecture); 2] = [
    ("X86_64", CpuArchitecture::X86_64),
    ("ARM64", CpuArchitecture::Arm64),
];

/// A task definition of the file, whether or not it could be read to the end.
#[derive(Debug)]
pub(super) struct Definition {
    pub family: String,
    pub revision: Option<u64>,
    /// Whether new tasks may start of it by the family's name: it is `ACTIVE`, or the file says nothing.
    pub active: bool,
    pub task: Option<TaskDefinition>,
    /// Volumes that are configured when a task starts; only EBS volumes can be.
    pub launch_volumes: BTreeSet<String>,
}

/// The section `taskDefinitions`.
pub(super) fn read_all(items: &[Cursor<'_>], log: &mut Log) -> Vec<Definition> {
    let mut definitions: Vec<Definition> = Vec::new();
    let mut seen: Vec<&Cursor<'_>> = Vec::new();
    for item in items {
        if item.entries(log).is_none() {
            continue;
        }
        let Some(definition) = read(item, log) else {
            continue;
        };
        let same = |known: &Definition| {
            known.family == definition.family && known.revision == definition.revision
        };
        if let Some(position) = definitions.iter().position(same) {
            // Services that share a definition make scripts print it twice.
            let same = || seen[position].node.without_positions() == item.node.without_positions();
            if item.get("taskDefinitionArn").is_some() && same() {
                continue;
            }
            item.error(
                log,
                codes::DUPLICATE_TASK_DEFINITION,
                format!(
                    "the task definition `{}` is given twice",
                    reference_text(&definition.family, definition.revision)
                ),
                "remove one, or give each its `revision`",
            );
        } else {
            definitions.push(definition);
            seen.push(item);
        }
    }
    definitions
}

/// `family:revision`, or the family alone.
fn reference_text(family: &str, revision: Option<u64>) -> String {
    revision.map_or_else(|| family.to_owned(), |n| format!("{family}:{n}"))
}

/// The family and revision that an ARN, `family:revision` or a bare family names.
pub(super) fn parse_reference(text: &str) -> (&str, Option<&str>) {
    let name = if text.starts_with("arn:") {
        text.rsplit_once('/').map_or(text, |(_, name)| name)
    } else {
        text
    };
    match name.rsplit_once(':') {
        Some((family, revision)) => (family, Some(revision)),
        None => (name, None),
    }
}

fn read(item: &Cursor<'_>, log: &mut Log) -> Option<Definition> {
    let arn = item
        .get("taskDefinitionArn")
        .and_then(|field| field.name(log))
        .map(parse_reference);
    let family = match (item.get("family"), arn) {
        (Some(field), _) => field.name(log)?,
        (None, Some((family, _))) => family,
        (None, None) => item
            .require(log, "family", "give the task definition its family")?
            .name(log)?,
    };
    let revision = match (item.get("revision"), arn) {
        (Some(field), _) => Some(field.whole(log, 1..=u64::from(u32::MAX))?),
        (None, Some((_, Some(revision)))) => revision.parse().ok(),
        (None, _) => None,
    };
    let before = error_count(log);
    let launch_volumes = launch_volumes(item, log);
    let mut task = task(item, &reference_text(family, revision), log);
    if let Some(task) = &mut task {
        task.ebs_volumes = volume_count(&launch_volumes);
    }
    let status = item.get("status").and_then(|field| field.text(log));
    Some(Definition {
        family: family.to_owned(),
        revision,
        active: status.is_none_or(|status| status == "ACTIVE"),
        task: task.filter(|_| error_count(log) == before),
        launch_volumes,
    })
}

fn error_count(log: &Log) -> usize {
    log.findings
        .iter()
        .filter(|finding| finding.severity == super::findings::Severity::Error)
        .count()
}

fn task(item: &Cursor<'_>, name: &str, log: &mut Log) -> Option<TaskDefinition> {
    let containers = item.list(log, "containerDefinitions");
    for container in &containers {
        container.entries(log);
    }
    let network_mode = match item.get("networkMode") {
        Some(field) => field.choice(log, &ports::NETWORK_MODES),
        None => Some(NetworkMode::default()),
    };
    let cpu = task_cpu(item, &containers, log);
    let memory = task_memory(item, &containers, log);
    let gpus = accelerators::task_gpus(item, &containers, log);
    let architectures = architectures(item, log);
    let requires_compatibilities = compatibilities(item, log);
    let placement_constraints = placement::constraints(item, Owner::TaskDefinition, log);
    let ephemeral_storage_gib = item
        .get("ephemeralStorage")
        .and_then(|storage| ephemeral_storage(&storage, log));
    let fargate = fargate_facts::read(item, &containers, log);
    let network_mode = network_mode?;
    if network_mode == NetworkMode::Awsvpc {
        awsvpc::check(&containers, log);
    }
    let host_ports = ports::of_containers(&containers, network_mode, log);
    Some(TaskDefinition {
        name: name.to_owned(),
        cpu: cpu?,
        memory: memory?,
        gpus: gpus?,
        network_mode,
        host_ports,
        requires_compatibilities: requires_compatibilities?,
        architectures: architectures?,
        placement_constraints,
        ebs_volumes: 0,
        ephemeral_storage_gib,
        fargate,
    })
}

/// The task's own CPU, else its containers' together; a container without CPU counts 0.
fn task_cpu(item: &Cursor<'_>, containers: &[Cursor<'_>], log: &mut Log) -> Option<CpuUnits> {
    if let Some(field) = item.get("cpu") {
        return quantities::cpu(&field, log);
    }
    let mut total = Some(CpuUnits::ZERO);
    for container in containers {
        let cpu = match container.get("cpu") {
            Some(field) => quantities::cpu(&field, log),
            None => Some(CpuUnits::ZERO),
        };
        total = total.zip(cpu).and_then(|(a, b)| a.checked_add(b));
    }
    if total == Some(CpuUnits::ZERO) {
        warn_no_cpu(item, log);
    }
    total
}

/// Says that a task is planned without any CPU.
pub(super) fn warn_no_cpu(item: &Cursor<'_>, log: &mut Log) {
    item.warning(
        log,
        codes::NO_CPU,
        "neither the task nor a container asks for CPU; it is planned with 0 CPU units",
        "give it the CPU it needs, or the plan packs it by memory alone, as ECS does",
    );
}

/// The task's own memory, else its containers' together: `memoryReservation` where given, else `memory`.
fn task_memory(item: &Cursor<'_>, containers: &[Cursor<'_>], log: &mut Log) -> Option<MemoryMib> {
    if let Some(field) = item.get("memory") {
        return quantities::task_memory(&field, log);
    }
    if containers.is_empty() {
        no_memory(item, "the task has no `memory` and no containers", log);
        return None;
    }
    let mut total = Some(MemoryMib::ZERO);
    for container in containers.iter().filter(|container| container.is_object()) {
        let keys = ["memoryReservation", "memory"];
        let memory = if let Some(field) = keys.iter().find_map(|key| container.get(key)) {
            quantities::memory(&field, log)
        } else {
            no_memory(
                container,
                "the task has no `memory`, and this container has neither `memoryReservation` nor \
                 `memory`",
                log,
            );
            None
        };
        total = total.zip(memory).and_then(|(a, b)| a.checked_add(b));
    }
    if total == Some(MemoryMib::ZERO) {
        no_memory(item, "the containers' memory comes to 0", log);
        return None;
    }
    total
}

/// Says that a task's memory is not known.
pub(super) fn no_memory(place: &Cursor<'_>, cause: &str, log: &mut Log) {
    place.error(
        log,
        codes::NO_MEMORY,
        cause,
        "give `memory` in MiB; without it ECS cannot place the task either",
    );
}

fn architectures(item: &Cursor<'_>, log: &mut Log) -> Option<Vec<CpuArchitecture>> {
    let platform = item.get("runtimePlatform");
    if let Some(platform) = &platform {
        platform.entries(log)?;
    }
    let field = |key: &str| platform.as_ref().and_then(|platform| platform.get(key));
    if let Some(system) = field("operatingSystemFamily") {
        let text = system.text(log)?;
        if text.to_uppercase().starts_with("WINDOWS") {
            system.error(
                log,
                codes::WINDOWS,
                format!("`{text}`: Windows tasks cannot be planned"),
                "take the task definition and its services out of the file",
            );
            return None;
        }
    }
    match field("cpuArchitecture") {
        Some(architecture) => Some(vec![architecture.choice(log, &ARCHITECTURES)?]),
        None => Some(vec![CpuArchitecture::X86_64]),
    }
}

fn compatibilities(item: &Cursor<'_>, log: &mut Log) -> Option<Vec<LaunchType>> {
    let Some(list) = item.get("requiresCompatibilities") else {
        return Some(Vec::new());
    };
    let items: Vec<_> = list.items(log);
    let mut types = items
        .iter()
        .map(|item| item.choice(log, &LAUNCH_TYPES))
        .collect::<Option<Vec<_>>>()?;
    types.sort_unstable();
    types.dedup();
    Some(types)
}

/// The size of `ephemeralStorage`, in GiB.
pub(super) fn ephemeral_storage(storage: &Cursor<'_>, log: &mut Log) -> Option<u64> {
    storage.get("sizeInGiB")?.whole(log, 20..=200)
}

/// The names of the volumes that are configured when a task starts.
fn launch_volumes(item: &Cursor<'_>, log: &mut Log) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for volume in item.list(log, "volumes") {
        let at_launch = volume
            .get("configuredAtLaunch")
            .and_then(|flag| flag.boolean(log));
        if at_launch == Some(true) {
            names.extend(volume_name(&volume, log));
        }
    }
    names
}

/// The name of a volume; where it has none, its place, which is nobody else's.
pub(super) fn volume_name(volume: &Cursor<'_>, log: &mut Log) -> Option<String> {
    match volume.get("name") {
        Some(field) => field.name(log).map(str::to_owned),
        None => Some(volume.path.clone()),
    }
}

/// How many volumes these names are.
pub(super) fn volume_count(names: &BTreeSet<String>) -> u64 {
    u64::try_from(names.len()).unwrap_or(u64::MAX)
}
