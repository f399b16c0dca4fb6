//! Simulated annealing over candidates.
//!
//! The objective is the cost plus [`MISSING_WEIGHT`] times the worth of the tasks without a place, mean over a few
//! orders. A candidate that places everything in those and costs less than the best is looked at in more of
//! them, and kept; the cheapest that pass the proof are the result. A design that fails the proof gets an instance
//! more in the group that failed, a few times.

use std::collections::BTreeSet;

use rand::prelude::*;
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;

use crate::formulate::model::PlanningInput;
use crate::optimize::few_patterns::draw;
use crate::optimize::problem::Cost;
use crate::optimize::stop::{Budget, Share, Stop};
use crate::realise::Guide;
use crate::realise::groups::DesignedGroup;
use crate::simulate::cut::Cut;

use super::candidate::Candidate;
use super::kinds::Kinds;
use super::moves::Mover;
use super::rehearsal::{Proof, Stage};
use super::{Options, PLACEMENTS_PER_UNIT};

/// Weight of what is missing, over its worth, at first and at last.
const MISSING_WEIGHT: (f64, f64) = (2.0, 40.0);
/// Orders of a first look.
const FEW_ORDERS: u64 = 4;
/// Placements in the orders of a closer look, and the least and most orders.
const CLOSE_LOOK: u64 = 100_000;
const CLOSE_ORDERS: (u64, u64) = (24, 300);
/// First and last temperature, over the objective.
const HOT: f64 = 6e-3;
const COLD: f64 = 3e-4;
/// Times that the search goes back to the best it has seen.
const RETURNS: f64 = 12.0;
/// Runs side by side.
pub const RUNS: u64 = 2;
/// Placements that making a world counts as.
const PLACEMENTS_PER_WORLD: u64 = 500;
/// Placements that a run may make whatever its limit is: what has begun is played to its end.
const LEAST_LIMIT: u64 = 16_000_000;
/// Times that a start is made larger.
const MOST_GROWTH: usize = 40;
/// Rounds of growth that a service may lack a place before it gets a group of its own.
const PATIENCE: u32 = 3;
/// Designs that are returned.
const MOST_DESIGNS: usize = 3;
/// A proof of so few placements is made whatever is left.
const CHEAP_PROOF: u64 = 1_000_000;
/// Instances added to a design that fails the proof.
const MOST_MENDS: usize = 12;

/// Groups that fill, the cheapest first.
pub(super) fn search(
    input: PlanningInput<'_>,
    guide: &Guide<'_>,
    kinds: &Kinds,
    options: &Options<'_>,
    (stop, proofs): (&dyn Stop, Budget<'_>),
) -> Vec<Vec<DesignedGroup>> {
    let stage = Stage::new(input, guide, kinds, options.placements);
    // What cannot be proven is not worth a search: with a million tasks one proof is all the work there is.
    let left = proofs.left().saturating_mul(PLACEMENTS_PER_UNIT);
    if stage.least_proof() > left.max(CHEAP_PROOF) {
        return Vec::new();
    }
    // Nor is one that could not look closely at a single candidate.
    let least = (FEW_ORDERS + CLOSE_ORDERS.0).saturating_mul(stage.tasks);
    if least > options.work_limit.max(LEAST_LIMIT) {
        return Vec::new();
    }
    let starts = starts(input, guide, kinds, options);
    if starts.is_empty() {
        return Vec::new();
    }
    let Some(drawn) = draw::Kinds::new(&kinds.few, &kinds.worth, stop) else {
        return Vec::new();
    };
    // The rest is for the proof.
    let clock = Share::new(stop, 5, 6);
    let mut found: Vec<(Cost, Candidate)> = (0..RUNS)
        .into_par_iter()
        .flat_map_iter(|run| {
            #[allow(clippy::cast_possible_truncation)]
            let start = starts[run as usize % starts.len()].clone();
            let mut annealing = Annealing::new(&stage, input, (kinds, &drawn), options, run);
            annealing.run(start, &clock);
            guide.counted.add(annealing.work);
            annealing.found
        })
        .collect();
    found.sort_by_key(|(cost, _)| *cost);
    let mut proven: Vec<(Cost, Candidate)> = Vec::new();
    for (cost, candidate) in found {
        let dear = |(known, _): &(Cost, Candidate)| *known <= cost;
        let is_over = stop.should_stop() || proofs.left() == 0;
        if is_over || proven.iter().filter(|known| dear(known)).count() >= MOST_DESIGNS {
            break;
        }
        if let Some(mended) = mended(&stage, candidate, (stop, proofs)) {
            proven.push((mended.cost(input, kinds), mended));
        }
    }
    proven.sort_by_key(|(cost, _)| *cost);
    (proven.iter())
        .map(|(_, candidate)| candidate.groups(kinds))
        .collect()
}

fn starts(
    input: PlanningInput<'_>,
    guide: &Guide<'_>,
    kinds: &Kinds,
    options: &Options<'_>,
) -> Vec<Candidate> {
    let zones = input.cluster.zones.len().max(1);
    let placement = options.placements[0];
    let known = (options.known).and_then(|groups| Candidate::of_groups(kinds, groups, placement));
    let wide = Candidate::of_ideal(kinds, guide, zones, placement);
    let narrow = Candidate::of_ideal(kinds, guide, 1, placement);
    let mut starts: Vec<Candidate> = [known, wide, narrow].into_iter().flatten().collect();
    starts.retain(|start| start.is_allowed(kinds));
    starts.dedup();
    starts
}

/// The candidate if it passes the proof, with a few more instances where it must.
fn mended(
    stage: &Stage<'_>,
    mut candidate: Candidate,
    (stop, proofs): (&dyn Stop, Budget<'_>),
) -> Option<Candidate> {
    for _ in 0..=MOST_MENDS {
        let is_due = || stop.should_stop();
        let (proof, asked) = {
            let left = proofs.left().saturating_mul(PLACEMENTS_PER_UNIT);
            stage.prove(&candidate, left, Cut::once(&is_due))
        };
        proofs.work.spend(asked / PLACEMENTS_PER_UNIT);
        let item = match proof {
            Proof::Whole => return Some(candidate),
            Proof::Lacks(item) if !stop.should_stop() && proofs.left() > 0 => item,
            Proof::Lacks(_) | Proof::Cut => return None,
        };
        let user = candidate
            .groups
            .iter_mut()
            .max_by_key(|group| group.tasks[item])?;
        user.instances += 1;
    }
    None
}

#[derive(Clone)]
struct State {
    candidate: Candidate,
    objective: f64,
    missing: Vec<u64>,
}

struct Annealing<'a> {
    stage: &'a Stage<'a>,
    input: PlanningInput<'a>,
    kinds: &'a Kinds,
    mover: Mover<'a>,
    work_limit: u64,
    work: u64,
    weight: f64,
    found: Vec<(Cost, Candidate)>,
}

impl<'a> Annealing<'a> {
    fn new(
        stage: &'a Stage<'a>,
        input: PlanningInput<'a>,
        (kinds, drawn): (&'a Kinds, &'a draw::Kinds),
        options: &Options<'a>,
        run: u64,
    ) -> Self {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(options.seed);
        for _ in 0..run {
            random.jump();
        }
        Self {
            stage,
            input,
            kinds,
            mover: Mover::new((kinds, drawn), options.placements, random),
            work_limit: options.work_limit,
            work: 0,
            weight: MISSING_WEIGHT.0,
            found: Vec::new(),
        }
    }

    fn run(&mut self, start: Candidate, stop: &dyn Stop) {
        let time = stop.remaining();
        let Some(mut current) = self.grown(start, stop) else {
            return;
        };
        let (mut best, mut returns) = (current.clone(), 1.0);
        loop {
            let work = self.work as f64 / self.work_limit.max(1) as f64;
            let clock = time.zip(stop.remaining()).map_or(0.0, |(all, left)| {
                1.0 - left.as_secs_f64() / all.as_secs_f64().max(1e-9)
            });
            let done = work.max(clock);
            if done >= 1.0 || stop.should_stop() {
                break;
            }
            if done * RETURNS >= returns {
                returns += 1.0;
                current = best.clone();
                // What is missing weighs more from now on.
                best.objective = f64::INFINITY;
            }
            let (first, last) = MISSING_WEIGHT;
            self.weight = first * (last / first).powf(done);
            let temperature = HOT * (COLD / HOT).powf(done);
            self.work += 10;
            let Some(next) = (self.mover).neighbour(&current.candidate, &current.missing) else {
                continue;
            };
            let Some(next) = self.evaluate(next, stop) else {
                break;
            };
            let worse = (next.objective - current.objective) / current.objective.max(1.0);
            if worse <= 0.0 || self.mover.random.random::<f64>() < (-worse / temperature).exp() {
                current = next;
                if current.objective < best.objective {
                    best = current.clone();
                }
            }
        }
    }

    /// The start with more instances, level by level, until every task finds a place; services that still lack one
    /// get a group of their own.
    fn grown(&mut self, start: Candidate, stop: &dyn Stop) -> Option<State> {
        let mut state = self.evaluate(start, stop)?;
        let mut rounds = vec![0; state.missing.len()];
        for _ in 0..MOST_GROWTH {
            let is_over = stop.should_stop() || self.work >= self.work_limit.max(LEAST_LIMIT);
            if is_over || state.missing.iter().all(|&tasks| tasks == 0) {
                break;
            }
            let mut larger = state.candidate.clone();
            let mut growing = BTreeSet::new();
            for item in (0..state.missing.len()).filter(|&item| state.missing[item] > 0) {
                rounds[item] += 1;
                if rounds[item] > PATIENCE && larger.isolate(self.kinds, item) {
                    rounds[item] = 0;
                    continue;
                }
                growing.extend(
                    (0..larger.groups.len())
                        .max_by_key(|&place| (larger.groups[place].tasks[item], place)),
                );
            }
            for place in growing {
                let group = &mut larger.groups[place];
                group.instances += group.instances.div_ceil(10);
            }
            larger.tidy();
            if !larger.is_allowed(self.kinds) {
                break;
            }
            state = self.evaluate(larger, stop)?;
        }
        Some(state)
    }

    /// The candidate before the replica; `None` once the time is over.
    fn evaluate(&mut self, candidate: Candidate, stop: &dyn Stop) -> Option<State> {
        let is_due = || stop.should_stop();
        let cut = Cut::once(&is_due);
        if cut.is_due() {
            return None;
        }
        let cost = candidate.cost(self.input, self.kinds);
        let world = self.stage.world(&candidate);
        let mut score = self.stage.rehearse(&world, 0..FEW_ORDERS, cut)?;
        self.work += PLACEMENTS_PER_WORLD + FEW_ORDERS * self.stage.tasks;
        let is_cheapest = (self.found.last()).is_none_or(|(least, _)| cost < *least);
        if score.missing == 0.0 && is_cheapest {
            let orders = CLOSE_LOOK / self.stage.tasks.max(1);
            let orders = orders.clamp(CLOSE_ORDERS.0, CLOSE_ORDERS.1);
            score = (self.stage).rehearse(&world, FEW_ORDERS..FEW_ORDERS + orders, cut)?;
            self.work += orders * self.stage.tasks;
            if score.missing == 0.0 {
                self.found.push((cost, candidate.clone()));
            }
        }
        Some(State {
            objective: self
                .weight
                .mul_add(score.missing, score.uneven + cost as f64),
            missing: score.tasks,
            candidate,
        })
    }
}
