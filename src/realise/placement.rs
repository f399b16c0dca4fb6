//! Placement strategies that groups are designed with.

use crate::domain::placement::PlacementStrategy;

/// How ECS places the tasks of a group's services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Placement {
    /// Over instances, then over zones: what certificates rest on.
    SpreadOverInstances,
    /// Over zones, then over instances.
    SpreadOverZones,
    /// Over zones, then onto the instance with the least memory left.
    PackByMemory,
    /// Over zones, then onto the instance with the least CPU left.
    PackByCpu,
}

/// The attribute of zones.
const ZONE: &str = "attribute:ecs.availability-zone";

impl Placement {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::SpreadOverInstances,
        Self::SpreadOverZones,
        Self::PackByMemory,
        Self::PackByCpu,
    ];

    /// Whether instances run empty when tasks go, so that managed scaling can take them away.
    pub const fn packs(self) -> bool {
        matches!(self, Self::PackByMemory | Self::PackByCpu)
    }

    /// The strategies, in ECS's words and order.
    pub fn strategies(self, zones: bool) -> Vec<PlacementStrategy> {
        let spread = |field: &str| PlacementStrategy::Spread(field.to_owned());
        let pack = |field: &str| PlacementStrategy::Binpack(field.to_owned());
        let strategies = match self {
            Self::SpreadOverInstances => vec![spread("instanceId"), spread(ZONE)],
            Self::SpreadOverZones => vec![spread(ZONE), spread("instanceId")],
            Self::PackByMemory => vec![spread(ZONE), pack("memory")],
            Self::PackByCpu => vec![spread(ZONE), pack("cpu")],
        };
        (strategies.into_iter())
            .filter(|strategy| zones || *strategy != spread(ZONE))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_named_only_where_there_are_zones() {
        for placement in Placement::ALL {
            assert_eq!(placement.strategies(false).len(), 1);
            assert_eq!(placement.strategies(true).len(), 2);
        }
        let first = &Placement::SpreadOverInstances.strategies(true)[0];
        assert_eq!(*first, PlacementStrategy::Spread("instanceId".to_owned()));
    }
}
