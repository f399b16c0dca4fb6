//! How much may change at a time: on by default, so that a plan that turns a cluster over is looked at before it does.

use serde::{Deserialize, Serialize};

use super::step::Step;
use crate::domain::money::UsdPerHour;

/// Part of today's instances that may be taken away without being asked for, in percent, and how many at least.
const DEFAULT_PERCENT: u64 = 20;
const DEFAULT_LEAST: u64 = 2;

/// What may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Budget {
    /// Instances of today that may be taken away.
    pub instances: u64,
    /// By how much the bill may rise on the way; as much as it likes where it is `None`.
    pub usd_per_hour: Option<UsdPerHour>,
}

/// What goes beyond the budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excess {
    /// Instances of today that are taken away, and how many may be.
    Instances {
        /// They are.
        taken: u64,
        /// May be.
        allowed: u64,
    },
    /// The bill rises.
    Bill {
        /// So high, in a step.
        peak: UsdPerHour,
        /// It may be.
        allowed: UsdPerHour,
    },
    /// The bill may rise only so far, and it is not known how far it does: today's instances are not all priced.
    UnknownBill,
}

impl Budget {
    /// Of a cluster with so many instances, where the caller names no other number.
    #[must_use]
    pub fn new(
        instances_today: u64,
        instances: Option<u64>,
        usd_per_hour: Option<UsdPerHour>,
    ) -> Self {
        let part = (instances_today * DEFAULT_PERCENT).div_ceil(100);
        Self {
            instances: instances.unwrap_or(part.max(DEFAULT_LEAST)),
            usd_per_hour,
        }
    }

    /// The same with what the caller allows now in place of what was allowed before.
    #[must_use]
    pub fn or(self, instances: Option<u64>, usd_per_hour: Option<UsdPerHour>) -> Self {
        Self {
            instances: instances.unwrap_or(self.instances),
            usd_per_hour: usd_per_hour.or(self.usd_per_hour),
        }
    }

    /// What of the steps goes beyond it.
    #[must_use]
    pub fn excess(&self, today: Option<UsdPerHour>, steps: &[Step]) -> Vec<Excess> {
        let mut excess = Vec::new();
        let taken: u64 = steps.iter().map(|step| step.instances).sum();
        if taken > self.instances {
            excess.push(Excess::Instances {
                taken,
                allowed: self.instances,
            });
        }
        let Some(rise) = self.usd_per_hour.filter(|_| !steps.is_empty()) else {
            return excess;
        };
        let peak: Option<UsdPerHour> = (steps.iter())
            .map(|step| step.bill)
            .try_fold(UsdPerHour::ZERO, |peak, bill| Some(peak.max(bill?)));
        match (today, peak) {
            (Some(today), Some(peak)) => {
                let allowed = today + rise;
                if peak > allowed {
                    excess.push(Excess::Bill { peak, allowed });
                }
            }
            _ => excess.push(Excess::UnknownBill),
        }
        excess
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::fixture;
    use crate::apply::step::{Drain, Work};

    fn step(instances: u64, bill: &str) -> Step {
        Step {
            bill: bill.parse().ok(),
            instances,
            ..fixture::step(Work::Drain(Drain::all("p", "g")))
        }
    }

    #[test]
    fn a_fifth_of_the_instances_but_at_least_two() {
        assert_eq!(Budget::new(40, None, None).instances, 8);
        assert_eq!(Budget::new(3, None, None).instances, 2);
        assert_eq!(Budget::new(3, Some(0), None).instances, 0);
    }

    #[test]
    fn both_limits_are_said_at_once_and_an_unknown_bill_is_not_taken_for_none() {
        let today = "1.0".parse().ok();
        let budget = Budget::new(5, None, "0.5".parse().ok());
        let steps = [step(2, "1.6"), step(1, "0.7")];
        assert_eq!(budget.excess(today, &steps).len(), 2);
        assert_eq!(budget.excess(today, &steps[1..]), []);
        assert_eq!(budget.excess(None, &steps[1..]), [Excess::UnknownBill]);
        assert_eq!(budget.excess(today, &[step(0, "?")]), [Excess::UnknownBill]);
    }
}
