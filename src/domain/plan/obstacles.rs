//! The tests that an instance type, an offering or Fargate fails for a service.

use std::fmt;

use crate::domain::instance_type::CpuArchitecture;
use crate::domain::interruption::InterruptionBand;
use crate::domain::resources::Resource;
use crate::domain::task::{HostPort, LaunchType, MOST_RESERVED_PORTS, TaskFeature};

/// Name of the rule that architectures must agree.
pub const ARCHITECTURE: &str = "architecture";

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
    /// Reserved amounts and daemons alone do not fit.
    Daemons,
}

impl fmt::Display for FailedTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LaunchType { allowed } => {
                let names: Vec<String> = allowed.iter().map(ToString::to_string).collect();
                write!(
                    f,
                    "the service runs on {} only, this is not",
                    names.join(", ")
                )
            }
            Self::Architecture { task, instance } => {
                let names: Vec<String> = task.iter().map(ToString::to_string).collect();
                let instance = instance.map_or_else(|| "unknown".to_owned(), |a| a.to_string());
                write!(
                    f,
                    "the task runs on {}, the instance is {instance}",
                    names.join(", ")
                )
            }
            Self::MemberOf {
                expression,
                unknown,
            } if unknown.is_empty() => {
                write!(f, "`{expression}` does not hold")
            }
            Self::MemberOf {
                expression,
                unknown,
            } => {
                write!(
                    f,
                    "`{expression}` reads {}, which it does not have",
                    unknown.join(", ")
                )
            }
            Self::Resource {
                resource,
                needed,
                offered,
            } => {
                write!(
                    f,
                    "one task needs {}, an empty instance offers {offered}",
                    resource.amount(*needed),
                )
            }
            Self::ReservedPort { port } => {
                write!(f, "the instance itself has host port {port}")
            }
            Self::PortQuota { needed, offered } => write!(
                f,
                "one task takes {needed} host ports, and ECS's quota of {MOST_RESERVED_PORTS} reserved ports \
                 an instance leaves {offered}"
            ),
            Self::HostPort { port } => write!(f, "a daemon holds host port {port}"),
            Self::Attachments {
                needed,
                offered: Some(offered),
            } => write!(
                f,
                "one task attaches {needed} volumes, an empty instance takes {offered}"
            ),
            Self::Attachments { offered: None, .. } => {
                f.write_str("its limit of attached volumes is not known")
            }
            Self::TaskGroup { expression } => write!(f, "`{expression}` can never hold there"),
            Self::Accelerators => f.write_str(
                "its accelerators are for tasks that need one (accelerators is needed), and none can be there",
            ),
            Self::Daemons => f.write_str("reserved amounts and daemons leave no room"),
        }
    }
}

impl FailedTest {
    /// The rule's name, for counting.
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::LaunchType { .. } => "launch type",
            Self::Architecture { .. } => ARCHITECTURE,
            Self::MemberOf { .. } => "memberOf",
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

impl fmt::Display for FargateObstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Features { features } => {
                let names: Vec<String> = features.iter().map(ToString::to_string).collect();
                return write!(f, "Fargate takes no {}", names.join(", no "));
            }
            Self::Compatibilities => "AWS found its task definition not compatible with FARGATE",
            Self::Forbidden => "the policy's fargate is forbidden",
            Self::LaunchType => "its launch type or requiresCompatibilities leave FARGATE out",
            Self::NetworkMode => "its network mode is not awsvpc",
            Self::Gpus => "Fargate has no GPUs",
            Self::Constraints => "Fargate takes no placement constraints",
            Self::Size => "no Fargate size is large enough",
            Self::Rate => {
                "the catalogue has no Fargate rate that its architectures and the policy's \
                           purchaseOptions allow"
            }
            Self::StoragePrice => {
                "more than 20 GiB of ephemeral storage have no price in this Region"
            }
        })
    }
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

impl fmt::Display for Exclusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAllowed => f.write_str("not among allowedInstanceTypes"),
            Self::Excluded { pattern } => write!(f, "excludedInstanceTypes holds `{pattern}`"),
            Self::PreviousGeneration => {
                f.write_str("previous generation, and currentGenerationOnly is true")
            }
            Self::BareMetal => f.write_str("bare metal, and bareMetal is excluded"),
            Self::NotBareMetal => f.write_str("not bare metal, and bareMetal is required"),
            Self::Burstable => f.write_str("burstable, and burstable is excluded"),
            Self::NotBurstable => f.write_str("not burstable, and burstable is required"),
            Self::HpcNotNamed => {
                f.write_str("an HPC type, used only when allowedInstanceTypes names it")
            }
            Self::NoEcsImage => f.write_str(
                "no current ECS-optimised image, used only when allowedInstanceTypes names it",
            ),
            Self::AcceleratorNotNeeded => {
                f.write_str("it has accelerators that no task needs, and accelerators is needed")
            }
            Self::TooFewVcpus { vcpus, least } => write!(f, "{vcpus} vCPUs, minVcpus is {least}"),
            Self::TooManyVcpus { vcpus, most } => write!(f, "{vcpus} vCPUs, maxVcpus is {most}"),
            Self::NotInZone { zone } => write!(f, "not offered in {zone}"),
            Self::NoSpot => f.write_str("no Spot offer, and purchaseOptions holds only spot"),
            Self::Interruption {
                band: Some(band),
                most,
            } => write!(
                f,
                "Spot interruption band {band}, maxInterruption is {most}"
            ),
            Self::Interruption { band: None, most } => write!(
                f,
                "no Spot interruption band is known, and maxInterruption is {most}"
            ),
            Self::NoPrice { region } => write!(f, "no On-Demand price in {region}"),
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

impl fmt::Display for DaemonsObstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reserved => {
                f.write_str("reservedCpu or reservedMemory is more than it registers")
            }
            Self::PortReserved { daemon, port } => {
                write!(
                    f,
                    "the daemon {daemon} needs host port {port}, which the instance itself has"
                )
            }
            Self::PortQuota { daemon } => write!(
                f,
                "the daemon {daemon} takes more host ports than ECS's quota of reserved ports leaves"
            ),
            Self::PortTaken { daemon, port } => {
                write!(
                    f,
                    "the daemon {daemon} needs host port {port}, another has it"
                )
            }
            Self::Daemon { daemon } => write!(f, "the daemon {daemon} does not fit"),
            Self::Volumes { daemon } => write!(f, "the volumes of the daemon {daemon} do not fit"),
        }
    }
}
