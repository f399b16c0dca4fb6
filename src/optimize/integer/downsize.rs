//! The cheapest bin for a given content.
//!
//! Rounding leaves bins partly empty; their contents may fit a cheaper type.

use std::collections::HashMap;

use crate::optimize::pattern::{Content, Packing, Pattern};
use crate::optimize::problem::Problem;

/// The rows a bin type is under: limits on bins, on copies, least number of bins.
type Rows<'a> = (&'a [usize], &'a [usize], bool);

/// Bin types by cost, and the limits that count them.
#[derive(Debug)]
pub struct Downsizer<'a> {
    problem: &'a Problem,
    by_cost: Vec<usize>,
    limits: Vec<Vec<usize>>,
}

impl<'a> Downsizer<'a> {
    /// Prepares the order of types.
    pub fn new(problem: &'a Problem) -> Self {
        let mut by_cost: Vec<usize> = (0..problem.bins().len()).collect();
        by_cost.sort_by_key(|&bin| (problem.bins()[bin].cost, bin));
        Self {
            problem,
            by_cost,
            limits: problem.limits_by_bin(),
        }
    }

    /// The cheapest type that holds the content of a pattern, under no limit that its own type is not
    /// under as well, and counted by the least number of bins if its own is: one bin replaces one bin, so
    /// every row still holds.
    pub fn cheapest(&self, pattern: &Pattern) -> Option<usize> {
        let own = &self.limits[pattern.bin];
        let copies = self.problem.copy_limits_of(pattern.bin);
        // Most types are too small, and a comparison of sums tells: a packing of a large problem has ten thousand patterns.
        let load = pattern.load(self.problem);
        let has_room = |bin: usize| {
            let capacity = &self.problem.bins()[bin].capacity;
            load.iter().zip(capacity).all(|(load, has)| load <= has)
        };
        let mut moved = pattern.clone();
        self.by_cost.iter().copied().find(|&bin| {
            moved.bin = bin;
            has_room(bin)
                && self.limits[bin].iter().all(|limit| own.contains(limit))
                && (self.problem.copy_limits_of(bin).iter())
                    .all(|row| copies.binary_search(row).is_ok())
                && (!self.is_counted(pattern.bin) || self.is_counted(bin))
                && moved.is_feasible(self.problem)
        })
    }

    /// Whether the least number of bins counts a type.
    fn is_counted(&self, bin: usize) -> bool {
        (self.problem.floor()).is_some_and(|floor| floor.bins.binary_search(&bin).is_ok())
    }

    /// Moves every content to the cheapest type that may hold it, where that saves cost.
    pub fn apply(&self, packing: &mut Packing) {
        let mut known: HashMap<(Content, Rows<'_>), Option<usize>> = HashMap::new();
        for (pattern, _) in &mut packing.bins {
            let best = *known
                .entry((
                    pattern.content.clone(),
                    (
                        self.limits[pattern.bin].as_slice(),
                        self.problem.copy_limits_of(pattern.bin),
                        self.is_counted(pattern.bin),
                    ),
                ))
                .or_insert_with(|| self.cheapest(pattern));
            if let Some(bin) = best
                && self.problem.bins()[bin].cost < self.problem.bins()[pattern.bin].cost
            {
                pattern.bin = bin;
            }
        }
        packing.normalise();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimize::problem::{BinLimit, BinType, ItemType};

    #[test]
    fn a_half_empty_bin_moves_to_the_cheapest_type_without_a_limit() {
        let bin = |capacity: u64, cost| BinType {
            capacity: vec![capacity],
            cost,
            admits: None,
            requires: None,
        };
        let bins = vec![bin(10, 10), bin(5, 2), bin(5, 6)];
        let item = ItemType {
            size: vec![4],
            demand: 1,
            max_per_bin: None,
        };
        let limit = BinLimit {
            bins: vec![1],
            upper: 1,
        };
        let problem = Problem::try_new(1, bins, vec![item], vec![limit]).expect("valid");
        let mut packing = Packing::default();
        packing.push(
            Pattern {
                bin: 0,
                content: vec![(0, 1)],
            },
            1,
        );
        Downsizer::new(&problem).apply(&mut packing);
        assert_eq!(packing.bins[0].0.bin, 2);
    }
}
