//! Column generation over new bins and bins that stay, for one number of moves after another.
//!
//! Prices are asked about halfway between those of the best bound and the master's own (Wentges 1997), and at the master's own
//! where that finds nothing. Every round's prices give a line that bounds all numbers of moves; columns and lines stay when the
//! number changes.

use super::Keeping;
use super::bound::{self, Line};
use super::rows::{Column, Prices, Rows};
use crate::optimize::column_generation::master::{ARTIFICIAL_COST, cost_scale};
use crate::optimize::column_generation::pool::Pool;
use crate::optimize::column_generation::rounds::LADDER;
use crate::optimize::lp::{Incremental, LpError, LpSolution, LpSolver};
use crate::optimize::pattern::Pattern;
use crate::optimize::pricing::contract::Answer;
use crate::optimize::pricing::oracle::{Effort, Oracle};
use crate::optimize::room::Room;
use crate::optimize::stop::Budget;

/// A master is solved when its bound is so close.
const CONVERGED: f64 = 1e-7;
/// Relative reduced cost below which a column is not worth adding.
const TOLERANCE: f64 = 1e-7;
/// Pricing proves up to so little above a bin's cost.
const PRICING_TOLERANCE: f64 = 1e-10;
/// Weight of the prices of the best bound.
const SMOOTHING: f64 = 0.5;
/// Most columns of a round.
const MOST_COLUMNS: usize = 300;

/// Column generation, its columns and its lines.
pub struct Generation<'a> {
    keeping: &'a Keeping,
    rows: Rows,
    lp: Incremental,
    oracle: Oracle,
    scale: f64,
    pool: Pool,
    /// What each column of the program is.
    pub columns: Vec<Column>,
    /// Every line found that is the best somewhere.
    pub lines: Vec<Line>,
    /// The last solution and the most moves that it is for.
    solution: Option<(u64, LpSolution)>,
}

impl<'a> Generation<'a> {
    /// Starts with bins that stay as they are, and with the patterns given, in all that they hold.
    ///
    /// # Errors
    /// When the LP solver fails.
    pub fn try_new(
        keeping: &'a Keeping,
        patterns: impl IntoIterator<Item = Pattern>,
    ) -> Result<Self, LpError> {
        let problem = &keeping.beside;
        let rows = Rows::new(keeping);
        let most = keeping.most_moves();
        let demands = problem.most_demands();
        let mut generation = Self {
            lp: Incremental::try_new(rows.bounds(keeping, most))?,
            oracle: Oracle::new(problem, &demands, &Room::new(problem)),
            scale: cost_scale(problem),
            pool: Pool::default(),
            columns: Vec::new(),
            lines: Vec::new(),
            solution: None,
            keeping,
            rows,
        };
        for item in 0..problem.items().len() {
            generation.push(Column::Unpacked(item), ARTIFICIAL_COST, f64::INFINITY)?;
        }
        generation.push(Column::MovedBeyond, ARTIFICIAL_COST, f64::INFINITY)?;
        for (index, group) in problem.groups().iter().enumerate() {
            if group.extra > 0 {
                for &item in &group.items {
                    generation.push(Column::Extra(item), 0.0, 1.0)?;
                }
            }
            if let Some(cost) = group.outside {
                let cost = cost as f64 * generation.scale;
                generation.push(Column::Outside(index), cost, 1.0)?;
            }
        }
        if let Some(floor) = problem.floor() {
            // Bins of today are not bought, so that empty ones are new ones.
            let new = floor
                .bins
                .iter()
                .filter(|&&bin| keeping.class_of[bin].is_none());
            let cheapest = new.map(|&bin| problem.bins()[bin].cost).min();
            let cost = cheapest.map_or(ARTIFICIAL_COST, |cost| cost as f64 * generation.scale);
            generation.push(Column::Empty, cost, f64::INFINITY)?;
        }
        for class in &keeping.classes {
            for &bin in &class.bins {
                let content = class.content.clone();
                generation.add(Pattern { bin, content })?;
            }
        }
        for pattern in patterns {
            generation.add(pattern)?;
        }
        Ok(generation)
    }

    fn push(&mut self, column: Column, cost: f64, upper: f64) -> Result<(), LpError> {
        let coefficients = self.rows.coefficients(self.keeping, &column);
        self.lp.add_column(cost, upper, &coefficients)?;
        self.columns.push(column);
        Ok(())
    }

    /// Adds what a bin may hold; says whether it is new.
    fn add(&mut self, pattern: Pattern) -> Result<bool, LpError> {
        // A bin of today that holds nothing may stay as well, and a pool knows no empty pattern.
        let is_empty = pattern.content.is_empty();
        let is_known = if is_empty {
            self.columns.contains(&Column::Bins(pattern.clone()))
        } else {
            self.pool.insert(pattern.clone()).is_none()
        };
        if is_known || !pattern.is_feasible(&self.keeping.whole) {
            return Ok(false);
        }
        let cost = self.keeping.beside.bins()[pattern.bin].cost as f64 * self.scale;
        self.push(Column::Bins(pattern), cost, f64::INFINITY)?;
        Ok(true)
    }

    /// Solves the master for at most so many moves, as far as the budget goes.
    ///
    /// # Errors
    /// When the LP solver fails.
    pub fn run(&mut self, most_moves: u64, budget: Budget<'_>) -> Result<(), LpError> {
        let moves = self.rows.moves_bounds(self.keeping, most_moves);
        self.lp.set_row_bounds(self.rows.moves(), moves)?;
        let mut rung = 0;
        let mut centre: Option<(f64, Prices)> = None;
        loop {
            let solution = self.lp.solve()?;
            budget.work.spend(self.lp_work(&solution));
            let value = solution.objective / self.scale;
            let own = self.rows.duals(self.keeping, &solution.dual);
            self.solution = Some((most_moves, solution));
            let is_solved = |lines: &[Line]| {
                let best = lines.iter().map(|line| line.at(most_moves));
                best.fold(f64::NEG_INFINITY, f64::max) >= value - value.abs() * CONVERGED
            };
            if is_solved(&self.lines) || budget.is_over() {
                return Ok(());
            }
            loop {
                let mut added = 0;
                for weight in [SMOOTHING, 0.0] {
                    let Some((_, best)) = centre.as_ref().filter(|_| weight > 0.0) else {
                        if weight > 0.0 {
                            continue;
                        }
                        let asked = own.clone();
                        added = self.round(asked, &own, rung, most_moves, &mut centre, budget)?;
                        break;
                    };
                    let asked = best.blend(&own, weight);
                    added = self.round(asked, &own, rung, most_moves, &mut centre, budget)?;
                    if added > 0 {
                        break;
                    }
                }
                if is_solved(&self.lines) || budget.is_over() {
                    return Ok(());
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
        most_moves: u64,
        centre: &mut Option<(f64, Prices)>,
        budget: Budget<'_>,
    ) -> Result<usize, LpError> {
        asked.duals = asked
            .duals
            .with_safe_floor(&self.keeping.beside, self.scale);
        let answers = self.ask(&asked, rung, budget);
        if let Some(line) = bound::line(self.keeping, &asked, &answers, self.scale) {
            let at = line.at(most_moves);
            if centre.as_ref().is_none_or(|(best, _)| at > *best) {
                *centre = Some((at, asked));
                self.lines.push(line);
            }
        }
        self.adopt(answers, own)
    }

    fn ask(&self, prices: &Prices, rung: usize, budget: Budget<'_>) -> Vec<Answer> {
        let mut costs = bound::reduced_costs(self.keeping, prices, self.scale);
        for (bin, cost) in costs.iter_mut().enumerate() {
            if self.keeping.class_of[bin].is_some() {
                *cost = (*cost - bound::worth_of_content(self.keeping, prices, bin)).max(0.0);
            }
        }
        let effort = Effort::Nodes(LADDER[rung]);
        (self.oracle).price(
            &prices.duals,
            &costs,
            effort,
            PRICING_TOLERANCE,
            budget.work.counter(),
        )
    }

    fn adopt(&mut self, answers: Vec<Answer>, own: &Prices) -> Result<usize, LpError> {
        let costs = bound::reduced_costs(self.keeping, own, self.scale);
        let mut candidates: Vec<(f64, Pattern)> = (answers.into_iter())
            .flat_map(|answer| answer.patterns)
            .filter_map(|(_, pattern)| {
                let full = self.keeping.full(&pattern);
                let content = full.content.iter().map(|&(item, n)| (item, n as f64));
                let worth = own.duals.worth(&self.keeping.beside, full.bin, content);
                let (cost, paid) = (costs[full.bin], self.paid(full.bin));
                let saved = worth - cost;
                (saved > paid * TOLERANCE + 1e-12).then_some((saved / paid.max(1e-9), full))
            })
            .collect();
        candidates.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let mut added = 0;
        for (_, pattern) in candidates.into_iter().take(MOST_COLUMNS) {
            added += usize::from(self.add(pattern)?);
        }
        Ok(added)
    }

    /// What a bin costs, scaled.
    fn paid(&self, bin: usize) -> f64 {
        self.keeping.beside.bins()[bin].cost as f64 * self.scale
    }

    /// Value of each column in the last solution.
    pub fn values(&self) -> &[f64] {
        self.solution
            .as_ref()
            .map_or(&[], |(_, solution)| &solution.primal)
    }

    /// The columns of bins with the least reduced cost over cost at the last solution, at most so many, in their order.
    pub fn promising(&self, most: usize) -> Vec<&Pattern> {
        let bins = |column: &'_ Column| matches!(column, Column::Bins(_));
        let own = (self.solution.as_ref())
            .map(|(_, solution)| self.rows.duals(self.keeping, &solution.dual));
        let costs = own
            .as_ref()
            .map(|own| bound::reduced_costs(self.keeping, own, self.scale));
        let key = |pattern: &Pattern| -> f64 {
            let (Some(own), Some(costs)) = (&own, &costs) else {
                return 0.0;
            };
            let content = pattern.content.iter().map(|&(item, n)| (item, n as f64));
            let worth = own.duals.worth(&self.keeping.beside, pattern.bin, content);
            (costs[pattern.bin] - worth) / self.paid(pattern.bin).max(1e-9)
        };
        let mut keyed: Vec<(f64, usize)> = (self.columns.iter().enumerate())
            .filter(|(_, column)| bins(column))
            .map(|(index, column)| match column {
                Column::Bins(pattern) => (key(pattern), index),
                _ => unreachable!("only bins are left"),
            })
            .collect();
        keyed.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        keyed.truncate(most);
        keyed.sort_by_key(|&(_, index)| index);
        (keyed.into_iter())
            .filter_map(|(_, index)| match &self.columns[index] {
                Column::Bins(pattern) => Some(pattern),
                _ => None,
            })
            .collect()
    }

    /// Where rows stand.
    pub const fn rows(&self) -> &Rows {
        &self.rows
    }

    fn lp_work(&self, solution: &LpSolution) -> u64 {
        let rows = self.rows.moves() as u64 + 1;
        1 + solution.iterations * (20 + rows / 2)
    }
}
