//! Keys that are known: ours, and those of the Amazon ECS API that planning does not need.
//!
//! Unknown keys are errors where people write by hand (the top level, services, the policy). Inside
//! objects that are pasted from the API they are accepted, because AWS adds fields.

use crate::domain::policy_keys::keys_of_services;

/// The top level of a cluster file.
pub(super) const TOP_LEVEL: [&str; 18] = [
    "version",
    "cluster",
    "region",
    "snapshot",
    "notes",
    "leftOut",
    "availabilityZones",
    "taskDefinitions",
    "services",
    "standaloneTasks",
    "capacityProviders",
    "autoScalingGroups",
    "launchTemplates",
    "containerInstances",
    "tasks",
    "demand",
    "commitments",
    "policy",
];

/// Keys that give a service or a standalone task its size inline, instead of a task definition.
pub(super) const INLINE_SIZE: [&str; 6] = [
    "cpu",
    "memory",
    "networkMode",
    "hostPorts",
    "gpu",
    "architectures",
];

/// Keys of a service that are ours, beside the inline size.
pub(super) fn service_ours() -> Vec<&'static str> {
    let counts = ["minCount", "maxCount", "profile", "measuredCpu"].into_iter();
    counts.chain(standalone_ours()).collect()
}

/// Keys of a service in the replies and requests of the ECS API (`Service`, `CreateService`).
pub(super) const SERVICE_API: [&str; 41] = [
    "availabilityZoneRebalancing",
    "capacityProviderStrategy",
    "clientToken",
    "cluster",
    "clusterArn",
    "createdAt",
    "createdBy",
    "currentServiceDeployment",
    "currentServiceRevisions",
    "deploymentConfiguration",
    "deploymentController",
    "deployments",
    "desiredCount",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "events",
    "healthCheckGracePeriodSeconds",
    "launchType",
    "loadBalancers",
    "networkConfiguration",
    "pendingCount",
    "placementConstraints",
    "placementStrategy",
    "platformFamily",
    "platformVersion",
    "propagateTags",
    "resourceManagementType",
    "role",
    "roleArn",
    "runningCount",
    "schedulingStrategy",
    "serviceArn",
    "serviceConnectConfiguration",
    "serviceName",
    "serviceRegistries",
    "status",
    "tags",
    "taskDefinition",
    "taskSets",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
];

/// Keys of a task definition in the replies and requests of the ECS API (`TaskDefinition`).
pub(super) const TASK_DEFINITION: [&str; 16] = [
    "containerDefinitions",
    "cpu",
    "enableFaultInjection",
    "ephemeralStorage",
    "executionRoleArn",
    "family",
    "inferenceAccelerators",
    "ipcMode",
    "memory",
    "networkMode",
    "pidMode",
    "placementConstraints",
    "requiresCompatibilities",
    "revision",
    "runtimePlatform",
    "volumes",
];

/// Keys of a standalone task that are ours, beside the inline size. `count` and `group` are `RunTask`'s too.
pub(super) fn standalone_ours() -> Vec<&'static str> {
    keys_of_services().map(|(name, _)| name).collect()
}

/// Keys of a request to start standalone tasks (`RunTask`).
pub(super) const RUN_TASK_API: [&str; 19] = [
    "capacityProviderStrategy",
    "clientToken",
    "cluster",
    "count",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "group",
    "launchType",
    "networkConfiguration",
    "overrides",
    "placementConstraints",
    "placementStrategy",
    "platformVersion",
    "propagateTags",
    "referenceId",
    "startedBy",
    "tags",
    "taskDefinition",
    "volumeConfigurations",
];
