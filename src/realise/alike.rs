//! Groups that are alike become one where that costs nothing.
//!
//! Two certified groups on the same offerings, with patterns `a` and `b` of tasks per instance:
//!
//! - `a = b`: one group with the instances and the tasks of both has the same pattern on every instance, and is filled exactly where
//!   both are;
//! - in a single zone, `a ≤ b` in every service: the instances of the first hold `b` as well, so that the group has room for more tasks
//!   than it is sent.
//!
//! Either way every service's tasks are at most instances × pattern, what the certificate asks for, and the same instances are paid for.
//! Fewer groups are fewer things to run, and fewer weights that routing has to keep.

use std::collections::BTreeMap;

use super::groups::DesignedGroup;
use super::rows::give_weights;

/// The groups with alike ones put together, weights anew; `None` where none are alike, where strategies rest on bases, or
/// where a service's parts have no common weights that ECS accepts.
#[must_use]
pub fn merged(groups: &[DesignedGroup]) -> Option<Vec<DesignedGroup>> {
    if (groups.iter()).any(|group| !group.is_certified() || !group.bases.is_empty()) {
        return None;
    }
    let mut fewer: Vec<DesignedGroup> = Vec::new();
    for group in groups {
        match fewer.iter_mut().find(|known| are_alike(known, group)) {
            Some(known) => put_together(known, group),
            None => fewer.push(group.clone()),
        }
    }
    if fewer.len() == groups.len() {
        return None;
    }
    give_weights(&mut fewer)?;
    Some(fewer)
}

fn are_alike(one: &DesignedGroup, other: &DesignedGroup) -> bool {
    let (a, b) = (&one.tasks_per_instance, &other.tasks_per_instance);
    one.offerings == other.offerings
        && one.placement == other.placement
        && (a == b || one.is_of_one_zone() && (covers(a, b) || covers(b, a)))
}

/// Whether a pattern has at least as many tasks of every service.
fn covers(pattern: &BTreeMap<usize, u64>, other: &BTreeMap<usize, u64>) -> bool {
    (other.iter()).all(|(service, each)| pattern.get(service).is_some_and(|own| own >= each))
}

fn put_together(group: &mut DesignedGroup, other: &DesignedGroup) {
    if covers(&other.tasks_per_instance, &group.tasks_per_instance) {
        group
            .tasks_per_instance
            .clone_from(&other.tasks_per_instance);
    }
    for (count, more) in group.counts.iter_mut().zip(&other.counts) {
        *count += more;
    }
    for (&service, &tasks) in &other.tasks {
        *group.tasks.entry(service).or_default() += tasks;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::realise::placement::Placement;

    /// A group of `count` instances in each of these offerings.
    fn group(
        offerings: &[usize],
        count: u64,
        pattern: &[(usize, u64)],
        tasks: &[(usize, u64)],
    ) -> DesignedGroup {
        DesignedGroup {
            offerings: offerings.to_vec(),
            counts: vec![count; offerings.len()],
            placement: Placement::SpreadOverInstances,
            tasks_per_instance: pattern.iter().copied().collect(),
            tasks: tasks.iter().copied().collect(),
            weights: BTreeMap::new(),
            bases: BTreeMap::new(),
        }
    }

    #[test]
    fn alike_groups_are_one_with_the_larger_pattern_and_all_tasks() {
        let groups = [
            group(&[3], 1, &[(0, 1)], &[(0, 1)]),
            group(&[3], 2, &[(0, 2)], &[(0, 4)]),
            group(&[4], 1, &[(0, 2)], &[(0, 2)]),
        ];
        let merged = merged(&groups).expect("two are alike");
        assert_eq!(merged.len(), 2);
        assert_eq!(merged[0].counts, [3]);
        assert_eq!(merged[0].tasks_per_instance[&0], 2);
        assert_eq!(merged[0].tasks[&0], 5);
        let weights: Vec<u64> = merged.iter().map(|group| group.weights[&0]).collect();
        assert_eq!(weights, [5, 2]);
        let holds = |group: &DesignedGroup| group.tasks[&0] <= group.most_tasks(0);
        assert!(merged.iter().all(holds));
    }

    #[test]
    fn over_several_zones_only_equal_patterns_are_put_together() {
        let zones = [0, 1, 2];
        let full = group(&zones, 1, &[(0, 2)], &[(0, 6)]);
        let other = group(&zones, 1, &[(0, 1)], &[(0, 3)]);
        assert_eq!(merged(&[full.clone(), other]), None);
        let one = merged(&[full.clone(), full]).expect("alike");
        assert_eq!(
            (one.len(), one[0].counts.clone(), one[0].tasks[&0]),
            (1, vec![2, 2, 2], 12)
        );
    }

    #[test]
    fn patterns_of_which_neither_covers_the_other_stay_apart() {
        let one = group(&[0], 1, &[(0, 2), (1, 1)], &[(0, 2), (1, 1)]);
        let other = group(&[0], 1, &[(0, 1), (1, 2)], &[(0, 1), (1, 2)]);
        assert_eq!(merged(&[one, other]), None);
    }
}
