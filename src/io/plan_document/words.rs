//! The words of a plan's status, of a provider's kind and of a group's mode.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::domain::capacity::ProviderKind;
use crate::domain::plan::{GroupMode, PlanStatus, WhyNotDrained};

/// `status`.
#[derive(Serialize, Deserialize)]
#[serde(remote = "PlanStatus", rename_all = "lowercase")]
pub(super) enum StatusWord {
    Optimal,
    Feasible,
    Infeasible,
}

/// `why` of a drain that is not offered.
#[derive(Serialize, Deserialize)]
#[serde(remote = "WhyNotDrained", rename_all = "kebab-case")]
pub(super) enum WhyNotDrainedWord {
    NoPlace,
    NoSurge,
}

/// `kind` of a provider.
#[derive(Serialize, Deserialize)]
#[serde(remote = "ProviderKind", rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum KindWord {
    AutoScalingGroup,
    Fargate,
    FargateSpot,
    ManagedInstances,
}

/// `mode` of a group.
#[derive(Serialize, Deserialize)]
#[serde(remote = "GroupMode", rename_all = "lowercase")]
enum ModeWord {
    Steady,
    Scheduled,
    Elastic,
}

/// `mode`, where the provider has one.
pub(super) mod mode {
    use super::{Deserialize, Deserializer, GroupMode, ModeWord, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Mode(#[serde(with = "ModeWord")] GroupMode);

    #[expect(
        clippy::ref_option,
        clippy::trivially_copy_pass_by_ref,
        reason = "serde hands over the field"
    )]
    pub(in super::super) fn serialize<S: Serializer>(
        mode: &Option<GroupMode>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        mode.map(Mode).serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<GroupMode>, D::Error> {
        Ok(Option::<Mode>::deserialize(deserializer)?.map(|mode| mode.0))
    }
}
