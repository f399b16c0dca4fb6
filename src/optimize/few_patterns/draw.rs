//! Which kinds are worth a try.
//!
//! The *efficiency* of a kind is an upper limit on the value that a unit can cover, over its cost: the least, over
//! some weights of the first two capacities, of the fractional knapsack with the weighted sum of them (surrogate
//! relaxation, Glover 1968; Dantzig 1957 for the knapsack). The items' values are duals of the packing problem.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use rand::prelude::*;
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;

use super::{FewPatterns, Kind, Slot};
use crate::optimize::problem::Cost;
use crate::optimize::stop::Stop;

/// Kinds that are drawn, the most efficient.
const MOST_KINDS: usize = 60;
/// Kinds that every item has at least, where there are so many.
const KINDS_FOR_EACH_ITEM: usize = 4;
/// Weights tried of the first two capacities.
const WEIGHTS: u32 = 8;

/// Kinds to draw from, the most efficient first.
#[derive(Debug)]
pub struct Kinds(Vec<usize>);

impl Kinds {
    /// The most efficient kinds, and for every item some that admit it; `None` where it is to stop before all are rated.
    pub fn new(problem: &FewPatterns, values: &[f64], stop: &dyn Stop) -> Option<Self> {
        let sorted = by_efficiency(problem, values, stop)?;
        let mut chosen: Vec<usize> = sorted.iter().copied().take(MOST_KINDS).collect();
        for item in 0..problem.items.len() {
            for only_firm in [false, problem.items[item].firm > 0] {
                let admits = |kind: &usize| {
                    let kind = &problem.kinds[*kind];
                    kind.most[item] > 0 && (kind.firm || !only_firm)
                };
                let known = chosen.iter().filter(|kind| admits(kind)).count();
                let more: Vec<usize> = (sorted.iter().copied())
                    .filter(|kind| admits(kind) && !chosen.contains(kind))
                    .take(KINDS_FOR_EACH_ITEM.saturating_sub(known))
                    .collect();
                chosen.extend(more);
            }
        }
        Some(Self(chosen))
    }

    /// A kind, the efficient ones more often.
    pub fn draw(&self, random: &mut Xoshiro256PlusPlus) -> usize {
        let spread = random.random::<f64>();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let place = (spread * spread * self.0.len() as f64) as usize;
        self.0[place.min(self.0.len() - 1)]
    }

    /// Few kinds that together admit every item, firm demand by firm ones: greedily the kind that admits most
    /// of the items still waiting, the first among equals. An item that no kind admits is passed over.
    pub fn covering(&self, problem: &FewPatterns) -> Vec<usize> {
        let waits = |item: usize| {
            let data = &problem.items[item];
            [(data.demand > data.firm, false), (data.firm > 0, true)]
                .into_iter()
                .filter_map(move |(waits, firm)| waits.then_some((item, firm)))
        };
        let mut waiting: Vec<(usize, bool)> = (0..problem.items.len()).flat_map(waits).collect();
        let mut chosen = Vec::new();
        let mut pools = Vec::new();
        while !waiting.is_empty() {
            let admitted = |kind: usize| {
                let kind = &problem.kinds[kind];
                let admits =
                    |&&(item, firm): &&(usize, bool)| kind.most[item] > 0 && (kind.firm || !firm);
                waiting.iter().filter(admits).count()
            };
            let free = |kind: &usize| {
                problem.kinds[*kind]
                    .pool
                    .is_none_or(|pool| !pools.contains(&pool))
            };
            let best = (self.0.iter().copied().filter(free).enumerate())
                .max_by_key(|&(place, kind)| (admitted(kind), std::cmp::Reverse(place)));
            let Some((_, kind)) = best.filter(|&(_, kind)| admitted(kind) > 0) else {
                break;
            };
            let data = &problem.kinds[kind];
            waiting.retain(|&(item, firm)| data.most[item] == 0 || (firm && !data.firm));
            pools.extend(data.pool);
            chosen.push(kind);
        }
        chosen
    }

    /// Slots to begin with: kinds that admit everything, then those on which most is spent elsewhere.
    pub fn start(&self, problem: &FewPatterns, spending: &[(usize, Cost)]) -> Vec<Slot> {
        let covering = self.covering(problem);
        let mut sorted = spending.to_vec();
        sorted.sort_by_key(|&(kind, cost)| (std::cmp::Reverse(cost), kind));
        let mut slots: Vec<Slot> = Vec::new();
        let spent = |kind: usize| {
            sorted
                .iter()
                .find(|known| known.0 == kind)
                .map_or(0, |known| known.1)
        };
        let all = covering
            .into_iter()
            .chain(sorted.iter().map(|&(kind, _)| kind));
        for kind in all {
            let cost = problem.kinds[kind].cost.max(1);
            // A third more than elsewhere: patterns that repeat waste some.
            let units = spent(kind).saturating_mul(4) / cost.saturating_mul(3).max(1);
            let slot = Slot {
                kind,
                units: u64::try_from(units).unwrap_or(1).max(1),
            };
            let mut more = slots.clone();
            more.push(slot);
            if !slots.iter().any(|known| known.kind == kind) && problem.allows(&more) {
                slots = more;
            }
        }
        split_the_largest(problem, &mut slots);
        slots
    }
}

/// Uses up the slots that are left: a third of the units of the dearest slot is a slot of its own, so that
/// remainders of large slots have smaller ones to go to.
fn split_the_largest(problem: &FewPatterns, slots: &mut Vec<Slot>) {
    while slots.len() < problem.slots {
        let cost = |slot: &Slot| problem.cost(std::slice::from_ref(slot));
        let dearest = (0..slots.len())
            .filter(|&place| slots[place].units >= 3)
            .max_by_key(|&place| (cost(&slots[place]), std::cmp::Reverse(place)));
        let Some(place) = dearest else { return };
        let third = Slot {
            units: slots[place].units / 3,
            ..slots[place]
        };
        let mut more = slots.clone();
        more[place].units -= third.units;
        more.push(third);
        if !problem.allows(&more) {
            return;
        }
        *slots = more;
    }
}

/// All kinds, the most efficient first; `None` where it is to stop before all are rated.
pub fn by_efficiency(problem: &FewPatterns, values: &[f64], stop: &dyn Stop) -> Option<Vec<usize>> {
    let rated: Option<Vec<(f64, usize)>> = (problem.kinds.par_iter().enumerate())
        .map(|(index, kind)| {
            (!stop.should_stop()).then(|| (efficiency(problem, kind, values), index))
        })
        .collect();
    let mut rated = rated?;
    rated.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    Some(rated.into_iter().map(|(_, kind)| kind).collect())
}

fn efficiency(problem: &FewPatterns, kind: &Kind, values: &[f64]) -> f64 {
    let most = if kind.capacity.len() < 2 {
        value(problem, kind, values, &[1.0])
    } else {
        (0..=WEIGHTS)
            .map(|step| f64::from(step) / f64::from(WEIGHTS))
            .map(|weight| value(problem, kind, values, &[weight, 1.0 - weight]))
            .fold(f64::INFINITY, f64::min)
    };
    most * kind.covers as f64 / kind.cost.max(1) as f64
}

/// An item of the knapsack, the larger the sooner it is taken; of equal ones the first.
struct Candidate {
    ratio: f64,
    index: usize,
    value: f64,
    weight: f64,
    most: u64,
}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.ratio.total_cmp(&other.ratio)).then(other.index.cmp(&self.index))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Candidate {}

/// Most value in one bin by the weighted sum of its first capacities alone. Few of thousands of items fill a bin: a
/// heap sorts no more than those.
fn value(problem: &FewPatterns, kind: &Kind, values: &[f64], weights: &[f64]) -> f64 {
    let mut items: BinaryHeap<Candidate> = (problem.items.iter().enumerate())
        .filter(|(index, _)| kind.most[*index] > 0)
        .map(|(index, item)| {
            let weight: f64 = (weights.iter().zip(item.size.iter().zip(&kind.capacity)))
                .map(|(weight, (&size, &capacity))| weight * size as f64 / capacity.max(1) as f64)
                .sum();
            let (value, weight) = (values[index], weight.max(1e-12));
            Candidate {
                ratio: value / weight,
                index,
                value,
                weight,
                most: kind.most[index].min(item.demand),
            }
        })
        .collect();
    let (mut room, mut total) = (1.0_f64, 0.0_f64);
    while let Some(next) = items.pop() {
        let copies = (room / next.weight).min(next.most as f64);
        total += copies * next.value;
        room -= copies * next.weight;
        if room <= 0.0 {
            break;
        }
    }
    total
}
