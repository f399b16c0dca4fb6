//! What a container instance registers about itself, which `memberOf` expressions ask.

use std::collections::BTreeMap;

use super::instance_type::InstanceType;

mod capabilities;

pub use capabilities::{AGENT_CAPABILITIES, is_capability};

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
