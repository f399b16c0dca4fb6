//! The explanation for a terminal.

use anstyle::{AnsiColor, Style};

use crate::explain::Explanation;
use crate::report::page::{Emphasis, Page, add_row, new_table};

use super::{levers, words};

/// The whole report.
#[must_use]
pub fn render(explanation: &Explanation, emphasis: Emphasis) -> String {
    let mut page = Page::new(emphasis);
    let style = if explanation.unplaced.is_empty() {
        Style::new().bold()
    } else {
        Style::new().bold().fg_color(Some(AnsiColor::Red.into()))
    };
    page.styled_line(&words::head(explanation), style);
    let conflicts: Vec<String> = explanation.conflicts.iter().map(words::conflict).collect();
    page.list("What conflicts", &conflicts);
    table(
        &mut page,
        "Who pays",
        &words::SERVICES,
        &[1, 2, 3, 4],
        words::services(explanation),
    );
    table(
        &mut page,
        "What is full",
        &words::TYPES,
        &[1],
        words::bindings(&explanation.bindings),
    );
    page.list(
        "Network interfaces",
        words::trunking(explanation).as_slice(),
    );
    for why in &explanation.why_used {
        page.list(
            &format!("Why {}", why.instance_type),
            &[words::why_used(why)],
        );
    }
    for why in &explanation.why_not {
        page.list(
            &format!("Why not {}", why.instance_type),
            &words::why_not(why),
        );
    }
    if let Some(nudges) = &explanation.nudges {
        page.list("Smaller tasks that save", &words::nudges(nudges));
    }
    if let Some(found) = &explanation.levers {
        page.list(levers::LEVERS, &levers::levers(found));
    }
    for curve in &explanation.curves {
        let rows = words::curve(&curve.points);
        table(
            &mut page,
            words::curve_title(curve.fewer),
            &words::CURVE,
            &[0, 1, 2, 3],
            rows,
        );
    }
    page.list("Not the whole answer", &explanation.notes);
    page.list(
        "How to read this",
        &[
            "USD/h is a balanced share of each instance among its tasks; the shares add up to the bill".to_owned(),
            "USD/h one more is the linear program's shadow price: what one more task adds at the margin".to_owned(),
        ],
    );
    page.text
}

/// A few lines for the end of a plan.
#[must_use]
pub fn short(explanation: &Explanation, emphasis: Emphasis) -> String {
    let mut page = Page::new(emphasis);
    if let Some(full) = words::full(explanation) {
        page.list("Why (`bayplan explain` says more)", &[full]);
    }
    page.text
}

fn table(page: &mut Page, title: &str, header: &[&str], right: &[usize], rows: Vec<Vec<String>>) {
    if rows.is_empty() {
        return;
    }
    let mut table = new_table(header, right);
    for row in rows {
        add_row(&mut table, &row);
    }
    page.table(title, &table);
}
