//! CPU, memory, network interfaces and GPUs: four capacity dimensions of the packing problem.
//!
//! Dimension order is [`Resource::ALL`]. `Σ_tasks size ≤ registered − reserved − daemons`.

use crate::domain::resources::{Resource, ResourceVector};
use crate::domain::service::Service;

use crate::domain::plan::FailedTest as Failed;

/// One failure for each resource of which an empty instance offers less than one task needs.
pub fn test(service: &Service, offered: ResourceVector) -> Vec<Failed> {
    let needed = service.task.resources();
    Resource::ALL
        .into_iter()
        .filter(|&resource| needed.get(resource) > offered.get(resource))
        .map(|resource| Failed::Resource {
            resource,
            needed: needed.get(resource),
            offered: offered.get(resource),
        })
        .collect()
}

/// The four entries of a vector in dimension order.
pub fn entries(vector: &ResourceVector) -> Vec<u64> {
    Resource::ALL
        .into_iter()
        .map(|resource| vector.get(resource))
        .collect()
}
