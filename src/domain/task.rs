//! Task definitions, reduced to what placement and price depend on.
//!
//! Environment variables, secrets, images and commands are dropped at the border on purpose: nothing
//! past the importer can print them.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::instance_type::CpuArchitecture;
use super::placement::PlacementConstraint;
use super::quantity::{CpuUnits, EniCount, GpuCount, MemoryMib};
use super::resources::ResourceVector;

/// TCP ports that are taken on an instance unless it registers otherwise: SSH, the Docker daemon's two and the
/// ECS agent's three. No UDP port is.
/// Source: Amazon ECS API reference, `PortMapping`; README of the Amazon ECS container agent,
/// `ECS_RESERVED_PORTS`.
pub const RESERVED_HOST_PORTS: [u16; 6] = [22, 2375, 2376, 51678, 51679, 51680];

/// How a task's containers reach the network.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NetworkMode {
    /// Docker's bridge: host ports are taken where they are static. ECS's default on Linux.
    #[default]
    Bridge,
    /// The instance's own network: every container port is a host port.
    Host,
    /// A network interface of the task's own.
    Awsvpc,
    /// No network.
    None,
}

/// Transport protocol of a port mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

/// A port of the instance that one task occupies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HostPort {
    /// Port number.
    pub port: u16,
    /// Protocol; the same number under the other protocol does not collide.
    pub protocol: Protocol,
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protocol = match self.protocol {
            Protocol::Tcp => "tcp",
            Protocol::Udp => "udp",
        };
        write!(f, "{}/{protocol}", self.port)
    }
}

/// Most reserved ports of an instance at a time, those of [`RESERVED_HOST_PORTS`] included. The documents say it
/// of TCP; UDP ports are counted alike, which is an assumption on the cautious side.
/// Source: Amazon ECS API reference, `PortMapping`.
pub const MOST_RESERVED_PORTS: u64 = 100;

/// Ports of an instance that are taken before any task comes.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReservedPorts {
    /// [`RESERVED_HOST_PORTS`].
    #[default]
    Usual,
    /// What the instance has registered as `PORTS` and `PORTS_UDP`.
    Registered(BTreeSet<HostPort>),
    /// None, and there is no quota: the scheduler of Kubernetes knows only the ports of pods.
    NoneOfNodes,
}

impl ReservedPorts {
    /// Whether no task can have the port.
    #[must_use]
    pub fn contains(&self, port: HostPort) -> bool {
        match self {
            Self::Usual => {
                port.protocol == Protocol::Tcp && RESERVED_HOST_PORTS.contains(&port.port)
            }
            Self::Registered(ports) => ports.contains(&port),
            Self::NoneOfNodes => false,
        }
    }

    /// Ports that tasks may still take, all together.
    #[must_use]
    pub fn left_for_tasks(&self) -> u64 {
        let taken = match self {
            Self::Usual => RESERVED_HOST_PORTS.len(),
            Self::Registered(ports) => ports.len(),
            Self::NoneOfNodes => return u64::MAX,
        };
        MOST_RESERVED_PORTS.saturating_sub(taken as u64)
    }
}

/// Where ECS may run a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LaunchType {
    /// Container instances.
    Ec2,
    /// Fargate.
    Fargate,
    /// ECS Anywhere.
    External,
    /// Instances that ECS buys and runs.
    ManagedInstances,
}

impl fmt::Display for LaunchType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ec2 => "EC2",
            Self::Fargate => "FARGATE",
            Self::External => "EXTERNAL",
            Self::ManagedInstances => "MANAGED_INSTANCES",
        })
    }
}

/// Something in a task definition that Fargate or Managed Instances do not take.
/// Source: Amazon ECS developer guide, "Task definition differences for Fargate", "Task definition differences for
/// Amazon ECS Managed Instances" and "Task definition parameters".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TaskFeature {
    /// A Linux capability other than `SYS_PTRACE` is added.
    AddedCapability,
    /// Devices of the host.
    Devices,
    /// `disableNetworking`.
    DisableNetworking,
    /// `dnsSearchDomains`.
    DnsSearchDomains,
    /// `dnsServers`.
    DnsServers,
    /// `dockerLabels`.
    DockerLabels,
    /// `dockerSecurityOptions`.
    DockerSecurityOptions,
    /// A volume of Docker.
    DockerVolume,
    /// `extraHosts`.
    ExtraHosts,
    /// A `FireLens` configuration in S3.
    FirelensConfigS3,
    /// A path of the host.
    HostPath,
    /// `hostname`, which no task in `awsvpc` mode has.
    Hostname,
    /// `ipcMode`.
    IpcMode,
    /// `links`.
    Links,
    /// A log driver other than `awslogs`, `splunk` and `awsfirelens`.
    LogDriver,
    /// `maxSwap`.
    MaxSwap,
    /// A `pidMode` other than `task`.
    PidMode,
    /// `privileged`.
    Privileged,
    /// `proxyConfiguration`.
    ProxyConfiguration,
    /// `sharedMemorySize`.
    SharedMemorySize,
    /// A `startTimeout` beyond what Fargate has.
    StartTimeout,
    /// A `stopTimeout` beyond what Fargate has.
    StopTimeout,
    /// `swappiness`.
    Swappiness,
    /// A volume of `FSx` for Windows File Server.
    WindowsVolume,
}

impl fmt::Display for TaskFeature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AddedCapability => "capabilities.add",
            Self::Devices => "devices",
            Self::DisableNetworking => "disableNetworking",
            Self::DnsSearchDomains => "dnsSearchDomains",
            Self::DnsServers => "dnsServers",
            Self::DockerLabels => "dockerLabels",
            Self::DockerSecurityOptions => "dockerSecurityOptions",
            Self::DockerVolume => "dockerVolumeConfiguration",
            Self::ExtraHosts => "extraHosts",
            Self::FirelensConfigS3 => "firelensConfiguration in S3",
            Self::HostPath => "host.sourcePath",
            Self::Hostname => "hostname",
            Self::IpcMode => "ipcMode",
            Self::Links => "links",
            Self::LogDriver => "another logDriver than awslogs, splunk and awsfirelens",
            Self::MaxSwap => "maxSwap",
            Self::PidMode => "another pidMode than task",
            Self::Privileged => "privileged",
            Self::ProxyConfiguration => "proxyConfiguration",
            Self::SharedMemorySize => "sharedMemorySize",
            Self::StartTimeout => "a startTimeout outside 2 to 120 seconds",
            Self::StopTimeout => "a stopTimeout above 120 seconds",
            Self::Swappiness => "swappiness",
            Self::WindowsVolume => "fsxWindowsFileServerVolumeConfiguration",
        })
    }
}

impl TaskFeature {
    /// Whether Fargate takes no definition with it.
    #[must_use]
    pub const fn is_refused_by_fargate(self) -> bool {
        !matches!(self, Self::DockerLabels | Self::ProxyConfiguration)
    }

    /// Whether Managed Instances take no definition with it.
    #[must_use]
    pub const fn is_refused_by_managed_instances(self) -> bool {
        match self {
            Self::DisableNetworking
            | Self::DnsSearchDomains
            | Self::DnsServers
            | Self::DockerLabels
            | Self::DockerSecurityOptions
            | Self::DockerVolume
            | Self::ExtraHosts
            | Self::HostPath
            | Self::Hostname
            | Self::IpcMode
            | Self::Links
            | Self::MaxSwap
            | Self::ProxyConfiguration
            | Self::SharedMemorySize
            | Self::Swappiness
            | Self::WindowsVolume => true,
            Self::AddedCapability
            | Self::Devices
            | Self::FirelensConfigS3
            | Self::LogDriver
            | Self::PidMode
            | Self::Privileged
            | Self::StartTimeout
            | Self::StopTimeout => false,
        }
    }
}

/// What a task definition has that Fargate takes only together with an `executionRoleArn`: on instances the
/// instance's own role does.
/// Source: what `RegisterTaskDefinition` answers, "Fargate requires task definition to have execution role ARN to
/// support ECR images", or "log driver awslogs".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RoleNeed {
    /// A container logs by `awslogs`.
    Awslogs,
    /// An image of a private registry of ECR.
    EcrImage,
}

impl fmt::Display for RoleNeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Awslogs => "its log driver awslogs",
            Self::EcrImage => "its images in ECR",
        })
    }
}

/// What a task definition says that matters on Fargate, or on Managed Instances, alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FargateFacts {
    /// What it has that one of the two does not take.
    pub features: BTreeSet<TaskFeature>,
    /// `compatibilities` of a described definition; empty where there is none.
    pub compatibilities: Vec<LaunchType>,
    /// CPU and memory of the whole task as the definition states them; `None` for a size written inline, which is
    /// no definition.
    pub stated: Option<(Option<CpuUnits>, Option<MemoryMib>)>,
    /// The largest hard limit of a container's memory; 0 where none has one.
    pub hard_limit: MemoryMib,
    /// Containers whose hard limit is above the memory that is stated for the whole task, in the definition's order.
    pub limits_above: Vec<ContainerLimit>,
    /// CPU of all containers together, where it is above the CPU that is stated for the whole task.
    pub cpu_above: Option<CpuUnits>,
    /// `memoryReservation` of all containers together, where it is above the memory that is stated for the whole task.
    pub reserved_above: Option<MemoryMib>,
    /// Containers whose `memoryReservation` is above their own hard limit, in the definition's order.
    pub reservations_above: Vec<ContainerReservation>,
    /// For what it lacks an `executionRoleArn`; empty where it has one, and where `compatibilities` shows what AWS
    /// itself found.
    pub role_needs: BTreeSet<RoleNeed>,
    /// Containers that log by `awslogs` without an `awslogs-stream-prefix`, which Fargate asks for and instances do not;
    /// empty where `compatibilities` shows what AWS itself found.
    pub without_stream_prefix: Vec<String>,
}

/// The hard limit of a container's memory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ContainerLimit {
    /// The container's name.
    pub container: String,
    /// Its limit.
    pub memory: MemoryMib,
}

/// What a container reserves of memory, beside its hard limit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ContainerReservation {
    /// The container's name.
    pub container: String,
    /// Its `memoryReservation`.
    pub reserved: MemoryMib,
    /// Its `memory`.
    pub limit: MemoryMib,
}

/// A task definition as planning sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskDefinition {
    /// `family:revision`, a bare family, or the service's name for an inline size.
    pub name: String,
    /// CPU of the whole task.
    pub cpu: CpuUnits,
    /// Memory of the whole task.
    pub memory: MemoryMib,
    /// GPUs over all containers.
    pub gpus: GpuCount,
    /// Network mode.
    pub network_mode: NetworkMode,
    /// Host ports the task takes, sorted and without repeats; empty in `awsvpc` and `none`.
    pub host_ports: Vec<HostPort>,
    /// `requiresCompatibilities`; empty when the definition has none.
    pub requires_compatibilities: Vec<LaunchType>,
    /// Architectures the task runs on, sorted; never empty.
    pub architectures: Vec<CpuArchitecture>,
    /// The definition's own placement constraints.
    pub placement_constraints: Vec<PlacementConstraint>,
    /// Volumes that ECS attaches to the instance for each task.
    pub ebs_volumes: u64,
    /// Ephemeral storage in GiB asked for on Fargate; `None` means the 20 GiB every task has.
    pub ephemeral_storage_gib: Option<u64>,
    /// What matters on Fargate alone.
    pub fargate: FargateFacts,
}

impl TaskDefinition {
    /// Memory that a Fargate size must have: the task's, and where the definition leaves that to its containers,
    /// what the largest hard limit of one allows it.
    #[must_use]
    pub fn memory_on_fargate(&self) -> MemoryMib {
        match self.fargate.stated {
            Some((_, None)) => self.memory.max(self.fargate.hard_limit),
            _ => self.memory,
        }
    }

    /// What one task takes from a container instance.
    #[must_use]
    pub fn resources(&self) -> ResourceVector {
        ResourceVector {
            cpu: self.cpu,
            memory: self.memory,
            enis: EniCount::new(u64::from(self.network_mode == NetworkMode::Awsvpc)),
            gpus: self.gpus,
        }
    }
}
