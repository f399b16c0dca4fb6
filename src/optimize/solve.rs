//! The whole solve: reduce, generate columns, round, improve, close.
//!
//! 1. Reduce the problem ([`reduce`](super::reduce)); greedy packings give the first incumbent.
//! 2. Column generation on the quickest rung of the pricing ladder and a coarse dive: a good packing early.
//! 3. Column generation on the middle rungs (bound, duals, patterns) and a careful dive.
//! 4. If few patterns can be part of a cheaper packing, list them all and solve the integer program over
//!    them: exact. Otherwise alternate neighbourhood search, higher rungs of the ladder, new dives and, where there is the work
//!    for it, branches over numbers of bins until the gap, the work or the clock ends it.
//!
//! The bound is rounded up to the cost grid's step: every packing costs a multiple of the greatest common
//! divisor of the costs.

use super::column_generation::rounds::ColumnGeneration;
use super::duals::Duals;
use super::heuristics::{best_fit, dot_product, first_fit};
use super::integer::blocks::Blocks;
use super::integer::diving::DiveOptions;
use super::listener::{Listener, Progress};
use super::lp::LpError;
use super::outcome::{Ending, Outcome, Statistics, Status};
use super::pattern::{Packing, Pattern};
use super::problem::{Cost, Problem};
use super::record::Record;
use super::reduce::{Reduction, reduce};
use super::stop::{Budget, Stop, Within, WorkMeter};

/// What a caller may choose.
#[derive(Debug, Clone)]
pub struct Options {
    /// Stop when (cost − bound) / cost is at most this.
    pub gap: f64,
    /// Counted work; `None` = [`default_work_limit`].
    pub work_limit: Option<u64>,
    /// Seed of the random choices.
    pub seed: u64,
    /// What is known beforehand.
    pub start: Start,
    /// Whether the problem may be taken apart into blocks.
    pub blocks: bool,
}

/// What an earlier solve of this problem, or of a related one, tells. Nothing of it is trusted: patterns
/// and packings are tested, duals are priced; only the bound is taken at its word.
#[derive(Debug, Clone, Default)]
pub struct Start {
    /// Patterns worth knowing; those that do not fit are passed over.
    pub patterns: Vec<Pattern>,
    /// Packings to begin with, complete or not.
    pub packings: Vec<Packing>,
    /// What a copy of each item is worth, on the cost grid.
    pub duals: Option<Vec<f64>>,
    /// What one more copy under each limit on copies is worth (not positive), on the cost grid.
    pub copy_duals: Option<Vec<f64>>,
    /// A proven lower bound.
    pub bound: Option<Cost>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            gap: 0.0,
            work_limit: None,
            seed: 0,
            start: Start::default(),
            blocks: true,
        }
    }
}

/// The first dive starts once the master is within this of its bound.
const QUICK_GAP: f64 = 2e-3;
/// The first dive: coarse and early.
const QUICK_DIVE: DiveOptions = DiveOptions {
    sure: 0.55,
    rounds: 3,
    rounds_after_much: 3,
    batch: 4,
    discrepancy: 0,
    seed: None,
};
/// Where there are many items, the master is let converge to this before the first dive.
const LARGE_GAP: f64 = 8e-4;
/// The dive where there are many items: coarse, since neighbourhoods make more of the time than a careful dive.
const LARGE_DIVE: DiveOptions = DiveOptions {
    sure: 0.25,
    rounds_after_much: 12,
    batch: 4,
    ..QUICK_DIVE
};
/// Surcharge on every bin of the last greedy packing, in terms of the dearest bin.
const MOST_SURCHARGE: f64 = 10.0;
/// Patterns kept for related problems, for each distinct item.
const PATTERNS_PER_ITEM: usize = 12;
/// Work units without a limit of the caller's: 600,000 and 40,000 for each distinct item, about half a
/// second and fifty milliseconds on two cores of 2020s hardware.
pub const fn default_work_limit(distinct_items: usize) -> u64 {
    600_000 + 40_000 * distinct_items as u64
}

/// Solves a problem.
///
/// # Errors
/// When the LP solver fails before everything is packed (after that the packing stands, and the outcome's ending says
/// that it failed); never for an infeasible problem, which is a result.
pub fn solve(
    problem: &Problem,
    options: &Options,
    stop: &dyn Stop,
    listener: &dyn Listener,
) -> Result<Outcome, LpError> {
    let reduction = reduce(problem);
    // A caller with a clock and no work limit is held by the clock alone.
    let default = if stop.remaining().is_some() {
        u64::MAX
    } else {
        default_work_limit(reduction.problem.items().len())
    };
    let work = WorkMeter::new(options.work_limit.unwrap_or(default));
    let mut search = Search::new(
        &reduction.problem,
        options,
        Budget::new(stop, &work),
        listener,
    );
    let failed = search.run(&reduction).err();
    let mut outcome = search.finish(problem, &reduction);
    match failed {
        // The LP solver failing late must not lose a complete packing; failing early is an error.
        Some(error) if outcome.status == Status::Incomplete => return Err(error),
        Some(error) if !matches!(outcome.ending, Ending::Optimal | Ending::Gap) => {
            outcome.ending = Ending::SolverFailed(error);
        }
        Some(_) | None => {}
    }
    Ok(outcome)
}

struct Search<'a> {
    problem: &'a Problem,
    options: &'a Options,
    budget: Budget<'a>,
    listener: &'a dyn Listener,
    demands: Vec<u64>,
    record: Record<'a>,
    duals: Vec<f64>,
    /// All duals at the best bound of column generation.
    at_bound: Option<Duals>,
    /// Patterns known before column generation.
    pool: Vec<Pattern>,
    /// The patterns of column generation worth keeping for related problems.
    promising: Vec<Pattern>,
    columns: usize,
    rounds: u64,
}

impl<'a> Search<'a> {
    fn new(
        problem: &'a Problem,
        options: &'a Options,
        budget: Budget<'a>,
        listener: &'a dyn Listener,
    ) -> Self {
        Self {
            problem,
            options,
            budget,
            listener,
            demands: problem.items().iter().map(|item| item.demand).collect(),
            record: Record::new(problem),
            duals: Vec::new(),
            at_bound: None,
            pool: Vec::new(),
            promising: Vec::new(),
            columns: 0,
            rounds: 0,
        }
    }

    fn run(&mut self, reduction: &Reduction) -> Result<(), LpError> {
        if self.demands.is_empty() || self.problem.bins().is_empty() {
            // Nothing to pack into bins; bins may be wanted all the same, and groups be served outside.
            self.record.offer(Packing::default());
            self.offer_outside();
            if let Some(cost) = self.record.cost() {
                self.record.raise_bound(cost as f64);
            }
            return Ok(());
        }
        for packing in &self.options.start.packings {
            self.record
                .offer(self.completed(reduction.project(packing)));
        }
        // Where duals are known, better packings come soon: one greedy packing is enough to begin with.
        let greedy: &[fn(&Problem, &dyn Stop) -> Packing] = &[
            dot_product::dot_product,
            first_fit::first_fit,
            best_fit::best_fit,
        ];
        let known = self.options.start.duals.is_some();
        let clock = Within(self.budget);
        for heuristic in &greedy[..if known { 1 } else { greedy.len() }] {
            self.record.offer(heuristic(self.problem, &clock));
            // Once stopped, all of them pack item by item, and come to the same.
            if clock.should_stop() {
                break;
            }
        }
        let blocks = Blocks::new(self.problem);
        if self.record.incumbent().is_none() && blocks.count > 1 && !clock.should_stop() {
            self.offer_by_blocks(&blocks);
        }
        let dearest = self
            .problem
            .bins()
            .iter()
            .map(|bin| bin.cost)
            .max()
            .unwrap_or(0) as f64;
        for surcharge in [0.02, 0.1, 1.0, MOST_SURCHARGE] {
            // With no time left the one that takes fewest bins is tried alone: it keeps limits if any does.
            let may_try = surcharge >= MOST_SURCHARGE || !clock.should_stop();
            if self.record.incumbent().is_none() && may_try {
                self.record.offer(first_fit::first_fit_into_few(
                    self.problem,
                    surcharge * dearest,
                    &clock,
                ));
            }
        }
        self.offer_outside();
        if let Some(bound) = self.options.start.bound {
            self.record.raise_bound(bound as f64);
        }
        let best = self.record.best().bins.iter();
        self.pool = best.map(|(pattern, _)| pattern.clone()).collect();
        let known = self.known_patterns(reduction);
        self.pool.extend(known);
        let duals =
            (self.options.start.duals.as_ref()).map(|duals| reduction.reduced_values(duals));
        if let Some(duals) = &duals {
            self.duals.clone_from(duals);
        }
        if self.budget.is_over() {
            return Ok(());
        }
        let start = std::mem::take(&mut self.pool);
        let mut generation = ColumnGeneration::try_new(self.problem, self.demands.clone(), start)?;
        if let Some(duals) = duals {
            let copies = (self.options.start.copy_duals.as_ref())
                .map(|copies| reduction.reduced_limits(copies));
            generation.centre_at(&duals, copies.as_deref());
            generation.price_centre(self.budget)?;
        } else {
            generation.relaxed_start(self.budget.share(1, 6))?;
        }
        self.learn(&generation, "relaxed master");
        self.converge(&mut generation)?;
        let starts_anew = self.options.start.packings.is_empty();
        if !starts_anew && self.record.incumbent().is_some() {
            // A packing of an earlier solve is better than what little work would make of it anew.
        } else if self.options.blocks && blocks.count > 1 {
            self.solve_blocks(&blocks, &mut generation)?;
        } else if generation.is_large() {
            self.dive(&mut generation, LARGE_DIVE)?;
        } else {
            self.dive(&mut generation, QUICK_DIVE)?;
            generation.run(self.tolerance(), 3, self.budget.share(1, 3))?;
            self.learn(&generation, "column generation");
            if !self.is_done() {
                self.dive(&mut generation, DiveOptions::default())?;
            }
        }
        self.close(&mut generation)?;
        self.promising = generation.promising(PATTERNS_PER_ITEM * self.demands.len());
        self.improve(&mut generation)
    }

    /// Column generation before the first packings are made of its patterns.
    fn converge(&mut self, generation: &mut ColumnGeneration<'a>) -> Result<(), LpError> {
        if generation.is_large() {
            generation.run_boxed(self.budget.share(1, 3))?;
            self.learn(generation, "boxed duals");
            generation.run(LARGE_GAP, 2, self.budget.share(1, 3))?;
        } else {
            generation.run(QUICK_GAP, 1, self.budget.share(1, 4))?;
        }
        self.learn(generation, "column generation");
        Ok(())
    }

    /// Takes bound and duals from column generation.
    fn learn(&mut self, generation: &ColumnGeneration<'_>, stage: &'static str) {
        self.columns = generation.pool.len();
        self.rounds = generation.rounds;
        if let Some(bound) = generation.bound() {
            self.record.raise_bound(bound);
        }
        if let Some(duals) = generation.duals() {
            self.duals = duals;
        }
        self.at_bound = generation.at_bound().or_else(|| self.at_bound.take());
        self.report(stage, Some(generation));
    }

    fn is_done(&self) -> bool {
        self.record.is_optimal()
            || self.record.gap().is_some_and(|gap| gap <= self.options.gap)
            || self.budget.is_over()
    }

    fn report(&self, stage: &'static str, generation: Option<&ColumnGeneration<'_>>) {
        self.listener.progress(&Progress {
            stage,
            columns: generation.map_or(self.pool.len(), |generation| generation.pool.len()),
            master: generation.and_then(ColumnGeneration::value),
            bound: self.record.bound().map(|bound| bound as f64),
            incumbent: self.record.cost().map(|cost| cost as f64),
            work: self.budget.work.spent(),
        });
    }

    fn finish(&mut self, original: &Problem, reduction: &Reduction) -> Outcome {
        let optimal = self.record.is_optimal();
        let reduced = self.record.best();
        let packing = reduction.restore(reduced);
        let missing = packing.missing(original);
        let cost = packing.cost(original);
        let complete = missing.iter().all(|&copies| copies == 0);
        let status = match (complete, optimal) {
            (true, true) => Status::Optimal,
            (true, false) => Status::Feasible,
            (false, _) => Status::Incomplete,
        };
        let ending = if status == Status::Optimal {
            Ending::Optimal
        } else if self.record.gap().is_some_and(|gap| gap <= self.options.gap) {
            Ending::Gap
        } else if self.budget.stop.should_stop() {
            Ending::Stopped
        } else if self.budget.left() == 0 {
            Ending::WorkLimit
        } else {
            Ending::GaveUp
        };
        // A cost that is no multiple of the step above the bound cannot be undercut: the bound is the cost.
        let bound = match self.record.bound() {
            Some(bound) if complete && cost - bound >= self.record.step() => Some(bound),
            bound if status == Status::Optimal => bound.max(Some(cost)),
            bound => bound,
        };
        Outcome {
            status,
            missing,
            cost,
            bound,
            duals: reduction.item_values(&self.duals, original.items().len()),
            at_bound: (self.at_bound.as_ref())
                .map(|duals| reduction.original_duals(duals, original)),
            patterns: (self.promising.iter())
                .map(|pattern| reduction.unmerged(pattern))
                .collect(),
            ending,
            statistics: Statistics {
                items: self.demands.len(),
                bins: self.problem.bins().len(),
                columns: self.columns,
                rounds: self.rounds,
                work: self.budget.work.spent(),
            },
            packing,
        }
    }
}

mod counting;
mod improve;
mod packings;

#[cfg(test)]
mod tests;
