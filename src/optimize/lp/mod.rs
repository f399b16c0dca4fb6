//! The one place where linear and integer programs are solved.
//!
//! What stands outside knows programs, limits and outcomes; which solver is behind them is known in `highs` alone.
//! Nothing that the solver returns goes out before `validate` has looked at it. Two ways lead in:
//!
//! * [`Incremental`]: a linear program that grows by columns and is solved again from its last basis.
//! * [`solve_linear`] and [`solve_integer`]: a [`Program`] that is solved once.

mod checked;
mod highs;
mod once;
mod outcome;
mod program;
mod solver;
mod validate;

pub use checked::Incremental;
#[cfg(test)]
pub use checked::failing;
pub use once::{solve_integer, solve_linear};
pub use outcome::{Ending, IntegerOptions, IntegerOutcome, Limits, LinearOutcome, Point};
pub use program::{Bounds, Program, Variable};
pub use solver::{LpError, LpSolution, LpSolver};

/// How far from exact what the solver returns may be; absolute, in the units of the program. HiGHS's defaults.
pub mod tolerance {
    /// On the objective of integer programs, and on integers.
    pub const OBJECTIVE: f64 = 1e-6;
    /// On reduced costs.
    pub const DUAL: f64 = 1e-7;
}
