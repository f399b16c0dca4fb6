//! The metric `CapacityProviderReservation`, as an exact fraction of percent.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::ManagedScaling;
use super::calculate::Calculation;
use crate::simulate::choices::{
    BlockedMetric, Choices, DesiredRounding, FromZero, NeededBase, ScaleInMetric, StepRule,
};

/// What managed scaling sees of a group in one minute.
#[derive(Debug, Clone, Copy)]
pub struct GroupState<'a> {
    /// `N`: instances present.
    pub instances: u64,
    /// Those that run a task other than a daemon's.
    pub non_empty: u64,
    /// The calculation for the waiting tasks; `None` when none waits.
    pub waiting: Option<&'a Calculation>,
    /// Whether the group has more than one instance type or zone.
    pub several_types_or_zones: bool,
}

/// The value of the metric, in percent: `numerator / denominator`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reservation {
    numerator: u128,
    denominator: u128,
}

impl Reservation {
    /// The metric of one minute.
    #[must_use]
    pub fn of(state: &GroupState<'_>, settings: &ManagedScaling, choices: &Choices) -> Self {
        match state.waiting {
            None => Self::without_waiting(state, choices),
            Some(calculation) if calculation.is_blocked() => {
                Self::percent_value(match choices.blocked_metric {
                    BlockedMetric::Target => settings.target_capacity(),
                    BlockedMetric::Hundred => 100,
                })
            }
            Some(calculation) => Self::with_waiting(state, calculation, settings, choices),
        }
    }

    fn without_waiting(state: &GroupState<'_>, choices: &Choices) -> Self {
        let empty = state.instances.saturating_sub(state.non_empty);
        match choices.scale_in_metric {
            _ if state.instances == 0 => Self::percent_value(100),
            ScaleInMetric::Ratio => Self::ratio(state.non_empty, state.instances),
            ScaleInMetric::HundredMinusEmpty => Self::percent_value(100_u64.saturating_sub(empty)),
        }
    }

    fn with_waiting(
        state: &GroupState<'_>,
        calculation: &Calculation,
        settings: &ManagedScaling,
        choices: &Choices,
    ) -> Self {
        let legacy = choices.step_rule == StepRule::Legacy && state.several_types_or_zones;
        let step = if legacy {
            settings.minimum_step()
        } else {
            settings.step(calculation.instances)
        };
        if state.instances == 0 {
            return match choices.from_zero {
                FromZero::TwoHundred => Self::percent_value(200),
                FromZero::Calculated => Self::ratio(step, 1),
            };
        }
        let base = match choices.needed_base {
            NeededBase::Present => state.instances,
            NeededBase::NonEmpty => state.non_empty,
        };
        Self::ratio(base + step, state.instances)
    }

    fn ratio(needed: u64, present: u64) -> Self {
        Self {
            numerator: 100 * u128::from(needed),
            denominator: u128::from(present),
        }
    }

    fn percent_value(percent: u64) -> Self {
        Self {
            numerator: u128::from(percent),
            denominator: 1,
        }
    }

    /// How the metric compares with a target in percent.
    #[must_use]
    pub fn compare(&self, target: u64) -> Ordering {
        self.numerator.cmp(&(u128::from(target) * self.denominator))
    }

    /// The capacity at which target tracking would bring the metric to `target`, from `instances` present.
    /// No instance counts as one, or the metric of an empty group could never raise it.
    #[must_use]
    pub fn desired(&self, instances: u64, target: u64, rounding: DesiredRounding) -> u64 {
        let above = u128::from(instances.max(1)) * self.numerator;
        let below = u128::from(target) * self.denominator;
        let rounded = match rounding {
            DesiredRounding::Up => above.div_ceil(below),
            DesiredRounding::Nearest => (2 * above + below) / (2 * below),
        };
        u64::try_from(rounded).unwrap_or(u64::MAX)
    }

    /// In percent, rounded half-even to four decimals.
    #[must_use]
    pub fn percent(&self) -> Decimal {
        let whole = |value: u128| Decimal::from(u64::try_from(value).unwrap_or(u64::MAX));
        (whole(self.numerator) / whole(self.denominator))
            .round_dp(4)
            .normalize()
    }
}
