//! All patterns that an improving packing could use.
//!
//! Let `π` be duals with `Σ_i π_i a_i ≤ c_o` for every pattern, worth the bound `B`, and let a packing of
//! cost `Z` be known. A packing cheaper than `Z` uses only patterns whose reduced cost `c_o − π·a` is below
//! `Z − B`. If these are few, the integer program over them alone is exact. Only maximal patterns are
//! listed (no further copy fits), since rows are `≥`; of an item whose copies are limited, every number.
//!
//! The walk fixes the copies of one item after another and prunes with the relaxation's multipliers `λ`:
//! what the remaining items can add is at most `λ·residual + Σ_j max(0, π_j − λ·w_j) u_j`.
//! Reference: Baldacci, Christofides, Mingozzi, Mathematical Programming 115, 2008,
//! doi:10.1007/s10107-007-0178-5.

use super::knapsack::Knapsack;
use super::relaxation::Relaxation;
use crate::optimize::pattern::Pattern;

/// Where the walk gives up.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Most patterns of one bin type.
    pub patterns: usize,
    /// Most steps of one bin type.
    pub steps: u64,
}

/// Deepest recursion.
const MOST_ITEMS: usize = 1_000;

struct Walk<'a> {
    knapsack: &'a Knapsack,
    profits: &'a [f64],
    /// Value of the resources one copy takes, per dimension multiplier.
    lambda: Vec<f64>,
    order: Vec<usize>,
    /// Σ max(0, reduced)·u over the items from here on, by place in `order`.
    tail: Vec<f64>,
    threshold: f64,
    content: Vec<u64>,
    residual: Vec<u64>,
    found: Vec<Pattern>,
    steps: u64,
    limits: Limits,
}

/// Lists the maximal contents worth at least `threshold`; `None` when there are too many.
pub fn enumerate(
    knapsack: &Knapsack,
    profits: &[f64],
    threshold: f64,
    limits: Limits,
) -> (Option<Vec<Pattern>>, u64) {
    // The walk recurses once an item; far fewer items than this already have too many patterns.
    if knapsack.len() > MOST_ITEMS {
        return (None, 1);
    }
    if knapsack.is_empty() {
        // The copy that the bin requires, alone.
        let alone = (threshold <= 0.0).then(|| knapsack.pattern(&[]));
        return (Some(alone.into_iter().collect()), 1);
    }
    let mut relaxation = Relaxation::new(knapsack, profits.to_vec());
    let (_, bound) = relaxation.solve();
    if bound < threshold {
        return (Some(Vec::new()), 1);
    }
    let lambda: Vec<f64> = relaxation.multipliers().to_vec();
    let mut order: Vec<usize> = (0..knapsack.len()).collect();
    // Large items first: they fix the shape of the rest.
    let load = |position: usize| {
        knapsack
            .weight(position)
            .iter()
            .copied()
            .fold(0.0, f64::max)
    };
    order.sort_by(|&a, &b| load(b).total_cmp(&load(a)).then(a.cmp(&b)));
    let mut tail = vec![0.0; order.len() + 1];
    for (place, &position) in order.iter().enumerate().rev() {
        let gain = relaxation.reduced[position].max(0.0) * knapsack.upper[position] as f64;
        tail[place] = tail[place + 1] + gain;
    }
    let mut walk = Walk {
        knapsack,
        profits,
        lambda,
        order,
        tail,
        threshold,
        content: vec![0; knapsack.len()],
        residual: knapsack.capacity().to_vec(),
        found: Vec::new(),
        steps: 0,
        limits,
    };
    let complete = walk.visit(0, 0.0);
    let steps = walk.steps;
    (complete.then_some(walk.found), steps)
}

impl Walk<'_> {
    /// Visits the items from `place` on; `false` when a limit was passed.
    fn visit(&mut self, place: usize, value: f64) -> bool {
        self.steps += 1;
        if self.steps > self.limits.steps {
            return false;
        }
        let room: f64 = self
            .residual
            .iter()
            .zip(self.knapsack.capacity())
            .zip(&self.lambda)
            .map(|((left, capacity), lambda)| lambda * (*left as f64 / *capacity as f64))
            .sum();
        if value + room + self.tail[place] < self.threshold {
            return true;
        }
        let Some(&position) = self.order.get(place) else {
            return value < self.threshold || self.record();
        };
        let most = self.most(position);
        for copies in (0..=most).rev() {
            self.put(position, copies);
            let visited = self.visit(place + 1, value + self.profits[position] * copies as f64);
            self.take(position, copies);
            if !visited {
                return false;
            }
        }
        true
    }

    fn most(&self, position: usize) -> u64 {
        self.knapsack
            .size(position)
            .iter()
            .zip(&self.residual)
            .filter(|(size, _)| **size > 0)
            .map(|(size, left)| left / size)
            .min()
            .unwrap_or(u64::MAX)
            .min(self.knapsack.upper[position] - self.content[position])
    }

    fn put(&mut self, position: usize, copies: u64) {
        self.content[position] += copies;
        for (left, size) in self.residual.iter_mut().zip(self.knapsack.size(position)) {
            *left -= size * copies;
        }
    }

    fn take(&mut self, position: usize, copies: u64) {
        self.content[position] -= copies;
        for (left, size) in self.residual.iter_mut().zip(self.knapsack.size(position)) {
            *left += size * copies;
        }
    }

    fn record(&mut self) -> bool {
        let maximal = (0..self.knapsack.len())
            .all(|position| self.knapsack.is_limited(position) || self.most(position) == 0);
        if maximal {
            if self.found.len() >= self.limits.patterns {
                return false;
            }
            self.found.push(self.knapsack.pattern(&self.content));
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimize::problem::{BinType, ItemType, Problem};
    use crate::optimize::room::Room;

    fn knapsack() -> Knapsack {
        let item = |size: u64, demand| ItemType {
            size: vec![size],
            demand,
            max_per_bin: None,
        };
        let bin = BinType {
            capacity: vec![10],
            cost: 1,
            admits: None,
            requires: None,
        };
        let items = vec![item(5, 4), item(3, 4), item(2, 1)];
        let problem = Problem::try_new(1, vec![bin], items, vec![]).expect("valid");
        Knapsack::new(&problem, 0, &[4, 4, 1], &Room::new(&problem))
    }

    const ENOUGH: Limits = Limits {
        patterns: 100,
        steps: 10_000,
    };

    #[test]
    fn every_maximal_pattern_is_listed_once() {
        let (patterns, _) = enumerate(&knapsack(), &[5.0, 3.0, 2.0], 0.0, ENOUGH);
        let mut contents: Vec<_> = patterns
            .expect("few")
            .into_iter()
            .map(|pattern| pattern.content)
            .collect();
        contents.sort();
        // By hand: 5+5, 5+3+2, 3+3+3 (the 2 no longer fits), 3+3+2 takes another 0.
        let expected = vec![
            vec![(0, 1), (1, 1), (2, 1)],
            vec![(0, 2)],
            vec![(1, 2), (2, 1)],
            vec![(1, 3)],
        ];
        assert_eq!(contents, expected);
    }

    #[test]
    fn patterns_below_the_threshold_are_left_out() {
        let (patterns, _) = enumerate(&knapsack(), &[5.0, 3.0, 2.0], 9.5, ENOUGH);
        let mut contents: Vec<_> = patterns
            .expect("few")
            .into_iter()
            .map(|pattern| pattern.content)
            .collect();
        contents.sort();
        assert_eq!(contents, vec![vec![(0, 1), (1, 1), (2, 1)], vec![(0, 2)]]);
    }

    #[test]
    fn too_many_patterns_or_steps_are_said_and_not_cut_off() {
        let few = Limits {
            patterns: 1,
            steps: 10_000,
        };
        assert!(
            enumerate(&knapsack(), &[5.0, 3.0, 2.0], 0.0, few)
                .0
                .is_none()
        );
        let hasty = Limits {
            patterns: 100,
            steps: 3,
        };
        assert!(
            enumerate(&knapsack(), &[5.0, 3.0, 2.0], 0.0, hasty)
                .0
                .is_none()
        );
    }
}
