//! Why a service fits nowhere: which test excluded every offering, the nearest miss, what would unlock it.

use std::collections::BTreeMap;

use crate::catalogue::Catalogue;
use crate::domain::capacity::Capacity;
use crate::domain::cluster::Cluster;
use crate::domain::instance_type::InstanceType;
use crate::domain::plan::{Reason, TestCount};
use crate::domain::policy::FargateUse;
use crate::domain::service::Service;
use crate::domain::task::LaunchType;

use super::hosts::Unplaceable;
use super::offering::{Offering, Offerings, attribute_profiles, is_sold};
use super::rules::fargate::Ineligible;
use super::rules::fit::{ARCHITECTURE, Failed, MEMBER_OF, failures};
use super::rules::{accelerators, node_labels, task_group};

/// Reasons, most useful first. No test stops at the first failure, so the counts say which
/// combination of requirements excluded everything.
pub fn reasons(
    service: &Service,
    unplaceable: &Unplaceable,
    cluster: &Cluster,
    catalogue: &Catalogue,
    offerings: &Offerings<'_>,
) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if unplaceable.too_few_zones {
        reasons.push(too_few_zones(service, cluster));
    } else if service.is_external() {
        reasons.extend(of_external(service, offerings));
    } else if cluster.policy.fargate != FargateUse::Only && service.may_run_on(LaunchType::Ec2) {
        reasons.extend(of_instances(service, cluster, catalogue, offerings));
    }
    reasons.extend(of_fargate(service, unplaceable, cluster));
    reasons
}

/// Why fewer zones than needed can hold a task.
fn too_few_zones(service: &Service, cluster: &Cluster) -> Reason {
    let is_apart = (service.pod.as_ref()).is_some_and(|pod| pod.most.is_some());
    if is_apart {
        Reason::ZoneOfItsOwnNeeded {
            tasks: cluster.planned_count(service),
        }
    } else if cluster.policy.survive_zone_loss {
        Reason::TwoZonesNeeded
    } else {
        Reason::ZoneNeeded
    }
}

/// Why no instance from outside AWS takes an EXTERNAL service.
fn of_external(service: &Service, offerings: &Offerings<'_>) -> Vec<Reason> {
    let tested: Vec<(&Offering, Vec<Failed>)> = (offerings.usable.iter())
        .filter(|offering| offering.purchase_option.is_external())
        .map(|offering| (offering, failures(service, offering)))
        .collect();
    if tested.is_empty() {
        return vec![Reason::NoExternalInstance];
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
) -> Vec<Reason> {
    let without_room = offerings.without_room_for_daemons.iter();
    let tested: Vec<(&Offering, Vec<Failed>)> = (offerings.usable.iter())
        .filter(|offering| !offering.purchase_option.is_external())
        .chain(without_room.map(|(offering, _)| offering))
        .map(|offering| (offering, all_failures(service, cluster, offering)))
        .collect();
    let mut reasons = Vec::new();
    if tested.is_empty() {
        reasons.push(Reason::NoInstanceType);
    } else {
        reasons.push(counts(&tested));
        reasons.extend(nearest_miss(&tested));
    }
    let unlocks = of_purchase(service, cluster, catalogue, &tested)
        .or_else(|| of_policy(service, cluster, catalogue, offerings))
        .or_else(|| of_task(&tested));
    reasons.extend(unlocks);
    if let Some((offering, obstacle)) = offerings.without_room_for_daemons.first() {
        reasons.push(Reason::NoRoomBesideDaemons {
            offerings: offerings.without_room_for_daemons.len() as u64,
            instance_type: offering.instance_type.clone(),
            obstacle: obstacle.clone(),
        });
    }
    reasons
}

/// Every failed test, `task:group` included: a group counts as possible where the file has it at all.
fn all_failures(service: &Service, cluster: &Cluster, offering: &Offering) -> Vec<Failed> {
    let mut failed = failures(service, offering);
    if failed.is_empty() {
        // It fits by itself, and yet it has no place: its affinities and the accelerators are what is left.
        failed.extend(task_group::test(
            cluster,
            service,
            &offering.daemons,
            &|_| false,
        ));
        if offering.accelerated && !accelerators::needs(service) {
            failed.push(Failed::Accelerators);
        }
    }
    failed
}

/// Why Fargate is no way out, where the policy lets it be one; or that the policy is all that stands in the
/// way.
fn of_fargate(service: &Service, unplaceable: &Unplaceable, cluster: &Cluster) -> Option<Reason> {
    if cluster.policy.fargate == FargateUse::Forbidden {
        let only_forbidden = unplaceable.fargate == [Ineligible::Forbidden];
        if only_forbidden {
            return Some(Reason::FargateForbidden);
        }
        if service.may_run_on(LaunchType::Ec2) || service.is_external() {
            return None;
        }
    } else if service.is_external() {
        return None;
    }
    Some(Reason::NotOnFargate {
        obstacles: unplaceable.fargate.clone(),
    })
}

/// How many offerings each test excluded.
fn counts(tested: &[(&Offering, Vec<Failed>)]) -> Reason {
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
    Reason::NoOffering {
        offerings: tested.len() as u64,
        excluded_by: (counted.into_iter())
            .map(|(rule, offerings)| TestCount {
                rule: rule.to_owned(),
                offerings: offerings as u64,
            })
            .collect(),
    }
}

/// The offering that fails fewest tests, by the smallest shortage, then the cheapest.
fn nearest_miss(tested: &[(&Offering, Vec<Failed>)]) -> Option<Reason> {
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
    Some(Reason::NearestMiss {
        instance_type: offering.instance_type.clone(),
        failed: failed.clone(),
    })
}

/// The way of buying that the policy leaves out and that the pods ask for by a label of their nodes.
fn of_purchase(
    service: &Service,
    cluster: &Cluster,
    catalogue: &Catalogue,
    tested: &[(&Offering, Vec<Failed>)],
) -> Option<Reason> {
    let by_label = |failed: &[Failed]| (failed.iter()).all(|it| it.rule() == MEMBER_OF);
    let fits = |offering: &Offering, option: Capacity| {
        let mut other = offering.clone();
        node_labels::set_capacity(&mut other.attributes, option);
        failures(service, &other).is_empty()
    };
    let allowed = &cluster.policy.purchase_options;
    (Capacity::OF_INSTANCES.into_iter())
        .filter(|&option| cluster.is_kubernetes() && !allowed.allows(option))
        .find(|&option| {
            (tested.iter())
                .filter(|(offering, failed)| offering.existing.is_none() && by_label(failed))
                .filter(|(offering, _)| is_sold(catalogue, &offering.instance_type, option))
                .any(|(offering, _)| fits(offering, option))
        })
        .map(|purchase_option| Reason::OtherPurchaseNeeded { purchase_option })
}

/// What in the policy stands in the way: the type outside it that breaks fewest of its rules, the cheapest
/// of these, on which a task would fit.
fn of_policy(
    service: &Service,
    cluster: &Cluster,
    catalogue: &Catalogue,
    offerings: &Offerings<'_>,
) -> Option<Reason> {
    // What no group may buy unlocks nothing.
    if !cluster.policy.buys_own_instances() {
        return None;
    }
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
                    && task_group::test(cluster, service, &offering.daemons, &others).is_empty()
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
    Some(Reason::PolicyExcludes {
        instance_type: instance_type.name.clone(),
        exclusions: exclusions.clone(),
        types: fitting.len() as u64,
    })
}

/// Where no type of the catalogue fits: what about the task itself stands in the way of all. Offerings of an
/// architecture that the task does not run on say nothing as long as there are others.
fn of_task(tested: &[(&Offering, Vec<Failed>)]) -> Option<Reason> {
    let fails = |failed: &[Failed], rule: &str| failed.iter().any(|test| test.rule() == rule);
    let mut telling: Vec<&[Failed]> = tested.iter().map(|(_, failed)| failed.as_slice()).collect();
    if telling.iter().any(|failed| !fails(failed, ARCHITECTURE)) {
        telling.retain(|failed| !fails(failed, ARCHITECTURE));
    }
    let everywhere = telling
        .first()?
        .iter()
        .find(|test| telling.iter().all(|failed| fails(failed, test.rule())))?;
    Some(Reason::TaskMustChange {
        failed: everywhere.clone(),
    })
}
