//! Tables of typed cells, the one form in which all numbers of a report exist.
//!
//! Columns are named after FOCUS, the FinOps Open Cost and Usage Specification (<https://focus.finops.org>), where it
//! has a name for the thing. All others begin with `x_`, as FOCUS asks of columns that it does not define.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::domain::money::{HOURS_PER_MONTH, UsdPerHour};

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text from outside or of ours.
    Text,
    /// A count.
    Integer,
    /// An exact decimal, such as an amount in USD, shown with that many places.
    Decimal(u32),
    /// A number that is not exact, such as a mean, shown with that many places.
    Number(usize),
    /// A fraction, shown in percent.
    Fraction,
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Name in data files.
    pub name: &'static str,
    /// Heading for people, with the unit.
    pub title: &'static str,
    /// What its cells are.
    pub kind: Kind,
}

/// A column of text.
pub(in crate::report) const fn text(name: &'static str, title: &'static str) -> Column {
    column(name, title, Kind::Text)
}

/// A column of counts.
pub(in crate::report) const fn integer(name: &'static str, title: &'static str) -> Column {
    column(name, title, Kind::Integer)
}

/// A column of fractions.
pub(in crate::report) const fn fraction(name: &'static str, title: &'static str) -> Column {
    column(name, title, Kind::Fraction)
}

/// A column of any kind.
pub(in crate::report) const fn column(
    name: &'static str,
    title: &'static str,
    kind: Kind,
) -> Column {
    Column { name, title, kind }
}

/// Cost over a month: FOCUS's amortised cost after all discounts.
pub const EFFECTIVE_COST: Column = column("EffectiveCost", "USD per month", Kind::Decimal(2));
/// The same as a rate.
pub(in crate::report) const USD_PER_HOUR: Column =
    column("x_UsdPerHour", "USD per hour", Kind::Decimal(4));
/// A part of the whole bill.
pub const SHARE_OF_BILL: Column = fraction("x_ShareOfBill", "Share of the bill");

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// None known.
    Empty,
    /// Text.
    Text(String),
    /// A count.
    Integer(i64),
    /// An exact decimal.
    Decimal(Decimal),
    /// A number or a fraction.
    Number(f64),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        if text.is_empty() {
            Self::Empty
        } else {
            Self::Text(text.to_owned())
        }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<u64> for Cell {
    fn from(count: u64) -> Self {
        Self::Integer(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

impl From<UsdPerHour> for Cell {
    fn from(rate: UsdPerHour) -> Self {
        Self::Decimal(rate.amount().normalize())
    }
}

impl From<f64> for Cell {
    fn from(number: f64) -> Self {
        if number.is_finite() {
            Self::Number(number)
        } else {
            Self::Empty
        }
    }
}

impl<T> From<Option<T>> for Cell
where
    Self: From<T>,
{
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Self::from)
    }
}

/// A rate over a month of 730 hours, not rounded, so that rows add up exactly.
pub(in crate::report) fn per_month(rate: UsdPerHour) -> Cell {
    Cell::Decimal((rate.amount() * Decimal::from(HOURS_PER_MONTH)).normalize())
}

/// One amount as a part of another.
pub(super) fn share(part: UsdPerHour, whole: UsdPerHour) -> Cell {
    if whole == UsdPerHour::ZERO {
        return Cell::Empty;
    }
    Cell::from((part.amount() / whole.amount()).to_f64())
}

/// Rows under one set of columns: tidy, one thing a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Name in data files, in snake case.
    pub name: &'static str,
    /// Heading for people.
    pub title: &'static str,
    /// What a row is.
    pub about: &'static str,
    /// Columns, in order.
    pub columns: &'static [Column],
    /// As many cells each as there are columns.
    pub rows: Vec<Vec<Cell>>,
}

impl Cell {
    /// The value exactly, for data files; empty where there is none.
    #[must_use]
    pub fn exact(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone(),
            Self::Integer(count) => count.to_string(),
            Self::Decimal(amount) => amount.to_string(),
            Self::Number(number) => number.to_string(),
        }
    }

    /// The value as people read it in a column of that kind.
    #[must_use]
    pub fn shown(&self, kind: Kind) -> String {
        match (self, kind) {
            (Self::Decimal(amount), Kind::Decimal(places)) => crate::report::words::grouped(
                &format!("{:.*}", places as usize, amount.round_dp(places)),
            ),
            (Self::Number(number), Kind::Number(places)) => {
                crate::report::words::grouped(&format!("{number:.places$}"))
            }
            (Self::Number(number), Kind::Fraction) => percent(*number),
            (Self::Integer(count), _) => crate::report::words::grouped(&count.to_string()),
            _ => self.exact(),
        }
    }

    /// The value as a number, where it is one.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Empty | Self::Text(_) => None,
            Self::Integer(count) => Some(*count as f64),
            Self::Decimal(amount) => amount.to_f64(),
            Self::Number(number) => Some(*number),
        }
    }
}

/// A fraction in percent; small and near-whole ones are not rounded to 0 and 100.
fn percent(fraction: f64) -> String {
    let percent = fraction * 100.0;
    let text = format!("{percent:.1} %");
    match text.as_str() {
        "0.0 %" | "-0.0 %" if percent > 0.0 => "< 0.1 %".to_owned(),
        "100.0 %" if percent < 100.0 => "> 99.9 %".to_owned(),
        "-0.0 %" => "0.0 %".to_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown_values_are_rounded_and_exact_ones_are_not() {
        let cell = Cell::Decimal("1234.56789".parse().expect("a decimal"));
        assert_eq!(cell.shown(Kind::Decimal(2)), "1,234.57");
        assert_eq!(cell.exact(), "1234.56789");
        assert_eq!(Cell::Number(0.25).shown(Kind::Fraction), "25.0 %");
        assert_eq!(Cell::Number(0.000_1).shown(Kind::Fraction), "< 0.1 %");
        assert_eq!(Cell::Number(0.999_9).shown(Kind::Fraction), "> 99.9 %");
        assert_eq!(Cell::from(f64::NAN), Cell::Empty);
    }

    #[test]
    fn a_month_is_not_rounded() {
        let rate: UsdPerHour = "0.00000001".parse().expect("an amount");
        assert_eq!(per_month(rate).exact(), "0.0000073");
    }
}
