//! A task that takes more memory every day.
//!
//! Least squares through the daily peaks of at least 10 days, those since tasks were last started where they are enough: r² > 0.8 and a rise
//! of more than 1 % of the mean a day is a leak. It is never cut, and sized for what it reaches in 14 days.

use super::statistics::{Line, mean};
use super::window::Window;

/// Of a week alone a line through chance explains so much once in three hundred nights.
const LEAST_DAYS: usize = 10;
const LEAST_EXPLAINED: f64 = 0.8;
const LEAST_RISE: f64 = 0.01;
/// Days ahead that are sized for.
const AHEAD: f64 = 14.0;

/// MiB that a leak reaches in 14 days; `None` where there is none.
pub(super) fn reach(window: &Window) -> Option<f64> {
    let started = window
        .hours
        .iter()
        .rev()
        .find(|hour| hour.is_start)
        .map(|hour| hour.at);
    let since_start = started
        .map(|at| window.since(at))
        .and_then(|since| of_days(&since));
    since_start.or_else(|| of_days(window))
}

fn of_days(window: &Window) -> Option<f64> {
    let peaks = window.peaks(|hour| hour.memory);
    if peaks.len() < LEAST_DAYS {
        return None;
    }
    let points: Vec<(f64, f64)> = (peaks.iter())
        .map(|(ago, peak)| (-(*ago as f64), *peak))
        .collect();
    let line = Line::through(&points)?;
    let values: Vec<f64> = peaks.iter().map(|day| day.1).collect();
    let rises = line.slope > LEAST_RISE * mean(&values);
    (line.explained > LEAST_EXPLAINED && rises).then(|| line.at(AHEAD))
}
