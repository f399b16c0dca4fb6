//! Rows of the metric file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jiff::Timestamp;

use super::MetricOptions;
use super::in_force::InForce;
use super::kills::Kills;
use super::series::{Of, Series};

/// Samples of a task in an hour.
const SAMPLES: f64 = 60.0;
/// Tasks of an hour below which it counts as not measured: one that ran for less than half of it.
const LEAST_TASKS: f64 = 0.5;
/// Part of its memory from which a kill of a task is one for its memory.
const FULL: f64 = 0.9;
/// Hours before that of a kill whose memory stands in for its own, where it has none yet.
const HOURS_BEFORE: i64 = 2;

const HEADING: &str = "service,timestamp,cpu_units_max,cpu_units_avg,memory_mib_max,tasks,reserved_cpu,reserved_memory_mib,oom_kills\n";

/// One row: CPU of the busiest task and of one in the mean, MiB, tasks, what was reserved, kills.
#[derive(Debug, Default, PartialEq)]
struct Row {
    cpu_max: Option<f64>,
    cpu_mean: Option<f64>,
    memory: Option<f64>,
    tasks: Option<f64>,
    reserved: (Option<f64>, Option<f64>),
    kills: u64,
}

/// The whole file; what could not be told of a service is noted.
pub(super) fn write(
    options: &MetricOptions,
    sizes: &BTreeMap<String, InForce>,
    series: &Series,
    kills: &Kills,
    notes: &mut Vec<String>,
) -> String {
    let mut text = HEADING.to_owned();
    let none = InForce::default();
    for service in &options.services {
        let in_force = sizes.get(service).unwrap_or(&none);
        let (mut rows, mut unknown) = (0, 0_u64);
        for at in hours(service, series, kills) {
            let (row, is_known) = row(service, at, in_force, series, kills);
            unknown += u64::from(!is_known);
            if let Some(row) = row {
                line(&mut text, service, at, &row);
                rows += 1;
            }
        }
        if unknown > 0 {
            notes.push(format!(
                "{service}: {unknown} hours are left out, as it is not known which size their percentages are of"
            ));
        } else if rows == 0 {
            notes.push(format!("{service}: CloudWatch has no hour of it"));
        }
    }
    text
}

fn hours(service: &str, series: &Series, kills: &Kills) -> BTreeSet<i64> {
    let of_series = (series.iter())
        .filter(|((name, _), _)| name == service)
        .flat_map(|(_, values)| values.keys().copied());
    let of_kills = (kills.keys())
        .filter(|(name, _)| name == service)
        .map(|(_, at)| *at);
    of_series.chain(of_kills).collect()
}

/// The row of an hour, and whether what CloudWatch says of it could be turned into sizes.
fn row(
    service: &str,
    at: i64,
    in_force: &InForce,
    series: &Series,
    kills: &Kills,
) -> (Option<Row>, bool) {
    let value = |of: Of| {
        let values = series.get(&(service.to_owned(), of))?;
        values.get(&at).copied().filter(|value| value.is_finite())
    };
    let size = in_force.at(at);
    let of_size = |percent: Option<f64>, size: Option<u64>| match (percent, size) {
        (Some(percent), Some(size)) if size > 0 => Some(percent / 100.0 * size as f64),
        _ => None,
    };
    let (cpu, memory) = (size.map(|size| size.0), size.map(|size| size.1));
    let mut row = Row {
        cpu_max: value(Of::UnitsMax).or_else(|| of_size(value(Of::CpuMax), cpu)),
        cpu_mean: value(Of::UnitsAverage).or_else(|| of_size(value(Of::CpuAverage), cpu)),
        memory: value(Of::MibMax).or_else(|| of_size(value(Of::MemoryMax), memory)),
        tasks: value(Of::CpuSamples).map(|samples| samples / SAMPLES),
        reserved: (
            value(Of::UnitsReserved).or(cpu.map(|cpu| cpu as f64)),
            value(Of::MibReserved).or(memory.map(|memory| memory as f64)),
        ),
        kills: 0,
    };
    let (certain, possible) = kills
        .get(&(service.to_owned(), at))
        .copied()
        .unwrap_or_default();
    // CloudWatch may not have the hour yet in which ECS remembers a kill, and ECS forgets it before CloudWatch has.
    let used = |at: i64| {
        let values = |of: Of| {
            let values = series.get(&(service.to_owned(), of))?;
            values.get(&at).copied().filter(|value| value.is_finite())
        };
        let size = values(Of::MibReserved).or(in_force.at(at).map(|size| size.1 as f64));
        let of_percent = |percent: f64| Some(percent / 100.0 * size?);
        let used = values(Of::MibMax).or_else(|| of_percent(values(Of::MemoryMax)?));
        used.zip(size)
    };
    let last = (0..=HOURS_BEFORE).find_map(|before| used(at - before * super::HOUR));
    let is_full = last.is_some_and(|(used, size)| used >= FULL * size);
    row.kills = certain + if is_full { possible } else { 0 };
    if row.tasks.is_some_and(|tasks| tasks < LEAST_TASKS) && row.kills == 0 {
        return (None, true);
    }
    let is_known = size.is_some()
        || row.reserved.1.is_some()
        || (value(Of::CpuMax).is_none() && value(Of::MemoryMax).is_none());
    let says = row.cpu_max.is_some() || row.memory.is_some() || row.kills > 0;
    (says.then_some(row), is_known)
}

fn line(text: &mut String, service: &str, at: i64, row: &Row) {
    let moment = Timestamp::from_second(at).map_or_else(|_| String::new(), |at| at.to_string());
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value}"));
    // Names of services are letters, digits, hyphens and underscores.
    let _ = writeln!(
        text,
        "{service},{moment},{},{},{},{},{},{},{}",
        number(row.cpu_max),
        number(row.cpu_mean),
        number(row.memory),
        number(row.tasks),
        number(row.reserved.0),
        number(row.reserved.1),
        row.kills
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> MetricOptions {
        MetricOptions {
            cluster: "c".to_owned(),
            services: vec!["api".to_owned()],
            until: 0,
            days: 1,
        }
    }

    fn series(values: &[(Of, f64)]) -> Series {
        (values.iter())
            .map(|(of, value)| (("api".to_owned(), *of), [(3_600, *value)].into()))
            .collect()
    }

    fn written(series: &Series, kills: &Kills) -> (String, Vec<String>) {
        let mut notes = Vec::new();
        let text = write(&options(), &BTreeMap::new(), series, kills, &mut notes);
        (
            text.strip_prefix(HEADING).expect("a heading").to_owned(),
            notes,
        )
    }

    #[test]
    fn a_kill_of_an_hour_without_values_is_judged_by_the_last_hour_before() {
        let of = |used: f64, hours_later: i64| {
            let series = series(&[(Of::MibMax, used), (Of::MibReserved, 1_024.0)]);
            let at = 3_600 * (1 + hours_later);
            let killed = [(("api".to_owned(), at), (0, 1))].into();
            written(&series, &killed).0
        };
        let killed_at_two = "api,1970-01-01T02:00:00Z,,,,,,,1\n";
        assert!(of(950.0, 1).ends_with(killed_at_two), "{}", of(950.0, 1));
        assert!(!of(800.0, 1).contains("02:00"));
        assert!(of(950.0, 2).contains("03:00"));
        assert!(!of(950.0, 3).contains("04:00"));
    }

    #[test]
    fn percentages_of_an_unknown_size_are_left_out_and_said() {
        let (text, notes) = written(
            &series(&[(Of::CpuMax, 50.0), (Of::CpuSamples, 120.0)]),
            &Kills::new(),
        );
        assert_eq!(text, "");
        assert!(
            notes[0].starts_with("api: 1 hours are left out"),
            "{notes:?}"
        );
    }

    #[test]
    fn container_insights_says_units_and_what_was_reserved() {
        let series = series(&[
            (Of::CpuMax, 50.0),
            (Of::CpuSamples, 120.0),
            (Of::UnitsMax, 300.5),
            (Of::UnitsAverage, 200.0),
            (Of::UnitsReserved, 512.0),
            (Of::MibMax, 950.0),
            (Of::MibReserved, 1_024.0),
        ]);
        let killed = [(("api".to_owned(), 3_600), (0, 2))].into();
        let (text, notes) = written(&series, &killed);
        // Two kills of unknown cause, at 93 % of the memory.
        assert_eq!(
            text,
            "api,1970-01-01T01:00:00Z,300.5,200,950,2,512,1024,2\n"
        );
        assert!(notes.is_empty(), "{notes:?}");
    }

    #[test]
    fn an_hour_with_less_than_half_a_task_is_a_gap() {
        let (text, notes) = written(
            &series(&[(Of::UnitsMax, 9.0), (Of::CpuSamples, 20.0)]),
            &Kills::new(),
        );
        assert_eq!((text.as_str(), notes.len()), ("", 1));
    }
}
