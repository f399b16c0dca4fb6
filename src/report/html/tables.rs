//! Every number as a table to sort and filter, with its CSV beside it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::domain::text::visible_start;
use crate::report::cost::csv;
use crate::report::cost::document::CostReport;
use crate::report::cost::table::{Cell, Kind, Table};
use crate::report::{kubernetes, words};

/// Rows that stand in the page.
const MOST_ROWS: usize = 1_000;
/// Rows of the tables that a large fleet makes long.
const MOST_INSTANCE_ROWS: usize = 300;
/// Bytes of a CSV that travels inside the page.
const MOST_CSV: usize = 600_000;
/// Characters of a cell.
const LONGEST_CELL: usize = 120;

/// One table.
#[derive(Serialize)]
pub(super) struct View {
    name: &'static str,
    title: &'static str,
    about: &'static str,
    columns: Vec<Heading>,
    rows: Vec<Vec<Shown>>,
    /// How many rows there are, in words.
    size: String,
    left_out: Option<String>,
    csv: Option<String>,
}

#[derive(Serialize)]
struct Heading {
    title: &'static str,
    number: bool,
}

#[derive(Serialize)]
struct Shown {
    text: String,
    /// What to sort by, where the text does not say it.
    value: Option<String>,
    number: bool,
}

/// All tables of the report.
pub(super) fn tables(report: &CostReport<'_>) -> Vec<View> {
    let name: &dyn Fn(&str) -> String = if report.plan.is_of_nodes() {
        &kubernetes::column
    } else {
        &str::to_owned
    };
    (report.all_tables())
        .map(|table| named(table, name))
        .collect()
}

/// One table.
pub(super) fn view(table: &Table) -> View {
    named(table, &str::to_owned)
}

/// The same with other names of its columns in data files.
fn named(table: &Table, name: &dyn Fn(&str) -> String) -> View {
    let is_long = matches!(table.name, "charges" | "instances" | "placements");
    let most = if is_long {
        MOST_INSTANCE_ROWS
    } else {
        MOST_ROWS
    };
    let rows = (table.rows.iter().take(most))
        .map(|row| {
            (row.iter().zip(table.columns))
                .map(|(cell, column)| shown(cell, column.kind))
                .collect()
        })
        .collect();
    let text = csv::named(table, name);
    let whole = table.rows.len();
    View {
        name: table.name,
        title: table.title,
        about: table.about,
        columns: (table.columns.iter())
            .map(|column| Heading {
                title: column.title,
                number: column.kind != Kind::Text,
            })
            .collect(),
        rows,
        size: words::counted(whole as u64, "row"),
        left_out: (whole > most).then(|| {
            format!(
                "The first {} of {} rows are shown.",
                words::count(most as u64),
                words::count(whole as u64)
            )
        }),
        csv: (text.len() <= MOST_CSV).then(|| {
            format!(
                "data:text/csv;charset=utf-8;base64,{}",
                STANDARD.encode(text)
            )
        }),
    }
}

fn shown(cell: &Cell, kind: Kind) -> Shown {
    let number = kind != Kind::Text;
    Shown {
        text: visible_start(&cell.shown(kind), LONGEST_CELL),
        value: (number && *cell != Cell::Empty).then(|| cell.exact()),
        number,
    }
}
