//! All clusters of a fleet together: tables for data tools, one page for a browser, a text.
//!
//! Rows stand in the order of the manifest and nothing here knows when a result came, so the bytes are the same whatever the order.

mod across;
mod compared;
pub mod html;
pub mod parquet;
pub mod status;
mod tables;
pub mod text;
mod totals;
