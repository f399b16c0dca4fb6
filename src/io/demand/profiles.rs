//! Counts by the hour: a service's own `profile`, and the CSV file of `demand.profiles`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::domain::policy_keys::MAX_TASKS;
use crate::domain::week::{HOURS_PER_DAY, HOURS_PER_WEEK, WeeklyCounts};
use crate::io::codes;
use crate::io::cursor::{Cursor, Log};

/// Columns of the file of profiles.
const COLUMNS: [&str; 3] = ["service", "hour", "count"];

/// A service's own profile.
pub(super) fn profile(field: &Cursor<'_>, log: &mut Log) -> Option<WeeklyCounts> {
    let items = field.items(log);
    let counts: Vec<Option<u64>> = (items.iter())
        .map(|item| item.whole(log, 0..=MAX_TASKS))
        .collect();
    if items.len() != HOURS_PER_DAY && items.len() != HOURS_PER_WEEK {
        field.error(
            log,
            codes::DEMAND,
            format!("{} counts", items.len()),
            "give 24 counts for the hours of a day, or 168 for those of a week from Monday 00:00 UTC",
        );
        return None;
    }
    let counts: Vec<u64> = counts.into_iter().collect::<Option<_>>()?;
    WeeklyCounts::new(&counts)
}

/// The counts of a file with the columns `service`, `hour`, `count`, its path relative to the file `beside` it.
pub(super) fn of_file(
    field: &Cursor<'_>,
    beside: Option<&str>,
    log: &mut Log,
) -> Vec<(String, WeeklyCounts)> {
    let Some(name) = field.name(log) else {
        return Vec::new();
    };
    let Some(beside) = beside else {
        field.error(
            log,
            codes::DEMAND,
            "no other file is read here",
            "give each service its counts as `profile`",
        );
        return Vec::new();
    };
    let path = Path::new(beside)
        .parent()
        .unwrap_or_else(|| Path::new(""))
        .join(name);
    let mut error = |cause: String, remedy: &str| {
        field.error(log, codes::DEMAND, format!("{name}: {cause}"), remedy);
    };
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(why) => {
            error(
                why.to_string(),
                "give the path of a CSV file, relative to the cluster file",
            );
            return Vec::new();
        }
    };
    let rows = match rows(&text) {
        Ok(rows) => rows,
        Err(wrong) => {
            for cause in wrong {
                error(cause, "write `service,hour,count`, one row an hour");
            }
            return Vec::new();
        }
    };
    let mut found = Vec::new();
    for (service, hours) in rows {
        let counts: Vec<u64> = hours.values().copied().collect();
        let is_whole = hours.keys().copied().eq(0..counts.len());
        match WeeklyCounts::new(&counts).filter(|_| is_whole) {
            Some(counts) => found.push((service, counts)),
            None => error(
                format!(
                    "`{service}` has counts for {} hours",
                    crate::domain::week::hours_text(&hours.keys().copied().collect::<Vec<_>>())
                ),
                "give all hours 0 to 23, or all hours 0 to 167",
            ),
        }
    }
    found
}

/// Counts by service and hour; everything that is wrong with the rows.
pub(super) fn rows(text: &str) -> Result<BTreeMap<String, BTreeMap<usize, u64>>, Vec<String>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let heading = reader.headers().cloned().unwrap_or_default();
    let places = COLUMNS.map(|name| heading.iter().position(|column| column == name));
    let [Some(service), Some(hour), Some(count)] = places else {
        return Err(vec![
            "line 1: the heading is not `service,hour,count`".to_owned(),
        ]);
    };
    let mut wrong = Vec::new();
    let mut by_service: BTreeMap<String, BTreeMap<usize, u64>> = BTreeMap::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(why) => {
                wrong.push(why.to_string());
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        let number = |place: usize| record.get(place).unwrap_or_default().parse::<u64>().ok();
        let hour = number(hour)
            .and_then(|hour| usize::try_from(hour).ok())
            .filter(|hour| *hour < HOURS_PER_WEEK);
        let count = number(count).filter(|count| *count <= MAX_TASKS);
        let name = record.get(service).unwrap_or_default();
        match (hour, count) {
            (Some(hour), Some(count)) if !name.is_empty() => {
                let hours = by_service.entry(name.to_owned()).or_default();
                if hours.insert(hour, count).is_some() {
                    wrong.push(format!(
                        "line {line}: hour {hour} of `{name}` a second time"
                    ));
                }
            }
            _ => wrong.push(format!(
                "line {line}: not a service's name, an hour 0 to 167 and a count 0 to {MAX_TASKS}"
            )),
        }
    }
    if wrong.is_empty() {
        Ok(by_service)
    } else {
        Err(wrong)
    }
}
