//! An Auto Scaling group. Source: Amazon EC2 Auto Scaling API reference, `AutoScalingGroup`, `MixedInstancesPolicy`,
//! `InstancesDistribution`, `LaunchTemplateSpecification`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{list, text};

/// The tag that ECS sets on groups behind managed scaling.
pub const MANAGED_BY_ECS: &str = "AmazonECSManaged";
/// The tag of what bayplan made.
pub const OURS: &str = "bayplan:managed";

/// A launch template at a version that never means another one: a number, not `$Latest` or `$Default`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TemplateVersion {
    /// Name, or id where the name is not known.
    pub template: String,
    /// Number, or `$Latest` or `$Default` in groups that are not ours.
    pub version: String,
}

/// What of a group a plan sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupState {
    /// Smallest size.
    pub min_size: u64,
    /// Largest size.
    pub max_size: u64,
    /// Instance types of the overrides, in their order: the order is what `prioritized` follows.
    pub instance_types: Vec<String>,
    /// Instances that are always On-Demand.
    pub on_demand_base: u64,
    /// Percent of the others that are On-Demand.
    pub on_demand_percent: u64,
    /// How Spot pools are chosen; `None` where nothing of the group is on Spot.
    pub spot_allocation_strategy: Option<String>,
    /// Launch template; `None` where the group has another kind of it, which no change touches.
    pub template: Option<TemplateVersion>,
    /// Subnets.
    pub subnets: BTreeSet<String>,
    /// Whether new instances are protected from scale-in.
    pub protected: bool,
    /// Whether it has ECS's tag.
    pub managed_by_ecs: bool,
    /// Whether it has our tag.
    pub ours: bool,
}

impl GroupState {
    /// Whether two groups launch the same: types, shares of On-Demand, how Spot pools are chosen, template.
    #[must_use]
    pub fn launches_as(&self, other: &Self) -> bool {
        self.instance_types == other.instance_types
            && self.buys_as(other)
            && self.spot_allocation_strategy == other.spot_allocation_strategy
            && self.template == other.template
    }

    /// Whether two groups have the same shares of On-Demand. Where a group's become others, Auto Scaling replaces its instances little by
    /// little until they match. Source: Amazon EC2 Auto Scaling user guide, "Auto Scaling groups with multiple instance types and purchase
    /// options".
    #[must_use]
    pub const fn buys_as(&self, other: &Self) -> bool {
        self.on_demand_base == other.on_demand_base
            && self.on_demand_percent == other.on_demand_percent
    }

    /// From `DescribeAutoScalingGroups`; `None` where it is being deleted or lacks its sizes.
    #[must_use]
    pub fn of(group: &Value) -> Option<Self> {
        if text(group, "Status").is_some_and(|status| status.starts_with("Delete")) {
            return None;
        }
        let mixed = &group["MixedInstancesPolicy"];
        let distribution = &mixed["InstancesDistribution"];
        let number = |key: &str, default: u64| distribution[key].as_u64().unwrap_or(default);
        // Auto Scaling's own defaults; without a policy all is On-Demand.
        let on_demand_percent = number("OnDemandPercentageAboveBaseCapacity", 100);
        let tags: BTreeSet<&str> = (list(group, "Tags").iter())
            .filter_map(|tag| text(tag, "Key"))
            .collect();
        let subnets = text(group, "VPCZoneIdentifier").unwrap_or_default();
        let specification = if mixed.is_object() {
            &mixed["LaunchTemplate"]["LaunchTemplateSpecification"]
        } else {
            &group["LaunchTemplate"]
        };
        let types = list(&mixed["LaunchTemplate"], "Overrides").iter();
        Some(Self {
            min_size: group["MinSize"].as_u64()?,
            max_size: group["MaxSize"].as_u64()?,
            instance_types: types
                .filter_map(|one| text(one, "InstanceType").map(str::to_owned))
                .collect(),
            on_demand_base: number("OnDemandBaseCapacity", 0),
            on_demand_percent,
            spot_allocation_strategy: (on_demand_percent < 100)
                .then(|| text(distribution, "SpotAllocationStrategy"))
                .flatten()
                .map(str::to_owned),
            template: template(specification),
            subnets: subnets
                .split(',')
                .map(str::trim)
                .filter(|subnet| !subnet.is_empty())
                .map(str::to_owned)
                .collect(),
            protected: group["NewInstancesProtectedFromScaleIn"].as_bool() == Some(true),
            managed_by_ecs: tags.contains(MANAGED_BY_ECS),
            ours: tags.contains(OURS),
        })
    }
}

/// The launch template that a specification names; Auto Scaling's default version is the template's default.
pub(in crate::apply) fn template(specification: &Value) -> Option<TemplateVersion> {
    let name = text(specification, "LaunchTemplateName");
    let template = name.or_else(|| text(specification, "LaunchTemplateId"))?;
    Some(TemplateVersion {
        template: template.to_owned(),
        version: text(specification, "Version")
            .unwrap_or("$Default")
            .to_owned(),
    })
}
