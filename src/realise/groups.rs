//! Groups with the tasks they take, and the strategies that send the tasks there.
//!
//! A service's tasks are divided among its groups within their patterns, and each group's part becomes its
//! weight: weights in the proportion of the parts reproduce them exactly once all tasks are there, and no group has
//! more before. Where the parts have no common proportion within ECS's largest weight, 1000, other divisions and
//! rounded weights are tried against the replica's rule.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::domain::capacity::ProviderKind;
use crate::formulate::demand::Demand;
use crate::formulate::model::PlanningInput;
use crate::formulate::rules::purchase;
use crate::optimize::few_patterns::Design;
use crate::simulate::choices::Choices;
use crate::simulate::providers::{ProviderStrategy, StrategyItem};

use super::placement::Placement;
use super::problem::GroupProblem;

/// Largest weight that ECS accepts.
pub(super) const LARGEST_WEIGHT: u64 = 1000;

/// A pattern group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DesignedGroup {
    /// The offerings of its instances, one per zone it spans.
    pub offerings: Vec<usize>,
    /// Instances of each offering.
    pub counts: Vec<u64>,
    /// How ECS places the tasks of the services that use it.
    pub placement: Placement,
    /// Most tasks of each service on one instance, by position in the cluster; none of them 0. Empty where nothing
    /// is certified.
    pub tasks_per_instance: BTreeMap<usize, u64>,
    /// Tasks of each service in the group once all are there; none of them 0.
    pub tasks: BTreeMap<usize, u64>,
    /// Weight in each service's strategy; 0 only beside a base.
    pub weights: BTreeMap<usize, u64>,
    /// Base in each service's strategy; none of them 0.
    pub bases: BTreeMap<usize, u64>,
}

impl DesignedGroup {
    /// Instances in all.
    pub fn instances(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Whether every order of arrival fits by its patterns.
    pub fn is_certified(&self) -> bool {
        !self.tasks_per_instance.is_empty()
    }

    /// Whether it stands in a single zone, or the cluster has none.
    pub const fn is_of_one_zone(&self) -> bool {
        self.offerings.len() == 1
    }

    /// Whether some service has as many tasks there as all instances hold by their patterns.
    pub fn is_full(&self) -> bool {
        (self.tasks.iter()).any(|(&service, &tasks)| tasks == self.most_tasks(service))
    }

    /// Whether the others hold all tasks by their patterns when any one instance is gone.
    pub fn outlives_an_instance(&self) -> bool {
        (self.tasks.iter()).all(|(service, &tasks)| {
            let each = self.tasks_per_instance.get(service).copied().unwrap_or(0);
            tasks <= each.saturating_mul(self.instances().saturating_sub(1))
        })
    }

    /// Most tasks of a service that the certificate allows.
    pub fn most_tasks(&self, service: usize) -> u64 {
        let each = self.tasks_per_instance.get(&service).copied().unwrap_or(0);
        each.saturating_mul(self.instances())
    }
}

/// The groups of a design; `None` where some service's tasks cannot be sent where they belong.
pub fn of_design(
    input: PlanningInput<'_>,
    demand: &Demand,
    problem: &GroupProblem,
    design: &Design,
) -> Option<Vec<DesignedGroup>> {
    let mut groups: Vec<DesignedGroup> = (design.slots.iter().zip(&design.copies))
        .map(|(slot, copies)| DesignedGroup {
            offerings: problem.offerings[slot.kind].clone(),
            counts: vec![slot.units; problem.offerings[slot.kind].len()],
            placement: Placement::SpreadOverInstances,
            tasks_per_instance: (problem.services.iter().zip(copies))
                .filter(|(_, copies)| **copies > 0)
                .map(|(&service, &copies)| (service, copies))
                .collect(),
            tasks: BTreeMap::new(),
            weights: BTreeMap::new(),
            bases: BTreeMap::new(),
        })
        .collect();
    for (item, &service) in problem.services.iter().enumerate() {
        let count = demand.tasks[service];
        let parts: Vec<Part> = (design.slots.iter().enumerate())
            .filter(|&(place, _)| design.copies[place][item] > 0)
            .map(|(place, slot)| Part {
                group: place,
                most: problem.few.covered_by(slot) * design.copies[place][item],
                firm: problem.few.kinds[slot.kind].firm,
            })
            .collect();
        let minimum =
            purchase::on_demand_minimum(input.cluster, &input.cluster.services[service], count);
        if !input.cluster.policy.deterministic_routing {
            send_by_base(&mut groups, service, &parts, count, minimum)?;
            continue;
        }
        for (part, (tasks, weight)) in parts.iter().zip(divide(&parts, count, minimum)?) {
            if tasks > 0 {
                groups[part.group].tasks.insert(service, tasks);
                groups[part.group].weights.insert(service, weight);
            } else {
                groups[part.group].tasks_per_instance.remove(&service);
            }
        }
    }
    Some(groups)
}

/// Sends a service's tasks where no weights decide: all to one group, or its On-Demand minimum as the base of one group
/// and the rest to another.
fn send_by_base(
    groups: &mut [DesignedGroup],
    service: usize,
    parts: &[Part],
    count: u64,
    minimum: u64,
) -> Option<()> {
    let alone = (parts.iter()).find(|part| part.most >= count && (part.firm || minimum == 0));
    let (sent, base) = if let Some(part) = alone {
        (vec![(part.group, count)], None)
    } else {
        // What the patterns of the others do not hold is in the base as well.
        let (firm, base, other) = (parts.iter().filter(|part| part.firm && minimum > 0))
            .flat_map(|firm| parts.iter().map(move |other| (firm, other)))
            .filter(|(firm, other)| firm.group != other.group)
            .map(|(firm, other)| (firm, minimum.max(count.saturating_sub(other.most)), other))
            .filter(|&(firm, base, _)| base <= firm.most && base < count)
            .min_by_key(|&(firm, base, other)| (base, firm.group, other.group))?;
        let sent = vec![(firm.group, base), (other.group, count - base)];
        (sent, Some(firm.group))
    };
    for part in parts {
        let group = &mut groups[part.group];
        match sent.iter().find(|known| known.0 == part.group) {
            Some(&(_, tasks)) if tasks > 0 => {
                let has_base = base == Some(part.group);
                group.tasks.insert(service, tasks);
                group.weights.insert(service, u64::from(!has_base));
                if has_base {
                    group.bases.insert(service, tasks);
                }
            }
            _ => {
                group.tasks_per_instance.remove(&service);
            }
        }
    }
    Some(())
}

/// A group as one service sees it.
#[derive(Debug, Clone, Copy)]
struct Part {
    group: usize,
    /// Most tasks.
    most: u64,
    /// Whether its tasks count as On-Demand.
    firm: bool,
}

/// Tasks and weight of each part: `count` tasks in all, at least `minimum` of them in firm parts.
fn divide(parts: &[Part], count: u64, minimum: u64) -> Option<Vec<(u64, u64)>> {
    let firm: u64 = parts.iter().filter(|p| p.firm).map(|p| p.most).sum();
    let all: u64 = parts.iter().map(|p| p.most).sum();
    if all < count || firm < minimum {
        return None;
    }
    // The surplus comes off parts that are not firm first, the largest first; or, for rounder weights, off others.
    (0..parts.len()).find_map(|turn| {
        let mut order: Vec<usize> = (0..parts.len()).collect();
        order.sort_by_key(|&part| (parts[part].firm, std::cmp::Reverse(parts[part].most), part));
        order.rotate_left(turn);
        let tasks = without_surplus(parts, &order, all - count, firm - minimum);
        let (weights, reached) = weights(parts, &tasks, minimum)?;
        Some(reached.into_iter().zip(weights).collect())
    })
}

/// Most tasks of each part less a surplus, taken off in an order; firm parts give up at most `firm_surplus`.
fn without_surplus(parts: &[Part], order: &[usize], surplus: u64, firm_surplus: u64) -> Vec<u64> {
    let mut tasks: Vec<u64> = parts.iter().map(|part| part.most).collect();
    let (mut left, mut firm_left) = (surplus, firm_surplus);
    for &part in order {
        let most = if parts[part].firm { firm_left } else { left };
        let off = tasks[part].min(most).min(left);
        tasks[part] -= off;
        left -= off;
        if parts[part].firm {
            firm_left -= off;
        }
    }
    tasks
}

/// Weights under which no part gets more than it can hold, and firm parts their minimum; and what each part gets.
fn weights(parts: &[Part], tasks: &[u64], minimum: u64) -> Option<(Vec<u64>, Vec<u64>)> {
    let divisor = tasks.iter().copied().fold(0, gcd).max(1);
    let exact: Vec<u64> = tasks.iter().map(|tasks| tasks / divisor).collect();
    let largest = exact.iter().copied().max().unwrap_or(0);
    if largest <= LARGEST_WEIGHT {
        return Some((exact, tasks.to_vec()));
    }
    (LARGEST_WEIGHT / 2..=LARGEST_WEIGHT)
        .rev()
        .find_map(|most| {
            let rounded: Vec<u64> = (exact.iter())
                .map(|&weight| match weight {
                    0 => 0,
                    _ => ((weight * most + largest / 2) / largest).max(1),
                })
                .collect();
            let count = tasks.iter().sum();
            let reached = split(&rounded, count)?;
            let within = (parts.iter().zip(&reached)).all(|(part, &reached)| reached <= part.most);
            let firm: u64 = (parts.iter().zip(&reached))
                .filter(|(part, _)| part.firm)
                .map(|(_, &reached)| reached)
                .sum();
            (within && firm >= minimum).then_some((rounded, reached))
        })
}

/// Weights in the proportion of the tasks, as far as ECS's largest weight allows.
pub(super) fn reduced_weights(tasks: &[u64]) -> Vec<u64> {
    let divisor = tasks.iter().copied().fold(0, gcd).max(1);
    let largest = tasks.iter().copied().max().unwrap_or(0) / divisor;
    let reduced = tasks.iter().map(|tasks| tasks / divisor);
    if largest <= LARGEST_WEIGHT {
        return reduced.collect();
    }
    let rounded = |weight: u64| (weight * LARGEST_WEIGHT + largest / 2) / largest;
    reduced
        .map(|weight| {
            if weight == 0 {
                0
            } else {
                rounded(weight).max(1)
            }
        })
        .collect()
}

/// Tasks over their greatest common divisor; `None` where ECS does not accept weights as large.
pub(super) fn exact_weights(tasks: &[u64]) -> Option<Vec<u64>> {
    let divisor = tasks.iter().copied().fold(0, gcd).max(1);
    let exact: Vec<u64> = tasks.iter().map(|tasks| tasks / divisor).collect();
    exact
        .iter()
        .all(|&weight| weight <= LARGEST_WEIGHT)
        .then_some(exact)
}

/// Weights within ECS's limit that send exactly these tasks, none of them 0, by the replica's rule: next is the provider
/// with the least `(tasks + 1) / weight`, among equals the first of the strategy, which names larger weights and then
/// larger tasks first.
///
/// `c` are the tasks sent, at every moment no provider being ahead of its own, where a ratio `λ` parts them:
/// `c_j / w_j ≤ λ < (c_j + 1) / w_j` for every `j`, for instance the largest `c_j / w_j`; on the right `=` will do for
/// providers that come after all whose `c_j / w_j = λ`. So every ratio `c_j / w` of some provider is tried as that largest
/// one, the weights being the least that keep to it, `⌈c_j / λ⌉`; the first found has the largest weights. `None` where
/// there are none.
pub(super) fn scaled_weights(tasks: &[u64]) -> Option<Vec<u64>> {
    (1..=LARGEST_WEIGHT)
        .rev()
        .find_map(|weight| (tasks.iter()).find_map(|&of| parted_at(of, weight, tasks)))
}

/// The least weights for the ratio `of / weight`, where it parts the tasks.
fn parted_at(of: u64, weight: u64, tasks: &[u64]) -> Option<Vec<u64>> {
    let above = |tasks: u64, least: u64| {
        let (tasks, least) = (u128::from(tasks), u128::from(least));
        (tasks * u128::from(weight)).cmp(&(least * u128::from(of)))
    };
    let least = |&own: &u64| {
        let least = (u128::from(own) * u128::from(weight)).div_ceil(u128::from(of));
        u64::try_from(least).ok().filter(|&least| {
            (1..=LARGEST_WEIGHT).contains(&least) && above(own + 1, least) != Ordering::Less
        })
    };
    let weights: Vec<u64> = tasks.iter().map(least).collect::<Option<_>>()?;
    let both = || tasks.iter().copied().zip(weights.iter().copied());
    let last = (both().filter(|&(own, weight)| above(own, weight) == Ordering::Equal))
        .map(|(_, weight)| weight)
        .min()?;
    both()
        .filter(|&(own, weight)| above(own + 1, weight) == Ordering::Equal)
        .all(|(_, weight)| weight <= last)
        .then_some(weights)
}

/// Tasks of each provider by the replica's rule; `None` where ECS refuses the strategy, for more than 20 groups or
/// without any weight: such groups are no answer, and the caller looks for others.
fn split(weights: &[u64], count: u64) -> Option<Vec<u64>> {
    let used: Vec<usize> = (0..weights.len())
        .filter(|&part| weights[part] > 0)
        .collect();
    let items = (used.iter().enumerate())
        .map(|(provider, &part)| StrategyItem {
            provider,
            kind: ProviderKind::AutoScalingGroup,
            base: 0,
            weight: u32::try_from(weights[part]).unwrap_or(u32::MAX),
        })
        .collect();
    let strategy = ProviderStrategy::try_new(items, &Choices::default()).ok()?;
    let counts = strategy.split(&vec![0; used.len()], count);
    let mut by_part = vec![0; weights.len()];
    for (&part, count) in used.iter().zip(counts) {
        by_part[part] = count;
    }
    Some(by_part)
}

pub(super) const fn gcd(a: u64, b: u64) -> u64 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts(list: &[(u64, bool)]) -> Vec<Part> {
        (list.iter().enumerate())
            .map(|(group, &(most, firm))| Part { group, most, firm })
            .collect()
    }

    #[test]
    fn parts_are_filled_but_for_the_surplus_and_weights_are_in_lowest_terms() {
        let divided = divide(&parts(&[(33, true), (11, true)]), 40, 0);
        assert_eq!(divided, Some(vec![(29, 29), (11, 11)]));
        let divided = divide(&parts(&[(20, true), (10, true)]), 30, 0);
        assert_eq!(divided, Some(vec![(20, 2), (10, 1)]));
    }

    #[test]
    fn the_surplus_comes_off_spot_first_and_firm_parts_keep_their_minimum() {
        let divided = divide(&parts(&[(12, true), (8, false)]), 15, 10);
        assert_eq!(divided, Some(vec![(12, 4), (3, 1)]));
        let divided = divide(&parts(&[(12, true), (3, false)]), 10, 10);
        assert_eq!(divided, Some(vec![(10, 1), (0, 0)]));
        assert_eq!(divide(&parts(&[(4, true), (9, false)]), 10, 5), None);
    }

    #[test]
    fn the_base_takes_what_the_other_group_does_not_hold_and_at_least_the_minimum() {
        let empty = || DesignedGroup {
            offerings: vec![0],
            counts: vec![1],
            placement: Placement::SpreadOverInstances,
            tasks_per_instance: BTreeMap::from([(0, 1)]),
            tasks: BTreeMap::new(),
            weights: BTreeMap::new(),
            bases: BTreeMap::new(),
        };
        let sent = |list: &[(u64, bool)], count: u64, minimum: u64| {
            let mut groups = vec![empty(), empty(), empty()];
            send_by_base(&mut groups, 0, &parts(list), count, minimum)?;
            let of = |by: fn(&DesignedGroup) -> &BTreeMap<usize, u64>| -> Vec<u64> {
                (groups.iter())
                    .map(|group| by(group).get(&0).copied().unwrap_or(0))
                    .collect()
            };
            Some([
                of(|group| &group.tasks),
                of(|group| &group.bases),
                of(|group| &group.weights),
            ])
        };
        let with_base = |tasks: [u64; 3], base: [u64; 3], weights: [u64; 3]| {
            Some([tasks, base, weights].map(Vec::from))
        };
        let exact = sent(&[(3, true), (6, false), (0, false)], 9, 3);
        assert_eq!(exact, with_base([3, 6, 0], [3, 0, 0], [0, 1, 0]));
        let more = sent(&[(4, true), (5, false), (0, false)], 9, 3);
        assert_eq!(more, with_base([4, 5, 0], [4, 0, 0], [0, 1, 0]));
        let alone = sent(&[(9, true), (9, false), (0, false)], 9, 3);
        assert_eq!(alone, with_base([9, 0, 0], [0, 0, 0], [1, 0, 0]));
        assert_eq!(sent(&[(3, true), (5, false), (0, false)], 9, 3), None);
        assert_eq!(sent(&[(3, true), (6, true), (0, false)], 9, 0), None);
    }

    /// What the strategy of these weights, written as a plan does, sends to each part.
    fn sent(weights: &[u64], tasks: &[u64]) -> Vec<u64> {
        let mut order: Vec<usize> = (0..weights.len()).collect();
        order.sort_by_key(|&part| std::cmp::Reverse((weights[part], tasks[part])));
        let sorted: Vec<u64> = order.iter().map(|&part| weights[part]).collect();
        let split = split(&sorted, tasks.iter().sum()).expect("a strategy");
        let mut sent = vec![0; weights.len()];
        for (&part, tasks) in order.iter().zip(split) {
            sent[part] = tasks;
        }
        sent
    }

    proptest! {
        #[test]
        fn scaled_weights_send_exactly_the_tasks(tasks in prop::collection::vec(1_u64..3_000, 1..6)) {
            if let Some(weights) = scaled_weights(&tasks) {
                prop_assert!(weights.iter().all(|weight| (1..=LARGEST_WEIGHT).contains(weight)));
                prop_assert_eq!(sent(&weights, &tasks), tasks);
            }
        }

        #[test]
        fn weights_that_send_the_tasks_are_found(
            weights in prop::collection::vec(1_u64..=LARGEST_WEIGHT, 1..6),
            count in 1_001_u64..6_000,
        ) {
            let tasks = split(&weights, count).expect("a strategy");
            // Two that are as near to their next task are parted by their order alone.
            let ratio = |more: u64, part: usize| (tasks[part] + more) as f64 / weights[part] as f64;
            let next = (0..tasks.len()).map(|part| ratio(1, part)).fold(f64::INFINITY, f64::min);
            let last = (0..tasks.len()).map(|part| ratio(0, part)).fold(0.0, f64::max);
            if tasks.iter().all(|&tasks| tasks > 0) && next > last * (1.0 + 1e-9) {
                prop_assert!(scaled_weights(&tasks).is_some(), "{:?} {:?}", tasks, weights);
            }
        }
    }

    #[test]
    fn services_of_thousands_of_tasks_over_three_zones_have_weights() {
        for tasks in [
            [13_334, 13_333, 13_333],
            [1_667, 1_666, 1_667],
            [2_001, 1_300, 700],
        ] {
            let weights = scaled_weights(&tasks).expect("weights");
            assert_eq!(sent(&weights, &tasks), tasks, "{weights:?}");
        }
        assert_eq!(scaled_weights(&[40_000, 1]), None);
    }

    #[test]
    fn weights_beyond_ecs_s_limit_are_rounded_within_the_patterns() {
        let own = parts(&[(4_004, true), (1_200, true)]);
        let divided = divide(&own, 5_003, 0).expect("some division");
        let weights: Vec<u64> = divided.iter().map(|&(_, weight)| weight).collect();
        assert!(weights.iter().all(|&weight| weight <= LARGEST_WEIGHT));
        let tasks: Vec<u64> = divided.iter().map(|&(tasks, _)| tasks).collect();
        let reached = split(&weights, 5_003).expect("a strategy");
        assert!(reached[0] <= 4_004 && reached[1] <= 1_200);
        assert_eq!(reached, tasks);
    }
}
