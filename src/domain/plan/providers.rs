//! Capacity providers of the plan.

use indexmap::IndexMap;

use crate::domain::capacity::{Capacity, ProviderKind};
use crate::domain::money::UsdPerHour;

/// What a group is designed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupMode {
    /// Numbers of tasks that stay: tasks are spread, no instance is empty, the size is fixed.
    Steady,
    /// Numbers known by hour of the week: tasks are spread, and the size follows a schedule.
    Scheduled,
    /// Numbers that move: tasks are packed, and managed scaling takes empty instances away.
    Elastic,
}

/// A capacity provider of the plan.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedProvider {
    /// Name.
    pub name: String,
    /// Kind.
    pub kind: ProviderKind,
    /// Instance types of its group.
    pub instance_types: Vec<String>,
    /// How its instances are bought.
    pub purchase_option: Option<Capacity>,
    /// Zones of its group.
    pub availability_zones: Vec<String>,
    /// Smallest size of the group.
    pub min_size: u64,
    /// Planned size of the group.
    pub desired_capacity: u64,
    /// Largest size of the group.
    pub max_size: u64,
    /// Managed scaling settings; nothing is set for Fargate.
    pub managed_scaling: ManagedScaling,
    /// Cost of the whole group.
    pub usd_per_hour: UsdPerHour,
    /// What proves that its tasks find a place in every order of arrival; none for an ideal packing and for
    /// Fargate.
    pub certificate: Option<Certificate>,
    /// What the group is designed for; absent in an ideal packing.
    pub mode: Option<GroupMode>,
    /// Sizes of the group over the week, every hour once; empty where its size is the same in all hours.
    pub schedule: Vec<ScheduledSize>,
}

/// The size of a group in some hours of the week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduledSize {
    /// The hours, ascending, from Monday 00:00 UTC.
    pub hours: Vec<usize>,
    /// Instances in them.
    pub desired_capacity: u64,
}

/// Managed scaling of a capacity provider: what is not set is ECS's default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ManagedScaling {
    /// Whether ECS sizes the group.
    pub enabled: Option<bool>,
    /// Share of the group's capacity to be used, in percent.
    pub target_capacity: Option<u64>,
    /// Fewest instances started or stopped at a time.
    pub minimum_scaling_step_size: Option<u64>,
    /// Most instances started or stopped at a time.
    pub maximum_scaling_step_size: Option<u64>,
    /// Seconds until a new instance counts.
    pub instance_warmup_period_s: Option<u64>,
}

impl ManagedScaling {
    /// ECS's own defaults, written out.
    pub const DEFAULT: Self = Self {
        enabled: Some(true),
        target_capacity: Some(100),
        minimum_scaling_step_size: Some(1),
        maximum_scaling_step_size: Some(10_000),
        instance_warmup_period_s: Some(300),
    };
}

/// Proof that every order of arrival fits a group of identical instances.
///
/// Tasks are placed by `spread(instanceId)`, each service has at most `instances × tasksPerInstance` tasks in the
/// group, and one instance holds `tasksPerInstance` of every service together. While a service has fewer tasks
/// than that, the instance with the fewest of them has room for one more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Most tasks of each service on one instance.
    pub tasks_per_instance: IndexMap<String, u64>,
    /// Tasks of each service that its strategy sends to the group once all are there.
    pub tasks: IndexMap<String, u64>,
}
