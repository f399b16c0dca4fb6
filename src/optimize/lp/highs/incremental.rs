//! HiGHS through the `highs` crate, kept warm between solves.
//!
//! Simplex without presolve and on one thread, which keeps runs reproducible. Columns arrive while the last basis stays primal
//! feasible: primal simplex. Where bounds of rows or columns moved it stays dual feasible instead, and with many rows dual simplex takes a
//! half to a third of the time. With few rows neither takes long, and dives that begin at other vertices end elsewhere by chance.

use highs::{HighsModelStatus, Model, Row, RowProblem, Sense};

use super::failure;
use crate::optimize::lp::program::Bounds;
use crate::optimize::lp::solver::{LpError, LpSolution, LpSolver};

/// An incremental linear program in HiGHS.
#[derive(Debug)]
pub struct HighsLp {
    /// `None` only while a call is under way.
    model: Option<Model>,
    rows: Vec<Row>,
    columns: Vec<highs::Col>,
    /// Whether bounds moved since the last solve.
    bounds_moved: bool,
}

/// Rows from which dual simplex is worth it.
const MANY_ROWS: usize = 100;
/// HiGHS's numbers for dual and primal simplex.
const DUAL_SIMPLEX: i32 = 1;
/// See [`DUAL_SIMPLEX`].
const PRIMAL_SIMPLEX: i32 = 4;

impl HighsLp {
    /// A program with these row bounds and no columns.
    ///
    /// # Errors
    /// When HiGHS refuses the data.
    pub fn try_new(row_bounds: &[Bounds]) -> Result<Self, LpError> {
        let mut model =
            Model::try_new(RowProblem::default()).map_err(|status| failure("create", status))?;
        model.set_sense(Sense::Minimise);
        model.set_option("threads", 1);
        model.set_option("parallel", "off");
        model.set_option("presolve", "off");
        model.set_option("solver", "simplex");
        let no_columns: [(highs::Col, f64); 0] = [];
        let rows = row_bounds
            .iter()
            .map(|bounds| {
                model
                    .try_add_row(bounds.lower..=bounds.upper, no_columns)
                    .map_err(|status| failure("add a row", status))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            model: Some(model),
            rows,
            columns: Vec::new(),
            bounds_moved: false,
        })
    }

    fn model(&mut self) -> &mut Model {
        self.model
            .as_mut()
            .expect("the model is present between calls")
    }
}

impl LpSolver for HighsLp {
    fn add_column(
        &mut self,
        cost: f64,
        upper: f64,
        rows: &[(usize, f64)],
    ) -> Result<usize, LpError> {
        let coefficients: Vec<(Row, f64)> = rows
            .iter()
            .map(|&(row, value)| (self.rows[row], value))
            .collect();
        let column = self
            .model()
            .try_add_column(cost, 0.0..=upper, coefficients)
            .map_err(|status| failure("add a column", status))?;
        self.columns.push(column);
        Ok(self.columns.len() - 1)
    }

    #[allow(
        unsafe_code,
        reason = "the crate has no safe call that changes a row bound"
    )]
    fn set_row_bounds(&mut self, row: usize, bounds: Bounds) -> Result<(), LpError> {
        assert!(row < self.rows.len(), "the row exists");
        let row = highs_sys::HighsInt::try_from(row).map_err(|e| failure("find a row", e))?;
        self.bounds_moved = true;
        let model = self.model();
        // SAFETY: the pointer is the live model's own, and the row index was checked above.
        let status = unsafe {
            highs_sys::Highs_changeRowBounds(model.as_mut_ptr(), row, bounds.lower, bounds.upper)
        };
        if status == highs_sys::STATUS_ERROR {
            return Err(failure("change a row bound", status));
        }
        Ok(())
    }

    fn set_column_upper(&mut self, column: usize, upper: f64) -> Result<(), LpError> {
        self.bounds_moved = true;
        let column = self.columns[column];
        self.model().change_column_bounds(column, 0.0..=upper);
        Ok(())
    }

    fn solve(&mut self) -> Result<LpSolution, LpError> {
        let strategy = if std::mem::take(&mut self.bounds_moved) && self.rows.len() >= MANY_ROWS {
            DUAL_SIMPLEX
        } else {
            PRIMAL_SIMPLEX
        };
        self.model().set_option("simplex_strategy", strategy);
        let model = self
            .model
            .take()
            .expect("the model is present between calls");
        let solved = model
            .try_solve()
            .map_err(|status| failure("solve", status))?;
        let status = solved.status();
        let iterations = u64::try_from(solved.simplex_iteration_count()).unwrap_or(0);
        let solution = solved.get_solution();
        let objective = solved.objective_value();
        self.model = Some(Model::from(solved));
        match status {
            HighsModelStatus::Optimal => Ok(LpSolution {
                objective,
                primal: solution.columns().to_vec(),
                dual: solution.dual_rows().to_vec(),
                iterations,
            }),
            HighsModelStatus::Infeasible => Err(LpError::Infeasible),
            other => Err(failure("reach optimality", other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn duals_have_our_sign() {
        // min 3x + 2y, x + y >= 4, x <= 1 as a row with -1: known duals by hand.
        let mut lp = HighsLp::try_new(&[Bounds::at_least(4.0), Bounds::at_most(1.0)]).unwrap();
        lp.add_column(1.0, f64::INFINITY, &[(0, 1.0), (1, 1.0)])
            .unwrap();
        lp.add_column(2.0, f64::INFINITY, &[(0, 1.0)]).unwrap();
        let solution = lp.solve().unwrap();
        assert!(close(solution.objective, 7.0));
        assert!(
            close(solution.dual[0], 2.0),
            "a binding >= row has a dual >= 0"
        );
        assert!(
            close(solution.dual[1], -1.0),
            "a binding <= row has a dual <= 0"
        );
    }

    #[test]
    fn bounds_and_columns_change_between_solves() {
        let mut lp = HighsLp::try_new(&[Bounds::at_least(2.0)]).unwrap();
        let dear = lp.add_column(5.0, f64::INFINITY, &[(0, 1.0)]).unwrap();
        assert!(close(lp.solve().unwrap().objective, 10.0));
        lp.add_column(1.0, 1.0, &[(0, 1.0)]).unwrap();
        assert!(close(lp.solve().unwrap().objective, 6.0));
        lp.set_row_bounds(0, Bounds::at_least(1.0)).unwrap();
        assert!(close(lp.solve().unwrap().objective, 1.0));
        lp.set_row_bounds(0, Bounds::at_least(2.0)).unwrap();
        lp.set_column_upper(dear, 0.0).unwrap();
        assert_eq!(lp.solve(), Err(LpError::Infeasible));
    }
}
