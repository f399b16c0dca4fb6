//! What can be bought in one Region, what it costs and what it offers to ECS: instance types, prices,
//! zones, Fargate rates, registered memory, and which types a policy lets through.
//!
//! The figures embedded from `data/` are dated; CSV files with the same headings replace them kind by kind.

mod embedded;
mod fargate;
mod files;
pub mod filter;
pub mod finding;
pub mod glob;
pub mod offered;
mod price;
mod reader;
mod region;
pub mod registered;
mod spot;
mod table;
#[cfg(test)]
mod tests;
mod types;
mod zones;

pub use embedded::REGIONS as EMBEDDED_REGIONS;
pub use fargate::{FargateRate, FargateSize};
pub use files::CatalogueFiles;
pub use filter::{Exclusion, exclusions};
pub use finding::{CatalogueError, CatalogueFinding};
pub use price::{OtherPrice, Price, is_weak_basis};
pub use region::{Catalogue, CatalogueParts};
pub use registered::{memory_model, registered_memory};
pub use spot::SpotSaving;
