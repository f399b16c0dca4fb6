//! Which slots: simulated annealing over kinds, units and places (`moves`).
//!
//! Each evaluation fills the slots and fits kinds to what they were given, which is a solution; the objective is its cost,
//! or the slots' own cost and the overload, where that is less. Runs begin with the rows of a good packing or afresh, and
//! go side by side; of each number of slots the cheapest design of all runs counts, the first among equals, so that
//! the number of threads does not show.

use std::time::Duration;

use rand::prelude::*;
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;

use super::fill::{Filler, Filling};
use super::fit::Families;
use super::moves::Moves;
use super::{Design, EvenPatterns, start};
use crate::optimize::few_patterns::Slot;
use crate::optimize::problem::Cost;
use crate::optimize::stop::{Counter, Share, Stop};

/// What a caller may choose.
#[derive(Debug, Clone)]
pub struct Options<'a> {
    /// Inner steps of each run.
    pub work_limit: u64,
    /// What all runs spend is counted here.
    pub counted: &'a Counter,
    /// Seed of the random choices.
    pub seed: u64,
    /// Runs side by side; every other one begins afresh.
    pub runs: u64,
    /// Value of a copy of each item, on the cost grid.
    pub values: Vec<f64>,
    /// Slots of a good packing, as many as it has.
    pub start: Vec<Slot>,
    /// What a good packing costs.
    pub cost: Cost,
    /// No design costs less: one that costs no more ends the search.
    pub bound: Cost,
}

/// What overload counts in the objective, over its cost.
const OVERLOAD_WEIGHT: f64 = 1.6;
/// What the cost of slots counts times whose firm tasks are in too few places.
const TOO_FEW_PLACES: f64 = 1.1;
/// Sweeps of a first look at slots, and of a closer one where they promise something.
const QUICK_SWEEPS: usize = 8;
const CAREFUL_SWEEPS: usize = 32;
/// Slots whose overload, over their cost, is below this are looked at closely.
const PROMISING: f64 = 0.06;
/// Steps that a move counts as, filling apart.
const STEPS_PER_MOVE: u64 = 200;
/// Slots that are tried to begin with.
const MOST_STARTS: usize = 24;
/// Times that a start is made larger.
const MOST_LARGER: usize = 48;
/// First and last temperature, over the objective.
const HOT: f64 = 2.5e-2;
const COLD: f64 = 4e-4;

/// The cheapest designs found: of each number of slots that no fewer slots do as well with, ascending.
pub fn search(
    problem: &EvenPatterns,
    options: &Options<'_>,
    stop: &dyn Stop,
) -> Vec<(Cost, Design)> {
    if stop.should_stop() {
        return Vec::new();
    }
    let families = Families::new(problem);
    let Some(moves) = Moves::new(problem, &families, &options.values, stop) else {
        return Vec::new();
    };
    let threads = rayon::current_num_threads().max(1) as u64;
    let runs: Vec<Vec<Option<(Cost, Design)>>> = (0..options.runs)
        .into_par_iter()
        .map(|run| {
            // A thread's runs come one after the other, and share its time.
            let turns = options.runs.div_ceil(threads);
            let left = u32::try_from(turns - run % turns).unwrap_or(1);
            let clock = Share::new(stop, 1, left);
            Annealing::new(problem, &families, &moves, options, run, &clock).run(&clock)
        })
        .collect();
    let mut cheapest: Vec<Option<(Cost, Design)>> = vec![None; problem.few.slots + 1];
    for (number, found) in runs.into_iter().flat_map(|run| run.into_iter().enumerate()) {
        keep(&mut cheapest[number], found);
    }
    let mut envelope: Vec<(Cost, Design)> = Vec::new();
    for (cost, design) in cheapest.into_iter().flatten() {
        if envelope.last().is_none_or(|(least, _)| cost < *least) {
            envelope.push((cost, design));
        }
    }
    envelope
}

fn keep(best: &mut Option<(Cost, Design)>, found: Option<(Cost, Design)>) {
    let Some((cost, design)) = found else { return };
    if best.as_ref().is_none_or(|(least, _)| cost < *least) {
        *best = Some((cost, design));
    }
}

struct State {
    slots: Vec<Slot>,
    filling: Filling,
    objective: f64,
}

struct Annealing<'a> {
    problem: &'a EvenPatterns,
    families: &'a Families,
    moves: &'a Moves<'a>,
    options: &'a Options<'a>,
    run: u64,
    filler: Filler<'a>,
    random: Xoshiro256PlusPlus,
    /// By number of slots.
    best: Vec<Option<(Cost, Design)>>,
    least: Cost,
    /// Time left at the start, where there is a clock.
    time: Option<Duration>,
}

impl<'a> Annealing<'a> {
    fn new(
        problem: &'a EvenPatterns,
        families: &'a Families,
        moves: &'a Moves<'a>,
        options: &'a Options<'a>,
        run: u64,
        stop: &dyn Stop,
    ) -> Self {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(options.seed);
        for _ in 0..run {
            random.jump();
        }
        Self {
            problem,
            families,
            moves,
            options,
            run,
            filler: Filler::new(problem, families),
            random,
            best: vec![None; problem.few.slots + 1],
            least: Cost::MAX,
            time: stop.remaining(),
        }
    }

    fn run(mut self, stop: &dyn Stop) -> Vec<Option<(Cost, Design)>> {
        let Some(mut current) = self.first(stop) else {
            return self.ended();
        };
        while !stop.should_stop() && self.least > self.options.bound {
            let done = self.done(stop);
            if done >= 1.0 {
                break;
            }
            let temperature = HOT * (COLD / HOT).powf(done);
            self.filler.count(STEPS_PER_MOVE);
            let changed = self
                .moves
                .neighbour(&current.slots, &current.filling, &mut self.random);
            let Some(next) = changed.and_then(|(slots, filling)| self.evaluate(slots, filling))
            else {
                continue;
            };
            let worse = (next.objective - current.objective) / current.objective;
            if worse <= 0.0 || self.random.random::<f64>() < (-worse / temperature).exp() {
                current = next;
            }
        }
        self.ended()
    }

    fn ended(self) -> Vec<Option<(Cost, Design)>> {
        self.options.counted.add(self.filler.steps());
        self.best
    }

    /// Part of the work, or of the time, that is over.
    fn done(&self, stop: &dyn Stop) -> f64 {
        let work = self.filler.steps() as f64 / self.options.work_limit.max(1) as f64;
        let time = (self.time.zip(stop.remaining())).map_or(0.0, |(all, left)| {
            1.0 - left.as_secs_f64() / all.as_secs_f64().max(1e-9)
        });
        work.max(time)
    }

    /// The start, with more of everything until it can be filled at all: known slots or fresh ones, and others afresh where
    /// those cannot; `None` where the time is over before.
    fn first(&mut self, stop: &dyn Stop) -> Option<State> {
        let afresh = self.run % 2 == 1 || self.options.start.is_empty();
        for attempt in 0..MOST_STARTS {
            let slots = if attempt == 0 && !afresh {
                start::merged(
                    self.problem,
                    self.families,
                    self.moves,
                    &self.options.start,
                    &mut self.random,
                )
            } else {
                start::fresh(
                    self.problem,
                    self.families,
                    self.moves,
                    self.options.cost as f64,
                    &mut self.random,
                )
            };
            if let Some(state) = self.grown(slots, stop) {
                return Some(state);
            }
            if stop.should_stop() || self.done(stop) >= 1.0 {
                return None;
            }
        }
        None
    }

    fn grown(&mut self, mut slots: Vec<Slot>, stop: &dyn Stop) -> Option<State> {
        for _ in 0..MOST_LARGER {
            if stop.should_stop() || slots.is_empty() || !self.problem.allows(&slots) {
                return None;
            }
            let empty = Filling::empty(self.problem, slots.len());
            if let Some(state) = self.evaluate(slots.clone(), empty) {
                return Some(state);
            }
            for slot in &mut slots {
                let more = slot.units + slot.units.div_ceil(4);
                slot.units = more.min(self.moves.most_units(slot.kind).max(slot.units));
            }
        }
        None
    }

    /// Fills slots and fits kinds to them; remembers the solution.
    fn evaluate(&mut self, slots: Vec<Slot>, filling: Filling) -> Option<State> {
        let (mut filling, mut overload) = self.filler.fill(&slots, filling, QUICK_SWEEPS)?;
        let cost = self.problem.few.cost(&slots) as f64;
        let promising = overload < PROMISING * cost && cost < self.least as f64;
        if overload > 0.0 && promising {
            (filling, overload) = self.filler.fill(&slots, filling, CAREFUL_SWEEPS)?;
        }
        let rough = OVERLOAD_WEIGHT.mul_add(overload, cost);
        let fitted = self.families.fit(self.problem, &slots, &filling);
        let Some((fitted, stay)) = fitted else {
            return (overload > 0.0).then_some(State {
                slots,
                filling,
                objective: rough,
            });
        };
        let of = |rows: &[Vec<u64>]| -> Vec<Vec<u64>> {
            stay.iter().map(|&at| rows[at].clone()).collect()
        };
        let design = Design {
            copies: of(&filling.copies),
            tasks: of(&filling.tasks),
            slots: fitted.clone(),
        };
        let exact = self.problem.few.cost(&fitted);
        // Firm tasks of an item with many can be in too few places: that choice is not exact. Such slots are no solution,
        // but a step to one.
        let (is_solution, times) = if self.problem.is_feasible(&design) {
            (true, 1.0)
        } else {
            (false, TOO_FEW_PLACES)
        };
        if is_solution {
            self.remember(exact, design);
        }
        let objective = times * exact as f64;
        if overload > 0.0 && rough < objective {
            return Some(State {
                slots,
                filling,
                objective: rough,
            });
        }
        for place in (0..slots.len()).rev() {
            if !stay.contains(&place) {
                filling.remove(place);
            }
        }
        Some(State {
            slots: fitted,
            filling,
            objective,
        })
    }

    fn remember(&mut self, cost: Cost, design: Design) {
        let known = &mut self.best[design.slots.len()];
        if known.as_ref().is_some_and(|(least, _)| *least <= cost) {
            return;
        }
        *known = Some((cost, design));
        self.least = self.least.min(cost);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::three_places;
    use super::*;
    use crate::optimize::stop::Never;

    fn options<'a>(problem: &EvenPatterns, counted: &'a Counter) -> Options<'a> {
        Options {
            counted,
            work_limit: 400_000,
            seed: 1,
            runs: 2,
            values: vec![1.0; problem.few.items.len()],
            start: Vec::new(),
            cost: 60,
            bound: 0,
        }
    }

    #[test]
    fn remainders_go_to_single_places() {
        // Four and five tasks of size 1 over three places: 9 in bins of 3 at cost 3 is the least there can be.
        let problem = three_places(&[(1, 4, 0), (1, 5, 0)], true);
        let found = search(&problem, &options(&problem, &Counter::new()), &Never);
        let (cost, design) = found.last().expect("a design");
        assert_eq!(*cost, 9, "{design:?}");
        assert!(problem.is_feasible(design));
    }

    #[test]
    fn more_slots_never_cost_more_and_every_design_is_feasible() {
        let problem = three_places(&[(1, 7, 2), (2, 4, 1), (1, 2, 0), (3, 5, 2)], false);
        let found = search(&problem, &options(&problem, &Counter::new()), &Never);
        assert!(!found.is_empty());
        for pair in found.windows(2) {
            assert!(pair[0].1.slots.len() < pair[1].1.slots.len() && pair[1].0 < pair[0].0);
        }
        for (cost, design) in &found {
            assert!(problem.is_feasible(design));
            assert_eq!(*cost, problem.few.cost(&design.slots));
        }
    }

    /// Every kind a second time, as a kind of another sort at so many times the cost.
    fn with_second_sort(problem: &mut EvenPatterns, times: Cost) {
        for kind in 0..problem.few.kinds.len() {
            let mut twin = problem.few.kinds[kind].clone();
            twin.cost *= times;
            problem.few.kinds.push(twin);
            problem.places.push(problem.places[kind].clone());
            problem.makes.push(problem.makes[kind] + 100);
            problem.only_needed.push(false);
            problem.sorts.push(1);
        }
    }

    fn searched(problem: &EvenPatterns) -> Vec<(Cost, Design)> {
        let counted = Counter::new();
        let found = search(problem, &options(problem, &counted), &Never);
        for (_, design) in &found {
            assert!(problem.is_feasible(design), "{design:?}");
        }
        found
    }

    #[test]
    fn few_items_that_need_dear_kinds_have_slots_of_their_own() {
        let mut problem = three_places(&[(1, 2, 0), (1, 7, 0), (2, 4, 0)], true);
        with_second_sort(&mut problem, 4);
        problem.needy = vec![0];
        for kind in 0..problem.few.kinds.len() {
            problem.only_needed[kind] = problem.sorts[kind] == 1;
            if problem.sorts[kind] == 0 {
                problem.few.kinds[kind].most[0] = 0;
            }
        }
        let found = searched(&problem);
        // Two tasks on the smallest dear bins, 4 each, and 15 of size beside them.
        assert_eq!(found.last().expect("a design").0, 23);
    }

    #[test]
    fn items_that_keep_apart_are_in_slots_of_different_sorts() {
        let mut problem = three_places(&[(1, 6, 0), (2, 5, 0), (1, 3, 0)], true);
        with_second_sort(&mut problem, 1);
        for kind in 0..problem.few.kinds.len() {
            let absent = problem.sorts[kind];
            problem.few.kinds[kind].most[absent] = 0;
        }
        let found = searched(&problem);
        assert_eq!(found.last().expect("a design").0, 19);
    }
}
