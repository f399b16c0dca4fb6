//! The restricted master as an integer program: the best packing out of known patterns.
//!
//! ```text
//! minimise   Σ_p c_p x_p + Σ_h F_h y_h
//! subject to the rows of the restricted master without artificial columns, all variables integer
//! ```
//! Modelled once with `good_lp`, solved by HiGHS on one thread with a node limit (counted work) and, only
//! where the caller has a deadline, a time limit. The dual bound of the search is returned as well: when
//! the patterns are all that an improving packing could use, it is a bound on the whole problem.
//! Costs are scaled so that the dearest bin costs 10⁵: HiGHS's absolute tolerances (10⁻⁶) are then far
//! below a relative 10⁻⁹.

use good_lp::{Expression, ProblemVariables, SolverModel, constraint, variable};
use highs::{HighsModelStatus, HighsSolutionStatus};

use crate::optimize::lp::LpError;
use crate::optimize::lp::checked::all_finite;
use crate::optimize::pattern::{Packing, Pattern};
use crate::optimize::problem::Problem;
use crate::optimize::room::copies_counted;
use crate::optimize::stop::Budget;

/// What the integer program says.
#[derive(Debug)]
pub struct Outcome {
    /// Best packing found.
    pub packing: Option<Packing>,
    /// No packing out of these patterns costs less (cost grid); `None` without proof.
    pub bound: Option<f64>,
    /// Whether the search ended by itself.
    pub complete: bool,
}

/// Scaled cost of the dearest bin.
const DEAREST: f64 = 1e5;
/// HiGHS's absolute tolerance on the objective, with room.
const TOLERANCE: f64 = 1e-5;
/// A reduced cost may be below zero by HiGHS's dual tolerance (10⁻⁷), which each bin can add to the bound;
/// with room.
const TOLERANCE_PER_BIN: f64 = 2e-7;

/// Solves over `patterns`, starting from `incumbent` where it uses only these.
///
/// # Errors
/// When the solver fails.
pub fn solve(
    problem: &Problem,
    demands: &[u64],
    patterns: &[Pattern],
    incumbent: Option<&Packing>,
    nodes: i32,
    budget: Budget<'_>,
) -> Result<Outcome, LpError> {
    let failure = |what: &str| LpError::Solver(what.to_owned());
    let dearest = problem
        .bins()
        .iter()
        .map(|bin| bin.cost)
        .max()
        .unwrap_or(0)
        .max(1);
    let scale = DEAREST / dearest as f64;
    let layout = Layout::new(problem, patterns);
    let model = written(problem, demands, patterns, &layout, scale);
    let mut model = model
        .try_into_inner()
        .map_err(|e| LpError::Solver(e.to_string()))?;
    model.set_option("threads", 1);
    model.set_option("parallel", "off");
    model.set_option("mip_max_nodes", nodes);
    // Restarts rebuilt these small programs for nothing: measured, they doubled the time to optimality.
    model.set_option("mip_allow_restart", false);
    model.set_option("mip_rel_gap", 0.0);
    model.set_option("mip_abs_gap", 0.0);
    if let Some(left) = budget.time_left() {
        model.set_option("time_limit", left.as_secs_f64().max(0.01));
    }
    if let Some(values) = incumbent.and_then(|p| layout.values(problem, p, patterns)) {
        model.set_solution(Some(&values), None, None, None);
    }
    let solved = model
        .try_solve()
        .map_err(|_| failure("the integer program was refused"))?;
    budget.work.spend(mip_work(
        solved.int_info_value(c"simplex_iteration_count"),
        demands.len(),
    ));
    let complete = matches!(
        solved.status(),
        HighsModelStatus::Optimal | HighsModelStatus::Infeasible
    );
    let feasible = solved.primal_solution_status() == HighsSolutionStatus::Feasible;
    let values = solved.get_solution();
    if feasible {
        all_finite("column value", values.columns(), layout.columns())?;
    }
    let packing = feasible.then(|| layout.packing(values.columns(), patterns));
    let room = TOLERANCE + TOLERANCE_PER_BIN * most_bins(problem, demands, packing.as_ref());
    let bound = solved
        .double_info_value(c"mip_dual_bound")
        .ok()
        .filter(|bound| bound.is_finite() && feasible)
        .map(|bound| (bound - room) / scale);
    Ok(Outcome {
        packing,
        bound,
        complete,
    })
}

/// Most bins that an optimal packing can have: one a copy, and no more than its cost pays for.
fn most_bins(problem: &Problem, demands: &[u64], packing: Option<&Packing>) -> f64 {
    let copies = demands.iter().sum::<u64>() as f64;
    let cheapest = problem.bins().iter().map(|bin| bin.cost).min().unwrap_or(0);
    match packing {
        Some(packing) if cheapest > 0 => copies.min(packing.cost(problem) as f64 / cheapest as f64),
        _ => copies,
    }
}

fn mip_work(iterations: Result<i64, highs::HighsStatus>, rows: usize) -> u64 {
    let iterations = iterations
        .ok()
        .and_then(|n| u64::try_from(n).ok())
        .unwrap_or(0);
    5_000 + iterations * (120 + rows as u64)
}

/// Which column is what: patterns first, then extra copies, groups outside, empty bins.
struct Layout {
    patterns: usize,
    /// Items that may need an extra copy, with their group.
    extras: Vec<(usize, usize)>,
    /// Groups that can be served outside.
    outside: Vec<usize>,
    /// Whether there is a least number of bins.
    empty: bool,
}

impl Layout {
    fn columns(&self) -> usize {
        self.patterns + self.extras.len() + self.outside.len() + usize::from(self.empty)
    }

    fn new(problem: &Problem, patterns: &[Pattern]) -> Self {
        let groups = || problem.groups().iter().enumerate();
        Self {
            patterns: patterns.len(),
            extras: groups()
                .filter(|(_, group)| group.extra > 0)
                .flat_map(|(index, group)| group.items.iter().map(move |&item| (item, index)))
                .collect(),
            outside: groups()
                .filter(|(_, group)| group.outside.is_some())
                .map(|(index, _)| index)
                .collect(),
            empty: problem.floor().is_some(),
        }
    }

    /// A packing as column values, where every pattern of it is among the columns.
    fn values(
        &self,
        problem: &Problem,
        packing: &Packing,
        patterns: &[Pattern],
    ) -> Option<Vec<f64>> {
        let mut values = vec![0.0; self.patterns];
        let mut empty = 0.0;
        for (pattern, count) in &packing.bins {
            if pattern.content.is_empty() {
                empty += *count as f64;
                continue;
            }
            let column = patterns.iter().position(|known| known == pattern)?;
            values[column] += *count as f64;
        }
        let targets = packing.targets(problem);
        let is_outside = |group: &usize| packing.outside.binary_search(group).is_ok();
        values.extend(self.extras.iter().map(|&(item, group)| {
            let more = targets[item].saturating_sub(problem.items()[item].demand);
            if is_outside(&group) { 0.0 } else { more as f64 }
        }));
        values.extend((self.outside.iter()).map(|group| f64::from(u8::from(is_outside(group)))));
        values.extend(self.empty.then_some(empty));
        Some(values)
    }

    /// Column values as a packing; empty bins are left out.
    fn packing(&self, values: &[f64], patterns: &[Pattern]) -> Packing {
        let (counts, rest) = values.split_at(self.patterns);
        let mut packing = Packing::default();
        for (pattern, value) in patterns.iter().zip(counts) {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let count = value.round().max(0.0) as u64;
            packing.push(pattern.clone(), count);
        }
        packing.normalise();
        let outside = self.outside.iter().zip(&rest[self.extras.len()..]);
        packing.outside = outside
            .filter(|(_, y)| **y > 0.5)
            .map(|(&group, _)| group)
            .collect();
        packing
    }
}

/// The program in `good_lp`'s words, costs times `scale`.
fn written(
    problem: &Problem,
    demands: &[u64],
    patterns: &[Pattern],
    layout: &Layout,
    scale: f64,
) -> good_lp::solvers::highs::HighsProblem {
    let mut variables = ProblemVariables::new();
    let columns: Vec<_> = (patterns.iter())
        .map(|_| variables.add(variable().integer().min(0.0)))
        .collect();
    let extras: Vec<_> = (layout.extras.iter())
        .map(|_| variables.add(variable().integer().min(0.0).max(1.0)))
        .collect();
    let outside: Vec<_> = (layout.outside.iter())
        .map(|_| variables.add(variable().integer().min(0.0).max(1.0)))
        .collect();
    let empty = layout
        .empty
        .then(|| variables.add(variable().integer().min(0.0)));
    let mut objective = Expression::with_capacity(patterns.len());
    let mut rows = vec![Expression::default(); demands.len()];
    let mut limits = vec![Expression::default(); problem.limits().len()];
    let mut copies = vec![Expression::default(); problem.copy_limits().len()];
    let mut groups = vec![Expression::default(); problem.groups().len()];
    let mut floor = Expression::default();
    let cost = |bin: usize| problem.bins()[bin].cost as f64 * scale;
    for (pattern, &column) in patterns.iter().zip(&columns) {
        objective.add_mul(cost(pattern.bin), column);
        for &(item, n) in &pattern.content {
            rows[item].add_mul(n as f64, column);
        }
        for (limit, row) in problem.limits().iter().zip(&mut limits) {
            if limit.bins.binary_search(&pattern.bin).is_ok() {
                row.add_mul(1.0, column);
            }
        }
        for &row in problem.copy_limits_of(pattern.bin) {
            let counted = copies_counted(problem, row, &pattern.content);
            copies[row].add_mul(counted as f64, column);
        }
        if (problem.floor()).is_some_and(|f| f.bins.binary_search(&pattern.bin).is_ok()) {
            floor.add_mul(1.0, column);
        }
    }
    for (&(item, group), &column) in layout.extras.iter().zip(&extras) {
        rows[item].add_mul(-1.0, column);
        groups[group].add_mul(1.0, column);
    }
    for (&group, &column) in layout.outside.iter().zip(&outside) {
        let data = &problem.groups()[group];
        let paid = data
            .outside
            .expect("only groups with a cost have this column");
        objective.add_mul(paid as f64 * scale, column);
        for &item in &data.items {
            rows[item].add_mul(demands[item] as f64, column);
        }
        groups[group].add_mul(data.extra as f64, column);
        for &limit in problem.copy_limits_of_group(group) {
            copies[limit].add_mul(problem.copy_limits()[limit].upper as f64, column);
        }
    }
    if let (Some(column), Some(row)) = (empty, problem.floor()) {
        let cheapest = row
            .bins
            .iter()
            .map(|&bin| cost(bin))
            .fold(f64::INFINITY, f64::min);
        objective.add_mul(cheapest, column);
        floor.add_mul(1.0, column);
    }
    let mut model = variables.minimise(objective).using(good_lp::highs);
    for (item, (row, &demand)) in rows.into_iter().zip(demands).enumerate() {
        if demand > 0 || problem.group_of(item).is_some() {
            model.add_constraint(constraint!(row >= demand as f64));
        }
    }
    for (row, limit) in limits.into_iter().zip(problem.limits()) {
        model.add_constraint(constraint!(row <= limit.upper as f64));
    }
    for (row, limit) in copies.into_iter().zip(problem.copy_limits()) {
        model.add_constraint(constraint!(row <= limit.upper as f64));
    }
    for (row, group) in groups.into_iter().zip(problem.groups()) {
        if group.extra > 0 {
            model.add_constraint(constraint!(row >= group.extra as f64));
        }
    }
    if let Some(least) = problem.floor() {
        model.add_constraint(constraint!(floor >= least.lower as f64));
    }
    model
}
