//! An incremental solver whose every solution is looked at.

use super::highs::HighsLp;
use super::program::{Bounds, Program, Variable};
use super::solver::{LpError, LpSolution, LpSolver};
use super::validate;

/// The solver that is built in, looked at.
pub type Incremental = Checked<HighsLp>;

/// A solver with the program that it was given.
#[derive(Debug)]
pub struct Checked<S> {
    solver: S,
    program: Program,
}

impl Incremental {
    /// A program with these rows and no columns.
    ///
    /// # Errors
    /// When the solver refuses the data.
    pub fn try_new(rows: Vec<Bounds>) -> Result<Self, LpError> {
        Ok(Self::new(HighsLp::try_new(&rows)?, rows))
    }
}

impl<S: LpSolver> Checked<S> {
    /// A solver that was made with these rows and has no columns yet.
    fn new(solver: S, rows: Vec<Bounds>) -> Self {
        Self {
            solver,
            program: Program::with_rows(rows),
        }
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
        let variable = Variable::continuous(cost).at_most(upper);
        self.program.add_column(variable, rows.iter().copied());
        Ok(column)
    }

    fn set_row_bounds(&mut self, row: usize, bounds: Bounds) -> Result<(), LpError> {
        self.solver.set_row_bounds(row, bounds)?;
        self.program.set_row(row, bounds);
        Ok(())
    }

    fn set_column_upper(&mut self, column: usize, upper: f64) -> Result<(), LpError> {
        self.solver.set_column_upper(column, upper)?;
        self.program.set_upper(column, upper);
        Ok(())
    }

    fn solve(&mut self) -> Result<LpSolution, LpError> {
        #[cfg(test)]
        failing::count()?;
        let solution = self.solver.solve()?;
        validate::point(&self.program, &solution.primal, solution.objective)?;
        validate::duals(&self.program, &solution.dual)?;
        Ok(solution)
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

        fn set_row_bounds(&mut self, _: usize, _: Bounds) -> Result<(), LpError> {
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
    fn told() -> Checked<Told> {
        let solution = LpSolution {
            objective: 6.0,
            primal: vec![2.0],
            dual: vec![1.5],
            iterations: 1,
        };
        let mut checked = Checked::new(Told(solution), vec![Bounds::at_least(4.0)]);
        checked.add_column(3.0, 10.0, &[(0, 2.0)]).expect("added");
        checked
    }

    #[test]
    fn an_answer_is_held_against_the_program_as_it_is_now() {
        let mut checked = told();
        assert!(checked.solve().is_ok());
        checked
            .set_row_bounds(0, Bounds::at_least(5.0))
            .expect("set");
        assert!(matches!(checked.solve(), Err(LpError::Unbelievable(_))));
        checked
            .set_row_bounds(0, Bounds::at_least(4.0))
            .expect("set");
        checked.set_column_upper(0, 1.0).expect("set");
        assert!(matches!(checked.solve(), Err(LpError::Unbelievable(_))));
        checked.set_column_upper(0, 2.0).expect("set");
        assert!(checked.solve().is_ok());
        checked
            .add_column(1.0, 1.0, &[])
            .expect("a column that the answer lacks");
        assert!(matches!(checked.solve(), Err(LpError::Unbelievable(_))));
    }

    #[test]
    fn duals_are_looked_at_too() {
        let mut checked = told();
        checked.solver.0.dual[0] = f64::NAN;
        assert!(matches!(checked.solve(), Err(LpError::Unbelievable(_))));
    }
}
