//! Today's active container instances, identical ones together.

use std::collections::BTreeMap;

use crate::catalogue::Catalogue;
use crate::catalogue::registered::registered_memory;
use crate::domain::capacity::Capacity;
use crate::domain::cluster::{Cluster, ContainerInstance, RegisteredResources};
use crate::domain::instance_type::InstanceType;
use crate::domain::placement::Attributes;
use crate::domain::policy::KeepInstances;
use crate::domain::resources::ResourceVector;

use super::Machine;

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
        let modelled = known.map_or(ResourceVector::ZERO, |known| modelled(cluster, known));
        let external = instance.is_external();
        let identity = (
            named(instance, external),
            zone(cluster, instance, external),
            external,
            instance.capacity().in_documents(),
            instance.registered.over(modelled),
            attributes(instance, known),
        );
        let (_, ids) = classes
            .entry(identity)
            .or_insert_with(|| (known, Vec::new()));
        ids.push(instance.id.clone());
    }
    (classes.into_iter())
        .map(|(identity, (known, ids))| {
            let (instance_type, zone, external, purchase_option, registered, attributes) = identity;
            TodaysInstances {
                instance_type,
                zone,
                purchase_option,
                machine: Machine {
                    instance_type: known,
                    registered,
                    external,
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

/// Built-in attributes of the type, where it is known, and the instance's own over them.
fn attributes(instance: &ContainerInstance, known: Option<&InstanceType>) -> Attributes {
    let mut attributes = known.map_or_else(Attributes::default, |known| {
        Attributes::built_in(known, instance.availability_zone.as_deref())
    });
    attributes.extend(&instance.attributes);
    attributes
}

/// What a new instance of the type registers: the documented model, with the smallest amounts that the
/// cluster's own container instances of this type show in its place.
pub(super) fn registered_when_new(
    cluster: &Cluster,
    instance_type: &InstanceType,
) -> ResourceVector {
    let observed = (cluster.container_instances.iter())
        .filter(|instance| instance.instance_type == instance_type.name)
        .map(|instance| instance.registered)
        .reduce(|a, b| RegisteredResources {
            cpu: smallest(a.cpu, b.cpu),
            memory: smallest(a.memory, b.memory),
            gpus: smallest(a.gpus, b.gpus),
        })
        .unwrap_or_default();
    observed.over(modelled(cluster, instance_type))
}

/// What the documented model says a type registers under the cluster's policy.
fn modelled(cluster: &Cluster, instance_type: &InstanceType) -> ResourceVector {
    let memory = registered_memory(instance_type, cluster.policy.memory_overhead.as_ref());
    instance_type.registered(memory, cluster.policy.eni_trunking)
}

/// The smaller of two observations; a silent one does not count.
fn smallest<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
