//! `accelerators: needed`: an instance with accelerators holds a task that needs one, or nothing.
//!
//! ECS assigns whole NVIDIA GPUs, so such a task is one with `GPU` among its resource requirements. For a new instance
//! of a type with GPUs that the policy does not name, `Σ_{i needs a GPU} a_i ≥ 1` is a disjunction over the content of one
//! bin, so its bin type becomes several: one for each service that needs a GPU and fits, with that service required
//! ([`BinType::requires`](crate::optimize::problem::BinType::requires)). Daemons do not count: they run wherever they
//! match. Types whose accelerators no task can ask for are left out beforehand.

use crate::domain::cluster::Cluster;
use crate::domain::instance_type::InstanceType;
use crate::domain::quantity::GpuCount;
use crate::domain::service::Service;

use crate::catalogue::filter::accelerator_must_be_needed;

/// Whether the service's tasks need an accelerator and are placed one by one.
pub fn needs(service: &Service) -> bool {
    service.task.gpus > GpuCount::ZERO && !service.is_daemon()
}

/// Whether the cluster may use a type: it is one for all tasks, or some task needs its GPUs.
pub fn may_be_needed(cluster: &Cluster, instance_type: &InstanceType) -> bool {
    !accelerator_must_be_needed(instance_type, &cluster.policy)
        || cluster
            .services
            .iter()
            .any(|service| needs(service) && service.task.gpus <= instance_type.gpus)
}

/// The services of which one must be on each instance that this rule holds on, out of those that fit there.
pub fn required(cluster: &Cluster, there: &[usize]) -> Vec<usize> {
    (there.iter().copied())
        .filter(|&service| needs(&cluster.services[service]))
        .collect()
}

/// Takes out offerings on which no task can be that needs their accelerators. `accelerated` says of each offering
/// whether this rule holds on it, `hosts` of each service which offerings it may be on.
pub fn apply(cluster: &Cluster, accelerated: &[bool], hosts: &mut [Vec<usize>]) {
    let mut needed = vec![false; accelerated.len()];
    for (service, own) in cluster.services.iter().zip(hosts.iter()) {
        if needs(service) {
            for &offering in own {
                needed[offering] = true;
            }
        }
    }
    for own in hosts {
        own.retain(|&offering| needed[offering] || !accelerated[offering]);
    }
}
