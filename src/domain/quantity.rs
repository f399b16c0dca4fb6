//! Integer quantities with their units: mixing CPU units and MiB does not compile.
//!
//! ECS counts CPU in *CPU units* (1,024 = 1 vCPU) and memory in MiB; network interfaces and GPUs are
//! whole devices. Arithmetic is checked: a sum that leaves the range is `None`, never a wrapped number.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// CPU units in one vCPU (Amazon ECS developer guide, task definition parameters).
pub const CPU_UNITS_PER_VCPU: u64 = 1024;

/// Why a text is not a quantity.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum QuantityError {
    /// Neither a whole number nor a number with the unit ECS accepts.
    #[error("`{text}` is not {expected}")]
    NotAQuantity {
        /// The text as given.
        text: String,
        /// What would have been accepted, in words.
        expected: &'static str,
    },
    /// A number with a unit that does not come to a whole number of base units.
    #[error("`{text}` is not a whole number of {unit}")]
    NotWhole {
        /// The text as given.
        text: String,
        /// The base unit.
        unit: &'static str,
    },
}

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident, $unit:literal) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(u64);

        impl $name {
            /// None of it.
            pub const ZERO: Self = Self(0);

            /// Wraps a count of base units.
            #[must_use]
            pub const fn new(value: u64) -> Self {
                Self(value)
            }

            /// The count of base units.
            #[must_use]
            pub const fn get(self) -> u64 {
                self.0
            }

            /// The sum, or `None` when it leaves the range.
            #[must_use]
            pub const fn checked_add(self, other: Self) -> Option<Self> {
                match self.0.checked_add(other.0) {
                    Some(value) => Some(Self(value)),
                    None => None,
                }
            }

            /// The difference, or `None` when `other` is larger.
            #[must_use]
            pub const fn checked_sub(self, other: Self) -> Option<Self> {
                match self.0.checked_sub(other.0) {
                    Some(value) => Some(Self(value)),
                    None => None,
                }
            }

            /// The difference, zero when `other` is larger.
            #[must_use]
            pub const fn saturating_sub(self, other: Self) -> Self {
                Self(self.0.saturating_sub(other.0))
            }

            /// `count` times this, or `None` when it leaves the range.
            #[must_use]
            pub const fn checked_mul(self, count: u64) -> Option<Self> {
                match self.0.checked_mul(count) {
                    Some(value) => Some(Self(value)),
                    None => None,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!("{} ", $unit), self.0)
            }
        }
    };
}

quantity!(
    /// CPU units; 1,024 are one vCPU.
    CpuUnits,
    "CPU units"
);
quantity!(
    /// Memory in MiB.
    MemoryMib,
    "MiB"
);
quantity!(
    /// Elastic network interfaces that tasks in `awsvpc` mode take.
    EniCount,
    "ENIs"
);
quantity!(
    /// Whole NVIDIA GPUs.
    GpuCount,
    "GPUs"
);

impl CpuUnits {
    /// Whole vCPUs as CPU units.
    #[must_use]
    pub const fn from_vcpus(vcpus: u64) -> Self {
        Self(vcpus.saturating_mul(CPU_UNITS_PER_VCPU))
    }

    /// Reads what ECS accepts as a task's CPU: `512`, or vCPUs as in `0.5 vCPU`.
    ///
    /// # Errors
    /// When the text is neither, or the vCPUs are not a whole number of CPU units.
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        parse_with_unit(
            text,
            &[("vcpu", CPU_UNITS_PER_VCPU), ("vcpus", CPU_UNITS_PER_VCPU)],
            "CPU units",
            "CPU units (`512`) or vCPUs (`0.5 vCPU`)",
        )
        .map(Self)
    }
}

impl MemoryMib {
    /// Reads what ECS accepts as a task's memory: MiB as in `1024`, or GB (1,024 MiB) as in `1 GB`. `MiB` and `GiB` may stand
    /// there too.
    ///
    /// # Errors
    /// When the text is neither, or the GB are not a whole number of MiB.
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        let units = [
            ("gb", 1024),
            ("gib", 1024),
            ("gi", 1024),
            ("mib", 1),
            ("mi", 1),
        ];
        parse_with_unit(text, &units, "MiB", "MiB (`1024`) or GB (`1 GB`)").map(Self)
    }
}

/// A whole number of base units, or a decimal number followed by one of `units`, each with what it is worth.
fn parse_with_unit(
    text: &str,
    units: &[(&str, u64)],
    unit: &'static str,
    expected: &'static str,
) -> Result<u64, QuantityError> {
    let wrong = || QuantityError::NotAQuantity {
        text: text.to_owned(),
        expected,
    };
    let trimmed = text.trim();
    let digits_end = trimmed
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .unwrap_or(trimmed.len());
    let (number, suffix) = trimmed.split_at(digits_end);
    let suffix = suffix.trim().to_ascii_lowercase();
    if suffix.is_empty() {
        return number.parse().map_err(|_| wrong());
    }
    let known = units.iter().find(|(name, _)| *name == suffix);
    let &(_, factor) = known.ok_or_else(wrong)?;
    let number: rust_decimal::Decimal = number.parse().map_err(|_| wrong())?;
    let value = number.checked_mul(factor.into()).ok_or_else(wrong)?;
    if !value.fract().is_zero() {
        return Err(QuantityError::NotWhole {
            text: text.to_owned(),
            unit,
        });
    }
    u64::try_from(value).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_reads_units_and_vcpus() {
        assert_eq!(CpuUnits::parse("512"), Ok(CpuUnits::new(512)));
        assert_eq!(CpuUnits::parse("0.5 vCPU"), Ok(CpuUnits::new(512)));
        assert_eq!(CpuUnits::parse(".25 vcpu"), Ok(CpuUnits::new(256)));
        assert_eq!(CpuUnits::parse("2vCPU"), Ok(CpuUnits::new(2048)));
    }

    #[test]
    fn memory_reads_mib_and_gb() {
        assert_eq!(MemoryMib::parse("1024"), Ok(MemoryMib::new(1024)));
        assert_eq!(MemoryMib::parse("0.5GB"), Ok(MemoryMib::new(512)));
        assert_eq!(MemoryMib::parse(" 3 GB "), Ok(MemoryMib::new(3072)));
        assert_eq!(MemoryMib::parse("1.5 GiB"), Ok(MemoryMib::new(1536)));
        assert_eq!(MemoryMib::parse("512MiB"), Ok(MemoryMib::new(512)));
        assert!(MemoryMib::parse("0.5 MiB").is_err());
    }

    #[test]
    fn wrong_texts_are_errors_and_not_zero() {
        for text in [
            "",
            "abc",
            "1 TB",
            "-5",
            "1.5",
            "1..5 vCPU",
            "99999999999999999999",
        ] {
            assert!(CpuUnits::parse(text).is_err(), "{text}");
        }
        assert!(matches!(
            CpuUnits::parse("0.0001 vCPU"),
            Err(QuantityError::NotWhole { .. })
        ));
    }

    #[test]
    fn arithmetic_is_checked() {
        let one = MemoryMib::new(1);
        assert_eq!(MemoryMib::new(u64::MAX).checked_add(one), None);
        assert_eq!(MemoryMib::ZERO.checked_sub(one), None);
        assert_eq!(MemoryMib::ZERO.saturating_sub(one), MemoryMib::ZERO);
    }
}
