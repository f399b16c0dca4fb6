//! A test that a service and an instance did not pass together, and how it reads.

use std::fmt;

use crate::domain::instance_type::CpuArchitecture;
use crate::domain::resources::Resource;
use crate::domain::task::{HostPort, LaunchType, MOST_RESERVED_PORTS};

/// Name of the rule that architectures must agree.
pub const ARCHITECTURE: &str = "architecture";

/// A test that failed, with what it saw.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Failed {
    /// The service does not run on EC2.
    LaunchType(Vec<LaunchType>),
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
    ReservedPort(HostPort),
    /// A daemon occupies the port.
    HostPort(HostPort),
    /// One task takes more ports than the quota of reserved ports leaves.
    PortQuota {
        /// Ports of one task.
        needed: u64,
        /// What the instance's own ports and the daemons leave.
        offered: u64,
    },
    /// One task's volumes are more than an empty instance takes.
    Attachments {
        /// Volumes of one task.
        needed: u64,
        /// What an empty instance takes; `None` when the limit is not known.
        offered: Option<u64>,
    },
    /// A test on `task:group` that can never hold there.
    TaskGroup(String),
    /// Only beside a task that needs the accelerators, and no such task can be there.
    Accelerators,
    /// Reserved amounts and daemons alone do not fit.
    Daemons,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LaunchType(allowed) => {
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
                    amount(*resource, *needed),
                )
            }
            Self::ReservedPort(port) => {
                write!(f, "the instance itself has host port {port}")
            }
            Self::PortQuota { needed, offered } => write!(
                f,
                "one task takes {needed} host ports, and ECS's quota of {MOST_RESERVED_PORTS} reserved ports \
                 an instance leaves {offered}"
            ),
            Self::HostPort(port) => write!(f, "a daemon holds host port {port}"),
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
            Self::TaskGroup(source) => write!(f, "`{source}` can never hold there"),
            Self::Accelerators => f.write_str(
                "its accelerators are for tasks that need one (accelerators is needed), and none can be there",
            ),
            Self::Daemons => f.write_str("reserved amounts and daemons leave no room"),
        }
    }
}

impl Failed {
    /// The rule's name, for counting.
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::LaunchType(_) => "launch type",
            Self::Architecture { .. } => ARCHITECTURE,
            Self::MemberOf { .. } => "memberOf",
            Self::Resource { resource, .. } => match resource {
                Resource::Cpu => "CPU",
                Resource::Memory => "memory",
                Resource::Enis => "network interfaces",
                Resource::Gpus => "GPUs",
            },
            Self::HostPort(_) | Self::ReservedPort(_) => "host port",
            Self::PortQuota { .. } => "number of host ports",
            Self::Attachments { .. } => "volume attachments",
            Self::TaskGroup(_) => "task:group",
            Self::Accelerators => "accelerators",
            Self::Daemons => "room beside daemons",
        }
    }
}

/// An amount with its unit, in words.
pub fn amount(resource: Resource, value: u64) -> String {
    let unit = match (resource, value) {
        (Resource::Cpu, 1) => "CPU unit",
        (Resource::Cpu, _) => "CPU units",
        (Resource::Memory, _) => "MiB",
        (Resource::Enis, 1) => "network interface",
        (Resource::Enis, _) => "network interfaces",
        (Resource::Gpus, 1) => "GPU",
        (Resource::Gpus, _) => "GPUs",
    };
    format!("{value} {unit}")
}
