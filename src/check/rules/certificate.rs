//! V36: a group's certificate proves what it claims: that its tasks find a place in every order of arrival.
//!
//! The group has one instance type, and every service that uses it is in the certificate and is placed by
//! `spread(instanceId)` first. One instance holds `tasksPerInstance` of all of them and its daemons, by every rule on
//! one instance; and once all tasks are there, the strategy has sent no more of a service than
//! `instances × tasksPerInstance` to the group. ECS does not document how weights are turned into counts: the
//! provider with the smallest (tasks + 1) / weight is taken to be next, the first among equals, after any base.

use std::collections::BTreeSet;

use crate::check::facts::{Facts, InstanceRow, Tasks};
use crate::check::violation::{Problem, Rule, Violation};
use crate::domain::plan::{Certificate, PlannedProvider, PlannedService, StrategyItem};

use super::one_instance;

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    (facts.plan.capacity_providers.iter())
        .filter_map(|provider| Some((provider, provider.certificate.as_ref()?)))
        .flat_map(|(provider, certificate)| {
            let place = format!("capacityProviders[{}].certificate", provider.name);
            of_one_type(facts, provider)
                .into_iter()
                .chain(fitting(facts, provider, certificate))
                .chain(of_services(facts, provider, certificate))
                .map(move |problem| problem.at(Rule::Certificate, &place))
        })
        .collect()
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
    (types.len() != 1 || provider.instance_types.len() != 1)
        .then(|| Problem::new(format!("{} instance types", types.len()), "one"))
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

/// Services that use the group and are not certified, are placed otherwise, or are sent too many tasks.
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
        let strategy = &planned.capacity_provider_strategy;
        let Some(position) =
            (strategy.iter()).position(|item| item.capacity_provider == provider.name)
        else {
            continue;
        };
        let name = &planned.service_name;
        let each = certificate
            .tasks_per_instance
            .get(name)
            .copied()
            .unwrap_or(0);
        let Some(service) = facts.services.get(name.as_str()) else {
            continue;
        };
        let unplaced = u64::try_from(facts.unplaced(name)).unwrap_or(u64::MAX);
        let tasks = facts.wanted(service).saturating_sub(unplaced);
        let sent = sent_to(strategy, tasks)[position];
        if sent > each.saturating_mul(instances) {
            problems.push(Problem::new(
                format!("{sent} tasks of {name} on {instances} instances of {each} each"),
                "no more than all instances hold by their pattern",
            ));
        }
        if !spreads_over_instances(planned) {
            problems.push(Problem::new(
                format!("another placement strategy of {name}"),
                "spread over instanceId first",
            ));
        }
    }
    problems
}

fn spreads_over_instances(planned: &PlannedService) -> bool {
    planned.placement_strategy.first().is_some_and(|first| {
        let text = |key: &str| first.get(key).and_then(|value| value.as_str());
        text("type") == Some("spread") && matches!(text("field"), Some("instanceId" | "host"))
    })
}

/// How many of `tasks` each provider of a strategy is sent.
fn sent_to(strategy: &[StrategyItem], tasks: u64) -> Vec<u64> {
    let mut sent: Vec<u64> = strategy.iter().map(|item| item.base).collect();
    let mut left = tasks.saturating_sub(
        sent.iter()
            .fold(0, |sum, &base| u64::saturating_add(sum, base)),
    );
    let mut above = vec![0_u64; strategy.len()];
    while left > 0 {
        let ratio = |&a: &usize, &b: &usize| {
            let side = |of: usize, weight: usize| {
                (u128::from(above[of]) + 1) * u128::from(strategy[weight].weight)
            };
            side(a, b).cmp(&side(b, a))
        };
        let open = (0..strategy.len()).filter(|&item| strategy[item].weight > 0);
        let Some(next) = open.min_by(ratio) else {
            break;
        };
        above[next] += 1;
        left -= 1;
    }
    for (sent, above) in sent.iter_mut().zip(above) {
        *sent = sent.saturating_add(above);
    }
    sent
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(weights: &[(u64, u64)]) -> Vec<StrategyItem> {
        (weights.iter().enumerate())
            .map(|(index, &(base, weight))| StrategyItem {
                capacity_provider: format!("p{index}"),
                base,
                weight,
            })
            .collect()
    }

    #[test]
    fn whole_cycles_follow_the_weights_exactly_and_a_base_comes_first() {
        assert_eq!(sent_to(&items(&[(0, 29), (0, 11)]), 40), [29, 11]);
        assert_eq!(sent_to(&items(&[(2, 1), (0, 4)]), 12), [4, 8]);
        assert_eq!(sent_to(&items(&[(0, 1), (0, 1)]), 3), [2, 1]);
    }
}
