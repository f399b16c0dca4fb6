//! Metrics as CSV: a heading, one period of a service a row, between commas, semicolons or tabs.

use std::borrow::Cow;

use super::Sample;
use super::cells::{COLUMNS, Column, REQUIRED, localized, number, short, timestamp};
use super::codes::{self, error};
use super::gathered::Gathered;
use crate::io::{Finding, did_you_mean};

/// Reads the rows; what is wrong comes back, warnings among it.
pub(super) fn read(text: &str, gathered: &mut Gathered) -> Vec<Finding> {
    let mut findings = Vec::new();
    let text = unix_lines(text);
    let separator = separator(&text);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let heading = match reader.headers() {
        Ok(heading) => heading.clone(),
        Err(why) => {
            return vec![unreadable(&why)];
        }
    };
    let Some(columns) = columns(heading.iter(), &mut findings) else {
        return findings;
    };
    for record in reader.records() {
        match record {
            Ok(record) => {
                let form = Form {
                    columns: &columns,
                    cells: heading.len(),
                    separator,
                };
                row(&record, &form, gathered, &mut findings);
            }
            Err(why) => findings.push(unreadable(&why)),
        }
    }
    findings
}

/// The text with one character at the end of a line. The reader counts a record's line before it passes over the second of two, which
/// puts it a line too low.
fn unix_lines(text: &str) -> Cow<'_, str> {
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

/// What stands between cells: what the heading has most of, a comma where it has none.
fn separator(text: &str) -> u8 {
    let heading = (text.lines().find(|line| !line.trim().is_empty())).unwrap_or_default();
    let count = |mark: u8| heading.bytes().filter(|&byte| byte == mark).count();
    // The last of equals is taken.
    [b'\t', b';', b',']
        .into_iter()
        .max_by_key(|&mark| count(mark))
        .unwrap_or(b',')
}

/// What the rows of a file look like.
struct Form<'a> {
    columns: &'a [Option<Column>],
    cells: usize,
    separator: u8,
}

fn unreadable(why: &csv::Error) -> Finding {
    let line = why
        .position()
        .and_then(|at| usize::try_from(at.line()).ok());
    error(
        codes::FORM,
        "(row)",
        line,
        "the row cannot be read as CSV",
        "check the quotes of this row",
    )
}

/// What each position of a row holds; `None` where a column is missing, there twice or misspelt.
pub(super) fn columns<'a>(
    heading: impl Iterator<Item = &'a str>,
    findings: &mut Vec<Finding>,
) -> Option<Vec<Option<Column>>> {
    let headings: Vec<&str> = heading.collect();
    let columns: Vec<Option<Column>> =
        (headings.iter().map(|cell| Column::of_heading(cell))).collect();
    let before = findings.len();
    let wrong = |cause: String| {
        let remedy = "name the columns service,timestamp,cpu_units_max,cpu_units_avg,memory_mib_max,tasks and optionally \
                      reserved_cpu,reserved_memory_mib,oom_kills";
        error(codes::HEADING, "(heading)", Some(1), cause, remedy)
    };
    let lacking = |column: &Column| !columns.contains(&Some(*column));
    let missing: Vec<&str> = (COLUMNS.iter())
        .filter(|(_, column)| lacking(column))
        .map(|(name, _)| *name)
        .collect();
    for (at, (cell, column)) in headings.iter().zip(&columns).enumerate() {
        match column {
            Some(column) if columns[..at].contains(&Some(*column)) => {
                findings.push(wrong(format!("the column `{cell}` is there twice")));
            }
            Some(_) => {}
            None => {
                let meant = did_you_mean(cell, missing.iter().copied());
                if meant.is_empty() {
                    findings.push(codes::warning(
                        codes::PASSED_OVER,
                        "(heading)",
                        format!("the column `{}` is not read", short(cell)),
                        "remove it, or leave it: nothing depends on it",
                    ));
                } else {
                    let cause =
                        format!("there is no column `{}`; {}", short(cell), meant.trim_end());
                    findings.push(wrong(cause));
                }
            }
        }
    }
    for (name, column) in &COLUMNS[..REQUIRED] {
        if lacking(column) {
            findings.push(wrong(format!("the column `{name}` is missing")));
        }
    }
    let failed = (findings[before..].iter()).any(|finding| finding.code == codes::HEADING);
    (!failed).then_some(columns)
}

fn row(
    record: &csv::StringRecord,
    form: &Form<'_>,
    gathered: &mut Gathered,
    findings: &mut Vec<Finding>,
) {
    let line = (record.position()).and_then(|at| usize::try_from(at.line()).ok());
    if record.len() != form.cells {
        let cause = format!(
            "the row has {} cells, the heading {}",
            record.len(),
            form.cells
        );
        findings.push(error(
            codes::FORM,
            "(row)",
            line,
            cause,
            "write one cell a column",
        ));
        return;
    }
    let mut service = "";
    let mut sample = Sample::default();
    let mut good = true;
    for (cell, column) in record.iter().zip(form.columns) {
        let Some(column) = column else { continue };
        let wrong = match column {
            Column::Service => {
                service = cell;
                cell.is_empty()
                    .then(|| "the service has no name".to_owned())
            }
            Column::Timestamp => match timestamp(cell) {
                Ok(start) => {
                    sample.start = start;
                    None
                }
                Err(why) => {
                    let remedy = "write it as 2026-03-01T13:00:00Z, the start of the period";
                    findings.push(error(codes::TIMESTAMP, column.heading(), line, why, remedy));
                    good = false;
                    None
                }
            },
            _ => match localized(cell, form.separator).and_then(|cell| number(&cell, *column)) {
                Ok(Some(value)) => {
                    column.set(&mut sample, value);
                    None
                }
                Ok(None) => None,
                Err(why) => Some(why),
            },
        };
        if let Some(why) = wrong {
            let remedy = if *column == Column::Service {
                "name the service of the row"
            } else {
                "write a number of at least 0 in the unit of the heading; leave the cell empty where nothing was measured"
            };
            findings.push(error(codes::VALUE, column.heading(), line, why, remedy));
            good = false;
        }
    }
    if good && let Err(why) = gathered.row(service, sample, line) {
        findings.push(twice(service, line, why));
    }
}

/// A period that is there already.
pub(super) fn twice(service: &str, line: Option<usize>, why: String) -> Finding {
    let place = format!("`{}`", short(service));
    error(
        codes::TWICE,
        &place,
        line,
        why,
        "keep one row a service and period",
    )
}
