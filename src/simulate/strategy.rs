//! Placement strategies with dense attributes: what an instance's rank is made of.
//!
//! Rank of an instance for a task: the tuple of its keys, one per strategy in order, smaller is better;
//! equal tuples are a tie ([`super::ties`]).
//!
//! ```text
//! spread(attribute)     tasks of the task's group on instances with the same value
//! spread(instanceId)    tasks of the task's group on the instance
//! binpack(cpu|memory)   what remains of that resource
//! random                a draw: nothing after it counts
//! ```
//!
//! Source: Amazon ECS developer guide, "Use strategies to define Amazon ECS task placement".

use crate::domain::placement::PlacementStrategy;

/// Most strategies a service can have.
pub const MAX_STRATEGIES: usize = 5;

/// The attribute that zones are spread over.
pub const ZONE_ATTRIBUTE: &str = "ecs.availability-zone";

/// Its position among the spread attributes of every workload.
pub const ZONE_INDEX: usize = 0;

/// One resource that binpack can pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Packed {
    /// CPU units.
    Cpu,
    /// Memory.
    Memory,
}

impl Packed {
    /// Its position in a [`super::workload::Room`].
    #[must_use]
    pub const fn index(self) -> usize {
        match self {
            Self::Cpu => 0,
            Self::Memory => 1,
        }
    }
}

/// One part of an instance's rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// Tasks of the group over the value of a spread attribute, by its dense index.
    Attribute(usize),
    /// Tasks of the group on the instance.
    Instance,
    /// What remains of a resource.
    Packed(Packed),
}

/// What decides after the leading attributes; each has its own index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tail {
    /// Nothing: a tie.
    Tie,
    /// Fewest tasks of the group on the instance.
    Instance,
    /// Fewest tasks of the group on the instance, then over the value of one spread attribute, by its dense index.
    InstanceThen(usize),
    /// Least of one resource, then of another where there is one.
    Packed(Packed, Option<Packed>),
    /// Any other order of keys: found by looking at every candidate.
    Mixed,
}

/// A service's strategies: the keys of an instance's rank, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strategy {
    /// All keys; repeated ones and those after `random` have no effect and are left out.
    pub keys: Vec<Key>,
    /// How many of them are attributes before anything else.
    pub leading: usize,
    /// What comes after those.
    pub tail: Tail,
    /// Whether the service named no strategy, so that the documented default applies.
    pub is_default: bool,
}

impl Strategy {
    /// Makes strategies dense; `attributes` collects the names of attributes to spread over.
    #[must_use]
    pub fn new(given: &[PlacementStrategy], attributes: &mut Vec<String>) -> Self {
        let mut keys = Vec::new();
        for strategy in given.iter().take(MAX_STRATEGIES) {
            let key = match strategy {
                PlacementStrategy::Random => break,
                PlacementStrategy::Spread(field) => spread(field, attributes),
                PlacementStrategy::Binpack(resource) if resource == "cpu" => {
                    Key::Packed(Packed::Cpu)
                }
                PlacementStrategy::Binpack(_) => Key::Packed(Packed::Memory),
            };
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        if given.is_empty() {
            // The documented default: fewest tasks of the service in the zone, then on the instance.
            keys = vec![spread(ZONE_ATTRIBUTE, attributes), Key::Instance];
        }
        let is_attribute = |key: &&Key| matches!(key, Key::Attribute(_));
        let leading = keys.iter().take_while(is_attribute).count();
        Self {
            tail: tail(&keys[leading..]),
            leading,
            is_default: given.is_empty(),
            keys,
        }
    }

    /// The leading attributes.
    pub(super) fn lead(&self) -> impl Iterator<Item = usize> {
        (self.keys[..self.leading].iter()).filter_map(|key| match key {
            Key::Attribute(attribute) => Some(*attribute),
            Key::Instance | Key::Packed(_) => None,
        })
    }
}

fn tail(keys: &[Key]) -> Tail {
    match keys {
        [] => Tail::Tie,
        // An instance has one count, so nothing but a tie can follow a spread over attributes of the
        // instance itself; other keys may.
        [Key::Instance] => Tail::Instance,
        [Key::Instance, Key::Attribute(attribute)] => Tail::InstanceThen(*attribute),
        [Key::Packed(first)] => Tail::Packed(*first, None),
        [Key::Packed(first), Key::Packed(second)] => Tail::Packed(*first, Some(*second)),
        _ => Tail::Mixed,
    }
}

fn spread(field: &str, attributes: &mut Vec<String>) -> Key {
    if field.eq_ignore_ascii_case("instanceId") || field.eq_ignore_ascii_case("host") {
        return Key::Instance;
    }
    let name = field.strip_prefix("attribute:").unwrap_or(field);
    let known = attributes.iter().position(|known| known == name);
    Key::Attribute(known.unwrap_or_else(|| {
        attributes.push(name.to_owned());
        attributes.len() - 1
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strategy(given: &[PlacementStrategy]) -> (Strategy, Vec<String>) {
        let mut attributes = Vec::new();
        (Strategy::new(given, &mut attributes), attributes)
    }

    #[test]
    fn no_strategy_is_zone_then_instance() {
        let (default, attributes) = strategy(&[]);
        assert_eq!(attributes, [ZONE_ATTRIBUTE]);
        assert_eq!(default.keys, [Key::Attribute(0), Key::Instance]);
        assert_eq!((default.leading, default.tail), (1, Tail::Instance));
        assert!(default.is_default);
    }

    #[test]
    fn nothing_after_random_counts() {
        let memory = PlacementStrategy::Binpack("memory".to_owned());
        let (random, _) = strategy(&[PlacementStrategy::Random, memory.clone()]);
        assert_eq!((random.keys.len(), random.tail), (0, Tail::Tie));
        assert!(!random.is_default);
        let (packed, _) = strategy(&[memory, PlacementStrategy::Random]);
        assert_eq!(packed.tail, Tail::Packed(Packed::Memory, None));
    }

    #[test]
    fn an_attribute_after_another_key_makes_the_rank_mixed() {
        let cpu = PlacementStrategy::Binpack("cpu".to_owned());
        let zone = PlacementStrategy::Spread("attribute:rack".to_owned());
        let (mixed, attributes) = strategy(&[cpu, zone]);
        assert_eq!((mixed.leading, mixed.tail), (0, Tail::Mixed));
        assert_eq!(attributes, ["rack"]);
    }

    #[test]
    fn one_attribute_after_instances_is_no_mixed_rank_and_two_are() {
        let spread = |field: &str| PlacementStrategy::Spread(field.to_owned());
        let given = ["instanceId", "attribute:rack", "attribute:row"].map(spread);
        assert_eq!(strategy(&given[..2]).0.tail, Tail::InstanceThen(0));
        assert_eq!(strategy(&given).0.tail, Tail::Mixed);
    }
}
