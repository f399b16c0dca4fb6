//! The linear program of a branch: the problem with numbers of bins decided, by column generation.
//!
//! The rows of a branch count bins: they change what a bin costs in pricing and nothing else of it. A branch ends as soon as its
//! bound reaches the incumbent, or when its value says that no pricing could lift it there.

use crate::optimize::column_generation::rounds::{ColumnGeneration, Convergence};
use crate::optimize::duals::Duals;
use crate::optimize::lp::LpError;
use crate::optimize::pattern::{Packing, Pattern};
use crate::optimize::problem::{BinLimit, Cost, Problem};
use crate::optimize::side_rows::{BinFloor, SideRows};
use crate::optimize::stop::Budget;

use super::super::node::rounded;

/// What a branch says of the bins of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// At most so many.
    AtMost(Vec<usize>, u64),
    /// At least so many, each of which holds something.
    AtLeast(Vec<usize>, u64),
}

/// The problem of a branch.
pub fn decided(problem: &Problem, decisions: &[Decision]) -> Problem {
    let mut bins = problem.bins().to_vec();
    let mut limits = problem.limits().to_vec();
    let mut rows: SideRows = problem.rows().clone();
    for decision in decisions {
        match decision {
            Decision::AtMost(none, 0) => {
                for &bin in none {
                    bins[bin].admits = Some(Vec::new());
                }
            }
            Decision::AtMost(few, upper) => limits.push(BinLimit {
                bins: few.clone(),
                upper: *upper,
            }),
            Decision::AtLeast(some, lower) => rows.used.push(BinFloor {
                bins: some.clone(),
                lower: *lower,
            }),
        }
    }
    Problem::try_new(problem.dimensions(), bins, problem.items().to_vec(), limits)
        .and_then(|branch| branch.try_with_rows(rows))
        .expect("a problem with numbers of its own bins decided is a problem")
}

/// What a branch begins with.
#[derive(Debug)]
pub struct Start<'a> {
    /// Patterns that it allows.
    pub patterns: Vec<Pattern>,
    /// Duals of the branch it comes from, on the cost grid.
    pub duals: Option<&'a Duals>,
    /// Its bound on the cost grid.
    pub bound: f64,
}

/// What a branch's linear program says.
#[derive(Debug)]
pub struct Relaxed {
    /// No packing of the branch costs less, on the cost grid.
    pub bound: f64,
    /// Duals of that bound.
    pub duals: Option<Duals>,
    /// Number of bins of each type in the last solution.
    pub counts: Vec<f64>,
    /// The last solution, where it has whole numbers of bins alone.
    pub whole: Option<Packing>,
    /// Patterns that the branch generated.
    pub patterns: Vec<Pattern>,
}

/// Work units between two looks at the bound.
const SLICE: u64 = 20_000;
/// The gap to the incumbent is not looked at more closely than by such a part.
const PART: f64 = 0.05;
/// Rungs of the pricing ladder, one after another.
const RUNGS: [usize; 2] = [2, 3];

/// Solves the linear program of a branch as far as its bound matters.
///
/// # Errors
/// When the LP solver fails.
pub fn relax(
    branch: &Problem,
    start: Start<'_>,
    target: Cost,
    step: Cost,
    budget: Budget<'_>,
) -> Result<Relaxed, LpError> {
    let demands: Vec<u64> = branch.items().iter().map(|item| item.demand).collect();
    let mut generation = ColumnGeneration::try_new(branch, demands, start.patterns)?;
    let known = generation.pool.len();
    if let Some(duals) = start.duals {
        generation.centre_at(&duals.items, Some(&duals.copies));
        generation.price_centre(budget)?;
    }
    let missing = (target as f64 - start.bound).max(0.0);
    let tolerance = (PART * missing / target.max(1) as f64).max(1e-9);
    let bound_of = |generation: &ColumnGeneration<'_>| {
        generation
            .bound()
            .map_or(start.bound, |b| b.max(start.bound))
    };
    'rungs: for rung in RUNGS {
        loop {
            let ending = generation.run(tolerance, rung, budget.at_most(SLICE))?;
            if rounded(bound_of(&generation), step) >= target || budget.is_over() {
                break 'rungs;
            }
            match ending {
                Convergence::Stopped => {}
                Convergence::Stalled => break,
                Convergence::Converged => break 'rungs,
            }
        }
    }
    let solution = generation.solution_bins();
    let mut counts = vec![0.0; branch.bins().len()];
    for (pattern, value) in &solution {
        counts[pattern.bin] += value;
    }
    Ok(Relaxed {
        bound: bound_of(&generation),
        duals: generation.at_bound(),
        counts,
        whole: whole(&solution, &generation.choices().0),
        patterns: generation.pool.patterns()[known..].to_vec(),
    })
}

/// A solution without fractions as a packing; complete or not.
fn whole(solution: &[(Pattern, f64)], outside: &[f64]) -> Option<Packing> {
    let is_whole = |value: f64| (value - value.round()).abs() <= 1e-6;
    let mut values = solution.iter().map(|(_, value)| value).chain(outside);
    if solution.is_empty() || !values.all(|value| is_whole(*value)) {
        return None;
    }
    let mut packing = Packing {
        outside: (0..outside.len()).filter(|&g| outside[g] > 0.5).collect(),
        ..Packing::default()
    };
    for (pattern, value) in solution {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        packing.push(pattern.clone(), value.round().max(0.0) as u64);
    }
    packing.normalise();
    Some(packing)
}
