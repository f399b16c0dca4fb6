//! Whether there is enough to say anything.
//!
//! Days and hours are those measured. A size is proposed from 7 days, 72 hours, half of the hours between the first and the last, and
//! n ≥ 1/ε − 1 of them, so that the k-th smallest hourly maximum exists that a new hour exceeds with probability at most ε. Cutting memory
//! asks for 14 days and both days of a weekend: what a week's end holds back kills a task on Monday.

use super::window::{DAY, Hour, Window};

/// Fewest days.
pub const LEAST_DAYS: u64 = 7;
/// Fewest hours.
pub const LEAST_HOURS: u64 = 72;
/// Fewest days for a cut of memory.
pub const LEAST_DAYS_TO_CUT_MEMORY: u64 = 14;

/// How much was measured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Days with half of their hours measured.
    pub days: u64,
    /// Measured hours.
    pub hours: u64,
    /// Hours from the first measured one to the end of all series.
    pub span: u64,
    /// Whether a Saturday and a Sunday (UTC) are among them.
    pub has_weekend: bool,
}

impl Evidence {
    /// Of what `value` gives for the hours of a window.
    pub(super) fn of(window: &Window, value: impl Fn(&Hour) -> Option<f64> + Copy) -> Self {
        if window.is_coarse {
            return Self::default();
        }
        let measured: Vec<&Hour> = (window.hours.iter())
            .filter(|hour| value(hour).is_some())
            .collect();
        let span = measured.first().map_or(0, |first| window.end - first.at);
        let has = |day: i64| measured.iter().any(|hour| weekday(hour.at) == day);
        Self {
            days: window.days(value).len() as u64,
            hours: measured.len() as u64,
            span: span.unsigned_abs(),
            has_weekend: has(SATURDAY) && has(SUNDAY),
        }
    }

    /// Whether a size can be proposed whose level asks for so many hours.
    pub(super) const fn is_enough(&self, hours: u64) -> bool {
        self.days >= LEAST_DAYS
            && self.hours >= LEAST_HOURS
            && 2 * self.hours >= self.span
            && self.hours >= hours
    }

    /// Whether memory may be cut.
    pub(super) const fn lets_memory_be_cut(&self) -> bool {
        self.days >= LEAST_DAYS_TO_CUT_MEMORY && self.has_weekend
    }
}

const SATURDAY: i64 = 5;
const SUNDAY: i64 = 6;

/// Day of the week in UTC, 0 for Monday: 1970-01-01 was a Thursday.
fn weekday(hour: i64) -> i64 {
    (hour.div_euclid(DAY) + 3).rem_euclid(7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_the_week_are_utcs() {
        // 2026-03-07 was a Saturday.
        assert_eq!(weekday(1_772_841_600 / 3_600), SATURDAY);
        assert_eq!(weekday(1_772_841_600 / 3_600 + 24), SUNDAY);
        assert_eq!(weekday(1_772_841_600 / 3_600 - 1), 4);
    }
}
