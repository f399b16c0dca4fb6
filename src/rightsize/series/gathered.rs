//! Periods of services as files give them, whole rows or column by column.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::cells::Column;
use super::{HOUR, Metrics, Sample, Series, usual_difference};

/// What has been read so far.
#[derive(Debug, Default)]
pub struct Gathered {
    services: BTreeMap<String, BTreeMap<i64, Period>>,
    /// File that is being read, and the names of all.
    file: usize,
    names: Vec<String>,
}

#[derive(Debug)]
struct Period {
    sample: Sample,
    /// File, and row where rows are counted.
    from: (usize, Option<usize>),
    /// Series that `cpu_units_avg` is the mean of.
    averaged: f64,
}

impl Gathered {
    /// A further file begins.
    pub(super) fn begin(&mut self, file: usize, name: &str) {
        self.file = file;
        self.names.push(name.to_owned());
    }

    /// A whole row.
    ///
    /// # Errors
    /// Where the period was there already.
    pub(super) fn row(
        &mut self,
        service: &str,
        sample: Sample,
        line: Option<usize>,
    ) -> Result<(), String> {
        let periods = match self.services.get_mut(service) {
            Some(periods) => periods,
            None => self.services.entry(service.to_owned()).or_default(),
        };
        match periods.entry(sample.start) {
            Entry::Vacant(place) => {
                place.insert(Period {
                    sample,
                    from: (self.file, line),
                    averaged: 1.0,
                });
                Ok(())
            }
            Entry::Occupied(earlier) => {
                let (file, line) = earlier.get().from;
                let line = line.map_or_else(String::new, |line| format!(", line {line}"));
                Err(format!(
                    "the same service and timestamp stand in {}{line}",
                    self.names[file]
                ))
            }
        }
    }

    /// One value of a column; where several series are of one service, the busiest task is the largest of them, the mean that of them,
    /// and tasks and kills add up.
    pub(super) fn value(&mut self, service: &str, start: i64, column: Column, value: f64) {
        let from = (self.file, None);
        let periods = self.services.entry(service.to_owned()).or_default();
        let period = periods.entry(start).or_insert_with(|| Period {
            sample: Sample {
                start,
                ..Sample::default()
            },
            from,
            averaged: 0.0,
        });
        let sample = &mut period.sample;
        let combined = match column {
            Column::CpuMax => sample.cpu_max.map_or(value, |known| known.max(value)),
            Column::MemoryMax => sample.memory_max.map_or(value, |known| known.max(value)),
            Column::Tasks => sample.tasks.unwrap_or(0.0) + value,
            Column::CpuAvg => {
                let known = sample.cpu_avg.unwrap_or(0.0);
                period.averaged += 1.0;
                known + (value - known) / period.averaged
            }
            Column::OomKills => sample.oom_kills as f64 + value,
            Column::ReservedCpu => sample
                .reserved_cpu
                .map_or(value, |c| value.max(c.get() as f64)),
            Column::ReservedMemory => {
                (sample.reserved_memory).map_or(value, |m| value.max(m.get() as f64))
            }
            Column::Service | Column::Timestamp => return,
        };
        column.set(sample, combined);
    }

    /// The series, each in the order of time.
    #[must_use]
    pub fn into_metrics(self) -> Metrics {
        (self.services.into_iter())
            .map(|(service, periods)| {
                let samples: Vec<Sample> = periods.into_values().map(|p| p.sample).collect();
                let starts: Vec<i64> = samples.iter().map(|sample| sample.start).collect();
                let period = usual_difference(&starts).unwrap_or(HOUR);
                (service, Series { period, samples })
            })
            .collect()
    }
}
