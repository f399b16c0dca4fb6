//! The fleet as a text.

use crate::domain::text::visible_start;
use crate::fleet::across::Across;
use crate::fleet::gather::Gathered;
use crate::report::cost::SHOWN;
use crate::report::page::{Emphasis, Page, add_row, new_table};
use crate::report::words::count;

use super::totals::{month, totals, worth};
use super::{across as together, compared, tables};

/// Clusters and failures that are shown.
const MOST: usize = 20;

/// The text.
#[must_use]
pub fn render(units: &[Gathered], across: &Across) -> String {
    let mut page = Page::new(Emphasis::Plain);
    let totals = totals(units);
    page.line(&totals.counts());
    let facts = totals.facts().into_iter().chain(together::facts(across));
    for (name, amount, remark) in facts {
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
    let lists = [
        (
            "Scenarios over all clusters, USD per month",
            compared::scenarios_in_words(units),
        ),
        (
            "Verdicts of right-sizing",
            compared::verdicts_in_words(units),
        ),
    ];
    for (words, items) in lists {
        list(&mut page, words, (&items, String::clone));
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
    list(
        &mut page,
        "Two clusters as one, USD per month",
        (&across.merges, together::merge_in_words),
    );
    list(
        &mut page,
        "Same service, other sizes",
        (&across.sizes, together::sizes_in_words),
    );
    page.text
}

/// The first of a list, each in a sentence; nothing of an empty one.
fn list<T>(page: &mut Page, words: &str, (all, said): (&[T], fn(&T) -> String)) {
    if all.is_empty() {
        return;
    }
    let items: Vec<String> = (all.iter().take(MOST))
        .map(|one| visible_start(&said(one), 400))
        .collect();
    page.list(&title(words, all.len()), &items);
}

fn title(words: &str, rows: usize) -> String {
    if rows > MOST {
        format!("{words} (the first {MOST} of {})", count(rows as u64))
    } else {
        words.to_owned()
    }
}
