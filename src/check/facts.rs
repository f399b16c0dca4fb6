//! What the rules look at, derived once: services by name, the plan's rows with their instance types,
//! and today's instances that existing rows may stand for.

use std::collections::BTreeMap;

use crate::catalogue::Catalogue;
use crate::catalogue::registered::registered_memory;
use crate::domain::cluster::{Cluster, ContainerInstance, RegisteredResources};
use crate::domain::instance_type::InstanceType;
use crate::domain::placement::Attributes;
use crate::domain::plan::{Plan, PlannedInstances, Registered};
use crate::domain::quantity::{CpuUnits, EniCount, GpuCount, MemoryMib};
use crate::domain::resources::ResourceVector;
use crate::domain::service::Service;

/// Cluster, catalogue and plan, with what follows from them.
pub(super) struct Facts<'a> {
    pub cluster: &'a Cluster,
    pub catalogue: &'a Catalogue,
    pub plan: &'a Plan,
    /// The cluster's services by name.
    pub services: BTreeMap<&'a str, &'a Service>,
    /// Today's active instances, identical ones together.
    pub today: Vec<TodaysInstances>,
    /// The plan's instance rows, in its order.
    pub rows: Vec<Row<'a>>,
}

/// Active container instances that nothing in this check can tell apart.
pub(super) struct TodaysInstances {
    pub instance_type: String,
    pub zone: Option<String>,
    pub registered: ResourceVector,
    /// Built-in and own.
    pub attributes: Attributes,
    pub ids: Vec<String>,
}

/// One entry of `instances`.
pub(super) struct Row<'a> {
    /// Position in the document.
    pub index: usize,
    pub planned: &'a PlannedInstances,
    /// `None` when the catalogue does not know the type.
    pub instance_type: Option<&'a InstanceType>,
    /// What one registers: derived for a new row of a known type, else as the row says.
    pub registered: ResourceVector,
    /// For an existing row, indices of today's instances that agree in type, zone, registered
    /// resources and attributes.
    pub counterparts: Vec<usize>,
    /// The attribute sets that its instances may have: one for a new row, one per counterpart.
    pub hosts: Vec<Attributes>,
    /// Tasks of services that the cluster knows.
    pub tasks: Vec<(&'a Service, u64)>,
}

impl Row<'_> {
    /// Its place in the document.
    pub fn place(&self) -> String {
        format!("instances[{}]", self.index)
    }
}

impl<'a> Facts<'a> {
    /// Derives the facts.
    pub fn new(cluster: &'a Cluster, catalogue: &'a Catalogue, plan: &'a Plan) -> Self {
        let services = cluster
            .services
            .iter()
            .map(|service| (service.name.as_str(), service))
            .collect();
        let mut facts = Self {
            cluster,
            catalogue,
            plan,
            services,
            today: todays_instances(cluster, catalogue),
            rows: Vec::new(),
        };
        facts.rows = (plan.instances.iter().enumerate())
            .map(|(index, planned)| facts.row(index, planned))
            .collect();
        facts
    }

    /// Tasks of a service that the rows hold, over all instances and Fargate.
    pub fn placed(&self, service: &str) -> u128 {
        let on_instances = self.rows.iter().map(|row| {
            let each = row.planned.tasks.get(service).copied().unwrap_or(0);
            u128::from(each).saturating_mul(row.planned.count.into())
        });
        let on_fargate = (self.plan.fargate_tasks.iter())
            .filter(|tasks| tasks.service_name == service)
            .map(|tasks| u128::from(tasks.count));
        on_instances.chain(on_fargate).fold(0, u128::saturating_add)
    }

    /// Tasks of a service that the plan leaves without a place.
    pub fn unplaced(&self, service: &str) -> u128 {
        (self.plan.unplaced.iter())
            .filter(|unplaced| unplaced.service_name == service)
            .map(|unplaced| u128::from(unplaced.count))
            .fold(0, u128::saturating_add)
    }

    /// What a new instance of the type registers: the documented model, with the smallest amounts that
    /// the cluster's own container instances of this type show in its place.
    pub fn registered_when_new(&self, instance_type: &InstanceType) -> ResourceVector {
        let observed = (self.cluster.container_instances.iter())
            .filter(|instance| instance.instance_type == instance_type.name)
            .map(|instance| instance.registered)
            .reduce(|a, b| RegisteredResources {
                cpu: smallest(a.cpu, b.cpu),
                memory: smallest(a.memory, b.memory),
                gpus: smallest(a.gpus, b.gpus),
            })
            .unwrap_or_default();
        observed.over(modelled(self.cluster, instance_type))
    }

    fn row(&self, index: usize, planned: &'a PlannedInstances) -> Row<'a> {
        let instance_type = self.catalogue.instance_type(&planned.instance_type);
        let stated = as_vector(planned.registered);
        let counterparts = if planned.existing {
            self.counterparts(planned, stated)
        } else {
            Vec::new()
        };
        let hosts = if planned.existing {
            (counterparts.iter())
                .map(|&class| self.today[class].attributes.clone())
                .collect()
        } else {
            instance_type
                .map(|known| new_host(known, planned))
                .into_iter()
                .collect()
        };
        Row {
            index,
            planned,
            instance_type,
            registered: match instance_type {
                Some(known) if !planned.existing => self.registered_when_new(known),
                _ => stated,
            },
            counterparts,
            hosts,
            tasks: (planned.tasks.iter())
                .filter_map(|(name, &each)| Some((*self.services.get(name.as_str())?, each)))
                .collect(),
        }
    }

    /// Today's instances that an existing row may stand for.
    fn counterparts(&self, planned: &PlannedInstances, stated: ResourceVector) -> Vec<usize> {
        let zone_agrees = |class: &TodaysInstances| match &planned.availability_zone {
            Some(zone) => class.zone.as_ref() == Some(zone),
            // Without zones in the file, rows carry none.
            None => class.zone.is_none() || self.cluster.zones.is_empty(),
        };
        let attributes_agree = |class: &TodaysInstances| {
            (planned.attributes.iter())
                .all(|(name, value)| class.attributes.get(name) == Some(value.as_deref()))
        };
        (self.today.iter().enumerate())
            .filter(|(_, class)| {
                class.instance_type == planned.instance_type
                    && class.registered == stated
                    && zone_agrees(class)
                    && attributes_agree(class)
            })
            .map(|(index, _)| index)
            .collect()
    }
}

/// The document's four numbers as a vector.
fn as_vector(registered: Registered) -> ResourceVector {
    ResourceVector {
        cpu: CpuUnits::new(registered.cpu),
        memory: MemoryMib::new(registered.memory_mib),
        enis: EniCount::new(registered.enis),
        gpus: GpuCount::new(registered.gpus),
    }
}

/// Attributes of a new instance: built-in ones and those the row declares.
fn new_host(instance_type: &InstanceType, planned: &PlannedInstances) -> Attributes {
    let mut host = Attributes::built_in(instance_type, planned.availability_zone.as_deref());
    for (name, value) in &planned.attributes {
        host.set(name, value.as_deref());
    }
    host
}

/// What the documented model says a type registers under the cluster's policy.
fn modelled(cluster: &Cluster, instance_type: &InstanceType) -> ResourceVector {
    let memory = registered_memory(instance_type, cluster.policy.memory_overhead.as_ref());
    instance_type.registered(memory, cluster.policy.eni_trunking)
}

/// The active instances of the cluster, identical ones together, in a fixed order.
fn todays_instances(cluster: &Cluster, catalogue: &Catalogue) -> Vec<TodaysInstances> {
    let mut classes: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for instance in cluster.container_instances.iter().filter(|i| i.active) {
        let known = catalogue.instance_type(&instance.instance_type);
        let modelled = known.map_or(ResourceVector::ZERO, |known| modelled(cluster, known));
        let identity = (
            instance.instance_type.clone(),
            instance.availability_zone.clone(),
            instance.registered.over(modelled),
            todays_attributes(instance, known),
        );
        classes
            .entry(identity)
            .or_default()
            .push(instance.id.clone());
    }
    (classes.into_iter())
        .map(
            |((instance_type, zone, registered, attributes), ids)| TodaysInstances {
                instance_type,
                zone,
                registered,
                attributes,
                ids,
            },
        )
        .collect()
}

/// Built-in attributes of the type, where it is known, and the instance's own over them.
fn todays_attributes(instance: &ContainerInstance, known: Option<&InstanceType>) -> Attributes {
    let mut attributes = known.map_or_else(Attributes::default, |known| {
        Attributes::built_in(known, instance.availability_zone.as_deref())
    });
    attributes.extend(&instance.attributes);
    attributes
}

/// The smaller of two observations; a silent one does not count.
fn smallest<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
