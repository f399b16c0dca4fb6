//! What can be said of a size, and under which condition.
//!
//! - Hours: the size is at least the k-th smallest of n hourly maxima, k fixed beforehand: a new hour exceeds it with probability at most
//!   1 − k / (n + 1), where hours are exchangeable. Hours of one day are not; so the day is the block:
//! - Days: d of the maxima of D days exceed the size: (d + 1) / (D + 1) of days do at most, where days are exchangeable.
//!
//! Source: order statistics of exchangeable values. No distribution is assumed; "if the coming weeks are like those measured" is.

use super::cpu;
use super::window::{Hour, Window};

/// Bounds on how often a size is exceeded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Guarantee {
    /// Share of hours, at most.
    pub hours: f64,
    /// Share of days with an hour above, at most.
    pub days: f64,
    /// Days that it rests on.
    pub measured_days: u64,
}

/// The bounds of a size that is at least the order statistic of level `exceeded` of what `value` gives; `None` without a whole day.
pub(super) fn of(
    window: &Window,
    size: f64,
    exceeded: f64,
    value: impl Fn(&Hour) -> Option<f64> + Copy,
) -> Option<Guarantee> {
    let hours = window
        .hours
        .iter()
        .filter(|hour| value(hour).is_some())
        .count();
    let days = window.peaks(value);
    if days.is_empty() {
        return None;
    }
    let above = days.iter().filter(|(_, peak)| *peak > size).count();
    Some(Guarantee {
        hours: 1.0 - cpu::rank(hours, exceeded) as f64 / (hours as f64 + 1.0),
        days: (above as f64 + 1.0) / (days.len() as f64 + 1.0),
        measured_days: days.len() as u64,
    })
}
