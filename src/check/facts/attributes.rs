//! Attributes of instances: what a new one registers, and what one of today has.
//!
//! Source: Amazon ECS developer guide, "Attributes"; source of the Amazon ECS agent for the capabilities that an
//! ECS-optimised Amazon Linux image registers.

use std::sync::LazyLock;

use crate::domain::attributes::Attributes;
use crate::domain::instance_type::InstanceType;

/// Prefix of the agent's older capabilities.
const OLD: &str = "com.amazonaws.ecs.capability.";

/// Prefix of its newer ones.
const NEW: &str = "ecs.capability.";

/// Older capabilities without the versions of Docker's API.
const OLD_NAMES: &str = "privileged-container ecr-auth task-iam-role task-iam-role-network-host \
    logging-driver.json-file logging-driver.syslog logging-driver.awslogs logging-driver.fluentd \
    logging-driver.none logging-driver.awsfirelens";

/// Minor versions of Docker's API 1 that the agent speaks.
const DOCKER_API: std::ops::RangeInclusive<u32> = 17..=44;

/// Newer capabilities.
const NEW_NAMES: &str = "aws-appmesh branch-cni-plugin-version cni-plugin-version \
    container-health-check container-ordering container-restart-policy \
    docker-plugin.amazon-ecs-volume-plugin docker-plugin.local ecr-endpoint \
    efs efsAuth env-files.s3 \
    execute-command execution-role-awslogs execution-role-ecr-pull \
    fault-injection firelens.fluentbit firelens.fluentd \
    firelens.options.config.file firelens.options.config.s3 full-sync \
    increased-task-cpu-limit ipv6-only logging-driver.awsfirelens.log-driver-buffer-limit \
    network.container-port-range pid-ipc-namespace-sharing private-registry-authentication.secretsmanager \
    secrets.asm.bootstrap.log-driver secrets.asm.environment-variables secrets.ssm.bootstrap.log-driver \
    secrets.ssm.environment-variables service-connect-v1 storage.ebs-task-volume-attach \
    task-cpu-mem-limit task-eni task-eni-block-instance-metadata \
    task-eni-trunking task-eni.ipv6";

/// All of them, sorted.
static CAPABILITIES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let versions = DOCKER_API.map(|minor| format!("{OLD}docker-remote-api.1.{minor}"));
    let old = OLD_NAMES
        .split_whitespace()
        .map(|name| format!("{OLD}{name}"));
    let new = NEW_NAMES
        .split_whitespace()
        .map(|name| format!("{NEW}{name}"));
    let mut all: Vec<&'static str> = (versions.chain(old).chain(new))
        .map(|name| &*name.leak())
        .collect();
    all.sort_unstable();
    all
});

/// What a new Linux instance of the type registers; `trunking` is the account's setting.
pub(in crate::check) fn when_new(
    instance_type: &InstanceType,
    zone: Option<&str>,
    trunking: bool,
) -> Attributes {
    let mut attributes = Attributes::default();
    let architecture = instance_type.architecture.attribute_value();
    attributes.set("ecs.instance-type", Some(&instance_type.name));
    attributes.set("ecs.cpu-architecture", Some(architecture));
    attributes.set("ecs.os-type", Some("linux"));
    attributes.set("ecs.os-family", Some("LINUX"));
    if zone.is_some() {
        attributes.set("ecs.availability-zone", zone);
    }
    if trunking && instance_type.branch_enis > 0 {
        attributes.set("ecs.awsvpc-trunk-id", None);
    }
    attributes.set_capabilities(CAPABILITIES.as_slice());
    attributes
}

/// What an instance of today has: its own attributes over those of its type, where that is known. Where it
/// shows one capability of its agent, it has those that it shows.
pub(super) fn of_today(
    instance_type: Option<&InstanceType>,
    zone: Option<&str>,
    own: &Attributes,
) -> Attributes {
    let mut attributes = instance_type
        .map(|known| when_new(known, zone, false))
        .unwrap_or_default();
    let shows_some = (own.iter()).any(|(name, _)| name.starts_with(OLD) || name.starts_with(NEW));
    if shows_some {
        attributes.set_capabilities(&[]);
    }
    attributes.extend(own);
    attributes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::attributes::AGENT_CAPABILITIES;

    #[test]
    fn both_lists_of_capabilities_agree() {
        assert_eq!(CAPABILITIES.as_slice(), AGENT_CAPABILITIES);
    }
}
