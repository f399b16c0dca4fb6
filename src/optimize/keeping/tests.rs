//! Against every subset of bins that may go, each packed exhaustively.

use std::collections::HashMap;

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::frontier::search;
use super::{Class, Keeping};
use crate::optimize::problem::{BinLimit, BinType, Cost, ItemType, Problem};
use crate::optimize::stop::{Budget, Never, WorkMeter};

struct Case {
    keeping: Keeping,
    /// Kinds of new bins.
    new: usize,
}

/// Two or three kinds of items, one to three kinds of new bins, up to six bins of today in up to three classes.
fn case(seed: u64) -> Case {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let dimensions = random.random_range(1..=2_usize);
    let kinds = random.random_range(2..=3_usize);
    let mut items: Vec<ItemType> = (0..kinds)
        .map(|_| ItemType {
            size: (0..dimensions)
                .map(|_| random.random_range(1..=4))
                .collect(),
            demand: random.random_range(0..=2),
            max_per_bin: (random.random_range(0..4_u32) == 0).then_some(1),
        })
        .collect();
    let new = random.random_range(1..=3_usize);
    let mut bins: Vec<BinType> = (0..new)
        .map(|index| BinType {
            // The first holds anything, so that everything has a place.
            capacity: (0..dimensions)
                .map(|_| random.random_range(if index == 0 { 4..=8 } else { 2..=10 }))
                .collect(),
            cost: random.random_range(20..=60),
            admits: None,
            requires: None,
        })
        .collect();
    let mut classes = Vec::new();
    let mut limits = Vec::new();
    let mut left = 6_u64;
    for _ in 0..random.random_range(1..=3_usize) {
        let bin = bins.len();
        let capacity: Vec<u64> = (0..dimensions)
            .map(|_| random.random_range(4..=9))
            .collect();
        let mut room = capacity.clone();
        let mut content = Vec::new();
        for (item, of) in items.iter().enumerate() {
            let most = of.max_per_bin.unwrap_or(2);
            let mut copies = 0;
            while copies < most
                && random.random_range(0..3_u32) > 0
                && of.size.iter().zip(&room).all(|(size, room)| size <= room)
            {
                copies += 1;
                for (room, size) in room.iter_mut().zip(&of.size) {
                    *room -= size;
                }
            }
            if copies > 0 {
                content.push((item, copies));
            }
        }
        let count = random.random_range(1..=3_u64).min(left);
        if count == 0 {
            break;
        }
        left -= count;
        bins.push(BinType {
            capacity,
            cost: 0,
            admits: None,
            requires: None,
        });
        limits.push(BinLimit {
            bins: vec![bin],
            upper: count,
        });
        // Tasks that run are asked for.
        for &(item, copies) in &content {
            items[item].demand += copies * count;
        }
        classes.push(Class {
            bins: vec![bin],
            count,
            cost: random.random_range(20..=70),
            content,
        });
    }
    let whole = Problem::try_new(dimensions, bins, items, limits).expect("valid");
    Case {
        keeping: Keeping::try_new(whole, classes).expect("valid"),
        new,
    }
}

/// Cheapest new bins for what is left, by exhaustive search with memory.
struct Exhaustive<'a> {
    problem: &'a Problem,
    new: usize,
    known: HashMap<Vec<u64>, Option<Cost>>,
}

impl Exhaustive<'_> {
    /// Every content of a bin with this room out of these copies.
    fn contents(&self, room: &[u64], held: &[u64], left: &[u64], is_whole: bool) -> Vec<Vec<u64>> {
        let mut found = vec![vec![0; left.len()]];
        for item in 0..left.len() {
            let of = &self.problem.items()[item];
            let mut longer = Vec::new();
            for content in &found {
                for copies in 0..=left[item] {
                    let mut more = content.clone();
                    more[item] = copies;
                    let most = of.max_per_bin.unwrap_or(u64::MAX);
                    let fits = (0..room.len()).all(|d| {
                        let load: u64 = (0..=item)
                            .map(|i| more[i] * self.problem.items()[i].size[d])
                            .sum();
                        load <= room[d]
                    });
                    if fits && (copies == 0 || copies + held[item] <= most) {
                        longer.push(more);
                    }
                }
            }
            found = longer;
        }
        if is_whole {
            found.retain(|content| content.iter().any(|&copies| copies > 0));
        }
        found
    }

    fn new_bins(&mut self, left: &[u64]) -> Option<Cost> {
        if left.iter().all(|&copies| copies == 0) {
            return Some(0);
        }
        if let Some(known) = self.known.get(left) {
            return *known;
        }
        let mut best: Option<Cost> = None;
        let none = vec![0; left.len()];
        for bin in 0..self.new {
            let of = &self.problem.bins()[bin];
            for content in self.contents(&of.capacity, &none, left, true) {
                let rest: Vec<u64> = left.iter().zip(&content).map(|(a, b)| a - b).collect();
                if let Some(rest) = self.new_bins(&rest) {
                    best = Some(best.map_or(rest + of.cost, |best| best.min(rest + of.cost)));
                }
            }
        }
        self.known.insert(left.to_vec(), best);
        best
    }

    /// Cheapest way where these bins of today stay, each with its content.
    fn beside(&mut self, staying: &[&Class], left: &[u64]) -> Option<Cost> {
        let Some((class, others)) = staying.split_first() else {
            return self.new_bins(left);
        };
        let mut held = vec![0; left.len()];
        let mut room = self.problem.bins()[class.bins[0]].capacity.clone();
        for &(item, copies) in &class.content {
            held[item] = copies;
            for (room, size) in room.iter_mut().zip(&self.problem.items()[item].size) {
                *room -= size * copies;
            }
        }
        (self.contents(&room, &held, left, false).iter())
            .filter_map(|content| {
                let rest: Vec<u64> = left.iter().zip(content).map(|(a, b)| a - b).collect();
                self.beside(others, &rest).map(|cost| cost + class.cost)
            })
            .min()
    }
}

/// Copies moved and cost of every choice of bins that stay.
fn every_choice(case: &Case) -> Vec<(u64, Cost)> {
    let keeping = &case.keeping;
    let mut exhaustive = Exhaustive {
        problem: &keeping.whole,
        new: case.new,
        known: HashMap::new(),
    };
    let mut choices = vec![Vec::new()];
    for class in &keeping.classes {
        choices = (choices.into_iter())
            .flat_map(|kept: Vec<u64>| {
                (0..=class.count).map(move |count| kept.iter().copied().chain([count]).collect())
            })
            .collect();
    }
    (choices.iter())
        .filter_map(|kept| {
            let mut left: Vec<u64> = keeping.whole.items().iter().map(|i| i.demand).collect();
            let mut staying = Vec::new();
            for (class, &count) in keeping.classes.iter().zip(kept) {
                for _ in 0..count {
                    staying.push(class);
                    for &(item, copies) in &class.content {
                        left[item] -= copies;
                    }
                }
            }
            Some((keeping.moves(kept), exhaustive.beside(&staying, &left)?))
        })
        .collect()
}

#[test]
fn no_packing_is_below_the_bound_and_none_found_below_the_best() {
    let (mut points, mut exact, mut tight) = (0, 0, 0);
    for seed in 0..300 {
        let case = case(seed);
        let choices = every_choice(&case);
        let most = case.keeping.most_moves();
        let work = WorkMeter::new(20_000_000);
        let mut numbers: Vec<u64> = choices.iter().map(|(moves, _)| *moves).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let budget = Budget::new(&Never, &work);
        let frontier = search(&case.keeping, &[], &numbers, budget).expect("solved");
        for pair in frontier.found.windows(2) {
            assert!(
                pair[0].moves < pair[1].moves && pair[0].cost > pair[1].cost,
                "{seed}"
            );
        }
        for number in 0..=most {
            let best = (choices.iter())
                .filter(|(moves, _)| *moves <= number)
                .map(|(_, cost)| *cost)
                .min();
            let found = frontier.best(number).map(|found| found.cost);
            let bound = frontier.bound(number);
            let Some(best) = best else {
                assert_eq!(found, None, "{seed}: {number} moves are too few");
                continue;
            };
            points += 1;
            assert!(
                bound.is_some_and(|bound| bound <= best),
                "{seed}: {bound:?} > {best} at {number}"
            );
            let found = found.unwrap_or_else(|| panic!("{seed}: nothing found at {number}"));
            assert!(found >= best, "{seed}: {found} < {best} at {number}");
            exact += u64::from(found == best);
            tight += u64::from(bound == Some(best));
            let fewest = (choices.iter())
                .filter(|(_, cost)| *cost <= found)
                .map(|(moves, _)| *moves)
                .min();
            assert!(
                Some(frontier.least_moves(found)) <= fewest,
                "{seed}: at {number}"
            );
        }
        for found in &frontier.found {
            let packing = &found.packing;
            assert!(packing.within_limits(&case.keeping.whole), "{seed}");
            assert!(
                packing
                    .missing(&case.keeping.whole)
                    .iter()
                    .all(|&copies| copies == 0),
                "{seed}"
            );
            let is_feasible = |pattern: &crate::optimize::pattern::Pattern| {
                pattern.is_feasible(&case.keeping.whole)
            };
            assert!(
                packing.bins.iter().all(|(pattern, _)| is_feasible(pattern)),
                "{seed}"
            );
        }
    }
    // Bound and search are worth something, and not merely right.
    assert!(
        exact * 100 >= points * 97,
        "{exact} of {points} found are best"
    );
    assert!(tight * 2 >= points, "{tight} of {points} bounds are tight");
}
