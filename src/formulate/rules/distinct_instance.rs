//! `distinctInstance`: at most one task of the service on an instance (`a_g ≤ 1` in pricing).

use crate::domain::service::Service;

use super::{host_ports, task_group};

/// Most tasks of the service on one instance, where a rule says so.
pub fn most_per_instance(service: &Service) -> Option<u64> {
    let apart = service.is_distinct_instance()
        || host_ports::at_most_one(service)
        || task_group::excludes_itself(service);
    apart.then_some(1)
}
