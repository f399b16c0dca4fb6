//! What points and commas are in the numbers of a flat CSV, by what its numbers show, and which numbers could be read in two ways.

use std::collections::BTreeMap;

use super::codes;
use super::csv_columns::{Column, Unit};
use super::csv_numbers::{self, Decimals};
use super::cursor::Log;
use super::findings::{Finding, Severity};

type Record = Result<csv::StringRecord, csv::Error>;

/// What a file's numbers show.
pub(super) struct Marks {
    decimals: Decimals,
    /// Whether commas separate the cells. In quoted ones they stand between thousands, but nothing has thousands of vCPUs or GB: there
    /// the numbers must show it.
    is_of_commas: bool,
    /// What the numbers show, whatever separates the cells.
    shown: Decimals,
    /// Columns of numbers.
    columns: Vec<Column>,
    /// The first number that is read as thousands because of another one, and the one that shows it, with their lines.
    thousands: Option<[(String, usize); 2]>,
    /// Cells of numbers that are read in another form, by line and position.
    written: BTreeMap<(usize, usize), String>,
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
                (columns.iter())
                    .filter_map(|column| Some((column, record.get(column.at)?, line(record))))
            })
        };
        let decimals = Decimals::of(separator, cells().map(|(_, cell, _)| cell));
        let shown = Decimals::shown(cells().map(|(_, cell, _)| cell));
        let is_of_commas = separator == b',';
        let thousands_mark = if decimals == Decimals::Comma {
            '.'
        } else {
            ','
        };
        let first = |wanted: &dyn Fn(&Column, &str) -> bool| {
            cells()
                .find(|(column, cell, _)| wanted(column, cell))
                .map(|(_, cell, line)| (cell.to_owned(), line))
        };
        let thousands = (shown == decimals && decimals != Decimals::Unsaid)
            .then(|| {
                let read = first(&|column, cell| {
                    csv_numbers::could_be_thousands(cell)
                        && cell.contains(thousands_mark)
                        && (!is_of_commas || is_large(column, cell))
                })?;
                Some([
                    read,
                    first(&|_, cell| csv_numbers::shown_by(cell).is_some())?,
                ])
            })
            .flatten();
        Self {
            decimals,
            is_of_commas,
            shown,
            columns,
            thousands,
            written: BTreeMap::new(),
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

    /// The record with its numbers in digits and a point, but for those that could be read in two ways.
    pub(super) fn plain(&mut self, record: &csv::StringRecord) -> csv::StringRecord {
        let line = line(record);
        let mut plain = csv::StringRecord::new();
        for (at, cell) in record.iter().enumerate() {
            let Some(column) = self.columns.iter().find(|column| column.at == at) else {
                plain.push_field(cell);
                continue;
            };
            let is_left = self.is_of_commas && self.is_ambiguous(column, cell);
            if is_left {
                plain.push_field(cell);
            } else {
                plain.push_field(&csv_numbers::plain(cell, self.decimals));
            }
            self.written.insert((line, at), cell.to_owned());
        }
        plain.set_position(record.position().cloned());
        plain
    }

    /// A cell of a number as the file has it.
    pub(super) fn as_written(&self, line: usize, at: usize) -> Option<&str> {
        self.written.get(&(line, at)).map(String::as_str)
    }

    /// The services' records, each number that could be read in two ways an error. Such a number then stands there
    /// without its mark, so that nothing else is said of it.
    pub(super) fn without_ambiguous(&self, records: Vec<Record>, log: &mut Log) -> Vec<Record> {
        let one = |(index, record): (usize, Record)| {
            record.map(|record| {
                let ambiguous = |at: usize, cell: &str| {
                    (self.columns.iter())
                        .find(|column| column.at == at && self.is_ambiguous(column, cell))
                };
                let cells = record.iter().enumerate().map(|(at, cell)| {
                    let Some(column) = ambiguous(at, cell) else {
                        return cell.to_owned();
                    };
                    self.report(column, cell, (index, line(&record)), log);
                    cell.replace(['.', ','], "")
                });
                let mut settled: csv::StringRecord = cells.collect();
                settled.set_position(record.position().cloned());
                settled
            })
        };
        records.into_iter().enumerate().map(one).collect()
    }

    /// Whether a cell could be a whole number with a mark between thousands, or one with three decimals. A point before
    /// vCPUs or GB stands before decimals: no task has thousands of them.
    fn is_ambiguous(&self, column: &Column, cell: &str) -> bool {
        let large = is_large(column, cell);
        csv_numbers::could_be_thousands(cell)
            && if self.is_of_commas {
                large && cell.contains(',') && self.shown != Decimals::Point
            } else {
                self.decimals == Decimals::Unsaid && !(large && cell.contains('.'))
            }
    }

    fn report(&self, column: &Column, cell: &str, (index, line): (usize, usize), log: &mut Log) {
        let without = cell.replace(['.', ','], "");
        let decimal = cell.replace(',', ".");
        let otherwise = match (self.is_of_commas, cell.contains(',')) {
            (true, _) => "write it with a point",
            (false, true) => {
                "leave out zeros at the end, or write it with a point and separate the cells by commas"
            }
            (false, false) => "leave out zeros at the end, or separate the cells by commas",
        };
        log.push(Finding {
            code: codes::NOT_A_QUANTITY,
            severity: Severity::Error,
            place: format!("rows[{index}].{}", column.name),
            line: Some(line),
            column: None,
            cause: format!(
                "`{cell}` could be {without} or {decimal}: nothing in the file shows what stands before decimals and what between thousands"
            ),
            remedy: format!("write `{without}` without a mark if it is that; otherwise {otherwise}"),
        });
    }
}

/// Whether a cell holds vCPUs or GB, by its heading or its own unit.
fn is_large(column: &Column, cell: &str) -> bool {
    matches!(column.unit, Unit::Vcpu | Unit::Gb) || names_large_unit(cell)
}

fn names_large_unit(cell: &str) -> bool {
    let unit = cell.trim_start_matches(|c: char| !c.is_alphabetic());
    ["vcpu", "vcpus", "gb", "gib"].contains(&unit.to_ascii_lowercase().as_str())
}

fn line(record: &csv::StringRecord) -> usize {
    let line = record.position().map_or(1, csv::Position::line);
    usize::try_from(line).unwrap_or(usize::MAX)
}
