//! The whole way: cluster + catalogue + policy → problem → packing → checked plan.

mod assemble;
mod assumptions;
mod changes;
mod plan;
mod providers;
mod shares;

pub use plan::{PlanError, PlanOptions, Planned, plan};
