//! The policy: what the planner may buy and what it must leave room for.

use rust_decimal::Decimal;

use super::capacity::Capacity;
use super::interruption::InterruptionBand;
use super::kubernetes::{HeadroomOfWhole, Taint, Whole};
use super::money::UsdPerHour;
use super::quantity::{CpuUnits, MemoryMib};

/// Capacity providers that ECS accepts in a cluster, and in a strategy (Amazon ECS service quotas, not adjustable).
pub const MOST_CAPACITY_PROVIDERS: u64 = 20;

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

/// Where instance types with accelerators (GPU, Inferentia, Trainium, FPGA, media) may be used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AcceleratorUse {
    /// Only for instances that hold a task which needs one, or where `allowedInstanceTypes` names the type.
    #[default]
    Needed,
    /// Like any other type.
    Included,
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

/// Whether services may run on Fargate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FargateUse {
    /// None may.
    #[default]
    Forbidden,
    /// Each eligible service runs where it is cheaper, all of it on Fargate or all of it on EC2.
    Allowed,
    /// All must; no instance is bought.
    Only,
}

/// Whether services may run on ECS Managed Instances.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ManagedInstancesUse {
    /// None may.
    #[default]
    Forbidden,
    /// Each eligible service runs where it is cheaper, all of it on Managed Instances or none of it.
    Allowed,
    /// All instances that are bought are Managed Instances.
    Only,
}

/// What deployments of services must have room for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DeploymentSurge {
    /// Not looked at.
    Off,
    /// The realised fleet lets every service roll out, one at a time, within the fleet or by launches.
    #[default]
    OneByOne,
    /// The whole rollout of any one service at a time has places beside all tasks, without a launch.
    WholeRollout,
}

/// How the tasks of a service, and the instances of a group, are spread over Availability Zones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ZoneSpread {
    /// Counts in any two usable zones differ by at most one.
    Even,
    /// Anyhow.
    Any,
}

/// The ways of buying that the policy allows; at least one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PurchaseOptions {
    /// On-Demand.
    pub on_demand: bool,
    /// Spot.
    pub spot: bool,
}

impl PurchaseOptions {
    /// Whether new capacity may be bought so; what comes from outside AWS is not bought.
    #[must_use]
    pub const fn allows(self, option: Capacity) -> bool {
        match option {
            Capacity::OnDemand | Capacity::Fargate | Capacity::Managed => self.on_demand,
            Capacity::Spot | Capacity::FargateSpot | Capacity::ManagedSpot => self.spot,
            Capacity::External => false,
        }
    }
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

impl CountBasis {
    /// The count out of the three that a service may have.
    #[must_use]
    pub fn of(self, desired: u64, least: Option<u64>, most: Option<u64>) -> u64 {
        let limit = match self {
            Self::Min => least,
            Self::Desired => None,
            Self::Max => most,
        };
        limit.unwrap_or(desired)
    }
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

/// The keys of the policy that a single service may carry too; the stricter of the two holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServicePolicy {
    /// Tasks that must be On-Demand, at least.
    pub on_demand_base: Option<u64>,
    /// Largest share of tasks on Spot, 0 to 1.
    pub spot_max_share: Option<Decimal>,
    /// Largest share of tasks on one instance, 0 to 1.
    pub max_share_on_instance: Option<Decimal>,
}

/// The share of `maxShareOnInstance` where none is stated.
pub const DEFAULT_SHARE_ON_INSTANCE: Decimal = Decimal::from_parts(5, 0, 0, false, 1);

/// The planning policy with every default filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent keys of the file, not one state"
)]
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
    /// Types with accelerators.
    pub accelerators: AcceleratorUse,
    /// Ways of buying instances and Fargate tasks.
    pub purchase_options: PurchaseOptions,
    /// Fargate.
    pub fargate: FargateUse,
    /// ECS Managed Instances.
    pub managed_instances: ManagedInstancesUse,
    /// Tasks of each service that must be On-Demand, at least.
    pub on_demand_base: u64,
    /// Largest share of each service's tasks on Spot, 0 to 1.
    pub spot_max_share: Decimal,
    /// Largest share of the cluster's tasks in one Spot pool (instance type × zone), 0 to 1.
    pub spot_max_share_per_pool: Decimal,
    /// Highest interruption band of the Spot Instance Advisor in which Spot instances are bought; `None` = any, and types
    /// without one.
    pub max_interruption: Option<InterruptionBand>,
    /// Largest share of a service's tasks on one instance, 0 to 1. A stated one binds; without one
    /// [`DEFAULT_SHARE_ON_INSTANCE`] holds where it leaves no task without a place.
    pub max_share_on_instance: Option<Decimal>,
    /// A service's On-Demand tasks stand in at least so many zones, as far as there are tasks and zones.
    pub on_demand_zones: u64,
    /// Spread over zones; `None` = even where the file names zones, else any.
    pub zone_spread: Option<ZoneSpread>,
    /// With any one zone gone, all tasks have a place on what remains.
    pub survive_zone_loss: bool,
    /// With any one instance gone, all its tasks have a place on what remains.
    pub survive_instance_loss: bool,
    /// Room for the rollout of services, one at a time.
    pub deployment_surge: DeploymentSurge,
    /// Every count is planned as ceil(n·(1 + h/100)).
    pub headroom_percent: Decimal,
    /// Today's instances.
    pub keep_instances: KeepInstances,
    /// Which count of each service.
    pub count_basis: CountBasis,
    /// Most instances in the cluster.
    pub max_instances: u64,
    /// Fewest instances in the cluster.
    pub min_instances: u64,
    /// Most distinct instance types in the cluster.
    pub max_instance_types: Option<u64>,
    /// Most Auto Scaling group providers of the realised plan; `None` = the larger of 6 and 3 a zone
    /// ([`Cluster::most_capacity_providers`](super::cluster::Cluster::most_capacity_providers)).
    pub max_capacity_providers: Option<u64>,
    /// Whether groups may rely on strategies sending tasks to the provider that is behind its weight.
    pub deterministic_routing: bool,
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
    /// What a vCPU-hour above the baseline of a burstable type costs; `None` = as AWS publishes it.
    pub credit_usd_per_vcpu_hour: Option<UsdPerHour>,
    /// Fraction off On-Demand EC2 prices, 0 to 1.
    pub savings_plan_discount: Decimal,
    /// Taints of every new node of Kubernetes.
    pub tolerated_taints: Vec<Taint>,
    /// Whether nodes of Kubernetes take their pods' addresses by prefixes.
    pub prefix_delegation: bool,
    /// Pods on a node of Kubernetes; `None` = as EKS publishes them.
    pub max_pods: Option<u64>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            allowed_instance_types: None,
            excluded_instance_types: Vec::new(),
            current_generation_only: false,
            bare_metal: Inclusion::Excluded,
            burstable: Inclusion::Excluded,
            accelerators: AcceleratorUse::Needed,
            purchase_options: PurchaseOptions {
                on_demand: true,
                spot: false,
            },
            fargate: FargateUse::Forbidden,
            managed_instances: ManagedInstancesUse::Forbidden,
            on_demand_base: 0,
            spot_max_share: Decimal::ONE,
            spot_max_share_per_pool: Decimal::ONE,
            max_interruption: None,
            max_share_on_instance: None,
            on_demand_zones: 2,
            zone_spread: None,
            survive_zone_loss: false,
            survive_instance_loss: false,
            deployment_surge: DeploymentSurge::OneByOne,
            headroom_percent: Decimal::ZERO,
            keep_instances: KeepInstances::None,
            count_basis: CountBasis::Desired,
            max_instances: 5000,
            min_instances: 0,
            max_instance_types: None,
            max_capacity_providers: None,
            deterministic_routing: true,
            min_vcpus: None,
            max_vcpus: None,
            eni_trunking: false,
            memory_overhead: None,
            reserved_cpu: CpuUnits::ZERO,
            reserved_memory: MemoryMib::ZERO,
            root_volume_gib: 30,
            instance_usd_per_hour: UsdPerHour::ZERO,
            credit_usd_per_vcpu_hour: None,
            savings_plan_discount: Decimal::ZERO,
            tolerated_taints: Vec::new(),
            prefix_delegation: false,
            max_pods: None,
        }
    }
}

impl Policy {
    /// Whether places are planned for the further tasks of any one service's rollout.
    #[must_use]
    pub fn keeps_room_for_rollouts(&self) -> bool {
        self.deployment_surge == DeploymentSurge::WholeRollout
    }

    /// Whether instances of Auto Scaling groups may be bought.
    #[must_use]
    pub fn buys_own_instances(&self) -> bool {
        self.fargate != FargateUse::Only && self.managed_instances != ManagedInstancesUse::Only
    }

    /// Whether Managed Instances may be bought.
    #[must_use]
    pub fn buys_managed_instances(&self) -> bool {
        self.fargate != FargateUse::Only && self.managed_instances != ManagedInstancesUse::Forbidden
    }

    /// Whether some burstable type may be bought: the key says so, or a pattern without a wildcard may name one.
    #[must_use]
    pub fn may_buy_burstable(&self) -> bool {
        let names = |pattern: &String| {
            let text = pattern.trim();
            // Burstable families are `t` and a generation, which accelerators of `trn1` are not.
            let mut letters = text.chars();
            let is_family = letters.next() == Some('t')
                && letters.next().is_some_and(|next| next.is_ascii_digit());
            is_family && !text.contains(['*', '?'])
        };
        self.burstable != Inclusion::Excluded
            || (self.allowed_instance_types.iter().flatten()).any(names)
    }

    /// Whether it says how many pods a node takes.
    #[must_use]
    pub const fn states_pods_of_nodes(&self) -> bool {
        self.max_pods.is_some() || self.prefix_delegation
    }

    /// Pods to plan for of a workload that zones of volumes divide, all parts together.
    #[must_use]
    pub fn planned_of_whole(&self, whole: &Whole) -> u64 {
        self.planned_count(self.count_of(whole))
    }

    /// Pods of the whole's headroom that are planned with a part.
    #[must_use]
    pub fn headroom_with_part(&self, whole: &Whole) -> u64 {
        if whole.headroom == HeadroomOfWhole::Elsewhere {
            return 0;
        }
        let count = self.count_of(whole);
        self.planned_count(count).saturating_sub(count)
    }

    fn count_of(&self, whole: &Whole) -> u64 {
        (self.count_basis).of(whole.desired_count, whole.min_count, whole.max_count)
    }

    /// The number of tasks to plan for out of a service's count: ceil(n·(1 + headroom/100)).
    #[must_use]
    pub fn planned_count(&self, count: u64) -> u64 {
        let hundred = Decimal::from(100);
        let planned = Decimal::from(count) * (hundred + self.headroom_percent) / hundred;
        u64::try_from(planned.ceil()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_names_of_burstable_types_may_be_bought_and_those_of_accelerators_are_none() {
        let named = |pattern: &str| Policy {
            allowed_instance_types: Some(vec![pattern.to_owned()]),
            ..Policy::default()
        };
        for name in ["t2.micro", "t3a.large", " t4g.small "] {
            assert!(named(name).may_buy_burstable(), "{name}");
        }
        for name in ["trn1.2xlarge", "t3.*", "m7g.large", "t"] {
            assert!(!named(name).may_buy_burstable(), "{name}");
        }
    }
}
