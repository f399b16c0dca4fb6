//! EC2 instance types: what one offers to ECS, before and after overheads.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::quantity::{CpuUnits, EniCount, GpuCount, MemoryMib};
use super::resources::ResourceVector;

/// CPU architecture, in ECS's own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CpuArchitecture {
    /// 64-bit x86 (Intel, AMD).
    #[serde(rename = "X86_64")]
    X86_64,
    /// 64-bit ARM (Graviton).
    #[serde(rename = "ARM64")]
    Arm64,
}

impl CpuArchitecture {
    /// The value of the attribute `ecs.cpu-architecture`.
    #[must_use]
    pub const fn attribute_value(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }
}

impl fmt::Display for CpuArchitecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::X86_64 => "X86_64",
            Self::Arm64 => "ARM64",
        })
    }
}

impl FromStr for CpuArchitecture {
    type Err = String;

    /// Accepts ECS's spelling and the catalogue's, in any case.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim().to_ascii_lowercase().as_str() {
            "x86_64" | "amd64" => Ok(Self::X86_64),
            "arm64" => Ok(Self::Arm64),
            _ => Err(format!("`{text}` is not X86_64 or ARM64")),
        }
    }
}

/// What runs beneath the instance; it decides how much memory the operating system sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Hypervisor {
    /// AWS Nitro.
    Nitro,
    /// Xen (older generations).
    Xen,
    /// Bare metal.
    None,
}

/// How the attachment limit for EBS volumes is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EbsLimit {
    /// Volumes and secondary network interfaces share the limit.
    Shared,
    /// The limit is for volumes alone.
    Dedicated,
}

/// One EC2 instance type as the catalogue describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent columns of the catalogue, not one state"
)]
pub struct InstanceType {
    /// Name such as `m7g.large`.
    pub name: String,
    /// Virtual CPUs.
    pub vcpus: u64,
    /// Nominal memory, before the operating system and the agent take theirs.
    pub memory: MemoryMib,
    /// CPU architecture.
    pub architecture: CpuArchitecture,
    /// Network interfaces, summed over network cards.
    pub max_enis: u64,
    /// Tasks in `awsvpc` mode with ENI trunking; 0 where trunking is not supported.
    pub branch_enis: u64,
    /// Whole NVIDIA GPUs that ECS can assign.
    pub gpus: GpuCount,
    /// GPU model, empty without GPU.
    pub gpu_name: String,
    /// Whether AWS calls it current generation.
    pub current_generation: bool,
    /// CPU-credit types (t2, t3, …).
    pub burstable: bool,
    /// No hypervisor.
    pub bare_metal: bool,
    /// Hypervisor.
    pub hypervisor: Hypervisor,
    /// Whether Spot is offered at all.
    pub spot_supported: bool,
    /// Whether today's ECS-optimised image runs on it.
    pub ecs_image: bool,
    /// Volumes that can be attached, the root volume included; `None` when unknown.
    pub ebs_attachments: Option<u64>,
    /// What shares that limit.
    pub ebs_limit: Option<EbsLimit>,
}

impl InstanceType {
    /// The family: the part of the name before the dot.
    #[must_use]
    pub fn family(&self) -> &str {
        self.name.split('.').next().unwrap_or(&self.name)
    }

    /// Whether it has GPUs, Inferentia, Trainium, FPGA or media accelerators: by the catalogue's columns on GPUs, else by
    /// AWS's letters for families of accelerated computing (`g`, `gr`, `p`, `inf`, `trn`, `dl`, `vt`, `f` and a digit).
    /// Source: Amazon EC2 user guide, instance type naming conventions.
    #[must_use]
    pub fn is_accelerated(&self) -> bool {
        let family = self.family();
        let digit = family.find(|c: char| c.is_ascii_digit());
        let letters = digit.map_or("", |end| &family[..end]);
        self.gpus > GpuCount::ZERO
            || !self.gpu_name.is_empty()
            || ["g", "gr", "p", "inf", "trn", "dl", "vt", "f"].contains(&letters)
    }

    /// Network interfaces left for `awsvpc` tasks: one of the instance's own is its primary; with
    /// trunking the branch interfaces count where the type has them.
    #[must_use]
    pub const fn task_enis(&self, eni_trunking: bool) -> EniCount {
        if eni_trunking && self.branch_enis > 0 {
            EniCount::new(self.branch_enis)
        } else {
            EniCount::new(self.max_enis.saturating_sub(1))
        }
    }

    /// Resources the agent registers, given the memory it will see.
    #[must_use]
    pub fn registered(&self, registered_memory: MemoryMib, eni_trunking: bool) -> ResourceVector {
        ResourceVector {
            cpu: CpuUnits::from_vcpus(self.vcpus),
            memory: registered_memory,
            enis: self.task_enis(eni_trunking),
            gpus: self.gpus,
        }
    }
}
