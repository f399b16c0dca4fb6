//! V26: what must change in the task definitions of services on Fargate is among the plan's changes, each as it follows from the
//! cluster file and the planned size, and no other such change is. A plan that leaves today's fleet alone has no changes.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::facts::Facts;
use crate::check::violation::{Rule, Violation};
use crate::domain::plan::{Change, PlannedFargateTasks, TaskSize, UnfitTaskSize};
use crate::domain::quantity::{CpuUnits, MemoryMib};
use crate::domain::service::Service;

pub(in crate::check) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    if facts.plan.recommendation.is_some() {
        return Vec::new();
    }
    let expected: Vec<Change> = first_rows(facts)
        .into_iter()
        .flat_map(|(service, row)| expected_of(facts, service, row))
        .collect();
    let (expected, said) = (by_kind(&expected), by_kind(&facts.plan.changes));
    let keys: BTreeSet<(&str, Kind)> = expected.keys().chain(said.keys()).copied().collect();
    (keys.into_iter())
        .filter(|key| expected.get(key) != said.get(key))
        .map(|key| {
            let (service, kind) = key;
            let found = match (said.contains_key(&key), expected.contains_key(&key)) {
                (false, _) => format!("{}, and no change that says so", kind.fault()),
                (true, true) => format!("another change of {}", kind.fault()),
                (true, false) => format!("a change of {}, of which there are none", kind.fault()),
            };
            let expected = if expected.contains_key(&key) {
                "one change that says it as the cluster file and the planned size have it"
            } else {
                "no such change"
            };
            Violation::new(
                Rule::Fargate,
                format!("services[{service}]"),
                found,
                expected,
            )
        })
        .collect()
}

/// What a change of a task definition is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Size,
    Role,
    StreamPrefix,
    Containers,
}

impl Kind {
    const fn fault(self) -> &'static str {
        match self {
            Self::Size => "tasks on Fargate in another size than their definition states",
            Self::Role => "tasks on Fargate of a definition without an executionRoleArn",
            Self::StreamPrefix => {
                "tasks on Fargate of a definition without an awslogs-stream-prefix"
            }
            Self::Containers => {
                "containers above the size of their task, or above their own limits, on Fargate"
            }
        }
    }
}

/// The changes of definitions for Fargate, by service and kind.
fn by_kind(changes: &[Change]) -> BTreeMap<(&str, Kind), Vec<&Change>> {
    let mut found: BTreeMap<(&str, Kind), Vec<&Change>> = BTreeMap::new();
    for change in changes {
        let (service, kind) = match change {
            Change::ChangeTaskDefinition { service_name, .. } => (service_name, Kind::Size),
            Change::AddExecutionRole { service_name, .. } => (service_name, Kind::Role),
            Change::AddLogStreamPrefix { service_name, .. } => (service_name, Kind::StreamPrefix),
            Change::LowerContainers { service_name, .. } => (service_name, Kind::Containers),
            _ => continue,
        };
        found.entry((service, kind)).or_default().push(change);
    }
    found
}

/// Services on Fargate with their first rows; both markets have the same size.
fn first_rows<'a>(facts: &Facts<'a>) -> Vec<(&'a Service, &'a PlannedFargateTasks)> {
    let mut rows: BTreeMap<&str, (&'a Service, &'a PlannedFargateTasks)> = BTreeMap::new();
    for row in &facts.plan.fargate_tasks {
        if let Some(service) = facts.services.get(row.service_name.as_str()) {
            rows.entry(&row.service_name).or_insert((*service, row));
        }
    }
    rows.into_values().collect()
}

fn expected_of(facts: &Facts<'_>, service: &Service, row: &PlannedFargateTasks) -> Vec<Change> {
    let definition = &service.task.fargate;
    let service_name = || service.name.clone();
    let role = (!definition.role_needs.is_empty()).then(|| Change::AddExecutionRole {
        service_name: service_name(),
        needs: definition.role_needs.iter().copied().collect(),
    });
    let prefix =
        (!definition.without_stream_prefix.is_empty()).then(|| Change::AddLogStreamPrefix {
            service_name: service_name(),
            containers: definition.without_stream_prefix.clone(),
        });
    (size(facts, service, row).into_iter())
        .chain(role)
        .chain(prefix)
        .chain(containers(service, row))
        .collect()
}

/// The size that a definition must state, where it states another one or none. A size written inline is no definition.
fn size(facts: &Facts<'_>, service: &Service, row: &PlannedFargateTasks) -> Option<Change> {
    let planned = TaskSize {
        cpu: row.cpu,
        memory_mib: row.memory_mib,
    };
    let why = match service.task.fargate.stated? {
        (None, None) => UnfitTaskSize::Absent,
        (None, Some(_)) => UnfitTaskSize::CpuAbsent,
        (Some(_), None) => UnfitTaskSize::MemoryAbsent,
        (Some(cpu), Some(memory)) => {
            let size = TaskSize {
                cpu: cpu.get(),
                memory_mib: memory.get(),
            };
            if size == planned {
                return None;
            }
            unfit(facts, size)
        }
    };
    Some(Change::ChangeTaskDefinition {
        service_name: service.name.clone(),
        cpu: planned.cpu,
        memory_mib: planned.memory_mib,
        why,
    })
}

/// Why a stated size does not do: Fargate has it and it is too small, or does not have it.
fn unfit(facts: &Facts<'_>, size: TaskSize) -> UnfitTaskSize {
    let mut sizes: Vec<TaskSize> = (facts.catalogue.fargate_sizes().iter())
        .map(|it| TaskSize {
            cpu: it.cpu.get(),
            memory_mib: it.memory.get(),
        })
        .collect();
    sizes.sort_unstable();
    if sizes.contains(&size) {
        return UnfitTaskSize::TooSmall { size };
    }
    let holds = |larger: &TaskSize, smaller: &TaskSize| {
        larger.cpu >= smaller.cpu && larger.memory_mib >= smaller.memory_mib
    };
    let below = sizes.iter().rev().find(|it| holds(&size, it));
    let above = sizes.iter().find(|it| holds(it, &size));
    let valid = below.into_iter().chain(above).copied().collect();
    UnfitTaskSize::Refused { size, valid }
}

/// Containers that ask for more than the planned size of their task, or than their own limits.
fn containers(service: &Service, row: &PlannedFargateTasks) -> Option<Change> {
    let definition = &service.task.fargate;
    let memory = MemoryMib::new(row.memory_mib);
    let limits: Vec<_> = (definition.limits_above.iter())
        .filter(|limit| limit.memory > memory)
        .cloned()
        .collect();
    let cpu = (definition.cpu_above).filter(|cpu| *cpu > CpuUnits::new(row.cpu));
    let reserved = (definition.reserved_above).filter(|reserved| *reserved > memory);
    let own = &definition.reservations_above;
    let is_nothing = limits.is_empty() && cpu.is_none() && reserved.is_none() && own.is_empty();
    (!is_nothing).then(|| Change::LowerContainers {
        service_name: service.name.clone(),
        limits,
        containers_cpu: cpu.map(CpuUnits::get),
        reserved_mib: reserved.map(MemoryMib::get),
        reservations: own.clone(),
        cpu: row.cpu,
        memory_mib: row.memory_mib,
    })
}
