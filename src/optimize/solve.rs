//! The whole solve: reduce, generate columns, round, improve, close.
//!
//! 1. Reduce the problem ([`reduce`](super::reduce)); greedy packings give the first incumbent.
//! 2. Column generation on the quickest rung of the pricing ladder and a coarse dive: a good packing early.
//! 3. Column generation on the middle rungs (bound, duals, patterns) and a careful dive.
//! 4. If few patterns can be part of a cheaper packing, list them all and solve the integer program over
//!    them: exact. Otherwise alternate neighbourhood search, higher rungs of the ladder and new dives
//!    until the gap, the work or the clock ends it.
//!
//! The bound is rounded up to the cost grid's step: every packing costs a multiple of the greatest common
//! divisor of the costs.

use super::column_generation::rounds::{ColumnGeneration, LADDER};
use super::heuristics::{best_fit, dot_product, first_fit};
use super::integer::blocks::Blocks;
use super::integer::diving::{self, DiveOptions};
use super::integer::neighbourhood::Neighbourhood;
use super::integer::restricted_master;
use super::listener::{Listener, Progress, Silent};
use super::lp::LpError;
use super::outcome::{Ending, Outcome, Statistics, Status};
use super::pattern::{Packing, Pattern};
use super::pricing::enumerate::Limits;
use super::pricing::oracle::STEPS_PER_WORK_UNIT;
use super::problem::{Cost, Problem};
use super::record::Record;
use super::reduce::{Reduction, reduce};
use super::room::Room;
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

/// Work units of the integer program for each of its columns, by experience: a larger one is not begun.
const WORK_PER_COLUMN: u64 = 1_000;
/// Work units of a node of the integer program, for its node limit.
const WORK_PER_NODE: u64 = 4_000;
/// The first dive starts once the master is within this of its bound.
const QUICK_GAP: f64 = 2e-3;
/// The first dive: coarse and early.
const QUICK_DIVE: DiveOptions = DiveOptions {
    sure: 0.55,
    rounds: 3,
    batch: 4,
    discrepancy: 0,
    seed: None,
};
/// Most work units that listing patterns may take at a time.
const MOST_LISTING_WORK: u64 = 2_000_000;

/// Work units without a limit of the caller's: 600,000 and 40,000 for each distinct item, about half a
/// second and fifty milliseconds on two cores of 2020s hardware.
pub const fn default_work_limit(distinct_items: usize) -> u64 {
    600_000 + 40_000 * distinct_items as u64
}

/// Solves a problem.
///
/// # Errors
/// When the LP solver fails; never for an infeasible problem, which is a result.
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
    let outcome = search.finish(problem, &reduction);
    match failed {
        // The LP solver failing late must not lose a complete packing; failing early is an error.
        Some(error) if outcome.status == Status::Incomplete => Err(error),
        _ => Ok(outcome),
    }
}

/// Demands with the groups decided: nothing for those outside; extra copies to the items that lean to them
/// most, in turn from group to group among equals.
fn settle(problem: &Problem, outside: &[usize], leaning: &[f64]) -> Vec<u64> {
    let mut demands: Vec<u64> = problem.items().iter().map(|item| item.demand).collect();
    let mut given: Vec<u64> = Vec::new();
    for (index, group) in problem.groups().iter().enumerate() {
        if outside.binary_search(&index).is_ok() {
            for &item in &group.items {
                demands[item] = 0;
            }
            continue;
        }
        // The place within the group stands for the zone, the block, or whatever the items differ in.
        let mut places: Vec<usize> = (0..group.items.len()).collect();
        given.resize(given.len().max(places.len()), 0);
        #[allow(clippy::cast_possible_truncation)]
        let lean = |place: usize| -((leaning[group.items[place]] * 1e3).round() as i64);
        places.sort_by_key(|&place| (lean(place), given[place], place));
        for &place in places
            .iter()
            .take(usize::try_from(group.extra).unwrap_or(usize::MAX))
        {
            demands[group.items[place]] += 1;
            given[place] += 1;
        }
    }
    demands
}

struct Search<'a> {
    problem: &'a Problem,
    options: &'a Options,
    budget: Budget<'a>,
    listener: &'a dyn Listener,
    demands: Vec<u64>,
    record: Record<'a>,
    duals: Vec<f64>,
    /// Patterns known before column generation.
    pool: Vec<Pattern>,
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
            pool: Vec::new(),
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
        let greedy: &[fn(&Problem) -> Packing] = &[
            dot_product::dot_product,
            first_fit::first_fit,
            best_fit::best_fit,
        ];
        let known = self.options.start.duals.is_some();
        for heuristic in &greedy[..if known { 1 } else { greedy.len() }] {
            self.record.offer(heuristic(self.problem));
        }
        let dearest = self
            .problem
            .bins()
            .iter()
            .map(|bin| bin.cost)
            .max()
            .unwrap_or(0) as f64;
        for surcharge in [0.02, 0.1, 1.0, 10.0] {
            if self.record.incumbent().is_none() {
                self.record.offer(first_fit::first_fit_into_few(
                    self.problem,
                    surcharge * dearest,
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
        generation.run(QUICK_GAP, 1, self.budget.share(1, 4))?;
        self.learn(&generation, "column generation");
        let blocks = Blocks::new(self.problem);
        let starts_anew = self.options.start.packings.is_empty();
        if !starts_anew && self.record.incumbent().is_some() {
            // A packing of an earlier solve is better than what little work would make of it anew.
        } else if self.options.blocks && blocks.count > 1 {
            self.solve_blocks(&blocks, &mut generation)?;
        } else {
            self.dive(&mut generation, QUICK_DIVE)?;
            generation.run(self.tolerance(), 3, self.budget.share(1, 3))?;
            self.learn(&generation, "column generation");
            if !self.is_done() {
                self.dive(&mut generation, DiveOptions::default())?;
            }
        }
        self.close(&mut generation)?;
        self.improve(&mut generation)
    }

    /// Where every group that can be is served outside, greedy packs the rest.
    fn offer_outside(&mut self) {
        let outside: Vec<usize> = (0..self.problem.groups().len())
            .filter(|&group| self.problem.groups()[group].outside.is_some())
            .collect();
        if !outside.is_empty() {
            let demands = settle(self.problem, &outside, &vec![0.0; self.demands.len()]);
            let rest = self.problem.settled(&demands, &Room::new(self.problem));
            self.record.offer(Packing {
                outside,
                ..dot_product::dot_product(&rest)
            });
        }
    }

    /// The patterns known beforehand that fit this problem.
    fn known_patterns(&self, reduction: &Reduction) -> Vec<Pattern> {
        let known = Packing {
            bins: (self.options.start.patterns.iter())
                .map(|pattern| (pattern.clone(), 1))
                .collect(),
            outside: Vec::new(),
        };
        let mut patterns: Vec<Pattern> = (reduction.project(&known).bins.into_iter())
            .map(|(pattern, _)| pattern)
            .filter(|pattern| pattern.is_feasible(self.problem))
            .collect();
        patterns.sort();
        patterns.dedup();
        patterns
    }

    /// Dives with the groups decided as the master's last solution leans.
    fn dive(
        &mut self,
        generation: &mut ColumnGeneration<'a>,
        options: DiveOptions,
    ) -> Result<(), LpError> {
        let patterns = generation.promising((6 * self.demands.len()).max(400));
        let (outside, extra) = generation.choices();
        let outside: Vec<usize> = (0..outside.len()).filter(|&g| outside[g] > 0.5).collect();
        let demands = settle(self.problem, &outside, &extra);
        let settled = self.problem.settled(&demands, &Room::new(self.problem));
        let dive = diving::dive(&settled, &demands, patterns, options, self.budget)?;
        self.record.offer(Packing {
            outside,
            ..dive.packing
        });
        for pattern in dive.patterns {
            generation.add(pattern)?;
        }
        self.learn(generation, "diving");
        Ok(())
    }

    /// Takes the problem apart into blocks and solves them one by one, as the master's last solution shares
    /// the items out.
    fn solve_blocks(
        &mut self,
        blocks: &Blocks,
        generation: &mut ColumnGeneration<'a>,
    ) -> Result<(), LpError> {
        let (outside, extra) = generation.choices();
        let outside: Vec<usize> = (0..outside.len()).filter(|&g| outside[g] > 0.5).collect();
        let demands = settle(self.problem, &outside, &extra);
        let shares = blocks.shares(self.problem, &demands, &generation.solution_bins());
        let duals = generation.duals();
        let mut wanted: Vec<usize> = (0..blocks.count)
            .filter(|&block| shares[block].iter().any(|&copies| copies > 0))
            .collect();
        // The smallest first: what they do not use of their time is left to the others.
        wanted.sort_by_key(|&block| (shares[block].iter().sum::<u64>(), block));
        let budget = self.budget.share(2, 3);
        let mut packing = Packing {
            bins: Vec::new(),
            outside: outside.clone(),
        };
        let mut room = Room::new(self.problem);
        for (place, &block) in wanted.iter().enumerate() {
            let part = u32::try_from(wanted.len() - place).unwrap_or(1);
            let share = budget.share(1, part);
            let settled = self.problem.settled(&shares[block], &room);
            let problem = settled.only_bins(&|bin| blocks.of_bin[bin] == block);
            let patterns = generation.pool.patterns().iter();
            let options = Options {
                gap: 0.0,
                work_limit: Some(share.left()),
                seed: self.options.seed,
                start: Start {
                    patterns: (patterns.filter(|p| blocks.of_bin[p.bin] == block))
                        .filter(|p| p.content.iter().all(|&(i, n)| n <= shares[block][i]))
                        .cloned()
                        .collect(),
                    duals: duals.clone(),
                    ..Start::default()
                },
                blocks: false,
            };
            let solved = solve(&problem, &options, &Within(share), &Silent)?;
            self.budget.work.spend(solved.statistics.work);
            for (pattern, count) in solved.packing.bins {
                // What the limits on copies do not allow any more is packed with the rest.
                let times = room.times(self.problem, &pattern).min(count);
                if times > 0 {
                    room.take(self.problem, &pattern, times);
                    generation.add(pattern.clone())?;
                    packing.push(pattern, times);
                }
            }
        }
        let packing = self.completed(packing);
        self.record.offer(packing);
        self.report("blocks", Some(generation));
        Ok(())
    }

    /// A packing within the limits, with what is missing packed greedily.
    fn completed(&self, mut packing: Packing) -> Packing {
        packing.trim(self.problem);
        let missing = packing.missing(self.problem);
        if missing.iter().any(|&copies| copies > 0)
            && let Some(room) = Room::beside(self.problem, &packing)
        {
            let rest = self.problem.settled(&missing, &room);
            packing.bins.extend(dot_product::dot_product(&rest).bins);
        }
        packing
    }

    /// Lists every pattern an improving packing could use, and solves the integer program over them.
    fn close(&mut self, generation: &mut ColumnGeneration<'a>) -> Result<(), LpError> {
        let Some(incumbent) = self.record.incumbent().cloned().filter(|_| !self.is_done()) else {
            return Ok(());
        };
        let cost = incumbent.cost(self.problem);
        let most = (self.budget.left() / 4).min(MOST_LISTING_WORK);
        let limits = Limits {
            patterns: 6_000,
            steps: most.saturating_mul(STEPS_PER_WORK_UNIT),
        };
        let Some(mut patterns) = generation.improving_patterns(cost as f64, limits, self.budget)?
        else {
            return Ok(());
        };
        // The incumbent's own patterns give the program a start.
        patterns.extend(incumbent.bins.iter().map(|(pattern, _)| pattern.clone()));
        patterns.sort();
        patterns.dedup();
        if patterns.len() as u64 > self.budget.left() / WORK_PER_COLUMN {
            return Ok(());
        }
        let nodes =
            i32::try_from((self.budget.left() / WORK_PER_NODE).clamp(10, 3_000)).unwrap_or(10);
        let outcome = restricted_master::solve(
            self.problem,
            &self.demands,
            &patterns,
            Some(&incumbent),
            nodes,
            self.budget,
        )?;
        if let Some(packing) = outcome.packing {
            self.record.offer(packing);
        }
        // Anything cheaper than the incumbent is made of these patterns, so their bound is everyone's,
        // up to the incumbent's own cost.
        if let Some(bound) = outcome.bound {
            self.record.raise_bound(bound.min(cost as f64));
        }
        self.report("integer program", Some(generation));
        Ok(())
    }

    /// How close the master must be to its bound for more pricing to be a waste: a small part of the gap.
    fn tolerance(&self) -> f64 {
        self.record.gap().map_or(1e-9, |gap| (gap / 50.0).max(1e-9))
    }

    /// Whether inexact pricing, and not the relaxation itself, makes up much of the gap.
    fn is_bound_loose(&self, generation: &ColumnGeneration<'_>) -> bool {
        let (Some(cost), Some(bound), Some(value)) =
            (self.record.cost(), generation.bound(), generation.value())
        else {
            return true;
        };
        value - bound > 0.2 * (cost as f64 - bound).max(0.0)
    }

    /// Neighbourhoods, more dives and higher rungs, until something ends it.
    fn improve(&mut self, generation: &mut ColumnGeneration<'a>) -> Result<(), LpError> {
        let mut discrepancy = 0;
        let mut rung = 3;
        let mut fruitless = 0_u32;
        let mut neighbourhood = Neighbourhood::new(
            self.problem,
            generation
                .duals()
                .unwrap_or_else(|| vec![0.0; self.demands.len()]),
            self.options.seed,
        );
        let mut gap_at_close = self.record.gap();
        while !self.is_done() {
            let Some(mut packing) = self.record.incumbent().cloned() else {
                // Limits may leave nothing complete; a few more dives, then give up.
                discrepancy += 1;
                if discrepancy > 3 {
                    return Ok(());
                }
                self.dive(
                    generation,
                    DiveOptions {
                        discrepancy,
                        ..DiveOptions::default()
                    },
                )?;
                continue;
            };
            let better =
                neighbourhood.step(&mut packing, generation.pool.patterns(), self.budget)?;
            if better {
                self.record.offer(packing);
                self.report("neighbourhoods", Some(generation));
            }
            fruitless = if better { 0 } else { fruitless + 1 };
            if fruitless >= 12 {
                fruitless = 0;
                if rung < LADDER.len() && self.is_bound_loose(generation) {
                    rung += 1;
                    let tolerance = self.tolerance();
                    generation.run(tolerance, rung, self.budget.share(1, 4))?;
                    self.learn(generation, "column generation");
                } else {
                    discrepancy += 1;
                    self.dive(
                        generation,
                        DiveOptions {
                            discrepancy: discrepancy % 4,
                            seed: Some(self.options.seed.wrapping_add(discrepancy as u64)),
                            ..DiveOptions::default()
                        },
                    )?;
                }
                if self
                    .record
                    .gap()
                    .zip(gap_at_close)
                    .is_some_and(|(now, then)| now < then * 0.9)
                {
                    gap_at_close = self.record.gap();
                    self.close(generation)?;
                }
            }
        }
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
        } else {
            Ending::WorkLimit
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

#[cfg(test)]
mod tests;
