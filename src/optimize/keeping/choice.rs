//! How many bins of each class stay: an integer program over the columns, or the linear one rounded up.

use super::Keeping;
use super::generation::Generation;
use super::rows::Column;
use crate::optimize::lp::{IntegerOptions, Limits, LpError, Program, Variable, solve_integer};
use crate::optimize::pattern::Pattern;
use crate::optimize::stop::Budget;

/// Scaled cost of the dearest bin.
const DEAREST: f64 = 1e5;
/// Of two choices of the same cost, that which moves fewer copies: worth of a copy that stays, beside [`DEAREST`].
const WORTH_OF_STAYING: f64 = 0.01;
/// Most patterns in the program.
const MOST_PATTERNS: usize = 1_500;
/// Nodes of the search.
const NODES: u32 = 400;
/// Kept values of the linear program this close above a whole number are that number.
const WHOLE: f64 = 1e-6;

/// Numbers of bins that stay, by class: of the best point of the integer program, where one is found, and of the last linear
/// solution, rounded up. Both move at most `most_moves` copies.
///
/// # Errors
/// When the solver fails.
pub fn choices(
    keeping: &Keeping,
    generation: &Generation<'_>,
    most_moves: u64,
    budget: Budget<'_>,
) -> Result<Vec<Vec<u64>>, LpError> {
    let mut found = vec![rounded(keeping, generation)];
    if let Some(whole) = integer(keeping, generation, most_moves, budget)? {
        found.insert(0, whole);
    }
    found.retain(|kept| keeping.moves(kept) <= most_moves);
    found.dedup();
    Ok(found)
}

/// The last linear solution, rounded up.
fn rounded(keeping: &Keeping, generation: &Generation<'_>) -> Vec<u64> {
    let bins = generation.columns.iter().zip(generation.values());
    let staying = bins.filter_map(|(column, &value)| match column {
        Column::Bins(pattern) => Some((pattern, value)),
        _ => None,
    });
    (staying_by_class(keeping, staying)
        .into_iter()
        .zip(&keeping.classes))
    .map(|(value, class)| whole(value - WHOLE, f64::ceil).min(class.count))
    .collect()
}

/// The best point of the integer program over the most promising columns.
fn integer(
    keeping: &Keeping,
    generation: &Generation<'_>,
    most_moves: u64,
    budget: Budget<'_>,
) -> Result<Option<Vec<u64>>, LpError> {
    let problem = &keeping.beside;
    let dearest = problem.bins().iter().map(|bin| bin.cost).max();
    let scale = DEAREST / dearest.unwrap_or(0).max(1) as f64;
    let patterns = generation.promising(MOST_PATTERNS);
    let rows = generation.rows();
    let mut program = Program::with_rows(rows.bounds(keeping, most_moves));
    for &pattern in &patterns {
        let cost = problem.bins()[pattern.bin].cost as f64 * scale;
        let stays = keeping.class_of[pattern.bin]
            .map_or(0.0, |class| keeping.classes[class].copies() as f64);
        let column = Column::Bins(pattern.clone());
        program.add_column(
            Variable::whole(WORTH_OF_STAYING.mul_add(-stays, cost)),
            rows.coefficients(keeping, &column),
        );
    }
    for column in &generation.columns {
        let variable = match *column {
            Column::Bins(_) | Column::Unpacked(_) | Column::MovedBeyond => continue,
            Column::Extra(_) => Variable::whole(0.0).at_most(1.0),
            Column::Outside(group) => {
                let cost = problem.groups()[group].outside.unwrap_or(0);
                Variable::whole(cost as f64 * scale).at_most(1.0)
            }
            Column::Empty => Variable::whole(DEAREST),
        };
        program.add_column(variable, rows.coefficients(keeping, column));
    }
    let options = IntegerOptions {
        nodes: Some(NODES),
        may_restart: false,
        start: None,
    };
    let limits = Limits {
        budget,
        work_per_solve: 5_000,
        work_per_iteration: 120 + problem.items().len() as u64,
    };
    let outcome = solve_integer(&program, options, limits)?;
    Ok(outcome.point.map(|point| {
        let bins = patterns.iter().copied().zip(point.values);
        (staying_by_class(keeping, bins)
            .into_iter()
            .zip(&keeping.classes))
        .map(|(value, class)| whole(value, f64::round).min(class.count))
        .collect()
    }))
}

fn staying_by_class<'p>(
    keeping: &Keeping,
    bins: impl Iterator<Item = (&'p Pattern, f64)>,
) -> Vec<f64> {
    let mut staying = vec![0.0; keeping.classes.len()];
    for (pattern, value) in bins {
        if let Some(class) = keeping.class_of[pattern.bin] {
            staying[class] += value;
        }
    }
    staying
}

fn whole(value: f64, how: fn(f64) -> f64) -> u64 {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let whole = how(value).max(0.0) as u64;
    whole
}
