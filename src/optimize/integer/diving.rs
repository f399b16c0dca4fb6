//! Diving: fix bins the linear program is sure of, re-price on what is left, repeat.
//!
//! At each step the columns with a value of at least one are taken that many times; if there is none, the
//! most nearly integral ones are rounded up. Columns that would over-pack the residual demand are switched
//! off and their trimmed versions offered instead, so the program stays a tight picture of what remains;
//! a few pricing rounds find patterns for the residual. The problem is settled beforehand: which groups are
//! served outside the bins and which items get an extra copy is decided. Where the budget ends a dive early, the dot-product
//! greedy packs what is left.
//! Reference: Sadykov, Vanderbeck, Pessoa, Tahiri, Uchoa, Primal heuristics for branch and price,
//! INFORMS Journal on Computing 31(2), 2019, doi:10.1287/ijoc.2018.0822.

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::optimize::column_generation::rounds::ColumnGeneration;
use crate::optimize::heuristics::dot_product::dot_product;
use crate::optimize::lp::LpError;
use crate::optimize::pattern::{Content, Packing, Pattern};
use crate::optimize::problem::Problem;
use crate::optimize::room::Room;
use crate::optimize::stop::{Budget, Within};

/// How a dive rounds.
#[derive(Debug, Clone, Copy)]
pub struct DiveOptions {
    /// Fractions from here up may be rounded together in one step.
    pub sure: f64,
    /// Pricing rounds after each step.
    pub rounds: u64,
    /// Pricing rounds after a step that packs more than 4 % of all copies: the linear program of the rest begins anew.
    pub rounds_after_much: u64,
    /// One step rounds at most one in so many of the fractional columns.
    pub batch: usize,
    /// Skips the best column this many times at the first fractional step: limited discrepancy.
    pub discrepancy: usize,
    /// Rounds one of the best few columns, drawn with this seed, instead of the best.
    pub seed: Option<u64>,
}

/// The part of all copies of [`DiveOptions::rounds_after_much`].
const MUCH: f64 = 0.04;

impl Default for DiveOptions {
    fn default() -> Self {
        Self {
            sure: 0.75,
            rounds: 12,
            rounds_after_much: 12,
            batch: 12,
            discrepancy: 0,
            seed: None,
        }
    }
}

/// A dive's packing and the patterns it generated.
#[derive(Debug)]
pub struct Dive {
    /// Complete unless limits or the budget cut it short.
    pub packing: Packing,
    /// New patterns, worth keeping in the pool.
    pub patterns: Vec<Pattern>,
}

/// Dives from the given patterns in a settled problem ([`Problem::settled`]).
///
/// # Errors
/// When the LP solver fails.
pub fn dive(
    problem: &Problem,
    demands: &[u64],
    patterns: Vec<Pattern>,
    options: DiveOptions,
    budget: Budget<'_>,
) -> Result<Dive, LpError> {
    let mut residual = demands.to_vec();
    let mut room = Room::new(problem);
    let mut packing = Packing::default();
    let usable = patterns.into_iter().filter(|p| room.times(problem, p) > 0);
    let mut generation = ColumnGeneration::try_new(problem, residual.clone(), usable)?;
    let known = generation.pool.len();
    let mut chooser = Chooser {
        sure: options.sure,
        batch: options.batch,
        discrepancy: options.discrepancy,
        random: options.seed.map(Xoshiro256PlusPlus::seed_from_u64),
    };
    let all: u64 = demands.iter().sum();
    let mut packed = 0;
    while residual.iter().any(|&n| n > 0) && !budget.is_over() {
        let rounds = if packed as f64 > MUCH * all as f64 {
            options.rounds_after_much
        } else {
            options.rounds
        };
        generation.run_rounds(rounds, budget)?;
        let chosen = chooser.choose(&generation, &residual);
        if chosen.is_empty() {
            break;
        }
        let before: u64 = residual.iter().sum();
        let mut progressed = false;
        for (index, copies) in chosen {
            let pattern = generation.pool.patterns()[index].clone();
            let mut state = State {
                problem,
                residual: &mut residual,
                room: &mut room,
                packing: &mut packing,
            };
            progressed |= state.take(&pattern, copies);
        }
        if !progressed {
            break;
        }
        packed = before - residual.iter().sum::<u64>();
        generation.restrict(&residual, &room)?;
    }
    if residual.iter().any(|&n| n > 0) {
        let rest = problem.settled(&residual, &room);
        packing
            .bins
            .extend(dot_product(&rest, &Within(budget)).bins);
    }
    packing.normalise();
    let patterns = generation.pool.patterns()[known..].to_vec();
    Ok(Dive { packing, patterns })
}

/// Picks the columns to fix.
struct Chooser {
    sure: f64,
    batch: usize,
    discrepancy: usize,
    random: Option<Xoshiro256PlusPlus>,
}

impl Chooser {
    /// Columns to fix in this step with the number of bins, most certain first.
    fn choose(&mut self, generation: &ColumnGeneration<'_>, residual: &[u64]) -> Vec<(usize, u64)> {
        let mut fractional = generation.fractional();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let whole: Vec<(usize, u64)> = fractional
            .iter()
            .filter(|(_, value)| *value >= 1.0 - 1e-6)
            .map(|&(index, value)| (index, (value + 1e-6).floor() as u64))
            .collect();
        if !whole.is_empty() {
            return whole;
        }
        fractional.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let most = fractional.len().saturating_sub(1);
        let skip = self.discrepancy.min(most) + self.draw().min(most);
        self.discrepancy = 0;
        let fractional = &fractional[skip.min(most)..];
        let remaining: u64 = residual.iter().sum();
        let batch = if remaining < 60 {
            1
        } else {
            fractional.len() / self.batch + 1
        };
        fractional
            .iter()
            .take(batch)
            .enumerate()
            .filter(|&(rank, &(_, value))| rank == 0 || value >= self.sure)
            .map(|(_, &(index, _))| (index, 1))
            .collect()
    }

    /// How many of the best columns to pass over: usually none, seldom more than two.
    fn draw(&mut self) -> usize {
        match &mut self.random {
            Some(random) => match random.random_range(0..8_u32) {
                0..=4 => 0,
                5 | 6 => 1,
                _ => 2,
            },
            None => 0,
        }
    }
}

/// What a dive has fixed and what is left.
struct State<'a> {
    problem: &'a Problem,
    residual: &'a mut [u64],
    room: &'a mut Room,
    packing: &'a mut Packing,
}

impl State<'_> {
    /// Fixes bins of a pattern as far as residual demand and limits allow; says whether it fixed any.
    fn take(&mut self, pattern: &Pattern, copies: u64) -> bool {
        let mut left = copies;
        let mut progressed = false;
        while left > 0 {
            let content: Content = pattern
                .content
                .iter()
                .map(|&(item, n)| (item, n.min(self.residual[item])))
                .filter(|&(_, n)| n > 0)
                .collect();
            let trimmed = Pattern {
                bin: pattern.bin,
                content: self.room.trimmed(self.problem, pattern.bin, &content),
            };
            // A pattern that earlier picks have half emptied is left to the next program.
            let kept: u64 = trimmed.content.iter().map(|&(_, n)| n).sum();
            let full: u64 = pattern.content.iter().map(|&(_, n)| n).sum();
            let times = self.most_times(&trimmed).min(left);
            let usable = times > 0 && trimmed.is_feasible(self.problem);
            if kept == 0 || (progressed && kept < full) || !usable {
                break;
            }
            for &(item, n) in &trimmed.content {
                self.residual[item] -= n * times;
            }
            self.room.take(self.problem, &trimmed, times);
            self.packing.push(trimmed, times);
            progressed = true;
            left -= times;
        }
        progressed
    }

    /// How many equal bins can be taken at once.
    fn most_times(&self, pattern: &Pattern) -> u64 {
        let by_demand = (pattern.content.iter())
            .map(|&(item, n)| self.residual[item] / n)
            .min();
        by_demand
            .unwrap_or(0)
            .min(self.room.times(self.problem, pattern))
    }
}
