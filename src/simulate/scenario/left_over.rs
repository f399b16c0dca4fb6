//! What a fleet has more of some time after an event than before it: instances that growth, rollouts and replacements launched
//! and that nothing takes away, since spreading leaves none of them empty.

use crate::domain::money::UsdPerHour;
use crate::simulate::trace::Trace;

use super::EVENT_MINUTE;

/// Instances beyond those before the event, and what they cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeftOver {
    /// Instances more.
    pub instances: u64,
    /// What an hour of the fleet costs more, in USD.
    pub usd_per_hour: UsdPerHour,
}

impl LeftOver {
    /// At the end of a minute of the trace, or of its last one; nothing where the fleet is not larger.
    #[must_use]
    pub fn at(trace: &Trace, minute: u64) -> Self {
        let at = |minute: u64| trace.minutes.iter().rfind(|known| known.minute <= minute);
        let (Some(before), Some(then)) = (at(EVENT_MINUTE - 1), at(minute)) else {
            return Self::default();
        };
        let usd_per_hour = if then.usd_per_hour > before.usd_per_hour {
            then.usd_per_hour - before.usd_per_hour
        } else {
            UsdPerHour::ZERO
        };
        Self {
            instances: then.instances().saturating_sub(before.instances()),
            usd_per_hour,
        }
    }

    /// The larger number and the larger cost of two.
    #[must_use]
    pub fn most(self, other: Self) -> Self {
        Self {
            instances: self.instances.max(other.instances),
            usd_per_hour: self.usd_per_hour.max(other.usd_per_hour),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::capacity::Capacity;
    use crate::simulate::trace::{InstanceCount, Minute};

    fn trace(rows: &[(u64, &str)]) -> Trace {
        let minutes = rows.iter().zip(0..).map(|(&(count, usd), minute)| Minute {
            minute,
            instances: vec![InstanceCount {
                provider: None,
                instance_type: 0,
                zone: None,
                purchase_option: Capacity::OnDemand,
                count,
            }],
            usd_per_hour: usd.parse().expect("an amount"),
            ..Minute::default()
        });
        Trace {
            minutes: minutes.collect(),
            ..Trace::default()
        }
    }

    #[test]
    fn what_is_more_is_counted_from_the_minute_before_the_event() {
        let rows = [
            (9, "9"),
            (9, "9"),
            (9, "9"),
            (9, "9"),
            (2, "0.2"),
            (3, "0.35"),
            (1, "0.5"),
        ];
        let trace = trace(&rows);
        let after = |instances, usd: &str| LeftOver {
            instances,
            usd_per_hour: usd.parse().expect("an amount"),
        };
        assert_eq!(LeftOver::at(&trace, 5), after(1, "0.15"));
        // Fewer and dearer ones cost more; the last minute stands for those after it.
        assert_eq!(LeftOver::at(&trace, 100), after(0, "0.3"));
        assert_eq!(after(1, "0.15").most(after(0, "0.3")), after(1, "0.3"));
        assert_eq!(LeftOver::at(&Trace::default(), 5), LeftOver::default());
    }
}
