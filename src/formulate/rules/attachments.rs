//! Volumes that ECS attaches to an instance for its tasks: up to two capacity dimensions.
//!
//! With `A` attachments, one of them the root volume:
//! ```text
//! volumes                   Σ ebs ≤ A − 1            (A − 2 where a shared limit also counts the trunk)
//! volumes and interfaces    Σ (ebs + enis) ≤ A − 1   shared limits without a trunk
//! ```
//! Source: Amazon EBS user guide, "EBS volume limits for instances": on most Nitro types volumes and
//! secondary network interfaces share one limit. Branch interfaces hang from the trunk and count nothing.
//! An instance whose limit is not known takes no task with a volume; a limit refuses no other task.

use crate::catalogue::offered::AttachmentLimits;
use crate::domain::instance_type::InstanceType;
use crate::domain::service::Service;

use crate::domain::plan::FailedTest as Failed;

/// What is left for tasks; daemons are taken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attachments {
    /// Volumes; `None` when the limit is not known.
    pub volumes: Option<u64>,
    /// Volumes and secondary network interfaces together, where they share the limit.
    pub with_interfaces: Option<u64>,
}

/// Where nothing limits: more than any instance could use.
pub const UNLIMITED: u64 = 1 << 20;

impl Attachments {
    /// The limits of an empty instance.
    pub fn of(instance_type: Option<&InstanceType>, eni_trunking: bool) -> Self {
        let limits = AttachmentLimits::of(instance_type, eni_trunking);
        Self {
            volumes: limits.map(|limits| limits.volumes),
            with_interfaces: limits.and_then(|limits| limits.with_interfaces),
        }
    }

    /// Takes a daemon's volumes and interface off; `false` when a volume of it has no room.
    pub fn take(&mut self, daemon: &Service) -> bool {
        let (volumes, together) = sizes(daemon);
        let fits = volumes == 0 || self.volumes.is_some_and(|left| volumes <= left);
        let together_fits =
            volumes == 0 || self.with_interfaces.is_none_or(|left| together <= left);
        self.volumes = self.volumes.map(|left| left.saturating_sub(volumes));
        self.with_interfaces = self
            .with_interfaces
            .map(|left| left.saturating_sub(together));
        fits && together_fits
    }
}

/// Volumes of one task, and volumes and interfaces of one task.
pub fn sizes(service: &Service) -> (u64, u64) {
    let volumes = service.task.ebs_volumes;
    (volumes, volumes + service.task.resources().enis.get())
}

/// Fails when one task's volumes are more than an empty instance takes.
pub fn test(service: &Service, attachments: &Attachments) -> Option<Failed> {
    let (volumes, together) = sizes(service);
    if volumes == 0 {
        return None;
    }
    let offered = attachments.volumes.map(|left| {
        let interfaces = together - volumes;
        let shared = attachments.with_interfaces.unwrap_or(UNLIMITED);
        left.min(shared.saturating_sub(interfaces))
    });
    (offered.is_none_or(|offered| volumes > offered)).then_some(Failed::Attachments {
        needed: volumes,
        offered,
    })
}

/// The two entries of a service: volumes; volumes and interfaces.
pub fn entries(service: &Service) -> [u64; 2] {
    let (volumes, together) = sizes(service);
    [volumes, together]
}

/// The two entries of an instance. An unknown limit excludes tasks with volumes by admission.
pub fn capacities(attachments: &Attachments) -> [u64; 2] {
    [
        attachments.volumes.unwrap_or(UNLIMITED),
        attachments.with_interfaces.unwrap_or(UNLIMITED),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;

    fn of(name: &str, trunking: bool) -> Attachments {
        let catalogue = Catalogue::embedded("us-east-1").expect("an embedded Region");
        Attachments::of(catalogue.instance_type(name), trunking)
    }

    #[test]
    fn shared_limits_count_interfaces_and_a_trunk_counts_once() {
        let plain = of("m5.large", false);
        assert_eq!(plain.volumes, plain.with_interfaces);
        let trunk = of("m5.large", true);
        assert_eq!(trunk.with_interfaces, None);
        assert_eq!(trunk.volumes.map(|left| left + 1), plain.volumes);
    }

    #[test]
    fn an_unknown_type_takes_no_volumes() {
        assert_eq!(Attachments::of(None, false).volumes, None);
    }
}
