//! What of a resource counts: the members that a plan sets. Read from what AWS's `Describe…` calls return, in the API's
//! own keys; equal states are no difference, however the answers are ordered.
//!
//! Counts that a scaler owns (`desiredCount`, `DesiredCapacity`) are in no state: they are neither compared nor sent.
//! Source: Amazon ECS and Amazon EC2 Auto Scaling API references, members of the shapes named at each type.

mod cluster;
mod group;
mod provider;
mod service;
mod size;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use cluster::ClusterState;
pub use group::{GroupState, MANAGED_BY_ECS, OURS, TemplateVersion};
pub use provider::ProviderState;
pub use service::{ConstraintItem, PlacementItem, ServiceState};
pub use size::{ContainerSize, SizeState};

/// A resource, by its kind and name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Target {
    /// An Auto Scaling group.
    Group(String),
    /// A capacity provider.
    Provider(String),
    /// The cluster's list of providers and its default strategy.
    Cluster(String),
    /// A service of the cluster.
    Service(String),
    /// The size of a service's tasks.
    Size(String),
}

impl Target {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Group(name)
            | Self::Provider(name)
            | Self::Cluster(name)
            | Self::Service(name)
            | Self::Size(name) => name,
        }
    }
}

/// As messages name it.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Self::Group(_) => "group",
            Self::Provider(_) => "capacity provider",
            Self::Cluster(_) => "cluster",
            Self::Service(_) => "service",
            Self::Size(_) => "task size of service",
        };
        let name = crate::domain::text::visible(self.name());
        write!(f, "{kind} {name}")
    }
}

/// A resource's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// Of an Auto Scaling group.
    Group(GroupState),
    /// Of a capacity provider.
    Provider(ProviderState),
    /// Of a cluster.
    Cluster(ClusterState),
    /// Of a service.
    Service(ServiceState),
    /// Of a service's tasks.
    Size(SizeState),
}

impl State {
    /// The state that AWS describes; `None` where the answer lacks what the API always gives, or where the resource is on
    /// its way out.
    #[must_use]
    pub fn of(target: &Target, described: &Value) -> Option<Self> {
        match target {
            Target::Group(_) => GroupState::of(described).map(Self::Group),
            Target::Provider(_) => ProviderState::of(described).map(Self::Provider),
            Target::Cluster(_) => ClusterState::of(described).map(Self::Cluster),
            Target::Service(_) => ServiceState::of(described).map(Self::Service),
            Target::Size(_) => SizeState::of(described).map(Self::Size),
        }
    }
}

/// A capacity provider strategy's item.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StrategyEntry {
    /// Provider.
    pub capacity_provider: String,
    /// Tasks that go there first.
    #[serde(default)]
    pub base: u64,
    /// Relative share of the rest.
    #[serde(default)]
    pub weight: u64,
}

/// Items that send a task somewhere, weights in lowest terms, by provider: the order of a strategy means nothing to ECS.
fn normalized(mut items: Vec<StrategyEntry>) -> Vec<StrategyEntry> {
    items.retain(|item| item.base > 0 || item.weight > 0);
    let weights: Vec<u64> = items.iter().map(|item| item.weight).collect();
    for (item, weight) in items
        .iter_mut()
        .zip(crate::domain::weights::small(&weights))
    {
        item.weight = weight;
    }
    items.sort();
    items
}

/// A strategy as AWS describes it; an item without the name of a provider is none.
fn strategy(items: &Value) -> Vec<StrategyEntry> {
    let items = items.as_array().map_or(&[][..], Vec::as_slice);
    let entry = |item: &Value| serde_json::from_value(item.clone()).ok();
    normalized(items.iter().filter_map(entry).collect())
}

/// A text of an object, where it has one.
fn text<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object.get(key)?.as_str()
}

/// The items of an object's list; none where it has no such list.
fn list<'a>(object: &'a Value, key: &str) -> &'a [Value] {
    (object.get(key).and_then(Value::as_array)).map_or(&[], Vec::as_slice)
}
