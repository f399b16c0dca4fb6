//! What the shape of use says beside the size: bursts, idleness, peaks at the start of tasks.
//!
//! - burst: hours in which the busiest task takes more than 5 times the mean, in under 5 % of hours;
//! - idle: p99 of the hourly maxima under 2 % of the size;
//! - start peak: the largest maximum of the hours that start tasks is 1.25 times the largest of the others or more.

use crate::domain::quantity::CpuUnits;

use super::statistics::{mean, quantile, sorted};
use super::window::Window;

const BURST: (f64, f64) = (5.0, 0.05);
const IDLE: (f64, f64) = (0.99, 0.02);
const START: f64 = 1.25;

/// Whether few hours are far above the mean.
pub(super) fn bursts(window: &Window) -> bool {
    let measured: Vec<f64> = window.hours.iter().filter_map(|hour| hour.cpu).collect();
    let means: Vec<f64> = (window.hours.iter())
        .filter_map(|hour| hour.cpu_mean.or(hour.cpu))
        .collect();
    let level = mean(&means);
    let high = (measured.iter())
        .filter(|cpu| **cpu > BURST.0 * level)
        .count();
    high > 0 && (high as f64) < BURST.1 * measured.len() as f64
}

/// Whether next to nothing is used.
pub(super) fn is_idle(window: &Window, today: CpuUnits) -> bool {
    let measured = sorted(window.hours.iter().filter_map(|hour| hour.cpu));
    !measured.is_empty()
        && today > CpuUnits::ZERO
        && quantile(&measured, IDLE.0) < IDLE.1 * today.get() as f64
}

/// The largest use of an hour that starts tasks, where it stands out.
pub(super) fn start_peak(window: &Window) -> Option<f64> {
    let largest = |starts: bool| {
        let of = window
            .hours
            .iter()
            .filter(move |hour| hour.is_start == starts);
        of.filter_map(|hour| hour.cpu).reduce(f64::max)
    };
    let peak = largest(true)?;
    (peak >= START * largest(false)?).then_some(peak)
}
