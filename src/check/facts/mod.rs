//! What the rules look at, derived once: services by name, the plan's rows with their instance types,
//! and today's instances that existing rows may stand for.

pub(super) mod attributes;
mod nodes;
mod today;

use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::catalogue::Catalogue;
use crate::domain::attributes::Attributes;
use crate::domain::capacity::Capacity;
use crate::domain::cluster::Cluster;
use crate::domain::instance_type::InstanceType;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{
    FleetPlan, PlannedFargateTasks, PlannedInstances, PlannedProvider, PlannedService, Registered,
};
use crate::domain::policy::CountBasis;
use crate::domain::quantity::{CpuUnits, EniCount, GpuCount, MemoryMib};
use crate::domain::resources::ResourceVector;
use crate::domain::service::Service;
use crate::domain::task::ReservedPorts;

pub(super) use today::TodaysInstances;

/// Cluster, catalogue and plan, with what follows from them.
pub(super) struct Facts<'a> {
    pub cluster: &'a Cluster,
    pub catalogue: &'a Catalogue,
    pub plan: &'a FleetPlan,
    /// The cluster's services by name.
    pub services: BTreeMap<&'a str, &'a Service>,
    /// Its daemons, by name.
    daemons: Vec<&'a Service>,
    /// Today's active instances, identical ones together.
    pub today: Vec<TodaysInstances<'a>>,
    /// The plan's instance rows, in its order.
    pub rows: Vec<InstanceRow<'a>>,
    /// Positions of the entries that name a service: what each rule asks for every service must not read the whole plan.
    entries: BTreeMap<&'a str, Entries>,
}

/// Positions in a plan's lists.
#[derive(Default)]
struct Entries {
    instances: Vec<usize>,
    fargate: Vec<usize>,
    unplaced: Vec<usize>,
    listed: Vec<usize>,
}

/// Services with the number of tasks of each, every service once.
pub(super) type Tasks<'a> = Vec<(&'a Service, u64)>;

/// What a container instance is, its attributes apart.
#[derive(Clone, Copy)]
pub(super) struct Machine<'a> {
    /// `None` when the catalogue does not know the type.
    pub instance_type: Option<&'a InstanceType>,
    /// What it registers.
    pub registered: ResourceVector,
    /// Whether it was registered from outside AWS.
    pub external: bool,
    /// Whether ECS buys and runs it.
    pub managed: bool,
    /// Ports that are taken before any task comes.
    pub reserved_ports: &'a ReservedPorts,
    /// Whether `awsvpc` tasks get branch interfaces of a trunk.
    pub trunk: bool,
}

/// What new instances reserve.
pub(super) const USUAL_PORTS: &ReservedPorts = &ReservedPorts::Usual;

/// One entry of `instances`.
pub(super) struct InstanceRow<'a> {
    /// Position in the document.
    pub index: usize,
    pub planned: &'a PlannedInstances,
    /// What each of its instances is: registered resources are derived for a new row of a known type,
    /// else as the row says.
    pub machine: Machine<'a>,
    /// Position of its zone among the cluster's; `None` outside them.
    pub zone: Option<usize>,
    /// For an existing row, indices of today's instances that agree in type, zone, purchase option,
    /// registered resources and attributes.
    pub counterparts: Vec<usize>,
    /// Attributes of a new instance of a known type.
    pub when_new: Option<Attributes>,
    /// Tasks of services that the cluster knows.
    pub tasks: Tasks<'a>,
    /// Room kept for tasks of services that the cluster knows.
    pub spare: Tasks<'a>,
}

impl InstanceRow<'_> {
    /// Its place in the document.
    pub fn place(&self) -> String {
        format!("instances[{}]", self.index)
    }

    /// Tasks of a service on all its instances together.
    pub fn tasks_of(&self, service: &str) -> u128 {
        self.on_all(self.planned.tasks.get(service).copied().unwrap_or(0))
    }

    /// CPU units that the tasks on each of its instances use in the mean, daemons among them: as measured, or where nobody measured it
    /// as many as they reserve.
    pub fn load(&self) -> u128 {
        (self.tasks.iter())
            .map(|(service, each)| {
                let one = match service.measured_cpu {
                    Some(measured) => measured.get(),
                    None => service.task.cpu.get(),
                };
                u128::from(one).saturating_mul((*each).into())
            })
            .fold(0, u128::saturating_add)
    }

    /// An amount of each instance on all of them together.
    pub fn on_all(&self, each: u64) -> u128 {
        u128::from(each).saturating_mul(self.planned.count.into())
    }
}

impl<'a> Facts<'a> {
    /// Derives the facts.
    pub fn new(cluster: &'a Cluster, catalogue: &'a Catalogue, plan: &'a FleetPlan) -> Self {
        let services: BTreeMap<&str, &Service> = cluster
            .services
            .iter()
            .map(|service| (service.name.as_str(), service))
            .collect();
        let daemons = services.values().copied().filter(|s| s.is_daemon());
        let mut facts = Self {
            cluster,
            catalogue,
            plan,
            daemons: daemons.collect(),
            services,
            today: today::todays_instances(cluster, catalogue),
            rows: Vec::new(),
            entries: entries(plan),
        };
        facts.rows = (plan.instances.iter().enumerate())
            .map(|(index, planned)| facts.row(index, planned))
            .collect();
        facts
    }

    /// Services that are not daemons, by name.
    pub fn replicas(&self) -> impl Iterator<Item = &'a Service> + '_ {
        self.services.values().copied().filter(|s| !s.is_daemon())
    }

    /// Daemons, by name.
    pub fn daemons(&self) -> impl Iterator<Item = &'a Service> + '_ {
        self.daemons.iter().copied()
    }

    /// Entries of `services` that name a service, in the plan's order.
    pub fn listed(&self, service: &str) -> impl ExactSizeIterator<Item = &'a PlannedService> {
        let own = (self.entries.get(service)).map_or(&[][..], |own| &own.listed);
        own.iter().map(|&index| &self.plan.services[index])
    }

    /// Tasks of a replica service to plan for: the count that `--at` names, with headroom; no pods beyond one a zone of those that keep apart by it.
    pub fn planned(&self, service: &Service) -> u64 {
        let policy = &self.cluster.policy;
        let count = match policy.count_basis {
            CountBasis::Min => service.min_count,
            CountBasis::Desired => None,
            CountBasis::Max => service.max_count,
        };
        let count = count.unwrap_or(service.desired_count);
        let planned = match service.whole() {
            // A pod of headroom would wait for the claim that another has.
            _ if service.pod.as_ref().is_some_and(|pod| pod.one_alone) => count,
            // Headroom is one of the whole workload, whose parts these are.
            Some(whole) => count.saturating_add(policy.headroom_with_part(whole)),
            None => policy.planned_count(count),
        };
        let most = service.pod.as_ref().and_then(|pod| pod.most);
        most.map_or(planned, |most| planned.min(most))
    }

    /// Tasks of a service on instances.
    pub fn on_instances(&self, service: &str) -> u128 {
        (self.rows_of(service))
            .map(|row| row.tasks_of(service))
            .fold(0, u128::saturating_add)
    }

    /// Rows that name a service, in the plan's order.
    pub fn rows_of<'f>(&'f self, service: &str) -> impl Iterator<Item = &'f InstanceRow<'a>> {
        let own = (self.entries.get(service)).map_or(&[][..], |own| &own.instances);
        own.iter().map(|&index| &self.rows[index])
    }

    /// Entries of a service on Fargate, in the plan's order.
    pub fn fargate_of(&self, service: &str) -> impl Iterator<Item = &'a PlannedFargateTasks> {
        let own = (self.entries.get(service)).map_or(&[][..], |own| &own.fargate);
        own.iter().map(|&index| &self.plan.fargate_tasks[index])
    }

    /// Tasks of a service on Fargate.
    pub fn on_fargate(&self, service: &str) -> u128 {
        (self.fargate_of(service))
            .map(|tasks| u128::from(tasks.count))
            .fold(0, u128::saturating_add)
    }

    /// Tasks of a service that have a place.
    pub fn placed(&self, service: &str) -> u128 {
        self.on_instances(service)
            .saturating_add(self.on_fargate(service))
    }

    /// Tasks of a service that the plan leaves without a place.
    pub fn unplaced(&self, service: &str) -> u128 {
        let own = (self.entries.get(service)).map_or(&[][..], |own| &own.unplaced);
        (own.iter())
            .map(|&index| u128::from(self.plan.unplaced[index].count))
            .fold(0, u128::saturating_add)
    }

    /// Tasks of a replica service that the plan says it places: planned ones less those without a place.
    pub fn wanted(&self, service: &Service) -> u64 {
        let unplaced = u64::try_from(self.unplaced(&service.name)).unwrap_or(u64::MAX);
        self.planned(service).saturating_sub(unplaced)
    }

    /// What a new instance of the type registers, one of ours or one that ECS runs.
    pub fn registered_when_new(
        &self,
        instance_type: &InstanceType,
        managed: bool,
    ) -> ResourceVector {
        today::registered_when_new(self.cluster, instance_type, self.has_trunk(managed))
    }

    /// Whether a new instance has a trunk where its type takes one: by the account's setting, and where ECS runs it always.
    pub const fn has_trunk(&self, managed: bool) -> bool {
        self.cluster.policy.eni_trunking || managed
    }

    /// Whether tasks of the service are on Managed Instances.
    pub fn is_on_managed_instances(&self, service: &str) -> bool {
        (self.rows_of(service)).any(|row| row.machine.managed && row.tasks_of(service) > 0)
    }

    /// The attribute sets that the row's instances may have: one for a new row of a known type, one per
    /// counterpart for an existing one.
    pub fn hosts<'f>(&'f self, row: &'f InstanceRow<'a>) -> impl Iterator<Item = &'f Attributes> {
        let counterparts = row.counterparts.iter();
        (row.when_new.iter()).chain(counterparts.map(|&class| &self.today[class].attributes))
    }

    /// Whether a group of the plan is one of today's that stays: it holds nothing but instances that do.
    pub fn stays(&self, group: &PlannedProvider) -> bool {
        let mut own = (self.rows.iter()).filter(|row| row.planned.capacity_provider == group.name);
        own.all(|row| row.planned.existing)
    }

    fn row(&self, index: usize, planned: &'a PlannedInstances) -> InstanceRow<'a> {
        let instance_type = self.catalogue.instance_type(&planned.instance_type);
        let stated = as_vector(planned.registered);
        let external = self.is_external(planned);
        let managed = planned.purchase_option.is_managed();
        let counterparts = if planned.existing {
            self.counterparts(planned, stated, external, planned.purchase_option)
        } else {
            Vec::new()
        };
        let when_new = (instance_type.filter(|_| !planned.existing))
            .map(|known| self.new_host(known, planned));
        let zone = planned.availability_zone.as_deref();
        let zones = &self.cluster.zones;
        let tasks = self.known(&planned.tasks);
        let like = self.likeliest(&counterparts, &tasks);
        InstanceRow {
            index,
            planned,
            machine: Machine {
                instance_type,
                registered: match instance_type {
                    Some(known) if !planned.existing => self.registered_when_new(known, managed),
                    _ => stated,
                },
                external,
                managed,
                reserved_ports: like
                    .map_or_else(|| self.usual_ports(), |machine| machine.reserved_ports),
                trunk: like.map_or(self.has_trunk(managed), |machine| machine.trunk),
            },
            zone: zone.and_then(|label| zones.iter().position(|zone| zone.label() == label)),
            counterparts,
            when_new,
            tasks,
            spare: self.known(&planned.spare),
        }
    }

    /// Attributes of a new instance, or labels and taints of a new node, before those of a group.
    pub fn host_when_new(
        &self,
        instance_type: &InstanceType,
        zone: Option<&str>,
        bought: Capacity,
    ) -> Attributes {
        if self.cluster.is_kubernetes() {
            return nodes::when_new(self.cluster, instance_type, zone, bought);
        }
        attributes::when_new(instance_type, zone, self.has_trunk(bought.is_managed()))
    }

    /// Ports that a new instance keeps for itself.
    pub fn usual_ports(&self) -> &'static ReservedPorts {
        if self.cluster.is_kubernetes() {
            &ReservedPorts::NoneOfNodes
        } else {
            USUAL_PORTS
        }
    }

    /// Attributes of a new instance: built-in ones and those the row declares.
    fn new_host(&self, instance_type: &InstanceType, planned: &PlannedInstances) -> Attributes {
        let zone = planned.availability_zone.as_deref();
        let mut host = self.host_when_new(instance_type, zone, planned.purchase_option);
        for (name, value) in &planned.attributes {
            host.set(name, value.as_deref());
        }
        host
    }

    /// Of the instances of today that a row may stand for, the first whose own ports leave its tasks theirs;
    /// the first of all where none does.
    fn likeliest(&self, counterparts: &[usize], tasks: &Tasks<'_>) -> Option<Machine<'a>> {
        let machines = || (counterparts.iter()).map(|&class| self.today[class].machine);
        let fits = |machine: &Machine<'_>| {
            (tasks.iter().filter(|(_, each)| *each > 0))
                .flat_map(|(service, _)| &service.task.host_ports)
                .all(|&port| !machine.reserved_ports.contains(port))
        };
        machines().find(fits).or_else(|| machines().next())
    }

    fn known(&self, tasks: &IndexMap<String, u64>) -> Tasks<'a> {
        (tasks.iter())
            .filter_map(|(name, &each)| Some((*self.services.get(name.as_str())?, each)))
            .collect()
    }

    /// Whether the row stands for external instances: they are free, which tells them from others of the
    /// same type.
    fn is_external(&self, planned: &PlannedInstances) -> bool {
        let there_are = |external: bool| {
            (self.today.iter()).any(|class| {
                class.machine.external == external && class.instance_type == planned.instance_type
            })
        };
        let free = planned.usd_per_hour == UsdPerHour::ZERO;
        planned.existing && there_are(true) && (free || !there_are(false))
    }

    /// Today's instances that an existing row may stand for, if it is bought like this.
    pub fn counterparts(
        &self,
        planned: &PlannedInstances,
        registered: ResourceVector,
        external: bool,
        purchase_option: Capacity,
    ) -> Vec<usize> {
        let attributes_agree = |class: &TodaysInstances<'_>| {
            (planned.attributes.iter())
                .all(|(name, value)| class.attributes.get(name) == Some(value.as_deref()))
        };
        (self.today.iter().enumerate())
            .filter(|(_, class)| {
                class.instance_type == planned.instance_type
                    && class.machine.external == external
                    && class.machine.registered == registered
                    && class.zone == planned.availability_zone
                    && class.purchase_option == purchase_option
                    && attributes_agree(class)
            })
            .map(|(index, _)| index)
            .collect()
    }
}

/// The document's four numbers as a vector.
fn entries(plan: &FleetPlan) -> BTreeMap<&str, Entries> {
    let mut entries: BTreeMap<&str, Entries> = BTreeMap::new();
    for (index, row) in plan.instances.iter().enumerate() {
        for name in row.tasks.keys() {
            entries.entry(name).or_default().instances.push(index);
        }
    }
    for (index, row) in plan.fargate_tasks.iter().enumerate() {
        let own = entries.entry(&row.service_name).or_default();
        own.fargate.push(index);
    }
    for (index, unplaced) in plan.unplaced.iter().enumerate() {
        let own = entries.entry(&unplaced.service_name).or_default();
        own.unplaced.push(index);
    }
    for (index, service) in plan.services.iter().enumerate() {
        let own = entries.entry(&service.service_name).or_default();
        own.listed.push(index);
    }
    entries
}

fn as_vector(registered: Registered) -> ResourceVector {
    ResourceVector {
        cpu: CpuUnits::new(registered.cpu),
        memory: MemoryMib::new(registered.memory_mib),
        enis: EniCount::new(registered.pods.unwrap_or(registered.enis)),
        gpus: GpuCount::new(registered.gpus),
    }
}
