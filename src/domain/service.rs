//! ECS services: how many copies of which task, and under what rules.

use rust_decimal::Decimal;

use super::placement::{PlacementConstraint, PlacementStrategy};
use super::task::{LaunchType, TaskDefinition};

/// How ECS decides the number of tasks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SchedulingStrategy {
    /// A desired count.
    #[default]
    Replica,
    /// One task on every instance that matches.
    Daemon,
}

/// Limits of a rolling deployment, in percent of the desired count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeploymentConfiguration {
    /// Tasks that stay healthy.
    pub minimum_healthy_percent: u32,
    /// Tasks that may exist.
    pub maximum_percent: u32,
}

/// One ECS service with its task definition resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Service name; unique in a cluster.
    pub name: String,
    /// Number of tasks; 0 for daemons.
    pub desired_count: u64,
    /// Smallest number of tasks its scaling allows, if known.
    pub min_count: Option<u64>,
    /// Largest number of tasks its scaling allows, if known.
    pub max_count: Option<u64>,
    /// Replica or daemon.
    pub scheduling_strategy: SchedulingStrategy,
    /// The launch type, where the service names one.
    pub launch_type: Option<LaunchType>,
    /// What each task is.
    pub task: TaskDefinition,
    /// The service's own placement constraints (the task definition's count beside them).
    pub placement_constraints: Vec<PlacementConstraint>,
    /// Placement strategies in order.
    pub placement_strategy: Vec<PlacementStrategy>,
    /// Deployment limits, where given.
    pub deployment: Option<DeploymentConfiguration>,
    /// Tasks that must be On-Demand.
    pub on_demand_base: Option<u64>,
    /// Largest share of tasks on Spot, 0 to 1.
    pub spot_max_share: Option<Decimal>,
}

impl Service {
    /// Whether one task runs on every matching instance.
    #[must_use]
    pub fn is_daemon(&self) -> bool {
        self.scheduling_strategy == SchedulingStrategy::Daemon
    }

    /// The service's constraints and its task definition's, in that order.
    pub fn constraints(&self) -> impl Iterator<Item = &PlacementConstraint> {
        self.placement_constraints
            .iter()
            .chain(&self.task.placement_constraints)
    }

    /// Whether no two of its tasks may share an instance by constraint.
    #[must_use]
    pub fn is_distinct_instance(&self) -> bool {
        self.constraints()
            .any(|c| matches!(c, PlacementConstraint::DistinctInstance))
    }

    /// The launch types its tasks may use: the service's own if it names one, else what the task
    /// definition is compatible with, else any.
    #[must_use]
    pub fn may_run_on(&self, launch_type: LaunchType) -> bool {
        if let Some(bound) = self.launch_type {
            return bound == launch_type;
        }
        let compatible = &self.task.requires_compatibilities;
        compatible.is_empty() || compatible.contains(&launch_type)
    }
}
