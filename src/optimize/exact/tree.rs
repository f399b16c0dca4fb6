//! Branch and price on pairs of copies.
//!
//! At a fractional solution `x` some two units `i, j` are together in bins with `0 < Σ_{p∋i,j} x_p < 1`; one branch
//! puts them together, the other keeps them apart, and both linear programs lose this solution. Branches are
//! searched depth first, together first: a dive that finds packings on its way. The bound of the tree is the
//! least among the branches still open.
//!
//! Limited to problems without side rows in which a bin admits every item, and to few enough copies.
//! References: D. M. Ryan & B. A. Foster, An integer programming approach to scheduling, 1981; P. H. Vance,
//! C. Barnhart, E. L. Johnson & G. L. Nemhauser, Solving binary cutting stock problems by column generation and
//! branch-and-bound, Computational Optimization and Applications 3, 1994, doi:10.1007/BF01300970.

use std::collections::{BTreeMap, BTreeSet};

use crate::optimize::lp::LpError;
use crate::optimize::pattern::{Content, Packing, Pattern};
use crate::optimize::problem::{Cost, Problem};
use crate::optimize::side_rows::SideRows;
use crate::optimize::stop::Budget;

use super::contracted::{Contracted, Decision, UnitColumn};
use super::node::{relax, rounded};

/// More copies than this have too many pairs to decide on.
const MOST_UNITS: u64 = 1_200;
/// Columns kept for later branches.
const MOST_COLUMNS: usize = 12_000;

/// A branch that is still to be searched.
struct Open {
    decisions: Vec<Decision>,
    /// Bound of the branch it comes from, on the cost grid.
    bound: f64,
}

/// A tree that can be searched a while, left, and searched on.
pub struct Tree<'a> {
    problem: &'a Problem,
    step: Cost,
    /// Item of each unit; units of an item follow each other.
    item_of: Vec<usize>,
    sizes: Vec<Vec<u64>>,
    columns: Vec<UnitColumn>,
    known: BTreeSet<UnitColumn>,
    open: Vec<Open>,
    /// Branches that were left without a solution to branch on.
    abandoned: f64,
    /// Branches solved.
    pub nodes: u64,
}

impl<'a> Tree<'a> {
    /// The tree of a problem with these patterns to begin with; `None` where it is not of the kind for it.
    pub fn new(problem: &'a Problem, step: Cost, bound: f64, patterns: &[Pattern]) -> Option<Self> {
        let is_plain = *problem.rows() == SideRows::default()
            && (problem.bins().iter()).all(|bin| bin.admits.is_none() && bin.requires.is_none())
            && (problem.items().iter()).all(|item| item.max_per_bin.is_none());
        let units: u64 = problem.items().iter().map(|item| item.demand).sum();
        if !is_plain || units > MOST_UNITS {
            return None;
        }
        let item_of: Vec<usize> = (problem.items().iter().enumerate())
            .flat_map(|(index, item)| (0..item.demand).map(move |_| index))
            .collect();
        let sizes = (item_of.iter())
            .map(|&item| problem.items()[item].size.clone())
            .collect();
        let mut tree = Self {
            problem,
            step,
            item_of,
            sizes,
            columns: Vec::new(),
            known: BTreeSet::new(),
            open: vec![Open {
                decisions: Vec::new(),
                bound,
            }],
            abandoned: f64::INFINITY,
            nodes: 0,
        };
        tree.learn(patterns);
        Some(tree)
    }

    /// Takes patterns as columns, each copy by the first unit of its item that the column before did not use.
    fn learn(&mut self, patterns: &[Pattern]) {
        let mut first = vec![usize::MAX; self.problem.items().len()];
        for (unit, &item) in self.item_of.iter().enumerate() {
            first[item] = first[item].min(unit);
        }
        let mut next = vec![0_u64; first.len()];
        for pattern in patterns {
            let mut units = Vec::new();
            for &(item, copies) in &pattern.content {
                let demand = self.problem.items()[item].demand;
                for _ in 0..copies.min(demand) {
                    #[allow(clippy::cast_possible_truncation, reason = "few units")]
                    units.push(first[item] + (next[item] % demand) as usize);
                    next[item] += 1;
                }
            }
            units.sort_unstable();
            units.dedup();
            self.add((pattern.bin, units));
        }
    }

    fn add(&mut self, column: UnitColumn) {
        if !column.1.is_empty() && self.known.insert(column.clone()) {
            self.columns.push(column);
        }
        if self.columns.len() > MOST_COLUMNS {
            let kept = self.columns.split_off(self.columns.len() / 2);
            self.known = kept.iter().cloned().collect();
            self.columns = kept;
        }
    }

    /// No packing costs less, on the cost grid; infinite when every branch is closed.
    pub fn bound(&self) -> f64 {
        (self.open.iter().map(|open| open.bound)).fold(self.abandoned, f64::min)
    }

    /// Searches for packings that cost less than `incumbent` until the tree or the budget ends; the first one
    /// found is returned at once.
    ///
    /// # Errors
    /// When the LP solver fails.
    pub fn run(&mut self, incumbent: Cost, budget: Budget<'_>) -> Result<Option<Packing>, LpError> {
        while let Some(open) = self.open.pop() {
            if rounded(open.bound, self.step) >= incumbent {
                continue;
            }
            if budget.is_over() {
                self.open.push(open);
                return Ok(None);
            }
            let Some(node) = Contracted::new(self.problem, &self.sizes, &open.decisions) else {
                continue;
            };
            if (0..node.members.len())
                .any(|item| !(0..self.problem.bins().len()).any(|bin| node.problem.fits(bin, item)))
            {
                continue;
            }
            self.nodes += 1;
            let relaxed = relax(&node, &self.columns, incumbent, self.step, budget)?;
            for column in relaxed.columns {
                self.add(column);
            }
            let bound = relaxed.bound.max(open.bound);
            if rounded(bound, self.step) >= incumbent {
                continue;
            }
            if budget.is_over() {
                self.open.push(Open { bound, ..open });
                return Ok(None);
            }
            let whole = self.whole(&relaxed.solution);
            if let Some(packing) = whole.filter(|p| p.cost(self.problem) < incumbent) {
                // The branch may hold more; it is looked at again with the better incumbent.
                self.open.push(Open { bound, ..open });
                return Ok(Some(packing));
            }
            match branching_pair(&relaxed.solution) {
                Some(pair) => {
                    for together in [false, true] {
                        let mut decisions = open.decisions.clone();
                        decisions.push(Decision { pair, together });
                        self.open.push(Open { decisions, bound });
                    }
                }
                None => self.abandoned = self.abandoned.min(bound),
            }
        }
        Ok(None)
    }

    /// A solution without fractions as a packing.
    fn whole(&self, solution: &[(UnitColumn, f64)]) -> Option<Packing> {
        if solution.is_empty()
            || solution
                .iter()
                .any(|(_, value)| (value - value.round()).abs() > 1e-6)
        {
            return None;
        }
        let mut packing = Packing::default();
        for ((bin, units), value) in solution {
            let mut copies: BTreeMap<usize, u64> = BTreeMap::new();
            for &unit in units {
                *copies.entry(self.item_of[unit]).or_default() += 1;
            }
            let content: Content = copies.into_iter().collect();
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            packing.push(Pattern { bin: *bin, content }, value.round() as u64);
        }
        Some(packing)
    }
}

/// The pair that is together nearest to a half; among equals the first.
fn branching_pair(solution: &[(UnitColumn, f64)]) -> Option<(usize, usize)> {
    let mut together: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    for ((_, units), value) in solution {
        if (value - value.round()).abs() <= 1e-6 {
            continue;
        }
        for (place, &a) in units.iter().enumerate() {
            for &b in &units[place + 1..] {
                *together.entry((a, b)).or_default() += value;
            }
        }
    }
    let mut best: Option<((usize, usize), f64)> = None;
    for (pair, value) in together {
        let distance = (value - 0.6).abs();
        let fractional = value > 1e-6 && value < 1.0 - 1e-6;
        if fractional && best.is_none_or(|(_, known)| distance < known - 1e-9) {
            best = Some((pair, distance));
        }
    }
    best.map(|(pair, _)| pair)
}

#[cfg(test)]
mod tests;
