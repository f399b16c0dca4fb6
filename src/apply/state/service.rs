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

/// A placement constraint.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConstraintItem {
    /// `distinctInstance` or `memberOf`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Which instances; none for `distinctInstance`.
    pub expression: Option<String>,
}

/// What of a service a plan sets, and the constraints under which it has places for its tasks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceState {
    /// By provider, weights in lowest terms; empty where it has a launch type.
    pub strategy: Vec<StrategyEntry>,
    /// In their order, which counts.
    pub placement: Vec<PlacementItem>,
    /// Sorted, since their order means nothing to ECS. No plan sets others, and a service that has others by now is not the one that was
    /// planned; `None` where they are not known, as in journals of before they were kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraints: Option<Vec<ConstraintItem>>,
}

impl ServiceState {
    /// Whether a service that was found is this one.
    #[must_use]
    pub fn is(&self, found: &Self) -> bool {
        self.strategy == found.strategy
            && self.placement == found.placement
            && self.is_constrained_as(found)
    }

    /// Whether two services have the same constraints, as far as both are known.
    #[must_use]
    pub fn is_constrained_as(&self, other: &Self) -> bool {
        match (&self.constraints, &other.constraints) {
            (Some(own), Some(others)) => own == others,
            _ => true,
        }
    }

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
        let items = list(service, "placementConstraints").iter();
        let constraints = items.filter_map(|item| {
            Some(ConstraintItem {
                kind: text(item, "type")?.to_owned(),
                expression: text(item, "expression").map(str::to_owned),
            })
        });
        let mut constraints: Vec<ConstraintItem> = constraints.collect();
        constraints.sort();
        Some(Self {
            strategy: strategy(&service["capacityProviderStrategy"]),
            placement: placement.collect(),
            constraints: Some(constraints),
        })
    }
}
