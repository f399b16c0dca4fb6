//! The restricted master as an integer program: the best packing out of known patterns.
//!
//! ```text
//! minimise   Σ_p c_p x_p + Σ_h F_h y_h
//! subject to the rows of the restricted master without artificial columns, all variables integer
//! ```
//! Searched with a node limit and within the budget. The dual bound of the search is returned as well: when
//! the patterns are all that an improving packing could use, it is a bound on the whole problem.
//! Costs are scaled so that the dearest bin costs 10⁵: the solver's absolute tolerances
//! ([`tolerance`]) are then far below a relative 10⁻⁹.

use crate::optimize::lp::{
    Bounds, IntegerOptions, Limits, LpError, Program, Variable, solve_integer, tolerance,
};
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
}

/// Scaled cost of the dearest bin.
const DEAREST: f64 = 1e5;
/// The solver's absolute tolerance on the objective, with room.
const TOLERANCE: f64 = 10.0 * tolerance::OBJECTIVE;
/// A reduced cost may be below zero by the solver's dual tolerance, which each bin can add to the bound; with room.
const TOLERANCE_PER_BIN: f64 = 2.0 * tolerance::DUAL;

/// Solves over `patterns`, starting from `incumbent` where it uses only these.
///
/// # Errors
/// When the solver fails.
pub fn solve(
    problem: &Problem,
    demands: &[u64],
    patterns: &[Pattern],
    incumbent: Option<&Packing>,
    nodes: u32,
    budget: Budget<'_>,
) -> Result<Outcome, LpError> {
    let dearest = problem.bins().iter().map(|bin| bin.cost).max();
    let scale = DEAREST / dearest.unwrap_or(0).max(1) as f64;
    let layout = Layout::new(problem, patterns);
    let program = written(problem, demands, patterns, &layout, scale);
    let start = incumbent.and_then(|p| layout.values(problem, p, patterns));
    let options = IntegerOptions {
        nodes: Some(nodes),
        // Restarts rebuilt these small programs for nothing: measured, they doubled the time to optimality.
        may_restart: false,
        start: start.as_deref(),
    };
    let limits = Limits {
        budget,
        work_per_solve: 5_000,
        work_per_iteration: 120 + demands.len() as u64,
    };
    let outcome = solve_integer(&program, options, limits)?;
    let packing = (outcome.point).map(|point| layout.packing(&point.values, patterns));
    let room = TOLERANCE + TOLERANCE_PER_BIN * most_bins(problem, demands, packing.as_ref());
    let bound = (outcome.bound.filter(|_| packing.is_some())).map(|bound| (bound - room) / scale);
    Ok(Outcome { packing, bound })
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

/// Where the rows of the program are, in their order: demands, limits on bins, limits on copies, extra copies of
/// groups, the least number of bins.
struct Rows {
    /// Per item; `None` where nothing is asked of it.
    demands: Vec<Option<usize>>,
    limits: usize,
    copies: usize,
    /// Per group; `None` where no extra copy is asked of it.
    groups: Vec<Option<usize>>,
    floor: Option<usize>,
}

impl Rows {
    fn add(problem: &Problem, demands: &[u64], program: &mut Program) -> Self {
        let demands = (demands.iter().enumerate()).map(|(item, &demand)| {
            let is_asked = demand > 0 || problem.group_of(item).is_some();
            is_asked.then(|| program.add_row(Bounds::at_least(demand as f64)))
        });
        let demands = demands.collect();
        let limits = program.rows().len();
        for limit in problem.limits() {
            program.add_row(Bounds::at_most(limit.upper as f64));
        }
        let copies = program.rows().len();
        for limit in problem.copy_limits() {
            program.add_row(Bounds::at_most(limit.upper as f64));
        }
        let groups = problem.groups().iter().map(|group| {
            (group.extra > 0).then(|| program.add_row(Bounds::at_least(group.extra as f64)))
        });
        let groups = groups.collect();
        let floor = problem.floor();
        Self {
            demands,
            limits,
            copies,
            groups,
            floor: floor.map(|floor| program.add_row(Bounds::at_least(floor.lower as f64))),
        }
    }

    /// Coefficients of a pattern's column, in the order of the rows.
    fn of_pattern(&self, problem: &Problem, pattern: &Pattern) -> Vec<(usize, f64)> {
        let demands = (pattern.content.iter())
            .filter_map(|&(item, copies)| Some((self.demands[item]?, copies as f64)));
        let limits = (problem.limits().iter().enumerate())
            .filter(|(_, limit)| limit.bins.binary_search(&pattern.bin).is_ok())
            .map(|(limit, _)| (self.limits + limit, 1.0));
        let copies = problem.copy_limits_of(pattern.bin).iter().map(|&limit| {
            let counted = copies_counted(problem, limit, &pattern.content);
            (self.copies + limit, counted as f64)
        });
        let is_counted =
            (problem.floor()).is_some_and(|f| f.bins.binary_search(&pattern.bin).is_ok());
        let floor = self.floor.filter(|_| is_counted).map(|row| (row, 1.0));
        (demands.chain(limits).chain(copies).chain(floor))
            .filter(|(_, value)| *value > 0.0)
            .collect()
    }

    /// Coefficients of the column of a group served outside.
    fn of_outside(&self, problem: &Problem, demands: &[u64], group: usize) -> Vec<(usize, f64)> {
        let data = &problem.groups()[group];
        let served = (data.items.iter())
            .filter_map(|&item| Some((self.demands[item]?, demands[item] as f64)));
        let copies = problem.copy_limits_of_group(group).iter().map(|&limit| {
            let upper = problem.copy_limits()[limit].upper;
            (self.copies + limit, upper as f64)
        });
        let extra = self.groups[group].map(|row| (row, data.extra as f64));
        (served.chain(copies).chain(extra))
            .filter(|(_, value)| *value > 0.0)
            .collect()
    }
}

/// The program, its columns in the order of the layout, costs times `scale`.
fn written(
    problem: &Problem,
    demands: &[u64],
    patterns: &[Pattern],
    layout: &Layout,
    scale: f64,
) -> Program {
    let mut program = Program::default();
    let rows = Rows::add(problem, demands, &mut program);
    let cost = |bin: usize| problem.bins()[bin].cost as f64 * scale;
    for pattern in patterns {
        let coefficients = rows.of_pattern(problem, pattern);
        program.add_column(Variable::whole(cost(pattern.bin)), coefficients);
    }
    for &(item, group) in &layout.extras {
        let served = rows.demands[item].map(|row| (row, -1.0));
        let counted = rows.groups[group].map(|row| (row, 1.0));
        let extra = Variable::whole(0.0).at_most(1.0);
        program.add_column(extra, served.into_iter().chain(counted));
    }
    for &group in &layout.outside {
        let paid = problem.groups()[group].outside;
        let paid = paid.expect("only groups with a cost have this column");
        let outside = Variable::whole(paid as f64 * scale).at_most(1.0);
        program.add_column(outside, rows.of_outside(problem, demands, group));
    }
    if let (true, Some(floor)) = (layout.empty, problem.floor()) {
        let costs = floor.bins.iter().map(|&bin| cost(bin));
        let cheapest = costs.fold(f64::INFINITY, f64::min);
        let counted = rows.floor.map(|row| (row, 1.0));
        program.add_column(Variable::whole(cheapest), counted);
    }
    program
}
