//! Services on Fargate whose task definitions must change to run there: another size, a role, a prefix of log streams, containers
//! that ask for more than their task has.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::plan::{Change, FleetPlan, PlannedFargateTasks, TaskSize, UnfitTaskSize};
use crate::domain::quantity::{CpuUnits, MemoryMib};
use crate::domain::service::Service;
use crate::domain::task::ContainerLimit;

/// A plan as the check wants it, with these changes: they are put in last, and groups are held against the check before.
pub(super) fn with_changes<'a>(
    cluster: &Cluster,
    catalogue: &Catalogue,
    plan: &'a FleetPlan,
) -> Cow<'a, FleetPlan> {
    let changes = changes(cluster, catalogue, plan);
    if changes.is_empty() {
        return Cow::Borrowed(plan);
    }
    let mut whole = plan.clone();
    whole.changes.extend(changes);
    Cow::Owned(whole)
}

/// The changes of each such service, in the plan's order. A size that is written inline is no definition.
pub(super) fn changes(cluster: &Cluster, catalogue: &Catalogue, plan: &FleetPlan) -> Vec<Change> {
    let services: BTreeMap<&str, &Service> = (cluster.services.iter())
        .map(|service| (service.name.as_str(), service))
        .collect();
    let mut said = BTreeSet::new();
    (plan.fargate_tasks.iter())
        .filter(|row| said.insert(row.service_name.as_str()))
        .filter_map(|row| Some((row, *services.get(row.service_name.as_str())?)))
        .flat_map(|(row, service)| {
            let size = another_size(catalogue, service, row);
            (size.into_iter())
                .chain(role(service))
                .chain(prefix(service))
                .chain(containers(service, row))
        })
        .collect()
}

/// Another size than the definition states.
fn another_size(
    catalogue: &Catalogue,
    service: &Service,
    row: &PlannedFargateTasks,
) -> Option<Change> {
    let (cpu, memory) = service.task.fargate.stated?;
    let stated = (cpu.map(CpuUnits::get), memory.map(MemoryMib::get));
    if stated == (Some(row.cpu), Some(row.memory_mib)) {
        return None;
    }
    let why = match stated {
        (Some(cpu), Some(memory_mib)) => unfit(catalogue, TaskSize { cpu, memory_mib }),
        (None, None) => UnfitTaskSize::Absent,
        (None, _) => UnfitTaskSize::CpuAbsent,
        (_, None) => UnfitTaskSize::MemoryAbsent,
    };
    Some(Change::ChangeTaskDefinition {
        service_name: row.service_name.clone(),
        cpu: row.cpu,
        memory_mib: row.memory_mib,
        why,
    })
}

/// A role that the definition lacks.
fn role(service: &Service) -> Option<Change> {
    let needs = &service.task.fargate.role_needs;
    (!needs.is_empty()).then(|| Change::AddExecutionRole {
        service_name: service.name.clone(),
        needs: needs.iter().copied().collect(),
    })
}

/// A prefix of log streams that the definition lacks.
fn prefix(service: &Service) -> Option<Change> {
    let containers = &service.task.fargate.without_stream_prefix;
    (!containers.is_empty()).then(|| Change::AddLogStreamPrefix {
        service_name: service.name.clone(),
        containers: containers.clone(),
    })
}

/// Containers that ask for more than the planned size, or their own limit, has. A size that is planned larger than stated may
/// hold them.
fn containers(service: &Service, row: &PlannedFargateTasks) -> Option<Change> {
    let facts = &service.task.fargate;
    let limits: Vec<ContainerLimit> = (facts.limits_above.iter())
        .filter(|limit| limit.memory.get() > row.memory_mib)
        .cloned()
        .collect();
    let containers_cpu = (facts.cpu_above.map(CpuUnits::get)).filter(|cpu| *cpu > row.cpu);
    let reserved_mib =
        (facts.reserved_above.map(MemoryMib::get)).filter(|mib| *mib > row.memory_mib);
    let reservations = facts.reservations_above.clone();
    let is_above = !limits.is_empty()
        || containers_cpu.is_some()
        || reserved_mib.is_some()
        || !reservations.is_empty();
    is_above.then(|| Change::LowerContainers {
        service_name: service.name.clone(),
        limits,
        containers_cpu,
        reserved_mib,
        reservations,
        cpu: row.cpu,
        memory_mib: row.memory_mib,
    })
}

/// That a size does not exist, and which ones beside it do.
fn unfit(catalogue: &Catalogue, size: TaskSize) -> UnfitTaskSize {
    let sizes = || {
        (catalogue.fargate_sizes().iter()).map(|size| TaskSize {
            cpu: size.cpu.get(),
            memory_mib: size.memory.get(),
        })
    };
    if sizes().any(|valid| valid == size) {
        return UnfitTaskSize::TooSmall { size };
    }
    let below = sizes()
        .filter(|valid| valid.cpu <= size.cpu && valid.memory_mib <= size.memory_mib)
        .max();
    let above = sizes()
        .filter(|valid| valid.cpu >= size.cpu && valid.memory_mib >= size.memory_mib)
        .min();
    UnfitTaskSize::Refused {
        size,
        valid: below.into_iter().chain(above).collect(),
    }
}
