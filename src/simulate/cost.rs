//! What a replay has cost so far, exactly.

use rust_decimal::{Decimal, RoundingStrategy};

use crate::domain::money::UsdPerHour;

/// Decimal places of an amount, as on the planner's grid.
const DECIMALS: u32 = 8;

/// Sums rates over time. The sum is kept in USD per hour times seconds, which is exact; only reading it
/// divides and rounds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CostMeter {
    usd_per_hour_seconds: Decimal,
}

impl CostMeter {
    /// Adds what `rate` costs for so many seconds.
    pub fn add(&mut self, rate: UsdPerHour, seconds: u64) {
        self.usd_per_hour_seconds += rate.amount() * Decimal::from(seconds);
    }

    /// USD so far, rounded half-even to 10⁻⁸.
    #[must_use]
    pub fn usd(&self) -> Decimal {
        (self.usd_per_hour_seconds / Decimal::from(3600))
            .round_dp_with_strategy(DECIMALS, RoundingStrategy::MidpointNearestEven)
            .normalize()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirds_of_an_hour_add_up_to_the_hour() {
        let rate: UsdPerHour = "0.1".parse().expect("a rate");
        let mut meter = CostMeter::default();
        for _ in 0..3 {
            meter.add(rate, 1200);
        }
        assert_eq!(meter.usd().to_string(), "0.1");
        meter.add(rate, 1);
        assert_eq!(meter.usd().to_string(), "0.10002778");
    }
}
