//! Whether limits on bins leave a packing at all.
//!
//! Make every bin free and add a bin type without limit, at cost 1, that holds any one item: the cheapest
//! packing of this problem costs 0 exactly where the original problem has a packing. A bound above 0 proves
//! that it has none; a packing that costs 0 is one.

use super::listener::Listener;
use super::lp::LpError;
use super::pattern::Packing;
use super::problem::{BinType, Problem};
use super::solve::{Options, solve};
use super::stop::Stop;

/// What is known of a problem's feasibility.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Feasibility {
    /// This packing is complete.
    Packing(Packing),
    /// Proven: there is none.
    Impossible,
    /// Neither.
    Unknown,
}

/// Looks for a complete packing, or for a proof that there is none. The problem has no side rows.
///
/// # Errors
/// When the LP solver fails.
pub fn feasibility(
    problem: &Problem,
    options: &Options,
    stop: &dyn Stop,
    listener: &dyn Listener,
) -> Result<(Feasibility, u64), LpError> {
    if is_short(problem) {
        return Ok((Feasibility::Impossible, 0));
    }
    let overflow = problem.bins().len();
    let outcome = solve(&with_overflow(problem), options, stop, listener)?;
    let work = outcome.statistics.work;
    if outcome.bound.is_some_and(|bound| bound > 0) {
        return Ok((Feasibility::Impossible, work));
    }
    let is_original = (outcome.packing.bins.iter()).all(|(pattern, _)| pattern.bin < overflow);
    let is_complete = outcome.missing.iter().all(|&copies| copies == 0);
    let found = if is_complete && is_original {
        Feasibility::Packing(outcome.packing)
    } else {
        Feasibility::Unknown
    };
    Ok((found, work))
}

/// Whether some item fits nowhere, or all bins together are too small in some dimension.
pub fn is_short(problem: &Problem) -> bool {
    let wanted = || (0..problem.items().len()).filter(|&item| problem.items()[item].demand > 0);
    let bins = || 0..problem.bins().len();
    let most = upper_limits(problem);
    let unplaceable = |item: usize| !bins().any(|bin| most[bin] > 0 && problem.fits(bin, item));
    if wanted().any(unplaceable) {
        return true;
    }
    (0..problem.dimensions()).any(|d| {
        let asked: u128 = wanted()
            .map(|item| &problem.items()[item])
            .map(|item| u128::from(item.size[d]) * u128::from(item.demand))
            .sum();
        let offered = bins().fold(0_u128, |sum, bin| {
            let room = u128::from(problem.bins()[bin].capacity[d]) * u128::from(most[bin]);
            sum.saturating_add(room)
        });
        asked > offered
    })
}

/// Most bins of each type by the limits that count it alone.
fn upper_limits(problem: &Problem) -> Vec<u64> {
    let mut most = vec![u64::MAX; problem.bins().len()];
    for limit in problem.limits() {
        if let [bin] = limit.bins[..] {
            most[bin] = most[bin].min(limit.upper);
        }
    }
    most
}

fn with_overflow(problem: &Problem) -> Problem {
    let mut bins: Vec<BinType> = problem.bins().to_vec();
    for bin in &mut bins {
        bin.cost = 0;
    }
    let capacity = (0..problem.dimensions())
        .map(|d| {
            let sizes = problem.items().iter().map(|item| item.size[d]);
            sizes.max().unwrap_or(0)
        })
        .collect();
    bins.push(BinType {
        capacity,
        cost: 1,
        admits: None,
        requires: None,
    });
    let items = problem.items().to_vec();
    Problem::try_new(problem.dimensions(), bins, items, problem.limits().to_vec())
        .expect("one more bin leaves a valid problem valid")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimize::listener::Silent;
    use crate::optimize::problem::{BinLimit, ItemType};
    use crate::optimize::stop::Never;

    fn verdict(upper: u64) -> Feasibility {
        let item = |size: u64, demand| ItemType {
            size: vec![size],
            demand,
            max_per_bin: None,
        };
        let bin = BinType {
            capacity: vec![10],
            cost: 5,
            admits: None,
            requires: None,
        };
        let limit = BinLimit {
            bins: vec![0],
            upper,
        };
        // Six items of 6 and three of 3 fill six bins, though their volume would fit five.
        let items = vec![item(6, 6), item(3, 3)];
        let problem = Problem::try_new(1, vec![bin], items, vec![limit]).expect("valid");
        feasibility(&problem, &Options::default(), &Never, &Silent)
            .expect("runs")
            .0
    }

    #[test]
    fn limits_that_leave_too_few_bins_are_proven_to() {
        assert_eq!(verdict(4), Feasibility::Impossible);
        assert_eq!(verdict(5), Feasibility::Impossible);
        assert!(matches!(verdict(6), Feasibility::Packing(_)));
    }
}
