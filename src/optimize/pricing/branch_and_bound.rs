//! Exact pricing by best-first branch and bound over the linear relaxation.
//!
//! Every node solves the relaxation (warm, a few pivots), is pruned against `max(best found, cutoff)`,
//! tightens variable bounds by reduced profit (a nonbasic variable whose move costs more than the node's
//! slack is fixed), rounds down and fills for an incumbent, and branches on the fractional basic variable
//! with the most profit at stake. The search plunges: the child the relaxation leans to comes next, for
//! patterns; where that ends, the open node with the largest bound, for the bound. The result is exact when
//! the tree is exhausted, otherwise the largest bound among the open nodes, which is still valid.
//! Reference: Martello & Toth, Knapsack Problems, 1990; Pisinger, Core problems in knapsack algorithms, 1999.

use std::collections::BinaryHeap;

use super::greedy;
use super::knapsack::Knapsack;
use super::relaxation::{Ending, Relaxation};

/// What a search returns.
#[derive(Debug, Clone)]
pub struct Search {
    /// Best content found with a value above the cutoff, and that value.
    pub best: Option<(f64, Vec<u64>)>,
    /// No content is worth more than this: proven.
    pub bound: f64,
    /// The point of the open node with the largest bound: a relaxed pattern when the tree was cut short.
    pub relaxed: Option<Vec<f64>>,
    /// Simplex pivots and inner steps spent, in work units.
    pub work: u64,
}

/// An open node: variable bounds and the bound of its parent.
struct Open {
    bound: f64,
    /// Order of arrival: ties go to the newest, which is deepest.
    number: u64,
    lower: Vec<f64>,
    upper: Vec<f64>,
}

impl PartialEq for Open {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Open {}

impl PartialOrd for Open {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Open {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.bound
            .total_cmp(&other.bound)
            .then(self.number.cmp(&other.number))
    }
}

struct Tree<'a> {
    knapsack: &'a Knapsack,
    relaxation: Relaxation<'a>,
    order: Vec<usize>,
    open: BinaryHeap<Open>,
    /// The child to look at next.
    plunge: Option<Open>,
    numbered: u64,
    best: Option<(f64, Vec<u64>)>,
    cutoff: f64,
    tolerance: f64,
}

/// Searches for a content worth more than `cutoff`, over at most `node_limit` nodes.
pub fn search(knapsack: &Knapsack, profits: &[f64], cutoff: f64, node_limit: u64) -> Search {
    if knapsack.is_empty() {
        return Search {
            best: None,
            bound: 0.0,
            relaxed: None,
            work: 1,
        };
    }
    let relaxation = Relaxation::new(knapsack, profits.to_vec());
    let mut tree = Tree {
        knapsack,
        relaxation,
        order: Vec::new(),
        open: BinaryHeap::new(),
        plunge: None,
        numbered: 0,
        best: None,
        cutoff,
        tolerance: 0.0,
    };
    tree.run(node_limit)
}

impl Tree<'_> {
    /// A node at or below this is of no interest.
    fn threshold(&self) -> f64 {
        self.best
            .as_ref()
            .map_or(self.cutoff, |(value, _)| value.max(self.cutoff))
    }

    fn run(&mut self, node_limit: u64) -> Search {
        let (ending, root_bound) = self.relaxation.solve();
        self.order = greedy::fill_order(self.knapsack, &self.relaxation);
        self.tolerance = self.cutoff.abs().max(root_bound.abs()) * 1e-9;
        let mut nodes = 1;
        let root_point = self.relaxation.values.clone();
        if ending == Ending::Optimal {
            self.expand(root_bound, true);
        } else {
            self.split(root_bound);
        }
        while nodes < node_limit {
            let Some(open) = self.plunge.take().or_else(|| self.open.pop()) else {
                break;
            };
            if open.bound <= self.threshold() + self.tolerance {
                continue;
            }
            self.relaxation.lower = open.lower;
            self.relaxation.upper = open.upper;
            nodes += 1;
            let (ending, bound) = self.relaxation.solve();
            match ending {
                // Rounding may say so of bounds that just fit: exact arithmetic decides.
                Ending::Infeasible if self.knapsack.residual(&self.fixed()).is_none() => {}
                Ending::Infeasible => self.split(open.bound),
                Ending::Optimal => self.expand(bound, nodes % 4 == 0),
                Ending::PivotLimit => self.split(bound),
            }
        }
        self.finish(nodes, root_bound, root_point)
    }

    fn finish(&mut self, nodes: u64, root_bound: f64, root_point: Vec<f64>) -> Search {
        let threshold = self.threshold() + self.tolerance;
        let widest = self
            .open
            .iter()
            .filter(|open| open.bound > threshold)
            .map(|open| open.bound)
            .fold(None, |widest: Option<f64>, bound| {
                Some(widest.map_or(bound, |w| w.max(bound)))
            });
        let bound = widest
            .map_or(threshold, |open| open.max(threshold))
            .min(root_bound);
        let per_pivot = (self.knapsack.len() * self.knapsack.dimensions) as u64 / 256 + 1;
        Search {
            best: self.best.take(),
            bound,
            relaxed: widest.map(|_| root_point),
            work: (self.relaxation.pivots + nodes) * per_pivot,
        }
    }

    /// Looks at the node just solved: prune, tighten, round, branch.
    fn expand(&mut self, bound: f64, round: bool) {
        if bound <= self.threshold() + self.tolerance {
            return;
        }
        let fractional = self.fractional();
        if round || fractional.is_none() {
            let content = greedy::round_and_fill(self.knapsack, &self.relaxation, &self.order);
            self.offer(content);
            if bound <= self.threshold() + self.tolerance {
                return;
            }
        }
        let Some((position, value)) = fractional else {
            // Whole, yet its rounding is worth less than the bound: numerical noise, decided by splitting.
            self.split(bound);
            return;
        };
        self.tighten(bound);
        let (lower, upper) = (
            self.relaxation.lower[position],
            self.relaxation.upper[position],
        );
        let floor = value.floor();
        let down = self.child(bound, position, lower, floor);
        let up = self.child(bound, position, floor + 1.0, upper);
        // The side the relaxation leans to comes next.
        let (next, other) = if value - floor > 0.5 {
            (up, down)
        } else {
            (down, up)
        };
        self.open.push(other);
        self.plunge = Some(next);
    }

    /// Branches without a point to go by: the widest variable is halved; a node with nothing left to halve
    /// is one content, which exact arithmetic accepts or refuses.
    fn split(&mut self, bound: f64) {
        if bound <= self.threshold() + self.tolerance {
            return;
        }
        let range =
            |position: usize| self.relaxation.upper[position] - self.relaxation.lower[position];
        let widest = (0..self.knapsack.len())
            .max_by(|&a, &b| range(a).total_cmp(&range(b)).then(b.cmp(&a)))
            .filter(|&position| range(position) > 0.5);
        let Some(position) = widest else {
            let content = self.fixed();
            if self.knapsack.residual(&content).is_some() {
                self.offer(content);
            }
            return;
        };
        let (lower, upper) = (
            self.relaxation.lower[position],
            self.relaxation.upper[position],
        );
        let middle = f64::midpoint(lower, upper).floor();
        let down = self.child(bound, position, lower, middle);
        let up = self.child(bound, position, middle + 1.0, upper);
        self.open.push(down);
        self.open.push(up);
    }

    /// The copies that the present lower bounds demand.
    fn fixed(&self) -> Vec<u64> {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let copies = |lower: f64| lower.round() as u64;
        self.relaxation
            .lower
            .iter()
            .map(|&lower| copies(lower))
            .collect()
    }

    /// The present node with one variable's bounds narrowed.
    fn child(&mut self, bound: f64, position: usize, lower: f64, upper: f64) -> Open {
        let mut open = Open {
            bound,
            number: self.numbered,
            lower: self.relaxation.lower.clone(),
            upper: self.relaxation.upper.clone(),
        };
        open.lower[position] = lower;
        open.upper[position] = upper;
        self.numbered += 1;
        open
    }

    /// The fractional basic variable with the most profit at stake.
    fn fractional(&self) -> Option<(usize, f64)> {
        let mut best: Option<(usize, f64, f64)> = None;
        for position in self.relaxation.basic_positions() {
            let value = self.relaxation.values[position];
            let fraction = value - value.floor();
            if fraction > 1e-7 && fraction < 1.0 - 1e-7 {
                let stake = fraction.min(1.0 - fraction) * self.relaxation.profits()[position];
                if best.is_none_or(|(_, _, s)| stake > s) {
                    best = Some((position, value, stake));
                }
            }
        }
        best.map(|(position, value, _)| (position, value))
    }

    fn offer(&mut self, content: Vec<u64>) {
        let value = Knapsack::value(self.relaxation.profits(), &content);
        if value > self.threshold() + self.tolerance {
            self.best = Some((value, content));
        }
    }

    /// Reduced-profit tightening: moving a nonbasic variable by k costs k·|d|, which may not exceed the
    /// node's slack over the threshold.
    fn tighten(&mut self, bound: f64) {
        let slack = bound - self.threshold();
        for position in 0..self.knapsack.len() {
            let reduced = self.relaxation.reduced[position];
            let (lower, upper) = (
                self.relaxation.lower[position],
                self.relaxation.upper[position],
            );
            if self.relaxation.is_basic(position) || upper <= lower || reduced.abs() < 1e-15 {
                continue;
            }
            let moves = (slack / reduced.abs() + 1e-6).floor();
            if moves >= upper - lower {
                continue;
            }
            if reduced > 0.0 {
                self.relaxation.lower[position] = upper - moves;
            } else {
                self.relaxation.upper[position] = lower + moves;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimize::problem::{BinType, ItemType, Problem};
    use crate::optimize::room::Room;
    use proptest::prelude::*;

    fn build(capacity: &[u64], items: &[(Vec<u64>, u64)]) -> Knapsack {
        let items: Vec<ItemType> = items
            .iter()
            .map(|(size, demand)| ItemType {
                size: size.clone(),
                demand: *demand,
                max_per_bin: None,
            })
            .collect();
        let demands: Vec<u64> = items.iter().map(|i| i.demand).collect();
        let bin = BinType {
            capacity: capacity.to_vec(),
            cost: 1,
            admits: None,
            requires: None,
        };
        let problem = Problem::try_new(capacity.len(), vec![bin], items, vec![]).expect("valid");
        Knapsack::new(&problem, 0, &demands, &Room::new(&problem))
    }

    /// Every content, one by one.
    fn enumerate(knapsack: &Knapsack, profits: &[f64]) -> f64 {
        fn go(knapsack: &Knapsack, profits: &[f64], at: usize, content: &mut Vec<u64>) -> f64 {
            if at == content.len() {
                return Knapsack::value(profits, content);
            }
            let mut best = f64::NEG_INFINITY;
            for copies in 0..=knapsack.upper[at] {
                content[at] = copies;
                if knapsack.residual(content).is_none() {
                    break;
                }
                best = best.max(go(knapsack, profits, at + 1, content));
            }
            content[at] = 0;
            best
        }
        go(knapsack, profits, 0, &mut vec![0; knapsack.len()])
    }

    /// Dynamic program over the two capacities, one copy at a time.
    #[allow(clippy::cast_possible_truncation, reason = "two digits")]
    fn table(
        capacity: (u64, u64),
        items: &[((u64, u64), u64, u32)],
        knapsack: &Knapsack,
        profits: &[f64],
    ) -> f64 {
        let (wide, high) = (capacity.0 as usize + 1, capacity.1 as usize + 1);
        let mut best = vec![0.0_f64; wide * high];
        for (position, &item) in knapsack.items.iter().enumerate() {
            let (a, b) = (items[item].0.0 as usize, items[item].0.1 as usize);
            for _ in 0..knapsack.upper[position] {
                for x in (a..wide).rev() {
                    for y in (b..high).rev() {
                        let with = best[(x - a) * high + y - b] + profits[position];
                        best[x * high + y] = best[x * high + y].max(with);
                    }
                }
            }
        }
        best[wide * high - 1]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn the_search_agrees_with_enumeration(
            items in prop::collection::vec(
                ((0u64..12, 0u64..12, 0u64..2), 1u64..4, 0u32..30), 1..6),
            capacity in (5u64..25, 5u64..25, 1u64..4),
        ) {
            let capacity = [capacity.0, capacity.1, capacity.2];
            let sizes: Vec<(Vec<u64>, u64)> =
                items.iter().map(|(s, demand, _)| (vec![s.0, s.1, s.2], *demand)).collect();
            let knapsack = build(&capacity, &sizes);
            let profits: Vec<f64> =
                knapsack.items.iter().map(|&i| f64::from(items[i].2)).collect();
            let optimum = enumerate(&knapsack, &profits);
            let found = search(&knapsack, &profits, -1.0, 100_000);
            let value = found.best.as_ref().map_or(0.0, |(value, _)| *value);
            prop_assert!((value - optimum).abs() < 1e-6, "found {value}, optimum {optimum}");
            prop_assert!(found.bound >= optimum - 1e-6);
            prop_assert!(found.bound <= optimum + 1e-3, "the exhausted tree proves its value");
            if let Some((_, content)) = &found.best {
                prop_assert!(knapsack.residual(content).is_some());
            }
            let cut_short = search(&knapsack, &profits, -1.0, 2);
            prop_assert!(cut_short.bound >= optimum - 1e-6, "an open tree's bound stays valid");
        }

        /// Profits proportional to size make equal ratios, where a simplex method stumbles if it can.
        #[test]
        fn the_search_agrees_with_a_table_where_ratios_tie(
            items in prop::collection::vec(((1u64..9, 1u64..9), 1u64..20, 0u32..3), 2..12),
            capacity in (20u64..60, 20u64..60),
            nodes in prop::sample::select(vec![1_u64, 5, 40, 100_000]),
        ) {
            let sizes: Vec<(Vec<u64>, u64)> =
                items.iter().map(|(s, demand, _)| (vec![s.0, s.1], *demand)).collect();
            let knapsack = build(&[capacity.0, capacity.1], &sizes);
            let profits: Vec<f64> = knapsack
                .items
                .iter()
                .map(|&i| (2 * items[i].0.0 + items[i].0.1) as f64 + f64::from(items[i].2) * 0.25)
                .collect();
            let optimum = table(capacity, &items, &knapsack, &profits);
            let found = search(&knapsack, &profits, optimum * 0.9, nodes);
            let value = found.best.as_ref().map_or(0.0, |(value, _)| *value);
            prop_assert!(value <= optimum + 1e-6);
            prop_assert!(found.bound >= optimum - 1e-6, "bound {}, optimum {optimum}", found.bound);
            if nodes == 100_000 && found.relaxed.is_none() {
                prop_assert!((value - optimum).abs() < 1e-6, "found {value}, optimum {optimum}");
            }
        }
    }
}
