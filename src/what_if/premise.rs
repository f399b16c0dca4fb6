//! What a comparison's figures rest on. Its words stand in `report`.

use crate::domain::plan::PlanAsOf;
use crate::optimize::lp::LpError;
use crate::planner::PlanError;

/// One such thing.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Premise {
    /// Costs are those of the best packings found.
    BestPackings,
    /// Costs are those of fleets that ECS can fill, as `bayplan plan` designs them.
    Fleets,
    /// Each is planned with a part of the work of `bayplan plan`, beginning with what a thorough search of the base found.
    PartOfWork {
        /// Up to so many scenarios get the whole of it.
        few: usize,
        /// The part is one in so many.
        one_in: u64,
    },
    /// Each is planned as `bayplan plan` plans the changed file.
    AsPlan,
    /// The time limit or an interrupt ended searches early.
    EndedEarly,
    /// The thorough search of the base has no plan.
    NoStart {
        /// Why.
        error: PlanError,
    },
    /// The LP solver failed in the search of a row, which is the best found by then.
    SolverFailed {
        /// The row.
        name: String,
        /// How.
        error: LpError,
    },
    /// Changes smaller than the gaps may be the search's doing.
    WithinGaps,
    /// Of which days the prices are, where Regions are compared.
    PriceDays {
        /// Days, and the Regions whose prices are of them.
        days: Vec<(PlanAsOf, Vec<String>)>,
    },
}
