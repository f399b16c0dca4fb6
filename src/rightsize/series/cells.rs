//! Columns of a metric file and what a cell of each may be.

use std::borrow::Cow;

use jiff::Timestamp;

use super::Sample;
use crate::domain::quantity::{CpuUnits, MemoryMib};
use crate::domain::text::visible_start;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    /// Name of the service.
    Service,
    /// Start of the period.
    Timestamp,
    /// CPU units of the busiest task.
    CpuMax,
    /// CPU units of a task in the mean.
    CpuAvg,
    /// MiB of the fullest task.
    MemoryMax,
    /// Running tasks.
    Tasks,
    /// CPU units of a task of the revision in force.
    ReservedCpu,
    /// MiB of a task of the revision in force.
    ReservedMemory,
    /// Tasks killed for their memory.
    OomKills,
}

/// Columns by their headings; the first six every CSV and Parquet file has.
pub(super) const COLUMNS: [(&str, Column); 9] = [
    ("service", Column::Service),
    ("timestamp", Column::Timestamp),
    ("cpu_units_max", Column::CpuMax),
    ("cpu_units_avg", Column::CpuAvg),
    ("memory_mib_max", Column::MemoryMax),
    ("tasks", Column::Tasks),
    ("reserved_cpu", Column::ReservedCpu),
    ("reserved_memory_mib", Column::ReservedMemory),
    ("oom_kills", Column::OomKills),
];

/// How many of [`COLUMNS`] a file must have.
pub(super) const REQUIRED: usize = 6;

/// Most CPU units that are taken: eight times those of the largest instance there is (1,920 vCPUs).
const MOST_CPU: f64 = 16_777_216.0;
/// Most MiB that are taken: twice those of the largest instance there is (32 TiB). Bytes of 64 MiB and more are above it.
const MOST_MIB: f64 = 67_108_864.0;
/// Most tasks, and kills.
const MOST: f64 = 1e12;

impl Column {
    /// The column of a heading.
    pub(super) fn of_heading(heading: &str) -> Option<Self> {
        let found = COLUMNS.iter().find(|(name, _)| *name == heading);
        found.map(|(_, column)| *column)
    }

    /// Its heading.
    pub(super) fn heading(self) -> &'static str {
        let found = COLUMNS.iter().find(|(_, column)| *column == self);
        found.map_or("", |(name, _)| name)
    }

    /// The largest number that a cell of it may hold.
    const fn most(self) -> f64 {
        match self {
            Self::CpuMax | Self::CpuAvg | Self::ReservedCpu => MOST_CPU,
            Self::MemoryMax | Self::ReservedMemory => MOST_MIB,
            _ => MOST,
        }
    }

    /// Puts a number into its place of a sample.
    pub(super) fn set(self, sample: &mut Sample, value: f64) {
        match self {
            Self::Service | Self::Timestamp => {}
            Self::CpuMax => sample.cpu_max = Some(value),
            Self::CpuAvg => sample.cpu_avg = Some(value),
            Self::MemoryMax => sample.memory_max = Some(value),
            Self::Tasks => sample.tasks = Some(value),
            Self::ReservedCpu => sample.reserved_cpu = Some(CpuUnits::new(whole(value))),
            Self::ReservedMemory => sample.reserved_memory = Some(MemoryMib::new(whole(value))),
            Self::OomKills => sample.oom_kills = whole(value),
        }
    }
}

/// A number that a cell may hold as a whole one.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // It is within the range.
fn whole(value: f64) -> u64 {
    value.round() as u64
}

/// The number of a cell; `None` for an empty one or one that says that there is no number.
pub(super) fn number(text: &str, column: Column) -> Result<Option<f64>, String> {
    let text = text.trim();
    if text.is_empty() || text.eq_ignore_ascii_case("nan") || text.eq_ignore_ascii_case("null") {
        return Ok(None);
    }
    let value: f64 = (text.parse()).map_err(|_| format!("`{}` is not a number", short(text)))?;
    in_range(value, column).map(Some)
}

/// The number of a cell with a point before its decimals. Where commas do not stand between cells they may stand there; before three
/// digits one may as well stand between thousands.
pub(super) fn localized(cell: &str, separator: u8) -> Result<Cow<'_, str>, String> {
    let Some((whole, decimals)) = cell.split_once(',').filter(|_| separator != b',') else {
        return Ok(Cow::Borrowed(cell));
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(decimals) {
        return Err(format!("`{}` is not a number", short(cell)));
    }
    if decimals.len() == 3 {
        return Err(format!(
            "`{}` may be {whole}.{decimals} or {whole}{decimals}",
            short(cell)
        ));
    }
    Ok(Cow::Owned(format!("{whole}.{decimals}")))
}

/// A number that a cell may hold.
pub(super) fn in_range(value: f64, column: Column) -> Result<f64, String> {
    let most = column.most();
    if (0.0..=most).contains(&value) {
        Ok(value)
    } else if value > most && most < MOST {
        Err(format!("{value} is more than any machine has"))
    } else if value < 0.0 {
        Err(format!("{value} is not a number of at least 0"))
    } else {
        Err(format!("{value} is not a number from 0 to {most:e}"))
    }
}

/// Seconds since 1970 of a timestamp of RFC 3339.
pub(super) fn timestamp(text: &str) -> Result<i64, String> {
    let parsed: Result<Timestamp, _> = text.trim().parse();
    parsed
        .map(Timestamp::as_second)
        .map_err(|_| format!("`{}` is not a timestamp of RFC 3339", short(text)))
}

/// The beginning of a text of the input.
pub(super) fn short(text: &str) -> String {
    visible_start(text, 60)
}
