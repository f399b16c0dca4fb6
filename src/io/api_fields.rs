//! Fields of the objects that AWS's APIs print, as far down as planning reads them.
//!
//! Source: API references of Amazon ECS, Amazon EC2, Amazon EC2 Auto Scaling and Application Auto Scaling.

/// An object of an API.
pub(super) struct Shape {
    /// What it is, in messages.
    pub what: &'static str,
    /// Its fields, in words separated by spaces.
    fields: &'static str,
    /// Fields that hold an object, or a list of them, that is looked at as well.
    pub children: &'static [(&'static str, &'static Shape)],
    /// Whether the API's fields begin with a capital letter and ours, beside them, do not.
    pub ours_begin_small: bool,
}

impl Shape {
    /// All fields.
    pub(super) fn fields(&self) -> impl Iterator<Item = &'static str> {
        let children = self.children.iter().map(|(key, _)| *key);
        self.fields.split_ascii_whitespace().chain(children)
    }
}

const fn leaf(what: &'static str, fields: &'static str) -> Shape {
    shape(what, fields, &[])
}

const fn shape(
    what: &'static str,
    fields: &'static str,
    children: &'static [(&'static str, &'static Shape)],
) -> Shape {
    Shape {
        what,
        fields,
        children,
        ours_begin_small: false,
    }
}

static CONSTRAINT: Shape = leaf("a placement constraint", "type expression");
static STRATEGY: Shape = leaf("a placement strategy", "type field");
static PROVIDER_STRATEGY: Shape = leaf(
    "a capacity provider strategy",
    "capacityProvider base weight",
);
static RESOURCE: Shape = leaf(
    "a resource",
    "name type doubleValue longValue integerValue stringSetValue",
);

/// A task definition.
pub(super) static TASK_DEFINITION: Shape = shape(
    "a task definition",
    "taskDefinitionArn family taskRoleArn executionRoleArn networkMode revision status requiresAttributes \
     compatibilities requiresCompatibilities cpu memory inferenceAccelerators registeredAt deregisteredAt \
     deleteRequestedAt registeredBy pidMode ipcMode proxyConfiguration enableFaultInjection tags",
    &[
        ("containerDefinitions", &CONTAINER),
        ("ephemeralStorage", &EPHEMERAL_STORAGE),
        ("placementConstraints", &CONSTRAINT),
        ("runtimePlatform", &RUNTIME_PLATFORM),
        ("volumes", &VOLUME),
    ],
);
static EPHEMERAL_STORAGE: Shape = leaf("ephemeral storage", "sizeInGiB");
static RUNTIME_PLATFORM: Shape = leaf("a platform", "cpuArchitecture operatingSystemFamily");
static VOLUME: Shape = shape(
    "a volume",
    "name dockerVolumeConfiguration efsVolumeConfiguration fsxWindowsFileServerVolumeConfiguration \
     s3filesVolumeConfiguration configuredAtLaunch",
    &[("host", &VOLUME_HOST)],
);
static VOLUME_HOST: Shape = leaf("a volume's host", "sourcePath");
static CONTAINER: Shape = shape(
    "a container definition",
    "name image repositoryCredentials cpu memory memoryReservation links essential restartPolicy entryPoint \
     command environment environmentFiles mountPoints volumesFrom secrets dependsOn startTimeout stopTimeout \
     versionConsistency hostname user workingDirectory disableNetworking privileged readonlyRootFilesystem \
     dnsServers dnsSearchDomains extraHosts dockerSecurityOptions interactive pseudoTerminal dockerLabels \
     ulimits logConfiguration healthCheck systemControls firelensConfiguration credentialSpecs",
    &[
        ("linuxParameters", &LINUX_PARAMETERS),
        ("portMappings", &PORT_MAPPING),
        ("resourceRequirements", &RESOURCE_REQUIREMENT),
    ],
);
static LINUX_PARAMETERS: Shape = leaf(
    "Linux parameters",
    "capabilities devices initProcessEnabled sharedMemorySize tmpfs maxSwap swappiness",
);
static PORT_MAPPING: Shape = leaf(
    "a port mapping",
    "containerPort hostPort protocol name appProtocol containerPortRange hostPortRange",
);
static RESOURCE_REQUIREMENT: Shape = leaf("a resource requirement", "type value");

/// What stands inside a service; its own fields are looked at where services are read.
pub(super) static SERVICE_PARTS: [(&str, &Shape); 5] = [
    ("capacityProviderStrategy", &PROVIDER_STRATEGY),
    ("deploymentConfiguration", &DEPLOYMENT_CONFIGURATION),
    ("deploymentController", &DEPLOYMENT_CONTROLLER),
    ("placementConstraints", &CONSTRAINT),
    ("placementStrategy", &STRATEGY),
];
static DEPLOYMENT_CONFIGURATION: Shape = leaf(
    "a deployment configuration",
    "deploymentCircuitBreaker maximumPercent minimumHealthyPercent alarms strategy bakeTimeInMinutes \
     lifecycleHooks linearConfiguration canaryConfiguration",
);
static DEPLOYMENT_CONTROLLER: Shape = leaf("a deployment controller", "type");

/// An Auto Scaling group.
pub(super) static GROUP: Shape = Shape {
    what: "a group",
    fields: "attributes AutoScalingGroupName AutoScalingGroupARN LaunchConfigurationName MinSize MaxSize \
             DesiredCapacity PredictedCapacity DefaultCooldown AvailabilityZones AvailabilityZoneIds \
             LoadBalancerNames TargetGroupARNs HealthCheckType HealthCheckGracePeriod CreatedTime \
             SuspendedProcesses PlacementGroup VPCZoneIdentifier EnabledMetrics Status Tags \
             TerminationPolicies NewInstancesProtectedFromScaleIn ServiceLinkedRoleARN MaxInstanceLifetime \
             CapacityRebalance WarmPoolConfiguration WarmPoolSize Context DesiredCapacityType \
             DefaultInstanceWarmup TrafficSources InstanceMaintenancePolicy AvailabilityZoneDistribution \
             AvailabilityZoneImpairmentPolicy CapacityReservationSpecification DeletionProtection \
             InstanceLifecyclePolicy Operator",
    children: &[
        ("Instances", &GROUP_INSTANCE),
        ("LaunchTemplate", &TEMPLATE_SPECIFICATION),
        ("MixedInstancesPolicy", &MIXED_INSTANCES),
    ],
    ours_begin_small: true,
};
static GROUP_INSTANCE: Shape = leaf(
    "an instance of a group",
    "InstanceId InstanceType AvailabilityZone AvailabilityZoneId LifecycleState HealthStatus \
     LaunchConfigurationName LaunchTemplate ImageId ProtectedFromScaleIn WeightedCapacity",
);
static TEMPLATE_SPECIFICATION: Shape = leaf(
    "a launch template's specification",
    "LaunchTemplateId LaunchTemplateName Version",
);
static MIXED_INSTANCES: Shape = shape(
    "a mixed instances policy",
    "",
    &[
        ("InstancesDistribution", &DISTRIBUTION),
        ("LaunchTemplate", &MIXED_TEMPLATE),
    ],
);
static MIXED_TEMPLATE: Shape = shape(
    "a launch template of a mixed instances policy",
    "",
    &[
        ("LaunchTemplateSpecification", &TEMPLATE_SPECIFICATION),
        ("Overrides", &OVERRIDE),
    ],
);
static OVERRIDE: Shape = leaf(
    "an override",
    "InstanceType WeightedCapacity LaunchTemplateSpecification InstanceRequirements ImageId",
);
static DISTRIBUTION: Shape = leaf(
    "an instances distribution",
    "OnDemandAllocationStrategy OnDemandBaseCapacity OnDemandPercentageAboveBaseCapacity \
     SpotAllocationStrategy SpotInstancePools SpotMaxPrice DistributionSegments",
);

/// A capacity provider.
pub(super) static CAPACITY_PROVIDER: Shape = shape(
    "a capacity provider",
    "capacityProviderArn name cluster status managedInstancesProvider updateStatus updateStatusReason tags type",
    &[("autoScalingGroupProvider", &GROUP_PROVIDER)],
);
static GROUP_PROVIDER: Shape = shape(
    "a provider of an Auto Scaling group",
    "autoScalingGroupArn managedTerminationProtection managedDraining",
    &[("managedScaling", &MANAGED_SCALING)],
);
static MANAGED_SCALING: Shape = leaf(
    "managed scaling",
    "status targetCapacity minimumScalingStepSize maximumScalingStepSize instanceWarmupPeriod",
);

/// A container instance.
pub(super) static CONTAINER_INSTANCE: Shape = shape(
    "a container instance",
    "instanceType purchaseOption containerInstanceArn ec2InstanceId capacityProviderName version versionInfo \
     status statusReason agentConnected runningTasksCount pendingTasksCount agentUpdateStatus attributes \
     registeredAt attachments tags healthStatus",
    &[
        ("registeredResources", &RESOURCE),
        ("remainingResources", &RESOURCE),
    ],
);

/// A launch template, or a version of one.
pub(super) static LAUNCH_TEMPLATE: Shape = shape(
    "a launch template",
    "LaunchTemplateId LaunchTemplateName CreateTime CreatedBy DefaultVersionNumber LatestVersionNumber Tags Operator \
     VersionNumber VersionDescription DefaultVersion",
    &[("LaunchTemplateData", &LAUNCH_TEMPLATE_DATA)],
);
static LAUNCH_TEMPLATE_DATA: Shape = shape(
    "a launch template's data",
    "KernelId EbsOptimized IamInstanceProfile BlockDeviceMappings NetworkInterfaces ImageId InstanceType KeyName \
     Monitoring Placement RamDiskId DisableApiTermination InstanceInitiatedShutdownBehavior UserData \
     TagSpecifications ElasticGpuSpecifications ElasticInferenceAccelerators SecurityGroupIds SecurityGroups \
     CreditSpecification CpuOptions CapacityReservationSpecification LicenseSpecifications HibernationOptions \
     MetadataOptions EnclaveOptions InstanceRequirements PrivateDnsNameOptions MaintenanceOptions DisableApiStop \
     Operator NetworkPerformanceOptions SecondaryInterfaces",
    &[("InstanceMarketOptions", &MARKET_OPTIONS)],
);
static MARKET_OPTIONS: Shape = leaf("market options", "MarketType SpotOptions");

/// A launch configuration.
pub(super) static LAUNCH_CONFIGURATION: Shape = leaf(
    "a launch configuration",
    "LaunchConfigurationName LaunchConfigurationARN ImageId KeyName SecurityGroups ClassicLinkVPCId \
     ClassicLinkVPCSecurityGroups UserData InstanceType KernelId RamdiskId BlockDeviceMappings InstanceMonitoring \
     SpotPrice IamInstanceProfile CreatedTime EbsOptimized AssociatePublicIpAddress PlacementTenancy MetadataOptions",
);

/// What Application Auto Scaling scales.
pub(super) static SCALABLE_TARGET: Shape = leaf(
    "a scalable target",
    "ServiceNamespace ResourceId ScalableDimension MinCapacity MaxCapacity RoleARN CreationTime SuspendedState \
     PredictedCapacity ScalableTargetARN",
);

/// An Availability Zone as EC2 describes it.
pub(super) static ZONE: Shape = leaf(
    "an Availability Zone",
    "OptInStatus Messages RegionName ZoneName ZoneId GroupName NetworkBorderGroup ZoneType ParentZoneName ParentZoneId \
     State GroupLongName Geography SubGeography",
);

/// A setting of the account or of a principal in it.
pub(super) static ACCOUNT_SETTING: Shape =
    leaf("an account setting", "name value principalArn type");
