//! The tests that an instance type, an offering or Fargate fails for a service.

use crate::domain::instance_type::CpuArchitecture;
use crate::domain::interruption::InterruptionBand;
use crate::domain::resources::Resource;
use crate::domain::task::{HostPort, LaunchType, TaskFeature};

/// Name of the rule that architectures must agree.
pub const ARCHITECTURE: &str = "architecture";
/// Name of the rule that expressions on attributes must hold.
pub const MEMBER_OF: &str = "memberOf";

/// A test that failed, with what it saw.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum FailedTest {
    /// The service does not run on EC2.
    LaunchType {
        /// What it runs on.
        allowed: Vec<LaunchType>,
    },
    /// The task is built for other architectures.
    Architecture {
        /// What the task runs on.
        task: Vec<CpuArchitecture>,
        /// What the instance is.
        instance: Option<CpuArchitecture>,
    },
    /// A `memberOf` expression is false.
    MemberOf {
        /// The expression.
        expression: String,
        /// Attributes it reads that the instance does not have.
        unknown: Vec<String>,
    },
    /// One task needs more than an empty instance offers.
    Resource {
        /// Which resource.
        resource: Resource,
        /// What one task needs.
        needed: u64,
        /// What an empty instance offers.
        offered: u64,
    },
    /// The port is taken before any task comes.
    ReservedPort {
        /// The port.
        port: HostPort,
    },
    /// One task takes more ports than the quota of reserved ports leaves.
    PortQuota {
        /// Ports of one task.
        needed: u64,
        /// What the instance's own ports and the daemons leave.
        offered: u64,
    },
    /// A daemon occupies the port.
    HostPort {
        /// The port.
        port: HostPort,
    },
    /// One task's volumes are more than an empty instance takes.
    Attachments {
        /// Volumes of one task.
        needed: u64,
        /// What an empty instance takes; `None` when the limit is not known.
        offered: Option<u64>,
    },
    /// A test on `task:group` that can never hold there.
    TaskGroup {
        /// The expression.
        expression: String,
    },
    /// Only beside a task that needs the accelerators, and no such task can be there.
    Accelerators,
    /// Managed Instances do not take the service.
    ManagedInstances {
        /// Everything that stands in the way.
        obstacles: Vec<ManagedObstacle>,
    },
    /// Reserved amounts and daemons alone do not fit.
    Daemons,
}

/// Why Managed Instances do not take a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ManagedObstacle {
    /// It is bound to another launch type.
    LaunchType,
    /// Neither `awsvpc` nor `host`.
    NetworkMode,
    /// `ephemeralStorage`.
    EphemeralStorage,
    /// The definition has something else that they do not take.
    Feature {
        /// What.
        feature: TaskFeature,
    },
}

impl FailedTest {
    /// The rule's name, for counting.
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::LaunchType { .. } => "launch type",
            Self::Architecture { .. } => ARCHITECTURE,
            Self::MemberOf { .. } => MEMBER_OF,
            Self::Resource { resource, .. } => match resource {
                Resource::Cpu => "CPU",
                Resource::Memory => "memory",
                Resource::Enis => "network interfaces",
                Resource::Gpus => "GPUs",
            },
            Self::HostPort { .. } | Self::ReservedPort { .. } => "host port",
            Self::PortQuota { .. } => "number of host ports",
            Self::Attachments { .. } => "volume attachments",
            Self::TaskGroup { .. } => "task:group",
            Self::Accelerators => "accelerators",
            Self::ManagedInstances { .. } => "Managed Instances",
            Self::Daemons => "room beside daemons",
        }
    }
}

/// Why a service cannot run on Fargate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FargateObstacle {
    /// The policy forbids it.
    Forbidden,
    /// It is bound to another launch type.
    LaunchType,
    /// `compatibilities` of the described definition leave Fargate out.
    Compatibilities,
    /// The definition has what Fargate does not take.
    Features {
        /// What it has.
        features: Vec<TaskFeature>,
    },
    /// Not `awsvpc`.
    NetworkMode,
    /// It needs GPUs.
    Gpus,
    /// It has placement constraints.
    Constraints,
    /// No size is large enough.
    Size,
    /// No rate for its architectures and the ways of buying that the policy allows.
    Rate,
    /// More than 20 GiB of ephemeral storage, which has no price in the Region.
    StoragePrice,
}

/// Why a policy leaves an instance type out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exclusion {
    /// No pattern of `allowedInstanceTypes` matches.
    NotAllowed,
    /// A pattern of `excludedInstanceTypes` matches.
    Excluded {
        /// The first pattern that does.
        pattern: String,
    },
    /// `currentGenerationOnly`, and it is not.
    PreviousGeneration,
    /// Bare metal while `bareMetal` is `excluded`.
    BareMetal,
    /// Not bare metal while `bareMetal` is `required`.
    NotBareMetal,
    /// Burstable while `burstable` is `excluded`.
    Burstable,
    /// Not burstable while `burstable` is `required`.
    NotBurstable,
    /// An HPC type that `allowedInstanceTypes` does not name.
    HpcNotNamed,
    /// Today's ECS-optimised image does not run on it and `allowedInstanceTypes` does not name it.
    NoEcsImage,
    /// It has accelerators that no task needs, and `allowedInstanceTypes` does not name it.
    AcceleratorNotNeeded,
    /// Smaller than `minVcpus`.
    TooFewVcpus {
        /// What the type has.
        vcpus: u64,
        /// What the policy asks for.
        least: u64,
    },
    /// Larger than `maxVcpus`.
    TooManyVcpus {
        /// What the type has.
        vcpus: u64,
        /// What the policy asks for.
        most: u64,
    },
    /// The cluster's zone does not have it.
    NotInZone {
        /// The zone.
        zone: String,
    },
    /// The policy buys on Spot only, and there is no Spot offer for it.
    NoSpot,
    /// The policy buys on Spot only, and the type's interruption band is above `maxInterruption` or not known.
    Interruption {
        /// The advisor's band, where there is one.
        band: Option<InterruptionBand>,
        /// What the policy allows.
        most: InterruptionBand,
    },
    /// The catalogue has no On-Demand price for it in the Region.
    NoPrice {
        /// The Region.
        region: String,
    },
}

impl Exclusion {
    /// The key that leaves the type out: the policy's, or the cluster file's where it is not the policy.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::NotAllowed | Self::HpcNotNamed | Self::NoEcsImage => "allowedInstanceTypes",
            Self::Excluded { .. } => "excludedInstanceTypes",
            Self::PreviousGeneration => "currentGenerationOnly",
            Self::BareMetal | Self::NotBareMetal => "bareMetal",
            Self::Burstable | Self::NotBurstable => "burstable",
            Self::AcceleratorNotNeeded => "accelerators",
            Self::TooFewVcpus { .. } => "minVcpus",
            Self::TooManyVcpus { .. } => "maxVcpus",
            Self::NoSpot => "purchaseOptions",
            Self::Interruption { .. } => "maxInterruption",
            Self::NotInZone { .. } => "availabilityZones",
            Self::NoPrice { .. } => "region",
        }
    }
}

/// What of the reserved amounts and the daemons does not fit an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DaemonsObstacle {
    /// The reserved amounts alone.
    Reserved,
    /// A host port that a daemon needs and the instance itself has.
    PortReserved {
        /// Service name of the daemon.
        daemon: String,
        /// The port.
        port: HostPort,
    },
    /// A daemon takes more host ports than ECS's quota of reserved ports leaves.
    PortQuota {
        /// Service name of the daemon.
        daemon: String,
    },
    /// A host port that a daemon needs and another daemon has.
    PortTaken {
        /// Service name of the daemon.
        daemon: String,
        /// The port.
        port: HostPort,
    },
    /// A daemon's task.
    Daemon {
        /// Service name of the daemon.
        daemon: String,
    },
    /// The volumes of a daemon's task.
    Volumes {
        /// Service name of the daemon.
        daemon: String,
    },
}
