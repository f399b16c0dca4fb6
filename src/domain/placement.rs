//! Placement constraints (binding) and placement strategies (best effort).

use super::query::Expression;

/// A binding rule on where a task may run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlacementConstraint {
    /// Every task of the group on an instance of its own.
    DistinctInstance,
    /// Only instances for which the expression holds.
    MemberOf(Expression),
    /// Only beside, or only away from, tasks of some groups on the same instance.
    TaskGroup(TaskGroupRule),
}

/// A `memberOf` test on `task:group`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskGroupRule {
    /// Task groups such as `service:web`; sorted, never empty.
    pub groups: Vec<String>,
    /// Affinity: a task of at least one of the groups is on the instance. Otherwise conflict: none is.
    pub together: bool,
    /// The expression as written.
    pub source: String,
}

/// A best-effort rule that ranks the instances that pass the constraints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlacementStrategy {
    /// Any.
    Random,
    /// Evenly over the values of an attribute, or over instances (`instanceId`).
    Spread(String),
    /// Least remaining `cpu` or `memory` first.
    Binpack(String),
}

impl PlacementStrategy {
    /// Reads a strategy as the ECS API writes it, `{"type": "spread", "field": "instanceId"}`; `None` for
    /// anything else.
    #[must_use]
    pub fn from_api(value: &serde_json::Value) -> Option<Self> {
        let field = || value.get("field")?.as_str();
        match value.get("type")?.as_str()? {
            "random" => Some(Self::Random),
            "spread" => Some(Self::Spread(field()?.to_owned())),
            "binpack" => Some(Self::Binpack(field()?.to_ascii_lowercase())).filter(
                |packs| matches!(packs, Self::Binpack(by) if by == "cpu" || by == "memory"),
            ),
            _ => None,
        }
    }
}
