//! What a task definition says that matters on Fargate, or on Managed Instances, alone.

use std::collections::BTreeSet;

use super::codes;
use super::cursor::{Cursor, Log};
use super::document::Value;
use super::quantities;
use crate::domain::quantity::{CpuUnits, MemoryMib};
use crate::domain::task::{
    ContainerLimit, ContainerReservation, FargateFacts, LaunchType, RoleNeed, TaskFeature,
};

/// The one Linux capability that Fargate lets a container add.
const ADDABLE: [&str; 2] = ["SYS_PTRACE", "CAP_SYS_PTRACE"];

/// Log drivers of Fargate.
const LOG_DRIVERS: [&str; 3] = ["awslogs", "splunk", "awsfirelens"];

/// Hosts of ECR's private registries have one of these in them.
const ECR_HOSTS: [&str; 2] = [".dkr.ecr.", ".dkr-ecr."];

/// Seconds that Fargate takes for a timeout. Source: Amazon ECS API reference, `ContainerDefinition`.
const TIMEOUTS: [(&str, std::ops::RangeInclusive<u64>, TaskFeature); 2] = [
    ("startTimeout", 2..=120, TaskFeature::StartTimeout),
    ("stopTimeout", 0..=120, TaskFeature::StopTimeout),
];

/// Fields of a container that count as soon as they hold something.
const OF_CONTAINER: [(&str, TaskFeature); 7] = [
    ("dnsSearchDomains", TaskFeature::DnsSearchDomains),
    ("dnsServers", TaskFeature::DnsServers),
    ("dockerLabels", TaskFeature::DockerLabels),
    ("dockerSecurityOptions", TaskFeature::DockerSecurityOptions),
    ("extraHosts", TaskFeature::ExtraHosts),
    ("hostname", TaskFeature::Hostname),
    ("links", TaskFeature::Links),
];

/// Fields of a container that count where they are true.
const SWITCHES: [(&str, TaskFeature); 2] = [
    ("disableNetworking", TaskFeature::DisableNetworking),
    ("privileged", TaskFeature::Privileged),
];

/// Linux parameters that count as soon as they hold something. `tmpfs` is none of them: Fargate and Managed Instances
/// take it. Source: AWS, What's new, "Amazon ECS now supports tmpfs mounts on AWS Fargate and ECS Managed Instances", 2026-01-06.
const OF_LINUX: [(&str, TaskFeature); 4] = [
    ("devices", TaskFeature::Devices),
    ("maxSwap", TaskFeature::MaxSwap),
    ("sharedMemorySize", TaskFeature::SharedMemorySize),
    ("swappiness", TaskFeature::Swappiness),
];

/// Volumes of a kind.
const OF_VOLUME: [(&str, TaskFeature); 2] = [
    ("dockerVolumeConfiguration", TaskFeature::DockerVolume),
    (
        "fsxWindowsFileServerVolumeConfiguration",
        TaskFeature::WindowsVolume,
    ),
];

/// Reads them, and says where a container's hard limit, or the CPU or the reserved memory of all, cannot be: above that of the task; or
/// what one reserves above its own limit.
pub(super) fn read(item: &Cursor<'_>, containers: &[Cursor<'_>], log: &mut Log) -> FargateFacts {
    let mut features = BTreeSet::new();
    // Tools that deploy write an empty text for what they leave out.
    if item.get("ipcMode").is_some_and(|field| holds(&field)) {
        features.insert(TaskFeature::IpcMode);
    }
    if item
        .get("pidMode")
        .is_some_and(|field| holds(&field) && !is_text(&field, &["task"]))
    {
        features.insert(TaskFeature::PidMode);
    }
    if item
        .get("proxyConfiguration")
        .is_some_and(|field| holds(&field))
    {
        features.insert(TaskFeature::ProxyConfiguration);
    }
    for volume in item.list(log, "volumes") {
        of_volume(&volume, &mut features);
    }
    for container in containers {
        of_container(container, &mut features, log);
    }
    // What is wrong with the sizes is said where the task's size is read.
    let mut quiet = Log::default();
    let cpu = (item.get("cpu")).and_then(|field| quantities::cpu(&field, &mut quiet));
    let memory = (item.get("memory")).and_then(|field| quantities::memory(&field, &mut quiet));
    let cpu_above = cpu.and_then(|cpu| compare_cpu(item, containers, cpu, log));
    let (hard_limit, limits_above) = hard_limits(containers, memory, log);
    let reserved_above = memory.and_then(|memory| compare_reserved(item, containers, memory, log));
    let reservations_above = reservations_above(containers, log);
    let compatibilities = compatibilities(item, log);
    let has_role = (item.get("executionRoleArn")).is_some_and(|role| holds(&role));
    let is_found_by_aws = !compatibilities.is_empty();
    let role_needs = if has_role || is_found_by_aws {
        BTreeSet::new()
    } else {
        (containers.iter()).flat_map(role_needs).collect()
    };
    let without_stream_prefix = if is_found_by_aws {
        Vec::new()
    } else {
        (containers.iter().enumerate())
            .filter(|(_, container)| lacks_stream_prefix(container))
            .map(|(index, container)| name_of(container, index))
            .collect()
    };
    FargateFacts {
        features,
        compatibilities,
        stated: Some((cpu, memory)),
        hard_limit,
        limits_above,
        cpu_above,
        reserved_above,
        reservations_above,
        role_needs,
        without_stream_prefix,
    }
}

/// What of a container needs an execution role on Fargate.
fn role_needs(container: &Cursor<'_>) -> Vec<RoleNeed> {
    let logs = logs_by_awslogs(container);
    let in_ecr = container.get("image").is_some_and(|image| {
        matches!(&image.node.value, Value::Text(text) if ECR_HOSTS.iter().any(|host| text.contains(host)))
    });
    let needs = [(logs, RoleNeed::Awslogs), (in_ecr, RoleNeed::EcrImage)];
    (needs.into_iter())
        .filter_map(|(holds, need)| holds.then_some(need))
        .collect()
}

fn logs_by_awslogs(container: &Cursor<'_>) -> bool {
    let driver = (container.get("logConfiguration")).and_then(|log| log.get("logDriver"));
    driver.is_some_and(|driver| is_text(&driver, &["awslogs"]))
}

/// Source: what `RegisterTaskDefinition` answers, "Fargate requires log configuration options to include
/// awslogs-stream-prefix to support log driver awslogs".
fn lacks_stream_prefix(container: &Cursor<'_>) -> bool {
    let options = (container.get("logConfiguration")).and_then(|log| log.get("options"));
    let prefix = options.and_then(|options| options.get("awslogs-stream-prefix"));
    logs_by_awslogs(container) && !prefix.is_some_and(|prefix| holds(&prefix))
}

/// A container's name, or its place where it has none.
fn name_of(container: &Cursor<'_>, index: usize) -> String {
    let name = text(container.get("name").as_ref());
    name.unwrap_or_else(|| format!("containerDefinitions[{index}]"))
}

fn text(field: Option<&Cursor<'_>>) -> Option<String> {
    match &field?.node.value {
        Value::Text(text) if !text.is_empty() => Some(text.clone()),
        _ => None,
    }
}

fn of_volume(volume: &Cursor<'_>, features: &mut BTreeSet<TaskFeature>) {
    let path = volume.get("host").and_then(|host| host.get("sourcePath"));
    if path.is_some_and(|path| holds(&path)) {
        features.insert(TaskFeature::HostPath);
    }
    for (key, feature) in OF_VOLUME {
        if volume.get(key).is_some() {
            features.insert(feature);
        }
    }
}

fn of_container(container: &Cursor<'_>, features: &mut BTreeSet<TaskFeature>, log: &mut Log) {
    for (key, feature) in OF_CONTAINER {
        if container.get(key).is_some_and(|field| holds(&field)) {
            features.insert(feature);
        }
    }
    for (key, feature) in SWITCHES {
        if container.get(key).and_then(|field| field.boolean(log)) == Some(true) {
            features.insert(feature);
        }
    }
    for (key, seconds, feature) in TIMEOUTS {
        let stated = container
            .get(key)
            .and_then(|field| field.whole(&mut Log::default(), 0..=u64::MAX));
        if stated.is_some_and(|stated| !seconds.contains(&stated)) {
            features.insert(feature);
        }
    }
    if let Some(linux) = container.get("linuxParameters") {
        of_linux(&linux, features);
    }
    let driver = (container.get("logConfiguration")).and_then(|log| log.get("logDriver"));
    if driver.is_some_and(|driver| !is_text(&driver, &LOG_DRIVERS)) {
        features.insert(TaskFeature::LogDriver);
    }
    let config = (container.get("firelensConfiguration"))
        .and_then(|router| router.get("options")?.get("config-file-type"));
    if config.is_some_and(|kind| is_text(&kind, &["s3"])) {
        features.insert(TaskFeature::FirelensConfigS3);
    }
}

fn of_linux(linux: &Cursor<'_>, features: &mut BTreeSet<TaskFeature>) {
    for (key, feature) in OF_LINUX {
        if linux.get(key).is_some_and(|field| holds(&field)) {
            features.insert(feature);
        }
    }
    let added = linux.get("capabilities").and_then(|all| all.get("add"));
    let added = added.map(|list| list.items(&mut Log::default()));
    if (added.unwrap_or_default().iter()).any(|capability| !is_text(capability, &ADDABLE)) {
        features.insert(TaskFeature::AddedCapability);
    }
}

/// Anything but an empty list, object or text.
fn holds(field: &Cursor<'_>) -> bool {
    match &field.node.value {
        Value::Null => false,
        Value::Text(text) => !text.is_empty(),
        Value::List(items) => !items.is_empty(),
        Value::Object(entries) => !entries.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

fn is_text(field: &Cursor<'_>, words: &[&str]) -> bool {
    matches!(&field.node.value, Value::Text(text) if words.contains(&text.as_str()))
}

/// What `describe-task-definition` says the definition was found to be compatible with.
fn compatibilities(item: &Cursor<'_>, log: &mut Log) -> Vec<LaunchType> {
    let words = item.list(log, "compatibilities");
    let mut types: Vec<LaunchType> = (super::task_definitions::LAUNCH_TYPES.iter())
        .filter(|(word, _)| words.iter().any(|item| is_text(item, &[word])))
        .map(|(_, launch_type)| *launch_type)
        .collect();
    types.sort_unstable();
    types
}

/// The largest hard limit of a container's memory, and those above the memory of the task.
fn hard_limits(
    containers: &[Cursor<'_>],
    task: Option<MemoryMib>,
    log: &mut Log,
) -> (MemoryMib, Vec<ContainerLimit>) {
    let (mut largest, mut above) = (MemoryMib::ZERO, Vec::new());
    for (index, container) in containers.iter().enumerate() {
        let Some(field) = container.get("memory") else {
            continue;
        };
        let Some(limit) = amount(container, "memory") else {
            continue;
        };
        largest = largest.max(limit);
        if let Some(task) = task.filter(|task| limit > *task) {
            above.push(ContainerLimit {
                container: name_of(container, index),
                memory: limit,
            });
            field.warning(
                log,
                codes::LIMIT_ABOVE_TASK,
                format!("the container's limit of {limit} is above the {task} of its task"),
                "ECS refuses such a definition: lower the container's `memory`, or raise the task's",
            );
        }
    }
    (largest, above)
}

/// The containers' CPU together where it is above that of their task, which is said.
/// Source: what `RegisterTaskDefinition` answers, "The sum of all container 'cpu' values cannot be greater than the
/// task-level 'cpu' value".
fn compare_cpu(
    item: &Cursor<'_>,
    containers: &[Cursor<'_>],
    task: CpuUnits,
    log: &mut Log,
) -> Option<CpuUnits> {
    let fields = containers
        .iter()
        .filter_map(|container| container.get("cpu"));
    let together = fields
        .filter_map(|field| quantities::cpu(&field, &mut Log::default()))
        .try_fold(CpuUnits::ZERO, CpuUnits::checked_add);
    let together = together.filter(|together| *together > task)?;
    let field = item.get("cpu").unwrap_or_else(|| item.clone());
    field.warning(
        log,
        codes::LIMIT_ABOVE_TASK,
        format!("the containers ask for {together} together, above the {task} of their task"),
        "ECS refuses such a definition: lower the containers' `cpu`, or raise the task's",
    );
    Some(together)
}

/// The containers' `memoryReservation` together where it is above the memory of their task, which is said.
/// Source: what `RegisterTaskDefinition` answers, "The sum of all container 'memoryReservation' values cannot be greater
/// than the value of the task 'memory'".
fn compare_reserved(
    item: &Cursor<'_>,
    containers: &[Cursor<'_>],
    task: MemoryMib,
    log: &mut Log,
) -> Option<MemoryMib> {
    let together = (containers.iter())
        .filter_map(|container| amount(container, "memoryReservation"))
        .try_fold(MemoryMib::ZERO, MemoryMib::checked_add);
    let together = together.filter(|together| *together > task)?;
    let field = item.get("memory").unwrap_or_else(|| item.clone());
    field.warning(
        log,
        codes::LIMIT_ABOVE_TASK,
        format!("the containers reserve {together} together, above the {task} of their task"),
        "ECS refuses such a definition: lower the containers' `memoryReservation`, or raise the task's `memory`",
    );
    Some(together)
}

/// Containers that reserve more memory than their own hard limit lets them have, which is said.
/// Source: Amazon ECS API reference, `ContainerDefinition`, `memory`. The two may be equal.
fn reservations_above(containers: &[Cursor<'_>], log: &mut Log) -> Vec<ContainerReservation> {
    let above = |(index, container): (usize, &Cursor<'_>)| {
        let limit = amount(container, "memory")?;
        let reserved = amount(container, "memoryReservation").filter(|it| *it > limit)?;
        let field = container.get("memoryReservation")?;
        field.warning(
            log,
            codes::LIMIT_ABOVE_TASK,
            format!("the container reserves {reserved}, above its own limit of {limit}"),
            "ECS refuses such a definition: lower the container's `memoryReservation`, or raise its `memory`",
        );
        Some(ContainerReservation {
            container: name_of(container, index),
            reserved,
            limit,
        })
    };
    containers.iter().enumerate().filter_map(above).collect()
}

/// An amount of memory of a container. What is wrong with it is said where the task's size is read.
fn amount(container: &Cursor<'_>, key: &str) -> Option<MemoryMib> {
    quantities::memory(&container.get(key)?, &mut Log::default())
}
