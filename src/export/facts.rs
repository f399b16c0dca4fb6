//! What an export needs to know beyond the plan: from the catalogue and, where given, the cluster file.

use std::collections::BTreeMap;

use crate::domain::cluster::Cluster;
use crate::domain::deployed::Deployed;
use crate::domain::instance_type::{CpuArchitecture, InstanceType};
use crate::domain::placement::PlacementConstraint;
use crate::domain::quantity::{CpuUnits, MemoryMib};
use crate::domain::schedule::{self, Action, Timing};
use crate::domain::service::{DeploymentConfiguration, DeploymentStrategy, Service};
use crate::domain::task::{
    ContainerLimit, ContainerReservation, LaunchType, NetworkMode, RoleNeed,
};
use crate::domain::week::{HOURS_PER_WEEK, WeeklyCounts};

use crate::diff::Observed;
use crate::domain::plan::StrategyItem;
use crate::domain::settings::{Constraint, Image};
use crate::domain::stages::BilledInstances;

/// An instance type as far as its image and its network go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TypeFacts {
    /// CPU architecture.
    pub architecture: CpuArchitecture,
    /// Whether it has NVIDIA GPUs.
    pub has_gpu: bool,
    /// vCPUs.
    pub vcpus: u64,
    /// Memory of the type in MiB, not what it registers.
    pub memory_mib: u64,
    /// Whether it earns and spends CPU credits.
    pub burstable: bool,
    /// Whether it is bare metal.
    pub bare_metal: bool,
    /// Network interfaces for tasks with and without trunking, where the two differ.
    pub trunking: Option<(u64, u64)>,
}

impl TypeFacts {
    /// The image that it runs; `None` where there is none for it. Source: Amazon ECS developer guide, "Amazon ECS-optimized
    /// Linux AMIs": the GPU image is of x86 alone.
    #[must_use]
    pub const fn image(self) -> Option<Image> {
        match (self.architecture, self.has_gpu) {
            (CpuArchitecture::Arm64, true) => None,
            (CpuArchitecture::X86_64, true) => Some(Image::Gpu),
            (CpuArchitecture::X86_64, false) => Some(Image::X86),
            (CpuArchitecture::Arm64, false) => Some(Image::Arm),
        }
    }
}

impl From<&InstanceType> for TypeFacts {
    fn from(kind: &InstanceType) -> Self {
        let (with, without) = (kind.task_enis(true).get(), kind.task_enis(false).get());
        Self {
            architecture: kind.architecture,
            has_gpu: kind.gpus.get() > 0,
            vcpus: kind.vcpus,
            memory_mib: kind.memory.get(),
            burstable: kind.burstable,
            bare_metal: kind.bare_metal,
            trunking: (with != without).then_some((with, without)),
        }
    }
}

/// A service as the cluster file has it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct ServiceFacts {
    /// Whether these are tasks without a service.
    pub is_standalone: bool,
    /// Whether its tasks have network interfaces of their own.
    pub is_awsvpc: bool,
    /// CPU units and MiB that its task definition states for the whole task.
    pub stated_size: Option<(Option<u64>, Option<u64>)>,
    /// For what its task definition lacks an execution role on Fargate.
    pub role_needs: Vec<RoleNeed>,
    /// Containers whose logs lack a prefix that Fargate asks for.
    pub without_stream_prefix: Vec<String>,
    /// Containers whose hard limit is above the memory of their task.
    pub limits_above: Vec<ContainerLimit>,
    /// CPU units of its containers together, where they are above the task's.
    pub cpu_above: Option<u64>,
    /// What its containers reserve of memory together, MiB, where it is above the task's.
    pub reserved_above: Option<u64>,
    /// Containers whose reservation of memory is above their own hard limit.
    pub reservations_above: Vec<ContainerReservation>,
    /// Whether its task definition names launch types, and Managed Instances are not among them.
    pub lacks_managed_instances: bool,
    /// How many placement strategies it has.
    pub placement_strategies: usize,
    /// Whether the file shows that it runs.
    pub exists: bool,
    /// Tasks it has.
    pub desired_count: u64,
    /// Limits of a rollout.
    pub deployment: Option<DeploymentConfiguration>,
    /// Whether ECS replaces its tasks by rolling updates.
    pub rolls: bool,
    /// Its own placement constraints.
    pub constraints: Vec<Constraint>,
    /// Today's strategy; empty where it has none or the file gives none.
    pub strategy: Vec<StrategyItem>,
    /// Smallest and largest count of its scaling, where the file has both.
    pub counts: Option<(u64, u64)>,
    /// Its counts in the hours of the week, where the file gives them and they differ.
    pub by_hour: Option<WeeklyCounts>,
}

impl ServiceFacts {
    /// The least and the largest of its counts by the hour.
    #[must_use]
    pub fn range_of_hours(&self) -> Option<(u64, u64)> {
        let counts = self.by_hour.as_ref()?;
        let least = (0..HOURS_PER_WEEK).map(|hour| counts.at(hour)).min()?;
        Some((least, counts.peak()))
    }

    /// What sets its counts by the hour: nothing where the file has limits of a scaling of its own, which moves them. Counts
    /// change at the full hour, when the groups have grown and have not shrunk yet.
    #[must_use]
    pub fn schedule(&self) -> Vec<Action> {
        let Some(counts) = self.by_hour.as_ref().filter(|_| self.counts.is_none()) else {
            return Vec::new();
        };
        let counts: Vec<u64> = (0..HOURS_PER_WEEK).map(|hour| counts.at(hour)).collect();
        let on_the_hour = Timing {
            warm_up_minutes: 0,
            drain_minutes: 0,
        };
        schedule::actions(&schedule::changes(&counts, on_the_hour))
    }
}

impl From<&Service> for ServiceFacts {
    fn from(service: &Service) -> Self {
        let mut constraints: Vec<Constraint> = Vec::new();
        for constraint in &service.placement_constraints {
            let (kind, expression) = match constraint {
                PlacementConstraint::DistinctInstance => ("distinctInstance", None),
                PlacementConstraint::MemberOf(test) => ("memberOf", Some(test.source())),
                PlacementConstraint::TaskGroup(rule) => ("memberOf", Some(rule.source.as_str())),
            };
            let expression = expression.map(str::to_owned);
            let constraint = Constraint { kind, expression };
            // An expression that reads several things is several constraints of one source.
            if !constraints.contains(&constraint) {
                constraints.push(constraint);
            }
        }
        Self {
            is_standalone: service.is_standalone(),
            is_awsvpc: service.task.network_mode == NetworkMode::Awsvpc,
            stated_size: (service.task.fargate.stated)
                .map(|(cpu, memory)| (cpu.map(CpuUnits::get), memory.map(MemoryMib::get))),
            role_needs: service.task.fargate.role_needs.iter().copied().collect(),
            without_stream_prefix: service.task.fargate.without_stream_prefix.clone(),
            limits_above: service.task.fargate.limits_above.clone(),
            cpu_above: service.task.fargate.cpu_above.map(CpuUnits::get),
            reserved_above: service.task.fargate.reserved_above.map(MemoryMib::get),
            reservations_above: service.task.fargate.reservations_above.clone(),
            lacks_managed_instances: lacks_managed_instances(
                &service.task.requires_compatibilities,
            ),
            placement_strategies: service.placement_strategy.len(),
            exists: service.exists,
            desired_count: service.desired_count,
            deployment: service.deployment,
            rolls: service.deployment_strategy == DeploymentStrategy::Rolling,
            constraints,
            strategy: service.capacity_provider_strategy.clone(),
            counts: service.min_count.zip(service.max_count),
            by_hour: None,
        }
    }
}

/// Whether a task definition names launch types, and Managed Instances are not among them.
fn lacks_managed_instances(named: &[LaunchType]) -> bool {
    !named.is_empty() && !named.contains(&LaunchType::ManagedInstances)
}

/// Instances of a provider that run today and take tasks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObservedInstances {
    /// How many.
    pub count: u64,
    /// Their types, sorted.
    pub types: Vec<String>,
}

/// Everything beyond the plan.
pub struct Facts<'a> {
    /// Answers for the catalogue.
    pub instance_type: &'a dyn Fn(&str) -> Option<TypeFacts>,
    /// Services by name; empty without a cluster file.
    pub services: BTreeMap<String, ServiceFacts>,
    /// Settings that are deployed today; empty without a cluster file.
    pub deployed: Deployed,
    /// Instances of today that take tasks and their types, by capacity provider; empty without a cluster file.
    pub observed: BTreeMap<String, ObservedInstances>,
    /// Instances of today as they are billed; `None` where some have no price or no bill was asked for.
    pub billed: Option<Vec<BilledInstances>>,
    /// MiB that the agent keeps from tasks; `None` without a cluster file.
    pub reserved_memory_mib: Option<u64>,
    /// GiB of an instance's root volume; `None` without a cluster file.
    pub root_volume_gib: Option<u64>,
    /// How far from the full hour groups that follow a schedule change their sizes.
    pub timing: Timing,
}

impl<'a> Facts<'a> {
    /// Without a cluster file.
    pub fn of_catalogue(instance_type: &'a dyn Fn(&str) -> Option<TypeFacts>) -> Self {
        Self {
            instance_type,
            services: BTreeMap::new(),
            deployed: Deployed::default(),
            observed: BTreeMap::new(),
            billed: None,
            reserved_memory_mib: None,
            root_volume_gib: None,
            timing: Timing::default(),
        }
    }

    /// With what the cluster file says.
    #[must_use]
    pub fn with_cluster(mut self, cluster: &Cluster) -> Self {
        self.services = (cluster.services.iter())
            .map(|service| {
                let week = cluster.week.as_ref();
                let facts = ServiceFacts {
                    by_hour: week.and_then(|week| week.counts.get(&service.name).cloned()),
                    ..ServiceFacts::from(service)
                };
                (service.name.clone(), facts)
            })
            .collect();
        self.deployed.clone_from(&cluster.deployed);
        self.observed = (Observed::of(cluster).by_provider.into_iter())
            .map(|(provider, group)| {
                let instances = ObservedInstances {
                    count: group.instances,
                    types: group.types.into_iter().map(str::to_owned).collect(),
                };
                (provider.to_owned(), instances)
            })
            .collect();
        self.reserved_memory_mib = Some(cluster.policy.reserved_memory.get());
        self.root_volume_gib = Some(cluster.policy.root_volume_gib);
        self
    }

    /// With what today's instances cost.
    #[must_use]
    pub fn with_bill(mut self, billed: Option<Vec<BilledInstances>>) -> Self {
        self.billed = billed;
        self
    }

    /// With scheduled actions at other minutes than usual.
    #[must_use]
    pub const fn with_timing(mut self, timing: Timing) -> Self {
        self.timing = timing;
        self
    }

    /// Whether the file shows that the cluster is there.
    #[must_use]
    pub fn cluster_runs(&self) -> bool {
        !self.deployed.providers.is_empty() || self.services.values().any(|service| service.exists)
    }
}
