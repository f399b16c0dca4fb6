//! What of AWS's answers may be kept: an allow-list of keys. A key that is not named here goes no further, and neither
//! does one that AWS adds tomorrow.
//!
//! The keys are those that `io` reads, and those of settings that decide whether a live cluster still is what a plan was
//! made for. Never named: environments, secrets, commands, entry points, options of logs, labels, values of tags, user
//! data, overrides of tasks, texts of events.

use serde_json::{Map, Value};

use super::actions::Action;

/// What is kept of a value.
#[derive(Debug, Clone, Copy)]
pub enum Keep {
    /// A text, number or switch, or a list of them.
    Plain,
    /// These keys of an object, or of each object of a list.
    Keys(&'static [(&'static str, Keep)]),
    /// That something is there, and how much, but not what.
    Presence,
    /// A text that is one of these, or that begins with one of these and ends in a name.
    Words(&'static [&'static str]),
}

use Keep::{Keys, Plain, Presence, Words};

/// What stands in place of a text that is not kept.
const WITHHELD: &str = "withheld";

/// Keeps what is allowed of an answer's items.
pub fn keep(action: Action, item: &Value) -> Value {
    kept(item, of(action)).unwrap_or(Value::Null)
}

fn kept(value: &Value, keep: Keep) -> Option<Value> {
    match (keep, value) {
        (_, Value::Null) => None,
        (Presence, _) => Some(presence(value)),
        (_, Value::Array(items)) => {
            Some(items.iter().filter_map(|item| kept(item, keep)).collect())
        }
        (Keys(keys), Value::Object(object)) => Some(object_of(object, keys)),
        (Plain, Value::Bool(_) | Value::Number(_) | Value::String(_)) => Some(value.clone()),
        (Words(words), Value::String(text)) => is_among(text, words).then(|| value.clone()),
        _ => None,
    }
}

/// The allowed keys in the order of the table, so that the order of an answer does not show.
fn object_of(object: &Map<String, Value>, keys: &[(&str, Keep)]) -> Value {
    let pairs = keys.iter().filter_map(|(key, keep)| {
        let value = kept(object.get(*key)?, *keep)?;
        Some(((*key).to_owned(), value))
    });
    Value::Object(pairs.collect())
}

fn presence(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(presence).collect(),
        Value::Object(_) => Value::Object(Map::new()),
        Value::String(text) if !text.is_empty() => Value::from(WITHHELD),
        other => other.clone(),
    }
}

/// Words that end in `:` are beginnings.
fn is_among(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| {
        text == *word || (word.ends_with(':') && text.starts_with(word) && text.len() > word.len())
    })
}

const fn of(action: Action) -> Keep {
    match action {
        Action::DescribeClusters => Keys(CLUSTER),
        Action::DescribeServices => Keys(SERVICE),
        Action::DescribeTaskDefinition => Keys(TASK_DEFINITION),
        Action::DescribeCapacityProviders => Keys(CAPACITY_PROVIDER),
        Action::DescribeContainerInstances => Keys(CONTAINER_INSTANCE),
        Action::DescribeTasks => Keys(TASK),
        Action::ListAccountSettings => Keys(SETTING),
        Action::DescribeAutoScalingGroups => Keys(GROUP),
        Action::DescribeLaunchTemplateVersions => Keys(TEMPLATE_VERSION),
        Action::DescribeInstances => Keys(RESERVATION),
        Action::DescribeSubnets => Keys(SUBNET),
        Action::DescribeAvailabilityZones => Keys(ZONE),
        Action::DescribeScalableTargets => Keys(SCALABLE_TARGET),
        Action::ListServices | Action::ListContainerInstances | Action::ListTasks => Plain,
        // Catalogues hold no cluster's data and are read elsewhere.
        Action::DescribeInstanceTypes
        | Action::DescribeInstanceTypeOfferings
        | Action::DescribeSpotPriceHistory
        | Action::GetProducts
        | Action::DescribeSavingsPlansOfferingRates => Keys(&[]),
    }
}

type Table = &'static [(&'static str, Keep)];

const STRATEGY: Table = &[
    ("capacityProvider", Plain),
    ("base", Plain),
    ("weight", Plain),
];
const CONSTRAINT: Table = &[("type", Plain), ("expression", Plain)];
const PLACEMENT: Table = &[("type", Plain), ("field", Plain)];

const CLUSTER: Table = &[
    ("clusterArn", Plain),
    ("clusterName", Plain),
    ("status", Plain),
    ("capacityProviders", Plain),
    ("defaultCapacityProviderStrategy", Keys(STRATEGY)),
    ("attachmentsStatus", Plain),
];

const SERVICE: Table = &[
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

const TASK_DEFINITION: Table = &[
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
        Keys(&[("type", Plain), ("value", Plain)]),
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
    ("capabilities", Keys(&[("add", Plain)])),
    ("devices", Keys(&[("hostPath", Plain)])),
    ("maxSwap", Plain),
    ("sharedMemorySize", Plain),
    ("swappiness", Plain),
    ("tmpfs", Keys(&[("size", Plain)])),
];

const CAPACITY_PROVIDER: Table = &[
    ("capacityProviderArn", Plain),
    ("name", Plain),
    ("cluster", Plain),
    ("status", Plain),
    ("updateStatus", Plain),
    ("type", Plain),
    ("autoScalingGroupProvider", Keys(GROUP_PROVIDER)),
    ("managedInstancesProvider", Presence),
];
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

const CONTAINER_INSTANCE: Table = &[
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

const TASK: Table = &[
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

const SETTING: Table = &[("name", Plain), ("value", Plain)];

const GROUP: Table = &[
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

const TEMPLATE_VERSION: Table = &[
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

const RESERVATION: Table = &[(
    "Instances",
    Keys(&[
        ("InstanceId", Plain),
        ("InstanceType", Plain),
        ("InstanceLifecycle", Plain),
        ("Placement", Keys(&[("AvailabilityZone", Plain)])),
    ]),
)];

const SUBNET: Table = &[
    ("SubnetId", Plain),
    ("AvailabilityZone", Plain),
    ("AvailabilityZoneId", Plain),
];

const ZONE: Table = &[("ZoneName", Plain), ("ZoneId", Plain)];

const SCALABLE_TARGET: Table = &[
    ("ServiceNamespace", Plain),
    ("ResourceId", Plain),
    ("ScalableDimension", Plain),
    ("MinCapacity", Plain),
    ("MaxCapacity", Plain),
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_named_is_gone_and_the_order_is_the_tables() {
        let item = json!({"family": "api", "tomorrow": "x", "taskDefinitionArn": "a",
            "containerDefinitions": [{"environment": [{"name": "K", "value": "v"}], "name": "c", "command": ["x"],
              "logConfiguration": {"options": {"token": "t"}, "logDriver": "awslogs"},
              "extraHosts": [{"hostname": "h", "ipAddress": "i"}], "hostname": "box", "dnsServers": ["d", "e"]}]});
        let expected = r#"{"taskDefinitionArn":"a","family":"api","containerDefinitions":[{"name":"c","hostname":"withheld","extraHosts":[{}],"dnsServers":["withheld","withheld"],"logConfiguration":{"logDriver":"awslogs"}}]}"#;
        let kept = keep(Action::DescribeTaskDefinition, &item);
        assert_eq!(kept.to_string(), expected);
    }

    #[test]
    fn an_object_where_a_plain_value_belongs_is_not_kept() {
        let item = json!({"family": {"secret": 1}, "status": [["x"], {"y": "z"}]});
        let kept = keep(Action::DescribeTaskDefinition, &item);
        assert_eq!(kept, json!({"status": [["x"]]}));
    }

    #[test]
    fn words_are_whole_or_beginnings_of_names() {
        let group = |text: &str| keep(Action::DescribeTasks, &json!({ "group": text }));
        assert_eq!(group("service:api"), json!({"group": "service:api"}));
        assert_eq!(group("password"), json!({}));
        assert_eq!(group("service:"), json!({"group": "service:"}));
        let tags = json!({"Tags": [{"Key": "AmazonECSManaged", "Value": "v"}, {"Key": "owner"}]});
        let kept = keep(Action::DescribeAutoScalingGroups, &tags);
        assert_eq!(kept, json!({"Tags": [{"Key": "AmazonECSManaged"}, {}]}));
    }
}
