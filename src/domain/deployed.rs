//! Settings of a cluster as they are deployed today: what replays of today follow, and what an export is
//! compared with. Those of services stand with the services.
//!
//! `None` where the file is silent and AWS has no default that would tell.

use super::attributes::Attributes;
use super::money::UsdPerHour;
use super::plan::{SnapshotStamp, StrategyItem};

/// Everything that is deployed, in the file's order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deployed {
    /// Capacity providers, Fargate's too where the file lists them.
    pub providers: Vec<DeployedProvider>,
    /// Auto Scaling groups.
    pub groups: Vec<DeployedGroup>,
    /// The cluster's default capacity provider strategy: that of services and tasks which name neither a
    /// strategy nor a launch type.
    pub default_strategy: Vec<StrategyItem>,
    /// Names on the cluster's own list of capacity providers, where the file has the answer of `DescribeClusters`.
    pub listed: Vec<String>,
    /// Where the file was read from a live cluster: when, and of what state.
    pub snapshot: Option<SnapshotStamp>,
    /// Services that run and that the snapshot left out, since they cannot be planned.
    pub left_out: Vec<LeftOutService>,
    /// Tasks that run on container instances, in the order of instance and task group; `None` where the file shows no
    /// tasks at all.
    pub tasks: Option<Vec<DeployedTasks>>,
    /// What today's fleet costs, where that is given and not to be added up from its instances.
    pub bill: Option<UsdPerHour>,
}

/// Tasks of one task group that run on one container instance.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeployedTasks {
    /// The container instance, as the instances of the file are named.
    pub instance: String,
    /// Task group: `service:NAME`, `family:FAMILY`, or what `RunTask` was given.
    pub group: String,
    /// How many.
    pub count: u64,
}

/// A service that runs beside the planned ones and is not in the file: what it stands on is not the plan's to take away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOutService {
    /// Name.
    pub name: String,
    /// Capacity providers of its strategy.
    pub providers: Vec<String>,
    /// Whether it has launch type EC2: its tasks stand on any instance.
    pub is_anywhere: bool,
}

impl Deployed {
    /// Whether services that were left out stand on the instances of a provider; a provider of no name is that of
    /// instances without one.
    #[must_use]
    pub fn is_held(&self, provider: Option<&str>) -> bool {
        self.left_out.iter().any(|service| {
            let names = |name| service.providers.iter().any(|known| known == name);
            service.is_anywhere || provider.is_some_and(names)
        })
    }

    /// Names of services that were left out and stand on instances of groups.
    pub fn on_instances(&self) -> impl Iterator<Item = &str> {
        let of_a_group = |name: &String| self.provider(name).is_some_and(|it| it.group.is_some());
        (self.left_out.iter())
            .filter(move |it| it.is_anywhere || it.providers.iter().any(of_a_group))
            .map(|it| it.name.as_str())
    }

    /// The provider of that name.
    #[must_use]
    pub fn provider(&self, name: &str) -> Option<&DeployedProvider> {
        self.providers.iter().find(|provider| provider.name == name)
    }

    /// The group of that name.
    #[must_use]
    pub fn group(&self, name: &str) -> Option<&DeployedGroup> {
        self.groups.iter().find(|group| group.name == name)
    }

    /// The provider that a group of that name is behind.
    #[must_use]
    pub fn provider_of_group(&self, name: &str) -> Option<&DeployedProvider> {
        (self.providers.iter())
            .find(|provider| (provider.group.as_ref()).is_some_and(|group| group.name == name))
    }

    /// The group behind a provider, where the file shows both.
    #[must_use]
    pub fn group_of_provider(&self, name: &str) -> Option<&DeployedGroup> {
        self.group(&self.provider(name)?.group.as_ref()?.name)
    }

    /// Whether the file shows a capacity provider of Managed Instances.
    #[must_use]
    pub fn has_managed_instances(&self) -> bool {
        (self.providers.iter()).any(|provider| provider.managed.is_some())
    }

    /// Whether the file shows a capacity provider with an Auto Scaling group.
    #[must_use]
    pub fn has_group_providers(&self) -> bool {
        (self.providers.iter()).any(|provider| provider.group.is_some())
    }
}

/// A capacity provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeployedProvider {
    /// Name.
    pub name: String,
    /// ARN; `None` where the file does not give it.
    pub arn: Option<String>,
    /// Its Auto Scaling group; none for Fargate's providers and those of Managed Instances.
    pub group: Option<GroupReference>,
    /// What ECS may launch for it, where it is one of Managed Instances.
    pub managed: Option<DeployedManaged>,
    /// Whether managed scaling is on.
    pub scaling: bool,
    /// Percent; ECS's default is 100.
    pub target_capacity: u64,
    /// Instances; ECS's default is 1.
    pub minimum_step: u64,
    /// Instances; ECS's default is 10,000.
    pub maximum_step: u64,
    /// Seconds; ECS's default is 300.
    pub warmup_seconds: u64,
    /// Managed termination protection.
    pub termination_protection: bool,
    /// Managed draining; ECS's default is on.
    pub draining: bool,
}

/// What ECS may launch for a provider of Managed Instances.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeployedManaged {
    /// Instance types or patterns that it is limited to; empty where there is no such list.
    pub instance_types: Vec<String>,
    /// Whether it buys Spot Instances.
    pub is_spot: bool,
}

/// A group as a capacity provider refers to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupReference {
    /// Name.
    pub name: String,
    /// ARN; `None` where the file gives the name alone.
    pub arn: Option<String>,
}

impl GroupReference {
    /// From an ARN, or from the name that ECS takes in its place.
    #[must_use]
    pub fn new(arn_or_name: &str) -> Self {
        match arn_or_name.split_once(":autoScalingGroupName/") {
            Some((_, name)) => Self {
                name: name.to_owned(),
                arn: Some(arn_or_name.to_owned()),
            },
            None => Self {
                name: arn_or_name.to_owned(),
                arn: None,
            },
        }
    }
}

/// An Auto Scaling group.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each says something else of it"
)]
pub struct DeployedGroup {
    /// Name.
    pub name: String,
    /// Instance types that it can launch or runs, sorted: of its overrides, or its launch template where no override
    /// names one, and of its instances.
    pub instance_types: Vec<String>,
    /// Instance types of its overrides, in their order; empty without a mixed instances policy.
    pub override_types: Vec<String>,
    /// Attributes its instances register with, beyond the built-in ones.
    pub attributes: Attributes,
    /// Whether some override has a weight.
    pub has_weights: bool,
    /// Instances that are always On-Demand; Auto Scaling's default is 0.
    pub on_demand_base: u64,
    /// Percent of the others that are On-Demand; Auto Scaling's default is 100.
    pub on_demand_percent: u64,
    /// How Spot pools are chosen.
    pub spot_allocation_strategy: Option<String>,
    /// Smallest size.
    pub min_size: Option<u64>,
    /// Largest size.
    pub max_size: Option<u64>,
    /// Desired capacity.
    pub desired_capacity: Option<u64>,
    /// Zones.
    pub zones: Vec<String>,
    /// Whether new instances are protected from scale-in.
    pub protected_from_scale_in: bool,
    /// Whether the group carries the tag that ECS sets behind managed scaling.
    pub managed_tag: bool,
    /// The launch template that it uses.
    pub launch_template: Option<LaunchTemplateReference>,
    /// Whether a plan's types and sizes may stand in place of its own with all else left as it is: the file shows its launch
    /// template, no types by requirements, no weights, templates or images of single types, no segments, no suspended processes,
    /// and no other service that it belongs to.
    pub takes_other_types: bool,
}

/// A launch template as a group refers to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaunchTemplateReference {
    /// Id such as `lt-0123`.
    pub id: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// A number, `$Latest` or `$Default`.
    pub version: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_known_by_arn_and_by_name() {
        let arn =
            "arn:aws:autoscaling:us-east-1:1:autoScalingGroup:a-b:autoScalingGroupName/web-asg";
        let by_arn = GroupReference::new(arn);
        assert_eq!(
            (by_arn.name.as_str(), by_arn.arn.as_deref()),
            ("web-asg", Some(arn))
        );
        assert_eq!(GroupReference::new("web").arn, None);
    }
}
