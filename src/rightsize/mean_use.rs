//! CPU that a task uses in the mean: what burstable types charge for.
//!
//! ```text
//! mean use = Σ_h (CPU of a task in the mean × tasks) / Σ_h tasks,   h = measured hours of the last week
//! ```
//! Credits that an instance earns while it is idle pay for what it uses within a day, so that the mean counts and no peak. A day of
//! measured hours is the least; with fewer nothing is said, and what tasks reserve counts.

use std::collections::BTreeMap;

use crate::domain::quantity::CpuUnits;

use super::series::{Metrics, Series};
use super::window::{DAY, WEEK, Window, end_of};

/// Mean use of a task of each service that was measured long enough, in whole CPU units.
#[must_use]
pub fn mean_use(metrics: &Metrics) -> BTreeMap<String, CpuUnits> {
    let end = end_of(metrics.values());
    (metrics.iter())
        .filter_map(|(service, series)| Some((service.clone(), of_series(series, end)?)))
        .collect()
}

fn of_series(series: &Series, end: i64) -> Option<CpuUnits> {
    let window = Window::of(series, end);
    let hours: Vec<(f64, f64)> = (window.last(WEEK))
        .filter_map(|hour| Some((hour.cpu_mean?, hour.tasks.unwrap_or(1.0))))
        .filter(|(_, tasks)| *tasks > 0.0)
        .collect();
    if i64::try_from(hours.len()).is_ok_and(|measured| measured < DAY) {
        return None;
    }
    let tasks: f64 = hours.iter().map(|(_, tasks)| tasks).sum();
    let used: f64 = hours.iter().map(|(mean, tasks)| mean * tasks).sum();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a mean of what columns of metrics may hold, not negative"
    )]
    let units = (used / tasks).round() as u64;
    Some(CpuUnits::new(units))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rightsize::series::{HOUR, Sample};

    fn measured(hours: i64, use_of: impl Fn(i64) -> (f64, f64)) -> Option<u64> {
        let samples = (0..hours).map(|hour| {
            let (cpu, tasks) = use_of(hour);
            Sample {
                start: hour * HOUR,
                cpu_avg: Some(cpu),
                cpu_max: Some(2.0 * cpu),
                tasks: Some(tasks),
                ..Sample::default()
            }
        });
        let series = Series {
            period: HOUR,
            samples: samples.collect(),
        };
        let metrics = Metrics::from([("a".to_owned(), series)]);
        mean_use(&metrics).get("a").map(|cpu| cpu.get())
    }

    #[test]
    fn the_last_week_counts_by_its_tasks_and_less_than_a_day_says_nothing() {
        // One task of 100 for an hour, three of 200 for the next.
        let by_turns = |hour: i64| {
            if hour % 2 == 0 {
                (100.0, 1.0)
            } else {
                (200.0, 3.0)
            }
        };
        assert_eq!(measured(48, by_turns), Some(175));
        assert_eq!(measured(23, by_turns), None);
        // What was before the last week is not asked about.
        assert_eq!(
            measured(WEEK + 100, |hour| (
                if hour < 100 { 900.0 } else { 50.0 },
                2.0
            )),
            Some(50)
        );
    }
}
