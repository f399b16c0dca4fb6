//! A service: where its tasks go. Source: Amazon ECS API reference, `Service`, `UpdateService`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{StrategyEntry, list, strategy, text};

/// A placement strategy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlacementItem {
    /// `spread`, `binpack` or `random`.
    #[serde(rename = "type")]
    pub kind: String,
    /// By what; none for `random`.
    pub field: Option<String>,
}

/// What of a service a plan sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceState {
    /// By provider, weights in lowest terms; empty where it has a launch type.
    pub strategy: Vec<StrategyEntry>,
    /// In their order, which counts.
    pub placement: Vec<PlacementItem>,
}

impl ServiceState {
    /// From `DescribeServices`; `None` where it is not ACTIVE.
    #[must_use]
    pub fn of(service: &Value) -> Option<Self> {
        if text(service, "status").is_some_and(|status| status != "ACTIVE") {
            return None;
        }
        text(service, "serviceName")?;
        let items = list(service, "placementStrategy").iter();
        let placement = items.filter_map(|item| {
            Some(PlacementItem {
                kind: text(item, "type")?.to_ascii_lowercase(),
                field: text(item, "field").map(str::to_owned),
            })
        });
        Some(Self {
            strategy: strategy(&service["capacityProviderStrategy"]),
            placement: placement.collect(),
        })
    }
}
