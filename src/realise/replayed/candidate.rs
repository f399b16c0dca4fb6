//! A candidate: groups, and how many tasks of each service belong to each.

use std::collections::{BTreeMap, BTreeSet};

use crate::formulate::model::PlanningInput;
use crate::optimize::problem::Cost;
use crate::realise::groups::{DesignedGroup, reduced_weights};
use crate::realise::placement::Placement;

use super::kinds::Kinds;

/// Instances of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CandidateGroup {
    pub kind: usize,
    pub instances: u64,
    /// The zone, among the kind's, that takes the first odd instance.
    pub first: usize,
    /// Tasks by item.
    pub tasks: Vec<u64>,
}

/// Groups with their tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub groups: Vec<CandidateGroup>,
    pub placement: Placement,
}

impl CandidateGroup {
    /// Instances of each of the kind's offerings: level, as an Auto Scaling group has them.
    pub fn counts(&self, kinds: &Kinds) -> Vec<u64> {
        let zones = kinds.offerings[self.kind].len();
        let (each, odd) = (self.instances / zones as u64, self.instances % zones as u64);
        (0..zones)
            .map(|zone| {
                let turn = (zone + zones - self.first % zones) % zones;
                each + u64::from((turn as u64) < odd)
            })
            .collect()
    }
}

impl Candidate {
    /// Cost of all instances, on the cost grid.
    pub fn cost(&self, input: PlanningInput<'_>, kinds: &Kinds) -> Cost {
        (self.groups.iter())
            .flat_map(|group| kinds.offerings[group.kind].iter().zip(group.counts(kinds)))
            .map(|(&offering, count)| {
                (input.offerings.usable[offering].usd_per_hour * count).grid_units()
            })
            .sum()
    }

    /// Whether the limits on groups, instances and types hold, and every On-Demand minimum.
    pub fn is_allowed(&self, kinds: &Kinds) -> bool {
        let few = &kinds.few;
        let bins: u64 = self.groups.iter().map(|group| group.instances).sum();
        bins <= few.most_bins
            && self.groups.len() <= few.slots
            && (few.most_classes).is_none_or(|most| types(kinds, &self.groups) <= most)
            && self.groups.iter().all(|group| group.instances > 0)
            && (few.items.iter().enumerate()).all(|(item, data)| {
                let firm: u64 = (self.groups.iter())
                    .filter(|group| few.kinds[group.kind].firm)
                    .map(|group| group.tasks[item])
                    .sum();
                firm >= data.firm
            })
    }

    /// Drops groups that no service uses, and puts the others in one order, so that equal candidates are equal.
    pub fn tidy(&mut self) {
        self.groups
            .retain(|group| group.tasks.iter().any(|&tasks| tasks > 0));
        (self.groups).sort_by(|a, b| {
            (a.kind.cmp(&b.kind))
                .then(b.instances.cmp(&a.instances))
                .then_with(|| a.tasks.cmp(&b.tasks))
        });
    }

    /// The groups as the planner takes them.
    pub fn groups(&self, kinds: &Kinds) -> Vec<DesignedGroup> {
        let mut groups: Vec<DesignedGroup> = (self.groups.iter())
            .map(|group| DesignedGroup {
                offerings: kinds.offerings[group.kind].clone(),
                counts: group.counts(kinds),
                placement: self.placement,
                tasks_per_instance: BTreeMap::new(),
                tasks: (kinds.services.iter().zip(&group.tasks))
                    .filter(|(_, tasks)| **tasks > 0)
                    .map(|(&service, &tasks)| (service, tasks))
                    .collect(),
                weights: BTreeMap::new(),
                bases: BTreeMap::new(),
            })
            .collect();
        for (item, &service) in kinds.services.iter().enumerate() {
            let tasks: Vec<u64> = self.groups.iter().map(|group| group.tasks[item]).collect();
            for (group, weight) in groups.iter_mut().zip(reduced_weights(&tasks)) {
                if weight > 0 {
                    group.weights.insert(service, weight);
                }
            }
        }
        groups
    }
}

/// Distinct types among the groups.
fn types(kinds: &Kinds, groups: &[CandidateGroup]) -> usize {
    let classes: BTreeSet<usize> = (groups.iter())
        .map(|group| kinds.few.kinds[group.kind].class)
        .collect();
    classes.len()
}
