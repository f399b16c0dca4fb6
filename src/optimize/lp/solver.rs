//! What the optimizer asks of a linear-programming solver.
//!
//! minimise `Σ c_j x_j` subject to `lower_r ≤ Σ_j a_rj x_j ≤ upper_r`, `0 ≤ x_j ≤ u_j`.
//!
//! Our dual sign: the dual of a row is the change of the optimal value per unit of its bound, so it is
//! ≥ 0 for a binding `≥` row and ≤ 0 for a binding `≤` row.

use thiserror::Error;

use super::program::Bounds;

/// Why there is no solution.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LpError {
    /// The solver gave up or refused the data.
    #[error("the linear-programming solver failed: {0}")]
    Solver(String),
    /// The solver returned something that is no solution.
    #[error("the linear-programming solver returned {0}")]
    Unbelievable(String),
    /// No point satisfies the rows.
    #[error("the linear program is infeasible")]
    Infeasible,
}

/// An optimal solution.
#[derive(Debug, Clone, PartialEq)]
pub struct LpSolution {
    /// Optimal value.
    pub objective: f64,
    /// One value per column.
    pub primal: Vec<f64>,
    /// One dual per row, in our sign.
    pub dual: Vec<f64>,
    /// Simplex iterations of this solve.
    pub iterations: u64,
}

/// A linear program that grows by columns and is solved again and again from its last basis.
pub trait LpSolver {
    /// Adds a column with its cost, upper bound and row coefficients; returns its index.
    ///
    /// # Errors
    /// When the solver refuses the data.
    fn add_column(
        &mut self,
        cost: f64,
        upper: f64,
        rows: &[(usize, f64)],
    ) -> Result<usize, LpError>;

    /// Replaces the bounds of a row.
    ///
    /// # Errors
    /// When the solver refuses the data.
    fn set_row_bounds(&mut self, row: usize, bounds: Bounds) -> Result<(), LpError>;

    /// Replaces the upper bound of a column.
    ///
    /// # Errors
    /// When the solver refuses the data.
    fn set_column_upper(&mut self, column: usize, upper: f64) -> Result<(), LpError>;

    /// Solves from the last basis.
    ///
    /// # Errors
    /// When the program is infeasible or the solver fails.
    fn solve(&mut self) -> Result<LpSolution, LpError>;
}
