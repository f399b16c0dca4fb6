//! The sizes there are: whole steps of 32 CPU units and 32 MiB, and Fargate's table where the service runs there.
//!
//! On Fargate CPU and memory come together: the cheapest size that holds both. Where neither has to grow, a size that costs no less than
//! today's is no proposal.

use crate::catalogue::{Catalogue, FargateSize};
use crate::domain::capacity::Capacity;
use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::policy::FargateUse;
use crate::domain::quantity::{CPU_UNITS_PER_VCPU, CpuUnits, MemoryMib};
use crate::domain::service::Service;
use crate::domain::task::{LaunchType, NetworkMode};

/// Steps of sizes on instances.
pub(super) const STEP: u64 = 32;

/// Size of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// CPU of the whole task.
    pub cpu: CpuUnits,
    /// Memory of the whole task.
    pub memory: MemoryMib,
}

/// The sizes that a service may have.
#[derive(Debug, Clone)]
pub(super) enum Grid {
    /// Steps.
    Steps,
    /// Fargate's, the cheapest first.
    Fargate(Vec<(UsdPerHour, FargateSize)>),
}

impl Grid {
    /// Of a service: Fargate's where it is bound to it, or where the policy allows it and its definition names it.
    pub(super) fn of(service: &Service, cluster: &Cluster, catalogue: &Catalogue) -> Self {
        let task = &service.task;
        let policy = cluster.policy.fargate;
        let is_bound = service.launch_type == Some(LaunchType::Fargate)
            || (task.requires_compatibilities.contains(&LaunchType::Fargate)
                && !task.requires_compatibilities.contains(&LaunchType::Ec2))
            || policy == FargateUse::Only;
        let may = service.launch_type.is_none()
            && policy != FargateUse::Forbidden
            && task.network_mode == NetworkMode::Awsvpc
            && task.requires_compatibilities.contains(&LaunchType::Fargate);
        if !is_bound && !may {
            return Self::Steps;
        }
        let rate = (task.architectures.iter())
            .filter_map(|architecture| catalogue.fargate_rate(*architecture, Capacity::Fargate))
            .min_by_key(|rate| rate.usd_per_vcpu_hour);
        let Some(rate) = rate else { return Self::Steps };
        let mut sizes: Vec<(UsdPerHour, FargateSize)> = (catalogue.fargate_sizes().iter())
            .map(|size| {
                let of_cpu = rate.usd_per_vcpu_hour.amount()
                    * rust_decimal::Decimal::from(size.cpu.get())
                    / rust_decimal::Decimal::from(CPU_UNITS_PER_VCPU);
                let of_memory = rate.usd_per_gb_hour.amount()
                    * rust_decimal::Decimal::from(size.memory.get())
                    / rust_decimal::Decimal::from(1024);
                (UsdPerHour::new(of_cpu + of_memory), *size)
            })
            .collect();
        sizes.sort_by_key(|(cost, size)| (*cost, *size));
        Self::Fargate(sizes)
    }

    /// The smallest, on Fargate cheapest, size that holds a need; `None` where there is none.
    pub(super) fn round_up(&self, size: Size) -> Option<Size> {
        match self {
            Self::Steps => Some(Size {
                cpu: CpuUnits::new(step(size.cpu.get())),
                memory: MemoryMib::new(step(size.memory.get())),
            }),
            Self::Fargate(sizes) => place(sizes, size).map(|(_, found)| found),
        }
    }

    /// Whether one size costs less than another, as far as the grid tells prices.
    pub(super) fn is_cheaper(&self, size: Size, than: Size) -> bool {
        match self {
            Self::Steps => true,
            Self::Fargate(sizes) => {
                let cost = |size| place(sizes, size).map(|(cost, _)| cost);
                match (cost(size), cost(than)) {
                    (Some(one), Some(other)) => one < other,
                    _ => false,
                }
            }
        }
    }
}

fn place(sizes: &[(UsdPerHour, FargateSize)], size: Size) -> Option<(UsdPerHour, Size)> {
    let holds = |known: &FargateSize| known.cpu >= size.cpu && known.memory >= size.memory;
    let (cost, found) = sizes.iter().find(|(_, known)| holds(known))?;
    let size = Size {
        cpu: found.cpu,
        memory: found.memory,
    };
    Some((*cost, size))
}

/// Up to a whole step, at least one.
fn step(value: u64) -> u64 {
    value.div_ceil(STEP).max(1).saturating_mul(STEP)
}

/// A need as whole units.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Needs are at least 0.
pub(super) fn whole(need: f64) -> u64 {
    need.ceil() as u64
}
