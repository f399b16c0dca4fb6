//! Why a service fits nowhere: which test excluded every offering, the nearest miss, what would unlock it.

use std::collections::BTreeMap;

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::instance_type::InstanceType;
use crate::domain::policy::FargateUse;
use crate::domain::resources::Resource;
use crate::domain::service::Service;
use crate::domain::task::LaunchType;

use super::hosts::Unplaceable;
use super::offering::{Offering, Offerings, attribute_profiles};
use super::rules::fargate::Ineligible;
use super::rules::fit::{ARCHITECTURE, Failed, failures};
use super::rules::{accelerators, task_group};

/// The attribute that only a cluster with zones has.
const ZONE: &str = "attribute:ecs.availability-zone";

/// Reasons in words, most useful first. No test stops at the first failure, so the counts say which
/// combination of requirements excluded everything.
pub fn reasons(
    service: &Service,
    unplaceable: &Unplaceable,
    cluster: &Cluster,
    catalogue: &Catalogue,
    offerings: &Offerings<'_>,
) -> Vec<String> {
    let mut reasons = Vec::new();
    if unplaceable.too_few_zones {
        reasons.extend(too_few_zones(cluster));
    } else if service.is_external() {
        reasons.extend(of_external(service, offerings));
    } else if cluster.policy.fargate != FargateUse::Only && service.may_run_on(LaunchType::Ec2) {
        reasons.extend(of_instances(service, cluster, catalogue, offerings));
    }
    reasons.extend(of_fargate(service, unplaceable, cluster));
    reasons
}

/// Why fewer zones than needed can hold a task.
fn too_few_zones(cluster: &Cluster) -> Vec<String> {
    if cluster.policy.survive_zone_loss {
        return vec![
            "with surviveZoneLoss it needs instances in two zones at least; would unlock it: \
             constraints that leave more zones, or instance types that more zones offer"
                .to_owned(),
        ];
    }
    vec![
        "with zoneSpread even it needs an instance in one of the file's zones; would unlock it: \
         zoneSpread any"
            .to_owned(),
    ]
}

/// Why no instance from outside AWS takes an EXTERNAL service.
fn of_external(service: &Service, offerings: &Offerings<'_>) -> Vec<String> {
    let tested: Vec<(&Offering, Vec<Failed>)> = (offerings.usable.iter())
        .filter(|offering| offering.purchase_option.is_external())
        .map(|offering| (offering, failures(service, offering)))
        .collect();
    if tested.is_empty() {
        return vec![
            "EXTERNAL services run only on container instances of the file that are registered from \
             outside AWS (attribute ecs.capability.external), and none of them is active; would unlock \
             it: such an instance in `containerInstances`"
                .to_owned(),
        ];
    }
    let mut reasons = vec![counts(&tested)];
    reasons.extend(nearest_miss(&tested));
    reasons
}

/// Why no instance takes the service.
fn of_instances(
    service: &Service,
    cluster: &Cluster,
    catalogue: &Catalogue,
    offerings: &Offerings<'_>,
) -> Vec<String> {
    let without_room = offerings.without_room_for_daemons.iter();
    let tested: Vec<(&Offering, Vec<Failed>)> = (offerings.usable.iter())
        .filter(|offering| !offering.purchase_option.is_external())
        .chain(without_room.map(|(offering, _)| offering))
        .map(|offering| (offering, all_failures(service, cluster, offering)))
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

/// Every failed test, `task:group` included: a group counts as possible where the file has it at all.
fn all_failures(service: &Service, cluster: &Cluster, offering: &Offering) -> Vec<Failed> {
    let mut failed = failures(service, offering);
    if failed.is_empty() {
        // It fits by itself, and yet it has no place: its affinities and the accelerators are what is left.
        failed.extend(task_group::test(cluster, service, offering, &|_| false));
        if offering.accelerated && !accelerators::needs(service) {
            failed.push(Failed::Accelerators);
        }
    }
    failed
}

/// Why Fargate is no way out, where the policy lets it be one; or that the policy is all that stands in the
/// way.
fn of_fargate(service: &Service, unplaceable: &Unplaceable, cluster: &Cluster) -> Option<String> {
    if cluster.policy.fargate == FargateUse::Forbidden {
        let only_forbidden = unplaceable.fargate == [Ineligible::Forbidden];
        if only_forbidden {
            return Some(
                "would unlock it: the policy's fargate allowed; the service can run there"
                    .to_owned(),
            );
        }
        if service.may_run_on(LaunchType::Ec2) || service.is_external() {
            return None;
        }
    } else if service.is_external() {
        return None;
    }
    let words: Vec<String> = unplaceable
        .fargate
        .iter()
        .map(ToString::to_string)
        .collect();
    Some(format!("Fargate: {}", words.join("; ")))
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
    let others = |group: &str| {
        (cluster.services.iter()).any(|other| {
            other.name != service.name
                && cluster.planned_count(other) > 0
                && other.task_group() == group
        })
    };
    let would_fit = |instance_type: &InstanceType| {
        profiles
            .iter()
            .filter_map(|(_, custom)| Offering::outside_policy(cluster, instance_type, custom))
            .any(|offering| {
                failures(service, &offering).is_empty()
                    && task_group::test(cluster, service, &offering, &others).is_empty()
            })
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
        Failed::Attachments { .. } => "fewer attached volumes a task".to_owned(),
        Failed::TaskGroup(source) => {
            format!("a task that `{source}` asks for, or another expression")
        }
        Failed::HostPort(port) => format!("another port than {port} for the task or the daemon"),
        Failed::ReservedPort(port) => format!("another port than {port} for the task"),
        Failed::PortQuota { offered, .. } => {
            format!("at most {offered} host ports a task, or network mode awsvpc")
        }
        Failed::Accelerators => {
            "the policy's accelerators included, or a task that asks for a GPU".to_owned()
        }
        Failed::Daemons => {
            "smaller daemons, or a constraint that keeps them off some types".to_owned()
        }
    }
}

fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}
