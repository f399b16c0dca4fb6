//! The dimensions of a model.

use crate::domain::service::Service;
use crate::domain::task::HostPort;
use crate::formulate::offering::Offering;
use crate::formulate::rules::{attachments, host_ports, resources};

/// The dimensions of the problem.
pub(super) struct Shape {
    /// Whether volumes are counted.
    pub(super) attachments: bool,
    /// Whether all host ports together are counted.
    pub(super) port_quota: bool,
    /// Host ports that several services ask for.
    pub(super) contested: Vec<HostPort>,
    /// Services of which new instances hold a share of the tasks at most, beside instances that stay and may hold
    /// any number: position and most tasks, ascending.
    pub(super) shares: Vec<(usize, u64)>,
    /// Whether what tasks use in the mean is counted, beside the CPU that they reserve.
    pub(super) loads: bool,
}

/// As good as no limit, and exact in the linear program.
const ANY_NUMBER: u64 = 1 << 40;

impl Shape {
    pub(super) const fn dimensions(&self) -> usize {
        let attachments = if self.attachments { 2 } else { 0 };
        let port_quota = if self.port_quota { 1 } else { 0 };
        let loads = if self.loads { 1 } else { 0 };
        4 + attachments + port_quota + self.contested.len() + self.shares.len() + loads
    }

    pub(super) fn item(&self, position: usize, service: &Service) -> Vec<u64> {
        let mut size = resources::entries(&service.task.resources());
        if self.attachments {
            size.extend(attachments::entries(service));
        }
        if self.port_quota {
            size.push(host_ports::quota_entry(service));
        }
        size.extend(host_ports::entries(service, &self.contested));
        size.extend(
            self.shares
                .iter()
                .map(|(limited, _)| u64::from(*limited == position)),
        );
        if self.loads {
            size.push(service.sustained_cpu());
        }
        size
    }

    pub(super) fn bin(&self, offering: &Offering) -> Vec<u64> {
        let allocatable = offering.allocatable.unwrap_or_default();
        let mut capacity = resources::entries(&allocatable);
        if self.attachments {
            capacity.extend(attachments::capacities(&offering.attachments));
        }
        if self.port_quota {
            capacity.push(offering.ports.left());
        }
        // A daemon's port excludes the services that ask for it through admission.
        capacity.extend(std::iter::repeat_n(1, self.contested.len()));
        let stays = offering.existing.is_some();
        let most = |&(_, most): &(usize, u64)| if stays { ANY_NUMBER } else { most };
        capacity.extend(self.shares.iter().map(most));
        if self.loads {
            capacity.push(offering.most_load.unwrap_or(ANY_NUMBER));
        }
        capacity
    }
}
