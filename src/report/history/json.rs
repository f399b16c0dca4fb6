//! Runs as a document for programs.

use serde_json::json;

use crate::history::Run;

/// The document as indented JSON with a line feed at its end.
#[must_use]
pub fn render(runs: &[Run]) -> String {
    format!("{:#}\n", json!({"version": 1, "runs": runs}))
}
