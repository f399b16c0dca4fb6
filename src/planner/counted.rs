//! Counted work as it is spent: a meter for each part of a run, and the replica's own counts in units of work.

use crate::optimize::stop::{Budget, WorkMeter};
use crate::realise::replayed::PLACEMENTS_PER_UNIT;
use crate::simulate::engine::STEPS_PER_TASK;

/// Steps of the replica's runs in a unit of work.
pub(super) const STEPS_PER_UNIT: u64 = PLACEMENTS_PER_UNIT * STEPS_PER_TASK;

/// Units of each part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parts {
    /// The packing and the groups.
    pub searches: u64,
    /// Replays of the packing and of designs.
    pub replays: u64,
    /// Rollouts, the ordinary day, today's fleet.
    pub rehearsals: u64,
    /// Searches and replays of a fleet without Spot, where the policy allows both.
    pub without_spot: u64,
    /// The same again where that is as cheap, or nearly.
    pub without_spot_again: u64,
}

impl Parts {
    /// So much for searches and replays of a fleet without Spot, in the proportions of the others.
    pub fn of_second(self, whole: u64) -> Self {
        let both = u128::from(self.searches) + u128::from(self.replays);
        let replays = u128::from(whole) * u128::from(self.replays) / both.max(1);
        let replays = u64::try_from(replays).unwrap_or(u64::MAX);
        // Where the clock alone holds, neither has a limit.
        let of = |own: u64| if whole == u64::MAX { whole } else { own };
        Self {
            searches: of(whole.saturating_sub(replays)),
            replays: of(replays),
            rehearsals: 0,
            without_spot: 0,
            without_spot_again: 0,
        }
    }
}

/// What each part has spent.
pub(super) struct Meters {
    pub searches: WorkMeter,
    pub replays: WorkMeter,
    pub rehearsals: WorkMeter,
}

impl Meters {
    /// Nothing spent yet.
    pub const fn new(parts: Parts) -> Self {
        Self {
            searches: WorkMeter::new(parts.searches),
            replays: WorkMeter::new(parts.replays),
            rehearsals: WorkMeter::new(parts.rehearsals),
        }
    }

    /// Units that the whole run has spent.
    pub fn spent(&self) -> u64 {
        self.searches.spent() + self.replays.spent() + self.rehearsals.spent()
    }
}

/// Counts tasks that asked the replica for a place.
pub(super) fn spend_placements(budget: Budget<'_>, asked: u64) {
    budget.work.spend(asked / PLACEMENTS_PER_UNIT);
}

/// Tasks that may still ask for a place.
pub(super) fn placements_left(budget: Budget<'_>) -> u64 {
    budget.left().saturating_mul(PLACEMENTS_PER_UNIT)
}

/// Steps that runs may still take.
pub(super) fn steps_left(budget: Budget<'_>) -> u64 {
    budget.left().saturating_mul(STEPS_PER_UNIT)
}

/// Counts steps of a run minute by minute.
pub(super) fn spend_steps(budget: Budget<'_>, steps: u64) {
    budget.work.spend(steps / STEPS_PER_UNIT);
}
