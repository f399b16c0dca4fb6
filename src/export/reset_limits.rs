//! Limits of rollouts that hold while groups are reset: `EventBridge` Scheduler calls ECS's `UpdateService` before the reset
//! and after it.
//!
//! ECS drains tasks off the instances that a reset takes by the service's `minimumHealthyPercent` and `maximumPercent`, and a
//! change of these two starts no deployment. Sources: Amazon ECS API reference, `UpdateService`; `EventBridge` Scheduler user
//! guide, "Using universal targets" (parameters with a capital).

use serde_json::{Value, json};

use super::tree::{Tree, entry};
use crate::domain::aws_names;
use crate::domain::service::DeploymentConfiguration;
use crate::domain::settings::{RESET_LOWERS_AT, RESET_RESTORES_AT, ResetLimits, Settings};

/// Who takes the role.
pub(super) const PRINCIPAL: &str = "scheduler.amazonaws.com";
/// What the role allows.
pub(super) const ACTION: &str = "ecs:UpdateService";
/// Version of IAM's policy language.
pub(super) const POLICY_VERSION: &str = "2012-10-17";
/// Longest name of a schedule. Source: `EventBridge` Scheduler API reference, `CreateSchedule`.
const LONGEST_NAME: usize = 64;

/// One of the two calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    Lower,
    Restore,
}

impl Moment {
    pub(super) const ALL: [Self; 2] = [Self::Lower, Self::Restore];

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Lower => "lower",
            Self::Restore => "restore",
        }
    }

    /// When, where nobody says otherwise.
    pub(super) const fn expression(self) -> &'static str {
        match self {
            Self::Lower => RESET_LOWERS_AT,
            Self::Restore => RESET_RESTORES_AT,
        }
    }

    /// The limits that it sets.
    pub(super) const fn limits(self, limits: &ResetLimits) -> DeploymentConfiguration {
        match self {
            Self::Lower => limits.meanwhile,
            Self::Restore => limits.own,
        }
    }
}

/// The target of a schedule: ECS's call.
pub(super) fn target(region: &str) -> String {
    let partition = partition(region);
    format!("arn:{partition}:scheduler:::aws-sdk:ecs:updateService")
}

/// What stands before the cluster's name in the ARN of one of its services; `/` and the service's name stand after it.
pub(super) fn services_arn(region: &str) -> String {
    let partition = partition(region);
    format!("arn:{partition}:ecs:{region}:*:service/")
}

/// The partition of a Region, by its prefix. Source: AWS General Reference, "Amazon Resource Names".
fn partition(region: &str) -> &'static str {
    match region.split('-').next() {
        Some("cn") => "aws-cn",
        _ if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// The input of the call, cut where the cluster's name stands. A valid name holds nothing that JSON escapes.
pub(super) fn input(limits: &ResetLimits, moment: Moment) -> (String, String) {
    let percents = moment.limits(limits);
    let after = format!(
        "\",\"Service\":\"{}\",\"DeploymentConfiguration\":{{\"MinimumHealthyPercent\":{},\"MaximumPercent\":{}}}}}",
        limits.service, percents.minimum_healthy_percent, percents.maximum_percent
    );
    ("{\"Cluster\":\"".to_owned(), after)
}

/// Name of a schedule among all of the account's.
pub(super) fn name(settings: &Settings, limits: &ResetLimits, moment: Moment) -> String {
    let word = moment.word();
    let plain = format!("bayplan-{}-{}", settings.cluster, limits.service);
    format!(
        "{}-{word}",
        aws_names::shortened(&plain, LONGEST_NAME - 1 - word.len())
    )
}

/// Who may take the role, as IAM's JSON.
pub(super) fn trust() -> Value {
    json!({
        "Version": POLICY_VERSION,
        "Statement": [{"Effect": "Allow", "Principal": {"Service": PRINCIPAL}, "Action": "sts:AssumeRole"}],
    })
}

/// What it may do, as IAM's JSON.
pub(super) fn policy(settings: &Settings) -> Value {
    let arn = services_arn(&settings.region);
    let services: Vec<String> = (settings.limits_at_resets().iter())
        .map(|limits| format!("{arn}{}/{}", settings.cluster, limits.service))
        .collect();
    json!({
        "Version": POLICY_VERSION,
        "Statement": [{"Effect": "Allow", "Action": ACTION, "Resource": services}],
    })
}

/// A service's limits for tooling of one's own, in the API's words.
pub(super) fn described(limits: &ResetLimits) -> Tree {
    let percents = |own: DeploymentConfiguration| {
        Tree::from([
            entry(
                "minimumHealthyPercent",
                u64::from(own.minimum_healthy_percent),
            ),
            entry("maximumPercent", u64::from(own.maximum_percent)),
        ])
    };
    Tree::from([
        entry("service", limits.service.as_str()),
        entry("meanwhile", percents(limits.meanwhile)),
        entry("own", percents(limits.own)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_input_is_the_call_in_the_schedulers_words() {
        let percents = |minimum_healthy_percent, maximum_percent| DeploymentConfiguration {
            minimum_healthy_percent,
            maximum_percent,
        };
        let limits = ResetLimits {
            service: "api".to_owned(),
            meanwhile: percents(75, 100),
            own: percents(100, 200),
        };
        for (moment, expected) in [(Moment::Lower, (75, 100)), (Moment::Restore, (100, 200))] {
            let (before, after) = input(&limits, moment);
            let parsed: Value =
                serde_json::from_str(&format!("{before}prod{after}")).expect("JSON");
            let wanted = json!({
                "Cluster": "prod", "Service": "api",
                "DeploymentConfiguration": {"MinimumHealthyPercent": expected.0, "MaximumPercent": expected.1},
            });
            assert_eq!(parsed, wanted);
        }
    }

    #[test]
    fn arns_are_of_the_regions_partition() {
        assert!(target("cn-north-1").starts_with("arn:aws-cn:scheduler:::"));
        assert!(services_arn("us-gov-west-1").starts_with("arn:aws-us-gov:ecs:us-gov-west-1:"));
        assert!(target("eu-west-1").starts_with("arn:aws:"));
    }
}
