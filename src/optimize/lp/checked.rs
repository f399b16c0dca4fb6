//! What a solver returns is looked at before it is believed.
//!
//! A solution counts as one when it has a finite value for every column and a finite dual for every row, the columns
//! lie within their bounds, the rows within theirs, and the objective is that of the columns, each within
//! `TOLERANCE` of the sum of the absolute terms. What does not pass is an error of the solver and no solution. Model:
//! the validators of solver results in `MathOpt` of OR-Tools.

use super::solver::{LpError, LpSolution, LpSolver};

/// Tolerance, over the sum of the absolute terms of a row: ten times what HiGHS allows itself on scaled rows.
const TOLERANCE: f64 = 1e-5;

/// A solver with the program that it was given.
#[derive(Debug)]
pub struct Checked<S> {
    solver: S,
    rows: Vec<(f64, f64)>,
    columns: Vec<Column>,
}

#[derive(Debug)]
struct Column {
    cost: f64,
    upper: f64,
    entries: Vec<(usize, f64)>,
}

impl<S: LpSolver> Checked<S> {
    /// A solver that was made with these rows and has no columns yet.
    pub const fn new(solver: S, rows: Vec<(f64, f64)>) -> Self {
        Self {
            solver,
            rows,
            columns: Vec::new(),
        }
    }

    fn fault(&self, solution: &LpSolution) -> Option<String> {
        let LpSolution {
            objective,
            primal,
            dual,
            ..
        } = solution;
        let shape = all_finite("column value", primal, self.columns.len())
            .and_then(|()| all_finite("dual", dual, self.rows.len()));
        if let Err(LpError::Unbelievable(why)) = shape {
            return Some(why);
        }
        let mut activity = vec![(0.0, 1.0); self.rows.len()];
        let mut cost = (0.0, 1.0);
        for (position, (column, &value)) in self.columns.iter().zip(primal).enumerate() {
            if is_outside((value, 1.0 + value.abs()), (0.0, column.upper)) {
                return Some(format!("{value} for column {position}, out of its bounds"));
            }
            add(&mut cost, column.cost * value);
            for &(row, coefficient) in &column.entries {
                add(&mut activity[row], coefficient * value);
            }
        }
        let broken = (activity.iter().zip(&self.rows))
            .position(|(&activity, &bounds)| is_outside(activity, bounds));
        if let Some(row) = broken {
            let (activity, (lower, upper)) = (activity[row].0, self.rows[row]);
            return Some(format!(
                "columns that bring row {row} to {activity}, out of {lower} to {upper}"
            ));
        }
        is_outside(cost, (*objective, *objective)).then(|| {
            format!(
                "an objective of {objective} for columns that cost {}",
                cost.0
            )
        })
    }
}

/// Adds a term to a sum and to the sum of absolute terms.
fn add((sum, size): &mut (f64, f64), term: f64) {
    *sum += term;
    *size += term.abs();
}

/// Whether a sum lies out of its bounds by more than the tolerance for a sum of that size.
fn is_outside((sum, size): (f64, f64), (lower, upper): (f64, f64)) -> bool {
    let finite = |bound: f64| if bound.is_finite() { bound.abs() } else { 0.0 };
    let room = TOLERANCE * size.max(finite(lower)).max(finite(upper));
    sum < lower - room || sum > upper + room
}

/// Whether a solver returned so many numbers, and nothing but finite ones.
///
/// # Errors
/// [`LpError::Unbelievable`] where it did not.
pub fn all_finite(what: &str, values: &[f64], expected: usize) -> Result<(), LpError> {
    if values.len() != expected {
        return Err(LpError::Unbelievable(format!(
            "{} {what}s in place of {expected}",
            values.len()
        )));
    }
    match values.iter().position(|value| !value.is_finite()) {
        Some(place) => Err(LpError::Unbelievable(format!(
            "{} as {what} {place}",
            values[place]
        ))),
        None => Ok(()),
    }
}

impl<S: LpSolver> LpSolver for Checked<S> {
    fn add_column(
        &mut self,
        cost: f64,
        upper: f64,
        rows: &[(usize, f64)],
    ) -> Result<usize, LpError> {
        let column = self.solver.add_column(cost, upper, rows)?;
        self.columns.push(Column {
            cost,
            upper,
            entries: rows.to_vec(),
        });
        Ok(column)
    }

    fn set_row_bounds(&mut self, row: usize, lower: f64, upper: f64) -> Result<(), LpError> {
        self.solver.set_row_bounds(row, lower, upper)?;
        self.rows[row] = (lower, upper);
        Ok(())
    }

    fn set_column_upper(&mut self, column: usize, upper: f64) -> Result<(), LpError> {
        self.solver.set_column_upper(column, upper)?;
        self.columns[column].upper = upper;
        Ok(())
    }

    fn solve(&mut self) -> Result<LpSolution, LpError> {
        #[cfg(test)]
        failing::count()?;
        let solution = self.solver.solve()?;
        match self.fault(&solution) {
            Some(why) => Err(LpError::Unbelievable(why)),
            None => Ok(solution),
        }
    }
}

/// A solver that fails after some solves, for tests of what happens then.
#[cfg(test)]
pub mod failing {
    use std::cell::Cell;

    use super::LpError;

    thread_local! {
        static LEFT: Cell<Option<u64>> = const { Cell::new(None) };
    }

    /// Runs with a solver that fails on this thread after so many solves.
    pub fn after<R>(solves: u64, run: impl FnOnce() -> R) -> R {
        LEFT.set(Some(solves));
        let result = run();
        LEFT.set(None);
        result
    }

    /// Counts a solve.
    ///
    /// # Errors
    /// Once there were enough.
    pub fn count() -> Result<(), LpError> {
        match LEFT.get() {
            Some(0) => Err(LpError::Solver("made to fail".to_owned())),
            left => {
                LEFT.set(left.map(|left| left - 1));
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns what it is told to.
    struct Told(LpSolution);

    impl LpSolver for Told {
        fn add_column(&mut self, _: f64, _: f64, _: &[(usize, f64)]) -> Result<usize, LpError> {
            Ok(0)
        }

        fn set_row_bounds(&mut self, _: usize, _: f64, _: f64) -> Result<(), LpError> {
            Ok(())
        }

        fn set_column_upper(&mut self, _: usize, _: f64) -> Result<(), LpError> {
            Ok(())
        }

        fn solve(&mut self) -> Result<LpSolution, LpError> {
            Ok(self.0.clone())
        }
    }

    /// min 3x, 2x >= 4, x <= 10: x = 2, dual 1.5.
    fn answer(change: impl FnOnce(&mut LpSolution)) -> Result<LpSolution, LpError> {
        let mut solution = LpSolution {
            objective: 6.0,
            primal: vec![2.0],
            dual: vec![1.5],
            iterations: 1,
        };
        change(&mut solution);
        let mut checked = Checked::new(Told(solution), vec![(4.0, f64::INFINITY)]);
        checked.add_column(3.0, 10.0, &[(0, 2.0)])?;
        checked.solve()
    }

    #[test]
    fn a_right_answer_is_believed() {
        assert!(answer(|_| ()).is_ok());
        assert!(answer(|it| it.primal[0] += 1e-9).is_ok());
    }

    #[test]
    fn wrong_answers_are_errors_that_say_what_is_wrong() {
        type Change = fn(&mut LpSolution);
        let said = |change: Change| answer(change).unwrap_err().to_string();
        let cases: [(Change, &str); 7] = [
            (|it| it.primal.clear(), "0 column values in place of 1"),
            (|it| it.dual.push(0.0), "2 duals in place of 1"),
            (|it| it.primal[0] = f64::NAN, "NaN as column value 0"),
            (|it| it.dual[0] = f64::INFINITY, "inf as dual 0"),
            (
                |it| it.primal[0] = 11.0,
                "11 for column 0, out of its bounds",
            ),
            (|it| it.primal[0] = 1.9, "row 0 to 3.8, out of 4 to inf"),
            (
                |it| it.objective = 5.0,
                "an objective of 5 for columns that cost 6",
            ),
        ];
        for (change, expected) in cases {
            let said = said(change);
            assert!(said.contains(expected), "{said}");
        }
    }
}
