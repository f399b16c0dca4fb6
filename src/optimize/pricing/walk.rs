//! Exact pricing by depth-first search, for bins that hold few items.
//!
//! With `λ ≥ 0` the relaxation's prices of the resources, an item takes resources worth `q_j = λ·w_j`. Items are
//! taken in falling order of `p_j / q_j`. A node has a content, the residual capacity worth `r = λ·residual`,
//! and the list of later items that still fit; what these can add is at most the greedy fractional fill
//! ```text
//! max Σ_j p_j y_j   subject to   Σ_j q_j y_j ≤ r,  0 ≤ y_j ≤ u_j      (surrogate relaxation)
//! ```
//! Lists shrink as bins fill, which makes the bound sharp where branch and bound over the full linear relaxation
//! pays a simplex solve a node. The best content that begins with each item is reported: many different
//! columns a call. The search ends unfinished after a number of steps; it then says so and proves nothing.
//! Reference: Martello & Toth, Knapsack Problems, 1990, chapter 3 (bounded knapsack, surrogate bounds).

use super::knapsack::Knapsack;
use super::relaxation::{BOUND_MARGIN, Relaxation};

/// What a walk returns.
#[derive(Debug, Clone)]
pub struct Found {
    /// Contents worth more than the cutoff with their values, best first; at most one for each first item.
    pub contents: Vec<(f64, Vec<u64>)>,
    /// Whether everything was seen.
    pub complete: bool,
    /// No content is worth more: the best, or the cutoff, where everything was seen.
    pub bound: f64,
    /// Steps made.
    pub steps: u64,
}

/// A content is worth reporting beside the best where it gains this part of what the best gains.
const WORTH_REPORTING: f64 = 0.3;
/// Steps for each first item to begin with, at least.
const FEWEST_STEPS: u64 = 200;
/// Deepest recursion: bins that hold more kinds of items are not for this search.
const DEEPEST: usize = 60;

struct Candidate {
    position: usize,
    profit: f64,
    /// Worth of the resources one copy takes.
    price: f64,
    /// Profit over price.
    density: f64,
    upper: u64,
}

/// What can still go into a bin.
struct More {
    /// Most copies, by the smallest sizes.
    copies: u64,
    /// Place of the item worth most.
    dearest: usize,
}

struct Walk<'a> {
    knapsack: &'a Knapsack,
    conflicts: &'a Conflicts,
    candidates: Vec<Candidate>,
    /// Lists of candidates, one behind another.
    arena: Vec<usize>,
    /// Candidate and copies of the present content.
    content: Vec<(usize, u64)>,
    residual: Vec<u64>,
    /// Smallest size in each dimension of the list made last.
    smallest: Vec<u64>,
    /// Nothing at or below this is of interest.
    threshold: f64,
    tolerance: f64,
    best_of_root: Option<(f64, Vec<u64>)>,
    steps: u64,
    most_steps: u64,
}

/// Pairs of items that never share a bin.
#[derive(Debug, Clone, Default)]
pub struct Conflicts {
    words: usize,
    bits: Vec<u64>,
}

impl Conflicts {
    /// No conflicts among so many items.
    pub fn new(items: usize) -> Self {
        let words = items.div_ceil(64);
        Self {
            words,
            bits: vec![0; items * words],
        }
    }

    /// Keeps two items apart.
    pub fn add(&mut self, a: usize, b: usize) {
        for (a, b) in [(a, b), (b, a)] {
            self.bits[a * self.words + b / 64] |= 1 << (b % 64);
        }
    }

    /// Whether two items are kept apart.
    pub fn has(&self, a: usize, b: usize) -> bool {
        self.words > 0 && self.bits[a * self.words + b / 64] & (1 << (b % 64)) != 0
    }
}

/// Searches for contents worth more than `cutoff` in at most `most_steps` steps. `relaxation` is solved.
pub fn walk(
    knapsack: &Knapsack,
    relaxation: &Relaxation<'_>,
    cutoff: f64,
    most_steps: u64,
) -> Found {
    walk_apart(
        knapsack,
        relaxation,
        &Conflicts::default(),
        cutoff,
        most_steps,
    )
}

/// The same among contents without two items in conflict.
pub fn walk_apart(
    knapsack: &Knapsack,
    relaxation: &Relaxation<'_>,
    conflicts: &Conflicts,
    cutoff: f64,
    most_steps: u64,
) -> Found {
    let mut candidates: Vec<Candidate> = (0..knapsack.len())
        .filter(|&position| relaxation.profits()[position] > 0.0)
        .map(|position| {
            let profit = relaxation.profits()[position];
            let price = relaxation.resource_value(position).max(0.0);
            Candidate {
                position,
                profit,
                price,
                density: profit / price,
                upper: knapsack.upper[position],
            }
        })
        .collect();
    candidates.sort_by(|a, b| {
        b.density
            .total_cmp(&a.density)
            .then(a.position.cmp(&b.position))
    });
    let room: f64 = relaxation.multipliers().iter().sum();
    let walk = Walk {
        knapsack,
        conflicts,
        arena: (0..candidates.len()).collect(),
        candidates,
        content: Vec::new(),
        residual: knapsack.capacity().to_vec(),
        smallest: vec![0; knapsack.dimensions],
        threshold: cutoff,
        tolerance: cutoff.abs() * 1e-10 + 1e-12,
        best_of_root: None,
        steps: 0,
        most_steps,
    };
    walk.roots(cutoff, room)
}

impl Walk<'_> {
    /// Every first item in turn: first a little of each, for many different contents, then those that were not
    /// seen to their end, for the proof.
    fn roots(mut self, cutoff: f64, room: f64) -> Found {
        let mut contents: Vec<(f64, Vec<u64>)> = Vec::new();
        let mut best = cutoff;
        let end = self.candidates.len();
        let most = self.most_steps;
        let allowance = (most / 3 / (end as u64).max(1)).max(FEWEST_STEPS);
        let mut open: Vec<usize> = Vec::new();
        for root in 0..end {
            self.threshold = cutoff + WORTH_REPORTING * (best - cutoff);
            if self.fill(root, end, room) <= self.threshold + self.tolerance {
                break;
            }
            self.most_steps = (self.steps + allowance).min(most);
            if !self.take(root, end, 0.0, room) {
                open.push(root);
            }
            if let Some(found) = self.best_of_root.take() {
                best = best.max(found.0);
                contents.push(found);
            }
        }
        self.most_steps = most;
        let mut bound = best;
        for root in open {
            self.threshold = best;
            let least = self.fill(root, end, room);
            if least <= best + self.tolerance {
                break;
            }
            if bound > best || !self.take(root, end, 0.0, room) {
                bound = bound.max(self.bound_of_root(root, end, room));
            }
            if let Some(found) = self.best_of_root.take() {
                best = found.0;
                bound = bound.max(best);
                contents.push(found);
            }
        }
        contents.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        Found {
            contents,
            complete: bound <= best,
            bound: bound + bound.abs() * BOUND_MARGIN + 2.0 * self.tolerance,
            steps: self.steps,
        }
    }

    /// No content that begins with this item is worth more.
    fn bound_of_root(&self, root: usize, end: usize, room: f64) -> f64 {
        let candidate = &self.candidates[self.arena[root]];
        (1..=candidate.upper)
            .map(|copies| {
                let copies = copies as f64;
                candidate.profit * copies
                    + self.fill(root + 1, end, room - candidate.price * copies)
            })
            .fold(0.0, f64::max)
            .min(self.fill(root, end, room))
    }

    /// The greedy fractional fill of `room` by the list from `from` on.
    fn fill(&self, from: usize, end: usize, mut room: f64) -> f64 {
        let mut value = 0.0;
        for &index in &self.arena[from..end] {
            let candidate = &self.candidates[index];
            let copies = candidate.upper as f64;
            let takes = candidate.price * copies;
            if takes > room {
                return value + candidate.profit * (room.max(0.0) / candidate.price);
            }
            room -= takes;
            value += candidate.profit * copies;
        }
        value
    }

    /// All contents that go on with the item at `place` of the list, in any number but none; `false` when the
    /// steps are used up.
    fn take(&mut self, place: usize, end: usize, value: f64, room: f64) -> bool {
        let index = self.arena[place];
        let (position, profit, price) = {
            let candidate = &self.candidates[index];
            (candidate.position, candidate.profit, candidate.price)
        };
        let most = self.most(index);
        for copies in (1..=most).rev() {
            let (value, room) = (value + profit * copies as f64, room - price * copies as f64);
            // Fewer copies leave room that the rest of the list would have to make up for.
            if value + self.fill(place + 1, end, room) <= self.threshold + self.tolerance {
                self.steps += 1;
                break;
            }
            self.put(position, copies);
            self.content.push((index, copies));
            let seen = self.visit(place + 1, end, value, room);
            self.content.pop();
            self.remove(position, copies);
            if !seen {
                return false;
            }
        }
        true
    }

    /// The present content, and all that go on with items of the list from `start` on.
    fn visit(&mut self, start: usize, end: usize, value: f64, room: f64) -> bool {
        self.offer(value);
        if self.content.len() >= DEEPEST {
            return false;
        }
        let base = self.arena.len();
        self.steps += 1 + (end - start) as u64 / 4;
        if self.steps > self.most_steps {
            return false;
        }
        let Some(more) = self.keep_fitting(start, end) else {
            return true;
        };
        let end = self.arena.len();
        let dearest = self.candidates[self.arena[more.dearest]].profit;
        let seen = if more.copies == 1 {
            // One more copy fits, whichever it is: the one worth most.
            self.content.push((self.arena[more.dearest], 1));
            self.offer(value + dearest);
            self.content.pop();
            true
        } else if value + dearest * more.copies as f64 <= self.threshold + self.tolerance {
            true
        } else {
            self.go_on(base, end, value, room, (more.copies, dearest))
        };
        self.arena.truncate(base);
        seen
    }

    /// All contents that go on with items of a list of which `most.0` copies fit at most, each worth at most
    /// `most.1`.
    fn go_on(&mut self, base: usize, end: usize, value: f64, room: f64, most: (u64, f64)) -> bool {
        let others = most.1 * (most.0 - 1) as f64;
        for place in base..end {
            if value + self.fill(place, end, room) <= self.threshold + self.tolerance {
                break;
            }
            let profit = self.candidates[self.arena[place]].profit;
            if value + profit + others <= self.threshold + self.tolerance {
                continue;
            }
            if !self.take(place, end, value, room) {
                return false;
            }
        }
        true
    }

    /// Appends the items of the list that fit to the arena, and says how many copies can still go in; `None`
    /// where no item fits.
    fn keep_fitting(&mut self, start: usize, end: usize) -> Option<More> {
        let base = self.arena.len();
        let mut dearest: Option<usize> = None;
        self.smallest.fill(u64::MAX);
        // Earlier items of the content were held against the list when they came.
        let last = self.content.last();
        let last = last.map(|&(index, _)| self.knapsack.items[self.candidates[index].position]);
        for place in start..end {
            let index = self.arena[place];
            let position = self.candidates[index].position;
            let item = self.knapsack.items[position];
            let is_apart = last.is_some_and(|last| self.conflicts.has(last, item));
            if is_apart || !self.fits(position) {
                continue;
            }
            self.arena.push(index);
            for (smallest, &size) in self.smallest.iter_mut().zip(self.knapsack.size(position)) {
                *smallest = (*smallest).min(size);
            }
            let profit = |place: usize| self.candidates[self.arena[place]].profit;
            if dearest.is_none_or(|known| profit(self.arena.len() - 1) > profit(known)) {
                dearest = Some(self.arena.len() - 1);
            }
        }
        let copies = (self.smallest.iter().zip(&self.residual))
            .filter(|(size, _)| **size > 0)
            .map(|(size, left)| left / size)
            .min()
            .unwrap_or(u64::MAX);
        debug_assert!(dearest.is_none_or(|dearest| dearest >= base));
        Some(More {
            copies,
            dearest: dearest?,
        })
    }

    fn offer(&mut self, value: f64) {
        if value > self.threshold + self.tolerance {
            self.threshold = value;
            let mut content = vec![0; self.knapsack.len()];
            for &(index, copies) in &self.content {
                content[self.candidates[index].position] = copies;
            }
            self.best_of_root = Some((value, content));
        }
    }

    fn fits(&self, position: usize) -> bool {
        (self.knapsack.size(position).iter())
            .zip(&self.residual)
            .all(|(size, left)| size <= left)
    }

    fn most(&self, index: usize) -> u64 {
        let candidate = &self.candidates[index];
        (self.knapsack.size(candidate.position).iter())
            .zip(&self.residual)
            .filter(|(size, _)| **size > 0)
            .map(|(size, left)| left / size)
            .min()
            .unwrap_or(u64::MAX)
            .min(candidate.upper)
    }

    fn put(&mut self, position: usize, copies: u64) {
        for (left, size) in (self.residual.iter_mut()).zip(self.knapsack.size(position)) {
            *left -= size * copies;
        }
    }

    fn remove(&mut self, position: usize, copies: u64) {
        for (left, size) in (self.residual.iter_mut()).zip(self.knapsack.size(position)) {
            *left += size * copies;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimize::pricing::branch_and_bound;
    use crate::optimize::problem::{BinType, ItemType, Problem};
    use crate::optimize::room::Room;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn a_finished_walk_agrees_with_branch_and_bound(
            items in prop::collection::vec(((0u64..12, 0u64..12), 1u64..4, 0u32..30), 1..8),
            capacity in (5u64..25, 5u64..25),
            cutoff in 0u32..60,
        ) {
            let types: Vec<ItemType> = items
                .iter()
                .map(|(size, demand, _)| ItemType {
                    size: vec![size.0, size.1],
                    demand: *demand,
                    max_per_bin: None,
                })
                .collect();
            let demands: Vec<u64> = types.iter().map(|item| item.demand).collect();
            let bin = BinType {
                capacity: vec![capacity.0, capacity.1],
                cost: 1,
                admits: None,
                requires: None,
            };
            let problem = Problem::try_new(2, vec![bin], types, vec![]).expect("valid");
            let knapsack = Knapsack::new(&problem, 0, &demands, &Room::new(&problem));
            let profits: Vec<f64> =
                knapsack.items.iter().map(|&i| f64::from(items[i].2)).collect();
            let mut relaxation = Relaxation::new(&knapsack, profits.clone());
            relaxation.solve();
            let cutoff = f64::from(cutoff);
            let found = walk(&knapsack, &relaxation, cutoff, 1_000_000);
            prop_assert!(found.complete);
            let other = branch_and_bound::search(&knapsack, &profits, cutoff, 100_000);
            let best = found.contents.first().map(|(value, _)| *value);
            prop_assert_eq!(best, other.best.map(|(value, _)| value));
            for (value, content) in &found.contents {
                prop_assert!(knapsack.residual(content).is_some());
                prop_assert!((Knapsack::value(&profits, content) - value).abs() < 1e-9);
            }
        }
    }
}
