//! Why a service fits nowhere: which test excluded every offering, the nearest miss, what would unlock it.

use std::collections::BTreeMap;

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::instance_type::InstanceType;
use crate::domain::resources::Resource;
use crate::domain::service::Service;

use super::offering::{Offering, Offerings, attribute_profiles};
use super::rules::fit::{ARCHITECTURE, Failed, failures};

/// The attribute that only a cluster with zones has.
const ZONE: &str = "attribute:ecs.availability-zone";

/// Reasons in words, most useful first. No test stops at the first failure, so the counts say which
/// combination of requirements excluded everything.
pub fn reasons(
    service: &Service,
    cluster: &Cluster,
    catalogue: &Catalogue,
    offerings: &Offerings<'_>,
) -> Vec<String> {
    let without_room = offerings.without_room_for_daemons.iter();
    let tested: Vec<(&Offering, Vec<Failed>)> = (offerings.usable.iter())
        .chain(without_room.map(|(offering, _)| offering))
        .map(|offering| (offering, failures(service, offering)))
        .collect();
    let mut reasons = Vec::new();
    if tested.is_empty() {
        reasons.push("the policy and the price list leave no instance type".to_owned());
    } else {
        reasons.push(counts(&tested));
        reasons.extend(nearest_miss(&tested));
    }
    reasons.extend(of_policy(service, cluster, catalogue, offerings).or_else(|| of_task(&tested)));
    if let Some((offering, reason)) = offerings.without_room_for_daemons.first() {
        reasons.push(format!(
            "{} have no room for the daemons, such as {}: {reason}",
            counted(offerings.without_room_for_daemons.len(), "offering"),
            offering.instance_type
        ));
    }
    reasons
}

/// How many offerings each test excluded.
fn counts(tested: &[(&Offering, Vec<Failed>)]) -> String {
    let mut by_rule: BTreeMap<&'static str, usize> = BTreeMap::new();
    for (_, failed) in tested {
        let mut rules: Vec<&'static str> = failed.iter().map(Failed::rule).collect();
        rules.dedup();
        for rule in rules {
            *by_rule.entry(rule).or_default() += 1;
        }
    }
    let mut counted: Vec<(&'static str, usize)> = by_rule.into_iter().collect();
    counted.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let listed: Vec<String> = counted
        .iter()
        .map(|(rule, count)| format!("{rule} {count}"))
        .collect();
    format!(
        "no offering of {} passes every test; excluded by {}",
        tested.len(),
        listed.join(", ")
    )
}

/// The offering that fails fewest tests, by the smallest shortage, then the cheapest.
fn nearest_miss(tested: &[(&Offering, Vec<Failed>)]) -> Option<String> {
    let shortage = |failed: &[Failed]| -> u64 {
        failed
            .iter()
            .map(|test| match test {
                Failed::Resource {
                    needed, offered, ..
                } => {
                    // Per mille of what is needed; a missing attribute counts as missing everything.
                    (needed - offered).saturating_mul(1000) / (*needed).max(1)
                }
                // Another image is further away than another port or expression.
                Failed::Architecture { .. } => 2000,
                _ => 1000,
            })
            .sum()
    };
    let (offering, failed) = tested.iter().min_by_key(|(offering, failed)| {
        (
            failed.len(),
            shortage(failed),
            offering.usd_per_hour,
            offering.instance_type.clone(),
        )
    })?;
    let words: Vec<String> = failed.iter().map(ToString::to_string).collect();
    Some(format!(
        "nearest miss: {}: {}",
        offering.instance_type,
        words.join("; ")
    ))
}

/// What in the policy stands in the way: the type outside it that breaks fewest of its rules, the cheapest
/// of these, on which a task would fit.
fn of_policy(
    service: &Service,
    cluster: &Cluster,
    catalogue: &Catalogue,
    offerings: &Offerings<'_>,
) -> Option<String> {
    let profiles = attribute_profiles(cluster);
    let would_fit = |instance_type: &InstanceType| {
        profiles
            .iter()
            .filter_map(|(_, custom)| Offering::outside_policy(cluster, instance_type, custom))
            .any(|offering| failures(service, &offering).is_empty())
    };
    let fitting: Vec<_> = offerings
        .excluded
        .iter()
        .filter(|(instance_type, _)| would_fit(instance_type))
        .collect();
    let (instance_type, exclusions) =
        fitting.iter().min_by_key(|(instance_type, exclusions)| {
            let price = catalogue.on_demand_price(&instance_type.name);
            let usd = price.map(|price| price.usd_per_hour);
            (usd.is_none(), exclusions.len(), usd, &instance_type.name)
        })?;
    let words: Vec<String> = exclusions.iter().map(ToString::to_string).collect();
    Some(format!(
        "would unlock it: {} fits, but {} ({} left out would fit)",
        instance_type.name,
        words.join("; "),
        counted(fitting.len(), "type")
    ))
}

/// Where no type of the catalogue fits: what about the task itself stands in the way of all. Offerings of an
/// architecture that the task does not run on say nothing as long as there are others.
fn of_task(tested: &[(&Offering, Vec<Failed>)]) -> Option<String> {
    let fails = |failed: &[Failed], rule: &str| failed.iter().any(|test| test.rule() == rule);
    let mut telling: Vec<&[Failed]> = tested.iter().map(|(_, failed)| failed.as_slice()).collect();
    if telling.iter().any(|failed| !fails(failed, ARCHITECTURE)) {
        telling.retain(|failed| !fails(failed, ARCHITECTURE));
    }
    let everywhere = telling
        .first()?
        .iter()
        .find(|test| telling.iter().all(|failed| fails(failed, test.rule())))?;
    Some(format!("would unlock it: {}", change(everywhere)))
}

/// The change of the task, or around it, that passes a test.
fn change(test: &Failed) -> String {
    match test {
        Failed::LaunchType(_) => "EC2 among the launch types the service may use".to_owned(),
        Failed::Architecture { .. } => {
            "an image for another architecture (runtimePlatform or architectures)".to_owned()
        }
        Failed::MemberOf { unknown, .. } if unknown.iter().any(|name| name == ZONE) => {
            "the zone in `availabilityZones`; without it instances have no zone".to_owned()
        }
        Failed::MemberOf { unknown, .. } if !unknown.is_empty() => format!(
            "an Auto Scaling group that declares {} under `attributes`",
            unknown.join(", ")
        ),
        Failed::MemberOf { expression, .. } => format!("another expression than `{expression}`"),
        Failed::Resource { resource, .. } => {
            let kind = test.rule();
            let less = match resource {
                Resource::Cpu | Resource::Memory => "less",
                Resource::Enis | Resource::Gpus => "fewer",
            };
            format!("a task that needs {less} {kind}; no type has enough")
        }
        Failed::HostPort(port) => format!("another port than {port} for the task or the daemon"),
        Failed::Daemons => {
            "smaller daemons, or a constraint that keeps them off some types".to_owned()
        }
    }
}

fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}
