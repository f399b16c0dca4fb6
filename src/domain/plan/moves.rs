//! What a plan around today's instances moves, and what other numbers of moves would cost.

use crate::domain::capacity::Capacity;
use crate::domain::money::UsdPerHour;

/// Tasks that a plan moves from the instances on which they run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Moves {
    /// Tasks that stop where they run and start elsewhere, because their instance goes.
    pub restarts: u64,
    /// No plan of at most this cost restarts fewer; `None` without proof.
    pub bound_restarts: Option<u64>,
    /// Container instances of today that go, by id, sorted.
    pub drained: Vec<String>,
    /// The best plans found for other numbers of restarts, ascending; the plan's own among them. Empty where they were not
    /// asked for.
    pub frontier: Vec<FrontierPoint>,
    /// The order in which it is done, each wave rehearsed by the replica of ECS from what runs; empty for an ideal packing.
    pub waves: Vec<Wave>,
    /// Instances among `drained` that no wave drains.
    pub not_drained: Vec<NotDrained>,
}

/// The best packing found that restarts at most so many tasks, and what none costs less than.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrontierPoint {
    /// Tasks restarted.
    pub restarts: u64,
    /// Cost of the best packing found.
    pub usd_per_hour: UsdPerHour,
    /// No packing that restarts at most so many costs less; `None` without proof.
    pub bound_usd_per_hour: Option<UsdPerHour>,
}

/// A step from today's fleet to the plan's: instances are launched, then others drained and terminated. After every wave all
/// tasks run, so that a migration may end there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wave {
    /// Instances that are launched first.
    pub launches: Vec<Launch>,
    /// Container instances that are drained then, by id.
    pub drains: Vec<String>,
    /// Tasks that stop on them and start elsewhere. One that starts on an instance which a later wave drains restarts twice.
    pub restarts: u64,
    /// Cost of all instances after the wave.
    pub usd_per_hour: UsdPerHour,
    /// Cost while both those launched and those drained are there.
    pub peak_usd_per_hour: UsdPerHour,
    /// Tasks that wait for a place after the wave, as the replica plays it.
    pub waiting: u64,
}

/// Instances of one kind that a wave launches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// Capacity provider whose group launches them.
    pub capacity_provider: String,
    /// Instance type.
    pub instance_type: String,
    /// How they are bought.
    pub purchase_option: Capacity,
    /// Zone, where the cluster names any.
    pub availability_zone: Option<String>,
    /// How many.
    pub count: u64,
}

/// An instance that the plan drains and no wave does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotDrained {
    /// Container instance.
    pub instance: String,
    /// The service in the way.
    pub service_name: String,
    /// What is in the way.
    pub why: WhyNotDrained,
}

/// Why a drain is not offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyNotDrained {
    /// A task of the service would wait for a place.
    NoPlace,
    /// The service allows neither more nor fewer tasks than it wants: ECS never moves them.
    NoSurge,
}

impl WhyNotDrained {
    /// The word of documents.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoPlace => "no-place",
            Self::NoSurge => "no-surge",
        }
    }
}
