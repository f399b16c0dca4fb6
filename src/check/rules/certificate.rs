//! V36: a group's certificate proves what it claims: that its tasks find a place in every order of arrival.
//!
//! In a realised plan, where any group has a mode, every group has one; a group of mode `steady` has a certificate, and no
//! other has. The group's instances are of one type (others that it may launch: [`further_types`](super::further_types)), and every service that uses it is in the certificate,
//! with no more `tasks` than `instances × tasksPerInstance`, and is placed by `spread(instanceId)` first, or, where all its
//! groups that have a certificate are of a single zone, by zone and then by instance. One instance holds `tasksPerInstance` of all of them and its
//! daemons, by every rule on one instance. That the strategies send `tasks` to each group, and what follows for zones and
//! ways of buying, is in [`routing`](super::routing).

use std::collections::BTreeSet;

use crate::check::facts::{Facts, InstanceRow, Tasks};
use crate::check::violation::{Problem, Rule, Violation};
use crate::domain::placement::PlacementStrategy;
use crate::domain::plan::{Certificate, GroupMode, PlannedProvider, PlannedService};

use super::one_instance;

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let certificates = (facts.plan.capacity_providers.iter()).flat_map(|provider| {
        let place = format!("capacityProviders[{}].certificate", provider.name);
        let problems = match &provider.certificate {
            None => missing(provider).into_iter().collect(),
            Some(certificate) => (not_steady(provider).into_iter())
                .chain(of_one_type(facts, provider))
                .chain(fitting(facts, provider, certificate))
                .chain(of_services(facts, provider, certificate))
                .collect::<Vec<Problem>>(),
        };
        (problems.into_iter()).map(move |problem| problem.at(Rule::Certificate, &place))
    });
    without_mode(facts).chain(certificates).collect()
}

/// Groups without a mode beside groups that have one.
fn without_mode<'f>(facts: &'f Facts<'_>) -> impl Iterator<Item = Violation> + 'f {
    let realised = facts.plan.groups().any(|group| group.mode.is_some());
    (facts.plan.groups())
        .filter(move |group| realised && group.mode.is_none())
        .map(|group| {
            Problem::new("none", "steady or elastic, as the other groups have one").at(
                Rule::Certificate,
                format!("capacityProviders[{}].mode", group.name),
            )
        })
}

/// A certificate of a group that is not steady.
fn not_steady(provider: &PlannedProvider) -> Option<Problem> {
    (provider.mode != Some(GroupMode::Steady)).then(|| {
        Problem::new(
            "one for a group that is not steady",
            "none, or mode `steady`",
        )
    })
}

/// A steady group without a certificate.
fn missing(provider: &PlannedProvider) -> Option<Problem> {
    (provider.mode == Some(GroupMode::Steady))
        .then(|| Problem::new("none for a steady group", "one, or another mode"))
}

fn rows<'f, 'a>(
    facts: &'f Facts<'a>,
    provider: &'f PlannedProvider,
) -> impl Iterator<Item = &'f InstanceRow<'a>> {
    (facts.rows.iter()).filter(|row| row.planned.capacity_provider == provider.name)
}

fn of_one_type(facts: &Facts<'_>, provider: &PlannedProvider) -> Option<Problem> {
    let types: BTreeSet<&str> = rows(facts, provider)
        .map(|row| row.planned.instance_type.as_str())
        .collect();
    (types.len() != 1).then(|| Problem::new(format!("{} instance types", types.len()), "one"))
}

/// Rules on one instance that its daemons and the certified tasks break together.
fn fitting(
    facts: &Facts<'_>,
    provider: &PlannedProvider,
    certificate: &Certificate,
) -> Vec<Problem> {
    let pattern: Tasks<'_> = (certificate.tasks_per_instance.iter())
        .filter_map(|(name, &each)| Some((*facts.services.get(name.as_str())?, each)))
        .collect();
    let mut problems: Vec<Problem> = Vec::new();
    for row in rows(facts, provider) {
        let daemons: Tasks<'_> = (row.tasks.iter().copied())
            .filter(|(service, _)| service.is_daemon())
            .collect();
        let all = one_instance::together(&daemons, &pattern);
        for test in one_instance::TESTS {
            for problem in test(facts, &row.machine, &all) {
                if !problems.iter().any(|known| known.found == problem.found) {
                    problems.push(problem);
                }
            }
        }
    }
    problems
}

/// Services that use the group and are not certified, are placed otherwise, or have more tasks than it holds.
fn of_services(
    facts: &Facts<'_>,
    provider: &PlannedProvider,
    certificate: &Certificate,
) -> Vec<Problem> {
    let instances: u64 = rows(facts, provider)
        .map(|row| row.planned.count)
        .fold(0, u64::saturating_add);
    let mut problems = Vec::new();
    for planned in &facts.plan.services {
        if !uses(planned, provider) {
            continue;
        }
        let name = &planned.service_name;
        let count =
            |counts: &indexmap::IndexMap<String, u64>| counts.get(name).copied().unwrap_or(0);
        let (each, tasks) = (
            count(&certificate.tasks_per_instance),
            count(&certificate.tasks),
        );
        if tasks > each.saturating_mul(instances) {
            problems.push(Problem::new(
                format!("{tasks} tasks of {name} on {instances} instances of {each} each"),
                "no more than all instances hold by their pattern",
            ));
        }
        if !is_spread(facts, planned) {
            problems.push(Problem::new(
                format!("another placement strategy of {name}"),
                "spread over instanceId first, or over zones and then instanceId where all its certified groups have one zone",
            ));
        }
    }
    let idle = certificate.tasks.keys().filter(|name| {
        let users = || (facts.plan.services.iter()).filter(|planned| uses(planned, provider));
        !users().any(|planned| planned.service_name == **name)
    });
    problems.extend(idle.map(|name| {
        Problem::new(
            format!("tasks of {name}, whose strategy does not name the group"),
            "services that use the group",
        )
    }));
    problems
}

fn uses(planned: &PlannedService, provider: &PlannedProvider) -> bool {
    (planned.capacity_provider_strategy.iter()).any(|item| item.capacity_provider == provider.name)
}

/// Names of the field that spreads over instances.
const INSTANCE: [&str; 2] = ["instanceId", "host"];

/// Whether a service's tasks go to the instance with the fewest of them in whichever group is chosen.
fn is_spread(facts: &Facts<'_>, planned: &PlannedService) -> bool {
    let is_over = |place: usize, fields: &[&str]| {
        planned
            .placement_strategy
            .get(place)
            .is_some_and(|strategy| {
                matches!(strategy, PlacementStrategy::Spread(field) if fields.contains(&field.as_str()))
            })
    };
    is_over(0, &INSTANCE)
        || is_over(0, &["attribute:ecs.availability-zone"])
            && is_over(1, &INSTANCE)
            && (facts.plan.capacity_providers.iter())
                .filter(|provider| provider.certificate.is_some() && uses(planned, provider))
                .all(|provider| provider.availability_zones.len() == 1)
}
