//! V36, for each service: its strategy sends to certified groups what their certificates say, and then its tasks are even
//! over zones, enough of them are On-Demand, and no Spot pool has too many, in every order of arrival.
//!
//! The tasks add up to those that have a place. Beyond any base they are in the proportion of the weights, in lowest
//! terms: then every divisor rule (next is the provider with the least d(tasks) / weight, Balinski & Young) and the
//! rule of the largest shortfall send exactly those. Where lowest terms pass ECS's largest weight, the provider with the
//! smallest (tasks + 1) / weight is taken to be next, the first among equals, and the tasks are what it gives.
//!
//! A group of one zone has its tasks there. One over several zones that is filled exactly holds its whole pattern on
//! every instance. One that has more room than tasks spreads them as well as ECS can: a service that uses such a group
//! uses no group of a single zone beside it.

use std::collections::BTreeMap;

use crate::check::facts::Facts;
use crate::check::offers::{self, Offer};
use crate::check::violation::{Problem, Rule, Violation};
use crate::domain::capacity::Capacity;
use crate::domain::plan::{Certificate, PlannedProvider, PlannedService, StrategyItem};
use crate::domain::policy::ZoneSpread;
use crate::domain::service::Service;

use super::{on_demand_minimum, pool_cap, zone_spread};

/// Largest weight that ECS accepts.
const LARGEST_WEIGHT: u64 = 1_000;

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let services: Vec<Routed<'_>> = (facts.plan.services.iter())
        .filter_map(|planned| Routed::new(facts, planned))
        .collect();
    let of_services = services.iter().flat_map(|routed| {
        let place = format!("services[{}].capacityProviderStrategy", routed.service.name);
        let problems = (routed.sent_elsewhere(facts).into_iter())
            .chain(routed.uneven(facts))
            .chain(routed.too_few_on_demand(facts));
        problems.map(move |problem| problem.at(Rule::Certificate, &place))
    });
    of_services
        .chain(overfull_pools(facts, &services))
        .collect()
}

/// A service all of whose groups are certified.
struct Routed<'a> {
    service: &'a Service,
    strategy: &'a [StrategyItem],
    parts: Vec<Part<'a>>,
}

/// A service's part of a group.
struct Part<'a> {
    group: &'a PlannedProvider,
    /// By the certificate.
    tasks: u64,
    /// On each instance, by the certificate.
    each: u64,
    /// Instances in each zone that has some.
    instances: BTreeMap<Option<&'a str>, u64>,
}

impl Part<'_> {
    fn has_one_zone(&self) -> bool {
        self.instances.len() <= 1
    }

    /// Whether every instance holds its whole pattern of the service.
    fn is_full(&self) -> bool {
        let instances = self
            .instances
            .values()
            .copied()
            .fold(0, u64::saturating_add);
        self.tasks == instances.saturating_mul(self.each)
    }

    /// Most tasks in each zone; exactly so many in a group of one zone and in a full one.
    fn most_by_zone(&self) -> impl Iterator<Item = (Option<&str>, u128)> {
        (self.instances.iter()).map(|(&zone, &instances)| {
            let most = instances.saturating_mul(self.each).min(self.tasks);
            (zone, u128::from(most))
        })
    }

    /// Whether a reclaim may not take it.
    fn is_on_demand(&self) -> bool {
        (self.group.purchase_option).is_some_and(Capacity::counts_as_on_demand)
    }
}

impl<'a> Routed<'a> {
    fn new(facts: &Facts<'a>, planned: &'a PlannedService) -> Option<Self> {
        let service = *facts.services.get(planned.service_name.as_str())?;
        let strategy = planned.capacity_provider_strategy.as_slice();
        let parts: Vec<Part<'a>> = (strategy.iter())
            .map(|item| {
                let group = (facts.plan.capacity_providers.iter())
                    .find(|provider| provider.name == item.capacity_provider)?;
                Some(part(
                    facts,
                    group,
                    group.certificate.as_ref()?,
                    &service.name,
                ))
            })
            .collect::<Option<_>>()?;
        (!parts.is_empty() && !service.is_daemon()).then_some(Self {
            service,
            strategy,
            parts,
        })
    }

    /// That the strategy sends to some group another number of tasks than its certificate says.
    fn sent_elsewhere(&self, facts: &Facts<'_>) -> Option<Problem> {
        let tasks: Vec<u64> = self.parts.iter().map(|part| part.tasks).collect();
        let wanted = facts.wanted(self.service);
        let all = tasks.iter().copied().fold(0, u64::saturating_add);
        if all != wanted {
            return Some(Problem::new(
                format!("certificates for {all} tasks"),
                format!("the {wanted} that have a place"),
            ));
        }
        (!agrees(self.strategy, &tasks)).then(|| {
            Problem::new(
                format!("weights that do not send {tasks:?} tasks to its groups"),
                "weights in the proportion of the certificates' tasks, in lowest terms",
            )
        })
    }

    /// That the tasks are not even over zones, or not settled.
    fn uneven(&self, facts: &Facts<'_>) -> Option<Problem> {
        let cluster = facts.cluster;
        if cluster.zones.len() < 2
            || cluster.zone_spread() != ZoneSpread::Even
            || self.service.is_standalone()
            || self.service.is_external()
        {
            return None;
        }
        let in_one_zone = |part: &Part<'_>| part.has_one_zone();
        if let Some(loose) =
            (self.parts.iter()).find(|part| !part.has_one_zone() && !part.is_full())
        {
            return self.parts.iter().any(in_one_zone).then(|| {
                Problem::new(
                    format!(
                        "group {} over several zones, not filled exactly, beside one of a single zone",
                        loose.group.name
                    ),
                    "groups that settle how many tasks each zone has",
                )
            });
        }
        let mut counts = vec![0_u128; cluster.zones.len()];
        for (zone, tasks) in self.parts.iter().flat_map(Part::most_by_zone) {
            let place =
                zone.and_then(|name| (cluster.zones.iter()).position(|z| z.label() == name));
            if let Some(place) = place {
                counts[place] += tasks;
            }
        }
        if zone_spread::is_even(counts.iter().copied()) {
            return None;
        }
        let offers: Vec<Offer<'_>> = (offers::new_instances(facts))
            .chain(offers::kept_instances(facts))
            .collect();
        let usable = offers::usable_zones(facts, &offers, self.service);
        (!zone_spread::is_even(usable.iter().map(|&zone| counts[zone]))).then(|| {
            Problem::new(
                format!("tasks by zone: {counts:?}"),
                "counts in the zones it may use that differ by at most 1",
            )
        })
    }

    fn too_few_on_demand(&self, facts: &Facts<'_>) -> Option<Problem> {
        if self.service.is_external() {
            return None;
        }
        let least = on_demand_minimum::least(facts, self.service);
        let found = (self.parts.iter())
            .filter(|part| part.is_on_demand())
            .map(|part| part.tasks)
            .fold(0, u64::saturating_add);
        (found < least).then(|| {
            Problem::new(
                format!("{found} tasks On-Demand"),
                format!("at least {least} (onDemandBase, spotMaxShare)"),
            )
        })
    }
}

fn part<'a>(
    facts: &Facts<'a>,
    group: &'a PlannedProvider,
    certificate: &Certificate,
    name: &str,
) -> Part<'a> {
    let mut instances: BTreeMap<Option<&'a str>, u64> = BTreeMap::new();
    for row in facts
        .plan
        .instances
        .iter()
        .filter(|row| row.capacity_provider == group.name)
    {
        let there = instances
            .entry(row.availability_zone.as_deref())
            .or_default();
        *there = there.saturating_add(row.count);
    }
    let count = |counts: &indexmap::IndexMap<String, u64>| counts.get(name).copied().unwrap_or(0);
    Part {
        group,
        tasks: count(&certificate.tasks),
        each: count(&certificate.tasks_per_instance),
        instances,
    }
}

/// Spot pools with too many tasks, certified services counted by their certificates.
fn overfull_pools(facts: &Facts<'_>, services: &[Routed<'_>]) -> Vec<Violation> {
    let mut pools: BTreeMap<(&str, Option<&str>), u128> = BTreeMap::new();
    for part in services.iter().flat_map(|routed| &routed.parts) {
        if part.is_on_demand() {
            continue;
        }
        // AWS may launch any of the group's types for all of it.
        for instance_type in &part.group.instance_types {
            for (zone, tasks) in part.most_by_zone() {
                let held = pools.entry((instance_type, zone)).or_default();
                *held = held.saturating_add(tasks);
            }
        }
    }
    let most = pool_cap::most(facts);
    (pools.into_iter())
        .filter(|&(_, held)| held > most)
        .map(|((instance_type, zone), held)| {
            let place = zone.map_or_else(String::new, |zone| format!(" in {zone}"));
            let found = format!("{held} tasks on Spot instances of type {instance_type}{place}");
            Problem::new(found, format!("at most {most} (spotMaxSharePerPool)"))
                .at(Rule::Certificate, "capacityProviders")
        })
        .collect()
}

/// Whether a strategy sends exactly so many tasks to each of its providers, once all are there.
fn agrees(strategy: &[StrategyItem], tasks: &[u64]) -> bool {
    // Whoever has one group is sent there with all tasks, should there be none at the moment.
    if let ([only], [0]) = (strategy, tasks) {
        return only.weight > 0;
    }
    let Some(beyond) = (strategy.iter().zip(tasks))
        .map(|(item, tasks)| tasks.checked_sub(item.base))
        .collect::<Option<Vec<u64>>>()
    else {
        return false;
    };
    let divisor = beyond.iter().copied().fold(0, gcd).max(1);
    let lowest = || beyond.iter().map(|tasks| tasks / divisor);
    if lowest().all(|weight| weight <= LARGEST_WEIGHT) {
        return lowest().eq(strategy.iter().map(|item| item.weight));
    }
    sent_to(strategy, tasks.iter().copied().fold(0, u64::saturating_add)) == tasks
}

const fn gcd(a: u64, b: u64) -> u64 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
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

    #[test]
    fn weights_are_the_tasks_beyond_the_base_in_lowest_terms() {
        assert!(agrees(&items(&[(0, 3), (0, 1)]), &[9, 3]));
        assert!(!agrees(&items(&[(0, 9), (0, 3)]), &[9, 3]));
        assert!(!agrees(&items(&[(0, 2), (0, 1)]), &[9, 3]));
        assert!(agrees(&items(&[(2, 0), (0, 1)]), &[2, 5]));
        assert!(!agrees(&items(&[(3, 0), (0, 1)]), &[2, 5]));
        // 1,501 + 1: beyond the largest weight the counts are what the assumed rule gives.
        assert!(agrees(&items(&[(0, 1_000), (0, 1)]), &[1_501, 1]));
        assert!(!agrees(&items(&[(0, 1_000), (0, 1)]), &[1_500, 2]));
    }
}
