//! The linear-programming solver behind a trait of a few methods.

pub mod checked;
pub mod highs;
pub mod interruptible;
pub mod solver;

pub use checked::Checked;
pub use highs::HighsLp;
pub use solver::{LpError, LpSolution, LpSolver};
