//! Flat CSV: one service a row, turned into the tree that a cluster file gives, so that one importer
//! checks both.

use super::codes;
use super::cursor::{Cursor, Log};
use super::document::{Entry, Node, Position, Value};
use super::findings::{Finding, Severity};
use super::suggest::did_you_mean;

/// Headings and the keys of a service that they stand for.
const COLUMNS: [(&str, &str); 8] = [
    ("service", "serviceName"),
    ("cpu", "cpu"),
    ("memory_mib", "memory"),
    ("desired_count", "desiredCount"),
    ("gpu", "gpu"),
    ("network_mode", "networkMode"),
    ("host_ports", "hostPorts"),
    ("architectures", "architectures"),
];

/// How many of [`COLUMNS`] every file must have.
const REQUIRED: usize = 4;

/// Whether a first line looks like the heading of a flat CSV.
pub(super) fn is_heading(line: &str) -> bool {
    line.contains(',') && line.split(',').any(|cell| cell.trim() == COLUMNS[0].0)
}

/// The rows as a list of services; `None` when the heading leaves nothing to read.
pub(super) fn read(text: &str, log: &mut Log) -> Option<Node> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut records = reader.records();
    let heading = match records.next() {
        Some(Ok(record)) => record,
        Some(Err(error)) => {
            report_error(&error, log);
            return None;
        }
        None => csv::StringRecord::new(),
    };
    let columns = columns(&heading, log)?;
    let mut rows = Vec::new();
    for record in records {
        match record {
            Ok(record) => {
                let line = record.position().map_or(1, csv::Position::line);
                let line = usize::try_from(line).unwrap_or(usize::MAX);
                rows.push(row(&record, &columns, line, rows.len(), log));
            }
            Err(error) => report_error(&error, log),
        }
    }
    Some(Node {
        position: Some(Position { line: 1, column: 1 }),
        value: Value::List(rows),
    })
}

type Column = (&'static str, &'static str);

fn columns(heading: &csv::StringRecord, log: &mut Log) -> Option<Vec<Column>> {
    let mut columns: Vec<Column> = Vec::new();
    let mut good = true;
    for cell in heading {
        let known = COLUMNS.iter().find(|(heading, _)| *heading == cell);
        let problem = match known {
            Some(column) if !columns.contains(column) => {
                columns.push(*column);
                continue;
            }
            Some(_) => (
                format!("the column `{cell}` is given twice"),
                "keep one of them".to_owned(),
            ),
            None => (
                format!("`{cell}` is not a column of a flat CSV"),
                format!(
                    "{}the columns are {}",
                    did_you_mean(cell, COLUMNS.iter().map(|(heading, _)| *heading)),
                    COLUMNS.map(|(heading, _)| heading).join(", ")
                ),
            ),
        };
        good = false;
        report(log, codes::CSV_HEADER, "(heading)", 1, problem);
    }
    for column in &COLUMNS[..REQUIRED] {
        if !columns.contains(column) {
            good = false;
            let problem = (
                format!("the column `{}` is missing", column.0),
                "the first line must name at least service,cpu,memory_mib,desired_count".to_owned(),
            );
            report(log, codes::CSV_HEADER, "(heading)", 1, problem);
        }
    }
    good.then_some(columns)
}

fn row(
    record: &csv::StringRecord,
    columns: &[Column],
    line: usize,
    index: usize,
    log: &mut Log,
) -> Node {
    if record.len() != columns.len() {
        let problem = (
            format!(
                "the row has {} cells, the heading {}",
                record.len(),
                columns.len()
            ),
            "write one cell a column; put cells that hold commas in double quotes".to_owned(),
        );
        report(
            log,
            codes::CSV_ROW,
            &format!("rows[{index}]"),
            line,
            problem,
        );
    }
    let position = Some(Position { line, column: 1 });
    let cells = columns
        .iter()
        .zip(record)
        .filter(|(_, cell)| !cell.is_empty());
    let entries = cells
        .map(|(&(heading, key), cell)| {
            let text = |text: &str| Value::Text(text.to_owned());
            let value = if matches!(key, "hostPorts" | "architectures") {
                let items = cell
                    .split([';', ',', '|', ' '])
                    .map(str::trim)
                    .filter(|item| !item.is_empty());
                let node = |item| Node {
                    position,
                    value: text(item),
                };
                Value::List(items.map(node).collect())
            } else {
                text(cell)
            };
            Entry {
                key: key.to_owned(),
                shown: Some(heading),
                position,
                node: Node { position, value },
            }
        })
        .collect();
    Node {
        position,
        value: Value::Object(entries),
    }
}

/// The rows as the services they are, with places such as `rows[2].memory_mib`.
pub(super) fn rows<'a>(list: &'a Node, log: &mut Log) -> Vec<Cursor<'a>> {
    Cursor::new(list, "rows").items(log)
}

fn report_error(error: &csv::Error, log: &mut Log) {
    let line = error.position().map_or(1, csv::Position::line);
    let problem = (
        "the row cannot be read".to_owned(),
        "check the quotes of this row".to_owned(),
    );
    let line = usize::try_from(line).unwrap_or(usize::MAX);
    report(log, codes::CSV_ROW, "(row)", line, problem);
}

fn report(
    log: &mut Log,
    code: &'static str,
    place: &str,
    line: usize,
    (cause, remedy): (String, String),
) {
    log.push(Finding {
        code,
        severity: Severity::Error,
        place: place.to_owned(),
        line: Some(line),
        column: None,
        cause,
        remedy,
    });
}
