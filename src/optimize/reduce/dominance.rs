//! Bin types that can be left out.

use crate::optimize::problem::{BinType, ItemType, Problem};
use std::collections::HashMap;

/// Which bin types are under no copy limit that another is not under as well. Many bins are under the same limits, so
/// that most comparisons are of numbers of sets. The others are made when they are asked for: Spot pools have limits of
/// their own, so that there are as many pairs of sets as of pools, and few of them matter.
struct RowSets<'a> {
    set_of: Vec<usize>,
    sets: Vec<&'a [usize]>,
}

impl<'a> RowSets<'a> {
    fn new(problem: &'a Problem) -> Self {
        let mut numbers: HashMap<&[usize], usize> = HashMap::new();
        let mut sets: Vec<&[usize]> = Vec::new();
        let set_of = (0..problem.bins().len())
            .map(|bin| {
                let rows = problem.copy_limits_of(bin);
                *numbers.entry(rows).or_insert_with(|| {
                    sets.push(rows);
                    sets.len() - 1
                })
            })
            .collect();
        Self { set_of, sets }
    }

    fn is_part(&self, a: usize, b: usize) -> bool {
        let (a, b) = (self.set_of[a], self.set_of[b]);
        let (part, whole) = (self.sets[a], self.sets[b]);
        a == b
            || part.len() <= whole.len() && part.iter().all(|row| whole.binary_search(row).is_ok())
    }
}

/// Bin types that can hold something, each standing for itself.
pub(super) fn useful(
    original: &Problem,
    bins: &[BinType],
    items: &[ItemType],
) -> (Vec<usize>, Vec<Option<usize>>) {
    let holds = |index: usize| {
        let bin = &bins[index];
        let fits = |item: usize| {
            items[item]
                .size
                .iter()
                .zip(&bin.capacity)
                .all(|(size, capacity)| size <= capacity)
        };
        let lost = original.bins()[index].requires.is_some() && bin.requires.is_none();
        !lost
            && match &bin.admits {
                Some(list) => list.iter().any(|&item| fits(item)),
                None => (0..items.len()).any(fits),
            }
    };
    let kept: Vec<usize> = (0..bins.len()).filter(|&bin| holds(bin)).collect();
    let mut standing = vec![None; bins.len()];
    for &bin in &kept {
        standing[bin] = Some(bin);
    }
    (kept, standing)
}

/// Bin types that can hold something and that no other type makes superfluous; and for every type the one
/// that takes its place (itself if it stays, none if it can hold nothing).
pub(super) fn undominated(
    original: &Problem,
    bins: &[BinType],
    items: &[ItemType],
) -> (Vec<usize>, Vec<Option<usize>>) {
    let limits = original.limits_by_bin();
    let floor =
        |bin: usize| (original.floor()).is_some_and(|floor| floor.bins.binary_search(&bin).is_ok());
    // One bin in place of another must not use up a limit that the other leaves alone.
    let rows = RowSets::new(original);
    let no_more_limited = |a: usize, b: usize| {
        limits[a].iter().all(|l| limits[b].contains(l))
            && rows.is_part(a, b)
            && (floor(a) || !floor(b))
    };
    let requires_no_other =
        |a: &BinType, b: &BinType| a.requires.is_none() || a.requires == b.requires;
    let useful = |bin: usize| {
        let (lost, bin) = (original.bins()[bin].requires.is_some(), &bins[bin]);
        // A bin whose required item nobody wants holds nothing.
        (!lost || bin.requires.is_some())
            && items.iter().enumerate().any(|(index, item)| {
                bin.admits
                    .as_ref()
                    .is_none_or(|list| list.binary_search(&index).is_ok())
                    && item
                        .size
                        .iter()
                        .zip(&bin.capacity)
                        .all(|(size, capacity)| size <= capacity)
            })
    };
    let admits_all_of =
        |larger: &BinType, smaller: &BinType| match (&larger.admits, &smaller.admits) {
            (None, _) => true,
            (Some(larger), None) => larger.len() == items.len(),
            (Some(larger), Some(smaller)) => {
                larger == smaller || smaller.iter().all(|i| larger.binary_search(i).is_ok())
            }
        };
    // Bins that can hold nothing still count for the least number of bins.
    let mut order: Vec<usize> = (0..bins.len())
        .filter(|&bin| useful(bin) || floor(bin))
        .collect();
    // Cheapest first, larger first among equals: a dominator always comes before what it dominates.
    order.sort_by(|&a, &b| {
        let width = |bin: usize| bins[bin].admits.as_ref().map_or(usize::MAX, Vec::len);
        bins[a]
            .cost
            .cmp(&bins[b].cost)
            .then_with(|| bins[b].capacity.cmp(&bins[a].capacity))
            .then_with(|| width(b).cmp(&width(a)))
            .then_with(|| bins[a].requires.is_some().cmp(&bins[b].requires.is_some()))
            .then(a.cmp(&b))
    });
    let mut kept: Vec<usize> = Vec::new();
    let mut dominators = vec![None; bins.len()];
    for bin in order {
        let holds_something = useful(bin);
        let dominator = kept.iter().copied().find(|&other| {
            if !holds_something {
                return no_more_limited(other, bin);
            }
            // What tells most pairs apart comes first.
            bins[other].cost <= bins[bin].cost
                && bins[other]
                    .capacity
                    .iter()
                    .zip(&bins[bin].capacity)
                    .all(|(a, b)| a >= b)
                && requires_no_other(&bins[other], &bins[bin])
                && no_more_limited(other, bin)
                && admits_all_of(&bins[other], &bins[bin])
        });
        dominators[bin] = Some(dominator.unwrap_or(bin));
        if dominator.is_none() {
            kept.push(bin);
        }
    }
    kept.sort_unstable();
    (kept, dominators)
}
