//! How much to commit to for a fleet that is given.
//!
//! With the other commitments as they are, the bill is piecewise linear in one Savings Plan's `κ`, and its slope changes only where an
//! hour's next type begins to be covered: the best `κ` is 0 or one of these breakpoints. With one discount `s` it covers what
//! `1 − s` of the hours use. Several plans are chosen one after the other, as long as that saves; what comes of it is no worse than
//! none, and no more is claimed.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::bill::{Hours, applied, cover, order};
use super::pool::Pool;

/// Most rounds over all plans.
const ROUNDS: usize = 4;
/// Above so many breakpoints only some are tried first.
const MANY: usize = 96;

/// The pools with as much committed to each proposed one as costs least.
#[must_use]
pub fn best(hours: &[Hours], pools: &[Pool]) -> Vec<Pool> {
    let names: BTreeSet<&str> = (hours.iter())
        .flat_map(|hour| hour.uses.iter().map(|used| used.name.as_str()))
        .collect();
    let matters =
        |pool: &Pool| !pool.proposed || pool.takes.keys().any(|name| names.contains(name.as_str()));
    let mut pools: Vec<Pool> = pools.iter().filter(|pool| matters(pool)).cloned().collect();
    for _ in 0..ROUNDS {
        let mut moved = false;
        for place in 0..pools.len() {
            if !pools[place].proposed {
                continue;
            }
            let chosen = best_of_one(hours, &pools, place);
            moved |= chosen != pools[place].capacity;
            pools[place] = pools[place].of(chosen);
        }
        if !moved {
            break;
        }
    }
    pools.retain(|pool| !pool.proposed || !pool.capacity.is_zero());
    pools
}

fn best_of_one(hours: &[Hours], pools: &[Pool], place: usize) -> Decimal {
    let candidates: Vec<Decimal> = breakpoints(hours, pools, place).into_iter().collect();
    let cost = |amount: Decimal| {
        let mut tried = pools.to_vec();
        tried[place] = pools[place].of(amount);
        applied(hours, &tried).adjustment()
    };
    let cheapest = |places: &mut dyn Iterator<Item = usize>| {
        places
            .map(|at| (cost(candidates[at]), at))
            .min()
            .map_or(0, |(_, at)| at)
    };
    let last = candidates.len() - 1;
    let step = candidates.len().div_ceil(MANY);
    let near = cheapest(&mut (0..=last).step_by(step).chain([last]));
    let from = near.saturating_sub(step);
    candidates[cheapest(&mut (from..=(near + step).min(last)))]
}

/// Nothing, and in every hour what covers the first types of the order whole.
fn breakpoints(hours: &[Hours], pools: &[Pool], place: usize) -> BTreeSet<Decimal> {
    let orders: Vec<Vec<&str>> = pools.iter().map(|pool| order(hours, pool)).collect();
    let mut points = BTreeSet::from([Decimal::ZERO]);
    for hour in hours {
        let mut left: Vec<Decimal> = hour.uses.iter().map(|used| used.count).collect();
        for (earlier, pool) in pools.iter().enumerate().take(place) {
            cover(&hour.uses, &mut left, pool, &orders[earlier]);
        }
        let mut sum = Decimal::ZERO;
        for name in &orders[place] {
            let Some(at) = hour.uses.iter().position(|used| used.name == *name) else {
                continue;
            };
            sum += left[at] * pools[place].takes[*name];
            // Up to the grid, so that the last type is whole.
            let up =
                sum.round_dp_with_strategy(8, rust_decimal::RoundingStrategy::ToPositiveInfinity);
            points.insert(up.normalize());
        }
    }
    points
}
