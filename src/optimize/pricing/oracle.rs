//! Pricing over all bin types at once, in parallel, with a bound for each.
//!
//! Bin type `o` is worth a new column when some pattern has `Σ_i p_i a_i > ĉ_o`, where
//! `p_i = π_i + Σ_{r∋(i,o)} ω_r` and `ĉ_o = c_o − Σ_{G∋o} μ_G − ν` (see the master's duals).
//! The oracle answers for every type with patterns found and what is proven of `max_a p·a` (see [`Proof`]).
//! The methods of an effort are a list, quick ones first; one loop asks them in turn and joins what they say.
//! Types answer independently, so they are priced with rayon; results are collected in bin order and do
//! not depend on the number of threads.

use std::sync::atomic::{AtomicU32, Ordering};

use rayon::prelude::*;

use super::branch_and_bound;
use super::contract::{Answer, Proof};
use super::enumerate::{self, Limits};
use super::knapsack::Knapsack;
use super::relaxation::Relaxation;
use super::walk::{self, Found};
use crate::optimize::duals::Duals;
use crate::optimize::pattern::Pattern;
use crate::optimize::problem::Problem;
use crate::optimize::room::Room;
use crate::optimize::stop::Counter;

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
    /// How the walk went on each.
    patience: Vec<Patience>,
    /// Most patterns of one type in an answer.
    columns: usize,
}

/// Most patterns of all types in one round.
const MOST_COLUMNS: usize = 100;

impl Oracle {
    /// Builds the pricing problems; bin types that can hold nothing are left out.
    pub fn new(problem: &Problem, demands: &[u64], room: &Room) -> Self {
        let knapsacks: Vec<Knapsack> = (0..problem.bins().len())
            .into_par_iter()
            .map(|bin| Knapsack::new(problem, bin, demands, room))
            .filter(Knapsack::holds_something)
            .collect();
        let columns = (MOST_COLUMNS / knapsacks.len().max(1)).max(1);
        Self {
            patience: knapsacks.iter().map(|_| Patience::default()).collect(),
            knapsacks,
            columns,
        }
    }

    /// Asks for at least so many patterns of each type from now on; returns how many were asked for before.
    pub fn ask_for(&mut self, columns: usize) -> usize {
        let least = (MOST_COLUMNS / self.knapsacks.len().max(1)).max(1);
        std::mem::replace(&mut self.columns, columns.max(least))
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
        work: &Counter,
    ) -> Vec<Answer> {
        let shape = Shape {
            types: self.knapsacks.len(),
            columns: self.columns,
        };
        self.knapsacks
            .par_iter()
            .zip(&self.patience)
            .map(|(knapsack, patience)| {
                let cutoff = costs[knapsack.bin] * (1.0 + tolerance);
                price_one(knapsack, patience, duals, cutoff, effort, shape, work)
            })
            .collect()
    }
}

/// A walk that does not end in its steps is not begun at each call: after `n` failures in a row `2ⁿ` calls pass
/// without one. Each knapsack is priced by one thread at a time, so that nothing depends on their number.
#[derive(Debug, Default)]
struct Patience {
    failures: AtomicU32,
    pass: AtomicU32,
}

/// Up to so many types a walk is always worth its time: it finds many columns, finished or not.
const FEW_TYPES: usize = 4;
/// Most doublings of the calls that pass.
const MOST_FAILURES: u32 = 6;

impl Patience {
    fn is_over(&self) -> bool {
        let pass = self.pass.load(Ordering::Relaxed);
        self.pass.store(pass.saturating_sub(1), Ordering::Relaxed);
        pass > 0
    }

    fn record(&self, complete: bool) {
        let failures = if complete {
            0
        } else {
            (self.failures.load(Ordering::Relaxed) + 1).min(MOST_FAILURES)
        };
        self.failures.store(failures, Ordering::Relaxed);
        self.pass.store((1 << failures) - 1, Ordering::Relaxed);
    }
}

/// Steps of all walks of a round together on the first rung; each higher rung allows [`STEPS_PER_RUNG`] times as
/// many.
const STEPS: u64 = 400_000;
/// See [`STEPS`].
const STEPS_PER_RUNG: u64 = 10;
/// Fewest and most steps of a walk.
const WALK: (u64, u64) = (4_000, 20_000_000);

/// Steps of a walk where branch and bound may look at so many nodes and there are so many types.
fn steps_of(nodes: u64, types: usize) -> u64 {
    let rung = nodes.max(1).ilog10();
    (STEPS * STEPS_PER_RUNG.pow(rung) / types.max(1) as u64).clamp(WALK.0, WALK.1)
}

/// Steps of a walk that take about a microsecond.
const WALK_STEPS_PER_WORK_UNIT: u64 = 32;

/// The exact answer by depth-first search, where that ends within its steps; else the patterns found.
fn walked(
    knapsack: &Knapsack,
    patience: Option<&Patience>,
    profits: &[f64],
    cutoff: f64,
    steps: u64,
    work: &Counter,
) -> Option<Found> {
    if patience.is_some_and(Patience::is_over) {
        return None;
    }
    let mut relaxation = Relaxation::new(knapsack, profits.to_vec());
    let (_, bound) = relaxation.solve();
    work.add(relaxation_work(knapsack, relaxation.pivots));
    if bound <= cutoff {
        return Some(Found {
            contents: Vec::new(),
            complete: true,
            bound: cutoff,
            steps: 0,
        });
    }
    let found = walk::walk(knapsack, &relaxation, cutoff, steps);
    work.add(found.steps / WALK_STEPS_PER_WORK_UNIT);
    if let Some(patience) = patience {
        patience.record(found.complete);
    }
    Some(found)
}

/// How wide a round is.
#[derive(Debug, Clone, Copy)]
struct Shape {
    /// Bin types priced.
    types: usize,
    /// Most patterns of each.
    columns: usize,
}

/// What a method is asked about one bin type.
struct Question<'a> {
    knapsack: &'a Knapsack,
    patience: &'a Patience,
    profits: Vec<f64>,
    /// What the required copy is worth: earned in any case, and in no value that a search sees.
    earned: f64,
    /// Contents worth more than this are of interest.
    cutoff: f64,
    /// The required copy alone is of interest.
    enters_alone: bool,
    shape: Shape,
    work: &'a Counter,
}

/// A way of pricing one bin type.
#[derive(Debug, Clone, Copy)]
enum Method {
    /// The linear relaxation: its point becomes a column of the relaxed master.
    Relaxation,
    /// Depth-first search of so many steps; where `is_enough`, patterns without a proof end the pricing.
    Walk { steps: u64, is_enough: bool },
    /// Branch and bound over so many nodes, and further patterns of what its best leaves.
    Tree { nodes: u64 },
}

/// The methods of an effort, in the order in which they are asked.
fn methods(effort: Effort, types: usize) -> Vec<Method> {
    match effort {
        Effort::Relaxed => vec![Method::Relaxation],
        Effort::Nodes(nodes) => vec![
            Method::Walk {
                steps: steps_of(nodes, types),
                is_enough: nodes <= 1,
            },
            Method::Tree { nodes },
        ],
    }
}

impl Method {
    fn price(self, question: &Question<'_>) -> Answer {
        match self {
            Self::Relaxation => question.relaxed(),
            Self::Walk { steps, .. } => question.walk(steps),
            Self::Tree { nodes } => question.tree(nodes),
        }
    }

    /// Whether no further method is asked after this answer.
    fn ends_with(self, answer: &Answer) -> bool {
        let is_enough = matches!(
            self,
            Self::Walk {
                is_enough: true,
                ..
            }
        );
        answer.proof.is_exact() || (is_enough && !answer.patterns.is_empty())
    }
}

impl Question<'_> {
    fn relaxed(&self) -> Answer {
        let mut relaxation = Relaxation::new(self.knapsack, self.profits.clone());
        let (_, bound) = relaxation.solve();
        (self.work).add(relaxation_work(self.knapsack, relaxation.pivots));
        let is_of_interest = self.enters_alone || bound > self.cutoff;
        Answer {
            proof: Proof::Bounded(bound + self.earned),
            relaxed: is_of_interest.then(|| self.knapsack.relaxed_content(&relaxation.values)),
            ..Answer::nothing(self.knapsack.bin)
        }
    }

    fn walk(&self, steps: u64) -> Answer {
        let Shape { types, columns } = self.shape;
        let patience = (types > FEW_TYPES).then_some(self.patience);
        let (knapsack, profits) = (self.knapsack, &self.profits);
        let seen = walked(knapsack, patience, profits, self.cutoff, steps, self.work);
        let Some(found) = seen else {
            return Answer::nothing(knapsack.bin);
        };
        let bound = found.bound + self.earned;
        let contents = found.contents.into_iter().take(columns);
        Answer {
            proof: if found.complete {
                Proof::Exact(bound)
            } else {
                Proof::Bounded(bound)
            },
            patterns: contents
                .map(|(value, content)| (value + self.earned, knapsack.pattern(&content)))
                .collect(),
            ..Answer::nothing(knapsack.bin)
        }
    }

    fn tree(&self, nodes: u64) -> Answer {
        let (knapsack, cutoff) = (self.knapsack, self.cutoff);
        let found = branch_and_bound::search(knapsack, &self.profits, cutoff, nodes);
        self.work.add(found.work);
        let mut patterns = Vec::new();
        if let Some((value, content)) = found.best {
            patterns.push((value + self.earned, knapsack.pattern(&content)));
            let (profits, columns) = (self.profits.clone(), self.shape.columns);
            let work = self.work;
            disjoint(
                knapsack,
                profits,
                content,
                cutoff,
                columns,
                &mut patterns,
                work,
            );
        }
        let bound = found.bound + self.earned;
        let point = found.relaxed;
        Answer {
            bin: knapsack.bin,
            proof: if point.is_none() {
                Proof::Exact(bound)
            } else {
                Proof::Bounded(bound)
            },
            patterns,
            relaxed: point
                .filter(|_| found.bound > cutoff)
                .map(|point| knapsack.relaxed_content(&point)),
        }
    }
}

fn price_one(
    knapsack: &Knapsack,
    patience: &Patience,
    duals: &Duals,
    cutoff: f64,
    effort: Effort,
    shape: Shape,
    work: &Counter,
) -> Answer {
    let earned = knapsack.required_worth(duals);
    let cutoff = cutoff - earned;
    // The required copy alone enters. The searches look for contents worth more than a cutoff and may answer with the
    // cutoff itself as their bound: below 0 that would be less than what is earned in any case.
    let enters_alone = cutoff < 0.0;
    let is_relaxed = matches!(effort, Effort::Relaxed);
    let alone = (enters_alone && !is_relaxed).then(|| (earned, knapsack.pattern(&[])));
    if knapsack.is_empty() {
        // Nothing to choose: the only pattern is the required copy alone.
        work.add(1);
        return Answer {
            bin: knapsack.bin,
            proof: Proof::Exact(earned),
            patterns: alone.into_iter().collect(),
            relaxed: (enters_alone && is_relaxed).then(|| knapsack.relaxed_content(&[])),
        };
    }
    let question = Question {
        knapsack,
        patience,
        profits: knapsack.profits(duals),
        earned,
        cutoff: cutoff.max(0.0),
        enters_alone,
        shape,
        work,
    };
    let mut answer = Answer::nothing(knapsack.bin);
    for method in methods(effort, shape.types) {
        answer = answer.then(method.price(&question));
        if method.ends_with(&answer) {
            break;
        }
    }
    if answer.patterns.is_empty() {
        answer.patterns.extend(alone);
    }
    answer
}

/// Nodes of the search for each further pattern of a type.
const FURTHER_NODES: u64 = 8;

/// Further patterns, each of what the ones before leave: where there are few types, one pattern a type and
/// round would take as many rounds as there are items.
fn disjoint(
    knapsack: &Knapsack,
    mut profits: Vec<f64>,
    mut content: Vec<u64>,
    cutoff: f64,
    columns: usize,
    patterns: &mut Vec<(f64, Pattern)>,
    work: &Counter,
) {
    let mut rest = knapsack.clone();
    while patterns.len() < columns {
        let Some((smaller, kept)) = rest.without(&content) else {
            return;
        };
        profits = kept.iter().map(|&position| profits[position]).collect();
        rest = smaller;
        let found = branch_and_bound::search(&rest, &profits, cutoff, FURTHER_NODES);
        work.add(found.work);
        let Some((value, next)) = found.best else {
            return;
        };
        patterns.push((value, rest.pattern(&next)));
        content = next;
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
        work: &Counter,
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
            work.add(lists.iter().map(|(_, steps)| steps).sum::<u64>() / STEPS_PER_WORK_UNIT + 1);
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
