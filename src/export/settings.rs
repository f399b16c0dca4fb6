//! The view model: what every format writes.

use indexmap::IndexMap;

use crate::domain::instance_type::PurchaseOption;
use crate::domain::plan::ProviderKind;

/// The ECS-optimised image of Amazon Linux 2023 that a group runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Image {
    /// 64-bit x86.
    X86,
    /// 64-bit ARM.
    Arm,
    /// 64-bit x86 with NVIDIA drivers.
    Gpu,
}

impl Image {
    /// The public SSM parameter that holds the newest image's id. Source: Amazon ECS developer guide, "Retrieving
    /// Amazon ECS-optimized Linux AMI metadata".
    #[must_use]
    pub const fn parameter(self) -> &'static str {
        match self {
            Self::X86 => "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id",
            Self::Arm => {
                "/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id"
            }
            Self::Gpu => {
                "/aws/service/ecs/optimized-ami/amazon-linux-2023/gpu/recommended/image_id"
            }
        }
    }

    /// A short name.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::X86 => "x86",
            Self::Arm => "arm64",
            Self::Gpu => "gpu",
        }
    }
}

/// A launch template: an image and the attributes its instances register with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Name.
    pub name: String,
    /// Image.
    pub image: Image,
    /// Custom attributes.
    pub attributes: IndexMap<String, Option<String>>,
}

/// Subnets in certain zones; which ones, the plan cannot know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubnetSet {
    /// Suffix that tells this set from others; empty when it is the only one.
    pub suffix: String,
    /// Zones; empty where the plan names none.
    pub zones: Vec<String>,
}

/// Managed scaling of a capacity provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scaling {
    /// Whether ECS sets the group's size.
    pub enabled: bool,
    /// Percent, 1 to 100.
    pub target_capacity: u64,
    /// Instances, 1 to 10,000.
    pub minimum_step: u64,
    /// Instances, 1 to 10,000.
    pub maximum_step: u64,
    /// Seconds, 0 to 10,000.
    pub warmup_seconds: u64,
}

/// An Auto Scaling group and the capacity provider of the same name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Name of both.
    pub name: String,
    /// Index of its launch template.
    pub template: usize,
    /// Index of its subnets.
    pub subnets: usize,
    /// Instance types in the plan's order.
    pub instance_types: Vec<String>,
    /// How the plan buys.
    pub purchase_option: PurchaseOption,
    /// Instances that are always On-Demand.
    pub on_demand_base: u64,
    /// Percent of the others that are On-Demand: 0 or 100.
    pub on_demand_percent: u64,
    /// Smallest size.
    pub min_size: u64,
    /// Planned size.
    pub planned: u64,
    /// Largest size.
    pub max_size: u64,
    /// Managed scaling.
    pub scaling: Scaling,
    /// Tasks on one instance that always find a place, where the plan proves it.
    pub certified: bool,
    /// Whether the group exists today.
    pub exists: bool,
}

/// One item of a strategy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeightedItem {
    /// Provider.
    pub provider: String,
    /// Tasks placed there first; at most one item has any.
    pub base: u64,
    /// Relative share of the rest, 0 to 1,000.
    pub weight: u64,
}

/// A placement strategy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// `spread`, `binpack` or `random`.
    pub kind: &'static str,
    /// By what; none for `random`.
    pub field: Option<String>,
}

/// A service's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceSettings {
    /// Name.
    pub name: String,
    /// Tasks planned.
    pub planned: u64,
    /// Capacity provider strategy.
    pub strategy: Vec<WeightedItem>,
    /// Placement strategies in order.
    pub placement: Vec<Placement>,
    /// Whether it runs on Fargate.
    pub is_fargate: bool,
    /// Whether its tasks need subnets and security groups.
    pub is_awsvpc: bool,
    /// How far the weights are from the plan, in words.
    pub rounding: String,
}

/// Everything an export writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Cluster.
    pub cluster: String,
    /// AWS Region.
    pub region: String,
    /// Launch templates.
    pub templates: Vec<Template>,
    /// Subnets.
    pub subnets: Vec<SubnetSet>,
    /// Groups.
    pub groups: Vec<Group>,
    /// Fargate's providers in use.
    pub fargate: Vec<ProviderKind>,
    /// Services with a strategy.
    pub services: Vec<ServiceSettings>,
    /// The cluster's default strategy.
    pub default_strategy: Vec<WeightedItem>,
    /// Whether the plan counts on ENI trunking.
    pub trunking: bool,
    /// MiB that the agent keeps from tasks, where known.
    pub reserved_memory_mib: Option<u64>,
    /// What the reader should know.
    pub notes: Vec<String>,
}

impl Settings {
    /// Names of all providers, Fargate's last.
    #[must_use]
    pub fn providers(&self) -> Vec<&str> {
        let groups = self.groups.iter().map(|group| group.name.as_str());
        groups
            .chain(self.fargate.iter().map(|kind| fargate_name(*kind)))
            .collect()
    }
}

/// The name of Fargate's own provider.
pub(super) const fn fargate_name(kind: ProviderKind) -> &'static str {
    match kind {
        ProviderKind::FargateSpot => "FARGATE_SPOT",
        ProviderKind::Fargate | ProviderKind::AutoScalingGroup => "FARGATE",
    }
}
