//! The frame the greedy heuristics share: fill one bin of every type by a rule, keep the type that packs
//! most volume per cost, repeat the bin while demand lasts.
//!
//! Volume of a copy is `Σ_d w_id / W_d`, with `W_d` the total demand in dimension `d`: scarce dimensions
//! weigh more. With a single bin type the rules are the textbook first-fit decreasing, best-fit and
//! dot-product heuristics; the choice of type is what the variable-sized problem adds. Types wait in a heap with
//! their last filling, which is looked at again only when it no longer fits what is left: less demand fills no
//! bin better.
//!
//! A bin is filled by looking at every item for every choice, so that the time grows faster than the number of items.
//! Once a stop asks for it, or `MOST_STEPS` items were looked at, the rest is packed item by item (`one_by_one`).

use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use crate::optimize::pattern::{Content, Packing, Pattern};
use crate::optimize::problem::Problem;
use crate::optimize::room::{Room, counts};
use crate::optimize::stop::Stop;

mod one_by_one;

/// Items looked at, choice by choice, before the rest is packed item by item: some seconds.
const MOST_STEPS: u64 = 1_000_000_000;

/// Chooses what goes into a bin next.
pub trait Rule: Sync {
    /// The next item for a bin with this residual capacity, out of `candidates`, which all fit.
    fn choose(&self, volumes: &Volumes<'_>, residual: &[u64], candidates: &[usize]) -> usize;
}

/// A problem with the volume of each item.
#[derive(Debug)]
pub struct Volumes<'a> {
    /// The problem.
    pub problem: &'a Problem,
    /// Weight of each dimension, `1 / W_d`.
    pub weights: Vec<f64>,
    /// Volume of one copy of each item.
    pub volume: Vec<f64>,
}

impl<'a> Volumes<'a> {
    /// Volumes by the total demand.
    pub fn new(problem: &'a Problem) -> Self {
        let weights: Vec<f64> = (0..problem.dimensions())
            .map(|d| {
                let total: f64 = problem
                    .items()
                    .iter()
                    .map(|item| item.size[d] as f64 * item.demand as f64)
                    .sum();
                if total > 0.0 { 1.0 / total } else { 0.0 }
            })
            .collect();
        let volume = problem
            .items()
            .iter()
            .map(|item| {
                item.size
                    .iter()
                    .zip(&weights)
                    .map(|(s, w)| *s as f64 * w)
                    .sum()
            })
            .collect();
        Self {
            problem,
            weights,
            volume,
        }
    }
}

/// Packs by a rule. Copies that fit no bin within the limits stay unpacked.
pub fn pack(problem: &Problem, rule: &dyn Rule, stop: &dyn Stop) -> Packing {
    pack_into_few(problem, rule, 0.0, stop)
}

/// Packs by a rule with `surcharge` added to the cost of every bin when types are compared: where limits
/// leave few bins, a dear one that holds much must win over a cheap one that holds little.
pub fn pack_into_few(
    problem: &Problem,
    rule: &dyn Rule,
    surcharge: f64,
    stop: &dyn Stop,
) -> Packing {
    pack_within(problem, rule, surcharge, (MOST_STEPS, stop))
}

fn pack_within(
    problem: &Problem,
    rule: &dyn Rule,
    surcharge: f64,
    (most_steps, stop): (u64, &dyn Stop),
) -> Packing {
    let steps = AtomicU64::new(0);
    let volumes = Volumes::new(problem);
    let mut packing = Packing::default();
    let mut residual = packing.targets(problem);
    let mut room = Room::new(problem);
    let evaluate = |bin: usize, residual: &[u64], room: &Room| {
        if room.bins(problem, bin) == 0 || stop.should_stop() {
            return None;
        }
        let (content, looked_at) = fill(&volumes, bin, residual, room, rule);
        steps.fetch_add(looked_at, Ordering::Relaxed);
        let volume: f64 = content
            .iter()
            .map(|&(i, n)| volumes.volume[i] * n as f64)
            .sum();
        let cost = problem.bins()[bin].cost as f64;
        (!content.is_empty()).then(|| Filled {
            score: volume / (cost + surcharge).max(1e-9),
            pattern: Pattern { bin, content },
        })
    };
    let mut heap: BinaryHeap<Filled> = (0..problem.bins().len())
        .into_par_iter()
        .filter_map(|bin| evaluate(bin, &residual, &room))
        .collect::<Vec<_>>()
        .into();
    while let Some(filled) = heap.pop() {
        if stop.should_stop() || steps.load(Ordering::Relaxed) >= most_steps {
            break;
        }
        let pattern = &filled.pattern;
        let by_demand = pattern
            .content
            .iter()
            .map(|&(item, n)| residual[item] / n)
            .min()
            .unwrap_or(0);
        let times = by_demand.min(room.times(problem, pattern));
        if times == 0 {
            // Demand or limits have shrunk since: the bin is filled anew, and stands where that puts it.
            heap.extend(evaluate(pattern.bin, &residual, &room));
            continue;
        }
        for &(item, n) in &pattern.content {
            residual[item] -= n * times;
        }
        room.take(problem, pattern, times);
        packing.push(pattern.clone(), times);
        heap.extend(evaluate(pattern.bin, &residual, &room));
    }
    if stop.should_stop() || steps.load(Ordering::Relaxed) >= most_steps {
        one_by_one::pack_rest(
            &volumes,
            surcharge,
            (&mut residual, &mut room),
            &mut packing,
        );
    }
    packing.normalise();
    packing
}

/// A bin filled by the rule; the one with most volume per cost is the greatest.
struct Filled {
    score: f64,
    pattern: Pattern,
}

impl PartialEq for Filled {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Filled {}

impl PartialOrd for Filled {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Filled {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.score
            .total_cmp(&other.score)
            .then_with(|| other.pattern.cmp(&self.pattern))
    }
}

/// Copies that the limits on copies still allow of each item in one more bin.
struct Allowed<'a> {
    problem: &'a Problem,
    rows: &'a [usize],
    left: Vec<u64>,
}

impl<'a> Allowed<'a> {
    fn new(problem: &'a Problem, bin: usize, room: &Room) -> Self {
        let rows = problem.copy_limits_of(bin);
        Self {
            problem,
            rows,
            left: rows.iter().map(|&row| room.copies[row]).collect(),
        }
    }

    fn most(&self, item: usize) -> u64 {
        (self.rows.iter().zip(&self.left))
            .filter(|(row, _)| counts(self.problem, **row, item))
            .map(|(_, &left)| left)
            .min()
            .unwrap_or(u64::MAX)
    }

    fn take(&mut self, item: usize, copies: u64) {
        for (&row, left) in self.rows.iter().zip(&mut self.left) {
            if counts(self.problem, row, item) {
                *left -= copies;
            }
        }
    }
}

/// Fills one bin by the rule; a quarter of what fits of the chosen item goes in at a time. The copy that
/// the bin requires goes in first. With it, how many items were looked at.
fn fill(
    volumes: &Volumes<'_>,
    bin: usize,
    demand: &[u64],
    room: &Room,
    rule: &dyn Rule,
) -> (Content, u64) {
    let problem = volumes.problem;
    let mut allowed = Allowed::new(problem, bin, room);
    let mut residual = problem.bins()[bin].capacity.clone();
    let mut left: Vec<u64> = vec![0; demand.len()];
    let mut candidates: Vec<usize> = match &problem.bins()[bin].admits {
        Some(items) => items.clone(),
        None => (0..demand.len()).collect(),
    };
    candidates.retain(|&item| {
        if demand[item] > 0 {
            left[item] = problem.most_copies(bin, item).min(demand[item]);
        }
        left[item] > 0
    });
    let mut steps = demand.len() as u64;
    let mut content: Vec<u64> = vec![0; demand.len()];
    let mut put = |item: usize, copies: u64, residual: &mut [u64], left: &mut [u64]| {
        content[item] += copies;
        left[item] -= copies;
        for (room, size) in residual.iter_mut().zip(&problem.items()[item].size) {
            *room -= size * copies;
        }
    };
    if let Some(item) = problem.bins()[bin].requires {
        if left[item] == 0 || allowed.most(item) == 0 {
            return (Content::new(), 0);
        }
        put(item, 1, &mut residual, &mut left);
        allowed.take(item, 1);
    }
    loop {
        steps += candidates.len() as u64;
        candidates.retain(|&item| {
            left[item] > 0
                && allowed.most(item) > 0
                && copies_that_fit(problem, item, &residual) > 0
        });
        if candidates.is_empty() {
            break;
        }
        let item = rule.choose(volumes, &residual, &candidates);
        let copies = copies_that_fit(problem, item, &residual)
            .min(left[item])
            .min(allowed.most(item))
            .div_ceil(4);
        put(item, copies, &mut residual, &mut left);
        allowed.take(item, copies);
    }
    let content = (content.into_iter().enumerate())
        .filter(|&(_, copies)| copies > 0)
        .collect();
    (content, steps)
}

fn copies_that_fit(problem: &Problem, item: usize, residual: &[u64]) -> u64 {
    problem.items()[item]
        .size
        .iter()
        .zip(residual)
        .filter(|(size, _)| **size > 0)
        .map(|(size, room)| room / size)
        .min()
        .unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimize::heuristics::best_fit::best_fit;
    use crate::optimize::heuristics::dot_product::dot_product;
    use crate::optimize::heuristics::first_fit::{first_fit, first_fit_into_few};
    use crate::optimize::problem::{BinLimit, BinType, ItemType};
    use crate::optimize::stop::{Interrupt, Never};

    fn problem(limits: Vec<BinLimit>) -> Problem {
        let bin = |capacity: [u64; 2], cost| BinType {
            capacity: capacity.into(),
            cost,
            admits: None,
            requires: None,
        };
        let item = |size: [u64; 2], demand, max_per_bin| ItemType {
            size: size.into(),
            demand,
            max_per_bin,
        };
        let bins = vec![bin([8, 8], 10), bin([64, 64], 90)];
        let items = vec![
            item([3, 1], 40, None),
            item([1, 5], 30, None),
            item([2, 2], 9, Some(1)),
        ];
        Problem::try_new(2, bins, items, limits).expect("valid")
    }

    #[test]
    fn every_rule_packs_every_copy_into_feasible_bins() {
        let problem = problem(vec![]);
        for heuristic in [first_fit, best_fit, dot_product] {
            let packing = heuristic(&problem, &Never);
            assert!(
                packing
                    .missing(&problem)
                    .iter()
                    .all(|&missing| missing == 0)
            );
            assert!(
                packing
                    .bins
                    .iter()
                    .all(|(pattern, _)| pattern.is_feasible(&problem))
            );
        }
    }

    #[test]
    fn a_surcharge_packs_into_fewer_bins() {
        let problem = problem(vec![]);
        let bins = |packing: &Packing| packing.bins.iter().map(|(_, count)| count).sum::<u64>();
        let (many, few) = (
            first_fit(&problem, &Never),
            first_fit_into_few(&problem, 1e6, &Never),
        );
        assert!(bins(&few) < bins(&many));
    }

    #[test]
    fn limits_are_kept_and_the_rest_is_left_out() {
        let problem = problem(vec![BinLimit {
            bins: vec![0, 1],
            upper: 1,
        }]);
        let packing = first_fit(&problem, &Never);
        assert!(packing.within_limits(&problem));
        assert!(packing.missing(&problem).iter().sum::<u64>() > 0);
    }

    #[test]
    fn once_stopped_the_rest_is_packed_all_the_same() {
        let problem = problem(vec![]);
        let stopped = Interrupt::new();
        stopped.raise();
        let at_once = first_fit(&problem, &stopped);
        let after_some = pack_within(&problem, &First, 0.0, (5, &Never));
        for packing in [&at_once, &after_some] {
            assert!((packing.missing(&problem).iter()).all(|&missing| missing == 0));
            assert!((packing.bins.iter()).all(|(pattern, _)| pattern.is_feasible(&problem)));
        }
        assert_ne!(at_once, pack(&problem, &First, &Never));
    }

    #[test]
    fn once_stopped_limits_are_kept() {
        let problem = problem(vec![BinLimit {
            bins: vec![0, 1],
            upper: 3,
        }]);
        let stopped = Interrupt::new();
        stopped.raise();
        let packing = first_fit(&problem, &stopped);
        assert!(packing.within_limits(&problem));
        assert!(!packing.bins.is_empty());
        assert!(packing.missing(&problem).iter().sum::<u64>() > 0);
    }

    /// The first candidate, whatever it is.
    struct First;

    impl Rule for First {
        fn choose(&self, _: &Volumes<'_>, _: &[u64], candidates: &[usize]) -> usize {
            candidates[0]
        }
    }
}
