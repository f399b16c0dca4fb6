//! Demand over a week: `profile` of a service, `demand.profiles` and `demand.periods` of the file.
//!
//! Every place of a service's counts is looked at before any of them is believed: one service has its counts from one place
//! alone. Services whose number is the same in every hour are left as they would be without a profile, so that a flat
//! profile plans as its number does.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::codes;
use super::cursor::{Cursor, Log};
use super::services::Located;
use crate::domain::policy::CountBasis;
use crate::domain::policy_keys::MAX_TASKS;
use crate::domain::service::Service;
use crate::domain::week::{HOURS_PER_DAY, HOURS_PER_WEEK, Period, Week, WeeklyCounts};

/// Keys of `demand`.
const KEYS: [&str; 2] = ["profiles", "periods"];
/// Keys of a period.
const PERIOD_KEYS: [&str; 3] = ["name", "hoursPerWeek", "counts"];
/// Columns of the file of profiles.
const COLUMNS: [&str; 3] = ["service", "hour", "count"];

/// Counts with the place that gives them.
struct Given<'a> {
    counts: WeeklyCounts,
    at: Cursor<'a>,
}

/// Reads what the file says of demand over time. Flat profiles go into the services' own counts; what is left is the week.
pub(super) fn read<'a>(
    root: &Cursor<'a>,
    file_name: &str,
    services: &mut [Located<'a>],
    basis: CountBasis,
    log: &mut Log,
) -> Option<Week> {
    let mut given: BTreeMap<String, Given<'a>> = BTreeMap::new();
    for located in &*services {
        if let Some(field) = located.at.get("profile")
            && let Some(counts) = profile(&field, log)
        {
            put(
                &located.service.name,
                Given { counts, at: field },
                &mut given,
                log,
            );
        }
    }
    let mut periods = Vec::new();
    if let Some(demand) = root.get("demand") {
        demand.entries(log);
        demand.report_unknown_keys(log, &[&KEYS], "`demand`");
        let (file, list) = (demand.get("profiles"), demand.get("periods"));
        if let (Some(_), Some(list)) = (&file, &list) {
            list.error(
                log,
                codes::DEMAND,
                "`profiles` and `periods` are both given",
                "give hours or periods, not both",
            );
        }
        let found = match (&file, &list) {
            (Some(file), _) => of_file(file, file_name, log),
            (None, Some(list)) => {
                let (found, named) = of_periods(list, services, log);
                periods = named;
                found
            }
            (None, None) => Vec::new(),
        };
        for (name, counts) in found {
            let at = file.as_ref().or(list.as_ref()).unwrap_or(&demand).clone();
            put(&name, Given { counts, at }, &mut given, log);
        }
    }
    let mut counts = BTreeMap::new();
    for (name, given) in given {
        let Some(located) = (services.iter_mut()).find(|other| other.service.name == name) else {
            unknown(&name, &given.at, log);
            continue;
        };
        if is_counted(&given, &mut located.service, basis, log) {
            counts.insert(name, given.counts);
        }
    }
    (!counts.is_empty()).then_some(Week { counts, periods })
}

/// Whether the counts move; where not, the service gets their number.
fn is_counted(given: &Given<'_>, service: &mut Service, basis: CountBasis, log: &mut Log) -> bool {
    if service.is_daemon() {
        given.at.error(
            log,
            codes::DEMAND,
            format!(
                "`{}` is a daemon: it runs once on every instance",
                service.name
            ),
            "leave its counts out",
        );
        return false;
    }
    let limits = [
        (service.min_count, "minCount"),
        (service.max_count, "maxCount"),
    ];
    for (limit, key) in limits {
        let passes = |limit: &u64| {
            (0..HOURS_PER_WEEK).any(|hour| match key {
                "minCount" => given.counts.at(hour) < *limit,
                _ => given.counts.at(hour) > *limit,
            })
        };
        if let Some(limit) = limit.filter(passes) {
            given.at.error(
                log,
                codes::COUNT_ORDER,
                format!(
                    "some hour's count passes `{key}` {limit} of `{}`",
                    service.name
                ),
                "every hour's count lies between minCount and maxCount",
            );
        }
    }
    let fixed = match basis {
        CountBasis::Min => service.min_count,
        CountBasis::Desired => None,
        CountBasis::Max => service.max_count,
    };
    if fixed.is_some() {
        return false;
    }
    match given.counts.flat() {
        Some(count) => {
            service.desired_count = count;
            false
        }
        None => true,
    }
}

fn put<'a>(name: &str, counts: Given<'a>, given: &mut BTreeMap<String, Given<'a>>, log: &mut Log) {
    if let Some(first) = given.get(name) {
        counts.at.error(
            log,
            codes::DEMAND,
            format!("`{name}` has its counts from `{}` already", first.at.path),
            "give a service's counts in one place",
        );
        return;
    }
    given.insert(name.to_owned(), counts);
}

fn unknown(name: &str, at: &Cursor<'_>, log: &mut Log) {
    at.error(
        log,
        codes::DEMAND,
        format!("no service is called `{name}`"),
        "use a service's name as the file has it",
    );
}

/// A service's own profile.
fn profile(field: &Cursor<'_>, log: &mut Log) -> Option<WeeklyCounts> {
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

/// The counts of a file with the columns `service`, `hour`, `count`.
fn of_file(field: &Cursor<'_>, file_name: &str, log: &mut Log) -> Vec<(String, WeeklyCounts)> {
    let Some(name) = field.name(log) else {
        return Vec::new();
    };
    let path = Path::new(file_name)
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
fn rows(text: &str) -> Result<BTreeMap<String, BTreeMap<usize, u64>>, Vec<String>> {
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

/// The counts and names of periods, which make up the week.
fn of_periods(
    list: &Cursor<'_>,
    services: &[Located<'_>],
    log: &mut Log,
) -> (Vec<(String, WeeklyCounts)>, Vec<Period>) {
    let own: BTreeMap<&str, u64> = (services.iter())
        .map(|located| (located.service.name.as_str(), located.service.desired_count))
        .collect();
    let mut periods: Vec<Period> = Vec::new();
    let mut by_period: Vec<BTreeMap<String, u64>> = Vec::new();
    let mut next = 0;
    for item in list.items(log) {
        item.report_unknown_keys(log, &[&PERIOD_KEYS], "a period");
        let name =
            (item.require(log, "name", "give the period a name")).and_then(|field| field.name(log));
        if let Some(name) = name
            && periods.iter().any(|period| period.name == name)
        {
            item.error(
                log,
                codes::DEMAND,
                format!("two periods are called `{name}`"),
                "rename one",
            );
        }
        let hours = (item.require(log, "hoursPerWeek", "say how many hours a week it has"))
            .and_then(|field| field.whole(log, 1..=HOURS_PER_WEEK as u64));
        let mut counts = BTreeMap::new();
        if let Some(field) = item.require(log, "counts", "say how many tasks each service runs") {
            for entry in field.entries(log).unwrap_or_default() {
                let Some(value) = field.get(&entry.key) else {
                    continue;
                };
                if !own.contains_key(entry.key.as_str()) {
                    unknown(&entry.key, &value, log);
                }
                counts.extend(
                    (value.whole(log, 0..=MAX_TASKS)).map(|count| (entry.key.clone(), count)),
                );
            }
        }
        let hours = hours
            .and_then(|hours| usize::try_from(hours).ok())
            .unwrap_or(0);
        periods.push(Period {
            name: name.unwrap_or_default().to_owned(),
            hours: next..next + hours,
        });
        by_period.push(counts);
        next += hours;
    }
    if next != HOURS_PER_WEEK {
        list.error(
            log,
            codes::DEMAND,
            format!("the periods have {next} hours together"),
            "a week has 168",
        );
        return (Vec::new(), Vec::new());
    }
    let names: BTreeSet<&String> = by_period.iter().flat_map(BTreeMap::keys).collect();
    let counts = (names.into_iter())
        .filter_map(|name| {
            let desired = *own.get(name.as_str())?;
            let counts: Vec<u64> = (periods.iter().zip(&by_period))
                .flat_map(|(period, counts)| {
                    let count = counts.get(name).copied().unwrap_or(desired);
                    period.hours.clone().map(move |_| count)
                })
                .collect();
            Some((name.clone(), WeeklyCounts::new(&counts)?))
        })
        .collect();
    (counts, periods)
}

#[cfg(test)]
mod tests {
    use crate::domain::week::WeeklyCounts;
    use crate::io::{ImportOptions, Imported, read_cluster};

    fn read(services: &str, beside: &str) -> Result<Imported, String> {
        let text =
            format!(r#"{{"version": 1, "region": "us-east-1", "services": [{services}]{beside}}}"#);
        read_cluster(&text, "c.json", &ImportOptions::default())
            .map_err(|findings| findings.to_string())
    }

    fn service(name: &str, more: &str) -> String {
        format!(
            r#"{{"serviceName": "{name}", "desiredCount": 4, "cpu": 256, "memory": 512{more}}}"#
        )
    }

    fn profile(counts: &[u64]) -> String {
        format!(r#", "profile": {counts:?}"#)
    }

    #[test]
    fn profiles_of_a_day_become_a_week_and_a_flat_one_is_its_number() {
        let mut day = [2; 24];
        day[9] = 7;
        let services = [
            service("a", &profile(&day)),
            service("b", &profile(&[9; 168])),
            service("c", ""),
        ];
        let cluster = read(&services.join(","), "").expect("a cluster").cluster;
        let week = cluster.week.as_ref().expect("a week");
        assert_eq!(week.counts.keys().collect::<Vec<_>>(), ["a"]);
        assert_eq!(week.counts.get("a"), WeeklyCounts::new(&day).as_ref());
        assert_eq!(cluster.services[1].desired_count, 9);
        let at = cluster.at_hour(33);
        let counts: Vec<u64> = at.services.iter().map(|s| s.desired_count).collect();
        assert_eq!((counts, at.week), (vec![7, 9, 4], None));
    }

    #[test]
    fn everything_wrong_with_demand_is_said_at_once() {
        let services = [
            service("a", &profile(&[1; 25])),
            service("b", &format!(r#", "maxCount": 8{}"#, profile(&[9; 24]))),
            service("d", r#", "schedulingStrategy": "DAEMON", "profile": [1]"#),
        ];
        let beside = r#", "demand": {"hourly": 1, "periods": [
            {"name": "day", "hoursPerWeek": 100, "counts": {"z": 3}},
            {"name": "day", "hoursPerWeek": 60, "counts": {}}]}"#;
        let said = read(&services.join(","), beside).expect_err("nothing to plan");
        for part in [
            "25 counts",
            "some hour's count passes `maxCount` 8",
            "`hourly` is not a key of `demand`",
            "no service is called `z`",
            "two periods are called `day`",
            "the periods have 160 hours together",
        ] {
            assert!(said.contains(part), "{part} in {said}");
        }
    }

    #[test]
    fn periods_are_laid_one_after_the_other_and_who_is_not_named_keeps_its_count() {
        let services = [service("a", ""), service("b", "")];
        let beside = r#", "demand": {"periods": [
            {"name": "day", "hoursPerWeek": 100, "counts": {"a": 9, "b": 4}},
            {"name": "night", "hoursPerWeek": 68, "counts": {"b": 1}}]}"#;
        let cluster = read(&services.join(","), beside)
            .expect("a cluster")
            .cluster;
        let week = cluster.week.expect("a week");
        assert_eq!((week.counts["a"].at(99), week.counts["a"].at(100)), (9, 4));
        assert_eq!((week.counts["b"].at(99), week.counts["b"].at(100)), (4, 1));
        assert_eq!(week.periods[1].hours, 100..168);
    }

    #[test]
    fn a_service_has_its_counts_from_one_place() {
        let mut day = [2; 24];
        day[0] = 1;
        let beside = r#", "demand": {"periods": [{"name": "all", "hoursPerWeek": 168, "counts": {"a": 9}}]}"#;
        let said = read(&service("a", &profile(&day)), beside).expect_err("two places");
        assert!(
            said.contains("has its counts from `services[0].profile` already"),
            "{said}"
        );
    }

    #[test]
    fn rows_of_a_file_are_read_and_located() {
        let rows = super::rows("service,hour,count\na,0,3\na,1,4\n").expect("rows");
        assert_eq!(rows["a"].len(), 2);
        let wrong = super::rows("service,hour,count\na,168,3\na,1,4\na,1,4\n").expect_err("wrong");
        assert_eq!(wrong.len(), 2);
        assert!(wrong[0].starts_with("line 2"), "{wrong:?}");
        assert!(
            wrong[1].starts_with("line 4: hour 1 of `a` a second time"),
            "{wrong:?}"
        );
    }
}
