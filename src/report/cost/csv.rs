//! A table as CSV: exact values, names that a spreadsheet shows and does not compute.

use ::csv::Writer;

use crate::io::csv_cell::text_cell;

use super::table::{Cell, Table};

/// The table with its headings.
#[must_use]
pub fn render(table: &Table) -> String {
    named(table, &str::to_owned)
}

/// The same with other names of its columns.
#[must_use]
pub fn named(table: &Table, name: &dyn Fn(&str) -> String) -> String {
    let mut writer = Writer::from_writer(Vec::new());
    let headings = table.columns.iter().map(|column| name(column.name));
    writer.write_record(headings).expect("written to memory");
    for row in &table.rows {
        let cells = row.iter().map(|cell| match cell {
            Cell::Text(text) => text_cell(text),
            other => other.exact(),
        });
        writer
            .write_record(cells)
            .expect("as many cells a row as headings, written to memory");
    }
    let bytes = writer.into_inner().expect("flushing to memory");
    String::from_utf8(bytes).expect("cells are UTF-8")
}
