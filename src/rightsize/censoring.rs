//! Use at a hard cap says "at least this much" and nothing more.
//!
//! Where more than 2 % of hours reach 95 % of the cap that was in force, the need is not known: the size is never cut, and the next one up
//! is proposed, 1.25 times at least. Hours under a smaller cap than today's say nothing of today's once three days were measured under it.

use crate::domain::quantity::CpuUnits;

use super::window::Window;

/// Part of a cap from which an hour is at it.
pub(super) const AT_CAP: f64 = 0.95;
/// Share of hours at the cap that is still no throttling.
pub(super) const SHARE: f64 = 0.02;
/// Hours under today's cap after which earlier, smaller ones say nothing more.
const ENOUGH: usize = 72;
/// Use above the size by so much shows that the size is no cap.
const NO_CAP: f64 = 1.05;
/// Least growth where the need is not known.
pub(super) const LEAST_GROWTH: f64 = 1.25;
/// Hours from which a service without further evidence counts as saturated.
const LEAST_HOURS: usize = 24;

/// Whether a hard cap holds the service down.
pub(super) fn is_throttled(window: &Window, today: CpuUnits) -> bool {
    let use_and_cap: Vec<(f64, u64)> = (window.hours.iter())
        .filter_map(|hour| Some((hour.cpu?, hour.reserved_cpu.unwrap_or(today).get())))
        .filter(|(_, cap)| *cap > 0)
        .collect();
    let of_today: Vec<(f64, u64)> = (use_and_cap.iter())
        .filter(|(_, cap)| *cap >= today.get())
        .copied()
        .collect();
    let counted = if of_today.len() >= ENOUGH {
        of_today
    } else {
        use_and_cap
    };
    let at_cap = (counted.iter())
        .filter(|(cpu, cap)| *cpu >= AT_CAP * *cap as f64)
        .count();
    counted.len() >= LEAST_HOURS && at_cap as f64 > SHARE * counted.len() as f64
}

/// Whether use shows that the size caps nothing.
pub(super) fn shows_no_cap(window: &Window, today: CpuUnits) -> bool {
    window.hours.iter().any(|hour| {
        let cap = hour.reserved_cpu.unwrap_or(today).get() as f64;
        hour.cpu.is_some_and(|cpu| cap > 0.0 && cpu > NO_CAP * cap)
    })
}
