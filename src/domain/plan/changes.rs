//! What differs from today, as data that a program can act on.

use super::obstacles::FailedTest;
use super::services::StrategyItem;
use crate::domain::capacity::Capacity;
use crate::domain::resources::Resource;
use crate::domain::task::{ContainerLimit, ContainerReservation, RoleNeed};

/// One thing that differs from today, or the reason for additions beside instances that stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// More instances of a type.
    AddInstances {
        /// Instance type.
        instance_type: String,
        /// How they are bought.
        purchase_option: Capacity,
        /// How many there are today; `None` where the file shows nothing of today.
        today: Option<u64>,
        /// How many the plan has.
        planned: u64,
    },
    /// Fewer instances of a type.
    RemoveInstances {
        /// Instance type.
        instance_type: String,
        /// How they are bought.
        purchase_option: Capacity,
        /// How many there are today.
        today: u64,
        /// How many the plan has.
        planned: u64,
    },
    /// Why instances are added: those that stay hold a part of the tasks.
    InstancesHoldPart {
        /// Instances that stay.
        instances: u64,
        /// Tasks on them.
        tasks: u64,
        /// Tasks that have a place in the plan.
        placed: u64,
    },
    /// Why instances are added: what the instances that stay lack for one service.
    ServiceNeedsInstances {
        /// Service name.
        service_name: String,
        /// Its tasks on new instances.
        tasks: u64,
        /// What the instance that comes closest lacks for one more task.
        lack: Lack,
    },
    /// A capacity provider with an Auto Scaling group that is not there today.
    AddProvider {
        /// Provider name.
        capacity_provider: String,
        /// Instance types of its group.
        instance_types: Vec<String>,
        /// Size of its group.
        desired_capacity: u64,
    },
    /// Another size or other types for a provider's group.
    ChangeGroup {
        /// Provider name.
        capacity_provider: String,
        /// Planned instance types of its group.
        instance_types: Vec<String>,
        /// Planned size of its group.
        desired_capacity: u64,
        /// Instance types of its group today.
        types_today: Vec<String>,
        /// Instances in its group today.
        instances_today: u64,
    },
    /// Another smallest or largest size for a provider's group.
    ChangeGroupLimits {
        /// Provider name.
        capacity_provider: String,
        /// Planned smallest size.
        min_size: u64,
        /// Planned largest size.
        max_size: u64,
        /// Smallest size today.
        min_size_today: u64,
        /// Largest size today.
        max_size_today: u64,
    },
    /// A capacity provider of today that the plan does without.
    RemoveProvider {
        /// Provider name.
        capacity_provider: String,
        /// Instance types of its group today.
        types_today: Vec<String>,
        /// Instances in its group today.
        instances_today: u64,
    },
    /// Another capacity provider strategy for a service.
    ChangeStrategy {
        /// Service name.
        service_name: String,
        /// Planned strategy.
        strategy: Vec<StrategyItem>,
        /// Today's strategy; empty where the file gives none.
        today: Vec<StrategyItem>,
    },
    /// A task definition that must change to run on Fargate in the size that is planned.
    ChangeTaskDefinition {
        /// Service name.
        service_name: String,
        /// CPU units of the planned size.
        cpu: u64,
        /// Memory of the planned size, MiB.
        memory_mib: u64,
        /// Why the definition does not do as it is.
        why: UnfitTaskSize,
    },
    /// An `executionRoleArn` for the task definition of a service on Fargate.
    AddExecutionRole {
        /// Service name.
        service_name: String,
        /// What Fargate does not take without one.
        needs: Vec<RoleNeed>,
    },
    /// `MANAGED_INSTANCES` for the `requiresCompatibilities` of a task definition, and a network mode where it has none.
    RequireManagedInstances {
        /// Service name.
        service_name: String,
    },
    /// An `awslogs-stream-prefix` for the task definition of a service on Fargate.
    AddLogStreamPrefix {
        /// Service name.
        service_name: String,
        /// Containers that log by `awslogs` without one.
        containers: Vec<String>,
    },
    /// Containers of a task definition on Fargate that ask for more than their task or their own limit has, which ECS refuses.
    LowerContainers {
        /// Service name.
        service_name: String,
        /// Containers whose hard limit of memory is above that of the task.
        limits: Vec<ContainerLimit>,
        /// CPU units of all containers together, where they are more than the task has.
        containers_cpu: Option<u64>,
        /// What all containers together reserve of memory, MiB, where it is more than the task has.
        reserved_mib: Option<u64>,
        /// Containers whose reservation of memory is above their own hard limit.
        reservations: Vec<ContainerReservation>,
        /// CPU units of the planned size.
        cpu: u64,
        /// Memory of the planned size, MiB.
        memory_mib: u64,
    },
    /// A text of a plan document that says nothing else about it.
    AsGiven {
        /// The text.
        text: String,
    },
}

/// What is wrong with the size of a task definition that is to run on Fargate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnfitTaskSize {
    /// It has no size of the whole task.
    Absent,
    /// It has no CPU of the whole task.
    CpuAbsent,
    /// It has no memory of the whole task.
    MemoryAbsent,
    /// Fargate has the size, which does not hold the task.
    TooSmall {
        /// The definition's size.
        size: TaskSize,
    },
    /// Fargate does not have the size.
    Refused {
        /// The definition's size.
        size: TaskSize,
        /// The largest valid size below and the smallest above, where there are such.
        valid: Vec<TaskSize>,
    },
}

/// CPU and memory of a whole task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TaskSize {
    /// CPU units.
    pub cpu: u64,
    /// Memory in MiB.
    pub memory_mib: u64,
}

/// What an instance that stays lacks for one more task of a service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lack {
    /// No task of the service runs on it, full or empty.
    NoneFits {
        /// Instance type.
        instance_type: String,
        /// The first test that fails.
        failed: FailedTest,
    },
    /// `distinctInstance`: it holds one already.
    OneEach {
        /// Instance type.
        instance_type: String,
    },
    /// Too little of a resource is left.
    Resource {
        /// The first resource that is short.
        resource: Resource,
        /// What one task needs.
        needed: u64,
        /// Instance type.
        instance_type: String,
        /// What is left.
        left: u64,
    },
}
