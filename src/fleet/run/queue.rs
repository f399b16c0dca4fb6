//! Which units are run, and in which order: those that were tried least first, so that a unit that was running when the runner was killed
//! comes last and is not hit again; of these the heaviest first. The order shapes no result.

use std::cmp::Reverse;
use std::collections::VecDeque;

use super::super::attempts::Attempts;
use super::super::manifest::Unit;
use super::super::status::{State, Work, WorkUnit, states};
use super::super::store::Store;
use super::{FleetError, RunOptions, Summary};

/// A unit in the queue.
pub(super) struct Waiting {
    pub(super) at: usize,
    pub(super) unit: WorkUnit,
    pub(super) attempts: Attempts,
    pub(super) changes: u64,
    /// How often another runner was found at it.
    pub(super) waits: u64,
}

impl Waiting {
    pub(super) fn of(work: &Work, at: usize, attempts: Attempts) -> Self {
        Self {
            at,
            unit: work.units[at].clone(),
            attempts,
            changes: 0,
            waits: 0,
        }
    }
}

/// The shard's units without a result, and what is known of the others.
pub(super) fn fill(
    work: &Work,
    store: &dyn Store,
    options: RunOptions,
) -> Result<(VecDeque<Waiting>, Summary), FleetError> {
    let units: Vec<&Unit> = work.units.iter().map(|unit| &unit.unit).collect();
    let members = options.shard.members(&units);
    let states = states(members.iter().map(|&at| &work.units[at]), store)?;
    let mut summary = Summary {
        units: members.len(),
        ..Summary::default()
    };
    let mut waiting = Vec::new();
    for (at, state) in members.into_iter().zip(states) {
        // The first unit of a key does the work of all of them.
        let is_first = work.first[at] == at;
        match state {
            State::Done => summary.before += 1,
            State::Poisoned(_) if !options.retry_poisoned => summary.poisoned += 1,
            _ if !is_first => summary.shared += 1,
            State::Pending(attempts) => waiting.push((at, attempts)),
            // It is asked for, or was done before so that none of its attempts is at fault.
            State::Poisoned(mut attempts) | State::Broken(mut attempts) => {
                attempts.forget(store)?;
                waiting.push((at, attempts));
            }
        }
    }
    waiting.sort_by_key(|(at, attempts)| {
        let unit = &work.units[*at].unit;
        (attempts.count(), Reverse(unit.weight), *at)
    });
    let queue = (waiting.into_iter()).map(|(at, attempts)| Waiting::of(work, at, attempts));
    Ok((queue.collect(), summary))
}
