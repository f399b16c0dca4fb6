//! What points and commas are in the numbers of a flat CSV, by what its numbers show, and which numbers could be read in two ways.

use super::codes;
use super::csv_columns::{Column, Unit};
use super::csv_numbers::{self, Decimals};
use super::cursor::Log;
use super::findings::{Finding, Severity};

type Record = Result<csv::StringRecord, csv::Error>;

/// What a file's numbers show.
pub(super) struct Marks {
    decimals: Decimals,
    /// Columns of numbers.
    columns: Vec<Column>,
    /// The first number that is read as thousands because of another one, and the one that shows it, with their lines.
    thousands: Option<[(String, usize); 2]>,
}

impl Marks {
    /// What the records show in the columns that hold numbers.
    pub(super) fn of(records: &[Record], columns: &[Column], separator: u8) -> Self {
        let numbers = ["cpu", "memory", "desiredCount", "gpu"];
        let columns: Vec<Column> = (columns.iter())
            .filter(|column| numbers.contains(&column.key))
            .cloned()
            .collect();
        let cells = || {
            (records.iter().flatten()).flat_map(|record| {
                (columns.iter()).filter_map(|column| Some((record.get(column.at)?, line(record))))
            })
        };
        let decimals = Decimals::of(separator, cells().map(|(cell, _)| cell));
        let thousands_mark = if decimals == Decimals::Comma {
            '.'
        } else {
            ','
        };
        let first = |wanted: &dyn Fn(&str) -> bool| {
            cells()
                .find(|(cell, _)| wanted(cell))
                .map(|(cell, line)| (cell.to_owned(), line))
        };
        let thousands = (separator != b',' && decimals != Decimals::Unsaid)
            .then(|| {
                let read = first(&|cell| {
                    csv_numbers::could_be_thousands(cell) && cell.contains(thousands_mark)
                })?;
                Some([read, first(&|cell| csv_numbers::shown_by(cell).is_some())?])
            })
            .flatten();
        Self {
            decimals,
            columns,
            thousands,
        }
    }

    /// Says which number is read as thousands, and what shows that it is.
    pub(super) fn say_thousands(&self, log: &mut Log) {
        let Some([(cell, at), (shows, line)]) = &self.thousands else {
            return;
        };
        let (thousands, decimals) = match self.decimals {
            Decimals::Comma => ("points", "comma"),
            _ => ("commas", "point"),
        };
        let read = csv_numbers::plain(cell, self.decimals);
        log.push(Finding {
            code: codes::UNIT_ASSUMED,
            severity: Severity::Warning,
            place: "(rows)".to_owned(),
            line: Some(*at),
            column: None,
            cause: format!(
                "`{cell}` is read as {read}: {thousands} stand between thousands, as `{shows}` in line {line} shows, where the mark before decimals can only be a {decimals}"
            ),
            remedy: format!("if it is not, write the numbers with a {decimals} before their decimals everywhere"),
        });
    }

    /// The record with its numbers in digits and a point.
    pub(super) fn plain(&self, record: &csv::StringRecord) -> csv::StringRecord {
        let cells = record.iter().enumerate().map(|(at, cell)| {
            if self.columns.iter().any(|column| column.at == at) {
                csv_numbers::plain(cell, self.decimals)
            } else {
                cell.into()
            }
        });
        let mut plain: csv::StringRecord = cells.collect();
        plain.set_position(record.position().cloned());
        plain
    }

    /// The services' records, each number that could be read in two ways an error. Such a number then stands there
    /// without its mark, so that nothing else is said of it.
    pub(super) fn without_ambiguous(&self, records: Vec<Record>, log: &mut Log) -> Vec<Record> {
        if self.decimals != Decimals::Unsaid {
            return records;
        }
        let one = |(index, record): (usize, Record)| {
            record.map(|record| {
                let ambiguous = |at: usize, cell: &str| {
                    (self.columns.iter())
                        .find(|column| column.at == at && is_ambiguous(column, cell))
                };
                let cells = record.iter().enumerate().map(|(at, cell)| {
                    let Some(column) = ambiguous(at, cell) else {
                        return cell.to_owned();
                    };
                    report(column, cell, (index, line(&record)), log);
                    cell.replace(['.', ','], "")
                });
                let mut settled: csv::StringRecord = cells.collect();
                settled.set_position(record.position().cloned());
                settled
            })
        };
        records.into_iter().enumerate().map(one).collect()
    }
}

/// Whether a cell could be a whole number with a mark between thousands, or one with three decimals. A point before
/// vCPUs or GB stands before decimals: no task has thousands of them.
fn is_ambiguous(column: &Column, cell: &str) -> bool {
    let large = matches!(column.unit, Unit::Vcpu | Unit::Gb) || names_large_unit(cell);
    csv_numbers::could_be_thousands(cell) && !(large && cell.contains('.'))
}

fn names_large_unit(cell: &str) -> bool {
    let unit = cell.trim_start_matches(|c: char| !c.is_alphabetic());
    ["vcpu", "vcpus", "gb", "gib"].contains(&unit.to_ascii_lowercase().as_str())
}

fn report(column: &Column, cell: &str, (index, line): (usize, usize), log: &mut Log) {
    let without = cell.replace(['.', ','], "");
    let decimal = cell.replace(',', ".");
    log.push(Finding {
        code: codes::NOT_A_QUANTITY,
        severity: Severity::Error,
        place: format!("rows[{index}].{}", column.name),
        line: Some(line),
        column: None,
        cause: format!(
            "`{cell}` could be {without} or {decimal}: nothing in the file shows what stands before decimals and what between thousands"
        ),
        remedy: format!("write `{without}` without a mark if it is that; otherwise leave out zeros at the end, or {}", if cell.contains(',') {
            "write it with a point and separate the cells by commas"
        } else {
            "separate the cells by commas"
        }),
    });
}

fn line(record: &csv::StringRecord) -> usize {
    let line = record.position().map_or(1, csv::Position::line);
    usize::try_from(line).unwrap_or(usize::MAX)
}
