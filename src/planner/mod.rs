//! The whole way: cluster + catalogue + policy → problem → packing → fleet → checked plan.

mod assemble;
mod assumptions;
pub mod bare;
mod changes;
mod choice;
mod columns;
mod curve;
mod entry;
mod fleet;
mod group_names;
mod limits;
mod pack;
mod plan;
mod providers;
mod realised;
mod replayed;
mod robust;
mod shares;
mod sizes;
mod surge;
mod today;
mod translate;
mod warm;
mod warnings;

pub use columns::Columns;
pub use curve::{Fewer, Point, curve};
pub use entry::{Entry, TypeAssessment, assess_type};
pub use plan::{DemandPattern, PlanError, PlanOptions, Planned, default_work, plan};
pub use today::{Today, apply_min_saving};
