//! `distinctInstance`: at most one task of the service on an instance (`a_g ≤ 1` in pricing).

use crate::domain::service::Service;

use super::host_ports;

/// Most tasks of the service on one instance, where a rule says so.
pub fn most_per_instance(service: &Service) -> Option<u64> {
    (service.is_distinct_instance() || host_ports::at_most_one(service)).then_some(1)
}
