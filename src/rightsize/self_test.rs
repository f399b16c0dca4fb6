//! The same rules on the window less its last week, judged on that week beside today's size.
//!
//! An hour is exceeded where the busiest task takes more CPU, or the fullest more memory, than the size.

use super::decide::{Answering, Decision, Subject, decide};
use super::flag::Verdict;
use super::grid::Size;
use super::statistics::mean;
use super::window::{Hour, WEEK, Window};

/// What the last week says of a rule that did not see it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SelfTest {
    /// Measured hours of that week.
    pub hours: u64,
    /// The size that the rules proposed without it.
    pub size: Size,
    /// Hours that exceed today's size.
    pub exceeded_today: u64,
    /// Hours that exceed the proposed size.
    pub exceeded_proposed: u64,
    /// Of those, hours by CPU.
    pub exceeded_cpu: u64,
    /// Reserved CPU over CPU used in the mean, today and as proposed; `None` where nothing was used.
    pub reserved_over_used: Option<(f64, f64)>,
}

/// The test; `None` where the earlier window says too little.
pub(super) fn run(subject: &Subject, window: &Window) -> Option<SelfTest> {
    let earlier = window.without_last(WEEK);
    let decision = decide(subject, &earlier, Answering::default());
    if decision.cpu == Verdict::NotEnough && decision.memory == Verdict::NotEnough {
        return None;
    }
    let week: Vec<&Hour> = window
        .last(WEEK)
        .filter(|hour| hour.cpu.is_some() || hour.memory.is_some())
        .collect();
    if week.is_empty() {
        return None;
    }
    Some(judged(&decision, subject, &week))
}

fn judged(decision: &Decision, subject: &Subject, week: &[&Hour]) -> SelfTest {
    let counts = |size: Size| {
        (week.iter())
            .filter(|hour| by_cpu(hour, size) || by_memory(hour, size))
            .count() as u64
    };
    let used: Vec<f64> = week
        .iter()
        .filter_map(|hour| hour.cpu_mean.or(hour.cpu))
        .collect();
    let used = mean(&used);
    let over = |size: Size| size.cpu.get() as f64 / used;
    SelfTest {
        hours: week.len() as u64,
        size: decision.size,
        exceeded_today: counts(subject.today),
        exceeded_proposed: counts(decision.size),
        exceeded_cpu: week
            .iter()
            .filter(|hour| by_cpu(hour, decision.size))
            .count() as u64,
        reserved_over_used: (used > 0.0).then(|| (over(subject.today), over(decision.size))),
    }
}

fn by_cpu(hour: &Hour, size: Size) -> bool {
    size.cpu.get() > 0 && hour.cpu.is_some_and(|cpu| cpu > size.cpu.get() as f64)
}

fn by_memory(hour: &Hour, size: Size) -> bool {
    hour.memory
        .is_some_and(|memory| memory > size.memory.get() as f64)
}
