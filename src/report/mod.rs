//! Plans and simulations as people and spreadsheets read them: pure functions from a result to text.
//!
//! The JSON form is the plan document itself and is written by [`crate::io::write_plan`].

pub mod apply;
pub mod commitment;
pub mod cost;
pub mod csv;
mod escaped;
pub mod explain;
pub mod fleet;
pub mod history;
pub mod html;
pub mod kubernetes;
pub mod markdown;
pub mod model;
pub mod packing;
mod page;
pub mod rightsize;
pub mod simulation;
pub mod text;
pub mod trace;
pub mod trace_picture;
pub mod what_if;
pub mod wording;
mod words;

#[cfg(test)]
mod sample;
