//! The whole way: cluster + catalogue + policy → problem → packing → fleet → checked plan.

mod assemble;
mod assumptions;
pub mod bare;
mod changes;
mod fleet;
mod limits;
mod pack;
mod plan;
mod providers;
mod shares;
mod surge;
mod translate;
mod warm;
mod warnings;

pub use plan::{PlanError, PlanOptions, Planned, plan};
