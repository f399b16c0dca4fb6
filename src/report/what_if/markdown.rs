//! The comparison for a pull request.

use std::fmt::Write as _;

use crate::report::markdown::{escape, list, table};
use crate::what_if::Comparison;

use super::rows;

/// The whole report.
#[must_use]
pub fn render(comparison: &Comparison) -> String {
    let mut text = String::new();
    let title = format!("{} in {}", comparison.cluster, comparison.region);
    let _ = writeln!(text, "### {}\n", escape(&title));
    let _ = writeln!(text, "**{}**", escape(&rows::headline(comparison)));
    let header = format!("| {} |", rows::HEADINGS.join(" | "));
    let rule = "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |";
    let lines = (std::iter::once(&comparison.base).chain(&comparison.scenarios))
        .map(|row| rows::cells(row, comparison.ideal));
    table(&mut text, "Scenarios", &header, rule, lines);
    list(
        &mut text,
        "Without a plan for every task",
        &rows::reasons(comparison),
    );
    list(&mut text, "Managed Instances", &rows::managed(comparison));
    list(
        &mut text,
        "Sidecars and daemons",
        &rows::sidecars(comparison),
    );
    list(&mut text, "What each changes", &rows::changes(comparison));
    list(&mut text, "What this rests on", &rows::caveats(comparison));
    text
}
