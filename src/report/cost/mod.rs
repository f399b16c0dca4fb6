//! The cost analysis of a plan: the decision, where the money goes, the fleet, what was simulated.
//!
//! Everything that is a number is a row of a [`table::Table`]; the forms (HTML, JSON, CSV, Markdown, Parquet) are
//! renderings of the same [`document::CostReport`].

pub mod billed;
pub mod breakdown;
pub mod charges;
pub mod commitments;
pub mod comparison;
pub mod csv;
pub mod document;
pub mod findings;
pub mod fleet;
pub mod json;
pub mod markdown;
pub mod parquet;
pub mod plans;
pub mod services;
pub mod sizes;
pub mod steps;
pub mod table;
pub mod tags;
pub mod week;

/// Characters of a name that a picture or a table for people shows.
pub const SHOWN: usize = 80;

#[cfg(test)]
mod tests;
