//! Memory that a runtime takes at its start and keeps: a Java heap, a database's cache.
//!
//! Hourly maxima that differ by less than 3 % of their mean (standard deviation) and lie above 80 % of the size in force: what is used is
//! what was given. It says nothing of the need, so that the size stays. Hours that start tasks, and the one after, are left out.

use crate::domain::quantity::MemoryMib;

use super::statistics::{deviation, mean};
use super::window::Window;

const MOST_SPREAD: f64 = 0.03;
const LEAST_PART: f64 = 0.8;
const LEAST_HOURS: usize = 72;

/// Whether memory is taken once and kept.
pub(super) fn is_taken_at_start(window: &Window, today: MemoryMib) -> bool {
    let starts: Vec<i64> = (window.hours.iter())
        .filter(|hour| hour.is_start)
        .map(|hour| hour.at)
        .collect();
    let is_warm = |at: i64| {
        !starts
            .iter()
            .any(|start| (*start..=start + 1).contains(&at))
    };
    let parts = window
        .hours
        .iter()
        .filter(|hour| is_warm(hour.at))
        .filter_map(|hour| {
            let size = hour.reserved_memory.unwrap_or(today).get() as f64;
            (size > 0.0).then_some((hour.memory?, size))
        });
    let (used, sizes): (Vec<f64>, Vec<f64>) = parts.unzip();
    let centre = mean(&used);
    used.len() >= LEAST_HOURS
        && deviation(&used) < MOST_SPREAD * centre
        && centre > LEAST_PART * mean(&sizes)
}
