//! What differs from today, in words.

use crate::domain::capacity::Capacity;
use crate::domain::plan::{Change, Lack, StrategyItem, TaskSize, UnfitTaskSize};
use crate::domain::task::ContainerLimit;

use super::obstacles::failed_test;

/// A change in words.
#[must_use]
pub fn change(change: &Change) -> String {
    match change {
        Change::AddInstances {
            instance_type,
            purchase_option,
            today: None,
            planned,
        } => format!("add {planned} {}", bought(instance_type, *purchase_option)),
        Change::AddInstances {
            instance_type,
            purchase_option,
            today: Some(today),
            planned,
        } => format!(
            "add {} {} (today {today}, planned {planned})",
            planned.saturating_sub(*today),
            bought(instance_type, *purchase_option)
        ),
        Change::RemoveInstances {
            instance_type,
            purchase_option,
            today,
            planned,
        } => format!(
            "remove {} {} (today {today}, planned {planned})",
            today.saturating_sub(*planned),
            bought(instance_type, *purchase_option)
        ),
        Change::InstancesHoldPart {
            instances,
            tasks,
            placed,
        } => format!(
            "why: today's {instances} {} {tasks} of {placed} tasks",
            if *instances == 1 {
                "instance holds"
            } else {
                "instances hold"
            }
        ),
        Change::ServiceNeedsInstances {
            service_name,
            tasks,
            lack,
        } => needs_instances(service_name, *tasks, lack),
        Change::AddProvider {
            capacity_provider,
            instance_types,
            desired_capacity,
        } => format!(
            "add capacity provider {capacity_provider} with a group: {desired_capacity} of {}",
            instance_types.join(", ")
        ),
        Change::ChangeGroup {
            capacity_provider,
            instance_types,
            desired_capacity,
            types_today,
            instances_today,
        } => format!(
            "change the group of {capacity_provider}: {desired_capacity} of {} (today {instances_today} of {})",
            instance_types.join(", "),
            types_today.join(", ")
        ),
        Change::ChangeGroupLimits {
            capacity_provider,
            min_size,
            max_size,
            min_size_today,
            max_size_today,
        } => format!(
            "change the sizes that the group of {capacity_provider} may have: {min_size} to {max_size} (today \
             {min_size_today} to {max_size_today})"
        ),
        Change::RemoveProvider {
            capacity_provider,
            types_today,
            instances_today,
        } => format!(
            "remove capacity provider {capacity_provider}: {instances_today} of {}",
            types_today.join(", ")
        ),
        Change::ChangeStrategy {
            service_name,
            strategy,
            today,
        } => format!(
            "{service_name}: capacity provider strategy {} (today {})",
            items(strategy),
            items(today)
        ),
        Change::ChangeTaskDefinition {
            service_name,
            cpu,
            memory_mib,
            why,
        } => format!(
            "{service_name}: its task definition must change to run on Fargate, to cpu {cpu} and memory {memory_mib}: {}",
            unfit(why)
        ),
        Change::AddExecutionRole {
            service_name,
            needs,
        } => format!(
            "{service_name}: its task definition must have an executionRoleArn to run on Fargate, for {}",
            needs
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(" and ")
        ),
        Change::RequireManagedInstances { service_name } => format!(
            "{service_name}: its task definition must have MANAGED_INSTANCES among requiresCompatibilities"
        ),
        Change::AddLogStreamPrefix {
            service_name,
            containers,
        } => format!(
            "{service_name}: its task definition must have an awslogs-stream-prefix to run on Fargate, in {}",
            containers.join(" and ")
        ),
        lowered @ Change::LowerContainers { service_name, .. } => format!(
            "{service_name}: its task definition must change to run on Fargate, since ECS refuses it as it is: {}",
            containers_above(lowered)
        ),
        Change::AsGiven { text } => text.clone(),
    }
}

/// What containers ask for beyond the size of their task, or beyond their own limits.
fn containers_above(change: &Change) -> String {
    let Change::LowerContainers {
        limits,
        containers_cpu,
        reserved_mib,
        reservations,
        cpu,
        memory_mib,
        ..
    } = change
    else {
        return String::new();
    };
    let of_limits = above_the_task(limits, *memory_mib);
    let reserved = reserved_mib.map(|together| {
        format!("the containers reserve {together} MiB together, above the task's {memory_mib} MiB")
    });
    let cpu = containers_cpu.map(|together| {
        format!("the containers ask for {together} CPU units together, above the task's {cpu}")
    });
    let own = reservations.iter().map(|it| {
        format!(
            "{} reserves {} MiB, above its own limit of {} MiB",
            it.container,
            it.reserved.get(),
            it.limit.get()
        )
    });
    let all: Vec<String> = (of_limits.into_iter().chain(reserved))
        .chain(cpu)
        .chain(own)
        .collect();
    all.join(", and ")
}

/// Containers whose limits are above the memory of their task.
fn above_the_task(limits: &[ContainerLimit], memory_mib: u64) -> Option<String> {
    let (plural, are) = match limits.len() {
        0 => return None,
        1 => ("", "is"),
        _ => ("s", "are"),
    };
    let limits: Vec<String> = (limits.iter())
        .map(|limit| format!("{} ({} MiB)", limit.container, limit.memory.get()))
        .collect();
    Some(format!(
        "the memory limit{plural} of {} {are} above the task's {memory_mib} MiB",
        limits.join(" and ")
    ))
}

fn bought(instance_type: &str, capacity: Capacity) -> String {
    if capacity.may_be_reclaimed() {
        format!("{instance_type} Spot")
    } else {
        instance_type.to_owned()
    }
}

fn needs_instances(service_name: &str, tasks: u64, lack: &Lack) -> String {
    let (noun, need) = if tasks == 1 {
        ("task", "needs")
    } else {
        ("tasks", "need")
    };
    let lack = match lack {
        Lack::NoneFits {
            instance_type,
            failed,
        } => format!(
            "none fits on a kept {instance_type}: {}",
            failed_test(failed)
        ),
        Lack::OneEach { instance_type } => {
            format!("each kept {instance_type} may hold one of them only")
        }
        Lack::Resource {
            resource,
            needed,
            instance_type,
            left,
        } => format!(
            "one more needs {} and a kept {instance_type} has {} left",
            resource.amount(*needed),
            resource.amount(*left)
        ),
    };
    format!("why: {tasks} {noun} of {service_name} {need} a new instance: {lack}")
}

/// What is wrong with a task definition's size.
fn unfit(why: &UnfitTaskSize) -> String {
    let text = |size: &TaskSize| format!("{}/{}", size.cpu, size.memory_mib);
    match why {
        UnfitTaskSize::Absent => "it has no size of the whole task, which Fargate needs".to_owned(),
        UnfitTaskSize::CpuAbsent => {
            "it has no CPU of the whole task, which Fargate needs".to_owned()
        }
        UnfitTaskSize::MemoryAbsent => {
            "it has no memory of the whole task, which Fargate needs".to_owned()
        }
        UnfitTaskSize::TooSmall { size } => format!("{} does not hold the task", text(size)),
        UnfitTaskSize::Refused { size, valid } => {
            let valid: Vec<String> = valid.iter().map(text).collect();
            format!(
                "AWS refuses the size {}; the valid ones beside it are {}",
                text(size),
                valid.join(" and ")
            )
        }
    }
}

fn items(strategy: &[StrategyItem]) -> String {
    if strategy.is_empty() {
        return "none".to_owned();
    }
    let items: Vec<String> = (strategy.iter())
        .map(|item| match item.base {
            0 => format!("{}:{}", item.capacity_provider, item.weight),
            base => format!("{}:{} base {base}", item.capacity_provider, item.weight),
        })
        .collect();
    items.join(", ")
}
