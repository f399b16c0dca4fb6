//! Pricing over all bin types at once, in parallel, with a bound for each.
//!
//! Bin type `o` is worth a new column when some pattern has `Σ_i p_i a_i > ĉ_o`, where
//! `p_i = π_i + Σ_{r∋(i,o)} ω_r` and `ĉ_o = c_o − Σ_{G∋o} μ_G − ν` (see the master's duals).
//! The oracle answers for every type with patterns found and an upper bound `U_o ≥ max_a p·a`.
//! It says which of three things it is: *exact* (the bound is the value or proves there is nothing above
//! `ĉ_o`), or *heuristic with a bound*; it is never heuristic without one.
//! Types answer independently, so they are priced with rayon; results are collected in bin order and do
//! not depend on the number of threads.

use rayon::prelude::*;

use super::branch_and_bound;
use super::enumerate::{self, Limits};
use super::knapsack::Knapsack;
use super::relaxation::Relaxation;
use crate::optimize::duals::Duals;
use crate::optimize::pattern::Pattern;
use crate::optimize::problem::Problem;
use crate::optimize::room::Room;
use crate::optimize::stop::WorkMeter;

/// What pricing says about one bin type.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Bin type.
    pub bin: usize,
    /// No pattern is worth more: proven.
    pub bound: f64,
    /// Patterns found, best first, with their values under the duals asked about.
    pub patterns: Vec<(f64, Pattern)>,
    /// The relaxation's point, by item, when the search left a bound above `ĉ_o`.
    pub relaxed: Option<Vec<(usize, f64)>>,
}

/// How hard to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// Relaxation only: its points become columns of the relaxed master.
    Relaxed,
    /// Relaxation, round, fill, and a tree of at most so many nodes.
    Nodes(u64),
}

/// The knapsacks of all bin types for given demands.
#[derive(Debug)]
pub struct Oracle {
    knapsacks: Vec<Knapsack>,
}

impl Oracle {
    /// Builds the pricing problems; bin types that can hold nothing are left out.
    pub fn new(problem: &Problem, demands: &[u64], room: &Room) -> Self {
        let knapsacks = (0..problem.bins().len())
            .into_par_iter()
            .map(|bin| Knapsack::new(problem, bin, demands, room))
            .filter(|knapsack| !knapsack.is_empty())
            .collect();
        Self { knapsacks }
    }

    /// The bin types that can hold something.
    pub fn bins(&self) -> impl Iterator<Item = usize> + '_ {
        self.knapsacks.iter().map(|knapsack| knapsack.bin)
    }

    /// Prices every type. `costs[o]` is `ĉ_o`; patterns are reported when worth more than
    /// `ĉ_o · (1 + tolerance)`.
    pub fn price(
        &self,
        duals: &Duals,
        costs: &[f64],
        effort: Effort,
        tolerance: f64,
        work: &WorkMeter,
    ) -> Vec<Answer> {
        self.knapsacks
            .par_iter()
            .map(|knapsack| {
                let cutoff = costs[knapsack.bin] * (1.0 + tolerance);
                price_one(knapsack, duals, cutoff, effort, work)
            })
            .collect()
    }
}

fn price_one(
    knapsack: &Knapsack,
    duals: &Duals,
    cutoff: f64,
    effort: Effort,
    work: &WorkMeter,
) -> Answer {
    let profits = knapsack.profits(duals);
    // What the required copy is worth is earned in any case.
    let earned = knapsack.required_worth(duals);
    let cutoff = cutoff - earned;
    match effort {
        Effort::Relaxed => {
            let mut relaxation = Relaxation::new(knapsack, profits);
            let (_, bound) = relaxation.solve();
            work.spend(relaxation_work(knapsack, relaxation.pivots));
            let relaxed = (bound > cutoff).then(|| knapsack.relaxed_content(&relaxation.values));
            Answer {
                bin: knapsack.bin,
                bound: bound + earned,
                patterns: Vec::new(),
                relaxed,
            }
        }
        Effort::Nodes(limit) => {
            let found = branch_and_bound::search(knapsack, &profits, cutoff, limit);
            work.spend(found.work);
            let patterns = found
                .best
                .map(|(value, content)| (value + earned, knapsack.pattern(&content)))
                .into_iter()
                .collect();
            let relaxed = found
                .relaxed
                .filter(|_| found.bound > cutoff)
                .map(|point| knapsack.relaxed_content(&point));
            Answer {
                bin: knapsack.bin,
                bound: found.bound + earned,
                patterns,
                relaxed,
            }
        }
    }
}

const fn relaxation_work(knapsack: &Knapsack, pivots: u64) -> u64 {
    (pivots + 1) * ((knapsack.len() * knapsack.dimensions) as u64 / 256 + 1)
}

/// Types listed side by side; after each group the budget is looked at, so that where the listing gives up
/// does not depend on the number of threads.
const GROUP: usize = 8;

impl Oracle {
    /// Every maximal pattern with `π·a ≥ ĉ_o − slack`, over all types; `None` when there are more than
    /// `limits.patterns`, or more than `limits.steps` steps are needed in all.
    pub fn enumerate(
        &self,
        duals: &Duals,
        costs: &[f64],
        slack: f64,
        limits: Limits,
        work: &WorkMeter,
    ) -> Option<Vec<Pattern>> {
        let mut all = Vec::new();
        let mut steps = 0;
        for group in self.knapsacks.chunks(GROUP) {
            let left = Limits {
                patterns: limits.patterns,
                steps: limits.steps - steps,
            };
            let lists: Vec<(Option<Vec<Pattern>>, u64)> = group
                .par_iter()
                .map(|knapsack| {
                    let profits = knapsack.profits(duals);
                    let earned = knapsack.required_worth(duals);
                    let threshold = costs[knapsack.bin] - slack - earned;
                    enumerate::enumerate(knapsack, &profits, threshold, left)
                })
                .collect();
            steps += lists.iter().map(|(_, steps)| steps).sum::<u64>();
            work.spend(lists.iter().map(|(_, steps)| steps).sum::<u64>() / STEPS_PER_WORK_UNIT + 1);
            for (list, _) in lists {
                all.extend(list?);
            }
            if all.len() > limits.patterns || steps >= limits.steps {
                return None;
            }
        }
        Some(all)
    }
}

/// A step of the listing is a few dozen multiplications.
pub const STEPS_PER_WORK_UNIT: u64 = 8;
