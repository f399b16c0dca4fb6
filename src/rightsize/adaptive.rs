//! The level of a service's CPU that answers to what happened: a service whose sizes were exceeded more often than they should is sized
//! more carefully, whatever its use is like.
//!
//! ```text
//! a₁ = ε          aₜ₊₁ = min(ε + 0.02, aₜ + γ · (ε − errₜ))          γ = 0.2          level = min(aₜ, ε)
//! ```
//!
//! so that ten days without an hour above are credit for a later one, and rare spikes move nothing; but no size is made for more than ε.
//! errₜ = share of the hours of day t in which the busiest task took more than the run before asked for, or was held at it: under a hard cap
//! of that size nothing is ever above. The size of a level above 0 is the
//! order statistic of that level (`cpu`), and of one at or below 0 it is 1.25 times the largest hour of the window.
//!
//! Source: Gibbs and Candès, Adaptive Conformal Inference Under Distribution Shift (2021), here of one side: what is above
//! ε is credit only. By its recursion Σ err ≤ T·ε + (a₁ − a) / γ with the last a, and a level at or below 0 that is not exceeded rises, so that a ≥ −γ(1 − ε):
//!
//! ```text
//! mean err − ε ≤ (a₁ + γ) / (γ · T)           for any series that the size of a level at or below 0 holds
//! ```

use super::past::{Earlier, Found};
use super::window::{DAY, Hour, Window};

/// γ.
pub(super) const RATE: f64 = 0.2;
/// Most that a level is above ε, as credit.
const CREDIT: f64 = 0.02;
/// What the largest hour is multiplied with at a level of 0 or less.
pub(super) const BEYOND: f64 = 1.25;
/// Hours of a day that make its share one.
const LEAST_HOURS: usize = 12;
/// Part of a hard cap from which use is held at it.
const HELD: f64 = 0.99;
/// Days that a run looks back at.
const MOST_DAYS: i64 = 7;

/// The level after days with these shares of exceeded hours.
pub(super) fn after(level: f64, target: f64, shares: impl IntoIterator<Item = f64>) -> f64 {
    (shares.into_iter()).fold(level, |level, share| {
        (level + RATE * (target - share)).min(target + CREDIT)
    })
}

/// The level of this run: that of the newest run a day ago or earlier, and what the days since say. Whoever runs more often than daily has
/// chains of runs a day apart, each of which counts every hour once. Days are whole and counted back from the end, the earliest takes what
/// is over; beyond a week only the last one counts.
pub(super) fn level<'a>(
    window: &Window,
    (target, is_capped): (f64, bool),
    runs: impl Iterator<Item = (&'a Earlier, &'a Found)>,
) -> f64 {
    let hours_since = |run: &Earlier| window.end - run.metrics_end.div_euclid(super::series::HOUR);
    let runs: Vec<_> = runs.collect();
    let a_day_ago = (runs.iter()).position(|(run, _)| hours_since(run) >= DAY);
    let earlier = &runs[a_day_ago.unwrap_or(runs.len().saturating_sub(1))..];
    let Some((run, found)) = earlier.first() else {
        return target;
    };
    let Some(level) = found.level else {
        // What the rules did not size says nothing of them: what was known before stays.
        let known = earlier.iter().find_map(|(_, found)| found.level);
        return known.unwrap_or(target);
    };
    let hours = hours_since(run).clamp(0, (MOST_DAYS + 1) * DAY - 1);
    let days = hours.div_euclid(DAY);
    let size = found.wanted.cpu;
    let is_above = |hour: &Hour, cpu: f64| {
        let is_held = is_capped && hour.reserved_cpu == Some(size);
        let most = size.get() as f64 * if is_held { HELD } else { 1.0 };
        cpu > most
    };
    let shares = (0..days).rev().filter_map(|ago| {
        let last = window.end - ago * DAY;
        let first = if ago == days - 1 {
            window.end - hours
        } else {
            last - DAY
        };
        let hours: Vec<bool> = (window.hours.iter())
            .filter(|hour| (first..last).contains(&hour.at))
            .filter_map(|hour| Some(is_above(hour, hour.cpu?)))
            .collect();
        let above = hours.iter().filter(|is_above| **is_above).count();
        (hours.len() >= LEAST_HOURS).then(|| above as f64 / hours.len() as f64)
    });
    after(level, target, shares)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::domain::quantity::{CpuUnits, MemoryMib};
    use crate::rightsize::grid::Size;
    use crate::rightsize::past::Past;
    use crate::rightsize::series::{HOUR, Sample, Series};

    /// Who exceeds every hour of a day whenever the size can be exceeded at all.
    #[test]
    fn the_bound_holds_to_the_last_digit_against_an_adversary() {
        for target in [0.01, 0.05] {
            let (mut level, mut missed) = (target, 0.0);
            for days in 1..=20_000_u32 {
                let share = if level > 0.0 { 1.0 } else { 0.0 };
                missed += share;
                level = after(level, target, [share]);
                assert!(level >= -RATE * (1.0 - target) - 1e-9, "{level}");
                let (mean, days) = (missed / f64::from(days), f64::from(days));
                let bound = (target + RATE) / (RATE * days);
                assert!(mean - target <= bound + 1e-9, "{days}: {mean} {bound}");
            }
            // And it is not met by never being exceeded: the adversary gets what the bound leaves.
            assert!(missed / 20_000.0 > 0.9 * target, "{missed}");
        }
    }

    /// Runs at hours, each of which wanted 512 CPU units, under a cap of that.
    fn past(ends: &[i64]) -> Past {
        let size = Size {
            cpu: CpuUnits::new(512),
            memory: MemoryMib::new(1_024),
        };
        let found = Found {
            today: size,
            wanted: size,
            proposed: size,
            wants_counts: false,
            level: Some(0.01),
        };
        let run = |end: &i64| Earlier {
            run: *end,
            metrics_end: end * HOUR,
            services: [("a".to_owned(), found)].into(),
        };
        Past {
            runs: ends.iter().map(run).collect(),
            changes: BTreeMap::new(),
        }
    }

    #[test]
    fn every_hour_counts_however_often_somebody_runs_and_what_a_cap_holds_is_above() {
        let held = |from: i64, to: i64| {
            let samples = (0..200).map(|at| Sample {
                start: at * HOUR,
                cpu_max: Some(if (from..to).contains(&at) {
                    512.0
                } else {
                    100.0
                }),
                reserved_cpu: Some(CpuUnits::new(512)),
                ..Sample::default()
            });
            let samples = samples.collect();
            let period = HOUR;
            Window::of(&Series { period, samples }, 200)
        };
        let of = |window: &Window, capped, ends: &[i64]| {
            level(window, (0.01, capped), past(ends).of("a"))
        };
        let window = held(177, 183);
        let after_a_day = after(0.01, 0.01, [6.0 / 24.0]);
        assert!((of(&window, true, &[176, 152]) - after_a_day).abs() < 1e-12);
        // Whoever ran in between hides nothing, and neither does a night an hour early.
        assert!((of(&window, true, &[196, 190, 176]) - after_a_day).abs() < 1e-12);
        let of_47_hours = after(0.01, 0.01, [6.0 / 47.0]);
        assert!((of(&window, true, &[177, 153]) - of_47_hours).abs() < 1e-12);
        // Use of exactly a share is not above it.
        assert!(of(&window, false, &[176]) > 0.01);
    }

    #[test]
    fn quiet_days_bring_a_level_back_and_no_further() {
        let low = after(0.01, 0.01, [2.0 / 24.0]);
        assert!(low < 0.0);
        let back = after(low, 0.01, std::iter::repeat_n(0.0, 7));
        assert!(back > 0.0 && back <= 0.01, "{back}");
        let level = after(low, 0.01, std::iter::repeat_n(0.0, 100));
        assert!((level - 0.01 - CREDIT).abs() < 1e-12);
        // An hour in nine days is less than 1 % of them, and never moves the size.
        let spikes = (0..200).map(|day| f64::from(u8::from(day % 9 == 0)) / 24.0);
        let levels = spikes.scan(0.01 + CREDIT, |level, share| {
            *level = after(*level, 0.01, [share]);
            Some(*level)
        });
        assert!(
            levels
                .min_by(f64::total_cmp)
                .is_some_and(|least| least > 0.01)
        );
    }
}
