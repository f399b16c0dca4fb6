//! What a deletion takes away, as it stood right before: a way back makes it anew from this.
//!
//! A state ([`super::state`]) holds what a plan sets and no more; a group of the user's own has health checks, load balancers, tags and
//! hooks besides. Written into the journal before the deletion is asked for, since nobody can tell afterwards.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A group or a provider that is about to be deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Remembered {
    /// The members of the request that makes it anew, in the API's own keys.
    pub request: Value,
    /// What it had besides and does not get back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<Lost>,
}

/// Something that hangs on a group and is not put back when the group is made anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Lost {
    /// A scaling policy that is not ECS's own, by name.
    ScalingPolicy(String),
    /// A scheduled action, by name.
    ScheduledAction(String),
    /// Notifications to a topic, by its ARN.
    Notifications(String),
    /// A warm pool.
    WarmPool,
    /// Metrics of the group that are collected.
    Metrics,
    /// A capacity reservation that it launches into.
    CapacityReservation,
    /// A setting of its own that is not set again, by its name in the API.
    Setting(String),
    /// A tag of AWS's own, which nobody else can set, by key: the group is another service's.
    SystemTag(String),
    /// Whatever a call tells that may not be made, by IAM's name of it.
    NotTold(String),
}
