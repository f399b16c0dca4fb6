//! Daemons: one task on every instance that matches, taken off its capacity and its ports before any
//! replica task comes. `reservedCpu` and `reservedMemory` come off in the same place.

use crate::domain::cluster::Cluster;
use crate::domain::quantity::{EniCount, GpuCount};
use crate::domain::resources::ResourceVector;
use crate::domain::service::Service;

use super::{architecture, host_ports, launch_type, member_of};
use crate::formulate::offering::Offering;

/// Works out daemons, taken ports and allocatable resources of an offering.
///
/// # Errors
/// In words, when reserved amounts or the daemons do not fit; `allocatable` is then `None` and the daemons
/// that did fit, in name order, are kept.
pub fn settle(cluster: &Cluster, offering: &mut Offering) -> Result<(), String> {
    let reserved = ResourceVector {
        cpu: cluster.policy.reserved_cpu,
        memory: cluster.policy.reserved_memory,
        enis: EniCount::ZERO,
        gpus: GpuCount::ZERO,
    };
    let Some(mut left) = offering.registered.checked_sub(reserved) else {
        return Err("reservedCpu or reservedMemory is more than it registers".to_owned());
    };
    let mut refused: Option<String> = None;
    for (position, daemon) in cluster
        .services
        .iter()
        .enumerate()
        .filter(|(_, s)| s.is_daemon())
    {
        if !matches(daemon, offering) {
            continue;
        }
        match place(daemon, &mut left, offering) {
            Ok(()) => offering.daemons.push(position),
            Err(reason) => refused = refused.or(Some(reason)),
        }
    }
    if let Some(reason) = refused {
        return Err(reason);
    }
    offering.allocatable = Some(left);
    Ok(())
}

/// Whether ECS would start the daemon there.
fn matches(daemon: &Service, offering: &Offering) -> bool {
    launch_type::test(daemon, offering.purchase_option.is_external()).is_none()
        && architecture::test(daemon, offering.architecture).is_none()
        && member_of::test(daemon, &offering.attributes).is_empty()
}

fn place(
    daemon: &Service,
    left: &mut ResourceVector,
    offering: &mut Offering,
) -> Result<(), String> {
    let taken = daemon
        .task
        .host_ports
        .iter()
        .find(|port| offering.taken_ports.contains(port));
    let reserved =
        (daemon.task.host_ports.iter()).find(|port| offering.reserved_ports.contains(**port));
    if let Some(port) = reserved {
        return Err(format!(
            "the daemon {} needs host port {port}, which the instance itself has",
            daemon.name
        ));
    }
    if host_ports::quota_entry(daemon) > host_ports::left(offering) {
        return Err(format!(
            "the daemon {} takes more host ports than ECS's quota of reserved ports leaves",
            daemon.name
        ));
    }
    if let Some(port) = taken {
        return Err(format!(
            "the daemon {} needs host port {port}, another has it",
            daemon.name
        ));
    }
    *left = left
        .checked_sub(daemon.task.resources())
        .ok_or_else(|| format!("the daemon {} does not fit", daemon.name))?;
    if !offering.attachments.take(daemon) {
        return Err(format!(
            "the volumes of the daemon {} do not fit",
            daemon.name
        ));
    }
    offering.taken_ports.extend(&daemon.task.host_ports);
    Ok(())
}
