//! The comparison for a terminal.

use anstyle::Style;

use crate::report::page::{Emphasis, Page, add_row, new_table};
use crate::what_if::Comparison;

use super::rows;

/// The whole report.
#[must_use]
pub fn render(comparison: &Comparison, emphasis: Emphasis) -> String {
    let mut page = Page::new(emphasis);
    let line = format!(
        "{} in {}: {}",
        comparison.cluster,
        comparison.region,
        rows::headline(comparison)
    );
    page.styled_line(&line, Style::new().bold());
    let mut table = new_table(&rows::HEADINGS, &rows::NUMBERS);
    for row in std::iter::once(&comparison.base).chain(&comparison.scenarios) {
        add_row(&mut table, &rows::cells(row, comparison.ideal));
    }
    page.table("Scenarios", &table);
    page.list("Without a plan for every task", &rows::reasons(comparison));
    page.list("Managed Instances", &rows::managed(comparison));
    page.list("Sidecars and daemons", &rows::sidecars(comparison));
    page.list("What each changes", &rows::changes(comparison));
    page.list("What this rests on", &rows::caveats(comparison));
    page.text
}
