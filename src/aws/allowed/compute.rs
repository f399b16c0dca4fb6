//! What is kept of Amazon EC2, EC2 Auto Scaling and Application Auto Scaling.

use super::Keep::{Keys, Plain, Presence, Words};
use super::Table;

pub(super) const GROUP: Table = &[
    ("AutoScalingGroupName", Plain),
    ("AutoScalingGroupARN", Plain),
    ("MinSize", Plain),
    ("MaxSize", Plain),
    ("DesiredCapacity", Plain),
    ("DesiredCapacityType", Plain),
    ("AvailabilityZones", Plain),
    ("VPCZoneIdentifier", Plain),
    ("LaunchConfigurationName", Plain),
    ("LaunchTemplate", Keys(TEMPLATE)),
    ("MixedInstancesPolicy", Keys(MIXED_INSTANCES)),
    ("NewInstancesProtectedFromScaleIn", Plain),
    ("SuspendedProcesses", Keys(&[("ProcessName", Plain)])),
    ("TerminationPolicies", Plain),
    ("MaxInstanceLifetime", Plain),
    ("CapacityRebalance", Plain),
    ("DefaultInstanceWarmup", Plain),
    ("WarmPoolSize", Plain),
    (
        "WarmPoolConfiguration",
        Keys(&[
            ("MinSize", Plain),
            ("MaxGroupPreparedCapacity", Plain),
            ("PoolState", Plain),
            ("Status", Plain),
        ]),
    ),
    (
        "InstanceMaintenancePolicy",
        Keys(&[
            ("MinHealthyPercentage", Plain),
            ("MaxHealthyPercentage", Plain),
        ]),
    ),
    (
        "AvailabilityZoneDistribution",
        Keys(&[("CapacityDistributionStrategy", Plain)]),
    ),
    (
        "CapacityReservationSpecification",
        Keys(&[("CapacityReservationPreference", Plain)]),
    ),
    ("DeletionProtection", Plain),
    ("Operator", Presence),
    ("Status", Plain),
    (
        "Tags",
        Keys(&[("Key", Words(&["AmazonECSManaged", "bayplan:managed"]))]),
    ),
    ("Instances", Keys(GROUP_INSTANCE)),
];
const TEMPLATE: Table = &[
    ("LaunchTemplateId", Plain),
    ("LaunchTemplateName", Plain),
    ("Version", Plain),
];
const MIXED_INSTANCES: Table = &[
    (
        "LaunchTemplate",
        Keys(&[
            ("LaunchTemplateSpecification", Keys(TEMPLATE)),
            (
                "Overrides",
                Keys(&[
                    ("InstanceType", Plain),
                    ("WeightedCapacity", Plain),
                    ("ImageId", Plain),
                    ("LaunchTemplateSpecification", Keys(TEMPLATE)),
                    ("InstanceRequirements", Presence),
                ]),
            ),
        ]),
    ),
    (
        "InstancesDistribution",
        Keys(&[
            ("OnDemandAllocationStrategy", Plain),
            ("OnDemandBaseCapacity", Plain),
            ("OnDemandPercentageAboveBaseCapacity", Plain),
            ("SpotAllocationStrategy", Plain),
            ("SpotInstancePools", Plain),
            ("SpotMaxPrice", Plain),
            ("DistributionSegments", Presence),
        ]),
    ),
];
const GROUP_INSTANCE: Table = &[
    ("InstanceId", Plain),
    ("InstanceType", Plain),
    ("AvailabilityZone", Plain),
    ("LifecycleState", Plain),
    ("HealthStatus", Plain),
    ("ProtectedFromScaleIn", Plain),
    ("WeightedCapacity", Plain),
    ("LaunchTemplate", Keys(TEMPLATE)),
];

pub(super) const TEMPLATE_VERSION: Table = &[
    ("LaunchTemplateId", Plain),
    ("LaunchTemplateName", Plain),
    ("VersionNumber", Plain),
    ("DefaultVersion", Plain),
    (
        "LaunchTemplateData",
        Keys(&[
            ("ImageId", Plain),
            ("InstanceType", Plain),
            ("InstanceRequirements", Presence),
            ("InstanceMarketOptions", Keys(&[("MarketType", Plain)])),
        ]),
    ),
];

pub(super) const RESERVATION: Table = &[(
    "Instances",
    Keys(&[
        ("InstanceId", Plain),
        ("InstanceType", Plain),
        ("InstanceLifecycle", Plain),
        ("Placement", Keys(&[("AvailabilityZone", Plain)])),
    ]),
)];

pub(super) const SUBNET: Table = &[
    ("SubnetId", Plain),
    ("AvailabilityZone", Plain),
    ("AvailabilityZoneId", Plain),
];

pub(super) const ZONE: Table = &[("ZoneName", Plain), ("ZoneId", Plain)];

pub(super) const SCALABLE_TARGET: Table = &[
    ("ServiceNamespace", Plain),
    ("ResourceId", Plain),
    ("ScalableDimension", Plain),
    ("MinCapacity", Plain),
    ("MaxCapacity", Plain),
];

/// A series of CloudWatch: seconds since 1970, and numbers.
pub(super) const METRIC_RESULT: Table = &[
    ("Id", Plain),
    ("StatusCode", Plain),
    ("Timestamps", Plain),
    ("Values", Plain),
];
