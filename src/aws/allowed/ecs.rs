//! What is kept of Amazon ECS.

use super::Keep::{Keys, OrWithheld, Plain, Presence, Words};
use super::Table;

const STRATEGY: Table = &[
    ("capacityProvider", Plain),
    ("base", Plain),
    ("weight", Plain),
];
const CONSTRAINT: Table = &[("type", Plain), ("expression", Plain)];
const PLACEMENT: Table = &[("type", Plain), ("field", Plain)];

pub(super) const CLUSTER: Table = &[
    ("clusterArn", Plain),
    ("clusterName", Plain),
    ("status", Plain),
    ("capacityProviders", Plain),
    ("defaultCapacityProviderStrategy", Keys(STRATEGY)),
    ("attachmentsStatus", Plain),
];

pub(super) const SERVICE: Table = &[
    ("serviceArn", Plain),
    ("serviceName", Plain),
    ("clusterArn", Plain),
    ("status", Plain),
    ("desiredCount", Plain),
    ("schedulingStrategy", Plain),
    ("launchType", Plain),
    ("capacityProviderStrategy", Keys(STRATEGY)),
    ("platformVersion", Plain),
    ("platformFamily", Plain),
    ("taskDefinition", Plain),
    ("placementConstraints", Keys(CONSTRAINT)),
    ("placementStrategy", Keys(PLACEMENT)),
    ("deploymentController", Keys(&[("type", Plain)])),
    ("deploymentConfiguration", Keys(DEPLOYMENT_CONFIGURATION)),
    ("availabilityZoneRebalancing", Plain),
    ("healthCheckGracePeriodSeconds", Plain),
    ("resourceManagementType", Plain),
    ("networkConfiguration", Keys(NETWORK_CONFIGURATION)),
    ("loadBalancers", Presence),
    ("serviceRegistries", Presence),
    ("taskSets", Keys(TASK_SET)),
    ("deployments", Keys(DEPLOYMENT)),
];
const DEPLOYMENT_CONFIGURATION: Table = &[
    ("minimumHealthyPercent", Plain),
    ("maximumPercent", Plain),
    ("strategy", Plain),
    ("bakeTimeInMinutes", Plain),
    (
        "deploymentCircuitBreaker",
        Keys(&[("enable", Plain), ("rollback", Plain)]),
    ),
];
const NETWORK_CONFIGURATION: Table = &[(
    "awsvpcConfiguration",
    Keys(&[("subnets", Plain), ("assignPublicIp", Plain)]),
)];
const TASK_SET: Table = &[
    ("status", Plain),
    ("launchType", Plain),
    ("capacityProviderStrategy", Keys(STRATEGY)),
    ("taskDefinition", Plain),
];
const DEPLOYMENT: Table = &[
    ("status", Plain),
    ("rolloutState", Plain),
    ("taskDefinition", Plain),
    ("launchType", Plain),
    ("capacityProviderStrategy", Keys(STRATEGY)),
    ("serviceConnectConfiguration", Keys(&[("enabled", Plain)])),
    (
        "volumeConfigurations",
        Keys(&[("name", Plain), ("managedEBSVolume", Presence)]),
    ),
];

pub(super) const TASK_DEFINITION: Table = &[
    ("taskDefinitionArn", Plain),
    ("family", Plain),
    ("revision", Plain),
    ("status", Plain),
    ("networkMode", Plain),
    ("compatibilities", Plain),
    ("requiresCompatibilities", Plain),
    ("cpu", Plain),
    ("memory", Plain),
    ("pidMode", Plain),
    ("ipcMode", Plain),
    (
        "runtimePlatform",
        Keys(&[("cpuArchitecture", Plain), ("operatingSystemFamily", Plain)]),
    ),
    ("ephemeralStorage", Keys(&[("sizeInGiB", Plain)])),
    ("placementConstraints", Keys(CONSTRAINT)),
    ("inferenceAccelerators", Presence),
    ("volumes", Keys(VOLUME)),
    ("containerDefinitions", Keys(CONTAINER)),
];
const VOLUME: Table = &[
    ("name", Plain),
    ("configuredAtLaunch", Plain),
    ("host", Keys(&[("sourcePath", Presence)])),
    ("dockerVolumeConfiguration", Presence),
    ("efsVolumeConfiguration", Presence),
    ("fsxWindowsFileServerVolumeConfiguration", Presence),
];
const CONTAINER: Table = &[
    ("name", Plain),
    ("cpu", Plain),
    ("memory", Plain),
    ("memoryReservation", Plain),
    ("essential", Plain),
    ("portMappings", Keys(PORT_MAPPING)),
    (
        "resourceRequirements",
        Keys(&[
            ("type", Plain),
            ("value", Plain),
            ("sharingStrategy", Presence),
        ]),
    ),
    ("privileged", Plain),
    ("disableNetworking", Plain),
    ("links", Presence),
    ("hostname", Presence),
    ("extraHosts", Presence),
    ("dnsServers", Presence),
    ("dnsSearchDomains", Presence),
    ("dockerSecurityOptions", Presence),
    ("linuxParameters", Keys(LINUX_PARAMETERS)),
    ("logConfiguration", Keys(&[("logDriver", Plain)])),
    (
        "firelensConfiguration",
        Keys(&[(
            "options",
            Keys(&[("config-file-type", Words(&["s3", "file"]))]),
        )]),
    ),
];
const PORT_MAPPING: Table = &[
    ("containerPort", Plain),
    ("hostPort", Plain),
    ("protocol", Plain),
    ("containerPortRange", Plain),
    ("hostPortRange", Plain),
];
const LINUX_PARAMETERS: Table = &[
    (
        "capabilities",
        // The one that tasks on Fargate may add.
        Keys(&[("add", OrWithheld(&["SYS_PTRACE", "CAP_SYS_PTRACE"]))]),
    ),
    (
        "devices",
        // The ones that cannot be planned.
        Keys(&[("hostPath", OrWithheld(&["/dev/neuron", "/dev/nvidia"]))]),
    ),
    ("maxSwap", Plain),
    ("sharedMemorySize", Plain),
    ("swappiness", Plain),
    ("tmpfs", Keys(&[("size", Plain)])),
];

/// Said to whoever waits for it, in no file.
pub(super) const SERVICE_DEPLOYMENT: Table = &[
    ("serviceDeploymentArn", Plain),
    ("status", Plain),
    ("statusReason", Plain),
    ("createdAt", Plain),
    ("startedAt", Plain),
    ("finishedAt", Plain),
    ("targetServiceRevisionArn", Plain),
];

pub(super) const SERVICE_REVISION: Table = &[
    ("serviceRevisionArn", Plain),
    ("taskDefinition", Plain),
    ("createdAt", Plain),
];

pub(super) const CAPACITY_PROVIDER: Table = &[
    ("capacityProviderArn", Plain),
    ("name", Plain),
    ("cluster", Plain),
    ("status", Plain),
    ("updateStatus", Plain),
    ("type", Plain),
    ("autoScalingGroupProvider", Keys(GROUP_PROVIDER)),
    ("managedInstancesProvider", Keys(MANAGED_PROVIDER)),
];
const MANAGED_PROVIDER: Table = &[(
    "instanceLaunchTemplate",
    Keys(&[
        ("capacityOptionType", Plain),
        (
            "instanceRequirements",
            Keys(&[("allowedInstanceTypes", Plain)]),
        ),
    ]),
)];
const GROUP_PROVIDER: Table = &[
    ("autoScalingGroupArn", Plain),
    (
        "managedScaling",
        Keys(&[
            ("status", Plain),
            ("targetCapacity", Plain),
            ("minimumScalingStepSize", Plain),
            ("maximumScalingStepSize", Plain),
            ("instanceWarmupPeriod", Plain),
        ]),
    ),
    ("managedTerminationProtection", Plain),
    ("managedDraining", Plain),
];

pub(super) const CONTAINER_INSTANCE: Table = &[
    ("containerInstanceArn", Plain),
    ("ec2InstanceId", Plain),
    ("capacityProviderName", Plain),
    ("status", Plain),
    ("agentConnected", Plain),
    ("registeredResources", Keys(RESOURCE)),
    ("remainingResources", Keys(RESOURCE)),
    ("attributes", Keys(&[("name", Plain), ("value", Plain)])),
];
const RESOURCE: Table = &[
    ("name", Plain),
    ("type", Plain),
    ("integerValue", Plain),
    ("stringSetValue", Plain),
];

pub(super) const TASK: Table = &[
    ("taskArn", Plain),
    ("taskDefinitionArn", Plain),
    ("containerInstanceArn", Plain),
    // Whoever starts a task may write any group; those that ECS writes are names.
    ("group", Words(&["service:", "family:"])),
    ("launchType", Plain),
    ("capacityProviderName", Plain),
    ("availabilityZone", Plain),
    ("lastStatus", Plain),
    ("desiredStatus", Plain),
    ("cpu", Plain),
    ("memory", Plain),
];

pub(super) const SETTING: Table = &[("name", Plain), ("value", Plain)];
