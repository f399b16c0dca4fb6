//! What each service asks for, with dense ids.

use std::collections::BTreeMap;

use crate::domain::cluster::Cluster;
use crate::domain::placement::{PlacementConstraint, PlacementStrategy};
use crate::domain::resources::ResourceVector;
use crate::domain::service::Service;
use crate::domain::task::{HostPort, Protocol};

use super::strategy::{Strategy, ZONE_ATTRIBUTE};

/// CPU units, MiB, network interfaces and GPUs.
pub type Room = [u32; 4];

/// Position of a service among the replica's [`TaskClass`]es.
pub type ClassId = usize;

/// The tasks of one service: what one asks for, where it may run and how ECS ranks instances for it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts of a service, not one state"
)]
pub struct TaskClass {
    /// Position among the cluster's services.
    pub service: usize,
    /// Service name.
    pub name: String,
    /// Tasks to place on instances.
    pub count: u64,
    /// What one task takes.
    pub need: Room,
    /// Volumes that ECS attaches for one task.
    pub volumes: u32,
    /// Static host ports, as [`port_key`] has them, sorted.
    pub ports: Vec<u32>,
    /// The same as the task definition has them.
    pub host_ports: Vec<HostPort>,
    /// Dense id of its task group.
    pub group: u32,
    /// Whether other services' tasks are in the same group.
    pub shares_group: bool,
    /// Whether no two tasks of the group may share an instance.
    pub distinct: bool,
    /// `task:group` rules.
    pub rules: Vec<GroupRule>,
    /// Rank of instances.
    pub strategy: Strategy,
    /// Whether one runs on every instance that matches.
    pub daemon: bool,
    /// Whether these are tasks that `RunTask` starts: nobody asks again for one that gave up.
    pub standalone: bool,
}

/// A `memberOf` test on `task:group` with dense groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRule {
    /// Dense ids; a group that no service has is none.
    pub groups: Vec<u32>,
    /// At least one of them on the instance; otherwise none.
    pub together: bool,
}

impl TaskClass {
    /// Whether an instance can become usable because a task starts on it.
    #[must_use]
    pub fn has_affinity(&self) -> bool {
        self.rules.iter().any(|rule| rule.together)
    }
}

/// All services of a cluster, daemons among them, in the cluster's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workload {
    /// Services.
    pub classes: Vec<TaskClass>,
    /// Names of the attributes that some strategy spreads over.
    pub spread_attributes: Vec<String>,
    /// Number of task groups.
    pub groups: usize,
}

impl Workload {
    /// The tasks of a cluster: of each service the planned count. `strategy`, where given, stands in for
    /// every service's own strategies.
    #[must_use]
    pub fn new(cluster: &Cluster, strategy: Option<&[PlacementStrategy]>) -> Self {
        let mut group_ids: BTreeMap<String, u32> = BTreeMap::new();
        let mut members: Vec<u32> = Vec::new();
        for service in &cluster.services {
            let next = u32::try_from(group_ids.len()).unwrap_or(u32::MAX);
            let id = *group_ids.entry(service.task_group()).or_insert(next);
            if id == next {
                members.push(0);
            }
            members[id as usize] += 1;
        }
        // Scale-in and rebalancing look at zones whatever the strategy.
        let mut spread_attributes = vec![ZONE_ATTRIBUTE.to_owned()];
        let classes = (cluster.services.iter().enumerate())
            .map(|(position, service)| {
                let group = group_ids[&service.task_group()];
                let strategies = strategy.unwrap_or(&service.placement_strategy);
                TaskClass {
                    service: position,
                    name: service.name.clone(),
                    count: cluster.planned_count(service),
                    need: room(service.task.resources()),
                    volumes: narrow(service.task.ebs_volumes),
                    ports: ports(&service.task.host_ports),
                    host_ports: service.task.host_ports.clone(),
                    group,
                    shares_group: members[group as usize] > 1,
                    distinct: service.is_distinct_instance(),
                    rules: rules(service, &group_ids),
                    strategy: Strategy::new(strategies, &mut spread_attributes),
                    daemon: service.is_daemon(),
                    standalone: service.is_standalone(),
                }
            })
            .collect();
        Self {
            classes,
            spread_attributes,
            groups: members.len(),
        }
    }

    /// Tasks of all services.
    #[must_use]
    pub fn tasks(&self) -> u64 {
        self.classes.iter().map(|class| class.count).sum()
    }
}

fn rules(service: &Service, group_ids: &BTreeMap<String, u32>) -> Vec<GroupRule> {
    (service.constraints())
        .filter_map(|constraint| match constraint {
            PlacementConstraint::TaskGroup(rule) => Some(GroupRule {
                groups: (rule.groups.iter())
                    .filter_map(|group| group_ids.get(group).copied())
                    .collect(),
                together: rule.together,
            }),
            PlacementConstraint::DistinctInstance | PlacementConstraint::MemberOf(_) => None,
        })
        .collect()
}

/// The vector in 32 bits; an amount beyond them is beyond any instance.
pub(super) fn room(resources: ResourceVector) -> Room {
    [
        narrow(resources.cpu.get()),
        narrow(resources.memory.get()),
        narrow(resources.enis.get()),
        narrow(resources.gpus.get()),
    ]
}

fn narrow(amount: u64) -> u32 {
    u32::try_from(amount).unwrap_or(u32::MAX)
}

/// Port and protocol in one number.
#[must_use]
pub fn port_key(port: HostPort) -> u32 {
    u32::from(port.port) << 1 | u32::from(port.protocol == Protocol::Udp)
}

fn ports(host_ports: &[HostPort]) -> Vec<u32> {
    let mut ports: Vec<u32> = host_ports.iter().copied().map(port_key).collect();
    ports.sort_unstable();
    ports
}

impl Workload {
    /// Adds a second revision of a service: a class of the same service and task group with no tasks yet.
    pub fn add_revision(&mut self, class: ClassId) -> ClassId {
        self.classes[class].shares_group = true;
        let mut revision = self.classes[class].clone();
        revision.name = format!("{} (new)", revision.name);
        revision.count = 0;
        self.classes.push(revision);
        self.classes.len() - 1
    }
}
