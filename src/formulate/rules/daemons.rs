//! Daemons: one task on every instance that matches, taken off its capacity and its ports before any
//! replica task comes. `reservedCpu` and `reservedMemory` come off in the same place.

use crate::domain::attributes::Attributes;
use crate::domain::cluster::Cluster;
use crate::domain::instance_type::CpuArchitecture;
use crate::domain::plan::DaemonsObstacle;
use crate::domain::quantity::{EniCount, GpuCount};
use crate::domain::resources::ResourceVector;
use crate::domain::service::Service;
use crate::domain::task::ReservedPorts;

use super::attachments::Attachments;
use super::host_ports::{self, PortsTaken};
use super::{architecture, launch_type, member_of};

/// An instance before anything runs on it.
#[derive(Debug, Clone, Copy)]
pub struct EmptyInstance<'a> {
    /// Whether it is registered from outside AWS.
    pub external: bool,
    /// Architecture, where it is known.
    pub architecture: Option<CpuArchitecture>,
    /// All its attributes.
    pub attributes: &'a Attributes,
    /// What it registers.
    pub registered: ResourceVector,
    /// Volumes that can be attached.
    pub attachments: Attachments,
    /// Host ports that are taken before any task comes.
    pub reserved_ports: &'a ReservedPorts,
}

/// The daemons of an instance, and what they leave beside CPU, memory, interfaces and GPUs.
#[derive(Debug, Clone)]
pub struct Settled {
    /// The daemons that have a place, in name order, by position among the cluster's services.
    pub daemons: Vec<usize>,
    /// Host ports they take, beside those that the instance reserves.
    pub ports: PortsTaken,
    /// Volumes that can still be attached.
    pub attachments: Attachments,
}

/// Takes reserved amounts and every daemon that ECS would start there off an instance. The second value is what is
/// left for replica tasks, or why reserved amounts or daemons do not fit.
pub fn settle(
    cluster: &Cluster,
    instance: &EmptyInstance<'_>,
) -> (Settled, Result<ResourceVector, DaemonsObstacle>) {
    let mut settled = Settled {
        daemons: Vec::new(),
        ports: PortsTaken::of_empty(instance.reserved_ports.clone()),
        attachments: instance.attachments,
    };
    let left = place_all(cluster, instance, &mut settled);
    (settled, left)
}

fn place_all(
    cluster: &Cluster,
    instance: &EmptyInstance<'_>,
    settled: &mut Settled,
) -> Result<ResourceVector, DaemonsObstacle> {
    let reserved = ResourceVector {
        cpu: cluster.policy.reserved_cpu,
        memory: cluster.policy.reserved_memory,
        enis: EniCount::ZERO,
        gpus: GpuCount::ZERO,
    };
    let Some(mut left) = instance.registered.checked_sub(reserved) else {
        return Err(DaemonsObstacle::Reserved);
    };
    let mut refused: Option<DaemonsObstacle> = None;
    for (position, daemon) in cluster
        .services
        .iter()
        .enumerate()
        .filter(|(_, s)| s.is_daemon())
    {
        if !matches(daemon, instance) {
            continue;
        }
        match place(daemon, &mut left, settled) {
            Ok(()) => settled.daemons.push(position),
            Err(reason) => refused = refused.or(Some(reason)),
        }
    }
    refused.map_or(Ok(left), Err)
}

/// Whether ECS would start the daemon there.
fn matches(daemon: &Service, instance: &EmptyInstance<'_>) -> bool {
    launch_type::test(daemon, instance.external).is_none()
        && architecture::test(daemon, instance.architecture).is_none()
        && member_of::test(daemon, instance.attributes).is_empty()
}

fn place(
    daemon: &Service,
    left: &mut ResourceVector,
    settled: &mut Settled,
) -> Result<(), DaemonsObstacle> {
    let taken = daemon
        .task
        .host_ports
        .iter()
        .find(|port| settled.ports.by_daemons.contains(port));
    let reserved =
        (daemon.task.host_ports.iter()).find(|port| settled.ports.reserved.contains(**port));
    if let Some(port) = reserved {
        return Err(DaemonsObstacle::PortReserved {
            daemon: daemon.name.clone(),
            port: *port,
        });
    }
    if host_ports::quota_entry(daemon) > settled.ports.left() {
        return Err(DaemonsObstacle::PortQuota {
            daemon: daemon.name.clone(),
        });
    }
    if let Some(port) = taken {
        return Err(DaemonsObstacle::PortTaken {
            daemon: daemon.name.clone(),
            port: *port,
        });
    }
    *left = left
        .checked_sub(daemon.task.resources())
        .ok_or_else(|| DaemonsObstacle::Daemon {
            daemon: daemon.name.clone(),
        })?;
    if !settled.attachments.take(daemon) {
        return Err(DaemonsObstacle::Volumes {
            daemon: daemon.name.clone(),
        });
    }
    settled.ports.by_daemons.extend(&daemon.task.host_ports);
    Ok(())
}
