//! The policy: what the planner may buy and what it must leave room for.

use rust_decimal::Decimal;

use super::money::UsdPerHour;
use super::quantity::{CpuUnits, MemoryMib};

/// Whether a class of instance types may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inclusion {
    /// Never.
    Excluded,
    /// Like any other.
    Included,
    /// Only those.
    Required,
}

/// What happens to the instances the cluster has today.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum KeepInstances {
    /// The fleet is designed anew.
    #[default]
    None,
    /// They stay, at their own price; only additions are planned.
    All,
}

/// Which of a service's counts is planned for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CountBasis {
    /// `minCount` where given, else `desiredCount`.
    Min,
    /// `desiredCount`.
    #[default]
    Desired,
    /// `maxCount` where given, else `desiredCount`.
    Max,
}

/// Memory that the operating system and the agent keep:
/// registered = floor(nominal × (1 − percent/100) − fixed − per-vCPU × vCPUs).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryOverhead {
    /// Percent of nominal memory.
    pub percent: Decimal,
    /// MiB per instance.
    pub fixed_mib: Decimal,
    /// MiB per vCPU.
    pub per_vcpu_mib: Decimal,
}

/// The planning policy with every default filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Globs of instance types that may be used; `None` = all.
    pub allowed_instance_types: Option<Vec<String>>,
    /// Globs of instance types that may not be used.
    pub excluded_instance_types: Vec<String>,
    /// Only types AWS calls current generation.
    pub current_generation_only: bool,
    /// Bare-metal types.
    pub bare_metal: Inclusion,
    /// Burstable types.
    pub burstable: Inclusion,
    /// Every count is planned as ceil(n·(1 + h/100)).
    pub headroom_percent: Decimal,
    /// Today's instances.
    pub keep_instances: KeepInstances,
    /// Which count of each service.
    pub count_basis: CountBasis,
    /// Most instances in the cluster.
    pub max_instances: u64,
    /// Smallest instance, in vCPUs.
    pub min_vcpus: Option<u64>,
    /// Largest instance, in vCPUs.
    pub max_vcpus: Option<u64>,
    /// Whether the account has opted in to ENI trunking.
    pub eni_trunking: bool,
    /// Replaces the catalogue's documented model of registered memory.
    pub memory_overhead: Option<MemoryOverhead>,
    /// CPU units kept free on every instance.
    pub reserved_cpu: CpuUnits,
    /// Memory kept free on every instance (`ECS_RESERVED_MEMORY`).
    pub reserved_memory: MemoryMib,
    /// Size of the gp3 root volume.
    pub root_volume_gib: u64,
    /// Any other fee per instance.
    pub instance_usd_per_hour: UsdPerHour,
    /// Fraction off On-Demand EC2 prices, 0 to 1.
    pub savings_plan_discount: Decimal,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            allowed_instance_types: None,
            excluded_instance_types: Vec::new(),
            current_generation_only: false,
            bare_metal: Inclusion::Excluded,
            burstable: Inclusion::Excluded,
            headroom_percent: Decimal::ZERO,
            keep_instances: KeepInstances::None,
            count_basis: CountBasis::Desired,
            max_instances: 5000,
            min_vcpus: None,
            max_vcpus: None,
            eni_trunking: false,
            memory_overhead: None,
            reserved_cpu: CpuUnits::ZERO,
            reserved_memory: MemoryMib::ZERO,
            root_volume_gib: 30,
            instance_usd_per_hour: UsdPerHour::ZERO,
            savings_plan_discount: Decimal::ZERO,
        }
    }
}

impl Policy {
    /// The number of tasks to plan for out of a service's count: ceil(n·(1 + headroom/100)).
    #[must_use]
    pub fn planned_count(&self, count: u64) -> u64 {
        let hundred = Decimal::from(100);
        let planned = Decimal::from(count) * (hundred + self.headroom_percent) / hundred;
        u64::try_from(planned.ceil()).unwrap_or(u64::MAX)
    }
}
