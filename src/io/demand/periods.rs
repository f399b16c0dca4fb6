//! Parts of the week by name: `demand.periods`.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::policy_keys::MAX_TASKS;
use crate::domain::week::{HOURS_PER_WEEK, Period, WeeklyCounts};
use crate::io::codes;
use crate::io::cursor::{Cursor, Log};
use crate::io::services::Located;

use super::unknown;

/// Keys of a period.
const PERIOD_KEYS: [&str; 3] = ["name", "hoursPerWeek", "counts"];

/// The counts and names of periods, which make up the week.
pub(super) fn of_periods(
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
