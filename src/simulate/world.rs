//! Fleet and workload together, with what follows from them and never changes.
//!
//! A *cell* is a set of hosts that no constraint, no attribute to spread over and no capacity provider can
//! tell apart: its instances differ in room only. Constraints on attributes, architecture and launch type
//! are tested once per service and cell, never per instance.

use std::collections::BTreeMap;

use crate::domain::cluster::Cluster;
use crate::domain::placement::PlacementConstraint;
use crate::domain::quantity::{EniCount, GpuCount};
use crate::domain::resources::ResourceVector;
use crate::domain::service::Service;
use crate::domain::task::LaunchType;

use super::fleet::{Fleet, Host};
use super::providers::ProviderStrategy;
use super::strategy::{Packed, Tail};
use super::workload::{ClassId, Room, TaskClass, Workload, room};

/// Position of a host among those of the world.
pub type HostId = usize;

/// Position of a cell.
pub type CellId = usize;

/// A host with what is left for tasks once reserved amounts and daemons are taken off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorldHost {
    /// What it is.
    pub host: Host,
    /// Instances of it at the start.
    pub count: u64,
    /// Its cell.
    pub cell: CellId,
    /// What an empty instance has left.
    pub room: Room,
    /// Volumes left.
    pub volumes: u32,
    /// Volumes and interfaces left, where they share a limit.
    pub with_interfaces: u32,
    /// Ports the daemons take.
    pub ports: Vec<u32>,
    /// Daemons that run on it.
    pub daemons: Vec<ClassId>,
    /// Daemons that match it and have no room.
    pub daemons_without_room: Vec<ClassId>,
    /// Tasks that run on each from the start, beside daemons; `room` is without them.
    pub running: Vec<(ClassId, u32)>,
}

/// Hosts that placement tells apart by room only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Dense capacity provider; `None` outside every provider.
    pub provider: Option<usize>,
    /// Dense value of each spread attribute; a missing attribute is a value of its own.
    pub values: Vec<u32>,
}

/// Whether a host has an attribute, and the value it has, if any.
type Value = (bool, Option<String>);

/// What makes a cell: services that may use it, values of the spread attributes, provider.
type CellKey = (Vec<ClassId>, Vec<u32>, Option<usize>);

/// A key of instances by remaining resources that some strategy asks for.
pub type PackOrder = (Packed, Option<Packed>);

/// What placement knows before the first task comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct World {
    /// Services.
    pub workload: Workload,
    /// Hosts, in the fleet's order.
    pub hosts: Vec<WorldHost>,
    /// Names of capacity providers: those of the hosts, sorted, then others.
    pub providers: Vec<String>,
    /// Cells.
    pub cells: Vec<Cell>,
    /// Cells each service may use, ascending.
    pub eligible: Vec<Vec<CellId>>,
    /// Number of values of each spread attribute.
    pub values: Vec<usize>,
    /// Orders by remaining resources that strategies ask for.
    pub pack_orders: Vec<PackOrder>,
    /// Capacity provider strategy of each service, over the world's providers; without one its tasks may use
    /// any instance.
    pub strategies: Vec<Option<ProviderStrategy>>,
}

impl World {
    /// Joins a fleet and a workload of the same cluster.
    #[must_use]
    pub fn new(cluster: &Cluster, fleet: &Fleet, workload: Workload) -> Self {
        let mut providers: Vec<String> = (fleet.hosts.iter())
            .filter_map(|(host, _)| host.capacity_provider.clone())
            .collect();
        providers.sort();
        providers.dedup();
        let mut world = Self {
            pack_orders: pack_orders(&workload),
            eligible: vec![Vec::new(); workload.classes.len()],
            strategies: vec![None; workload.classes.len()],
            values: Vec::new(),
            hosts: Vec::new(),
            cells: Vec::new(),
            providers,
            workload,
        };
        let mut values: Vec<BTreeMap<Value, u32>> =
            vec![BTreeMap::new(); world.workload.spread_attributes.len()];
        let mut cells: BTreeMap<CellKey, CellId> = BTreeMap::new();
        for (host, count) in &fleet.hosts {
            let may = world.classes_that_may_use(cluster, host);
            let values_of_host: Vec<u32> = (world.workload.spread_attributes.iter())
                .zip(&mut values)
                .map(|(name, known)| value(host, name, known))
                .collect();
            let provider = host.capacity_provider.as_ref();
            let provider = provider.and_then(|name| world.providers.binary_search(name).ok());
            let next = cells.len();
            let key = (may, values_of_host, provider);
            let cell = *cells.entry(key.clone()).or_insert(next);
            if cell == next {
                for &class in &key.0 {
                    world.eligible[class].push(cell);
                }
                world.cells.push(Cell {
                    provider,
                    values: key.1,
                });
            }
            let host = world.settled(cluster, host, *count, cell, &key.0);
            world.hosts.push(host);
        }
        world.values = values.iter().map(BTreeMap::len).collect();
        world
    }

    /// Services, daemons among them, that architecture, launch type and attributes let run on the host.
    fn classes_that_may_use(&self, cluster: &Cluster, host: &Host) -> Vec<ClassId> {
        (self.workload.classes.iter().enumerate())
            .filter(|(_, class)| may_run_on(&cluster.services[class.service], host))
            .map(|(class, _)| class)
            .collect()
    }

    /// The host with reserved amounts and daemons taken off, in the cluster's order of services.
    fn settled(
        &self,
        cluster: &Cluster,
        host: &Host,
        count: u64,
        cell: CellId,
        may: &[ClassId],
    ) -> WorldHost {
        let reserved = ResourceVector {
            cpu: cluster.policy.reserved_cpu,
            memory: cluster.policy.reserved_memory,
            enis: EniCount::ZERO,
            gpus: GpuCount::ZERO,
        };
        let left = host.registered.checked_sub(reserved);
        let mut settled = WorldHost {
            host: host.clone(),
            count,
            cell,
            room: room(left.unwrap_or(ResourceVector::ZERO)),
            volumes: host.attachments.volumes,
            with_interfaces: host.attachments.with_interfaces,
            ports: Vec::new(),
            daemons: Vec::new(),
            daemons_without_room: Vec::new(),
            running: Vec::new(),
        };
        for &class in may {
            if self.workload.classes[class].daemon {
                settled.start_daemon(&self.workload, class);
            }
        }
        settled
    }

    /// The position of a provider; a name that no instance has is added.
    pub fn provider(&mut self, name: &str) -> usize {
        let known = self.providers.iter().position(|known| known == name);
        known.unwrap_or_else(|| {
            self.providers.push(name.to_owned());
            self.providers.len() - 1
        })
    }

    /// Number of instances at the start.
    #[must_use]
    pub fn instances(&self) -> u64 {
        self.hosts.iter().map(|host| host.count).sum()
    }
}

impl WorldHost {
    /// Whether the instance reserves none of the ports of a task, and ECS's quota leaves as many beside those
    /// that are taken.
    #[must_use]
    pub fn ports_allow(&self, class: &TaskClass, taken: usize) -> bool {
        let reserved = &self.host.reserved_ports;
        let together = (taken + class.ports.len()) as u64;
        together <= reserved.left_for_tasks()
            && !(class.host_ports.iter()).any(|&port| reserved.contains(port))
    }

    fn start_daemon(&mut self, workload: &Workload, id: ClassId) {
        let class = &workload.classes[id];
        let room_left = (self.room.iter().zip(class.need)).all(|(left, need)| need <= *left);
        let together = class.volumes.saturating_add(class.need[2]);
        let volumes_fit = class.volumes == 0
            || (class.volumes <= self.volumes && together <= self.with_interfaces);
        let ports_free = (class.ports.iter()).all(|port| !self.ports.contains(port))
            && self.ports_allow(class, self.ports.len());
        if !(room_left && volumes_fit && ports_free) {
            self.daemons_without_room.push(id);
            return;
        }
        for (left, need) in self.room.iter_mut().zip(class.need) {
            *left -= need;
        }
        self.volumes = self.volumes.saturating_sub(class.volumes);
        if self.with_interfaces != u32::MAX {
            self.with_interfaces = self.with_interfaces.saturating_sub(together);
        }
        self.ports.extend(&class.ports);
        self.daemons.push(id);
    }
}

/// Launch type, architecture and attributes. An instance that reports no architecture takes no task.
fn may_run_on(service: &Service, host: &Host) -> bool {
    let launch_type = if host.purchase_option.is_external() {
        service.is_external()
    } else {
        !service.is_external() && service.may_run_on(LaunchType::Ec2)
    };
    let architecture = host.attributes.get("ecs.cpu-architecture").flatten();
    let runs = (architecture.and_then(|text| text.parse().ok()))
        .is_some_and(|architecture| service.task.architectures.contains(&architecture));
    launch_type
        && runs
        && service.constraints().all(|constraint| match constraint {
            PlacementConstraint::MemberOf(expression) => expression.evaluate(&host.attributes),
            PlacementConstraint::DistinctInstance | PlacementConstraint::TaskGroup(_) => true,
        })
}

/// The dense value of an attribute of a host.
fn value(host: &Host, name: &str, known: &mut BTreeMap<Value, u32>) -> u32 {
    let value = host.attributes.get(name);
    let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
    let value = (value.is_some(), value.flatten().map(str::to_owned));
    *known.entry(value).or_insert(next)
}

fn pack_orders(workload: &Workload) -> Vec<PackOrder> {
    let mut orders: Vec<PackOrder> = (workload.classes.iter())
        .filter(|class| !class.daemon)
        .filter_map(|class| match class.strategy.tail {
            Tail::Packed(first, second) => Some((first, second)),
            Tail::Tie | Tail::Instance | Tail::InstanceThen(_) | Tail::Mixed => None,
        })
        .collect();
    orders.sort_unstable();
    orders.dedup();
    orders
}
