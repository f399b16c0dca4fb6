//! Proposed sizes for a terminal.

use anstyle::Style;

use crate::report::page::{Emphasis, Page, add_row, new_table};

use super::{Sizes, rows};

/// The whole report.
#[must_use]
pub fn render(sizes: &Sizes, emphasis: Emphasis) -> String {
    let mut page = Page::new(emphasis);
    let line = format!(
        "{} in {}: {}",
        sizes.cluster,
        sizes.region,
        rows::headline(sizes)
    );
    page.styled_line(&line, Style::new().bold());
    let mut table = new_table(&rows::HEADINGS, &rows::NUMBERS);
    for proposal in &sizes.proposals {
        add_row(&mut table, &rows::cells(proposal));
    }
    page.table("Services", &table);
    page.list("Why", &rows::reasons(sizes));
    page.list(
        "How often CPU exceeds the proposed size",
        &rows::guarantees(sizes),
    );
    page.list("Sizes and fleet", &rows::choices(sizes));
    page.list("What this rests on", &rows::caveats(sizes));
    if let Some(steps) = &sizes.steps {
        page.text.push('\n');
        page.text.push_str(&steps.text);
    }
    page.text
}
