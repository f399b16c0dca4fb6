//! Large-neighbourhood search: empty some bins, pack their contents again, keep what is cheaper.
//!
//! Bins are drawn with a bias towards waste, i.e. towards bins whose content is worth least under the
//! duals compared with their cost: `c_o − Σ_i π_i a_i`. The contents form a small problem of the same kind,
//! solved by column generation and a few dives, all but the first of them randomised. (An integer program
//! over the patterns was tried in their place: seconds where a dive takes milliseconds.)
//! Reference: Pisinger & Ropke, Large neighborhood search, Handbook of Metaheuristics, 2019.

use std::collections::BTreeMap;

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::diving::{self, DiveOptions};
use super::downsize::Downsizer;
use crate::optimize::column_generation::rounds::ColumnGeneration;
use crate::optimize::lp::LpError;
use crate::optimize::pattern::{Packing, Pattern};
use crate::optimize::problem::Problem;
use crate::optimize::reduce::reduce;
use crate::optimize::room::Room;
use crate::optimize::stop::Budget;

/// The search's state.
pub struct Neighbourhood<'a> {
    problem: &'a Problem,
    /// Value of one copy of each item, on the cost grid.
    duals: Vec<f64>,
    random: Xoshiro256PlusPlus,
    /// Bins to empty at a time.
    size: usize,
}

/// Patterns that a dive begins with, for each item.
const PATTERNS_PER_ITEM: usize = 3;
/// Dives for each neighbourhood.
const TRIALS: usize = 4;

/// Smallest and largest number of bins to empty.
const SIZES: (usize, usize) = (4, 24);

impl<'a> Neighbourhood<'a> {
    /// A search guided by these duals.
    pub fn new(problem: &'a Problem, duals: Vec<f64>, seed: u64) -> Self {
        Self {
            problem,
            duals,
            random: Xoshiro256PlusPlus::seed_from_u64(seed),
            size: SIZES.0 + 2,
        }
    }

    /// Empties some bins of `packing` and packs their contents again; `true` when it became cheaper.
    ///
    /// # Errors
    /// When the LP solver fails.
    pub fn step(
        &mut self,
        packing: &mut Packing,
        patterns: &[Pattern],
        budget: Budget<'_>,
    ) -> Result<bool, LpError> {
        let mut bins = unit_bins(packing, 4096);
        if bins.len() < 2 {
            return Ok(false);
        }
        let chosen = self.draw(&bins);
        let mut removed = Packing::default();
        for &index in chosen.iter().rev() {
            removed.push(bins.swap_remove(index), 1);
        }
        removed.normalise();
        let demands = removed.packed(self.problem);
        let before = removed.cost(self.problem);
        let repacked = self.repack(packing, &removed, &demands, patterns, budget)?;
        let better = repacked.cost(self.problem) < before;
        if better {
            replace(packing, &removed, repacked);
        }
        self.adapt(better);
        Ok(better)
    }

    fn adapt(&mut self, better: bool) {
        self.size = if better {
            self.size.saturating_sub(1).max(SIZES.0)
        } else {
            (self.size + 1).min(SIZES.1)
        };
        if self.size == SIZES.1 {
            self.size = SIZES.0;
        }
    }

    /// Indices of bins to empty, ascending: weighted by waste, without repeats.
    fn draw(&mut self, bins: &[Pattern]) -> Vec<usize> {
        let worth: Vec<f64> = (bins.iter())
            .map(|pattern| {
                let of = |&(item, copies): &(usize, u64)| self.duals[item] * copies as f64;
                pattern.content.iter().map(of).sum()
            })
            .collect();
        let cost = |pattern: &Pattern| self.problem.bins()[pattern.bin].cost as f64;
        // Bins under limits on copies are cheaper than their contents are worth elsewhere: each kind is
        // measured against its own kind.
        let mut kinds: BTreeMap<bool, (f64, f64)> = BTreeMap::new();
        let limited = |pattern: &Pattern| !self.problem.copy_limits_of(pattern.bin).is_empty();
        for (pattern, worth) in bins.iter().zip(&worth) {
            let kind = kinds.entry(limited(pattern)).or_default();
            kind.0 += cost(pattern);
            kind.1 += worth;
        }
        let waste: Vec<f64> = (bins.iter().zip(&worth))
            .map(|(pattern, worth)| {
                let (spent, total) = kinds[&limited(pattern)];
                let price = if total > spent && kinds.len() > 1 {
                    spent / total
                } else {
                    1.0
                };
                (cost(pattern) - worth * price).max(0.0)
            })
            .collect();
        let mean = waste.iter().sum::<f64>() / waste.len() as f64;
        // Exponential keys with weights: the largest keys are a weighted draw without replacement.
        let mut keyed: Vec<(f64, usize)> = waste
            .iter()
            .enumerate()
            .map(|(index, waste)| {
                let weight = (waste + 0.3 * mean).max(1e-12);
                let uniform: f64 = self.random.random_range(1e-12..1.0);
                (uniform.ln() / weight, index)
            })
            .collect();
        keyed.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        // Bins that could not hold anything of the first one's have nothing to exchange with it.
        let first = &bins[keyed[0].1];
        let related = |pattern: &Pattern| {
            (first.content.iter()).any(|&(item, _)| self.problem.fits(pattern.bin, item))
        };
        let mut chosen: Vec<usize> = (keyed.into_iter().map(|(_, index)| index))
            .filter(|&index| related(&bins[index]))
            .take(self.size.min(bins.len()))
            .collect();
        chosen.sort_unstable();
        chosen
    }

    /// Packs the demands of the emptied bins anew within the limits the others leave.
    fn repack(
        &mut self,
        packing: &Packing,
        removed: &Packing,
        demands: &[u64],
        patterns: &[Pattern],
        budget: Budget<'_>,
    ) -> Result<Packing, LpError> {
        let mut rest = packing.clone();
        without(&mut rest, removed);
        // A packing that passes a limit has no room for anything.
        let Some(room) = Room::beside(self.problem, &rest) else {
            return Ok(removed.clone());
        };
        let fits = |p: &&Pattern| {
            p.content
                .iter()
                .all(|&(item, copies)| copies <= demands[item])
        };
        // Few items take part: the small problem is over them alone.
        let settled = self.problem.settled(demands, &room);
        let reduction = reduce(&settled);
        let small = &reduction.problem;
        let small_demands: Vec<u64> = small.items().iter().map(|item| item.demand).collect();
        let mut known = removed.clone();
        known
            .bins
            .extend(patterns.iter().filter(fits).map(|p| (p.clone(), 1)));
        let start = reduction
            .project(&known)
            .bins
            .into_iter()
            .map(|(pattern, _)| pattern);
        let start: Vec<Pattern> = start.filter(|pattern| pattern.is_feasible(small)).collect();
        let mut generation = ColumnGeneration::try_new(small, small_demands.clone(), start)?;
        generation.run_rounds(40, budget)?;
        let pool = generation.promising(PATTERNS_PER_ITEM * small_demands.len());
        let mut best = removed.clone();
        for trial in 0..TRIALS {
            let seed = (trial > 0).then(|| self.random.random());
            let rounds = if trial == 0 { 6 } else { 4 };
            let options = DiveOptions {
                rounds,
                seed,
                ..DiveOptions::default()
            };
            let dive = diving::dive(small, &small_demands, pool.clone(), options, budget)?;
            if dive
                .packing
                .missing(small)
                .iter()
                .all(|&missing| missing == 0)
            {
                let mut packing = dive.packing;
                packing.trim(small);
                self.consider(&mut best, reduction.restore(&packing), &settled);
            }
            if budget.is_over() {
                break;
            }
        }
        Ok(best)
    }

    fn consider(&self, best: &mut Packing, mut other: Packing, small: &Problem) {
        if other.missing(small).iter().any(|&missing| missing > 0) {
            return;
        }
        other.trim(small);
        Downsizer::new(self.problem).apply(&mut other);
        if other.cost(self.problem) < best.cost(self.problem) {
            *best = other;
        }
    }
}

/// Bins one by one, at most `most` of them.
fn unit_bins(packing: &Packing, most: usize) -> Vec<Pattern> {
    packing
        .bins
        .iter()
        .filter(|(pattern, _)| !pattern.content.is_empty())
        .flat_map(|(pattern, count)| {
            // Many equal bins are good bins: a few stand for all.
            std::iter::repeat_n(pattern, usize::try_from(*count).unwrap_or(3).min(3))
        })
        .take(most)
        .cloned()
        .collect()
}

/// Takes bins out of a packing that holds them.
fn without(packing: &mut Packing, removed: &Packing) {
    for (pattern, count) in &removed.bins {
        let kept = packing
            .bins
            .iter_mut()
            .find(|(known, _)| known == pattern)
            .expect("a removed bin was in the packing");
        kept.1 -= count;
    }
}

fn replace(packing: &mut Packing, removed: &Packing, added: Packing) {
    without(packing, removed);
    packing.bins.extend(added.bins);
    packing.normalise();
}
