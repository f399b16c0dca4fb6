//! Tasks that were killed for their memory.
//!
//! A kill at limit ℓ asks for max(1.25 ℓ, ℓ + 100 MiB); a second one at that limit within 14 days for 2 ℓ at least. No cut below ℓ for 63
//! days. ℓ is the size in force in that hour, today's where the series does not say. Kills of one hour are one.

use crate::domain::quantity::MemoryMib;

use super::window::{DAY, Window};

/// Least step after a kill.
const STEP: (f64, f64) = (1.25, 100.0);
/// What a second kill multiplies the limit with.
const SECOND: f64 = 2.0;
/// Days within which a second kill counts as one.
const SOON: i64 = 14 * DAY;

/// What kills of a window ask for.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Kills {
    /// Hours with one.
    pub hours: u64,
    /// Least size, in MiB; 0 without kills.
    pub need: f64,
    /// Largest limit at which one was killed: no cut below.
    pub limit: u64,
}

/// The kills of a window, which reaches back 63 days at most.
pub(super) fn of(window: &Window, today: MemoryMib) -> Kills {
    let kills: Vec<(i64, u64)> = (window.hours.iter())
        .filter(|hour| hour.oom_kills > 0)
        .map(|hour| (hour.at, hour.reserved_memory.unwrap_or(today).get()))
        .collect();
    let mut found = Kills::default();
    for (index, (at, limit)) in kills.iter().enumerate() {
        let is_second =
            (kills[..index].iter()).any(|(earlier, of)| at - earlier <= SOON && of == limit);
        let size = *limit as f64;
        let once = (size * STEP.0).max(size + STEP.1);
        let need = if is_second {
            once.max(size * SECOND)
        } else {
            once
        };
        found.hours += 1;
        found.need = found.need.max(need);
        found.limit = found.limit.max(*limit);
    }
    found
}
