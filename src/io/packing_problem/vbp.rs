//! The text formats of `VPSolver`, whole numbers separated by white space.
//!
//! ```text
//! .vbp  D, capacity (D numbers), number of items, then for each: size (D numbers) and demand
//! .mvp  D, number of bins, then for each: capacity (D numbers), cost, limit (-1 = none);
//!       number of items, then for each: number of sizes (here 1) and demand, size (D numbers)
//! ```
//! Reference: F. Brandão, `VPSolver`, <https://github.com/fdabrandao/vpsolver>.

use rust_decimal::Decimal;

use super::super::codes;
use super::super::cursor::Log;
use super::super::findings::{Finding, Severity};
use crate::domain::packing::{BinKind, ItemKind, PackingProblem};

/// More would be a mistake: no published instance has a hundred.
const MOST_DIMENSIONS: u64 = 1_000;
/// No problem of this size ends before the reader loses patience.
const MOST_KINDS: u64 = 10_000_000;

pub(super) fn read_vbp(text: &str, name: &str, log: &mut Log) -> Option<PackingProblem> {
    let mut words = Words::new(text, log);
    let dimensions = words.count("the number of dimensions", 1..=MOST_DIMENSIONS)?;
    let bin = BinKind {
        id: "bin".to_owned(),
        capacity: words.vector("the capacity", dimensions)?,
        cost: Decimal::ONE,
        limit: None,
    };
    let kinds = words.count("the number of items", 0..=MOST_KINDS)?;
    let mut items = Vec::new();
    for index in 0..kinds {
        items.push(ItemKind {
            id: format!("i{index}"),
            size: words.vector("the size of an item", dimensions)?,
            demand: words.count("a demand", 0..=super::LARGEST_COUNT)?,
        });
    }
    words.end()?;
    Some(problem(name, dimensions, vec![bin], items))
}

pub(super) fn read_mvp(text: &str, name: &str, log: &mut Log) -> Option<PackingProblem> {
    let mut words = Words::new(text, log);
    let dimensions = words.count("the number of dimensions", 1..=MOST_DIMENSIONS)?;
    let mut bins = Vec::new();
    for index in 0..words.count("the number of bins", 0..=MOST_KINDS)? {
        bins.push(BinKind {
            id: format!("b{index}"),
            capacity: words.vector("the capacity of a bin", dimensions)?,
            cost: words.vector("the cost of a bin", 1)?[0],
            limit: words.limit()?,
        });
    }
    let mut items = Vec::new();
    for index in 0..words.count("the number of items", 0..=MOST_KINDS)? {
        let sizes = words.count("the number of sizes of an item", 1..=MOST_KINDS)?;
        if sizes > 1 {
            words.error(
                codes::INCARNATIONS,
                format!("item {index} comes in {sizes} sizes"),
                "give the item one size",
            );
            return None;
        }
        let demand = words.count("a demand", 0..=super::LARGEST_COUNT)?;
        items.push(ItemKind {
            id: format!("i{index}"),
            size: words.vector("the size of an item", dimensions)?,
            demand,
        });
    }
    words.end()?;
    Some(problem(name, dimensions, bins, items))
}

fn problem(
    name: &str,
    dimensions: u64,
    bins: Vec<BinKind>,
    items: Vec<ItemKind>,
) -> PackingProblem {
    PackingProblem {
        name: name.to_owned(),
        dims: (0..dimensions).map(|d| format!("d{d}")).collect(),
        bins,
        items,
        best_known: None,
    }
}

/// The words of a text with their places.
struct Words<'a> {
    rest: Box<dyn Iterator<Item = (usize, usize, &'a str)> + 'a>,
    log: &'a mut Log,
    /// Line and column of the last word.
    place: (usize, usize),
}

impl<'a> Words<'a> {
    fn new(text: &'a str, log: &'a mut Log) -> Self {
        let words = text.lines().enumerate().flat_map(|(line, text)| {
            text.split_ascii_whitespace().map(move |word| {
                // Words are slices of the line: where they begin is what lies between.
                let before = word.as_ptr() as usize - text.as_ptr() as usize;
                (line + 1, text[..before].chars().count() + 1, word)
            })
        });
        Self {
            rest: Box::new(words),
            log,
            place: (1, 1),
        }
    }

    fn error(&mut self, code: &'static str, cause: String, remedy: &str) {
        self.log.push(Finding {
            code,
            severity: Severity::Error,
            place: "(the whole file)".to_owned(),
            line: Some(self.place.0),
            column: Some(self.place.1),
            cause,
            remedy: remedy.to_owned(),
        });
    }

    /// The next whole number of a range; what follows a wrong one has no meaning and is not read.
    fn number(&mut self, what: &str, range: std::ops::RangeInclusive<i128>) -> Option<i128> {
        let word = self.rest.next();
        if let Some((line, column, _)) = word {
            self.place = (line, column);
        }
        let number = word.and_then(|(_, _, word)| word.parse().ok());
        if let Some(number) = number.filter(|number| range.contains(number)) {
            return Some(number);
        }
        let found = word.map_or_else(
            || "the end of the file".to_owned(),
            |(_, _, w)| format!("`{w}`"),
        );
        let (least, most) = (range.start(), range.end());
        self.error(
            codes::VBP_SYNTAX,
            format!("expected {what}, a whole number from {least} to {most}; found {found}"),
            "write the numbers in the order of the format, or give the problem as JSON",
        );
        None
    }

    fn count(&mut self, what: &str, range: std::ops::RangeInclusive<u64>) -> Option<u64> {
        let range = i128::from(*range.start())..=i128::from(*range.end());
        self.number(what, range)
            .and_then(|number| u64::try_from(number).ok())
    }

    fn vector(&mut self, what: &str, entries: u64) -> Option<Vec<Decimal>> {
        (0..entries)
            .map(|_| {
                let number = self.number(what, 0..=super::LARGEST)?;
                Some(Decimal::from_i128_with_scale(number, 0))
            })
            .collect()
    }

    /// A limit on bins; the outer option is `None` where the number is wrong.
    #[allow(clippy::option_option, reason = "no limit is not a wrong number")]
    fn limit(&mut self) -> Option<Option<u64>> {
        let number = self.number(
            "the limit of a bin (-1 = none)",
            -1..=i128::from(super::LARGEST_COUNT),
        )?;
        Some(u64::try_from(number).ok())
    }

    fn end(&mut self) -> Option<()> {
        let Some((line, column, word)) = self.rest.next() else {
            return Some(());
        };
        self.place = (line, column);
        self.error(
            codes::VBP_SYNTAX,
            format!("expected the end of the file, found `{word}`"),
            "remove what follows the last item, or correct the number of items",
        );
        None
    }
}
