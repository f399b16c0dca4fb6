//! Measured use of services, from files: one series a service, all findings of a file at once.
//!
//! A row is a period of a service: what its busiest task took, what its tasks took in the mean, and how many ran. A gap is a gap and never
//! zero: what was not measured is `None`, and a period without a running task is no evidence of anything.

mod cells;
mod codes;
mod csv_file;
mod doubts;
mod gathered;
mod json_file;
mod mapping;
mod parquet_file;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::domain::quantity::{CpuUnits, MemoryMib};
use crate::io::{Finding, Findings, Severity};

pub use gathered::Gathered;
pub use mapping::{Mapping, read_mapping};

/// Seconds of an hour.
pub const HOUR: i64 = 3_600;

/// One period of a service, as it was measured.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sample {
    /// Start of the period, in seconds since 1970-01-01T00:00:00Z.
    pub start: i64,
    /// CPU of the busiest task at its busiest moment, in CPU units.
    pub cpu_max: Option<f64>,
    /// CPU of a task in the mean of tasks and moments, in CPU units.
    pub cpu_avg: Option<f64>,
    /// Memory of the fullest task at its fullest moment, in MiB.
    pub memory_max: Option<f64>,
    /// Running tasks, in the mean of the period.
    pub tasks: Option<f64>,
    /// CPU of a task of the revision that was in force then; `None` where the file does not say.
    pub reserved_cpu: Option<CpuUnits>,
    /// Memory of a task of the revision that was in force then; `None` where the file does not say.
    pub reserved_memory: Option<MemoryMib>,
    /// Tasks that the kernel killed for their memory in the period.
    pub oom_kills: u64,
}

/// The measured periods of one service, in the order of time, each start once.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Length of a period in seconds: the smallest difference between two starts but for a twentieth of them, which may be strays; an hour
    /// where there is but one.
    pub period: i64,
    /// The periods.
    pub samples: Vec<Sample>,
}

/// The smallest difference of moments in order, but for a twentieth of them: one row between two others makes no shorter period. `None` of
/// fewer than two.
pub(super) fn usual_difference(starts: &[i64]) -> Option<i64> {
    let mut differences: Vec<i64> = starts.windows(2).map(|two| two[1] - two[0]).collect();
    differences.sort_unstable();
    differences.get(differences.len() / 20).copied()
}

/// Series of services by name.
pub type Metrics = BTreeMap<String, Series>;

/// Where series end, in seconds since 1970; `None` without any period.
#[must_use]
pub fn measured_until(metrics: &Metrics) -> Option<i64> {
    let ends = metrics.values().filter_map(|series| {
        let last = series.samples.last()?;
        Some(last.start + series.period)
    });
    ends.max()
}

/// The bytes of a metric file and what it is called in messages.
#[derive(Debug, Clone, Copy)]
pub struct MetricFile<'a> {
    /// Name as given.
    pub name: &'a str,
    /// Content.
    pub bytes: &'a [u8],
}

/// Reads metric files: CSV, Parquet, or answers of Prometheus (JSON), as their content says. What one file begins another may go on with.
///
/// # Errors
/// Everything that is wrong with the files, one report for each file.
pub fn read_metrics(
    files: &[MetricFile<'_>],
    mapping: Option<&Mapping>,
) -> Result<(Metrics, Vec<String>), Vec<Findings>> {
    let mut gathered = Gathered::default();
    let mut failed = Vec::new();
    let mut warnings = Vec::new();
    for (at, file) in files.iter().enumerate() {
        gathered.begin(at, file.name);
        let findings = read_file(file, mapping, &mut gathered);
        let (errors, said): (Vec<Finding>, Vec<Finding>) = findings
            .into_iter()
            .partition(|finding| finding.severity == Severity::Error);
        if !errors.is_empty() {
            failed.push(Findings::new(file.name, limited(errors)));
        }
        warnings
            .extend((said.into_iter()).map(|one| Findings::new(file.name, vec![one]).to_string()));
    }
    if !failed.is_empty() {
        return Err(failed);
    }
    let metrics = gathered.into_metrics();
    let doubts = doubts::of(&metrics).into_iter();
    warnings.extend(doubts.map(|one| Findings::new("the metrics", vec![one]).to_string()));
    Ok((metrics, warnings))
}

/// Findings of one file of which so many are said: a column in the wrong unit is wrong in every row.
const SAID: usize = 50;

fn limited(mut findings: Vec<Finding>) -> Vec<Finding> {
    let more = findings.len().saturating_sub(SAID);
    findings.truncate(SAID);
    if more > 0 {
        findings.push(codes::error(
            codes::VALUE,
            "(further rows)",
            None,
            format!("{more} more findings of this file are not shown"),
            "correct those above first; they may be of one kind",
        ));
    }
    findings
}

fn read_file(
    file: &MetricFile<'_>,
    mapping: Option<&Mapping>,
    gathered: &mut Gathered,
) -> Vec<Finding> {
    if file.bytes.starts_with(b"PAR1") {
        return parquet_file::read(file.bytes, gathered);
    }
    match crate::io::decode_text(file.bytes.to_vec()) {
        Ok(text) if text.trim_start().starts_with(['{', '[']) => {
            json_file::read(&text, file.name, mapping, gathered)
        }
        Ok(text) => csv_file::read(&text, gathered),
        Err(why) => vec![codes::error(
            codes::FORM,
            "(the whole file)",
            None,
            why.clone(),
            "give CSV, Parquet or the JSON of Prometheus",
        )],
    }
}
