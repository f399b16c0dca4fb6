//! Instances that come or go, and, where today's instances stay, why they do not suffice.

use crate::diff;
use crate::domain::cluster::Cluster;
use crate::domain::plan::{Change, Lack, PlannedInstances};
use crate::domain::policy::KeepInstances;
use crate::domain::resources::{Resource, ResourceVector};
use crate::domain::service::Service;
use crate::formulate::model::PlanningInput;
use crate::formulate::offering::Offering;
use crate::formulate::rules::{distinct_instance, fit};

use super::assemble::Assembly;

/// Services whose overflow is explained one by one.
const EXPLAINED: usize = 5;

/// Instances per type that come or go, then the reasons for additions beside kept instances.
pub(super) fn changes(assembly: &Assembly<'_>, instances: &[PlannedInstances]) -> Vec<Change> {
    let cluster = assembly.input.cluster;
    let mut changes = diff::of_instances(cluster, instances);
    let added = instances.iter().any(|row| !row.existing);
    let kept = instances.iter().any(|row| row.existing);
    if cluster.policy.keep_instances == KeepInstances::All && added && kept {
        changes.push(held_today(cluster, instances));
        changes.extend(overflow(assembly, instances));
    }
    changes
}

/// How much of the demand the kept instances hold.
fn held_today(cluster: &Cluster, instances: &[PlannedInstances]) -> Change {
    let replicas = |row: &PlannedInstances| -> u64 {
        cluster
            .services
            .iter()
            .filter(|service| !service.is_daemon())
            .filter_map(|service| row.tasks.get(&service.name))
            .sum::<u64>()
            * row.count
    };
    let held: u64 = instances
        .iter()
        .filter(|row| row.existing)
        .map(replicas)
        .sum();
    let placed: u64 = instances.iter().map(replicas).sum();
    let kept: u64 = instances
        .iter()
        .filter(|row| row.existing)
        .map(|row| row.count)
        .sum();
    Change::InstancesHoldPart {
        instances: kept,
        tasks: held,
        placed,
    }
}

/// For the services with most tasks on new instances: what kept instances lack for one more.
fn overflow(assembly: &Assembly<'_>, instances: &[PlannedInstances]) -> Vec<Change> {
    let mut overflowing: Vec<(u64, &Service)> = assembly
        .input
        .cluster
        .services
        .iter()
        .filter(|service| !service.is_daemon())
        .map(|service| {
            let on_new: u64 = instances
                .iter()
                .filter(|row| !row.existing)
                .map(|row| row.count * row.tasks.get(&service.name).copied().unwrap_or(0))
                .sum();
            (on_new, service)
        })
        .filter(|(on_new, _)| *on_new > 0)
        .collect();
    overflowing.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.name.cmp(&b.1.name)));
    overflowing
        .into_iter()
        .take(EXPLAINED)
        .filter_map(|(on_new, service)| {
            let lack = nearest_lack(assembly, service)?;
            Some(Change::ServiceNeedsInstances {
                service_name: service.name.clone(),
                tasks: on_new,
                lack,
            })
        })
        .collect()
}

/// The kept instance that comes closest to room for one more task, and what it lacks.
fn nearest_lack(assembly: &Assembly<'_>, service: &Service) -> Option<Lack> {
    let PlanningInput {
        cluster, offerings, ..
    } = assembly.input;
    (assembly.packed.fleet.rows.iter())
        .map(|row| (&offerings.usable[row.offering], row))
        .filter(|(offering, _)| {
            offering.existing.is_some() && !offering.purchase_option.is_external()
        })
        .filter_map(|(offering, row)| {
            let load =
                row.tasks
                    .iter()
                    .try_fold(ResourceVector::ZERO, |sum, (&other, &tasks)| {
                        let one = cluster.services[other].task.resources();
                        sum.checked_add(one.checked_mul(tasks)?)
                    })?;
            let present = row
                .tasks
                .keys()
                .any(|&other| cluster.services[other].name == service.name);
            lack(service, offering, load, present)
        })
        .min()
        .map(|(_, lack)| lack)
}

/// What an instance with this load lacks for one more task, behind a measure for ranking.
fn lack(
    service: &Service,
    offering: &Offering,
    load: ResourceVector,
    present: bool,
) -> Option<(u64, Lack)> {
    let instance_type = offering.instance_type.clone();
    if let Some(failed) = fit::failures(service, offering).into_iter().next() {
        let lack = Lack::NoneFits {
            instance_type,
            failed,
        };
        return Some((u64::MAX, lack));
    }
    if present && distinct_instance::most_per_instance(service) == Some(1) {
        return Some((u64::MAX - 1, Lack::OneEach { instance_type }));
    }
    let left = offering.allocatable?.checked_sub(load)?;
    let needed = service.task.resources();
    let short: Vec<Resource> = Resource::ALL
        .into_iter()
        .filter(|&r| needed.get(r) > left.get(r))
        .collect();
    let first = *short.first()?;
    let missing = short
        .iter()
        .map(|&r| (needed.get(r) - left.get(r)).saturating_mul(1000) / needed.get(r).max(1))
        .sum();
    let lack = Lack::Resource {
        resource: first,
        needed: needed.get(first),
        instance_type,
        left: left.get(first),
    };
    Some((missing, lack))
}
