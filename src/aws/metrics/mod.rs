//! What the services of a live cluster used, hour by hour, as a metric file.
//!
//! CloudWatch says percentages of "the size specified in the task definition", so they mean nothing without the revision that was in force:
//! [`in_force`] finds it. Where Container Insights is on, its absolute numbers and its own word of what was reserved go first. An hour that
//! is percent of nobody knows what is left out, as is one in which tasks of two sizes ran: a gap is not zero.
//!
//! ```text
//! cpu_units_max = Maximum of CPUUtilization / 100 · CPU of the revision          the busiest task
//! cpu_units_avg = Average of it / 100 · CPU of the revision                      a task in the mean
//! tasks         = its SampleCount / 60                                           one sample a task and minute
//! memory_mib_max = Maximum of MemoryUtilization / 100 · MiB of the revision
//! ```
//!
//! Source: Amazon ECS developer guide, "Amazon ECS CloudWatch metrics" (`Maximum`, `SampleCount`); Amazon CloudWatch API reference,
//! `GetMetricData` (500 queries, 100,800 points a call), retention (hours for 455 days).

mod in_force;
mod kills;
mod rows;
mod series;

use serde_json::Value;

use super::call::Api;
use super::errors::{CallError, Cause};
use super::pace::Clock;
use super::reader::Reader;

/// Seconds of an hour.
const HOUR: i64 = 3_600;

/// What is measured.
#[derive(Debug, Clone)]
pub struct MetricOptions {
    /// The cluster's name.
    pub cluster: String,
    /// Names of its services.
    pub services: Vec<String>,
    /// End of the last hour, in seconds since 1970; the hour that it lies in is left out.
    pub until: i64,
    /// Days before it.
    pub days: u32,
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// A metric file, CSV with its heading.
    pub csv: String,
    /// What could not be had.
    pub notes: Vec<String>,
    /// Attempts of calls that it took.
    pub calls: u64,
}

/// Reads the metrics of a cluster's services.
///
/// # Errors
/// When CloudWatch's series cannot be had, or the services cannot be described.
pub async fn measure<A: Api, C: Clock>(
    reader: &Reader<A, C>,
    options: &MetricOptions,
) -> Result<Measured, CallError> {
    let until = options.until.div_euclid(HOUR) * HOUR;
    let from = until - i64::from(options.days) * 24 * HOUR;
    let mut notes = Vec::new();
    let sizes = Box::pin(in_force::read(reader, options, &mut notes)).await?;
    let series = Box::pin(series::read(reader, options, (from, until))).await?;
    let kills = Box::pin(kills::read(reader, options, &mut notes)).await?;
    let csv = rows::write(options, &sizes, &series, &kills, &mut notes);
    Ok(Measured {
        csv,
        notes,
        calls: reader.attempts(),
    })
}

/// What can be done without: that it cannot be had is no error, and is said. Credentials that are not accepted are none for any call.
fn optional<T>(
    result: Result<T, CallError>,
    without: &str,
    notes: &mut Vec<String>,
) -> Result<Option<T>, CallError> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if matches!(error.cause, Cause::Credentials { .. }) => Err(error),
        Err(error) => {
            let note = format!("{} {}: {without}", error.action, error.cause.kind());
            if !notes.contains(&note) {
                notes.push(note);
            }
            Ok(None)
        }
    }
}

/// The text of a key, empty where there is none.
fn text<'a>(item: &'a Value, key: &str) -> &'a str {
    item[key].as_str().unwrap_or_default()
}

/// A moment of a key in seconds since 1970, as the API writes it (a number) or as a file of the AWS CLI does.
fn moment(item: &Value, key: &str) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation)] // Seconds.
    let of_number = item[key].as_f64().map(|seconds| seconds.floor() as i64);
    of_number.or_else(|| {
        let parsed: Result<jiff::Timestamp, _> = item[key].as_str()?.parse();
        parsed.ok().map(jiff::Timestamp::as_second)
    })
}
