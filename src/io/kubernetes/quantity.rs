//! Quantities of Kubernetes: `250m`, `1.5Gi`, `2e3`.
//!
//! Source: Kubernetes API reference, `Quantity`. CPU counts in thousandths, rounded up, as the scheduler counts it; memory
//! in bytes, rounded up.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::io::codes;
use crate::io::cursor::{Cursor, Log, exact_decimal};

/// Suffixes with the factor of each, over a thousand.
const SUFFIXES: [(&str, i64, u32); 15] = [
    ("Ki", 1024, 1),
    ("Mi", 1024, 2),
    ("Gi", 1024, 3),
    ("Ti", 1024, 4),
    ("Pi", 1024, 5),
    ("Ei", 1024, 6),
    ("n", 0, 3),
    ("u", 0, 2),
    ("m", 0, 1),
    ("k", 1000, 1),
    ("M", 1000, 2),
    ("G", 1000, 3),
    ("T", 1000, 4),
    ("P", 1000, 5),
    ("E", 1000, 6),
];

/// Largest amount of anything.
const MOST: u64 = 1 << 53;

/// The exact amount that a text writes.
pub(super) fn parse(text: &str) -> Option<Decimal> {
    let text = text.trim();
    let plain = exact_decimal(text);
    if plain.is_some() {
        return plain.filter(|amount| !amount.is_sign_negative());
    }
    let (suffix, base, power) = SUFFIXES
        .iter()
        .find(|(suffix, ..)| text.ends_with(suffix))?;
    let number = exact_decimal(text.strip_suffix(suffix)?)?;
    if number.is_sign_negative() {
        return None;
    }
    let by = |step: i64| (0..*power).try_fold(number, |n, _| n.checked_mul(Decimal::from(step)));
    match base {
        0 => (0..*power).try_fold(number, |n, _| n.checked_div(Decimal::from(1000))),
        base => by(*base),
    }
}

/// CPU in thousandths, rounded up.
pub(super) fn millis(at: &Cursor<'_>, log: &mut Log) -> Option<u64> {
    amount(at, log, |amount| amount.checked_mul(Decimal::from(1000)))
}

/// Bytes, or whole things, rounded up.
pub(super) fn whole(at: &Cursor<'_>, log: &mut Log) -> Option<u64> {
    amount(at, log, Some)
}

fn amount(
    at: &Cursor<'_>,
    log: &mut Log,
    scaled: impl Fn(Decimal) -> Option<Decimal>,
) -> Option<u64> {
    let text = at.text(log)?;
    let exact = parse(text);
    let amount = exact
        .and_then(scaled)
        .and_then(|amount| amount.ceil().to_u64())
        .filter(|amount| *amount <= MOST);
    if exact.is_some() && amount.is_none() {
        at.error(
            log,
            codes::OUT_OF_RANGE,
            format!("`{text}` is more than any node has"),
            "write an amount that a node can have, such as 512Gi",
        );
    } else if amount.is_none() {
        at.error(
            log,
            codes::NOT_A_QUANTITY,
            format!("`{text}` is not a quantity of Kubernetes"),
            "write a number with or without a suffix, such as 250m, 1.5 or 512Mi",
        );
    }
    amount
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read_exactly() {
        for (text, amount) in [
            ("250m", "0.25"),
            ("1", "1"),
            ("0.1", "0.1"),
            ("1.5Gi", "1610612736"),
            ("128Mi", "134217728"),
            ("64Ki", "65536"),
            ("500M", "500000000"),
            ("1G", "1000000000"),
            ("2e3", "2000"),
            ("1E", "1000000000000000000"),
            ("100n", "0.0000001"),
            ("3k", "3000"),
        ] {
            assert_eq!(parse(text), amount.parse().ok(), "{text}");
        }
        for text in ["", "m", "-1", "1.5.2Mi", "1 Gi b", "Gi", "one", "1Mib"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
