//! The bill, the ideal packing and the proven bound.

use rust_decimal::prelude::ToPrimitive;

use crate::domain::money::UsdPerHour;

/// The bill, the ideal packing and the proven bound.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanCost {
    /// The planned fleet.
    pub usd_per_hour: UsdPerHour,
    /// The planned fleet over 730 hours, to the cent.
    pub usd_per_month: f64,
    /// No plan under this policy costs less; `null` without proof.
    pub bound_usd_per_hour: Option<UsdPerHour>,
    /// The bound that a proof file carries, where one was written.
    pub proven_usd_per_hour: Option<UsdPerHour>,
    /// (planned − bound) / planned.
    pub gap: Option<f64>,
    /// Best packing found.
    pub ideal_usd_per_hour: UsdPerHour,
    /// (ideal − bound) / ideal.
    pub ideal_gap: Option<f64>,
    /// Today's fleet, where the file shows it.
    pub current_usd_per_hour: Option<UsdPerHour>,
    /// Where demand moves over the week, what its hours cost: `usd_per_hour` is their mean, and bound and ideal packing are
    /// means over the hours as well. Empty where one number of tasks is planned.
    pub periods: Vec<PeriodCost>,
}

/// What the hours of a part of the week cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeriodCost {
    /// Its name, or its hours of the week as inclusive ranges.
    pub name: String,
    /// How many hours of a week it has.
    pub hours_per_week: u64,
    /// The fleet in one of them.
    pub usd_per_hour: UsdPerHour,
}

impl PlanCost {
    /// Takes another fleet as the planned one. Cheaper than the best packing known, it is the best packing.
    pub fn set_realised(&mut self, total: UsdPerHour) {
        self.usd_per_hour = total;
        self.usd_per_month = total.usd_per_month().to_f64().unwrap_or(f64::NAN);
        self.ideal_usd_per_hour = self.ideal_usd_per_hour.min(total);
        let bound = self.bound_usd_per_hour;
        self.gap = bound.map(|bound| total.gap_to(bound));
        self.ideal_gap = bound.map(|bound| self.ideal_usd_per_hour.gap_to(bound));
    }
}

/// The cost of the whole plan with at most so many Auto Scaling groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OtherGroupCount {
    /// At most so many groups.
    pub groups: u64,
    /// What the plan would cost.
    pub usd_per_hour: UsdPerHour,
}
