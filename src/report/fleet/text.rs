//! The fleet as a text.

use crate::domain::text::visible_start;
use crate::fleet::gather::Gathered;
use crate::report::cost::SHOWN;
use crate::report::page::{Emphasis, Page, add_row, new_table};
use crate::report::words::count;

use super::tables;
use super::totals::{month, totals, worth};

/// Clusters and failures that are shown.
const MOST: usize = 20;

/// The text.
#[must_use]
pub fn render(units: &[Gathered]) -> String {
    let mut page = Page::new(Emphasis::Plain);
    let totals = totals(units);
    page.line(&totals.counts());
    for (name, amount, remark) in totals.facts() {
        page.fact(name, &format!("{amount} {remark}"));
    }
    let worth = worth(units);
    if !worth.is_empty() {
        let headings = [
            "Unit",
            "Region",
            "Today",
            "Planned",
            "Saving",
            "USD per month",
        ];
        let mut table = new_table(&headings[..5], &[2, 3, 4]);
        for row in worth.iter().take(MOST) {
            let cells = [
                visible_start(&row.unit.id, SHOWN),
                row.plan.region.clone(),
                month(row.today),
                month(row.plan.cost.usd_per_hour),
                month(row.saving),
            ];
            add_row(&mut table, &cells);
        }
        page.table(
            &title("Worth acting on first, USD per month", worth.len()),
            &table,
        );
    }
    let failures = tables::failures(units);
    let items: Vec<String> = (failures.rows.iter().take(MOST))
        .map(|row| {
            let [id, _, state, _, code, why] = &row[..] else {
                return String::new();
            };
            let code = code.exact();
            let code = if code.is_empty() {
                code
            } else {
                format!(" {code}")
            };
            let said = format!("{}: {}{code}: {}", id.exact(), state.exact(), why.exact());
            visible_start(&said, 400)
        })
        .collect();
    page.list(&title("Without a whole plan", failures.rows.len()), &items);
    page.text
}

fn title(words: &str, rows: usize) -> String {
    if rows > MOST {
        format!("{words} (the first {MOST} of {})", count(rows as u64))
    } else {
        words.to_owned()
    }
}
