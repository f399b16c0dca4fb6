//! What can be bought in one Region, what it costs and what it offers to ECS: instance types, prices,
//! zones, Fargate rates, registered memory, and which types a policy lets through.
//!
//! The figures embedded from `data/` are dated; CSV files with the same headings replace them kind by kind, a
//! directory of such files with their days all of them that it has.

mod as_of;
pub mod credits;
mod embedded;
mod fargate;
mod files;
pub mod filter;
pub mod finding;
pub mod glob;
mod kind;
pub mod managed_instances;
mod max_pods;
pub mod offered;
mod origin;
mod price;
mod rate_card;
mod read_back;
mod reader;
mod region;
pub mod registered;
mod savings_plans;
mod spot;
mod table;
#[cfg(test)]
mod tests;
mod types;
mod zones;

pub use as_of::{FiguresDate, FiguresDates};
pub use embedded::REGIONS as EMBEDDED_REGIONS;
pub use fargate::{FargateRate, FargateSize};
pub use files::{AS_OF_FILE, CatalogueFiles};
pub use filter::{Exclusion, exclusions};
pub use finding::{CatalogueError, CatalogueFinding};
pub use kind::CatalogueKind;
pub use max_pods::published_max_pods;
pub use origin::{FROM_AWS, FiguresFrom, FiguresUsed, OLD_AFTER_DAYS};
pub use price::{OtherPrice, Price, is_weak_basis};
pub use read_back::{embedded_dates, embedded_files, embedded_text, read_back, read_dates};
pub use region::{Catalogue, CatalogueParts};
pub use registered::{memory_model, registered_memory};
pub use savings_plans::{SavingsPlanKind, SavingsPlanRate, UpfrontPayment};
pub use spot::SpotSaving;
