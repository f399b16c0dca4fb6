//! The size of a service's tasks: that of the task definition which it runs. Source: Amazon ECS API reference, `TaskDefinition`,
//! `ContainerDefinition`.
//!
//! A new revision's number is not known before it is registered, so a state may leave it open: then every revision of these sizes is meant.
//! Whoever goes back names the revision of before.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{list, text};

/// What a container reserves and may take; `None` for what its definition leaves open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContainerSize {
    /// CPU units.
    pub cpu: u64,
    /// Hard limit, in MiB.
    pub memory: Option<u64>,
    /// Soft limit, in MiB.
    pub memory_reservation: Option<u64>,
}

/// The sizes of a task definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SizeState {
    /// Its family.
    pub family: String,
    /// Its revision; `None` means every revision of these sizes.
    pub revision: Option<u64>,
    /// CPU units of a task, where they stand there.
    pub cpu: Option<u64>,
    /// MiB of a task, where they stand there.
    pub memory: Option<u64>,
    /// By container.
    pub containers: BTreeMap<String, ContainerSize>,
}

impl SizeState {
    /// From `DescribeTaskDefinition`'s `taskDefinition`; `None` where it lacks its family or a size is no whole number.
    #[must_use]
    pub fn of(definition: &Value) -> Option<Self> {
        let containers = list(definition, "containerDefinitions").iter();
        let containers = containers.map(|container| {
            let size = ContainerSize {
                cpu: whole(container, "cpu")?.unwrap_or_default(),
                memory: whole(container, "memory")?,
                memory_reservation: whole(container, "memoryReservation")?,
            };
            Some((text(container, "name")?.to_owned(), size))
        });
        Some(Self {
            family: text(definition, "family")?.to_owned(),
            revision: whole(definition, "revision")?,
            cpu: whole(definition, "cpu")?,
            memory: whole(definition, "memory")?,
            containers: containers.collect::<Option<_>>()?,
        })
    }

    /// Whether a size that was found is this one.
    #[must_use]
    pub fn is(&self, found: &Self) -> bool {
        let sizes = |of: &Self| Self {
            revision: None,
            ..of.clone()
        };
        (self.revision.is_none() || self.revision == found.revision) && sizes(self) == sizes(found)
    }

    /// The same sizes, whichever revision has them.
    #[must_use]
    pub fn of_any_revision(self) -> Self {
        Self {
            revision: None,
            ..self
        }
    }
}

/// A whole number, which AWS writes as a text at a task; `Some(None)` where there is none, `None` where it is another thing.
#[allow(clippy::option_option, reason = "absent and unusable are two things")]
fn whole(object: &Value, key: &str) -> Option<Option<u64>> {
    match object.get(key) {
        None | Some(Value::Null) => Some(None),
        Some(Value::String(text)) => text.trim().parse().ok().map(Some),
        Some(value) => value.as_u64().map(Some),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_open_revision_is_every_one_of_the_same_sizes() {
        let of = |revision: u64, cpu: &str, memory: u64| {
            SizeState::of(&json!({"family": "web", "revision": revision, "cpu": cpu,
                "containerDefinitions": [{"name": "app", "memory": memory}]}))
            .expect("a size")
        };
        let (seven, eight, other) = (of(7, "256", 512), of(8, "256", 512), of(8, "256", 500));
        assert!(seven.is(&seven) && !seven.is(&eight));
        let any = seven.of_any_revision();
        assert!(any.is(&eight) && !any.is(&other));
        assert_eq!(
            SizeState::of(&json!({"family": "web", "cpu": "1 vCPU"})),
            None
        );
    }
}
