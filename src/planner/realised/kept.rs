//! Instances of today that stay (`keepInstances: all`), and how ECS's strategies send tasks to them.
//!
//! How many tasks of each service stand on today's instances and how many on new ones is either what ECS places on
//! today's instances under today's strategies, so that nothing changes that fits, as many of those as every order of arrival
//! leaves a place (`patterns_of_today`), or what the ideal packing leaves there.
//! What is new is designed for its own tasks alone, in groups beside those of today. A service that stays on today's instances with all
//! its tasks keeps its own strategies where they name nothing else; one that is divided gets weights in proportion to
//! its tasks. Whether ECS then fills today's instances as well, replays decide: nothing of them is certified.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::cluster::Cluster;
use crate::domain::plan::StrategyItem;
use crate::domain::weights;
use crate::formulate::demand::Demand;
use crate::planner::assemble::Assembly;
use crate::realise::groups::DesignedGroup;

/// Tasks of each service by capacity provider; an empty name is of instances outside every provider.
pub(super) type TasksByProvider = BTreeMap<usize, BTreeMap<String, u64>>;

/// Tasks on today's instances.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept {
    /// Tasks of each service by capacity provider, by position of the service.
    tasks: TasksByProvider,
    /// Capacity providers of instances that stay.
    groups: BTreeSet<String>,
    /// Whether services that are not divided keep their own strategies.
    keeps_strategies: bool,
}

impl Kept {
    /// The tasks that stay as ECS places them on today's instances, and those for new ones. `None` where a service has
    /// tasks on instances outside every provider and elsewhere too, which no strategy tells ECS.
    pub fn as_today(assembly: &Assembly<'_>, placed: &TasksByProvider) -> Option<(Self, Demand)> {
        Self::of(assembly, placed, true)
    }

    /// The same as the ideal packing leaves them.
    pub fn as_packed(assembly: &Assembly<'_>, keeps_strategies: bool) -> Option<(Self, Demand)> {
        let mut placed = TasksByProvider::new();
        for row in &assembly.packed.fleet.rows {
            let offering = &assembly.input.offerings.usable[row.offering];
            let Some(existing) = &offering.existing else {
                continue;
            };
            for (&service, &each) in &row.tasks {
                let by_provider = placed.entry(service).or_default();
                *by_provider
                    .entry(existing.capacity_provider.clone())
                    .or_default() += each * row.count;
            }
        }
        Self::of(assembly, &placed, keeps_strategies)
    }

    fn of(
        assembly: &Assembly<'_>,
        placed: &TasksByProvider,
        keeps_strategies: bool,
    ) -> Option<(Self, Demand)> {
        let existing = (assembly.input.offerings.usable.iter())
            .filter_map(|offering| offering.existing.as_ref());
        let mut kept = Self {
            keeps_strategies,
            groups: existing
                .map(|existing| existing.capacity_provider.clone())
                .filter(|provider| !provider.is_empty())
                .collect(),
            ..Self::default()
        };
        let mut rest = assembly.packed.demand.clone();
        for (&service, by_provider) in placed {
            let tasks: u64 = by_provider.values().sum();
            rest.tasks[service] = rest.tasks[service].saturating_sub(tasks);
            let outside = by_provider.get("").copied().unwrap_or(0);
            if outside > 0 && (outside < tasks || rest.tasks[service] > 0) {
                return None;
            }
            if outside == 0 {
                kept.tasks.insert(service, by_provider.clone());
            }
        }
        Some((kept, rest))
    }

    /// Capacity providers of instances that stay.
    pub fn groups(&self) -> BTreeSet<&str> {
        self.groups.iter().map(String::as_str).collect()
    }

    /// Whether a service has tasks both on today's instances and for new ones.
    pub fn divides(&self, rest: &Demand) -> bool {
        self.tasks.keys().any(|&service| rest.tasks[service] > 0)
    }

    /// The strategy of a service that stays with all its tasks; `None` where it has none on today's instances.
    pub fn strategy(&self, cluster: &Cluster, service: usize) -> Option<Vec<StrategyItem>> {
        let tasks = self.tasks.get(&service)?;
        let today = &cluster.services[service].capacity_provider_strategy;
        let takes_part = |item: &&StrategyItem| item.weight > 0 || item.base > 0;
        let stays = !today.is_empty()
            && (today.iter().filter(takes_part))
                .all(|item| self.groups.contains(&item.capacity_provider));
        if self.keeps_strategies && stays {
            return Some(today.clone());
        }
        Some(by_tasks(tasks.clone()))
    }

    /// The strategy of a service with tasks on today's instances and in new groups.
    pub fn divided(&self, service: usize, groups: &[(String, DesignedGroup)]) -> Vec<StrategyItem> {
        let mut tasks = self.tasks.get(&service).cloned().unwrap_or_default();
        for (name, group) in groups {
            if let Some(&own) = group.tasks.get(&service) {
                *tasks.entry(name.clone()).or_default() += own;
            }
        }
        by_tasks(tasks)
    }
}

/// Weights in proportion to tasks.
fn by_tasks(tasks: BTreeMap<String, u64>) -> Vec<StrategyItem> {
    let counts: Vec<u64> = tasks.values().copied().collect();
    (tasks.into_keys().zip(weights::small(&counts)))
        .map(|(capacity_provider, weight)| StrategyItem {
            capacity_provider,
            base: 0,
            weight,
        })
        .collect()
}
