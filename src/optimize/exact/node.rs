//! The linear program of a branch, by column generation with exact pricing.
//!
//! The rows are those of the [restricted master](crate::optimize::column_generation::master) over the contracted
//! items; pricing is the [depth-first search](crate::optimize::pricing::walk), which knows the pairs kept apart. A node ends as
//! soon as its bound, rounded up to the cost grid, reaches the incumbent; or when its value shows that no
//! further column could do that.

use crate::optimize::column_generation::bound::lagrangian;
use crate::optimize::column_generation::master::{ARTIFICIAL_COST, Column, Master, cost_scale};
use crate::optimize::duals::{Duals, reduced_bin_costs};
use crate::optimize::lp::LpError;
use crate::optimize::pattern::Pattern;
use crate::optimize::pricing::contract::{Answer, Proof};
use crate::optimize::pricing::knapsack::Knapsack;
use crate::optimize::pricing::relaxation::Relaxation;
use crate::optimize::pricing::walk::walk_apart;
use crate::optimize::problem::Cost;
use crate::optimize::room::Room;
use crate::optimize::stop::Budget;

use super::contracted::{Contracted, UnitColumn};

/// Relative reduced cost below which a column is not worth adding.
const TOLERANCE: f64 = 1e-7;
/// Steps of a pricing search.
const STEPS: u64 = 4_000_000;
/// Steps of a pricing search in a microsecond.
const STEPS_PER_WORK_UNIT: u64 = 32;
/// Most columns of a pricing search.
const COLUMNS: usize = 60;

/// What a node's linear program says.
#[derive(Debug)]
pub struct Relaxed {
    /// Proven bound of the branch on the cost grid, not rounded.
    pub bound: f64,
    /// Columns of the last solution over units, with their values; empty where copies are left over.
    pub solution: Vec<(UnitColumn, f64)>,
    /// New columns over units.
    pub columns: Vec<UnitColumn>,
}

/// Rounds a bound up to what packings can cost, with room for rounding errors.
pub fn rounded(bound: f64, step: Cost) -> Cost {
    let slack = bound.abs() * 1e-9;
    #[allow(clippy::cast_possible_truncation)]
    let steps = ((bound - slack) / step as f64).ceil() as Cost;
    steps.saturating_mul(step)
}

/// Solves the linear program of a branch, beginning with the columns that it allows.
///
/// # Errors
/// When the LP solver fails.
pub fn relax(
    node: &Contracted,
    known: &[UnitColumn],
    target: Cost,
    step: Cost,
    budget: Budget<'_>,
) -> Result<Relaxed, LpError> {
    let problem = &node.problem;
    let demands = vec![1; problem.items().len()];
    let scale = cost_scale(problem);
    let mut master = Master::try_new(problem, &demands)?;
    let mut patterns: Vec<Pattern> = Vec::new();
    let mut relaxed = Relaxed {
        bound: 0.0,
        solution: Vec::new(),
        columns: Vec::new(),
    };
    for (bin, units) in known {
        if let Some(content) = node.translate(units) {
            let pattern = Pattern { bin: *bin, content };
            master.add_pattern(problem, &pattern, patterns.len())?;
            patterns.push(pattern);
        }
    }
    let room = Room::new(problem);
    let knapsacks: Vec<Knapsack> = (0..problem.bins().len())
        .map(|bin| Knapsack::new(problem, bin, &demands, &room))
        .filter(|knapsack| !knapsack.is_empty())
        .collect();
    loop {
        let solution = master.solve()?;
        budget
            .work
            .spend(200 + solution.iterations * (10 + demands.len() as u64 / 4));
        let costs = reduced_bin_costs(problem, &solution.duals, scale);
        let answers = price(node, &knapsacks, &solution.duals, &costs, budget);
        let bound = lagrangian(problem, &demands, &solution.duals, &costs, &answers, scale);
        relaxed.bound = relaxed.bound.max(bound / scale);
        let mut added = false;
        for (_, pattern) in answers.into_iter().flat_map(|answer| answer.patterns) {
            relaxed
                .columns
                .push((pattern.bin, node.units(&pattern.content)));
            master.add_pattern(problem, &pattern, patterns.len())?;
            patterns.push(pattern);
            added = true;
        }
        let is_complete = solution.value < ARTIFICIAL_COST * 0.5
            || !has_artificial(master.columns(), &solution.primal);
        let is_pruned = rounded(relaxed.bound, step) >= target;
        // No column can lift the value above what it is.
        let is_hopeless = is_complete && rounded(solution.value / scale, step) < target;
        if is_pruned || is_hopeless || !added || budget.is_over() {
            if is_complete {
                relaxed.solution = read(node, &master, &patterns, &solution.primal);
            }
            return Ok(relaxed);
        }
    }
}

fn has_artificial(columns: &[Column], primal: &[f64]) -> bool {
    (columns.iter().zip(primal))
        .any(|(column, &value)| matches!(column, Column::Artificial(_)) && value > 1e-7)
}

fn read(
    node: &Contracted,
    master: &Master,
    patterns: &[Pattern],
    primal: &[f64],
) -> Vec<(UnitColumn, f64)> {
    (master.columns().iter().zip(primal))
        .filter_map(|(column, &value)| match column {
            Column::Pattern(index) if value > 1e-7 => {
                let pattern = &patterns[*index];
                Some(((pattern.bin, node.units(&pattern.content)), value))
            }
            _ => None,
        })
        .collect()
}

fn price(
    node: &Contracted,
    knapsacks: &[Knapsack],
    duals: &Duals,
    costs: &[f64],
    budget: Budget<'_>,
) -> Vec<Answer> {
    (knapsacks.iter())
        .map(|knapsack| {
            let cutoff = costs[knapsack.bin] * (1.0 + TOLERANCE);
            let mut relaxation = Relaxation::new(knapsack, knapsack.profits(duals));
            let (_, bound) = relaxation.solve();
            let mut answer = Answer {
                proof: Proof::Exact(bound),
                ..Answer::nothing(knapsack.bin)
            };
            if bound > cutoff {
                let found = walk_apart(knapsack, &relaxation, &node.conflicts, cutoff, STEPS);
                budget.work.spend(found.steps / STEPS_PER_WORK_UNIT + 1);
                let bound = bound.min(found.bound);
                answer.proof = if found.complete {
                    Proof::Exact(bound)
                } else {
                    Proof::Bounded(bound)
                };
                let contents = found.contents.into_iter().take(COLUMNS);
                answer.patterns = contents
                    .map(|(value, content)| (value, knapsack.pattern(&content)))
                    .collect();
            }
            answer
        })
        .collect()
}
