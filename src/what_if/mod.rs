//! What if: a cluster planned again and again with something changed, side by side.
//!
//! A few scenarios are each planned exactly as [`planner::plan`](crate::planner::plan) plans the changed file. Many
//! are planned with a fraction of that work, the base like the others, so that rows compare; they begin with the
//! patterns that a thorough search of the base found. The patterns come from the base alone, never from another
//! scenario, so the table is the same for any number of threads and any order.

mod cases;
mod comparison;
mod premise;
pub mod presets;
mod run;

pub use cases::{Case, Catalogues, Rejected, base_case, prepare};
pub use comparison::{Comparison, ComparisonRow, NoPlan};
pub use premise::Premise;
pub use run::{Options, compare, is_sweep};
