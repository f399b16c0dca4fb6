//! The restricted master: the linear program over the patterns known so far.
//!
//! ```text
//! minimise   Σ_p c_p x_p + Σ_h F_h y_h + M Σ_i z_i
//! subject to Σ_p a_ip x_p + n_i y_h − u_i + z_i ≥ n_i   dual π_i ≥ 0   (demand of item i, h its group)
//!            Σ_{p: bin(p)∈G} x_p ≤ L_G                  dual μ_G ≤ 0   (limit G on bins)
//!            Σ_{p: bin(p)∈B} Σ_{i∈I} a_ip x_p + L_r y_h ≤ L_r  dual ω_r ≤ 0  (limit r on copies; y_h where all
//!                                                        of its items are group h's)
//!            Σ_{p: bin(p)∈B} x_p + e ≥ F                dual ν ≥ 0     (least number of bins)
//!            Σ_{i∈h} u_i + extra_h y_h ≥ extra_h                       (extra copies of group h)
//!            Σ_{p: bin(p)∈B} x_p + z_B ≥ F_B            dual κ_B ≥ 0   (least number of used bins)
//!            x, z, e ≥ 0,  0 ≤ u, y ≤ 1
//! ```
//! `y_h` serves group `h` outside the bins, `u_i` is an extra copy of item `i`, `e` are empty bins of the
//! cheapest type. Reduced cost of a pattern `a` of bin `o`:
//! `c_o − Σ_{G∋o} μ_G − ν − Σ_{B∋o} κ_B − Σ_i (π_i + Σ_{r∋(i,o)} ω_r) a_i`. The artificial `z` keep
//! the program feasible; `M` is above what one more copy can cost, so they vanish whenever the limits
//! allow it. Costs are scaled so that the dearest bin costs 100.

use crate::optimize::duals::Duals;
use crate::optimize::lp::{Bounds, Incremental, LpError, LpSolver};
use crate::optimize::pattern::Pattern;
use crate::optimize::problem::Problem;
use crate::optimize::room::counts;

/// What a column of the master stands for.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Copies of an item left unpacked.
    Artificial(usize),
    /// A pattern, by its index in the pool.
    Pattern(usize),
    /// A fractional pattern: it only serves bounds.
    Relaxed,
    /// A group served outside the bins.
    Outside(usize),
    /// An extra copy of an item.
    Extra(usize),
    /// Empty bins for the least number of bins.
    Empty,
    /// Used bins that are missing.
    Unused,
    /// One side of the box around the dual of an item's demand.
    Side,
}

/// The restricted master over an incremental LP.
#[derive(Debug)]
pub struct Master {
    lp: Incremental,
    columns: Vec<Column>,
    items: usize,
    limits: usize,
    copy_limits: usize,
    /// First row of the least numbers of used bins.
    used: usize,
    scale: f64,
    /// Variables and right-hand sides are divided by this: the solver's tolerances are absolute, and mean nothing
    /// beside a million million copies.
    unit: f64,
}

/// Demands up to here are handed to the solver as they are.
const LARGE_DEMAND: u64 = 10_000_000;

/// What demands are divided by: a power of two, so that nothing is rounded.
fn unit_of(demands: &[u64]) -> f64 {
    let most = demands.iter().copied().max().unwrap_or(0);
    (most.div_ceil(LARGE_DEMAND)).next_power_of_two().max(1) as f64
}

/// The optimum of the restricted master.
#[derive(Debug, Clone)]
pub struct MasterSolution {
    /// Value in scaled cost.
    pub value: f64,
    /// One value per column.
    pub primal: Vec<f64>,
    /// Duals in scaled cost.
    pub duals: Duals,
    /// Simplex iterations.
    pub iterations: u64,
}

/// Scaled cost per unit of the cost grid.
pub fn cost_scale(problem: &Problem) -> f64 {
    let dearest = problem.bins().iter().map(|bin| bin.cost).max().unwrap_or(0);
    if dearest > 0 {
        100.0 / dearest as f64
    } else {
        1.0
    }
}

/// Scaled cost of leaving a copy unpacked: above any bin, so above what one more copy can cost.
pub const ARTIFICIAL_COST: f64 = 1000.0;

impl Master {
    /// A master with only artificial columns.
    ///
    /// # Errors
    /// When the LP solver fails.
    pub fn try_new(problem: &Problem, demands: &[u64]) -> Result<Self, LpError> {
        let unit = unit_of(demands);
        let at_most = |upper: u64| Bounds::at_most(upper as f64 / unit);
        let at_least = |lower: u64| Bounds::at_least(lower as f64 / unit);
        let demand_rows = demands.iter().map(|&demand| at_least(demand));
        let limit_rows = problem.limits().iter().map(|limit| at_most(limit.upper));
        let copy_limits = problem.copy_limits().iter();
        let copy_rows = copy_limits.map(|limit| at_most(limit.upper));
        let floor_row = problem.floor().map(|floor| at_least(floor.lower));
        let group_rows = (problem.groups().iter())
            .filter(|group| group.extra > 0)
            .map(|group| at_least(group.extra));
        let mut rows: Vec<Bounds> = (demand_rows.chain(limit_rows).chain(copy_rows))
            .chain(floor_row)
            .chain(group_rows)
            .collect();
        let used = rows.len();
        rows.extend(problem.used_bins().iter().map(|used| at_least(used.lower)));
        let mut master = Self {
            lp: Incremental::try_new(rows)?,
            columns: Vec::new(),
            items: demands.len(),
            limits: problem.limits().len(),
            copy_limits: problem.copy_limits().len(),
            used,
            scale: cost_scale(problem),
            unit,
        };
        for item in 0..demands.len() {
            master
                .lp
                .add_column(ARTIFICIAL_COST, f64::INFINITY, &[(item, 1.0)])?;
            master.columns.push(Column::Artificial(item));
        }
        master.add_groups(problem, demands)?;
        master.add_empty(problem)?;
        for row in 0..problem.used_bins().len() {
            let entries = [(used + row, 1.0)];
            master
                .lp
                .add_column(ARTIFICIAL_COST, f64::INFINITY, &entries)?;
            master.columns.push(Column::Unused);
        }
        Ok(master)
    }

    /// The columns `u` and `y` of every group.
    fn add_groups(&mut self, problem: &Problem, demands: &[u64]) -> Result<(), LpError> {
        let floors = usize::from(problem.floor().is_some());
        let mut row = self.items + self.limits + self.copy_limits + floors;
        for (index, group) in problem.groups().iter().enumerate() {
            let extra_row = (group.extra > 0).then_some(row);
            if let Some(extra_row) = extra_row {
                row += 1;
                for &item in &group.items {
                    self.lp
                        .add_column(0.0, 1.0 / self.unit, &[(item, -1.0), (extra_row, 1.0)])?;
                    self.columns.push(Column::Extra(item));
                }
            }
            if let Some(cost) = group.outside {
                let base = (group.items.iter()).map(|&item| (item, demands[item] as f64));
                let rows: Vec<(usize, f64)> = base
                    .chain(extra_row.map(|row| (row, group.extra as f64)))
                    .chain(problem.copy_limits_of_group(index).iter().map(|&limit| {
                        let upper = problem.copy_limits()[limit].upper;
                        (self.items + self.limits + limit, upper as f64)
                    }))
                    .filter(|(_, value)| *value > 0.0)
                    .collect();
                self.lp
                    .add_column(cost as f64 * self.scale, 1.0 / self.unit, &rows)?;
                self.columns.push(Column::Outside(index));
            }
        }
        Ok(())
    }

    /// The column `e`.
    fn add_empty(&mut self, problem: &Problem) -> Result<(), LpError> {
        let Some(floor) = problem.floor() else {
            return Ok(());
        };
        let cheapest = (floor.bins.iter())
            .map(|&bin| problem.bins()[bin].cost)
            .min();
        let row = self.items + self.limits + self.copy_limits;
        let cost = cheapest.map_or(ARTIFICIAL_COST, |cost| cost as f64 * self.scale);
        self.lp.add_column(cost, f64::INFINITY, &[(row, 1.0)])?;
        self.columns.push(Column::Empty);
        Ok(())
    }

    /// Adds a pattern of the pool.
    ///
    /// # Errors
    /// When the LP solver fails.
    pub fn add_pattern(
        &mut self,
        problem: &Problem,
        pattern: &Pattern,
        index: usize,
    ) -> Result<usize, LpError> {
        let entries = pattern
            .content
            .iter()
            .map(|&(item, copies)| (item, copies as f64));
        self.add(problem, pattern.bin, entries, Column::Pattern(index))
    }

    /// Adds a fractional pattern.
    ///
    /// # Errors
    /// When the LP solver fails.
    pub fn add_relaxed(
        &mut self,
        problem: &Problem,
        bin: usize,
        content: &[(usize, f64)],
    ) -> Result<usize, LpError> {
        self.add(problem, bin, content.iter().copied(), Column::Relaxed)
    }

    fn add(
        &mut self,
        problem: &Problem,
        bin: usize,
        entries: impl Iterator<Item = (usize, f64)>,
        column: Column,
    ) -> Result<usize, LpError> {
        let mut rows: Vec<(usize, f64)> = entries.collect();
        for (position, limit) in problem.limits().iter().enumerate() {
            if limit.bins.binary_search(&bin).is_ok() {
                rows.push((self.items + position, 1.0));
            }
        }
        for &limit in problem.copy_limits_of(bin) {
            let copies: f64 = (rows.iter())
                .filter(|&&(row, _)| row < self.items && counts(problem, limit, row))
                .map(|&(_, copies)| copies)
                .sum();
            if copies > 0.0 {
                rows.push((self.items + self.limits + limit, copies));
            }
        }
        if (problem.floor()).is_some_and(|floor| floor.bins.binary_search(&bin).is_ok()) {
            rows.push((self.items + self.limits + self.copy_limits, 1.0));
        }
        for (position, used) in problem.used_bins().iter().enumerate() {
            if used.bins.binary_search(&bin).is_ok() {
                rows.push((self.used + position, 1.0));
            }
        }
        let cost = problem.bins()[bin].cost as f64 * self.scale;
        self.columns.push(column);
        self.lp.add_column(cost, f64::INFINITY, &rows)
    }

    /// Holds the duals of the demands in a box around `centre`: the dual of item `i` leaves `[π̂_i (1 − ε), π̂_i (1 + ε)]` only at
    /// a penalty of `n_i` a unit (see [`boxed`](super::rounds)). Returns the columns that do so.
    ///
    /// # Errors
    /// When the LP solver fails.
    pub fn add_box(
        &mut self,
        centre: &[f64],
        width: f64,
        demands: &[u64],
    ) -> Result<Vec<usize>, LpError> {
        let mut sides = Vec::with_capacity(2 * demands.len());
        for (item, (&dual, &demand)) in centre.iter().zip(demands).enumerate() {
            for sign in [1.0, -1.0] {
                let cost = dual * (sign + width);
                let upper = demand as f64 / self.unit;
                self.columns.push(Column::Side);
                sides.push(self.lp.add_column(cost, upper, &[(item, sign)])?);
            }
        }
        Ok(sides)
    }

    /// Replaces the demands (in a dive).
    ///
    /// # Errors
    /// When the LP solver fails.
    pub fn set_demands(&mut self, demands: &[u64]) -> Result<(), LpError> {
        for (row, &demand) in demands.iter().enumerate() {
            let bounds = Bounds::at_least(demand as f64 / self.unit);
            self.lp.set_row_bounds(row, bounds)?;
        }
        Ok(())
    }

    /// Replaces what a limit still allows (in a dive).
    ///
    /// # Errors
    /// When the LP solver fails.
    pub fn set_limit(&mut self, limit: usize, upper: u64) -> Result<(), LpError> {
        let bounds = Bounds::at_most(upper as f64 / self.unit);
        self.lp.set_row_bounds(self.items + limit, bounds)
    }

    /// Replaces what a limit on copies still allows (in a dive).
    ///
    /// # Errors
    /// When the LP solver fails.
    pub fn set_copy_limit(&mut self, limit: usize, upper: u64) -> Result<(), LpError> {
        let row = self.items + self.limits + limit;
        let bounds = Bounds::at_most(upper as f64 / self.unit);
        self.lp.set_row_bounds(row, bounds)
    }

    /// Switches a column off or on.
    ///
    /// # Errors
    /// When the LP solver fails.
    pub fn set_active(&mut self, column: usize, active: bool) -> Result<(), LpError> {
        self.lp
            .set_column_upper(column, if active { f64::INFINITY } else { 0.0 })
    }

    /// Solves from the last basis.
    ///
    /// # Errors
    /// When the LP solver fails.
    pub fn solve(&mut self) -> Result<MasterSolution, LpError> {
        let solution = self.lp.solve()?;
        let used = &solution.dual[self.used..];
        let (items, rest) = solution.dual.split_at(self.items);
        let (limits, rest) = rest.split_at(self.limits);
        let (copies, rest) = rest.split_at(self.copy_limits);
        let has_floor = self.columns.contains(&Column::Empty);
        let floor = rest.first().filter(|_| has_floor);
        Ok(MasterSolution {
            value: solution.objective * self.unit,
            primal: (solution.primal.iter())
                .map(|value| value * self.unit)
                .collect(),
            duals: Duals {
                items: items.iter().map(|dual| dual.max(0.0)).collect(),
                limits: limits.iter().map(|dual| dual.min(0.0)).collect(),
                copies: copies.iter().map(|dual| dual.min(0.0)).collect(),
                floor: floor.map_or(0.0, |dual| dual.max(0.0)),
                used: used.iter().map(|dual| dual.max(0.0)).collect(),
            },
            iterations: solution.iterations,
        })
    }

    /// What each column stands for.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }
}
