//! A comparison as a document: its rows, with words for why tasks have no place.

use serde_json::{Value, json};

use crate::report::wording;
use crate::what_if::{Comparison, ComparisonRow};

use super::premises::premise;

/// The document as indented JSON with a line feed at its end.
///
/// # Panics
/// Never: a comparison's keys are texts and its numbers finite.
#[must_use]
pub fn render(comparison: &Comparison) -> String {
    let mut document = serde_json::to_value(comparison).expect("texts and finite numbers");
    add_reasons(&mut document["base"], &comparison.base);
    for (place, row) in comparison.scenarios.iter().enumerate() {
        add_reasons(&mut document["scenarios"][place], row);
    }
    let premises: Vec<String> = comparison.premises.iter().map(premise).collect();
    document["assumptions"] = json!(premises);
    format!("{document:#}\n")
}

fn add_reasons(document: &mut Value, row: &ComparisonRow) {
    for (place, entry) in row.unplaced.iter().enumerate() {
        document["unplaced"][place]["reasons"] = json!(wording::reasons(entry));
    }
}
