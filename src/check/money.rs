//! Sums of money that a document may have made absurd: every step is checked, nothing panics.

use rust_decimal::Decimal;

use crate::domain::money::UsdPerHour;

/// `count` times the amount; `None` beyond the range of decimals.
pub(super) fn times(amount: UsdPerHour, count: u64) -> Option<UsdPerHour> {
    (amount.amount().checked_mul(Decimal::from(count))).map(UsdPerHour::new)
}

/// The sum; `None` when a part is `None` or the sum is beyond the range of decimals.
pub(super) fn total(parts: impl Iterator<Item = Option<UsdPerHour>>) -> Option<UsdPerHour> {
    parts
        .map(|part| part.map(UsdPerHour::amount))
        .try_fold(Decimal::ZERO, |sum, part| sum.checked_add(part?))
        .map(UsdPerHour::new)
}

/// (of − less) / of as a fraction; `None` for nothing of nothing and beyond the range of decimals.
pub(super) fn relative_difference(of: UsdPerHour, less: UsdPerHour) -> Option<Decimal> {
    of.amount()
        .checked_sub(less.amount())?
        .checked_div(of.amount())
}

/// The amount in words.
pub(super) fn words(amount: Option<UsdPerHour>) -> String {
    amount.map_or_else(
        || "an amount beyond any bill".to_owned(),
        |amount| format!("{amount} USD per hour"),
    )
}
