//! Instances of the plan, identical ones together.

use indexmap::IndexMap;

use crate::domain::capacity::Capacity;
use crate::domain::money::UsdPerHour;
use crate::domain::resources::ResourceVector;

/// What an instance registers with ECS, or a node offers to pods, before daemons and reserved amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Registered {
    /// CPU units; thousandths of a vCPU on a node.
    pub cpu: u64,
    /// Memory in MiB.
    pub memory_mib: u64,
    /// Network interfaces for `awsvpc` tasks.
    pub enis: u64,
    /// GPUs.
    pub gpus: u64,
    /// Pods that a node of Kubernetes takes; `None` for an instance of ECS, whose interfaces count in its place.
    pub pods: Option<u64>,
}

impl Registered {
    /// The same of what an instance has, whose interfaces count pods in a cluster of Kubernetes.
    #[must_use]
    pub const fn of(amounts: &ResourceVector, kubernetes: bool) -> Self {
        let (enis, pods) = if kubernetes {
            (0, Some(amounts.enis.get()))
        } else {
            (amounts.enis.get(), None)
        };
        Self {
            cpu: amounts.cpu.get(),
            memory_mib: amounts.memory.get(),
            enis,
            gpus: amounts.gpus.get(),
            pods,
        }
    }
}

/// `count` identical instances.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedInstances {
    /// Instance type.
    pub instance_type: String,
    /// On-Demand or Spot.
    pub purchase_option: Capacity,
    /// Zone; `null` when the cluster file names none.
    pub availability_zone: Option<String>,
    /// Capacity provider.
    pub capacity_provider: String,
    /// How many such instances.
    pub count: u64,
    /// Cost of one: price, root volume and fee.
    pub usd_per_hour: UsdPerHour,
    /// What one registers.
    pub registered: Registered,
    /// Tasks on each, by service, daemons included.
    pub tasks: IndexMap<String, u64>,
    /// Room kept on each for tasks beyond those that run there, by service: where the tasks of a lost zone
    /// go (`surviveZoneLoss`).
    pub spare: IndexMap<String, u64>,
    /// Spot: share of instances interrupted in a month, as the Spot Instance Advisor gives it.
    pub interruption_band: Option<String>,
    /// Whether these run today and stay (`keepInstances: all`).
    pub existing: bool,
    /// Custom attributes these instances must register with.
    pub attributes: IndexMap<String, Option<String>>,
}
