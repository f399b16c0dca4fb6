//! Placement constraints (binding), placement strategies (best effort) and instance attributes.

use std::collections::BTreeMap;

use super::instance_type::InstanceType;
use super::query::Expression;

mod capabilities;

pub use capabilities::{AGENT_CAPABILITIES, is_capability};

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

/// The attributes of a container instance: name to value, `None` for an attribute without a value.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attributes {
    named: BTreeMap<String, Option<String>>,
    /// Names without values that the agent registers beside them, sorted: shared, since there are dozens.
    capabilities: &'static [&'static str],
}

impl Attributes {
    /// The built-in attributes that every Linux container instance of a type registers, with the capabilities
    /// of the agent as today's ECS-optimised Amazon Linux image has them.
    /// Source: Amazon ECS developer guide, "Attributes".
    #[must_use]
    pub fn built_in(instance_type: &InstanceType, zone: Option<&str>) -> Self {
        let mut attributes = Self::default();
        attributes.set("ecs.instance-type", Some(&instance_type.name));
        attributes.set("ecs.os-type", Some("linux"));
        attributes.set("ecs.os-family", Some("LINUX"));
        attributes.set(
            "ecs.cpu-architecture",
            Some(instance_type.architecture.attribute_value()),
        );
        if let Some(zone) = zone {
            attributes.set("ecs.availability-zone", Some(zone));
        }
        attributes.set_capabilities(&AGENT_CAPABILITIES);
        attributes
    }

    /// The attributes of an instance of today: its own over those that its type has. An instance that shows
    /// some capability of its agent shows all it has.
    #[must_use]
    pub fn of_today(built_in: Self, own: &Self) -> Self {
        let mut attributes = built_in;
        if own.iter().any(|(name, _)| is_capability(name)) {
            attributes.set_capabilities(&[]);
        }
        attributes.extend(own);
        attributes
    }

    /// Puts names without values, sorted, beside the attributes that are set one by one.
    pub const fn set_capabilities(&mut self, names: &'static [&'static str]) {
        self.capabilities = names;
    }

    /// Sets or replaces one attribute.
    pub fn set(&mut self, name: &str, value: Option<&str>) {
        self.named.insert(name.to_owned(), value.map(str::to_owned));
    }

    /// Adds `other`'s attributes; they win over those already there.
    pub fn extend(&mut self, other: &Self) {
        for (name, value) in &other.named {
            self.named.insert(name.clone(), value.clone());
        }
    }

    /// `Some(value)` when the attribute exists; its value may itself be absent.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Option<&str>> {
        let named = self.named.get(name).map(Option::as_deref);
        named.or_else(|| self.capabilities.binary_search(&name).ok().map(|_| None))
    }

    /// Names and values in name order, capabilities apart.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.named
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_deref()))
    }

    /// Whether there is none, capabilities apart.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.named.is_empty()
    }
}
