//! Fargate: which services may run there, in which size, at what price.
//!
//! A service runs on Fargate with all its tasks or with none, so the alternative is one column of the master
//! that serves the service's group outside the bins, at
//! `m·F + (n − m)·min(F, S)` where `m` tasks must be On-Demand and `F`, `S` are the prices of one task on FARGATE
//! and on `FARGATE_SPOT`, as far as the policy allows them.
//! Source: AWS Fargate pricing (vCPU, GB and ephemeral storage beyond 20 GB) and the ECS developer guide's table
//! of task sizes; a task gets the cheapest size that holds it.

use rust_decimal::Decimal;

use crate::catalogue::Catalogue;
use crate::domain::capacity::Capacity;
use crate::domain::cluster::Cluster;
use crate::domain::instance_type::CpuArchitecture;
use crate::domain::money::UsdPerHour;
use crate::domain::policy::FargateUse;
use crate::domain::service::Service;
use crate::domain::task::{LaunchType, NetworkMode, TaskFeature};

use super::purchase;

/// Ephemeral storage in GiB that every task has without charge.
const FREE_STORAGE_GIB: u64 = 20;

/// One way of running a task on Fargate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FargateTask {
    /// Fargate or Fargate Spot.
    pub capacity: Capacity,
    /// CPU units of the size.
    pub cpu: u64,
    /// MiB of the size.
    pub memory_mib: u64,
    /// Cost of one task.
    pub usd_per_hour: UsdPerHour,
}

/// A service's tasks on Fargate: so many of each way, at most two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FargatePlan {
    /// Ways with their numbers of tasks, none of them 0.
    pub tasks: Vec<(FargateTask, u64)>,
}

impl FargatePlan {
    /// Cost of all tasks.
    pub fn usd_per_hour(&self) -> UsdPerHour {
        self.tasks
            .iter()
            .map(|(task, count)| task.usd_per_hour * *count)
            .sum()
    }
}

/// Why a service cannot run on Fargate.
pub use crate::domain::plan::FargateObstacle as Ineligible;

/// The cheapest way to run `count` tasks of a service on Fargate.
///
/// # Errors
/// Every reason why it cannot.
pub fn plan(
    cluster: &Cluster,
    catalogue: &Catalogue,
    service: &Service,
    count: u64,
) -> Result<FargatePlan, Vec<Ineligible>> {
    let mut reasons = ineligible(cluster, service);
    let ways = ways(cluster, catalogue, service);
    if let Err(reason) = &ways {
        reasons.push(reason.clone());
    }
    let (Ok((on_demand, spot)), true) = (ways, reasons.is_empty()) else {
        return Err(reasons);
    };
    let least = purchase::on_demand_minimum(cluster, service, count);
    let cheaper_on_spot = |f: FargateTask| spot.filter(|s| s.usd_per_hour < f.usd_per_hour);
    let (first, second) = match (on_demand, spot) {
        (Some(f), _) => ((f, least), (cheaper_on_spot(f).unwrap_or(f), count - least)),
        (None, Some(s)) if least == 0 => ((s, 0), (s, count)),
        _ => return Err(vec![Ineligible::Rate]),
    };
    let mut tasks = vec![first, second];
    if first.0 == second.0 {
        tasks = vec![(first.0, count)];
    }
    tasks.retain(|(_, count)| *count > 0);
    Ok(FargatePlan { tasks })
}

/// What about the service itself, or the policy, keeps it off Fargate.
fn ineligible(cluster: &Cluster, service: &Service) -> Vec<Ineligible> {
    let facts = &service.task.fargate;
    let refused: Vec<TaskFeature> = (facts.features.iter().copied())
        .filter(|feature| feature.is_refused_by_fargate())
        .collect();
    let tests = [
        (
            cluster.policy.fargate == FargateUse::Forbidden,
            Ineligible::Forbidden,
        ),
        (
            service.is_external() || !service.may_run_on(LaunchType::Fargate),
            Ineligible::LaunchType,
        ),
        (
            !facts.compatibilities.is_empty()
                && !facts.compatibilities.contains(&LaunchType::Fargate),
            Ineligible::Compatibilities,
        ),
        (
            !refused.is_empty(),
            Ineligible::Features { features: refused },
        ),
        (
            service.task.network_mode != NetworkMode::Awsvpc,
            Ineligible::NetworkMode,
        ),
        (service.task.gpus.get() > 0, Ineligible::Gpus),
        (
            service.constraints().next().is_some(),
            Ineligible::Constraints,
        ),
    ];
    tests
        .into_iter()
        .filter(|(fails, _)| *fails)
        .map(|(_, reason)| reason)
        .collect()
}

type Ways = (Option<FargateTask>, Option<FargateTask>);

/// The cheapest size on `FARGATE` and on `FARGATE_SPOT`, as far as the policy allows them.
fn ways(cluster: &Cluster, catalogue: &Catalogue, service: &Service) -> Result<Ways, Ineligible> {
    let storage = storage_usd_per_hour(catalogue, service)?;
    let large_enough = |size: &&crate::catalogue::FargateSize| {
        size.cpu >= service.task.cpu && size.memory >= service.task.memory_on_fargate()
    };
    if !catalogue
        .fargate_sizes()
        .iter()
        .any(|size| large_enough(&size))
    {
        return Err(Ineligible::Size);
    }
    let cheapest = |capacity: Capacity| {
        if !cluster.policy.purchase_options.allows(capacity) {
            return None;
        }
        let sizes = catalogue.fargate_sizes().iter().filter(large_enough);
        sizes
            .flat_map(|size| {
                let rates = service.task.architectures.iter();
                rates.filter_map(move |&architecture| {
                    Some((size, rate(catalogue, architecture, capacity)?, architecture))
                })
            })
            .map(|(size, (vcpu, gib), architecture)| {
                let vcpus = Decimal::from(size.cpu.get()) / Decimal::from(1024);
                let gibs = Decimal::from(size.memory.get()) / Decimal::from(1024);
                let usd = UsdPerHour::new(vcpus * vcpu + gibs * gib + storage).rounded();
                (usd, size.cpu.get(), size.memory.get(), architecture)
            })
            .min()
            .map(|(usd_per_hour, cpu, memory_mib, _)| FargateTask {
                capacity,
                cpu,
                memory_mib,
                usd_per_hour,
            })
    };
    match (cheapest(Capacity::Fargate), cheapest(Capacity::FargateSpot)) {
        (None, None) => Err(Ineligible::Rate),
        ways => Ok(ways),
    }
}

/// USD per vCPU-hour and per GiB-hour.
fn rate(
    catalogue: &Catalogue,
    architecture: CpuArchitecture,
    capacity: Capacity,
) -> Option<(Decimal, Decimal)> {
    let rate = catalogue.fargate_rate(architecture, capacity)?;
    Some((
        rate.usd_per_vcpu_hour.amount(),
        rate.usd_per_gb_hour.amount(),
    ))
}

/// What the storage beyond the free part costs.
fn storage_usd_per_hour(catalogue: &Catalogue, service: &Service) -> Result<Decimal, Ineligible> {
    let asked = service
        .task
        .ephemeral_storage_gib
        .unwrap_or(FREE_STORAGE_GIB);
    let beyond = asked.saturating_sub(FREE_STORAGE_GIB);
    if beyond == 0 {
        return Ok(Decimal::ZERO);
    }
    let price = catalogue.other_price("fargate_ephemeral_storage");
    let price = price.ok_or(Ineligible::StoragePrice)?;
    Ok(price.usd * Decimal::from(beyond))
}
