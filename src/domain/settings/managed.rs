//! Capacity providers of ECS Managed Instances: what a plan asks of the instances that ECS launches itself.

use crate::domain::capacity::Capacity;

/// A provider of Managed Instances. How many instances it has, and of which of its types, is ECS's to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct ManagedSettings {
    /// Name of the capacity provider.
    pub name: String,
    /// Whether the cluster file shows it.
    pub exists: bool,
    /// Its ARN, where the cluster file gives it.
    pub arn: Option<String>,
    /// Whether the export has it.
    pub writes_provider: bool,
    /// The plan's instance types, in its order.
    pub instance_types: Vec<String>,
    /// How its instances are bought: On-Demand or Spot.
    pub purchase_option: Capacity,
    /// Instances of the plan's packing.
    pub planned: u64,
    /// Fewest and most vCPUs of its types.
    pub vcpus: (u64, u64),
    /// Least and most memory of its types, in MiB.
    pub memory_mib: (u64, u64),
    /// Whether some of its types are burstable, which are left out unless they are asked for.
    pub has_burstable: bool,
    /// Whether some of its types are bare metal, which are left out unless they are asked for.
    pub has_bare_metal: bool,
}

/// Percent above the cheapest type that switches the price protection of a selection by attributes off. Source: Amazon EC2
/// API reference, `InstanceRequirementsRequest`.
pub const NO_PRICE_PROTECTION: u64 = 999_999;

impl ManagedSettings {
    /// Whether its instances are Spot Instances.
    #[must_use]
    pub const fn is_spot(&self) -> bool {
        self.purchase_option.may_be_reclaimed()
    }

    /// The API's `capacityOptionType`.
    #[must_use]
    pub const fn capacity_option(&self) -> &'static str {
        if self.is_spot() { "SPOT" } else { "ON_DEMAND" }
    }
}
