//! The tree of one offering: best-first branch and bound over the knapsack's relaxation, kept whole.
//!
//! Worths are divided by the offering's cost, so that a value of 1 is what it costs.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::optimize::pricing::knapsack::Knapsack;
use crate::optimize::pricing::relaxation::{Ending, Relaxation};

/// Case distinctions below each other: readers of documents allow so many levels.
const MOST_LEVELS: u32 = 96;

/// What an offering holds, at prices.
pub(super) struct Priced<'a> {
    /// Position of the offering in its draft.
    pub offering: usize,
    /// Its loads.
    pub knapsack: &'a Knapsack,
    /// By position in the knapsack, in the unit.
    pub worths: Vec<f64>,
    /// In the unit, with the multipliers of the rows that count it.
    pub cost: f64,
}

/// A tree that was searched.
pub(super) struct Searched {
    /// Position of the offering in the draft.
    pub offering: usize,
    /// Nodes; the first is the root.
    pub nodes: Vec<Node>,
    /// No load is worth more, in terms of the offering's cost.
    pub value: f64,
    /// Whether a larger tree would not lower the value.
    pub is_final: bool,
}

/// A node of the tree.
pub(super) enum Node {
    /// A case distinction over copies of the item at a position of the knapsack.
    Split {
        /// Position.
        position: usize,
        /// Most copies in the one case.
        at_most: u64,
        /// The case of few copies.
        yes: usize,
        /// The case of more.
        no: usize,
    },
    /// Multipliers of the capacities kept, in the unit for a unit of each.
    Leaf(Vec<f64>),
}

/// A leaf that is not settled.
struct Open {
    bound: f64,
    node: usize,
    level: u32,
    lower: Vec<f64>,
    upper: Vec<f64>,
    branch: Option<(usize, f64)>,
}

impl PartialEq for Open {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Open {}

impl PartialOrd for Open {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Open {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.bound.total_cmp(&other.bound)).then(self.node.cmp(&other.node))
    }
}

struct Tree<'a> {
    knapsack: &'a Knapsack,
    relaxation: Relaxation<'a>,
    cost: f64,
    nodes: Vec<Node>,
    open: BinaryHeap<Open>,
}

/// Searches until no load may be worth more than `target`, or the tree has so many nodes.
pub(super) fn search(priced: &Priced<'_>, (target, most_nodes): (f64, usize)) -> Searched {
    let knapsack = priced.knapsack;
    let cost = priced.cost.max(1.0);
    let profits = priced.worths.iter().map(|worth| worth / cost).collect();
    let relaxation = Relaxation::new(knapsack, profits);
    let (lower, upper) = (relaxation.lower.clone(), relaxation.upper.clone());
    let mut tree = Tree {
        knapsack,
        relaxation,
        cost,
        nodes: Vec::new(),
        open: BinaryHeap::new(),
    };
    let mut value = 0.0_f64;
    let mut is_final = true;
    tree.add(f64::INFINITY, 0, lower, upper);
    while let Some(open) = tree.open.pop() {
        // No larger tree lowers what a leaf without a case left is worth.
        let is_closed = open.bound <= target.max(value);
        if is_closed || tree.nodes.len() >= most_nodes {
            is_final = is_closed;
            value = value.max(open.bound);
            break;
        }
        match open.branch.filter(|_| open.level < MOST_LEVELS) {
            Some(branch) => tree.split(open, branch),
            None => value = value.max(open.bound),
        }
    }
    Searched {
        offering: priced.offering,
        value,
        nodes: tree.nodes,
        is_final,
    }
}

impl Tree<'_> {
    /// A new leaf for these bounds; returns its place.
    fn add(&mut self, parent: f64, level: u32, lower: Vec<f64>, upper: Vec<f64>) -> usize {
        let node = self.nodes.len();
        self.relaxation.lower.clone_from(&lower);
        self.relaxation.upper.clone_from(&upper);
        let (ending, bound) = self.relaxation.solve();
        if ending == Ending::Infeasible
            && let Some(u) = self.refutation(&lower, &upper)
        {
            self.nodes.push(Node::Leaf(u));
            return node;
        }
        let multipliers = self.relaxation.multipliers().iter();
        let u = (multipliers.zip(self.knapsack.capacity()))
            .map(|(worth, &capacity)| worth * self.cost / capacity as f64)
            .collect();
        self.nodes.push(Node::Leaf(u));
        let branch = if ending == Ending::Optimal {
            self.fractional()
        } else {
            widest(&lower, &upper)
        };
        self.open.push(Open {
            bound: bound.min(parent),
            node,
            level,
            lower,
            upper,
            branch,
        });
        node
    }

    /// Multipliers by which a box holds no load: a capacity that its fewest copies exceed is dear enough.
    fn refutation(&self, lower: &[f64], upper: &[f64]) -> Option<Vec<f64>> {
        let dimensions = self.knapsack.dimensions;
        let capacity = self.knapsack.capacity();
        let over = |d: usize| -> f64 {
            let used = (lower.iter().enumerate())
                .map(|(position, copies)| copies * self.knapsack.size(position)[d] as f64)
                .sum::<f64>();
            used - capacity[d] as f64
        };
        let exceeded = (0..dimensions).find(|&d| over(d) >= 1.0)?;
        let profits = self.relaxation.profits().iter().zip(upper);
        let worth: f64 = profits.map(|(profit, most)| profit.max(0.0) * most).sum();
        let mut u = vec![0.0; dimensions];
        u[exceeded] = (worth * self.cost / over(exceeded)).ceil() + 1.0;
        Some(u)
    }

    /// The fractional position with the most at stake, and its value.
    fn fractional(&self) -> Option<(usize, f64)> {
        let stake = |position: usize| {
            let value = self.relaxation.values[position];
            let part = value - value.floor();
            self.relaxation.profits()[position] * part.min(1.0 - part)
        };
        self.relaxation
            .basic_positions()
            .filter(|&position| {
                let value = self.relaxation.values[position];
                (value - value.round()).abs() > 1e-7
            })
            .max_by(|&a, &b| stake(a).total_cmp(&stake(b)).then(b.cmp(&a)))
            .map(|position| (position, self.relaxation.values[position]))
    }

    fn split(&mut self, open: Open, (position, value): (usize, f64)) {
        let at_most = value.floor();
        let mut few = open.upper.clone();
        few[position] = at_most;
        let mut more = open.lower.clone();
        more[position] = at_most + 1.0;
        let level = open.level + 1;
        let yes = self.add(open.bound, level, open.lower, few);
        let no = self.add(open.bound, level, more, open.upper);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let at_most = at_most as u64;
        self.nodes[open.node] = Node::Split {
            position,
            at_most,
            yes,
            no,
        };
    }
}

/// The middle of the widest range, where none is settled.
fn widest(lower: &[f64], upper: &[f64]) -> Option<(usize, f64)> {
    let range = |position: usize| upper[position] - lower[position];
    (0..lower.len())
        .filter(|&position| range(position) >= 1.0)
        .max_by(|&a, &b| range(a).total_cmp(&range(b)).then(b.cmp(&a)))
        .map(|position| {
            (
                position,
                lower[position] + (range(position) / 2.0).floor() + 0.5,
            )
        })
        .map(|(position, middle)| (position, middle.min(upper[position] - 0.5)))
}
