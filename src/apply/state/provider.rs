//! A capacity provider of an Auto Scaling group. Source: Amazon ECS API reference, `CapacityProvider`,
//! `AutoScalingGroupProvider`, `ManagedScaling`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::text;
use crate::domain::deployed::GroupReference;

/// What of a provider a plan sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProviderState {
    /// Name of its group. It can never be another: AWS has no way to change it.
    pub group: String,
    /// Whether ECS sets the group's size.
    pub scaling: bool,
    /// Percent.
    pub target_capacity: u64,
    /// Instances.
    pub minimum_step: u64,
    /// Instances.
    pub maximum_step: u64,
    /// Seconds.
    pub warmup_seconds: u64,
    /// Managed termination protection.
    pub termination_protection: bool,
    /// Managed draining.
    pub draining: bool,
}

impl ProviderState {
    /// From `DescribeCapacityProviders`; `None` where it is no provider of a group, or gone: ECS goes on describing a
    /// deleted one as INACTIVE.
    #[must_use]
    pub fn of(provider: &Value) -> Option<Self> {
        let of_group = provider.get("autoScalingGroupProvider")?;
        if matches!(
            text(provider, "status"),
            Some("INACTIVE" | "DEPROVISIONING")
        ) {
            return None;
        }
        let scaling = &of_group["managedScaling"];
        let number = |key: &str, default: u64| scaling[key].as_u64().unwrap_or(default);
        let is_on = |object: &Value, key: &str| text(object, key) == Some("ENABLED");
        Some(Self {
            group: GroupReference::new(text(of_group, "autoScalingGroupArn")?).name,
            scaling: is_on(scaling, "status"),
            target_capacity: number("targetCapacity", 100),
            minimum_step: number("minimumScalingStepSize", 1),
            maximum_step: number("maximumScalingStepSize", 10_000),
            warmup_seconds: number("instanceWarmupPeriod", 300),
            termination_protection: is_on(of_group, "managedTerminationProtection"),
            // ECS's default is on.
            draining: text(of_group, "managedDraining") != Some("DISABLED"),
        })
    }
}
