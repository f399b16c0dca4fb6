//! Services on Fargate whose task definitions must change to run there in the size that is planned.

use std::collections::BTreeSet;

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::plan::{Change, FleetPlan, TaskSize, UnfitTaskSize};
use crate::domain::quantity::{CpuUnits, MemoryMib};

/// One change for each such service, in the plan's order. A size that is written inline is no definition.
pub(super) fn changes(cluster: &Cluster, catalogue: &Catalogue, plan: &FleetPlan) -> Vec<Change> {
    let mut said = BTreeSet::new();
    (plan.fargate_tasks.iter())
        .filter(|row| said.insert(row.service_name.as_str()))
        .filter_map(|row| {
            let service = (cluster.services.iter()).find(|s| s.name == row.service_name)?;
            let (cpu, memory) = service.task.fargate.stated?;
            let stated = (cpu.map(CpuUnits::get), memory.map(MemoryMib::get));
            let planned = (row.cpu, row.memory_mib);
            if stated == (Some(planned.0), Some(planned.1)) {
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
        })
        .collect()
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
