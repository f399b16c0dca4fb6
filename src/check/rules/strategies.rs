//! V23: a service's capacity provider strategy names listed providers, within ECS's limits, and exactly
//! those that hold its tasks. Weights are the tasks beyond the base in lowest terms: then ECS sends exactly those. Where
//! lowest terms pass ECS's largest weight they are scaled to it, within one of the rounded terms, and of two providers without a base
//! the one with more tasks has no smaller weight. No base is larger than the tasks that its provider holds. Of a service all of whose groups have a certificate, weights are [`routing`](super::routing)'s. A provider alone has no base. One strategy does not mix Fargate's providers, Auto Scaling groups and Managed Instances.
//!
//! Daemons and tasks on instances outside every provider need no strategy. A service that keeps the strategy of the cluster
//! file on groups of today that stay has the file's weights.
//!
//! Limits: Amazon ECS API reference, `CapacityProviderStrategyItem`.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::facts::Facts;
use crate::check::violation::{Problem, Rule, Violation};
use crate::domain::plan::{PlannedService, StrategyItem};

/// Largest weight that ECS accepts.
const LARGEST_WEIGHT: u64 = 1_000;

/// Largest base that ECS accepts.
const LARGEST_BASE: u64 = 100_000;

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let mut violations = Vec::new();
    for planned in &facts.plan.services {
        let place = format!(
            "services[{}].capacityProviderStrategy",
            planned.service_name
        );
        let problems = (listed(facts, planned).into_iter())
            .chain(within_limits(planned))
            .chain(mixed(facts, planned))
            .chain(reflects_the_tasks(facts, planned));
        violations.extend(problems.map(|problem| problem.at(Rule::Strategies, &place)));
    }
    violations
}

/// Names that are no provider of the plan, or appear twice.
fn listed(facts: &Facts<'_>, planned: &PlannedService) -> Vec<Problem> {
    let strategy = &planned.capacity_provider_strategy;
    (strategy.iter().enumerate())
        .filter_map(|(index, item)| {
            let name = &item.capacity_provider;
            let known = facts
                .plan
                .capacity_providers
                .iter()
                .any(|p| p.name == *name);
            let repeated = (strategy[..index].iter()).any(|i| i.capacity_provider == *name);
            (!known || repeated).then(|| {
                Problem::new(
                    format!("provider `{name}`"),
                    "providers of the plan, each once",
                )
            })
        })
        .collect()
}

/// Weights and bases that ECS would refuse.
fn within_limits(planned: &PlannedService) -> Vec<Problem> {
    let strategy = &planned.capacity_provider_strategy;
    let mut problems: Vec<Problem> = (strategy.iter())
        .filter(|item| item.weight > LARGEST_WEIGHT || item.base > LARGEST_BASE)
        .map(|item| {
            Problem::new(
                format!("weight {} and base {}", item.weight, item.base),
                format!("weight 0 to {LARGEST_WEIGHT}, base 0 to {LARGEST_BASE}"),
            )
        })
        .collect();
    let bases = strategy.iter().filter(|item| item.base > 0).count();
    let most = usize::from(strategy.len() > 1);
    if bases > most {
        problems.push(Problem::new(
            format!("{bases} with a base of {} providers", strategy.len()),
            "at most one, beside others",
        ));
    }
    problems
}

/// Providers of several kinds.
fn mixed(facts: &Facts<'_>, planned: &PlannedService) -> Option<Problem> {
    let of_group = |item: &StrategyItem| {
        let provider = (facts.plan.capacity_providers.iter())
            .find(|provider| provider.name == item.capacity_provider)?;
        Some((provider.kind.is_group(), provider.kind.is_fargate()))
    };
    let strategy = planned.capacity_provider_strategy.iter();
    let kinds: BTreeSet<(bool, bool)> = strategy.filter_map(of_group).collect();
    (kinds.len() > 1).then(|| {
        Problem::new(
            "providers of several kinds: Fargate, Auto Scaling groups, Managed Instances",
            "one of them",
        )
    })
}

/// Providers with tasks but no part in the strategy, the reverse, and weights in the wrong order.
fn reflects_the_tasks(facts: &Facts<'_>, planned: &PlannedService) -> Vec<Problem> {
    let is_replica =
        (facts.services.get(planned.service_name.as_str())).is_some_and(|s| !s.is_daemon());
    if !is_replica {
        return Vec::new();
    }
    let tasks = tasks_by_provider(facts, &planned.service_name);
    let strategy = &planned.capacity_provider_strategy;
    if keeps_todays(facts, planned) {
        return Vec::new();
    }
    let takes_part = |item: &&StrategyItem| item.weight > 0 || item.base > 0;
    let named: Vec<&str> = (strategy.iter().filter(takes_part))
        .map(|item| item.capacity_provider.as_str())
        .collect();
    let unnamed = (tasks.keys().filter(|name| !named.contains(name))).map(|name| {
        Problem::new(
            format!("tasks on provider {name} without a part in the strategy"),
            "every provider that holds tasks of the service",
        )
    });
    let idle = (named.iter().filter(|name| !tasks.contains_key(*name)))
        .filter(|_| !waits_for_its_hours(facts, planned));
    let idle = idle.map(|name| {
        Problem::new(
            format!("provider {name} without tasks of the service"),
            "only providers that hold its tasks",
        )
    });
    unnamed
        .chain(idle)
        .chain(weights_out_of_order(&tasks, strategy))
        .chain(other_weights(facts, &tasks, strategy))
        .collect()
}

/// Whether the service has no tasks at the moment and its one group certifies those that it has at other hours, or Managed Instances
/// hold them then.
fn waits_for_its_hours(facts: &Facts<'_>, planned: &PlannedService) -> bool {
    let [only] = planned.capacity_provider_strategy.as_slice() else {
        return false;
    };
    let certifies = |provider: &crate::domain::plan::PlannedProvider| {
        let certificate = provider.certificate.as_ref();
        certificate.is_some_and(|of| of.tasks_per_instance.contains_key(&planned.service_name))
    };
    let holds = || {
        (facts.plan.managed_hours.iter())
            .flat_map(|entry| &entry.instances)
            .any(|row| {
                row.capacity_provider == only.capacity_provider
                    && row.tasks.contains_key(&planned.service_name)
            })
    };
    planned.desired_count == 0
        && (facts.plan.capacity_providers.iter()).any(|provider| {
            provider.name == only.capacity_provider
                && (certifies(provider) || provider.kind.is_managed() && holds())
        })
}

/// Whether the service has the strategy of the cluster file, over nothing but groups of today that stay.
fn keeps_todays(facts: &Facts<'_>, planned: &PlannedService) -> bool {
    let today = (facts.services.get(planned.service_name.as_str()))
        .map(|service| &service.capacity_provider_strategy);
    let stays = |item: &StrategyItem| {
        let mut groups = facts.plan.groups();
        groups.any(|group| group.name == item.capacity_provider && facts.stays(group))
    };
    let strategy = &planned.capacity_provider_strategy;
    today == Some(strategy)
        && !strategy.is_empty()
        && strategy
            .iter()
            .filter(|item| item.weight > 0 || item.base > 0)
            .all(stays)
}

/// Weights that send other numbers of tasks than the providers hold.
fn other_weights(
    facts: &Facts<'_>,
    tasks: &BTreeMap<&str, u128>,
    strategy: &[StrategyItem],
) -> Option<Problem> {
    let is_certified = |item: &StrategyItem| {
        (facts.plan.capacity_providers.iter()).any(|provider| {
            provider.name == item.capacity_provider && provider.certificate.is_some()
        })
    };
    if strategy.iter().all(is_certified) {
        return None;
    }
    // A provider without tasks is a problem of its own.
    let held: Vec<u128> = (strategy.iter())
        .map(|item| tasks.get(item.capacity_provider.as_str()).copied())
        .collect::<Option<_>>()?;
    let mut pairs = strategy.iter().zip(&held);
    if let Some((item, tasks)) = pairs.find(|(item, tasks)| u128::from(item.base) > **tasks) {
        return Some(Problem::new(
            format!(
                "a base of {} on {}, which holds {tasks} tasks",
                item.base, item.capacity_provider
            ),
            "no larger base than tasks",
        ));
    }
    let beyond: Vec<u128> = (strategy.iter().zip(&held))
        .map(|(item, tasks)| tasks - u128::from(item.base))
        .collect();
    let divisor = beyond.iter().copied().fold(0, gcd).max(1);
    let lowest: Vec<u128> = beyond.iter().map(|tasks| tasks / divisor).collect();
    let largest = lowest.iter().copied().max().unwrap_or(1);
    let (most, tolerance) = (
        u128::from(LARGEST_WEIGHT),
        u128::from(largest > LARGEST_WEIGHT.into()),
    );
    // Beyond ECS's largest weight the terms are scaled to it, and rounded to whole weights of at least 1.
    let wanted: Vec<u128> = if tolerance == 0 {
        lowest
    } else {
        let scaled = |term: &u128| term.saturating_mul(most) / largest;
        (lowest.iter())
            .map(|term| scaled(term).max(u128::from(*term > 0)))
            .collect()
    };
    let found: Vec<u64> = strategy.iter().map(|item| item.weight).collect();
    let agree = (found.iter().zip(&wanted)).all(|(&found, &wanted)| {
        u128::from(found).abs_diff(wanted) <= tolerance && (found > 0) == (wanted > 0)
    });
    (!agree).then(|| {
        Problem::new(
            format!("weights {found:?} for {beyond:?} tasks beyond the base"),
            format!("{wanted:?}, the tasks in lowest terms, of at most {LARGEST_WEIGHT}"),
        )
    })
}

const fn gcd(a: u128, b: u128) -> u128 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Two providers without a base of which the one with more tasks has the smaller weight.
fn weights_out_of_order(
    tasks: &BTreeMap<&str, u128>,
    strategy: &[StrategyItem],
) -> Option<Problem> {
    let mut weighed: Vec<(u128, u64)> = (strategy.iter())
        .filter(|item| item.base == 0)
        .filter_map(|item| Some((*tasks.get(item.capacity_provider.as_str())?, item.weight)))
        .collect();
    weighed.sort_unstable();
    let inverted = weighed
        .windows(2)
        .find(|pair| pair[0].1 > pair[1].1 && pair[0].0 < pair[1].0)?;
    Some(Problem::new(
        format!(
            "weight {} for {} tasks and weight {} for {}",
            inverted[0].1, inverted[0].0, inverted[1].1, inverted[1].0
        ),
        "no smaller weight where more tasks are",
    ))
}

/// Tasks of the service by provider; instances outside every provider do not count.
fn tasks_by_provider<'a>(facts: &'a Facts<'_>, service: &str) -> BTreeMap<&'a str, u128> {
    let mut tasks: BTreeMap<&str, u128> = BTreeMap::new();
    for row in facts.rows_of(service).map(|row| row.planned) {
        let each = u128::from(row.tasks.get(service).copied().unwrap_or(0));
        if each > 0 && row.count > 0 && !row.capacity_provider.is_empty() {
            let held = tasks.entry(&row.capacity_provider).or_default();
            *held = held.saturating_add(each.saturating_mul(row.count.into()));
        }
    }
    for row in facts.fargate_of(service) {
        if row.count > 0 {
            let held = tasks.entry(&row.capacity_provider).or_default();
            *held = held.saturating_add(row.count.into());
        }
    }
    tasks
}
