//! What another size of a service would risk: how often a task's CPU passes it, by the hours that were measured.
//!
//! r(s) = (a + 1) / (n + 1) with a of the n hourly maxima above s: where hours are exchangeable a new one is above s with at most that
//! probability. It is the bound of `cpu` read the other way round, from a size to its level. The expected number of services above their
//! size in an hour is at most the sum of their risks, and nothing has to be independent for that.
//!
//! The tight size of a service is that of twice the level, tried on the last week as the other is: hours above it at most twice what its
//! level allows. There is none where the rules look back (a cut is withdrawn at twice the level, which is where a tight size lies), none
//! under a level of a careful service, and none for memory, which has no level.

use crate::domain::quantity::CpuUnits;

use super::decide::{Answering, Decision, Subject, decide};
use super::flag::Verdict;
use super::grid::{Grid, Size, whole};
use super::guarantee::Guarantee;
use super::window::{WEEK, Window};
use super::{cpu, statistics};

/// What a tight size's level is multiplied with.
const TIGHT: f64 = 2.0;

/// The hours of a service that a size is judged by.
#[derive(Debug, Clone, PartialEq)]
pub struct Risk {
    /// Hourly maxima of the busiest task, ascending.
    hours: Vec<f64>,
    /// Maxima of whole days.
    days: Vec<f64>,
    /// The smallest size that may be chosen.
    pub tight: CpuUnits,
}

impl Risk {
    /// Of a cut that the rules ask for; `None` where there is nothing to choose.
    pub(super) fn of(
        subject: &Subject,
        window: &Window,
        decision: &Decision,
        may_be_tight: bool,
    ) -> Option<Self> {
        if decision.cpu != Verdict::Shrink
            || !decision.is_ruled
            || !matches!(subject.grid, Grid::Steps)
        {
            return None;
        }
        let hours = cpu::counted(&decision.counted, decision.is_capped).filter_map(|hour| hour.cpu);
        let days = decision.counted.peaks(|hour| hour.cpu);
        let tight = (may_be_tight && decision.level > 0.0 && holds(subject, window))
            .then(|| tight(subject, decision))
            .flatten();
        Some(Self {
            hours: statistics::sorted(hours),
            days: days.into_iter().map(|(_, peak)| peak).collect(),
            tight: tight.map_or(decision.size.cpu, |tight| tight.min(decision.size.cpu)),
        })
    }

    /// Share of hours above a size, at most.
    #[must_use]
    pub fn at(&self, size: CpuUnits) -> f64 {
        share(&self.hours, size)
    }

    /// What can be said of a size; `None` without a whole day.
    pub(super) fn guarantee(&self, size: CpuUnits) -> Option<Guarantee> {
        (!self.days.is_empty()).then(|| Guarantee {
            hours: self.at(size),
            days: share(&self.days, size),
            measured_days: self.days.len() as u64,
        })
    }
}

fn share(values: &[f64], size: CpuUnits) -> f64 {
    let above = values.iter().filter(|value| **value > size.get() as f64);
    (above.count() as f64 + 1.0) / (values.len() as f64 + 1.0)
}

/// The size of twice the level.
fn tight(subject: &Subject, decision: &Decision) -> Option<CpuUnits> {
    let level = TIGHT * decision.level;
    let need = cpu::need(
        &decision.counted,
        decision.is_capped,
        decision.growth,
        level,
    )?;
    let size = Size {
        cpu: CpuUnits::new(whole(need.units)),
        memory: decision.size.memory,
    };
    subject.grid.round_up(size).map(|size| size.cpu)
}

/// Whether the tight size of the window less its last week would have done in that week.
fn holds(subject: &Subject, window: &Window) -> bool {
    let decision = decide(subject, &window.without_last(WEEK), Answering::default());
    if !decision.is_ruled {
        return false;
    }
    let Some(size) = tight(subject, &decision) else {
        return false;
    };
    let week: Vec<f64> = window.last(WEEK).filter_map(|hour| hour.cpu).collect();
    let above = week.iter().filter(|cpu| **cpu > size.get() as f64).count();
    above as f64 <= 2.0 * TIGHT * decision.level * week.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_risk_of_a_size_is_that_of_one_more_hour_than_was_seen_above_it() {
        let risk = Risk {
            hours: (1..=99).map(f64::from).collect(),
            days: vec![90.0, 99.0, 80.0],
            tight: CpuUnits::new(97),
        };
        for (size, above) in [(99, 0.01), (98, 0.02), (97, 0.03), (0, 1.0)] {
            assert!((risk.at(CpuUnits::new(size)) - above).abs() < 1e-12);
        }
        let guarantee = risk.guarantee(CpuUnits::new(90)).expect("three days");
        assert!((guarantee.days - 0.5).abs() < 1e-12 && guarantee.measured_days == 3);
    }
}
