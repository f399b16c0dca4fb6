//! A cluster's list of capacity providers and its default strategy. Source: Amazon ECS API reference, `Cluster`,
//! `PutClusterCapacityProviders`: the call takes both whole.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{StrategyEntry, list, strategy};

/// Which providers a cluster may use, and which it uses for tasks that name none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterState {
    /// Names.
    pub providers: BTreeSet<String>,
    /// By provider, weights in lowest terms.
    pub default_strategy: Vec<StrategyEntry>,
}

impl ClusterState {
    /// From `DescribeClusters`.
    #[must_use]
    pub fn of(cluster: &Value) -> Option<Self> {
        cluster.as_object()?;
        let names = list(cluster, "capacityProviders").iter();
        Some(Self {
            providers: names
                .filter_map(|name| name.as_str().map(str::to_owned))
                .collect(),
            default_strategy: strategy(&cluster["defaultCapacityProviderStrategy"]),
        })
    }
}
