//! Demand over a week: `profile` of a service, `demand.profiles` and `demand.periods` of the file.
//!
//! Every place of a service's counts is looked at before any of them is believed: one service has its counts from one place
//! alone. Services whose number is the same in every hour are left as they would be without a profile, so that a flat
//! profile plans as its number does.

mod periods;
mod profiles;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::codes;
use super::cursor::{Cursor, Log};
use super::services::Located;
use crate::domain::policy::CountBasis;
use crate::domain::service::Service;
use crate::domain::week::{HOURS_PER_WEEK, Week, WeeklyCounts};

use periods::of_periods;
use profiles::{of_file, profile};

/// Keys of `demand`.
const KEYS: [&str; 2] = ["profiles", "periods"];

/// Counts with the place that gives them.
struct Given<'a> {
    counts: WeeklyCounts,
    at: Cursor<'a>,
}

/// Reads what the file says of demand over time; a file of profiles stands `beside` it, where one may be read. Flat profiles go into the services' own counts; what is left is the week.
pub(super) fn read<'a>(
    root: &Cursor<'a>,
    beside: Option<&str>,
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
            (Some(file), _) => of_file(file, beside, log),
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
