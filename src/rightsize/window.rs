//! The hours and days of a service that the rules look at.
//!
//! An hour counts as measured where tasks ran and at least half of its periods have a value; its value is the largest of them, for the
//! busiest task. The period is that of the day, where the day's own fills half of it, else that of the series: files of other periods
//! before and after leave each other's hours alone. A day is 24 hours counted back from the end, so that the last day is whole; it counts
//! where half of its hours do.

use std::collections::BTreeMap;

use crate::domain::quantity::{CpuUnits, MemoryMib};

use super::grid::Size;
use super::series::{HOUR, Sample, Series, usual_difference};

/// Hours of a day.
pub(super) const DAY: i64 = 24;
/// The same as a number of things.
const DAY_LENGTH: usize = 24;
/// Hours of a week.
pub(super) const WEEK: i64 = 7 * DAY;
/// Hours that the rules look back at most: as long as AWS keeps what five minutes measured.
pub(super) const LONGEST: i64 = 63 * DAY;

/// One measured hour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Hour {
    /// Hours since 1970-01-01T00:00Z.
    pub at: i64,
    /// CPU units of the busiest task at its busiest moment.
    pub cpu: Option<f64>,
    /// CPU units of a task in the mean.
    pub cpu_mean: Option<f64>,
    /// MiB of the fullest task.
    pub memory: Option<f64>,
    /// Tasks that ran, in the mean.
    pub tasks: Option<f64>,
    /// What a task reserved then.
    pub reserved_cpu: Option<CpuUnits>,
    /// What a task reserved then.
    pub reserved_memory: Option<MemoryMib>,
    /// Tasks killed for their memory.
    pub oom_kills: u64,
    /// Whether tasks were started in it that did not run before, by a deployment or after a pause.
    pub is_start: bool,
}

/// The hours of a service from some first one to some last one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Window {
    /// The measured hours in order.
    pub hours: Vec<Hour>,
    /// The hour after the last that could have been measured, for all services alike.
    pub end: i64,
    /// Whether periods are longer than an hour, so that nothing is known of an hour.
    pub is_coarse: bool,
    /// Hours that have values, in less than half of their periods.
    pub half_empty: u64,
}

impl Window {
    /// The hours before `end`, at most [`LONGEST`] of them.
    pub(super) fn of(series: &Series, end: i64) -> Self {
        let mut by_hour: BTreeMap<i64, Vec<&Sample>> = BTreeMap::new();
        for sample in &series.samples {
            let at = sample.start.div_euclid(HOUR);
            if (end - LONGEST..end).contains(&at) {
                by_hour.entry(at).or_default().push(sample);
            }
        }
        let periods = periods_by_day(&by_hour, series.period);
        let mut half_empty = 0;
        let mut hours: Vec<Hour> = Vec::new();
        for (at, samples) in &by_hour {
            let found = hour(*at, samples, periods[&at.div_euclid(DAY)]);
            let has_values = (samples.iter())
                .any(|sample| sample.cpu_max.is_some() || sample.memory_max.is_some());
            let is_measured = found.is_some_and(|hour| hour.cpu.is_some() || hour.memory.is_some());
            half_empty += u64::from(has_values && !is_measured && runs(samples));
            hours.extend(found);
        }
        mark_starts(&mut hours);
        Self {
            hours,
            end,
            is_coarse: series.period > HOUR,
            half_empty,
        }
    }

    /// Puts sizes that are known otherwise into hours whose series does not say which was in force.
    pub(super) fn fill(&mut self, in_force: impl Fn(i64) -> Option<Size>) {
        for hour in &mut self.hours {
            if let (None, None, Some(size)) =
                (hour.reserved_cpu, hour.reserved_memory, in_force(hour.at))
            {
                hour.reserved_cpu = Some(size.cpu);
                hour.reserved_memory = Some(size.memory);
            }
        }
    }

    /// The same without its last `hours`.
    pub(super) fn without_last(&self, hours: i64) -> Self {
        let end = self.end - hours;
        Self {
            hours: (self.hours.iter())
                .filter(|hour| hour.at < end)
                .copied()
                .collect(),
            end,
            ..*self
        }
    }

    /// The same from an hour on.
    pub(super) fn since(&self, first: i64) -> Self {
        Self {
            hours: self.last(self.end - first).copied().collect(),
            ..*self
        }
    }

    /// Measured hours among the last so many.
    pub(super) fn last(&self, hours: i64) -> impl DoubleEndedIterator<Item = &Hour> {
        let first = self.end - hours;
        self.hours.iter().filter(move |hour| hour.at >= first)
    }

    /// Days that half of their hours are measured of, by how long ago they are (0 is the last), with what `value` gives for their hours.
    pub(super) fn days(&self, value: impl Fn(&Hour) -> Option<f64>) -> Vec<(i64, Vec<f64>)> {
        let mut days: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
        for hour in &self.hours {
            if let Some(value) = value(hour) {
                let ago = (self.end - 1 - hour.at).div_euclid(DAY);
                days.entry(ago).or_default().push(value);
            }
        }
        days.retain(|_, values| 2 * values.len() >= DAY_LENGTH);
        // The earliest day first.
        days.into_iter().rev().collect()
    }

    /// The largest value of each day, by how long ago it is, the earliest first.
    pub(super) fn peaks(&self, value: impl Fn(&Hour) -> Option<f64>) -> Vec<(i64, f64)> {
        (self.days(value).into_iter())
            .map(|(ago, values)| (ago, values.into_iter().fold(0.0, f64::max)))
            .collect()
    }
}

/// The hour after the last one of any series: the moment that all rules look back from.
pub(super) fn end_of<'a>(series: impl Iterator<Item = &'a Series>) -> i64 {
    let last = series.filter_map(|series| series.samples.last().map(|sample| sample.start));
    last.max().map_or(0, |start| start.div_euclid(HOUR) + 1)
}

/// Periods of an hour of each day.
fn periods_by_day(by_hour: &BTreeMap<i64, Vec<&Sample>>, period: i64) -> BTreeMap<i64, usize> {
    let mut starts: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for (at, samples) in by_hour {
        let of_day = starts.entry(at.div_euclid(DAY)).or_default();
        of_day.extend(samples.iter().map(|sample| sample.start));
    }
    let of_day = |starts: &[i64]| {
        let own = usual_difference(starts).filter(|own| {
            let length = i64::try_from(starts.len()).unwrap_or(i64::MAX);
            length.saturating_mul(2 * own) >= DAY * HOUR
        });
        let periods = HOUR / own.unwrap_or(period).max(1);
        usize::try_from(periods).unwrap_or(0).max(1)
    };
    (starts.iter())
        .map(|(day, starts)| (*day, of_day(starts)))
        .collect()
}

/// Whether a task ran in a period of them.
fn runs(samples: &[&Sample]) -> bool {
    (samples.iter()).any(|sample| sample.tasks.is_none_or(|tasks| tasks > 0.0))
}

fn hour(at: i64, samples: &[&Sample], periods: usize) -> Option<Hour> {
    let running: Vec<&Sample> = (samples.iter())
        .filter(|sample| sample.tasks.is_none_or(|tasks| tasks > 0.0))
        .copied()
        .collect();
    let largest = |value: fn(&Sample) -> Option<f64>| {
        let values: Vec<f64> = running.iter().filter_map(|sample| value(sample)).collect();
        let enough = 2 * values.len() >= periods;
        enough.then(|| values.into_iter().fold(0.0, f64::max))
    };
    let mean = |value: fn(&Sample) -> Option<f64>| {
        let values: Vec<f64> = running.iter().filter_map(|sample| value(sample)).collect();
        (!values.is_empty()).then(|| super::statistics::mean(&values))
    };
    let cpu = largest(|sample| sample.cpu_max);
    let memory = largest(|sample| sample.memory_max);
    let oom_kills = samples.iter().map(|sample| sample.oom_kills).sum();
    // A kill is known though the hour be half empty.
    (cpu.is_some() || memory.is_some() || oom_kills > 0).then(|| Hour {
        at,
        cpu,
        cpu_mean: mean(|sample| sample.cpu_avg),
        memory,
        tasks: mean(|sample| sample.tasks),
        // The last revision of the hour, which is what the largest value may have been measured against.
        reserved_cpu: running
            .iter()
            .filter_map(|sample| sample.reserved_cpu)
            .next_back(),
        reserved_memory: running
            .iter()
            .filter_map(|sample| sample.reserved_memory)
            .next_back(),
        oom_kills,
        is_start: false,
    })
}

/// An hour starts tasks where the reserved size is another than before, or where none ran in the hours before; the first of all says nothing.
fn mark_starts(hours: &mut [Hour]) {
    for index in 1..hours.len() {
        let (before, now) = (hours[index - 1], hours[index]);
        let differs =
            |a: Option<u64>, b: Option<u64>| matches!((a, b), (Some(a), Some(b)) if a != b);
        let revised = differs(
            before.reserved_cpu.map(CpuUnits::get),
            now.reserved_cpu.map(CpuUnits::get),
        ) || differs(
            before.reserved_memory.map(MemoryMib::get),
            now.reserved_memory.map(MemoryMib::get),
        );
        hours[index].is_start = revised || now.at > before.at + 1;
    }
}
