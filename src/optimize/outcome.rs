//! What the solver returns.

use super::duals::Duals;
use super::lp::LpError;
use super::pattern::{Packing, Pattern};
use super::problem::{Cost, Problem};

/// Status of a solve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Proven cheapest.
    Optimal,
    /// Everything is packed; cheaper packings may exist within the gap.
    Feasible,
    /// Not everything can be packed, or was within the limits.
    Incomplete,
}

impl Outcome {
    /// Whether some item that is missing fits no bin at all and cannot be served outside: nothing could
    /// have packed it.
    pub fn is_hopeless(&self, problem: &Problem) -> bool {
        (0..self.missing.len()).any(|item| {
            let outside = problem
                .group_of(item)
                .is_some_and(|g| problem.groups()[g].outside.is_some());
            self.missing[item] > 0
                && !outside
                && !(0..problem.bins().len()).any(|bin| problem.fits(bin, item))
        })
    }
}

/// Why the search ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Proven optimal.
    Optimal,
    /// The requested gap is reached.
    Gap,
    /// The counted work is used up.
    WorkLimit,
    /// Everything that the search tries was tried, with work left.
    GaveUp,
    /// Asked to stop: time limit or interrupt.
    Stopped,
    /// The solver of linear or integer programs failed; packing and bound are those that were known by then.
    SolverFailed(LpError),
}

impl Ending {
    /// How the LP solver failed, where that ended the search.
    #[must_use]
    pub fn solver_failure(&self) -> Option<&LpError> {
        match self {
            Self::SolverFailed(error) => Some(error),
            Self::Optimal | Self::Gap | Self::WorkLimit | Self::GaveUp | Self::Stopped => None,
        }
    }
}

/// Counts of what was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Item types after merging.
    pub items: usize,
    /// Bin types after dominance.
    pub bins: usize,
    /// Columns generated.
    pub columns: usize,
    /// Rounds of column generation.
    pub rounds: u64,
    /// Work units spent.
    pub work: u64,
}

/// A solution with its proof.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Status.
    pub status: Status,
    /// Best packing found.
    pub packing: Packing,
    /// Copies not packed, by item.
    pub missing: Vec<u64>,
    /// Its cost.
    pub cost: Cost,
    /// Proven lower bound on the cost of packing everything; `None` without proof.
    pub bound: Option<Cost>,
    /// Value of one copy of each item (dual of its demand row), on the cost grid; `None` for items
    /// without demand or without a linear program.
    pub duals: Vec<Option<f64>>,
    /// All duals at which the linear program's bound was proven, on the cost grid; `None` without a linear program.
    pub at_bound: Option<Duals>,
    /// Patterns of small reduced cost that the search knew in the end: a start for related problems.
    pub patterns: Vec<Pattern>,
    /// Why it ended.
    pub ending: Ending,
    /// Counts.
    pub statistics: Statistics,
}
