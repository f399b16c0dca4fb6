//! What is no error in metric files and yet looks wrong: what all services are judged by, and columns that may be each other's.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::codes::{self, warning};
use super::{HOUR, Metrics, Series};
use crate::domain::text::visible_start;
use crate::io::Finding;

/// Hours without any row after which a few rows stand alone.
const ALONE_AFTER: i64 = 7 * 24;
/// So many hours of rows are few.
const FEW: usize = 24;
/// Part of a service's rows whose mean may be above their largest value: columns may come of queries over different times.
const MEANS_ABOVE: f64 = 0.05;
/// How far above.
const CLEARLY: f64 = 1.1;

/// Everything that looks wrong.
pub(super) fn of(metrics: &Metrics) -> Vec<Finding> {
    let means = (metrics.iter()).filter_map(|(service, series)| means_above(service, series));
    alone_at_the_end(metrics).into_iter().chain(means).collect()
}

/// A few hours of rows long after all others: whatever looks back from the end of the metrics looks back from them.
fn alone_at_the_end(metrics: &Metrics) -> Option<Finding> {
    let hours: BTreeSet<i64> = (metrics.values())
        .flat_map(|series| series.samples.iter())
        .map(|sample| sample.start.div_euclid(HOUR))
        .collect();
    let hours: Vec<i64> = hours.into_iter().collect();
    let at = (hours.windows(2)).rposition(|two| two[1] - two[0] > ALONE_AFTER)?;
    let (last, first) = (hours[at], hours[at + 1]);
    let (before, after) = (at + 1, hours.len() - at - 1);
    if after > FEW || before <= after {
        return None;
    }
    let (service, start) = metrics.iter().find_map(|(service, series)| {
        let sample =
            (series.samples.iter()).find(|sample| sample.start.div_euclid(HOUR) >= first)?;
        Some((service, sample.start))
    })?;
    let moment =
        Timestamp::from_second(start).map_or_else(|_| start.to_string(), |at| at.to_string());
    Some(warning(
        codes::ALONE,
        &format!("`{}`", visible_start(service, 60)),
        format!(
            "it has a row at {moment}, and no service has any in the {} days before",
            (first - last).div_euclid(24)
        ),
        "look at the timestamp: every service is judged on the weeks before the last row of all",
    ))
}

/// Rows whose mean is above their largest value, where they are many.
fn means_above(service: &str, series: &Series) -> Option<Finding> {
    let both =
        (series.samples.iter()).filter_map(|sample| Some((sample.cpu_max?, sample.cpu_avg?)));
    let (rows, above) = both.fold((0_usize, 0_usize), |(rows, above), (largest, mean)| {
        (rows + 1, above + usize::from(mean > CLEARLY * largest))
    });
    (above as f64 > MEANS_ABOVE * rows as f64).then(|| {
        warning(
            codes::MEANS,
            &format!("`{}`", visible_start(service, 60)),
            format!("cpu_units_avg is above cpu_units_max in {above} of {rows} rows"),
            "look whether the columns are the wrong way round: sizes are made for cpu_units_max",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rightsize::series::Sample;

    fn metrics(hours: &[i64], (largest, mean): (f64, f64)) -> Metrics {
        let samples = (hours.iter()).map(|at| Sample {
            start: at * HOUR,
            cpu_max: Some(largest),
            cpu_avg: Some(mean),
            ..Sample::default()
        });
        let samples = samples.collect();
        let period = HOUR;
        [("a".to_owned(), Series { period, samples })].into()
    }

    #[test]
    fn rows_long_after_all_others_are_doubted_and_a_service_that_came_back_is_not() {
        let mut hours: Vec<i64> = (0..500).collect();
        assert!(of(&metrics(&hours, (2.0, 1.0))).is_empty());
        hours.push(500 + 365 * 24);
        let found = of(&metrics(&hours, (2.0, 1.0)));
        assert_eq!(found.len(), 1);
        assert!(
            found[0].cause.contains("1971-01-21T20:00:00Z"),
            "{}",
            found[0].cause
        );
        hours.extend((1..50).map(|hour| 500 + 365 * 24 + hour));
        assert!(of(&metrics(&hours, (2.0, 1.0))).is_empty());
    }

    #[test]
    fn a_mean_above_the_largest_value_is_doubted() {
        let hours: Vec<i64> = (0..100).collect();
        let found = of(&metrics(&hours, (100.0, 200.0)));
        assert!(
            found[0].cause.contains("100 of 100 rows"),
            "{}",
            found[0].cause
        );
        assert!(of(&metrics(&hours, (100.0, 101.0))).is_empty());
    }
}
