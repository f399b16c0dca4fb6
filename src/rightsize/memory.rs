//! Memory that a task needs: its peak and a margin, since what has no memory is killed.
//!
//! P = largest use of the window, m = clip(1.5 · sd / mean of the daily peaks, 10 %, 50 %), at least 15 % under 14 days.
//!
//! ```text
//! need = max(P · (1 + m), what kills for memory ask for, what a leak reaches in 14 days)
//! ```
//!
//! A percentile is no rule for memory: one moment above the limit ends the task. Day bound: the largest of n daily peaks is exceeded on a
//! new day with probability at most 1 / (n + 1) where days are exchangeable; the margin is on top of it.

use super::evidence::{Evidence, LEAST_DAYS_TO_CUT_MEMORY};
use super::statistics::{deviation, mean};
use super::window::Window;

/// Least and most margin.
const MARGIN: (f64, f64) = (0.10, 0.50);
/// Least margin of few days.
const OF_FEW_DAYS: f64 = 0.15;
/// What the spread is multiplied with.
const OF_SPREAD: f64 = 1.5;

/// What a task needs for its use, in MiB.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct MemoryNeed {
    /// P.
    pub peak: f64,
    /// m.
    pub margin: f64,
}

impl MemoryNeed {
    /// Of a window; `None` where nothing was measured.
    pub(super) fn of(window: &Window, evidence: &Evidence) -> Option<Self> {
        let peak = window
            .hours
            .iter()
            .filter_map(|hour| hour.memory)
            .reduce(f64::max)?;
        let peaks: Vec<f64> = (window.peaks(|hour| hour.memory).iter())
            .map(|day| day.1)
            .collect();
        let centre = mean(&peaks);
        let spread = if centre > 0.0 {
            deviation(&peaks) / centre
        } else {
            0.0
        };
        let margin = (OF_SPREAD * spread).clamp(MARGIN.0, MARGIN.1);
        let few = evidence.days < LEAST_DAYS_TO_CUT_MEMORY;
        Some(Self {
            peak,
            margin: if few { margin.max(OF_FEW_DAYS) } else { margin },
        })
    }

    /// P · (1 + m).
    pub(super) fn with_margin(self) -> f64 {
        self.peak * (1.0 + self.margin)
    }

    /// Below it half of the margin is gone: an increase is due.
    pub(super) fn due(self) -> f64 {
        self.peak * (1.0 + self.margin / 2.0)
    }
}
