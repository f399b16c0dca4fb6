//! The ideal packing as groups: one Auto Scaling group for each of its rows.
//!
//! Rows are identical instances (type, way of buying, zone, pattern `a`). A group for each row, in its zone alone, and
//! for every service weights in proportion to its tasks in the rows make a fleet that costs what the packing costs and
//! that ECS fills in every order of arrival, with exactly the packing's tasks in each zone and on each way of buying:
//!
//! - *Routing.* With weights `c_j / g` no divisor rule sends a task to a provider that has its `c_j`
//!   while another has fewer than its own, from any state; nor does the rule of the largest shortfall.
//! - *Room.* Before its next task the group has fewer than `n a_i` tasks of service `i`, so the instance with
//!   the fewest of them holds at most `a_i − 1`, and all others at most their own `a` there.
//!
//! The price is the number of groups, so rows become one group where that costs nothing:
//!
//! - the same row in several zones, equally often: one group over them, which is filled exactly, so that every instance
//!   holds its whole pattern and every zone the same tasks;
//! - rows of one type in one zone whose largest patterns fit together: a group of all their instances that has more room
//!   than tasks.

use std::collections::BTreeMap;

use crate::domain::capacity::Capacity;
use crate::formulate::model::PlanningInput;
use crate::formulate::offering::Offering;

use super::Guide;
use super::groups::{DesignedGroup, exact_weights, scaled_weights};
use super::placement::Placement;

/// Tasks on one instance, by position of the service.
type Tasks = BTreeMap<usize, u64>;
/// What instances in different zones have in common.
type Make<'a> = (&'a str, Capacity, Option<&'a str>);

/// The ideal packing's groups, as few as cost nothing more; `None` where they are more than `most`, its rows keep room or
/// hold nothing, or a service's parts have no common weights that ECS accepts.
pub fn groups(
    input: PlanningInput<'_>,
    guide: &Guide<'_>,
    most: u64,
) -> Option<Vec<DesignedGroup>> {
    let (single, mut several): (Vec<DesignedGroup>, Vec<DesignedGroup>) = over_zones(input, guide)
        .into_iter()
        .partition(DesignedGroup::is_of_one_zone);
    let left = most.checked_sub(several.len() as u64)?;
    several.extend(merged(input, guide, single, left)?);
    give_weights(&mut several)?;
    Some(several)
}

/// One group for each row, or for the rows that are alike in several zones.
fn over_zones(input: PlanningInput<'_>, guide: &Guide<'_>) -> Vec<DesignedGroup> {
    let usable = &input.offerings.usable;
    let mut alike: BTreeMap<(Make<'_>, &Tasks), BTreeMap<usize, u64>> = BTreeMap::new();
    for row in guide.fleet {
        let of_offering = alike.entry((make(&usable[row.offering]), row.tasks));
        *of_offering.or_default().entry(row.offering).or_default() += row.count;
    }
    let mut groups = Vec::new();
    for ((_, tasks), counts) in alike {
        // Offerings of one make are in zones of their own.
        let mut by_count: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for (offering, count) in counts {
            by_count.entry(count).or_default().push(offering);
        }
        for (count, mut offerings) in by_count {
            offerings.sort_by_key(|&offering| usable[offering].zone);
            groups.push(group(offerings, count, tasks));
        }
    }
    groups
}

fn make(offering: &Offering) -> Make<'_> {
    (
        &offering.instance_type,
        offering.purchase_option,
        offering.group.as_deref(),
    )
}

fn group(offerings: Vec<usize>, count: u64, tasks: &Tasks) -> DesignedGroup {
    let instances = count * offerings.len() as u64;
    DesignedGroup {
        counts: vec![count; offerings.len()],
        offerings,
        placement: Placement::SpreadOverInstances,
        tasks_per_instance: tasks.clone(),
        tasks: (tasks.iter())
            .map(|(&service, &each)| (service, each * instances))
            .collect(),
        weights: BTreeMap::new(),
        bases: BTreeMap::new(),
    }
}

/// Groups of one offering put together where one instance holds the largest of their patterns, the fullest first; `None`
/// as soon as they are more than `most`: thousands of rows are compared pair by pair otherwise.
fn merged(
    input: PlanningInput<'_>,
    guide: &Guide<'_>,
    single: Vec<DesignedGroup>,
    most: u64,
) -> Option<Vec<DesignedGroup>> {
    let mut merged: Vec<DesignedGroup> = Vec::new();
    for group in single {
        if merged.len() as u64 > most {
            return None;
        }
        let into = (merged.iter_mut())
            .filter(|known| known.offerings == group.offerings)
            .find_map(|known| {
                let largest = largest(&known.tasks_per_instance, &group.tasks_per_instance);
                let fits = fits(input, guide, group.offerings[0], &largest);
                fits.then_some((known, largest))
            });
        match into {
            Some((known, largest)) => {
                known.tasks_per_instance = largest;
                known.counts[0] += group.counts[0];
                for (service, tasks) in group.tasks {
                    *known.tasks.entry(service).or_default() += tasks;
                }
            }
            None => merged.push(group),
        }
    }
    (merged.len() as u64 <= most).then_some(merged)
}

fn largest(one: &Tasks, other: &Tasks) -> Tasks {
    let mut largest = one.clone();
    for (&service, &each) in other {
        let most = largest.entry(service).or_default();
        *most = each.max(*most);
    }
    largest
}

/// Whether one instance of an offering holds these tasks.
fn fits(input: PlanningInput<'_>, guide: &Guide<'_>, offering: usize, tasks: &Tasks) -> bool {
    let zone = input.offerings.usable[offering].zone;
    let content: Option<Vec<(usize, u64)>> = (tasks.iter())
        .map(|(&service, &each)| Some((guide.model.item(service, zone)?, each)))
        .collect();
    content.is_some_and(|mut content| {
        content.sort_unstable();
        guide.model.bin_for(offering, &content).is_some()
    })
}

/// Every service's weights: its tasks in each group over their greatest common divisor, or, where those pass ECS's
/// largest weight, others that send the same ([`scaled_weights`]).
pub(super) fn give_weights(groups: &mut [DesignedGroup]) -> Option<()> {
    if (groups.iter()).any(|group| group.tasks.is_empty()) {
        return None;
    }
    let mut parts: BTreeMap<usize, Vec<(usize, u64)>> = BTreeMap::new();
    for (place, group) in groups.iter().enumerate() {
        for (&service, &tasks) in &group.tasks {
            parts.entry(service).or_default().push((place, tasks));
        }
    }
    for group in groups.iter_mut() {
        group.weights.clear();
    }
    for (service, parts) in parts {
        let tasks: Vec<u64> = parts.iter().map(|&(_, tasks)| tasks).collect();
        let weights = exact_weights(&tasks).or_else(|| scaled_weights(&tasks))?;
        for ((place, _), weight) in parts.into_iter().zip(weights) {
            groups[place].weights.insert(service, weight);
        }
    }
    Some(())
}
