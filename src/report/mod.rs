//! Plans as people and spreadsheets read them: pure functions from a plan to text.
//!
//! The JSON form is the plan document itself and is written by [`crate::io::write_plan`].

pub mod csv;
pub mod markdown;
pub mod model;
pub mod packing;
pub mod text;
mod words;

#[cfg(test)]
mod sample;
