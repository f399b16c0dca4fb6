//! One numbered step: what is done, and what it costs in money, restarts and instances.

use serde::{Deserialize, Serialize};

use super::change::Change;
use crate::domain::money::UsdPerHour;

/// One numbered step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// What is done.
    pub work: Work,
    /// The bill once it is done, at most; `None` where today's instances are not all priced.
    pub bill: Option<UsdPerHour>,
    /// Tasks that are started anew.
    pub restarts: u64,
    /// Instances of today that it takes away.
    pub instances: u64,
    /// Whether it takes away what is there, which is done only where that is allowed.
    pub retires: bool,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Work {
    /// One resource changes.
    Change(Box<Change>),
    /// Instances are drained, then terminated.
    Drain(Drain),
}

/// Instances to drain and to terminate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Drain {
    /// Their capacity provider.
    pub provider: String,
    /// Their group.
    pub group: String,
    /// Types that stay; none where all go.
    pub types_that_stay: Vec<String>,
    /// Most instances of those types that stay.
    pub most: u64,
}

/// Today's instances and tasks, as far as steps count them.
pub trait Running {
    /// Instances that go.
    fn instances(&self, drain: &Drain) -> u64;
    /// Tasks of services on them, at most.
    fn tasks(&self, drain: &Drain) -> u64;
}
