//! The four countable resources of a container instance and of a task, together.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::quantity::{CpuUnits, EniCount, GpuCount, MemoryMib};

/// CPU, memory, network interfaces and GPUs: what a task asks for or an instance offers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceVector {
    /// CPU units.
    pub cpu: CpuUnits,
    /// Memory in MiB.
    pub memory: MemoryMib,
    /// Network interfaces for `awsvpc` tasks.
    pub enis: EniCount,
    /// Whole GPUs.
    pub gpus: GpuCount,
}

/// One of the four countable resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Resource {
    /// CPU units.
    Cpu,
    /// Memory in MiB.
    Memory,
    /// Network interfaces.
    Enis,
    /// GPUs.
    Gpus,
}

impl Resource {
    /// All four, in the order every vector of this project uses.
    pub const ALL: [Self; 4] = [Self::Cpu, Self::Memory, Self::Enis, Self::Gpus];

    /// An amount with its unit.
    #[must_use]
    pub fn amount(self, value: u64) -> String {
        let unit = match (self, value) {
            (Self::Cpu, 1) => "CPU unit",
            (Self::Cpu, _) => "CPU units",
            (Self::Memory, _) => "MiB",
            (Self::Enis, 1) => "network interface",
            (Self::Enis, _) => "network interfaces",
            (Self::Gpus, 1) => "GPU",
            (Self::Gpus, _) => "GPUs",
        };
        format!("{value} {unit}")
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cpu => "CPU",
            Self::Memory => "memory",
            Self::Enis => "network interfaces",
            Self::Gpus => "GPUs",
        })
    }
}

impl ResourceVector {
    /// Nothing of anything.
    pub const ZERO: Self = Self {
        cpu: CpuUnits::ZERO,
        memory: MemoryMib::ZERO,
        enis: EniCount::ZERO,
        gpus: GpuCount::ZERO,
    };

    /// The amount of one resource in its base unit.
    #[must_use]
    pub const fn get(&self, resource: Resource) -> u64 {
        match resource {
            Resource::Cpu => self.cpu.get(),
            Resource::Memory => self.memory.get(),
            Resource::Enis => self.enis.get(),
            Resource::Gpus => self.gpus.get(),
        }
    }

    /// Whether this fits into `capacity` in every resource.
    #[must_use]
    pub fn fits_in(&self, capacity: &Self) -> bool {
        Resource::ALL
            .iter()
            .all(|&r| self.get(r) <= capacity.get(r))
    }

    /// The larger amount of each resource.
    #[must_use]
    pub fn larger(self, other: Self) -> Self {
        Self {
            cpu: self.cpu.max(other.cpu),
            memory: self.memory.max(other.memory),
            enis: self.enis.max(other.enis),
            gpus: self.gpus.max(other.gpus),
        }
    }

    /// The sum, or `None` when one resource leaves the range.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Some(Self {
            cpu: self.cpu.checked_add(other.cpu)?,
            memory: self.memory.checked_add(other.memory)?,
            enis: self.enis.checked_add(other.enis)?,
            gpus: self.gpus.checked_add(other.gpus)?,
        })
    }

    /// The difference, or `None` when `other` holds more of any resource.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        Some(Self {
            cpu: self.cpu.checked_sub(other.cpu)?,
            memory: self.memory.checked_sub(other.memory)?,
            enis: self.enis.checked_sub(other.enis)?,
            gpus: self.gpus.checked_sub(other.gpus)?,
        })
    }

    /// `count` times this, or `None` when one resource leaves the range.
    #[must_use]
    pub fn checked_mul(self, count: u64) -> Option<Self> {
        Some(Self {
            cpu: self.cpu.checked_mul(count)?,
            memory: self.memory.checked_mul(count)?,
            enis: self.enis.checked_mul(count)?,
            gpus: self.gpus.checked_mul(count)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(cpu: u64, memory: u64, enis: u64, gpus: u64) -> ResourceVector {
        ResourceVector {
            cpu: CpuUnits::new(cpu),
            memory: MemoryMib::new(memory),
            enis: EniCount::new(enis),
            gpus: GpuCount::new(gpus),
        }
    }

    #[test]
    fn one_resource_too_large_does_not_fit() {
        let capacity = vector(2048, 4096, 2, 0);
        assert!(vector(2048, 4096, 2, 0).fits_in(&capacity));
        assert!(!vector(1, 1, 0, 1).fits_in(&capacity));
        assert!(!vector(1, 1, 3, 0).fits_in(&capacity));
    }

    #[test]
    fn subtraction_below_zero_is_none() {
        assert_eq!(vector(1, 1, 0, 0).checked_sub(vector(0, 2, 0, 0)), None);
        assert_eq!(
            vector(3, 3, 1, 1).checked_sub(vector(1, 2, 1, 0)),
            Some(vector(2, 1, 0, 1))
        );
    }
}
