//! Which slots: simulated annealing over kinds and units.
//!
//! The objective is the slots' cost plus `OVERLOAD_WEIGHT` times what the capacity that is missing would cost
//! ([`fill`](super::fill)). A move changes the units of a slot, its kind (at about the same cost), shifts cost
//! from one slot to another, adds a slot or takes one out. Whatever fills without overload is shrunk (fewer
//! units, cheaper kinds that still hold the patterns) and is a candidate for the best design.
//!
//! Kinds are drawn by their efficiency (`draw`).
//! Runs of different seeds go side by side; the best of them counts, the first among equals, so that the
//! number of threads does not show.

use rand::prelude::*;
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;
use std::time::Duration;

use super::draw::Kinds;
use super::fill::{Filler, Filling};
use super::{Design, FewPatterns, Slot};
use crate::optimize::problem::Cost;
use crate::optimize::stop::{Counter, Stop};

/// What a caller may choose.
#[derive(Debug, Clone)]
pub struct Options<'a> {
    /// Inner steps of each run.
    pub work_limit: u64,
    /// Counts the steps of all runs.
    pub counted: &'a Counter,
    /// Seed of the random choices.
    pub seed: u64,
    /// Runs side by side.
    pub runs: u64,
    /// Value of a copy of each item, on the cost grid.
    pub values: Vec<f64>,
    /// What a good packing spends on each kind.
    pub spending: Vec<(usize, Cost)>,
    /// Slots to begin with; none = out of what a good packing spends.
    pub start: Vec<Slot>,
    /// No design costs less: one that costs no more ends the search.
    pub bound: Cost,
}

/// What overload counts in the objective, over its cost.
const OVERLOAD_WEIGHT: f64 = 1.6;
/// Sweeps of a first look at slots, and of a closer one where they promise something.
const QUICK_SWEEPS: usize = 10;
const CAREFUL_SWEEPS: usize = 40;
/// Steps that a move counts as, filling apart.
const STEPS_PER_MOVE: u64 = 64;
/// Times that a start is made larger.
const MOST_STARTS: usize = 64;
/// Slots whose overload, over their cost, is below this are looked at closely.
const PROMISING: f64 = 0.08;
/// First and last temperature, over the objective.
const HOT: f64 = 1.6e-2;
const COLD: f64 = 3e-4;

/// The cheapest design found; `None` when no slots could be filled.
pub fn search(problem: &FewPatterns, options: &Options<'_>, stop: &dyn Stop) -> Option<Design> {
    if stop.should_stop() {
        return None;
    }
    let kinds = Kinds::new(problem, &options.values, stop)?;
    let runs: Vec<Option<Design>> = (0..options.runs)
        .into_par_iter()
        .map(|run| Annealing::new((problem, &kinds), options, run, stop).run(stop))
        .collect();
    (runs.into_iter().flatten()).min_by_key(|design| problem.cost(&design.slots))
}

struct State {
    slots: Vec<Slot>,
    filling: Filling,
    objective: f64,
}

struct Annealing<'a> {
    problem: &'a FewPatterns,
    options: &'a Options<'a>,
    filler: Filler<'a>,
    random: Xoshiro256PlusPlus,
    kinds: &'a Kinds,
    best: Option<(Cost, Design)>,
    /// Time left at the start, where there is a clock.
    time: Option<Duration>,
}

impl<'a> Annealing<'a> {
    fn new(
        (problem, kinds): (&'a FewPatterns, &'a Kinds),
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
            options,
            filler: Filler::new(problem),
            random,
            kinds,
            best: None,
            time: stop.remaining(),
        }
    }

    /// The best design of a run, its steps counted.
    fn run(mut self, stop: &dyn Stop) -> Option<Design> {
        self.anneal(stop);
        self.options.counted.add(self.filler.steps());
        self.best.map(|(_, design)| design)
    }

    fn anneal(&mut self, stop: &dyn Stop) {
        let Some(mut current) = self.first(stop) else {
            return;
        };
        while !stop.should_stop() {
            let done = self.done(stop);
            let is_best = (self.best.as_ref()).is_some_and(|(cost, _)| *cost <= self.options.bound);
            if done >= 1.0 || is_best {
                break;
            }
            let temperature = HOT * (COLD / HOT).powf(done);
            self.filler.count(STEPS_PER_MOVE);
            let Some(next) = self.neighbour(&current) else {
                continue;
            };
            let worse = (next.objective - current.objective) / current.objective;
            if worse <= 0.0 || self.random.random::<f64>() < (-worse / temperature).exp() {
                current = next;
            }
        }
    }

    /// Part of the work, or of the time, that is over.
    fn done(&self, stop: &dyn Stop) -> f64 {
        let work = self.filler.steps() as f64 / self.options.work_limit.max(1) as f64;
        let time = (self.time.zip(stop.remaining())).map_or(0.0, |(all, left)| {
            1.0 - left.as_secs_f64() / all.as_secs_f64().max(1e-9)
        });
        work.max(time)
    }

    /// The start, with more of everything until it can be filled at all.
    fn first(&mut self, stop: &dyn Stop) -> Option<State> {
        let mut slots = if self.options.start.is_empty() {
            self.kinds.start(self.problem, &self.options.spending)
        } else {
            self.options.start.clone()
        };
        for _ in 0..MOST_STARTS {
            if stop.should_stop() {
                return None;
            }
            let empty = Filling::empty(self.problem, slots.len());
            if let Some(state) = self.evaluate(slots.clone(), empty) {
                return Some(state);
            }
            for slot in &mut slots {
                slot.units += slot.units.div_ceil(4);
            }
            if !self.problem.allows(&slots) {
                return None;
            }
        }
        None
    }

    /// Fills slots; remembers them where nothing is overfull.
    fn evaluate(&mut self, slots: Vec<Slot>, filling: Filling) -> Option<State> {
        let (mut filling, mut overload) = self.filler.fill(&slots, filling, QUICK_SWEEPS)?;
        let cost = self.problem.cost(&slots) as f64;
        let promising = overload < PROMISING * cost
            && (self.best.as_ref()).is_none_or(|(best, _)| cost < *best as f64);
        if overload > 0.0 && promising {
            (filling, overload) = self.filler.fill(&slots, filling, CAREFUL_SWEEPS)?;
        }
        let mut state = State {
            objective: OVERLOAD_WEIGHT.mul_add(overload, cost),
            slots,
            filling,
        };
        if overload == 0.0 {
            self.shrink(&mut state);
            let cost = self.problem.cost(&state.slots);
            state.objective = cost as f64;
            if self.best.as_ref().is_none_or(|(best, _)| cost < *best) {
                let design = Design {
                    slots: state.slots.clone(),
                    copies: state.filling.copies.clone(),
                };
                debug_assert!(
                    self.problem.is_feasible(&design),
                    "a filled design is feasible"
                );
                self.best = Some((cost, design));
            }
        }
        Some(state)
    }

    /// Fewer units and cheaper kinds that still cover and hold everything.
    fn shrink(&mut self, state: &mut State) {
        for place in 0..state.slots.len() {
            while state.slots[place].units > 1 {
                state.slots[place].units -= 1;
                if !self.problem.covers(&state.slots, &state.filling.copies) {
                    state.slots[place].units += 1;
                    break;
                }
            }
            self.filler.count(self.problem.kinds.len() as u64);
            if let Some(kind) = self.cheaper_kind(state, place) {
                state.slots[place].kind = kind;
            }
        }
    }

    /// The cheapest kind that can stand in for a slot's.
    fn cheaper_kind(&self, state: &State, place: usize) -> Option<usize> {
        let old = &self.problem.kinds[state.slots[place].kind];
        let mut slots = state.slots.clone();
        let mut stands_in = |index: usize| {
            slots[place].kind = index;
            self.problem
                .holds(&slots[place], &state.filling.copies[place])
                && self.problem.allows(&slots)
        };
        (self.problem.kinds.iter().enumerate())
            .filter(|(_, kind)| {
                kind.cost < old.cost
                    && (kind.covers, kind.bins) == (old.covers, old.bins)
                    && kind.firm >= old.firm
            })
            .filter(|&(index, _)| stands_in(index))
            .min_by_key(|(index, kind)| (kind.cost, *index))
            .map(|(index, _)| index)
    }

    fn neighbour(&mut self, current: &State) -> Option<State> {
        let mut slots = current.slots.clone();
        let mut filling = current.filling.clone();
        let place = self.random.random_range(0..slots.len());
        match self.random.random_range(0..100) {
            0..35 => self.resize(&mut slots[place]),
            35..65 => {
                let kind = self.kinds.draw(&mut self.random);
                slots[place] = self.at_the_cost_of(&slots[place], kind);
            }
            65..88 => self.shift(&mut slots, place),
            88..96 if slots.len() < self.problem.slots => {
                let part = self.part_of(&mut slots[place]);
                slots.push(part);
                filling.push_slot(self.problem);
            }
            88..96 => {
                let other = self.random.random_range(0..slots.len());
                let units = slots[place].units;
                slots[place].units = slots[other].units;
                slots[other].units = units;
            }
            _ if slots.len() > 1 => {
                let gone = slots.remove(place);
                filling.remove_slot(place);
                let other = self.random.random_range(0..slots.len());
                slots[other].units += self.at_the_cost_of(&gone, slots[other].kind).units;
            }
            _ => return None,
        }
        for place in (0..slots.len()).rev() {
            if slots[place].units == 0 && slots.len() > 1 {
                slots.remove(place);
                filling.remove_slot(place);
            }
        }
        if slots == current.slots || !self.problem.allows(&slots) {
            return None;
        }
        self.evaluate(slots, filling)
    }

    /// Some units fewer or more.
    fn resize(&mut self, slot: &mut Slot) {
        let by = self.random.random_range(1..=(slot.units / 8).max(1));
        slot.units = if self.random.random_bool(0.6) {
            slot.units.saturating_sub(by)
        } else {
            slot.units + by
        };
    }

    /// Units of one slot for units of another at about the same cost.
    fn shift(&mut self, slots: &mut [Slot], place: usize) {
        let other = self.random.random_range(0..slots.len());
        let by = self
            .random
            .random_range(1..=(slots[place].units / 4).max(1));
        let moved = Slot {
            kind: slots[place].kind,
            units: by,
        };
        slots[place].units = slots[place].units.saturating_sub(by);
        slots[other].units += self.about_the_cost_of(&moved, slots[other].kind);
    }

    /// Takes units out of a slot for a new one of some kind.
    fn part_of(&mut self, slot: &mut Slot) -> Slot {
        let part = Slot {
            kind: slot.kind,
            units: self.random.random_range(1..=slot.units.div_ceil(3).max(1)),
        };
        slot.units = slot.units.saturating_sub(part.units);
        let kind = self.kinds.draw(&mut self.random);
        self.at_the_cost_of(&part, kind)
    }

    /// Units of a kind that cost what a slot does, rounded up or down.
    fn about_the_cost_of(&mut self, slot: &Slot, kind: usize) -> u64 {
        let costs = |kind: usize| self.problem.kinds[kind].cost.max(1) as f64;
        let units = slot.units as f64 * costs(slot.kind) / costs(kind);
        let up = self.random.random_bool(0.5);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let units = if up { units.ceil() } else { units.floor() } as u64;
        units
    }

    /// A slot of a kind at about the cost of another, of at least one unit.
    fn at_the_cost_of(&mut self, slot: &Slot, kind: usize) -> Slot {
        Slot {
            kind,
            units: self.about_the_cost_of(slot, kind).max(1),
        }
    }
}
