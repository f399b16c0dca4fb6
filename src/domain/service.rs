//! ECS services: how many copies of which task, and under what rules.

use std::collections::BTreeMap;

use super::kubernetes::{PodRules, Whole};
use super::placement::{PlacementConstraint, PlacementStrategy};
use super::plan::StrategyItem;
use super::policy::ServicePolicy;
use super::quantity::CpuUnits;
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

impl DeploymentConfiguration {
    /// Of `tasks` the number that must stay healthy and the number that may exist, where the two let ECS neither stop nor start one,
    /// so that a rolling update never begins; `None` where it can. Source: Amazon ECS API reference, `DeploymentConfiguration`: the
    /// first is rounded up, the second down.
    #[must_use]
    pub fn standstill(self, tasks: u64) -> Option<(u64, u64)> {
        let part = |percent: u32| u128::from(tasks) * u128::from(percent);
        let fewest = part(self.minimum_healthy_percent).div_ceil(100);
        let most = part(self.maximum_percent) / 100;
        let stands = tasks > 0 && fewest >= u128::from(tasks) && most <= u128::from(tasks);
        let count = |amount: u128| u64::try_from(amount).unwrap_or(u64::MAX);
        stands.then(|| (count(fewest), count(most)))
    }
}

/// How a deployment replaces tasks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DeploymentStrategy {
    /// Rolling update: at most `maximumPercent` of the desired count exists at a time.
    #[default]
    Rolling,
    /// Blue/green, linear or canary, by ECS: both versions in full, side by side.
    BlueGreen,
    /// Blue/green by `CodeDeploy`: both versions in full, side by side.
    CodeDeploy,
    /// Task sets of a controller outside ECS, which are taken to be replaced as by a rolling update.
    External,
}

impl DeploymentStrategy {
    /// Whether ECS itself deploys.
    #[must_use]
    pub const fn is_of_ecs(self) -> bool {
        match self {
            Self::Rolling | Self::BlueGreen => true,
            Self::CodeDeploy | Self::External => false,
        }
    }

    /// Whether both versions run in full for a while.
    #[must_use]
    pub const fn is_side_by_side(self) -> bool {
        match self {
            Self::BlueGreen | Self::CodeDeploy => true,
            Self::Rolling | Self::External => false,
        }
    }
}

/// What a set of tasks belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskOwner {
    /// An ECS service; its tasks are in the task group `service:NAME`.
    Service,
    /// Nothing: tasks started by `RunTask`, in the task group given (default `family:FAMILY`).
    Standalone {
        /// Task group.
        group: String,
    },
}

/// One ECS service with its task definition resolved; or standalone tasks that share a task group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Service name, or the task group of standalone tasks; unique in a cluster.
    pub name: String,
    /// A service, or standalone tasks.
    pub owner: TaskOwner,
    /// Whether the file shows that it runs, and is not only planned: it has an ARN.
    pub exists: bool,
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
    /// CPU units that one of its tasks uses in the mean, as measured; `None` where nobody says it.
    pub measured_cpu: Option<CpuUnits>,
    /// Placement strategies in order.
    pub placement_strategy: Vec<PlacementStrategy>,
    /// Today's capacity provider strategy; empty where the file gives none.
    pub capacity_provider_strategy: Vec<StrategyItem>,
    /// Deployment limits, where given.
    pub deployment: Option<DeploymentConfiguration>,
    /// How deployments replace tasks.
    pub deployment_strategy: DeploymentStrategy,
    /// Whether it uses Service Connect or service discovery, which lower ECS's quota of tasks.
    pub service_discovery: bool,
    /// Tags by name, those of the file: for reports, not for planning.
    pub tags: BTreeMap<String, String>,
    /// Its own keys of the policy.
    pub policy: ServicePolicy,
    /// What pods ask for beside; `None` for tasks of ECS.
    pub pod: Option<PodRules>,
}

impl Service {
    /// Whether one task runs on every matching instance.
    #[must_use]
    pub fn is_daemon(&self) -> bool {
        self.scheduling_strategy == SchedulingStrategy::Daemon
    }

    /// CPU units that one of its tasks takes all the time, which is what burstable types charge for: its measured use, else what it reserves.
    #[must_use]
    pub fn sustained_cpu(&self) -> u64 {
        self.measured_cpu.unwrap_or(self.task.cpu).get()
    }

    /// The workload of Kubernetes of which its pods are a part, where volumes divide it by zone.
    #[must_use]
    pub fn whole(&self) -> Option<&Whole> {
        self.pod.as_ref()?.whole.as_ref()
    }

    /// Whether these are standalone tasks.
    #[must_use]
    pub const fn is_standalone(&self) -> bool {
        matches!(self.owner, TaskOwner::Standalone { .. })
    }

    /// The task group its tasks are in, as `task:group` sees it.
    #[must_use]
    pub fn task_group(&self) -> String {
        match &self.owner {
            TaskOwner::Service => format!("service:{}", self.name),
            TaskOwner::Standalone { group } => group.clone(),
        }
    }

    /// Whether it runs on instances registered from outside AWS (ECS Anywhere), and only there.
    #[must_use]
    pub fn is_external(&self) -> bool {
        match self.launch_type {
            Some(bound) => bound == LaunchType::External,
            None => self.task.requires_compatibilities == [LaunchType::External],
        }
    }

    /// Tasks beyond `count` that exist while the service is deployed: floor(maximumPercent·n/100) − n of a
    /// rolling update (200 where the service gives no limit), n of a blue/green one; none for daemons and
    /// standalone tasks. Source: Amazon ECS developer guide, deployment types.
    #[must_use]
    pub fn deployment_surge(&self, count: u64) -> u64 {
        if self.is_daemon() || self.is_standalone() {
            return 0;
        }
        if self.deployment_strategy.is_side_by_side() {
            return count;
        }
        let percent = self.deployment.map_or(200, |limits| limits.maximum_percent);
        let most = u128::from(count) * u128::from(percent) / 100;
        u64::try_from(most)
            .unwrap_or(u64::MAX)
            .saturating_sub(count)
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

    /// Whether ECS may run its tasks on Managed Instances, where `requiresCompatibilities` name them or can be made
    /// to: no launch type binds it to Fargate or to instances from outside AWS.
    /// Source: Amazon ECS API reference, `CreateService`: with a capacity provider strategy no launch type is given.
    #[must_use]
    pub fn may_be_on_managed_instances(&self) -> bool {
        match self.launch_type {
            Some(LaunchType::Ec2 | LaunchType::ManagedInstances) => true,
            Some(LaunchType::Fargate | LaunchType::External) => false,
            None => self.task.requires_compatibilities != [LaunchType::External],
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_that_round_to_all_tasks_let_ecs_do_nothing() {
        let of = |minimum_healthy_percent, maximum_percent, tasks| {
            let limits = DeploymentConfiguration {
                minimum_healthy_percent,
                maximum_percent,
            };
            limits.standstill(tasks)
        };
        assert_eq!(of(100, 134, 1), Some((1, 1)));
        assert_eq!(of(70, 100, 3), Some((3, 3)));
        assert_eq!(of(100, 90, 10), Some((10, 9)));
        // One may stop, or one more start; and of no tasks nothing stands.
        assert_eq!(of(66, 100, 3), None);
        assert_eq!(of(100, 134, 3), None);
        assert_eq!(of(100, 100, 0), None);
        assert_eq!(of(u32::MAX, u32::MAX, u64::MAX), None);
    }
}
