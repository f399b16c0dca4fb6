//! Groups that replays show to be filled, where no certificate can be had or it would cost much.
//!
//! ```text
//! choose    groups g = 1..K: a make o_g, zones, instances n_g; tasks t_gs of every service in every group; strategies
//! minimise  Σ_g c_{o_g} n_g
//! so that   Σ_g t_gs = tasks_s,  On-Demand minima hold,  and in every order of arrival that is replayed the replica of
//!           ECS finds every task a place and leaves it where the policy's zone and pool rules hold
//! ```
//! A service whose two tasks are to be in two of three zones wastes a third of a group that is the same in every zone;
//! binpack, which lets instances run empty, has no certificate at all; tasks that are partners by affinity follow
//! whoever came first. Here the replica itself is the oracle (`rehearsal`): simulated annealing over groups and who
//! uses them (`search`), on the cost plus what the tasks without a place are worth. Every design that fills is then
//! replayed in [`PROOF_PLACEMENTS`] placements' worth of orders that the search has not seen, under both rules of ties,
//! since designs fitted to few orders fail in others.

mod candidate;
mod kinds;
mod moves;
mod rehearsal;
mod search;
mod start;

use crate::formulate::model::PlanningInput;
use crate::optimize::stop::{Budget, Stop};

pub use search::RUNS;

use super::Guide;
use super::groups::DesignedGroup;
use super::placement::Placement;
use kinds::Kinds;

/// Task placements replayed to accept a design.
pub const PROOF_PLACEMENTS: u64 = 500_000;

/// Tasks that ask the replica for a place in a unit of work.
pub const PLACEMENTS_PER_UNIT: u64 = 4;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Options<'a> {
    /// Placement strategies to choose from.
    pub placements: &'a [Placement],
    /// Most groups.
    pub most_groups: usize,
    /// Task placements of each run of the search.
    pub work_limit: u64,
    /// Seed of the random choices.
    pub seed: u64,
    /// A design to begin with, beside the ideal packing.
    pub known: Option<&'a [DesignedGroup]>,
}

/// Groups that the replays fill, the cheapest first; none where none was found within the limits. Proofs are counted
/// on a budget of their own, in units of work.
pub fn designs(
    input: PlanningInput<'_>,
    guide: &Guide<'_>,
    options: &Options<'_>,
    stop: &dyn Stop,
    proofs: Budget<'_>,
) -> Vec<Vec<DesignedGroup>> {
    if stop.should_stop() {
        return Vec::new();
    }
    let Some(kinds) = Kinds::new(input, guide, options, stop) else {
        return Vec::new();
    };
    if kinds.services.is_empty() {
        return vec![Vec::new()];
    }
    search::search(input, guide, &kinds, options, (stop, proofs))
}
