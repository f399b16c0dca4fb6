//! Services on Fargate whose task definitions must change to run there in the size that is planned.

use std::collections::BTreeSet;

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::plan::FleetPlan;
use crate::domain::quantity::{CpuUnits, MemoryMib};

/// One line for each such service, in the plan's order. A size that is written inline is no definition.
pub(super) fn changes(cluster: &Cluster, catalogue: &Catalogue, plan: &FleetPlan) -> Vec<String> {
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
                (Some(cpu), Some(memory)) => refused(catalogue, cpu, memory),
                (None, None) => "it has no size of the whole task, which Fargate needs".to_owned(),
                (None, _) => "it has no CPU of the whole task, which Fargate needs".to_owned(),
                (_, None) => "it has no memory of the whole task, which Fargate needs".to_owned(),
            };
            let (cpu, memory) = planned;
            Some(format!(
                "{}: its task definition must change to run on Fargate, to cpu {cpu} and memory {memory}: {why}",
                row.service_name
            ))
        })
        .collect()
}

/// That a size does not exist, and which ones beside it do.
fn refused(catalogue: &Catalogue, cpu: u64, memory: u64) -> String {
    let sizes =
        || (catalogue.fargate_sizes().iter()).map(|size| (size.cpu.get(), size.memory.get()));
    if sizes().any(|size| size == (cpu, memory)) {
        return format!("{cpu}/{memory} does not hold the task");
    }
    let below = sizes()
        .filter(|size| size.0 <= cpu && size.1 <= memory)
        .max();
    let above = sizes()
        .filter(|size| size.0 >= cpu && size.1 >= memory)
        .min();
    let neighbours: Vec<String> = (below.into_iter().chain(above))
        .map(|(cpu, memory)| format!("{cpu}/{memory}"))
        .collect();
    format!(
        "AWS refuses the size {cpu}/{memory}; the valid ones beside it are {}",
        neighbours.join(" and ")
    )
}
