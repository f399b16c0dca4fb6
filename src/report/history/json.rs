//! Runs as a document for programs.

use serde_json::json;

use super::Kept;

/// The document as indented JSON with a line feed at its end.
#[must_use]
pub fn render(kept: &Kept) -> String {
    let document = json!({
        "version": 1,
        "runs": kept.runs,
        "outcomes": kept.outcomes,
        "changes": kept.changes,
    });
    format!("{document:#}\n")
}
