//! Services: the API's fields, ours beside them, and the task each of them runs.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::codes;
use super::cursor::{Cursor, Log};
use super::known_fields::{INLINE_SIZE, SERVICE_API, SERVICE_OURS};
use super::placement::{self, Owner};
use super::suggest::did_you_mean;
use super::task_definitions::{self as definitions, ARCHITECTURES, Definition, LAUNCH_TYPES};
use super::{ports, quantities};
use crate::domain::instance_type::CpuArchitecture;
use crate::domain::quantity::{CpuUnits, GpuCount};
use crate::domain::service::{
    DeploymentConfiguration, DeploymentStrategy, SchedulingStrategy, Service, TaskOwner,
};
use crate::domain::task::{LaunchType, NetworkMode, TaskDefinition};

/// Most tasks of one service.
const MAX_COUNT: u64 = 10_000_000;

/// Reads all services, sorted by name.
pub(super) fn read_all(
    items: &[Cursor<'_>],
    definitions: &[Definition],
    log: &mut Log,
) -> Vec<Service> {
    let mut names = BTreeSet::new();
    let mut services: Vec<_> = items
        .iter()
        .filter_map(|item| read(item, definitions, &mut names, log))
        .collect();
    services.sort_by(|a, b| a.name.cmp(&b.name));
    services
}

fn read(
    item: &Cursor<'_>,
    definitions: &[Definition],
    names: &mut BTreeSet<String>,
    log: &mut Log,
) -> Option<Service> {
    item.entries(log)?;
    item.report_unknown_keys(
        log,
        &[&SERVICE_OURS, &INLINE_SIZE, &SERVICE_API],
        "a service",
    );
    let name = name(item, names, log);
    let task = task(item, name.as_deref().unwrap_or_default(), definitions, log);
    let scheduling_strategy = match item.get("schedulingStrategy") {
        Some(field) => field.choice(
            log,
            &[
                ("REPLICA", SchedulingStrategy::Replica),
                ("DAEMON", SchedulingStrategy::Daemon),
            ],
        ),
        None => Some(SchedulingStrategy::Replica),
    };
    let daemon = scheduling_strategy == Some(SchedulingStrategy::Daemon);
    let counts = if daemon {
        Some((0, None, None))
    } else {
        counts(item, log)
    };
    let launch_type = item
        .get("launchType")
        .and_then(|field| field.choice(log, &LAUNCH_TYPES));
    report_external(item, launch_type, task.as_ref(), log);
    report_volumes(item, log);
    let placement_constraints = placement::constraints(item, Owner::Service, log);
    let placement_strategy = placement::strategies(item, log);
    let deployment = deployment(item, daemon, log);
    let on_demand_base = item
        .get("onDemandBase")
        .and_then(|field| field.whole(log, 0..=MAX_COUNT));
    let spot_max_share = item
        .get("spotMaxShare")
        .and_then(|field| field.decimal(log, Decimal::ZERO..=Decimal::ONE));
    let (desired_count, min_count, max_count) = counts?;
    Some(Service {
        name: name?,
        owner: TaskOwner::Service,
        desired_count,
        min_count,
        max_count,
        scheduling_strategy: scheduling_strategy?,
        launch_type,
        task: task?,
        placement_constraints,
        placement_strategy,
        deployment,
        deployment_strategy: DeploymentStrategy::Rolling,
        service_discovery: false,
        on_demand_base,
        spot_max_share,
    })
}

fn name(item: &Cursor<'_>, names: &mut BTreeSet<String>, log: &mut Log) -> Option<String> {
    let keys = ["serviceName", "serviceArn"];
    let Some(field) = keys.iter().find_map(|key| item.get(key)) else {
        item.require(log, "serviceName", "give the service a name");
        return None;
    };
    let text = field.name(log)?;
    let name = text.rsplit('/').next().unwrap_or(text).to_owned();
    if !names.insert(name.clone()) {
        field.error(
            log,
            codes::DUPLICATE_SERVICE,
            format!("two services are called `{name}`"),
            "rename one, or remove it",
        );
    }
    Some(name)
}

/// Desired, smallest and largest count.
fn counts(item: &Cursor<'_>, log: &mut Log) -> Option<(u64, Option<u64>, Option<u64>)> {
    let count = |field: Cursor<'_>, log: &mut Log| field.whole(log, 0..=MAX_COUNT);
    let desired = item
        .require(log, "desiredCount", "say how many tasks the service runs")
        .and_then(|field| count(field, log));
    let limits: Vec<_> = ["minCount", "maxCount"]
        .into_iter()
        .map(|key| {
            item.get(key)
                .map(|field| (count(field.clone(), log), field))
        })
        .collect();
    let [min, max] = [0, 1].map(|index| limits[index].as_ref().and_then(|(n, _)| *n));
    let desired = desired?;
    for (index, wrong, word) in [
        (0, min.is_some_and(|min| min > desired), "above"),
        (1, max.is_some_and(|max| max < desired), "below"),
    ] {
        if let (true, Some((Some(limit), field))) = (wrong, &limits[index]) {
            field.error(
                log,
                codes::COUNT_ORDER,
                format!("{limit} is {word} `desiredCount` {desired}"),
                "the counts must rise: minCount, desiredCount, maxCount",
            );
        }
    }
    Some((desired, min, max))
}

/// The task of a service: inline, or the task definition it refers to.
fn task(
    item: &Cursor<'_>,
    name: &str,
    definitions: &[Definition],
    log: &mut Log,
) -> Option<TaskDefinition> {
    let inline: Vec<_> = INLINE_SIZE.iter().filter_map(|key| item.get(key)).collect();
    match (item.get("taskDefinition"), inline.first()) {
        (Some(reference), None) => referenced(&reference, definitions, log),
        (Some(_), Some(first)) => {
            first.error(
                log,
                codes::TWO_SIZES,
                "the service has both a `taskDefinition` and a size of its own",
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
    }
}

fn referenced(
    reference: &Cursor<'_>,
    definitions: &[Definition],
    log: &mut Log,
) -> Option<TaskDefinition> {
    let text = reference.name(log)?;
    let (family, revision) = definitions::parse_reference(text);
    let of_family = || definitions.iter().filter(|known| known.family == family);
    let found = match revision {
        // A definition without revision (as it is registered) stands for every revision.
        Some(revision) => of_family()
            .find(|known| known.revision.is_some_and(|n| n.to_string() == revision))
            .or_else(|| of_family().find(|known| known.revision.is_none())),
        None => of_family().max_by_key(|known| known.revision),
    };
    if let Some(found) = found {
        return found.task.clone();
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
        definitions::no_memory(item, "the service has an inline size without memory", log);
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
    })
}

fn inline_architectures(item: &Cursor<'_>, log: &mut Log) -> Option<Vec<CpuArchitecture>> {
    let Some(list) = item.get("architectures") else {
        return Some(vec![CpuArchitecture::X86_64]);
    };
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

fn report_external(
    item: &Cursor<'_>,
    launch_type: Option<LaunchType>,
    task: Option<&TaskDefinition>,
    log: &mut Log,
) {
    let only_external = launch_type.is_none()
        && task.is_some_and(|task| task.requires_compatibilities == [LaunchType::External]);
    if launch_type != Some(LaunchType::External) && !only_external {
        return;
    }
    let place = item.get("launchType").unwrap_or_else(|| item.clone());
    place.error(
        log,
        codes::EXTERNAL_NOT_BUILT,
        "services on EXTERNAL instances are not built yet",
        "take the service out of the file to plan the others",
    );
}

/// Volumes may stand at the service (requests) or at its deployments (replies).
fn report_volumes(item: &Cursor<'_>, log: &mut Log) {
    let mut holders = vec![item.clone()];
    holders.extend(item.list(log, "deployments"));
    for holder in holders {
        for volume in holder.list(log, "volumeConfigurations") {
            if let Some(managed) = volume.get("managedEBSVolume") {
                definitions::report_ebs(&managed, log);
            }
        }
    }
}

fn deployment(item: &Cursor<'_>, daemon: bool, log: &mut Log) -> Option<DeploymentConfiguration> {
    let field = item.get("deploymentConfiguration")?;
    field.entries(log)?;
    let mut percent = |key: &str, default: u32| match field.get(key) {
        Some(value) => {
            let percent = value.whole(log, 0..=1000)?;
            u32::try_from(percent).ok()
        }
        None => Some(default),
    };
    // Defaults of the ECS API for the two scheduling strategies.
    let (least, most) = if daemon { (0, 100) } else { (100, 200) };
    let minimum = percent("minimumHealthyPercent", least);
    let maximum = percent("maximumPercent", most);
    Some(DeploymentConfiguration {
        minimum_healthy_percent: minimum?,
        maximum_percent: maximum?,
    })
}
