//! The level of a service's CPU that answers to what happened: a service whose sizes were exceeded more often than they should is sized
//! more carefully, whatever its use is like.
//!
//! ```text
//! a₁ = ε          aₜ₊₁ = min(ε + 0.02, aₜ + γ · (ε − errₜ))          γ = 0.2          level = min(aₜ, ε)
//! ```
//!
//! so that ten days without an hour above are credit for a later one, and rare spikes move nothing; but no size is made for more than ε.
//! errₜ = share of the hours of day t in which the busiest task took more than the run before asked for. The size of a level above 0 is the
//! order statistic of that level (`cpu`), and of one at or below 0 it is 1.25 times the largest hour of the window.
//!
//! Source: Gibbs and Candès, Adaptive Conformal Inference Under Distribution Shift (2021), here of one side: what is above
//! ε is credit only. By its recursion Σ err ≤ T·ε + (a₁ − a) / γ with the last a, and a level at or below 0 that is not exceeded rises, so that a ≥ −γ(1 − ε):
//!
//! ```text
//! mean err − ε ≤ (a₁ + γ) / (γ · T)           for any series that the size of a level at or below 0 holds
//! ```

use super::past::{Earlier, Found};
use super::window::{DAY, Window};

/// γ.
pub(super) const RATE: f64 = 0.2;
/// Most that a level is above ε, as credit.
const CREDIT: f64 = 0.02;
/// What the largest hour is multiplied with at a level of 0 or less.
pub(super) const BEYOND: f64 = 1.25;
/// Hours of a day that make its share one.
const LEAST_HOURS: usize = 12;

/// The level after days with these shares of exceeded hours.
pub(super) fn after(level: f64, target: f64, shares: impl IntoIterator<Item = f64>) -> f64 {
    (shares.into_iter()).fold(level, |level, share| {
        (level + RATE * (target - share)).min(target + CREDIT)
    })
}

/// The level of this run: that of the run before, and what the days since say. Days are whole and counted back from the end; a run within a
/// day of the one before leaves the level as it is.
pub(super) fn level(window: &Window, target: f64, last: Option<(&Earlier, &Found)>) -> f64 {
    let Some((run, found)) = last else {
        return target;
    };
    let Some(level) = found.level else {
        return target;
    };
    let since = run.metrics_end.div_euclid(super::series::HOUR);
    let days = (window.end - since).div_euclid(DAY).clamp(0, 7);
    let size = found.wanted.cpu.get() as f64;
    let shares = (0..days).rev().filter_map(|ago| {
        let last = window.end - ago * DAY;
        let hours: Vec<f64> = (window.hours.iter())
            .filter(|hour| (last - DAY..last).contains(&hour.at))
            .filter_map(|hour| hour.cpu)
            .collect();
        let above = hours.iter().filter(|cpu| **cpu > size).count();
        (hours.len() >= LEAST_HOURS).then(|| above as f64 / hours.len() as f64)
    });
    after(level, target, shares)
}

#[cfg(test)]
mod tests {
    use super::*;

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
