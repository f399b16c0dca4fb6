//! Smaller tasks that save money.
//!
//! Where `k` copies of a service are on an instance and `C` of a resource is left to it beside the others, `k + 1`
//! copies fit as soon as each needs at most `⌊C / (k + 1)⌋`. Sizes a little below today's are candidates; each is
//! tried by planning the cluster with it, and only those that save something are told.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{FleetPlan, PlannedInstances};
use crate::domain::quantity::{CpuUnits, MemoryMib};
use crate::planner::PlanError;

use super::explanation::Nudge;
use super::solver::Solver;

/// Largest part of a task's size that a nudge takes off.
const LARGEST_CUT: (i64, u32) = (20, 2);

/// A size that lets one more task fit somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Candidate {
    service: usize,
    resource: &'static str,
    from: u64,
    to: u64,
    instance_type: String,
    copies: u64,
    /// Instances where it applies.
    instances: u64,
}

/// Smaller tasks that save something, the largest saving first; at most `most` are tried.
///
/// # Errors
/// When a variant has no plan.
pub fn nudges(solver: &Solver<'_>, most: usize) -> Result<Vec<Nudge>, PlanError> {
    let cluster = solver.cluster();
    let mut nudges = Vec::new();
    for candidate in candidates(cluster, solver.base(), most) {
        if solver.is_stopped() {
            break;
        }
        let changed = with_size(cluster, &candidate);
        let (tried, _) = solver.tried(&changed, solver.catalogue())?;
        if tried
            .change_usd_per_hour
            .is_some_and(|change| change < UsdPerHour::ZERO)
        {
            nudges.push(Nudge {
                service_name: cluster.services[candidate.service].name.clone(),
                resource: candidate.resource,
                from: candidate.from,
                to: candidate.to,
                instance_type: candidate.instance_type,
                copies: candidate.copies,
                tried,
            });
        }
    }
    nudges.sort_by_key(|nudge| nudge.tried.change_usd_per_hour);
    Ok(nudges)
}

/// The cluster with a task of another size.
fn with_size(cluster: &Cluster, candidate: &Candidate) -> Cluster {
    let mut changed = cluster.clone();
    let task = &mut changed.services[candidate.service].task;
    match candidate.resource {
        "cpu" => task.cpu = CpuUnits::new(candidate.to),
        _ => task.memory = MemoryMib::new(candidate.to),
    }
    changed
}

/// The smallest cut of each service and resource, those that concern most instances first.
fn candidates(cluster: &Cluster, plan: &FleetPlan, most: usize) -> Vec<Candidate> {
    let mut best: BTreeMap<(usize, &'static str), Candidate> = BTreeMap::new();
    for row in &plan.instances {
        for (service, described) in cluster.services.iter().enumerate() {
            let copies = row.tasks.get(&described.name).copied().unwrap_or(0);
            if copies == 0 || described.is_daemon() {
                continue;
            }
            let Some(mut candidate) = candidate(cluster, row, service, copies) else {
                continue;
            };
            let key = (service, candidate.resource);
            match best.get_mut(&key) {
                Some(known) if known.to >= candidate.to => {
                    known.instances += candidate.instances;
                }
                Some(known) => {
                    candidate.instances += known.instances;
                    *known = candidate;
                }
                None => {
                    best.insert(key, candidate);
                }
            }
        }
    }
    let mut candidates: Vec<Candidate> = best.into_values().collect();
    let cut =
        |c: &Candidate| (Decimal::from(c.from - c.to) / Decimal::from(c.from.max(1))).round_dp(4);
    candidates.sort_by_key(|c| {
        (
            std::cmp::Reverse(c.instances),
            cut(c),
            c.service,
            c.resource,
        )
    });
    candidates.truncate(most);
    candidates
}

/// What one more copy on an instance needs, if it is a small cut of one resource and the other has room.
fn candidate(
    cluster: &Cluster,
    row: &PlannedInstances,
    service: usize,
    copies: u64,
) -> Option<Candidate> {
    let task = &cluster.services[service].task;
    let one = task.resources();
    let others = |of: &dyn Fn(&crate::domain::resources::ResourceVector) -> u64| -> u64 {
        (row.tasks.iter())
            .filter(|(name, _)| **name != cluster.services[service].name)
            .filter_map(|(name, &tasks)| {
                let other = cluster.services.iter().find(|other| other.name == *name)?;
                Some(of(&other.task.resources()) * tasks)
            })
            .sum()
    };
    let cpu_left = (row.registered.cpu)
        .saturating_sub(cluster.policy.reserved_cpu.get() + others(&|r| r.cpu.get()));
    let memory_left = (row.registered.memory_mib)
        .saturating_sub(cluster.policy.reserved_memory.get() + others(&|r| r.memory.get()));
    let enis_left = row
        .registered
        .enis
        .saturating_sub(others(&|r| r.enis.get()));
    let gpus_left = row
        .registered
        .gpus
        .saturating_sub(others(&|r| r.gpus.get()));
    let more = copies + 1;
    if one.enis.get() * more > enis_left || one.gpus.get() * more > gpus_left {
        return None;
    }
    let (cpu_to, memory_to) = (cpu_left / more, memory_left / more);
    let (cpu, memory) = (one.cpu.get(), one.memory.get());
    let (resource, from, to) = match (cpu_to < cpu, memory_to < memory) {
        (true, false) => ("cpu", cpu, cpu_to),
        (false, true) => ("memory", memory, memory_to),
        _ => return None,
    };
    let least = Decimal::from(from) * (Decimal::ONE - Decimal::new(LARGEST_CUT.0, LARGEST_CUT.1));
    (to > 0 && Decimal::from(to) >= least).then(|| Candidate {
        service,
        resource,
        from,
        to,
        instance_type: row.instance_type.clone(),
        copies: more,
        instances: row.count,
    })
}
