//! Trees of all offerings, and prices low enough for all of them.

use rayon::prelude::*;

use crate::optimize::stop::Stop;

use super::NotProven;
use super::search::{Priced, Searched, search};

/// Nodes of a tree in each round; those that are not closed then go on in the next.
const ROUNDS: [usize; 3] = [200, 2_000, 12_000];
/// A load may be worth so much more than it costs without a larger tree: the prices pay for it.
const GRACE: f64 = 1e-4;
/// What rounding takes off the prices to begin with.
const FOR_ROUNDING: f64 = 1e-6;
/// Times that the prices are lowered further.
const MOST_ATTEMPTS: u32 = 24;

/// The trees of these offerings.
pub(super) fn search_all(priced: &[Priced<'_>], stop: &dyn Stop) -> Vec<Searched> {
    let first = ROUNDS[0];
    let mut searched: Vec<Searched> = (priced.par_iter())
        .map(|priced| search(priced, (1.0 + GRACE, first)))
        .collect();
    for nodes in &ROUNDS[1..] {
        // What no tree can close lowers the prices of all: the others need not do better.
        let closed = searched
            .iter()
            .filter(|tree| tree.is_final)
            .map(|tree| tree.value);
        let target = closed.fold(1.0 + GRACE, f64::max);
        let both = searched.par_iter_mut().zip(priced);
        both.for_each(|(tree, priced)| {
            // With no time left the smaller tree holds as well, at lower prices.
            if !tree.is_final && tree.value > target && !stop.should_stop() {
                *tree = search(priced, (target, *nodes));
            }
        });
    }
    searched
}

/// What `settle` makes of prices times a factor: one at which no load is worth too much, from `1 / worst` on. Where some load is, `settle`
/// says by how much of its offering's cost.
pub(super) fn lowered<T>(
    worst: f64,
    settle: impl Fn(f64) -> Result<T, f64>,
) -> Result<T, NotProven> {
    let mut theta = (1.0 - FOR_ROUNDING) / worst;
    for attempt in 0..MOST_ATTEMPTS {
        match settle(theta) {
            Ok(settled) => return Ok(settled),
            Err(excess) => {
                theta /= 1.0 + excess + FOR_ROUNDING * f64::from(1 << attempt.min(12));
            }
        }
    }
    Err(NotProven::Rounding)
}

/// All that were settled, or the worst of what was not.
pub(super) fn all_or_worst<T>(settled: Vec<Result<T, f64>>) -> Result<Vec<T>, f64> {
    let failed = settled.iter().filter_map(|settled| settled.as_ref().err());
    let worst = failed.copied().fold(0.0_f64, f64::max);
    if worst > 0.0 {
        return Err(worst);
    }
    Ok(settled.into_iter().flatten().collect())
}
