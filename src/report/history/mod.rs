//! Runs of a history as people and programs read them.

pub mod csv;
pub mod json;
pub mod text;

use crate::history::{Change, Outcome, Run};

/// Runs, and what became of them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Kept {
    /// The runs.
    pub runs: Vec<Run>,
    /// What became of the proposals of each.
    pub outcomes: Vec<Outcome>,
    /// Sizes that were found to be others, by the runs shown or after them.
    pub changes: Vec<Change>,
}
