//! The fleet of today beside the plan: whether ECS fills it, what changes, and whether the change is worth it.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use thiserror::Error;

use crate::catalogue::Catalogue;
use crate::catalogue::offered::{PriceError, bill_of_today};
use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{Assumption, Change, Filling, FleetPlan, Recommendation, StrategyItem};
use crate::domain::task::LaunchType;
use crate::simulate::choices::TieBreak;
use crate::simulate::fleet::TodayError;
use crate::simulate::replay::replay_many;
use crate::simulate::setup::{SetupOptions, of_today_only};

/// Task placements replayed in all: the number of orders is this over the number of tasks.
const PLACEMENTS: u64 = 300_000;
/// Most orders.
const MOST_ORDERS: u64 = 20;

/// Why there is nothing of today to compare a plan with.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NoToday {
    /// The file shows no active container instance.
    #[error("the file shows no active container instances")]
    NotShown,
    /// Instances that the catalogue does not know with a price.
    #[error("{}", list(.0))]
    NotKnown(Vec<TodayError>),
    /// Instances whose bill is not known.
    #[error("{}", list(.0))]
    Unpriced(Vec<PriceError>),
}

fn list(errors: &[impl ToString]) -> String {
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    lines.join("; ")
}

/// What a replay on today's container instances says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Today {
    /// What AWS bills for the file's instances, those that drain included.
    pub usd_per_hour: UsdPerHour,
    /// Instances that take tasks.
    pub instances: u64,
    /// Instances that take none and are billed.
    pub draining: u64,
    /// What replays in many orders of arrival say.
    pub filling: Filling,
}

impl Today {
    /// Replays a cluster's tasks on its container instances.
    ///
    /// # Errors
    /// Where the file shows none, or some without a price.
    pub(super) fn new(cluster: &Cluster, catalogue: &Catalogue) -> Result<Self, NoToday> {
        let active = cluster
            .container_instances
            .iter()
            .filter(|instance| instance.active);
        let instances = active.count() as u64;
        let bill = bill_of_today(cluster, catalogue).map_err(NoToday::Unpriced);
        if instances == 0 {
            // Those that drain are billed too, and may lack a price.
            return Err(bill.err().unwrap_or(NoToday::NotShown));
        }
        let setup = of_today_only(cluster, catalogue, &SetupOptions::default())
            .map_err(NoToday::NotKnown)?;
        let bill = bill?;
        let billed = cluster.container_instances.iter();
        let draining = billed.filter(|instance| !instance.active && instance.is_billed());
        let tasks = setup.world.workload.tasks().max(1);
        let orders = (PLACEMENTS / tasks).clamp(1, MOST_ORDERS);
        let outcomes = replay_many(&setup.world, TieBreak::default(), 0, orders);
        Ok(Self {
            usd_per_hour: bill.unwrap_or(UsdPerHour::ZERO),
            instances,
            draining: draining.count() as u64,
            filling: Filling {
                orders,
                whole: outcomes
                    .iter()
                    .filter(|outcome| outcome.pending == 0)
                    .count() as u64,
                most_unplaced: outcomes
                    .iter()
                    .map(|outcome| outcome.pending)
                    .max()
                    .unwrap_or(0),
            },
        })
    }

    /// Whether every task found a place in every order.
    #[must_use]
    pub const fn holds_all(&self) -> bool {
        self.filling.is_whole()
    }

    /// What the replay says, for the plan's assumptions.
    pub(super) fn assumptions(&self, cluster: &Cluster) -> Vec<Assumption> {
        let mut found = vec![Assumption::TodayFilled {
            instances: self.instances,
            filling: self.filling,
        }];
        if self.draining > 0 {
            found.push(Assumption::TodayCountsDraining {
                instances: self.draining,
            });
        }
        let on_fargate = (cluster.services.iter())
            .any(|service| service.launch_type == Some(LaunchType::Fargate));
        if on_fargate {
            found.push(Assumption::TodayWithoutFargate);
        }
        found
    }
}

/// What differs from today in groups and strategies, where the file shows today's instances.
pub(super) fn changes(cluster: &Cluster, plan: &FleetPlan) -> Vec<Change> {
    if cluster.container_instances.is_empty() {
        return Vec::new();
    }
    let mut changes = groups(cluster, plan);
    for planned in &plan.services {
        let Some(service) = cluster
            .services
            .iter()
            .find(|service| service.name == planned.service_name)
        else {
            continue;
        };
        let (today, then) = (
            &service.capacity_provider_strategy,
            &planned.capacity_provider_strategy,
        );
        if service.is_daemon() || service.is_external() || then.is_empty() || same(today, then) {
            continue;
        }
        changes.push(Change::ChangeStrategy {
            service_name: service.name.clone(),
            strategy: then.clone(),
            today: today.clone(),
        });
    }
    changes
}

fn groups(cluster: &Cluster, plan: &FleetPlan) -> Vec<Change> {
    let mut today: BTreeMap<&str, (u64, BTreeSet<&str>)> = BTreeMap::new();
    let running = cluster.container_instances.iter();
    for instance in running.filter(|instance| instance.active && !instance.is_external()) {
        // Instances of no provider are told of by type; there is no provider to remove.
        let Some(provider) = instance.capacity_provider.as_deref() else {
            continue;
        };
        let entry = today.entry(provider).or_default();
        entry.0 += 1;
        entry.1.insert(&instance.instance_type);
    }
    let names = |kinds: BTreeSet<&str>| kinds.into_iter().map(str::to_owned).collect();
    let mut changes = Vec::new();
    let planned = (plan.capacity_providers.iter()).filter(|provider| provider.kind.is_group());
    for provider in planned {
        let capacity_provider = provider.name.clone();
        let instance_types = provider.instance_types.clone();
        let desired_capacity = provider.desired_capacity;
        match today.remove(provider.name.as_str()) {
            None => changes.push(Change::AddProvider {
                capacity_provider,
                instance_types,
                desired_capacity,
            }),
            Some((count, kinds)) => {
                let own: BTreeSet<&str> =
                    provider.instance_types.iter().map(String::as_str).collect();
                if count != provider.desired_capacity || kinds != own {
                    changes.push(Change::ChangeGroup {
                        capacity_provider,
                        instance_types,
                        desired_capacity,
                        types_today: names(kinds),
                        instances_today: count,
                    });
                }
            }
        }
    }
    changes.extend(
        (today.into_iter()).map(|(name, (count, kinds))| Change::RemoveProvider {
            capacity_provider: name.to_owned(),
            types_today: names(kinds),
            instances_today: count,
        }),
    );
    changes
}

/// Whether two strategies send tasks the same way: the same providers and bases, weights in the same ratio.
fn same(a: &[StrategyItem], b: &[StrategyItem]) -> bool {
    let total = |items: &[StrategyItem]| {
        items
            .iter()
            .map(|item| u128::from(item.weight))
            .sum::<u128>()
    };
    let (of_a, of_b) = (total(a), total(b));
    a.len() == b.len()
        && a.iter().all(|item| {
            b.iter().any(|other| {
                other.capacity_provider == item.capacity_provider
                    && other.base == item.base
                    && u128::from(other.weight) * of_a == u128::from(item.weight) * of_b
            })
        })
}

/// Proposes no change where today's fleet holds every task and the plan saves less than this part of its cost.
pub fn apply_min_saving(plan: &mut FleetPlan, today: &Today, least: Decimal) {
    let (now, then) = (today.usd_per_hour, plan.cost.usd_per_hour);
    let saving = now.amount() - then.amount();
    if !today.holds_all() || !plan.unplaced.is_empty() || saving >= least * now.amount() {
        return;
    }
    plan.recommendation = Some(Recommendation::LeaveAlone {
        saving: UsdPerHour::new(saving),
        today: now,
        least,
    });
    plan.changes.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(provider: &str, weight: u64) -> StrategyItem {
        StrategyItem {
            capacity_provider: provider.to_owned(),
            base: 0,
            weight,
        }
    }

    #[test]
    fn strategies_with_weights_in_the_same_ratio_are_the_same() {
        let today = [item("a", 2), item("b", 4)];
        assert!(same(&today, &[item("b", 2), item("a", 1)]));
        assert!(!same(&today, &[item("b", 1), item("a", 1)]));
        assert!(!same(&today, &[item("a", 1)]));
    }
}
