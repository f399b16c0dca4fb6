//! Instances as the replica sees them, identical ones together.

mod from_groups;
mod from_plan;
mod today;

use std::collections::BTreeMap;

use crate::catalogue::offered::AttachmentLimits;
use crate::domain::attributes::Attributes;
use crate::domain::capacity::Capacity;
use crate::domain::instance_type::InstanceType;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::Registered;
use crate::domain::quantity::{CpuUnits, EniCount, GpuCount, MemoryMib};
use crate::domain::resources::ResourceVector;
use crate::domain::task::ReservedPorts;

pub use from_groups::{LeftOut, of_groups_only, with_launchable};
pub use from_plan::{fargate_tasks, of_plan};
pub use today::{TodayError, of_today};

/// Where nothing limits: more than any instance could use.
const UNLIMITED: u32 = u32::MAX;

/// What an instance is; two instances with equal hosts differ in nothing that placement sees.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Host {
    /// Instance type.
    pub instance_type: String,
    /// Availability Zone, where known.
    pub availability_zone: Option<String>,
    /// Capacity provider; `None` for an instance outside every provider.
    pub capacity_provider: Option<String>,
    /// How it is bought.
    pub purchase_option: Capacity,
    /// All attributes, built-in ones included.
    pub attributes: Attributes,
    /// What it registers, before daemons and reserved amounts.
    pub registered: ResourceVector,
    /// Host ports that are taken before any task comes.
    pub reserved_ports: ReservedPorts,
    /// Volumes that can be attached for tasks.
    pub attachments: Attachments,
    /// Cost of one.
    pub usd_per_hour: UsdPerHour,
}

/// Volumes that ECS can attach to an instance for its tasks.
///
/// Source: Amazon EBS user guide, "EBS volume limits for instances": one attachment is the root volume's; on
/// most Nitro types volumes and secondary network interfaces share the limit, and a trunk counts as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attachments {
    /// Volumes; 0 when the limit is not known.
    pub volumes: u32,
    /// Volumes and secondary network interfaces together; [`u32::MAX`] where they share no limit.
    pub with_interfaces: u32,
}

impl Attachments {
    /// The limits of an empty instance; an unknown limit takes no volume.
    #[must_use]
    pub fn of(instance_type: Option<&InstanceType>, eni_trunking: bool) -> Self {
        let limits = AttachmentLimits::of(instance_type, eni_trunking);
        let count = |limit: u64| u32::try_from(limit).unwrap_or(UNLIMITED);
        Self {
            volumes: limits.map_or(0, |limits| count(limits.volumes)),
            with_interfaces: limits
                .and_then(|limits| limits.with_interfaces)
                .map_or(UNLIMITED, count),
        }
    }
}

/// Hosts and how many instances there are of each, in a fixed order, no host twice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fleet {
    /// Each host with its number of instances.
    pub hosts: Vec<(Host, u64)>,
}

impl Fleet {
    /// A fleet of hosts; equal ones are counted together.
    #[must_use]
    pub fn new(hosts: impl IntoIterator<Item = (Host, u64)>) -> Self {
        let mut classes: BTreeMap<Host, u64> = BTreeMap::new();
        for (host, count) in hosts {
            *classes.entry(host).or_default() += count;
        }
        Self {
            hosts: classes.into_iter().collect(),
        }
    }

    /// Number of instances.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.hosts.iter().map(|(_, count)| count).sum()
    }

    /// Whether there is no instance.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Cost of all instances.
    #[must_use]
    pub fn usd_per_hour(&self) -> UsdPerHour {
        (self.hosts.iter())
            .map(|(host, count)| host.usd_per_hour * *count)
            .sum()
    }
}

/// A plan's four numbers as a vector.
fn vector(registered: Registered) -> ResourceVector {
    ResourceVector {
        cpu: CpuUnits::new(registered.cpu),
        memory: MemoryMib::new(registered.memory_mib),
        enis: EniCount::new(registered.enis),
        gpus: GpuCount::new(registered.gpus),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;

    #[test]
    fn shared_limits_count_interfaces_and_a_trunk_counts_once() {
        let catalogue = Catalogue::embedded("us-east-1").expect("an embedded Region");
        let large = catalogue.instance_type("m5.large");
        let plain = Attachments::of(large, false);
        assert_eq!(plain.volumes, plain.with_interfaces);
        let trunk = Attachments::of(large, true);
        assert_eq!(trunk.with_interfaces, UNLIMITED);
        assert_eq!(trunk.volumes + 1, plain.volumes);
    }
}
