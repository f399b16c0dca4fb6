//! HiGHS, the solver that is built in. Nothing outside this folder names it in code.

mod incremental;
mod interrupt;
mod once;

pub use incremental::HighsLp;
pub use once::{solve_integer, solve_linear};

use super::solver::LpError;

/// What HiGHS would not do.
fn failure(what: &str, status: impl std::fmt::Debug) -> LpError {
    LpError::Solver(format!("could not {what} ({status:?})"))
}
