//! Proposed sizes for a pull request.

use std::fmt::Write as _;

use crate::report::markdown::{escape, list};

use super::{Sizes, rows};

/// The whole report.
#[must_use]
pub fn render(sizes: &Sizes) -> String {
    let title = format!("{} in {}", sizes.cluster, sizes.region);
    let mut text = format!(
        "### {}\n\n**{}**\n\n",
        escape(&title),
        rows::headline(sizes)
    );
    row(&mut text, &rows::HEADINGS.map(str::to_owned));
    let rules = (0..rows::HEADINGS.len()).map(|at| {
        if rows::NUMBERS.contains(&at) {
            "---:"
        } else {
            "---"
        }
    });
    let _ = writeln!(text, "| {} |", rules.collect::<Vec<_>>().join(" | "));
    for proposal in &sizes.proposals {
        row(&mut text, &rows::cells(proposal));
    }
    list(&mut text, "Why", &rows::reasons(sizes));
    list(
        &mut text,
        "How often CPU exceeds the proposed size",
        &rows::guarantees(sizes),
    );
    list(&mut text, "Sizes and fleet", &rows::choices(sizes));
    list(&mut text, "What this rests on", &rows::caveats(sizes));
    text
}

fn row(text: &mut String, cells: &[String]) {
    let cells: Vec<String> = cells.iter().map(|cell| escape(cell)).collect();
    let _ = writeln!(text, "| {} |", cells.join(" | "));
}
