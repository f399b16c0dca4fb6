//! Money as exact decimals. Binary floating point appears only where a linear program needs it.
//!
//! Prices are parsed from text. What a plan prints lies on a grid of 10⁻⁸ USD per hour
//! ([`UsdPerHour::rounded`]): every row is rounded half-even, totals are sums of rounded rows, and the
//! optimizer minimises the same grid values ([`UsdPerHour::grid_units`]).

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, Sub};
use std::str::FromStr;

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use thiserror::Error;

/// Hours in a month, by AWS's own convention for monthly prices.
pub const HOURS_PER_MONTH: u64 = 730;

/// Decimal places of the cost grid.
const GRID_DECIMALS: u32 = 8;

/// Why a text is not an amount of money.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{text}` is not an amount in USD such as `0.0816`")]
pub struct MoneyError {
    /// The text as given.
    pub text: String,
}

/// US dollars per hour, exact.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UsdPerHour(Decimal);

impl UsdPerHour {
    /// Nothing.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// Wraps an exact amount.
    #[must_use]
    pub const fn new(amount: Decimal) -> Self {
        Self(amount)
    }

    /// The exact amount.
    #[must_use]
    pub const fn amount(self) -> Decimal {
        self.0
    }

    /// Rounded half-even to the grid of 10⁻⁸ USD per hour.
    #[must_use]
    pub fn rounded(self) -> Self {
        let amount = self
            .0
            .round_dp_with_strategy(GRID_DECIMALS, RoundingStrategy::MidpointNearestEven);
        Self(amount.normalize())
    }

    /// The rounded amount in whole units of 10⁻⁸ USD per hour.
    ///
    /// # Panics
    /// When the amount is beyond ±9·10¹⁰ USD per hour, which no input that passed validation reaches.
    #[must_use]
    pub fn grid_units(self) -> i64 {
        let scaled = self.rounded().0 * Decimal::from(10_u64.pow(GRID_DECIMALS));
        i64::try_from(scaled).expect("an hourly cost fits 63 bits of 10^-8 USD")
    }

    /// The amount of `units` × 10⁻⁸ USD per hour.
    #[must_use]
    pub fn from_grid_units(units: i64) -> Self {
        Self(Decimal::new(units, GRID_DECIMALS).normalize())
    }

    /// How far a lower amount is below this one, as a fraction of it; 0 for nothing.
    #[must_use]
    pub fn gap_to(self, lower: Self) -> f64 {
        if self == Self::ZERO {
            return 0.0;
        }
        ((self.0 - lower.0) / self.0).to_f64().unwrap_or(f64::NAN)
    }

    /// The rate of an amount over a month of 730 hours, in USD.
    #[must_use]
    pub fn from_month(usd: Decimal) -> Self {
        Self(usd / Decimal::from(HOURS_PER_MONTH)).rounded()
    }

    /// The same rate over a month of 730 hours, in USD, rounded half-even to cents.
    #[must_use]
    pub fn usd_per_month(self) -> Decimal {
        (self.0 * Decimal::from(HOURS_PER_MONTH))
            .round_dp_with_strategy(2, RoundingStrategy::MidpointNearestEven)
    }
}

impl FromStr for UsdPerHour {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let wrong = || MoneyError {
            text: text.to_owned(),
        };
        let trimmed = text.trim();
        let parsed = if trimmed.contains(['e', 'E']) {
            Decimal::from_scientific(trimmed)
        } else {
            trimmed.parse::<Decimal>()
        };
        let amount = parsed.map_err(|_| wrong())?;
        // One billion dollars an hour is beyond any bill and far inside the grid's range.
        if amount.abs() > Decimal::from(1_000_000_000_u64) {
            return Err(wrong());
        }
        Ok(Self(amount))
    }
}

impl fmt::Display for UsdPerHour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match f.precision() {
            Some(places) => {
                let rounded = self.0.round_dp_with_strategy(
                    u32::try_from(places).unwrap_or(GRID_DECIMALS),
                    RoundingStrategy::MidpointNearestEven,
                );
                write!(f, "{rounded:.places$}")
            }
            None => write!(f, "{}", self.0.normalize()),
        }
    }
}

impl Add for UsdPerHour {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for UsdPerHour {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sub for UsdPerHour {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Mul<u64> for UsdPerHour {
    type Output = Self;
    fn mul(self, count: u64) -> Self {
        Self(self.0 * Decimal::from(count))
    }
}

impl Sum for UsdPerHour {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

/// As a JSON number. Grid values have at most 15 significant digits below 10⁷ USD per hour, so the
/// shortest text of the nearest double is the decimal itself.
impl Serialize for UsdPerHour {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use rust_decimal::prelude::ToPrimitive;
        serializer.serialize_f64(self.0.to_f64().unwrap_or(f64::NAN))
    }
}

impl<'de> Deserialize<'de> for UsdPerHour {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(deserializer)?;
        number
            .to_string()
            .parse()
            .map_err(|error: MoneyError| D::Error::custom(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(text: &str) -> UsdPerHour {
        text.parse().expect("a test amount")
    }

    #[test]
    fn rounding_is_half_even_on_the_grid() {
        assert_eq!(usd("0.000000005").rounded(), UsdPerHour::ZERO);
        assert_eq!(usd("0.000000015").rounded(), usd("0.00000002"));
        assert_eq!(usd("0.0816").grid_units(), 8_160_000);
        assert_eq!(UsdPerHour::from_grid_units(8_160_000), usd("0.0816"));
    }

    #[test]
    fn json_numbers_survive_a_round_trip_exactly() {
        for text in [
            "0.0849287671",
            "1234.56789012",
            "0.00000001",
            "9999999.99999999",
            "0",
        ] {
            let amount = usd(text).rounded();
            let json = serde_json::to_string(&amount).expect("serialises");
            let back: UsdPerHour = serde_json::from_str(&json).expect("parses");
            assert_eq!(back, amount, "{text} became {json}");
        }
    }

    #[test]
    fn a_month_is_730_hours_in_cents() {
        assert_eq!(usd("1.234").usd_per_month().to_string(), "900.82");
    }

    #[test]
    fn texts_that_are_not_money_are_errors() {
        for text in ["", "free", "0,5", "1e99", "-1e12"] {
            assert!(text.parse::<UsdPerHour>().is_err(), "{text}");
        }
    }
}
