//! What a plan around today's instances moves, and what other numbers of moves would cost.

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
