//! What Fargate takes and what it charges, derived from the catalogue's sizes and rates.

use rust_decimal::Decimal;

use crate::domain::capacity::{Capacity, ProviderKind};
use crate::domain::instance_type::CpuArchitecture;
use crate::domain::money::UsdPerHour;
use crate::domain::quantity::{CPU_UNITS_PER_VCPU, CpuUnits, MemoryMib};
use crate::domain::service::Service;
use crate::domain::task::{LaunchType, NetworkMode, TaskFeature};

use super::facts::Facts;

/// GiB of ephemeral storage that every task has without charge.
const FREE_STORAGE_GIB: u64 = 20;

/// MiB in what Fargate's rates call a GB.
const MIB_PER_GB: u64 = 1024;

/// One of the two markets that Fargate sells in.
#[derive(Clone, Copy)]
pub(super) struct Market {
    /// The capacity provider's name.
    pub provider: &'static str,
    pub kind: ProviderKind,
    pub capacity: Capacity,
}

/// Both markets.
pub(super) const MARKETS: [Market; 2] = [
    Market {
        provider: "FARGATE",
        kind: ProviderKind::Fargate,
        capacity: Capacity::Fargate,
    },
    Market {
        provider: "FARGATE_SPOT",
        kind: ProviderKind::FargateSpot,
        capacity: Capacity::FargateSpot,
    },
];

/// The market of a capacity provider of this name.
pub(super) fn market(provider: &str) -> Option<Market> {
    MARKETS
        .into_iter()
        .find(|market| market.provider == provider)
}

/// A size that one task may have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    pub cpu: CpuUnits,
    pub memory: MemoryMib,
}

/// Why no task of the service may run on Fargate, whatever the policy says; `None` when one may.
pub(super) fn ineligible(service: &Service) -> Option<&'static str> {
    let task = &service.task;
    let reasons = [
        (service.is_daemon(), "a daemon"),
        (service.is_external(), "a service of launch type EXTERNAL"),
        (
            !service.may_run_on(LaunchType::Fargate),
            "a service whose launch type or task definition leaves Fargate out",
        ),
        (
            task.network_mode != NetworkMode::Awsvpc,
            "tasks in another network mode than awsvpc",
        ),
        (
            task.fargate
                .compatibilities
                .iter()
                .all(|known| *known != LaunchType::Fargate)
                && !task.fargate.compatibilities.is_empty(),
            "a task definition that AWS found not compatible with Fargate",
        ),
        (
            task.fargate.features.iter().copied().any(is_refused),
            "a task definition with parameters that Fargate refuses",
        ),
        (task.gpus.get() > 0, "tasks with GPUs"),
        (
            service.constraints().next().is_some(),
            "a service with placement constraints",
        ),
    ];
    (reasons.into_iter())
        .find(|(holds, _)| *holds)
        .map(|(_, reason)| reason)
}

/// Whether Fargate refuses a definition with this in it.
/// Source: Amazon ECS developer guide, "Task definition differences for Fargate".
pub(super) const fn is_refused(feature: TaskFeature) -> bool {
    match feature {
        // Invalid on Fargate.
        TaskFeature::DisableNetworking
        | TaskFeature::DnsSearchDomains
        | TaskFeature::DnsServers
        | TaskFeature::DockerSecurityOptions
        | TaskFeature::ExtraHosts
        | TaskFeature::IpcMode
        | TaskFeature::Links
        | TaskFeature::MaxSwap
        | TaskFeature::Privileged
        | TaskFeature::Swappiness
        // Invalid in this form.
        | TaskFeature::AddedCapability
        | TaskFeature::FirelensConfigS3
        | TaskFeature::LogDriver
        | TaskFeature::PidMode
        | TaskFeature::StartTimeout
        | TaskFeature::StopTimeout
        // Linux parameters and volumes that it does not support, and what awsvpc tasks cannot have.
        | TaskFeature::Devices
        | TaskFeature::DockerVolume
        | TaskFeature::HostPath
        | TaskFeature::Hostname
        | TaskFeature::SharedMemorySize
        | TaskFeature::WindowsVolume => true,
        // Other capacity does not take these.
        TaskFeature::DockerLabels | TaskFeature::ProxyConfiguration => false,
    }
}

/// Memory that a size must have. Where the definition states none for the whole task, a container must be
/// able to reach its hard limit.
fn memory_needed(service: &Service) -> MemoryMib {
    let task = &service.task;
    let left_to_containers = matches!(task.fargate.stated, Some((_, None)));
    if left_to_containers && task.fargate.hard_limit > task.memory {
        return task.fargate.hard_limit;
    }
    task.memory
}

/// Whether any size holds a task of the service.
pub(super) fn has_a_size(facts: &Facts<'_>, service: &Service) -> bool {
    (facts.catalogue.fargate_sizes().iter())
        .any(|size| size.cpu >= service.task.cpu && size.memory >= memory_needed(service))
}

/// The cheapest size in a market that holds a task of the service; of equally cheap ones that with less
/// CPU, then with less memory. `None` where no size does or nothing has a rate.
pub(super) fn cheapest_size(
    facts: &Facts<'_>,
    service: &Service,
    market: Capacity,
) -> Option<Size> {
    (facts.catalogue.fargate_sizes().iter())
        .map(|size| Size {
            cpu: size.cpu,
            memory: size.memory,
        })
        .filter(|size| size.cpu >= service.task.cpu && size.memory >= memory_needed(service))
        .filter_map(|size| Some((rate(facts, service, size, market)?, size)))
        .min_by_key(|(rate, size)| (*rate, size.cpu, size.memory))
        .map(|(_, size)| size)
}

/// What one task of the service costs in this size, rounded to the grid; `None` where a rate is missing.
pub(super) fn price(
    facts: &Facts<'_>,
    service: &Service,
    size: Size,
    market: Capacity,
) -> Option<UsdPerHour> {
    let exact = rate(facts, service, size, market)?.checked_add(storage(facts, service)?)?;
    Some(UsdPerHour::new(exact).rounded())
}

/// CPU and memory of the size, on the cheapest architecture that the task runs on.
fn rate(facts: &Facts<'_>, service: &Service, size: Size, market: Capacity) -> Option<Decimal> {
    let vcpus = Decimal::from(size.cpu.get()) / Decimal::from(CPU_UNITS_PER_VCPU);
    let gb = Decimal::from(size.memory.get()) / Decimal::from(MIB_PER_GB);
    let on = |architecture: &CpuArchitecture| {
        let rate = facts.catalogue.fargate_rate(*architecture, market)?;
        let cpu = vcpus.checked_mul(rate.usd_per_vcpu_hour.amount())?;
        cpu.checked_add(gb.checked_mul(rate.usd_per_gb_hour.amount())?)
    };
    (service.task.architectures.iter()).filter_map(on).min()
}

/// Ephemeral storage beyond what is free; `None` where it has no price.
pub(super) fn storage(facts: &Facts<'_>, service: &Service) -> Option<Decimal> {
    let asked = service
        .task
        .ephemeral_storage_gib
        .unwrap_or(FREE_STORAGE_GIB);
    let charged = asked.saturating_sub(FREE_STORAGE_GIB);
    if charged == 0 {
        return Some(Decimal::ZERO);
    }
    let price = facts.catalogue.other_price("fargate_ephemeral_storage")?;
    price.usd.checked_mul(Decimal::from(charged))
}
