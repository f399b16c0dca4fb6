//! Branch and price on numbers of bins.
//!
//! The linear program buys fractions of dear bins: a third of a bin that costs half of the whole packing. For a set `T` of bin types with
//! `v = Σ_{o∈T} x_o` fractional in its solution, every packing has
//!
//! ```text
//! Σ_{o∈T} x_o ≤ ⌊v⌋    (none of them, or a limit on bins)     or     Σ_{o∈T} x_o ≥ ⌈v⌉    (used bins)
//! ```
//! and both linear programs lose this solution. Both rows are over bins, so that pricing stays as it is (robust branching).
//! Branches are searched best bound first, and share their patterns; the bound of the tree is the least among the
//! branches that are open or were left without a set to branch on.
//!
//! References: F. Vanderbeck, On Dantzig–Wolfe decomposition in integer programming and ways to perform branching in a
//! branch-and-price algorithm, Operations Research 48(1), 2000, doi:10.1287/opre.48.1.111.12453; G. Belov & G. Scheithauer,
//! A branch-and-cut-and-price algorithm for one-dimensional stock cutting and two-dimensional two-stage cutting, European
//! Journal of Operational Research 171(1), 2006, doi:10.1016/j.ejor.2004.08.036.

mod branch;
mod sets;

use std::collections::BTreeSet;

use crate::optimize::duals::{Duals, reduced_bin_costs};
use crate::optimize::lp::LpError;
use crate::optimize::pattern::{Packing, Pattern};
use crate::optimize::problem::{Cost, Problem};
use crate::optimize::stop::Budget;

use super::node::rounded;
use branch::{Decision, Relaxed, Start, decided, relax};
use sets::Sets;

/// Patterns that a branch begins with: so many for each item, and at least [`FEWEST_PATTERNS`].
const PATTERNS_PER_ITEM: usize = 10;
/// See [`PATTERNS_PER_ITEM`].
const FEWEST_PATTERNS: usize = 400;
/// Patterns kept for later branches.
const MOST_PATTERNS: usize = 20_000;

/// A branch that is still to be searched.
#[derive(Debug)]
struct Open {
    decisions: Vec<Decision>,
    /// Bound of the branch it comes from, on the cost grid.
    bound: f64,
    /// Duals of that bound.
    duals: Option<Duals>,
}

/// A tree that can be searched a while, left, and searched on.
#[derive(Debug)]
pub struct Counts<'a> {
    problem: &'a Problem,
    step: Cost,
    sets: Sets,
    patterns: Vec<Pattern>,
    known: BTreeSet<Pattern>,
    open: Vec<Open>,
    /// Least bound of the branches without a set to branch on.
    abandoned: f64,
}

impl<'a> Counts<'a> {
    /// The tree of a problem whose linear program has this bound and these duals, on the cost grid.
    pub fn new(problem: &'a Problem, step: Cost, bound: f64, duals: Option<Duals>) -> Self {
        Self {
            problem,
            step,
            sets: Sets::new(problem),
            patterns: Vec::new(),
            known: BTreeSet::new(),
            open: vec![Open {
                decisions: Vec::new(),
                bound,
                duals,
            }],
            abandoned: f64::INFINITY,
        }
    }

    /// Takes patterns for the branches to come.
    pub fn learn(&mut self, patterns: impl IntoIterator<Item = Pattern>) {
        for pattern in patterns {
            if self.patterns.len() < MOST_PATTERNS && self.known.insert(pattern.clone()) {
                self.patterns.push(pattern);
            }
        }
    }

    /// All patterns known.
    pub fn patterns(&self) -> &[Pattern] {
        &self.patterns
    }

    /// No packing costs less, on the cost grid; infinite when every branch is closed.
    pub fn bound(&self) -> f64 {
        (self.open.iter().map(|open| open.bound)).fold(self.abandoned, f64::min)
    }

    /// Searches until the tree or the budget ends, closing what cannot cost less than `incumbent`; a cheaper packing is
    /// returned at once.
    ///
    /// # Errors
    /// When the LP solver fails.
    pub fn run(&mut self, incumbent: Cost, budget: Budget<'_>) -> Result<Option<Packing>, LpError> {
        self.open
            .retain(|open| rounded(open.bound, self.step) < incumbent);
        while !budget.is_over() {
            let Some(next) = self.best() else {
                return Ok(None);
            };
            let open = self.open.swap_remove(next);
            let branch = decided(self.problem, &open.decisions);
            let start = Start {
                patterns: self.promising(&branch, open.duals.as_ref()),
                duals: open.duals.as_ref(),
                bound: open.bound,
            };
            let relaxed = relax(&branch, start, incumbent, self.step, budget)?;
            self.learn(relaxed.patterns.iter().cloned());
            if rounded(relaxed.bound, self.step) >= incumbent {
                continue;
            }
            let is_better = |packing: &Packing| {
                packing.cost(self.problem) < incumbent
                    && packing
                        .missing(self.problem)
                        .iter()
                        .all(|&copies| copies == 0)
            };
            if let Some(packing) = relaxed.whole.clone().filter(is_better) {
                // The branch may hold more; it is looked at again with the better incumbent.
                let Relaxed { bound, .. } = relaxed;
                self.open.push(Open { bound, ..open });
                return Ok(Some(packing));
            }
            self.branch(open, relaxed, budget);
        }
        Ok(None)
    }

    /// The open branch with the least bound, the first among equals.
    fn best(&self) -> Option<usize> {
        (0..self.open.len())
            .min_by(|&a, &b| (self.open[a].bound.total_cmp(&self.open[b].bound)).then(a.cmp(&b)))
    }

    /// Opens the two branches of a solution; where the budget ended first, the branch is opened again.
    fn branch(&mut self, open: Open, relaxed: Relaxed, budget: Budget<'_>) {
        let Relaxed {
            bound,
            duals,
            counts,
            ..
        } = relaxed;
        let duals = duals.or_else(|| open.duals.clone());
        if budget.is_over() {
            self.open.push(Open {
                bound,
                duals,
                ..open
            });
            return;
        }
        let Some((set, number)) = self.sets.branching(&counts) else {
            self.abandoned = self.abandoned.min(bound);
            return;
        };
        let bins = self.sets.bins(set);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let below = number.floor().max(0.0) as u64;
        for decision in [
            Decision::AtMost(bins.clone(), below),
            Decision::AtLeast(bins, below + 1),
        ] {
            let mut decisions = open.decisions.clone();
            decisions.push(decision);
            self.open.push(Open {
                decisions,
                bound,
                duals: duals.clone(),
            });
        }
    }

    /// The patterns of lowest reduced cost that a branch allows.
    fn promising(&self, branch: &Problem, duals: Option<&Duals>) -> Vec<Pattern> {
        let is_allowed = |pattern: &&Pattern| {
            let bin = &branch.bins()[pattern.bin];
            bin.admits.as_ref().is_none_or(|items| !items.is_empty())
        };
        let mut allowed: Vec<&Pattern> = self.patterns.iter().filter(is_allowed).collect();
        let most = (PATTERNS_PER_ITEM * branch.items().len()).max(FEWEST_PATTERNS);
        if let Some(duals) = duals.filter(|_| allowed.len() > most) {
            let costs = reduced_bin_costs(self.problem, duals, 1.0);
            allowed.sort_by_cached_key(|pattern| {
                let content = pattern.content.iter().map(|&(i, n)| (i, n as f64));
                let worth = duals.worth(self.problem, pattern.bin, content);
                #[allow(clippy::cast_possible_truncation)]
                let reduced = (costs[pattern.bin] - worth) as i64;
                (reduced, *pattern)
            });
            allowed.truncate(most);
        }
        allowed.into_iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests;
