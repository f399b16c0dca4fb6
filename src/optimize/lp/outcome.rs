//! How long a program may be solved, and what comes of it.

use super::solver::LpSolution;
use crate::optimize::stop::Budget;

/// Ends of a solve: the budget's clock and interrupt, and its work, counted in simplex iterations so that where the
/// solver stops does not depend on a clock where the budget has none.
#[derive(Clone, Copy)]
pub struct Limits<'a> {
    /// What the solve is paid from, to the last iteration.
    pub budget: Budget<'a>,
    /// Work units of a solve, however short.
    pub work_per_solve: u64,
    /// Work units of a simplex iteration.
    pub work_per_iteration: u64,
}

/// What becomes of a linear program.
#[derive(Debug, Clone, PartialEq)]
pub enum LinearOutcome {
    /// Solved.
    Optimal(LpSolution),
    /// No point satisfies the rows.
    Infeasible,
    /// The budget ended first.
    Stopped,
    /// The solver ended without knowing the optimum.
    Undecided,
}

/// How an integer program is searched.
#[derive(Debug, Clone, Copy)]
pub struct IntegerOptions<'a> {
    /// Most nodes of the tree; `None` for no limit.
    pub nodes: Option<u32>,
    /// Whether the search may begin anew with what the first node taught it.
    pub may_restart: bool,
    /// A point known beforehand, one value a column.
    pub start: Option<&'a [f64]>,
}

/// How the search of an integer program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The point is optimal within the solver's tolerances.
    Optimal,
    /// No point satisfies the rows.
    Infeasible,
    /// The budget or the nodes ended first.
    Stopped,
    /// The solver ended without knowing more.
    Undecided,
}

/// A point that satisfies rows and bounds.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// One value a column.
    pub values: Vec<f64>,
    /// Its cost.
    pub objective: f64,
}

/// What becomes of an integer program.
#[derive(Debug, Clone, PartialEq)]
pub struct IntegerOutcome {
    /// How the search ended.
    pub ending: Ending,
    /// The best point found.
    pub point: Option<Point>,
    /// No point costs less, but for the solver's tolerances, which are the caller's to take off; `None` without proof.
    pub bound: Option<f64>,
}
