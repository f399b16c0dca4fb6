//! Today's active container instances, identical ones together.

use std::collections::BTreeMap;

use crate::catalogue::Catalogue;
use crate::catalogue::registered::{most_registered_memory, registered_memory};
use crate::domain::attributes::Attributes;
use crate::domain::capacity::Capacity;
use crate::domain::cluster::{Cluster, ContainerInstance, RegisteredResources};
use crate::domain::instance_type::InstanceType;
use crate::domain::policy::KeepInstances;
use crate::domain::quantity::{CpuUnits, EniCount, GpuCount, MemoryMib};
use crate::domain::resources::ResourceVector;

use super::{Machine, attributes, nodes};

/// What an external instance is called when the file names no type.
const UNNAMED_EXTERNAL_TYPE: &str = "EXTERNAL";

/// Active container instances that nothing in this check can tell apart.
pub(in crate::check) struct TodaysInstances<'a> {
    pub instance_type: String,
    /// As a row states it: the label of the cluster's zone, else the instance's own text; none without
    /// zones in the file and for external instances.
    pub zone: Option<String>,
    pub purchase_option: Capacity,
    pub machine: Machine<'a>,
    /// Built-in and own.
    pub attributes: Attributes,
    pub ids: Vec<String>,
}

impl TodaysInstances<'_> {
    /// Whether the plan must have a row for them: external ones always stay.
    pub fn stay(&self, keep: KeepInstances) -> bool {
        self.machine.external || keep == KeepInstances::All
    }
}

/// The active instances of the cluster, identical ones together, in a fixed order.
pub(super) fn todays_instances<'a>(
    cluster: &'a Cluster,
    catalogue: &'a Catalogue,
) -> Vec<TodaysInstances<'a>> {
    let mut classes: BTreeMap<_, (Option<&InstanceType>, Vec<String>)> = BTreeMap::new();
    for instance in cluster.container_instances.iter().filter(|i| i.active) {
        let known = catalogue.instance_type(&instance.instance_type);
        let trunk = has_trunk(instance, cluster.policy.eni_trunking);
        let modelled = known.map_or(ResourceVector::ZERO, |known| {
            modelled(cluster, known, trunk)
        });
        let external = instance.is_external();
        let identity = (
            named(instance, external),
            zone(cluster, instance, external),
            external,
            instance.capacity().in_documents(),
            instance.registered.over(modelled),
            if cluster.is_kubernetes() {
                instance.attributes.clone()
            } else {
                let zone = instance.availability_zone.as_deref();
                attributes::of_today(known, zone, &instance.attributes)
            },
            &instance.reserved_ports,
            trunk,
        );
        let (_, ids) = classes
            .entry(identity)
            .or_insert_with(|| (known, Vec::new()));
        ids.push(instance.id.clone());
    }
    (classes.into_iter())
        .map(|(identity, (known, ids))| {
            let (
                instance_type,
                zone,
                external,
                purchase_option,
                registered,
                attributes,
                reserved_ports,
                trunk,
            ) = identity;
            TodaysInstances {
                instance_type,
                zone,
                purchase_option,
                machine: Machine {
                    instance_type: known,
                    registered,
                    external,
                    managed: false,
                    reserved_ports,
                    trunk,
                },
                attributes,
                ids,
            }
        })
        .collect()
}

/// The instance type as a row states it.
fn named(instance: &ContainerInstance, external: bool) -> String {
    if external && instance.instance_type.is_empty() {
        return UNNAMED_EXTERNAL_TYPE.to_owned();
    }
    instance.instance_type.clone()
}

/// The zone as a row states it.
fn zone(cluster: &Cluster, instance: &ContainerInstance, external: bool) -> Option<String> {
    if external || cluster.zones.is_empty() {
        return None;
    }
    let own = instance.availability_zone.as_deref()?;
    Some(
        cluster
            .zone(own)
            .map_or(own, |zone| zone.label())
            .to_owned(),
    )
}

/// What a new instance of the type registers: the documented model, with the smallest amounts that the
/// cluster's own container instances of this type show in its place; the largest of model and observations where room is read loosely.
pub(super) fn registered_when_new(
    cluster: &Cluster,
    instance_type: &InstanceType,
    trunk: bool,
) -> ResourceVector {
    let loosely = cluster.is_read_loosely();
    let mut observed = (cluster.container_instances.iter())
        .filter(|instance| instance.instance_type == instance_type.name)
        .map(|instance| instance.registered)
        .map(|seen| RegisteredResources {
            // None at all is an image without the driver, and no observation of the type.
            gpus: seen.gpus.filter(|gpus| gpus.get() > 0),
            ..seen
        })
        .reduce(|a, b| RegisteredResources {
            cpu: of_both(a.cpu, b.cpu, loosely),
            memory: of_both(a.memory, b.memory, loosely),
            gpus: of_both(a.gpus, b.gpus, loosely),
            pods: of_both(a.pods, b.pods, loosely),
        })
        .unwrap_or_default();
    if cluster.policy.max_pods.is_some() || cluster.policy.prefix_delegation {
        // What the policy states is asked for, whatever today's nodes were started with.
        observed.pods = None;
    }
    let modelled = modelled(cluster, instance_type, trunk);
    if loosely {
        let raised = |seen: Option<u64>, model: u64| seen.map_or(model, |seen| seen.max(model));
        return ResourceVector {
            cpu: CpuUnits::new(raised(observed.cpu.map(CpuUnits::get), modelled.cpu.get())),
            memory: MemoryMib::new(raised(
                observed.memory.map(MemoryMib::get),
                modelled.memory.get(),
            )),
            enis: EniCount::new(raised(
                observed.pods.map(EniCount::get),
                modelled.enis.get(),
            )),
            gpus: GpuCount::new(raised(
                observed.gpus.map(GpuCount::get),
                modelled.gpus.get(),
            )),
        };
    }
    observed.over(modelled)
}

/// What the documented model says a type registers under the cluster's policy.
fn modelled(cluster: &Cluster, instance_type: &InstanceType, trunk: bool) -> ResourceVector {
    let overhead = cluster.policy.memory_overhead.as_ref();
    let memory = if cluster.is_read_loosely() {
        most_registered_memory(instance_type, overhead)
    } else {
        registered_memory(instance_type, overhead)
    };
    if cluster.is_kubernetes() {
        return nodes::room(
            &cluster.policy,
            instance_type,
            memory,
            cluster.is_read_loosely(),
        );
    }
    instance_type.registered(memory, trunk)
}

/// Whether the instance has a trunk: its attribute says so; without it, an instance of which no capability
/// of the agent is known is as the policy has new ones, and any other has none.
fn has_trunk(instance: &ContainerInstance, trunking: bool) -> bool {
    let mut known = false;
    for (name, _) in instance.attributes.iter() {
        if name == "ecs.awsvpc-trunk-id" {
            return true;
        }
        known |= name.starts_with("ecs.capability.")
            || name.starts_with("com.amazonaws.ecs.capability.");
    }
    trunking && !known
}

/// The smaller of two observations, or the larger; a silent one does not count.
fn of_both<T: Ord>(a: Option<T>, b: Option<T>, larger: bool) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) if larger => Some(a.max(b)),
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
