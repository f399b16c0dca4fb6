//! A CSV table with headings: columns in any order, extra ones ignored, everything wrong collected.

use std::str::FromStr;

use csv::StringRecord;
use rust_decimal::Decimal;

use super::finding::{self, CatalogueFinding};
use crate::domain::money::UsdPerHour;

/// Largest amount in USD: a thousand times what the dearest instance costs in an hour.
const MOST_USD: u32 = 1_000_000;

/// Largest count in a file. Beyond any machine, and small enough that a cluster's totals fit 63 bits.
const LARGEST_COUNT: u64 = 1_000_000_000;

/// Text of one catalogue file and what to call it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'a> {
    /// The file as findings name it.
    pub name: &'a str,
    /// Its content.
    pub text: &'a str,
    /// The Region of every row, where the file has no `region` column.
    pub region: Option<&'a str>,
}

/// A column of the table, found by its heading.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    heading: &'static str,
    index: Option<usize>,
}

/// A table being read.
pub(super) struct Table<'a> {
    source: Source<'a>,
    reader: csv::Reader<&'a [u8]>,
    headings: StringRecord,
    record: StringRecord,
    findings: Vec<CatalogueFinding>,
    usable: bool,
}

/// One row of the table.
pub(super) struct TableRow<'t> {
    file: &'t str,
    line: u64,
    record: &'t StringRecord,
    findings: &'t mut Vec<CatalogueFinding>,
}

impl<'a> Table<'a> {
    /// Reads the headings.
    pub fn new(source: Source<'a>) -> Self {
        let text = source.text.strip_prefix('\u{feff}').unwrap_or(source.text);
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .from_reader(text.as_bytes());
        let mut table = Self {
            source,
            headings: StringRecord::new(),
            record: StringRecord::new(),
            findings: Vec::new(),
            usable: true,
            reader: csv::Reader::from_reader(&[]),
        };
        match reader.headers() {
            Ok(headings) => table.headings = headings.iter().map(str::trim).collect(),
            Err(error) => table.unusable(&error.to_string()),
        }
        table.reader = reader;
        table
    }

    fn unusable(&mut self, cause: &str) {
        self.usable = false;
        self.report_file(finding::COLUMNS, None, cause, "give a heading line first");
    }

    fn report_file(&mut self, code: &'static str, column: Option<&str>, cause: &str, remedy: &str) {
        self.findings.push(CatalogueFinding {
            code,
            file: self.source.name.to_owned(),
            line: Some(1),
            column: column.map(str::to_owned),
            cause: cause.to_owned(),
            remedy: remedy.to_owned(),
        });
    }

    /// A column that may be missing: its cells are then empty.
    pub fn optional(&mut self, heading: &'static str) -> Column {
        let mut found = self
            .headings
            .iter()
            .enumerate()
            .filter(|(_, h)| *h == heading);
        let index = found.next().map(|(index, _)| index);
        if found.next().is_some() {
            self.usable = false;
            self.report_file(
                finding::COLUMNS,
                Some(heading),
                "the heading appears twice",
                "keep one column of this name",
            );
        }
        Column { heading, index }
    }

    /// A column that must be there.
    pub fn required(&mut self, heading: &'static str) -> Column {
        let column = self.optional(heading);
        if column.index.is_none() {
            self.usable = false;
            let present: Vec<&str> = self.headings.iter().collect();
            let cause = format!(
                "the column is missing (the headings are {})",
                present.join(", ")
            );
            self.report_file(
                finding::COLUMNS,
                Some(heading),
                &cause,
                "add it, named as in the embedded catalogue",
            );
        }
        column
    }

    /// The Region column, which a file whose rows are all of one Region does not have.
    pub fn region_column(&mut self) -> Column {
        if self.source.region.is_some() {
            self.optional("region")
        } else {
            self.required("region")
        }
    }

    /// The next row that has a cell for every heading. No rows come from a table whose columns are wrong.
    pub fn next_row(&mut self) -> Option<TableRow<'_>> {
        if !self.usable {
            return None;
        }
        loop {
            match self.reader.read_record(&mut self.record) {
                Ok(false) => return None,
                Ok(true) if self.record.as_slice().contains(char::is_control) => {
                    self.report_row("the row holds a control character");
                }
                Ok(true) if self.record.len() == self.headings.len() => break,
                Ok(true) => {
                    let cause = format!(
                        "the row has {} cells, the heading {}",
                        self.record.len(),
                        self.headings.len()
                    );
                    self.report_row(&cause);
                }
                Err(error) => {
                    let cause = error.to_string();
                    self.report_row(&cause);
                }
            }
        }
        Some(TableRow {
            file: self.source.name,
            line: self.record.position().map_or(0, csv::Position::line),
            record: &self.record,
            findings: &mut self.findings,
        })
    }

    fn report_row(&mut self, cause: &str) {
        self.findings.push(CatalogueFinding {
            code: finding::ROW_SHAPE,
            file: self.source.name.to_owned(),
            line: self.record.position().map(csv::Position::line),
            column: None,
            cause: cause.to_owned(),
            remedy: "give every row one cell of plain text for each heading".to_owned(),
        });
    }

    /// What was wrong.
    pub fn into_findings(self) -> Vec<CatalogueFinding> {
        self.findings
    }
}

impl<'t> TableRow<'t> {
    /// The cell without surrounding blanks; empty when the column is missing.
    pub fn text(&self, column: Column) -> &'t str {
        column
            .index
            .and_then(|index| self.record.get(index))
            .unwrap_or_default()
            .trim()
    }

    /// The cell, which must not be empty.
    pub fn filled(&mut self, column: Column) -> Option<&'t str> {
        let text = self.text(column);
        if text.is_empty() {
            self.report(finding::EMPTY, column, "the cell is empty", "fill it in");
            return None;
        }
        Some(text)
    }

    /// The cell as a value; what was expected is said otherwise.
    pub fn parsed<T: FromStr>(&mut self, column: Column, expected: &str) -> Option<T> {
        let text = self.filled(column)?;
        let value = text.parse().ok();
        if value.is_none() {
            let cause = format!("`{text}` is not {expected}");
            self.report(finding::VALUE, column, &cause, "correct the cell");
        }
        value
    }

    /// A whole number from `least` to [`LARGEST_COUNT`].
    pub fn count(&mut self, column: Column, least: u64) -> Option<u64> {
        let value: i128 = self.parsed(column, "a whole number")?;
        let count = u64::try_from(value)
            .ok()
            .filter(|count| (least..=LARGEST_COUNT).contains(count));
        if count.is_none() {
            let cause = format!("{value} is out of range");
            let remedy = format!("give a whole number from {least} to {LARGEST_COUNT}");
            self.report(finding::RANGE, column, &cause, &remedy);
        }
        count
    }

    /// Like [`TableRow::count`], with a value for an empty or missing cell.
    pub fn count_or(&mut self, column: Column, absent: u64) -> Option<u64> {
        if self.text(column).is_empty() {
            return Some(absent);
        }
        self.count(column, 0)
    }

    /// `true` or `false` in any case, with a value for an empty or missing cell.
    pub fn flag_or(&mut self, column: Column, absent: bool) -> Option<bool> {
        let text = self.text(column);
        if text.is_empty() {
            return Some(absent);
        }
        if text.eq_ignore_ascii_case("true") {
            return Some(true);
        }
        if text.eq_ignore_ascii_case("false") {
            return Some(false);
        }
        let cause = format!("`{text}` is neither true nor false");
        self.report(finding::VALUE, column, &cause, "write true or false");
        None
    }

    /// An amount of money that is not negative.
    pub fn usd(&mut self, column: Column) -> Option<UsdPerHour> {
        let amount: UsdPerHour = self.parsed(column, "an amount in USD such as 0.0816")?;
        if amount < UsdPerHour::ZERO {
            let cause = format!("{amount} is negative");
            self.report(
                finding::RANGE,
                column,
                &cause,
                "give an amount of zero or more",
            );
            return None;
        }
        if amount.amount() > Decimal::from(MOST_USD) {
            let cause = format!("{amount} is beyond any price");
            let remedy = format!("give an amount in USD of at most {MOST_USD}");
            self.report(finding::RANGE, column, &cause, &remedy);
            return None;
        }
        Some(amount)
    }

    /// A decimal number from 0 to 100.
    pub fn percent(&mut self, column: Column) -> Option<Decimal> {
        let value: Decimal = self.parsed(column, "a percentage such as 64")?;
        if value < Decimal::ZERO || value > Decimal::ONE_HUNDRED {
            let cause = format!("{value} is not between 0 and 100");
            self.report(finding::RANGE, column, &cause, "give a percentage");
            return None;
        }
        Some(value)
    }

    /// Says that another row already spoke of `what`.
    pub fn duplicate(&mut self, column: Column, what: &str) {
        let cause = format!("{what} has a row further up");
        self.report(finding::DUPLICATE, column, &cause, "keep one of the rows");
    }

    /// Adds a finding about a cell of this row.
    pub fn report(&mut self, code: &'static str, column: Column, cause: &str, remedy: &str) {
        self.findings.push(CatalogueFinding {
            code,
            file: self.file.to_owned(),
            line: Some(self.line),
            column: Some(column.heading.to_owned()),
            cause: cause.to_owned(),
            remedy: remedy.to_owned(),
        });
    }
}
