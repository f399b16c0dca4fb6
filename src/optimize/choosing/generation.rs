//! Column generation over patterns and alternatives, for one weight after another.
//!
//! Prices are asked about halfway between those of the best bound and the master's own (Wentges 1997), and at the master's own where
//! that finds nothing. Every round's prices give a line that bounds all weights; columns and lines stay when the weight changes.

use super::Choosing;
use super::bound::{self, Line};
use super::rows::{Column, Prices, Rows};
use crate::optimize::column_generation::master::{ARTIFICIAL_COST, cost_scale};
use crate::optimize::column_generation::pool::Pool;
use crate::optimize::column_generation::rounds::LADDER;
use crate::optimize::duals::reduced_bin_costs;
use crate::optimize::lp::{Bounds, Incremental, LpError, LpSolution, LpSolver};
use crate::optimize::pattern::Pattern;
use crate::optimize::pricing::contract::Answer;
use crate::optimize::pricing::oracle::{Effort, Oracle};
use crate::optimize::room::Room;
use crate::optimize::stop::Budget;

/// A master is solved when its bound is so close.
const CONVERGED: f64 = 2e-5;
/// Relative reduced cost below which a column is not worth adding.
const TOLERANCE: f64 = 1e-7;
/// Pricing proves up to so little above a bin's cost.
const PRICING_TOLERANCE: f64 = 1e-10;
/// Weight of the prices of the best bound.
const SMOOTHING: f64 = 0.5;
/// Most columns of a round.
const MOST_COLUMNS: usize = 300;

/// Column generation and its lines.
pub struct Generation<'a> {
    choosing: &'a Choosing,
    rows: Rows,
    lp: Incremental,
    oracle: Oracle,
    scale: f64,
    pool: Pool,
    /// Every line found that is the best somewhere.
    pub lines: Vec<Line>,
}

impl<'a> Generation<'a> {
    /// Starts with the patterns given.
    ///
    /// # Errors
    /// When the LP solver fails.
    pub fn try_new(
        choosing: &'a Choosing,
        patterns: impl IntoIterator<Item = Pattern>,
    ) -> Result<Self, LpError> {
        let problem = &choosing.problem;
        let rows = Rows::new(choosing);
        let demands = problem.most_demands();
        let mut generation = Self {
            lp: Incremental::try_new(rows.bounds(choosing, 0.0))?,
            oracle: Oracle::new(problem, &demands, &Room::new(problem)),
            scale: cost_scale(problem),
            pool: Pool::default(),
            lines: Vec::new(),
            choosing,
            rows,
        };
        for item in 0..problem.items().len() {
            generation.push(&Column::Unpacked(item), ARTIFICIAL_COST, f64::INFINITY)?;
        }
        generation.push(&Column::Beyond, generation.dearest_weight(), f64::INFINITY)?;
        for alternative in 0..choosing.alternatives.len() {
            generation.push(&Column::Chosen(alternative), 0.0, 1.0)?;
        }
        for (index, group) in problem.groups().iter().enumerate() {
            if group.extra > 0 {
                for &item in &group.items {
                    generation.push(&Column::Extra(item), 0.0, 1.0)?;
                }
            }
            if let Some(cost) = group.outside {
                let cost = cost as f64 * generation.scale;
                generation.push(&Column::Outside(index), cost, 1.0)?;
            }
        }
        if let Some(floor) = problem.floor() {
            let cheapest = floor.bins.iter().map(|&bin| problem.bins()[bin].cost).min();
            let cost = cheapest.map_or(ARTIFICIAL_COST, |cost| cost as f64 * generation.scale);
            generation.push(&Column::Empty, cost, f64::INFINITY)?;
        }
        for pattern in patterns {
            generation.add(pattern)?;
        }
        Ok(generation)
    }

    /// Above what a unit of weight can save: all copies unpacked, over the least weight that there is.
    fn dearest_weight(&self) -> f64 {
        let copies: u64 = (self.choosing.problem.items().iter())
            .map(|item| item.demand)
            .sum();
        let least = (self.choosing.alternatives.iter())
            .map(|alternative| alternative.weight)
            .filter(|weight| *weight > 0.0)
            .fold(1.0_f64, f64::min);
        ARTIFICIAL_COST * (copies as f64 + 1.0) / least
    }

    fn push(&mut self, column: &Column, cost: f64, upper: f64) -> Result<(), LpError> {
        let coefficients = self.rows.coefficients(self.choosing, column);
        self.lp.add_column(cost, upper, &coefficients)?;
        Ok(())
    }

    /// Adds what a bin may hold; says whether it is new.
    fn add(&mut self, pattern: Pattern) -> Result<bool, LpError> {
        let is_known = self.pool.insert(pattern.clone()).is_none();
        if is_known || !pattern.is_feasible(&self.choosing.problem) {
            return Ok(false);
        }
        let cost = self.choosing.problem.bins()[pattern.bin].cost as f64 * self.scale;
        self.push(&Column::Bins(pattern), cost, f64::INFINITY)?;
        Ok(true)
    }

    /// Solves the master for at most so much weight, as far as the budget goes.
    ///
    /// # Errors
    /// When the LP solver fails.
    pub fn run(&mut self, most: f64, budget: Budget<'_>) -> Result<(), LpError> {
        (self.lp).set_row_bounds(self.rows.weight(), Bounds::at_most(most))?;
        let mut rung = 0;
        let mut centre: Option<(f64, Prices)> = None;
        loop {
            let solution = self.lp.solve()?;
            budget.work.spend(self.lp_work(&solution));
            let value = solution.objective / self.scale;
            let own = self.rows.duals(self.choosing, &solution.dual);
            let is_solved = |lines: &[Line]| {
                let best = lines.iter().map(|line| line.at(most));
                best.fold(f64::NEG_INFINITY, f64::max) >= value - value.abs() * CONVERGED
            };
            loop {
                if is_solved(&self.lines) || budget.is_over() {
                    return Ok(());
                }
                let halfway = (centre.as_ref()).map(|(_, best)| best.blend(&own, SMOOTHING));
                let mut added = 0;
                for asked in halfway.into_iter().chain([own.clone()]) {
                    added = self.round(asked, &own, rung, (most, &mut centre), budget)?;
                    if added > 0 {
                        break;
                    }
                }
                if added > 0 {
                    break;
                }
                rung += 1;
                if rung >= LADDER.len() {
                    return Ok(());
                }
            }
        }
    }

    /// Prices once; keeps the line, and adds the columns that the master's own prices ask for.
    fn round(
        &mut self,
        mut asked: Prices,
        own: &Prices,
        rung: usize,
        (most, centre): (f64, &mut Option<(f64, Prices)>),
        budget: Budget<'_>,
    ) -> Result<usize, LpError> {
        let problem = &self.choosing.problem;
        asked.duals = asked.duals.with_safe_floor(problem, self.scale);
        let costs = reduced_bin_costs(problem, &asked.duals, self.scale);
        let answers = (self.oracle).price(
            &asked.duals,
            &costs,
            Effort::Nodes(LADDER[rung]),
            PRICING_TOLERANCE,
            budget.work.counter(),
        );
        if let Some(line) = bound::line(self.choosing, &asked, &answers, self.scale) {
            let at = line.at(most);
            if centre.as_ref().is_none_or(|(best, _)| at > *best) {
                *centre = Some((at, asked));
                self.lines.push(line);
            }
        }
        self.adopt(answers, own)
    }

    fn adopt(&mut self, answers: Vec<Answer>, own: &Prices) -> Result<usize, LpError> {
        let problem = &self.choosing.problem;
        let costs = reduced_bin_costs(problem, &own.duals, self.scale);
        let mut candidates: Vec<(f64, Pattern)> = (answers.into_iter())
            .flat_map(|answer| answer.patterns)
            .filter_map(|(_, pattern)| {
                let content = pattern.content.iter().map(|&(item, n)| (item, n as f64));
                let worth = own.duals.worth(problem, pattern.bin, content);
                let paid = problem.bins()[pattern.bin].cost as f64 * self.scale;
                let saved = worth - costs[pattern.bin];
                (saved > paid * TOLERANCE + 1e-12).then_some((saved / paid.max(1e-9), pattern))
            })
            .collect();
        candidates.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let mut added = 0;
        for (_, pattern) in candidates.into_iter().take(MOST_COLUMNS) {
            added += usize::from(self.add(pattern)?);
        }
        Ok(added)
    }

    fn lp_work(&self, solution: &LpSolution) -> u64 {
        let rows = self.rows.weight() as u64 + 1;
        1 + solution.iterations * (20 + rows / 2)
    }
}
