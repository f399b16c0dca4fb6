//! Rows of a flat CSV that hold no service: spreadsheets leave empty rows between groups and sums at the end, tables of
//! Markdown a line under their heading.

use rust_decimal::Decimal;

use super::codes;
use super::csv_cells::is_nothing;
use super::csv_columns::Column;
use super::cursor::{Log, exact_decimal};
use super::findings::{Finding, Severity};

type Record = Result<csv::StringRecord, csv::Error>;

/// What people name a row of sums, in lower case and without a colon.
const NAMES_OF_SUMS: [&str; 5] = ["total", "totals", "grand total", "sum", "summe"];

/// The rows that may be services: without those that are empty, and without a last one that holds sums, which is said.
pub(super) fn of_services(
    records: Vec<Record>,
    columns: &[Column],
    tags: &[usize],
    log: &mut Log,
) -> Vec<Record> {
    let mut records = records;
    records.retain(|record| !matches!(record, Ok(record) if record.iter().all(is_line)));
    let sums = match records.split_last() {
        Some((Ok(last), above)) if !above.is_empty() => sums(last, above, columns, tags),
        _ => None,
    };
    if let Some(sums) = sums {
        let line = (records.pop().and_then(Result::ok))
            .and_then(|record| record.position().map(csv::Position::line));
        log.push(Finding {
            code: codes::ROW_OF_SUMS,
            severity: Severity::Warning,
            place: "(last row)".to_owned(),
            line: line.and_then(|line| usize::try_from(line).ok()),
            column: None,
            cause: sums,
            remedy: "take the row out, or give it another name if it is a service".to_owned(),
        });
    }
    records
}

/// Whether a cell holds nothing, a word for it, or a piece of a drawn line.
fn is_line(cell: &str) -> bool {
    is_nothing(cell) || (cell.len() > 2 && cell.chars().all(|c| matches!(c, '-' | ':')))
}

/// What shows that a row holds sums: it is named so or not at all, a number in it is the sum of its column, and none
/// of services' own cells but numbers is filled. `None` for a row that may be a service.
fn sums(
    last: &csv::StringRecord,
    above: &[Record],
    columns: &[Column],
    tags: &[usize],
) -> Option<String> {
    let cell = |at: usize| last.get(at).unwrap_or("");
    let is_name = |name: &str| {
        let name = name.trim_end_matches(':').trim().to_lowercase();
        is_nothing(&name) || NAMES_OF_SUMS.contains(&name.as_str())
    };
    let name = columns.iter().find(|column| column.key == "serviceName")?;
    // The word may stand in a further column, beside an empty name.
    let named = is_name(cell(name.at))
        && (tags.iter()).all(|&at| is_name(cell(at)) || exact_decimal(cell(at)).is_some());
    let numbers = ["cpu", "memory", "desiredCount", "gpu"];
    let (counted, other): (Vec<&Column>, Vec<&Column>) = (columns.iter())
        .filter(|column| column.at != name.at && !is_nothing(cell(column.at)))
        .partition(|column| numbers.contains(&column.key));
    if !named || !other.is_empty() {
        return None;
    }
    let sum_of = |column: &Column| -> Option<Decimal> {
        (above.iter().flatten())
            .map(|record| exact_decimal(record.get(column.at)?))
            .try_fold(Decimal::ZERO, |sum, number| sum.checked_add(number?))
    };
    let summed = (counted.iter()).find(|column| {
        let number = exact_decimal(cell(column.at));
        number.is_some() && number == sum_of(column)
    })?;
    let (heading, number) = (summed.name, cell(summed.at));
    Some(format!(
        "the last row is no service: its {heading} {number} is the sum of those above"
    ))
}
