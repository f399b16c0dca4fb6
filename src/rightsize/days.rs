//! What a service used day by day, as pictures show it: the largest hour of each day, days counted back from the end as everywhere here.

use super::series::Metrics;
use super::window::{Window, end_of};

/// The largest use of a day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DayOfUse {
    /// Days before the last one.
    pub ago: i64,
    /// CPU units of the busiest task; `None` where less than half of the hours were measured.
    pub cpu: Option<f64>,
    /// MiB of the fullest task; `None` where less than half of the hours were measured.
    pub memory: Option<f64>,
}

/// The days of a service that the rules look back at, the earliest first.
#[must_use]
pub fn days_of_use(metrics: &Metrics, service: &str) -> Vec<DayOfUse> {
    let Some(series) = metrics.get(service) else {
        return Vec::new();
    };
    let window = Window::of(series, end_of(metrics.values()));
    let [cpu, memory] = [
        window.peaks(|hour| hour.cpu),
        window.peaks(|hour| hour.memory),
    ];
    let of_day = |peaks: &[(i64, f64)], ago: i64| {
        (peaks.iter())
            .find(|(of, _)| *of == ago)
            .map(|(_, peak)| *peak)
    };
    let first = cpu.iter().chain(&memory).map(|(ago, _)| *ago).max();
    (0..=first.unwrap_or(-1))
        .rev()
        .map(|ago| DayOfUse {
            ago,
            cpu: of_day(&cpu, ago),
            memory: of_day(&memory, ago),
        })
        .collect()
}
