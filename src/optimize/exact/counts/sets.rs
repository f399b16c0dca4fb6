//! The sets of bin types whose bins a branch counts.
//!
//! Bins of one zone and one way of buying admit the same items and are under the same limits on copies: they are a
//! family, and all bins together are one more. Within a family the sets are nested: the types that cost at least `τ`, for every
//! cost `τ`. Among the sets whose number of bins in the linear solution is a fraction `f` above a whole number, the one with the
//! largest `f (1 − f) τ` is branched on: dear bins of which the solution buys about a half.

use std::collections::BTreeMap;

use crate::optimize::problem::{Cost, Problem};

/// A set: a family, and how many of its dearest types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Set {
    family: usize,
    length: usize,
}

/// What the bins of a family have in common: the items admitted and the limits on copies.
type Kind<'a> = (Option<&'a [usize]>, &'a [usize]);

/// The families of a problem, each with its bin types from the dearest down.
#[derive(Debug)]
pub struct Sets {
    families: Vec<Vec<usize>>,
    costs: Vec<Cost>,
}

/// Numbers of bins nearer to a whole number than this are whole.
const WHOLE: f64 = 1e-3;

impl Sets {
    /// The sets of a problem's bins; those that cost nothing are not counted.
    pub fn new(problem: &Problem) -> Self {
        let costs: Vec<Cost> = problem.bins().iter().map(|bin| bin.cost).collect();
        let counted: Vec<usize> = (0..costs.len())
            .filter(|&bin| costs[bin] > 0 && problem.bins()[bin].admits != Some(Vec::new()))
            .collect();
        let mut kinds: BTreeMap<Kind<'_>, Vec<usize>> = BTreeMap::new();
        for &bin in &counted {
            let admits = problem.bins()[bin].admits.as_deref();
            let limits = problem.copy_limits_of(bin);
            kinds.entry((admits, limits)).or_default().push(bin);
        }
        let mut families = vec![counted];
        if kinds.len() > 1 {
            families.extend(kinds.into_values());
        }
        for family in &mut families {
            family.sort_by_key(|&bin| (-costs[bin], bin));
        }
        Self { families, costs }
    }

    /// The bin types of a set, ascending.
    pub fn bins(&self, set: Set) -> Vec<usize> {
        let mut bins = self.families[set.family][..set.length].to_vec();
        bins.sort_unstable();
        bins
    }

    /// The set to branch on where the linear solution has so many bins of each type, and its number of bins; `None` where every
    /// set has a whole number of them.
    pub fn branching(&self, counts: &[f64]) -> Option<(Set, f64)> {
        let mut best: Option<(Set, f64, f64)> = None;
        for (family, bins) in self.families.iter().enumerate() {
            let mut number = 0.0;
            for (place, &bin) in bins.iter().enumerate() {
                number += counts[bin];
                let next = bins.get(place + 1);
                if next.is_some_and(|&next| self.costs[next] == self.costs[bin]) {
                    continue;
                }
                let fraction: f64 = number - f64::floor(number);
                if !(WHOLE..=1.0 - WHOLE).contains(&fraction) {
                    continue;
                }
                let score = fraction * (1.0 - fraction) * self.costs[bin] as f64;
                if best.is_none_or(|(_, _, known)| score > known * (1.0 + 1e-9)) {
                    let length = place + 1;
                    best = Some((Set { family, length }, number, score));
                }
            }
        }
        best.map(|(set, number, _)| (set, number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimize::problem::{BinType, ItemType};

    fn problem(costs: &[(Cost, &[usize])]) -> Problem {
        let bin = |&(cost, admits): &(Cost, &[usize])| BinType {
            capacity: vec![10],
            cost,
            admits: Some(admits.to_vec()),
            requires: None,
        };
        let item = ItemType {
            size: vec![1],
            demand: 5,
            max_per_bin: None,
        };
        let items = vec![item.clone(), item];
        Problem::try_new(1, costs.iter().map(bin).collect(), items, vec![]).expect("valid")
    }

    #[test]
    fn the_dear_half_bin_is_branched_on_before_the_cheap_one() {
        let problem = problem(&[(1, &[0]), (8, &[0]), (8, &[1]), (2, &[1])]);
        let sets = Sets::new(&problem);
        // All bins from 8 up: 1.0 together, but half a bin in each of the two families.
        let (set, number) = sets.branching(&[0.5, 0.5, 0.5, 1.0]).expect("fractions");
        assert_eq!((sets.bins(set), number), (vec![1], 0.5));
        assert_eq!(sets.branching(&[2.0, 1.0, 0.0, 3.0]), None);
    }

    #[test]
    fn types_of_one_cost_are_counted_together() {
        let problem = problem(&[(4, &[0, 1]), (4, &[0, 1]), (1, &[0, 1])]);
        let sets = Sets::new(&problem);
        let (set, number) = sets.branching(&[0.25, 0.5, 2.0]).expect("fractions");
        assert_eq!((sets.bins(set), number), (vec![0, 1], 0.75));
    }
}
