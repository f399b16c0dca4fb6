//! A cluster as observed or described: services, groups, today's instances, policy.

use std::borrow::Cow;

use rust_decimal::Decimal;

use super::attributes::{Attributes, is_capability};
use super::capacity::{Capacity, ProviderKind};
use super::commitment::Commitments;
use super::deployed::Deployed;
use super::kubernetes::{HeadroomOfWhole, Orchestrator, Reading, Whole};
use super::placement::PlacementConstraint;
use super::plan::{StrategyItem, Warning};
use super::policy::{MOST_CAPACITY_PROVIDERS, Policy, ZoneSpread};
use super::resources::ResourceVector;
use super::service::Service;
use super::task::{LaunchType, ReservedPorts};
use super::week::{Week, WeeklyCounts};

/// An Availability Zone by name, by id, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    /// Name such as `us-east-1a`, where known.
    pub name: Option<String>,
    /// Id such as `use1-az1`, where known.
    pub id: Option<String>,
}

impl Zone {
    /// The name if known, else the id.
    #[must_use]
    pub fn label(&self) -> &str {
        self.name.as_deref().or(self.id.as_deref()).unwrap_or("")
    }
}

/// The attribute of an instance whose primary interface carries a trunk.
pub const TRUNK_ATTRIBUTE: &str = "ecs.awsvpc-trunk-id";

/// One container instance that runs today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerInstance {
    /// ARN or id as given.
    pub id: String,
    /// Instance type.
    pub instance_type: String,
    /// Availability Zone, where the instance's attributes tell.
    pub availability_zone: Option<String>,
    /// Capacity provider it belongs to, if any.
    pub capacity_provider: Option<String>,
    /// What the agent registered; resources the file does not show come from the catalogue.
    pub registered: RegisteredResources,
    /// All its attributes, built-in ones included where the file shows them.
    pub attributes: Attributes,
    /// Ports that are taken before any task comes.
    pub reserved_ports: ReservedPorts,
    /// Whether it takes new tasks of Linux: it is `ACTIVE`, its agent is connected, and it runs no Windows.
    pub active: bool,
    /// Whether it is registered and can be priced: all but `INACTIVE` ones and those of Windows are.
    pub is_registered: bool,
    /// How it was bought, as far as the file tells; On-Demand otherwise.
    pub purchase_option: Capacity,
}

impl ContainerInstance {
    /// Whether AWS bills it: EC2 bills an instance that drains like one that takes tasks.
    #[must_use]
    pub fn is_billed(&self) -> bool {
        self.is_registered && self.capacity().is_priced()
    }

    /// How it is bought and run.
    #[must_use]
    pub fn capacity(&self) -> Capacity {
        if self.is_external() {
            Capacity::External
        } else {
            self.purchase_option
        }
    }

    /// Whether it was registered from outside AWS (ECS Anywhere): the agent then reports the attribute
    /// `ecs.capability.external`.
    #[must_use]
    pub fn is_external(&self) -> bool {
        self.attributes.get("ecs.capability.external").is_some()
    }

    /// Whether its `awsvpc` tasks get branch interfaces of a trunk. The agent registers the trunk's id as an
    /// attribute; where it registered its other capabilities and no trunk, there is none: instances keep what
    /// they were launched with. An instance that shows no capability follows the policy.
    /// Source: Amazon ECS developer guide, "Increasing Amazon ECS Linux container instance network
    /// interfaces".
    #[must_use]
    pub fn has_trunk(&self, policy: bool) -> bool {
        if self.attributes.get(TRUNK_ATTRIBUTE).is_some() {
            return true;
        }
        let shows_capabilities = (self.attributes.iter()).any(|(name, _)| is_capability(name));
        policy && !shows_capabilities
    }
}

/// Registered resources as a container instance shows them; `None` where the file is silent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RegisteredResources {
    /// CPU units.
    pub cpu: Option<super::quantity::CpuUnits>,
    /// Memory in MiB.
    pub memory: Option<super::quantity::MemoryMib>,
    /// GPUs.
    pub gpus: Option<super::quantity::GpuCount>,
    /// Pods that a node of Kubernetes takes; no instance of ECS shows its network interfaces.
    pub pods: Option<super::quantity::EniCount>,
}

impl RegisteredResources {
    /// The catalogue's figures with the observed ones in their place.
    #[must_use]
    pub fn over(&self, modelled: ResourceVector) -> ResourceVector {
        ResourceVector {
            cpu: self.cpu.unwrap_or(modelled.cpu),
            memory: self.memory.unwrap_or(modelled.memory),
            enis: self.pods.unwrap_or(modelled.enis),
            gpus: self.gpus.unwrap_or(modelled.gpus),
        }
    }
}

/// Everything a cluster file says, resolved and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    /// Cluster name.
    pub name: String,
    /// AWS Region.
    pub region: String,
    /// ECS, or Kubernetes: services are workloads then, tasks pods, and instances nodes.
    pub orchestrator: Orchestrator,
    /// Availability Zones to use; empty when the file names none.
    pub zones: Vec<Zone>,
    /// Services and standalone tasks, sorted by name.
    pub services: Vec<Service>,
    /// Today's container instances.
    pub container_instances: Vec<ContainerInstance>,
    /// Settings of today: providers, sizes of groups, strategies.
    pub deployed: Deployed,
    /// Demand that moves over the week; none where every service runs one number of tasks.
    pub week: Option<Week>,
    /// Savings Plans and Reserved Instances that are bought already.
    pub commitments: Commitments,
    /// Planning policy.
    pub policy: Policy,
    /// What its reader left out or does not look at, for every plan to say; documents of Kubernetes alone have some.
    pub passed_over: Vec<Warning>,
}

impl Cluster {
    /// How tasks are spread over zones: as the policy says, else evenly where there are zones; in Kubernetes as each
    /// workload says.
    #[must_use]
    pub fn zone_spread(&self) -> ZoneSpread {
        if self.zones.is_empty() {
            return ZoneSpread::Any;
        }
        let usual = match self.orchestrator {
            Orchestrator::Ecs => ZoneSpread::Even,
            Orchestrator::Kubernetes(_) => ZoneSpread::Any,
        };
        self.policy.zone_spread.unwrap_or(usual)
    }

    /// Whether the policy spreads the tasks of a service evenly over zones. Zones of volumes spread the parts of a divided
    /// workload: no bound counts an even spread of each part.
    #[must_use]
    pub fn spreads_evenly(&self, service: &Service) -> bool {
        let is_divided = self.is_read_loosely() && service.whole().is_some();
        self.zone_spread() == ZoneSpread::Even && !is_divided
    }

    /// Most Auto Scaling group providers of the realised plan: as the policy says, else the larger of 6 and 3 a zone,
    /// and never more than ECS's quota.
    #[must_use]
    pub fn most_capacity_providers(&self) -> u64 {
        let by_zones = (3 * self.zones.len() as u64).max(6);
        (self.policy.max_capacity_providers.unwrap_or(by_zones)).min(MOST_CAPACITY_PROVIDERS)
    }

    /// The zone of the file that has this name or id.
    #[must_use]
    pub fn zone(&self, name_or_id: &str) -> Option<&Zone> {
        self.zones.iter().find(|zone| {
            zone.name.as_deref() == Some(name_or_id) || zone.id.as_deref() == Some(name_or_id)
        })
    }

    /// The capacity provider strategy by which ECS starts a service's tasks today: its own, else the cluster's
    /// default where it names no launch type; empty where there is none, and for daemons, which have none.
    /// Source: Amazon ECS API reference, `CreateService`.
    #[must_use]
    pub fn strategy_today<'a>(&'a self, service: &'a Service) -> &'a [StrategyItem] {
        if service.is_daemon() || service.is_external() {
            return &[];
        }
        if service.capacity_provider_strategy.is_empty() && service.launch_type.is_none() {
            return &self.deployed.default_strategy;
        }
        &service.capacity_provider_strategy
    }

    /// What sends a service's tasks somewhere today, as a strategy: [`Self::strategy_today`], and of launch type FARGATE the
    /// strategy that does the same, `FARGATE` alone; empty where the file does not say.
    #[must_use]
    pub fn strategy_in_force<'a>(&'a self, service: &'a Service) -> Cow<'a, [StrategyItem]> {
        let strategy = self.strategy_today(service);
        let is_of_launch_type =
            strategy.is_empty() && service.launch_type == Some(LaunchType::Fargate);
        if is_of_launch_type && !service.is_daemon() {
            return Cow::Owned(vec![StrategyItem {
                capacity_provider: ProviderKind::Fargate.word().to_owned(),
                base: 0,
                weight: 1,
            }]);
        }
        Cow::Borrowed(strategy)
    }

    /// The cluster with the numbers of tasks of one hour of the week, from Monday 00:00 UTC.
    #[must_use]
    pub fn at_hour(&self, hour: usize) -> Self {
        self.with_counts(|counts| counts.at(hour))
    }

    /// The cluster with the largest number of tasks of each service, whichever hour has it.
    #[must_use]
    pub fn at_peaks(&self) -> Self {
        self.with_counts(WeeklyCounts::peak)
    }

    /// One number in place of the counts by hour. Limits of scaling are of the week, and go.
    fn with_counts(&self, count: impl Fn(&WeeklyCounts) -> u64) -> Self {
        let mut cluster = self.clone();
        let Some(week) = cluster.week.take() else {
            return cluster;
        };
        for service in &mut cluster.services {
            if let Some(counts) = week.counts.get(&service.name) {
                service.desired_count = count(counts);
                (service.min_count, service.max_count) = (None, None);
            }
        }
        cluster
    }

    /// Tasks of a service to plan for: the count that `--at` names, with headroom; 0 for a daemon.
    #[must_use]
    pub fn planned_count(&self, service: &Service) -> u64 {
        if service.is_daemon() {
            return 0;
        }
        let Service {
            desired_count,
            min_count,
            max_count,
            ..
        } = *service;
        let count = (self.policy.count_basis).of(desired_count, min_count, max_count);
        let planned = match service.whole() {
            _ if service.pod.as_ref().is_some_and(|pod| pod.one_alone) => count,
            Some(whole) => count.saturating_add(self.policy.headroom_with_part(whole)),
            None => self.policy.planned_count(count),
        };
        // Pods beyond one a zone stay pending, whatever is planned for them.
        let most = service.pod.as_ref().and_then(|pod| pod.most);
        most.map_or(planned, |most| planned.min(most))
    }
}

/// Clusters of Kubernetes.
impl Cluster {
    /// Pods to plan for of the parts of a divided workload that come before one of them by name.
    #[must_use]
    pub fn planned_before(&self, part: &Service, whole: &Whole) -> u64 {
        let before = self.services.iter().filter(|other| {
            let is_part = other.whole().is_some_and(|it| it.name == whole.name);
            is_part && other.name < part.name
        });
        before.map(|other| self.planned_count(other)).sum()
    }

    /// Whether its tasks are pods.
    #[must_use]
    pub fn is_kubernetes(&self) -> bool {
        self.orchestrator != Orchestrator::Ecs
    }

    /// The cluster in which rules of providers give way for workloads that no node satisfies which can be bought or stays, as `has_a_node` says it of
    /// those that have such rules; `None` where all have one. Nodes of another provider satisfy these rules, and the bound does not count them.
    #[must_use]
    pub fn without_rules_of_providers(
        &self,
        has_a_node: impl Fn(&Service) -> bool,
    ) -> Option<Self> {
        let has_such = |it: &&Service| {
            let pod = it.pod.as_ref();
            pod.is_some_and(|pod| pod.rules_of_providers().next().is_some())
        };
        let lacking: Vec<&str> = (self.services.iter().filter(has_such))
            .filter(|it| !has_a_node(it))
            .map(|it| it.name.as_str())
            .collect();
        if lacking.is_empty() {
            return None;
        }
        let mut cluster = self.clone();
        for service in &mut cluster.services {
            let Some(pod) = (service.pod.as_mut()).filter(|_| lacking.contains(&&*service.name))
            else {
                continue;
            };
            let lifted: Vec<PlacementConstraint> = pod.rules_of_providers().cloned().collect();
            pod.nodes_for_packing_alone
                .retain(|it| !lifted.contains(it));
            (service.placement_constraints).retain(|it| !lifted.contains(it));
        }
        Some(cluster)
    }

    /// The cluster whose plans cost no more than any fleet that Kubernetes accepts; `None` where that is this one already. Rooms of nodes are
    /// read in two ways as well, by whoever has the catalogue.
    #[must_use]
    pub fn for_bound(&self) -> Option<Self> {
        if self.orchestrator != Orchestrator::Kubernetes(Reading::Strict) {
            return None;
        }
        let mut cluster = self.clone();
        cluster.orchestrator = Orchestrator::Kubernetes(Reading::Loose);
        (cluster.services).retain(|service| {
            let pod = service.pod.as_ref();
            !pod.is_some_and(|pod| pod.daemon_for_packing_alone)
        });
        for service in &mut cluster.services {
            let Some(pod) = &mut service.pod else {
                continue;
            };
            // Smaller ones are asked for where somebody looks at what a size costs.
            service.task.cpu = service.task.cpu.min(pod.least_cpu);
            service.task.memory = service.task.memory.min(pod.least_memory);
            if std::mem::take(&mut pod.even_for_packing_alone) {
                pod.even_over_zones = false;
            }
            if let Some(whole) = &mut pod.whole
                && whole.headroom == HeadroomOfWhole::HereInPacking
            {
                whole.headroom = HeadroomOfWhole::Elsewhere;
            }
            if std::mem::take(&mut pod.apart_for_packing_alone) {
                (service.placement_constraints)
                    .retain(|it| *it != PlacementConstraint::DistinctInstance);
            }
            let lifted = std::mem::take(&mut pod.nodes_for_packing_alone);
            (service.placement_constraints).retain(|it| !lifted.contains(it));
            let parts = std::mem::take(&mut pod.parts_for_packing_alone);
            service.placement_constraints.retain(|it| match it {
                PlacementConstraint::TaskGroup(rule) => parts.is_empty() || rule.groups != parts,
                _ => true,
            });
        }
        Some(cluster)
    }

    /// Whether packing and bound read sizes or rules of pods differently.
    #[must_use]
    pub fn has_pods_in_two_ways(&self) -> bool {
        let policy = &self.policy;
        let counts_tasks = policy.on_demand_base > 0
            || policy.spot_max_share < Decimal::ONE
            || policy.headroom_percent > Decimal::ZERO
            || self.zone_spread() == ZoneSpread::Even;
        (self.services.iter()).any(|service| {
            let task = &service.task;
            (counts_tasks && service.whole().is_some())
                || (service.pod.as_ref())
                    .is_some_and(|pod| pod.is_read_in_two_ways(task.cpu, task.memory))
        })
    }

    /// Whether amounts are those of the most favourable fleet.
    #[must_use]
    pub fn is_read_loosely(&self) -> bool {
        self.orchestrator == Orchestrator::Kubernetes(Reading::Loose)
    }
}
