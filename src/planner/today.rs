//! The fleet of today beside the plan: whether ECS fills it, what changes, and whether the change is worth it.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use crate::catalogue::Catalogue;
use crate::catalogue::offered::bill_of_today;
use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{FleetPlan, StrategyItem};
use crate::domain::task::LaunchType;
use crate::simulate::choices::TieBreak;
use crate::simulate::replay::replay_many;
use crate::simulate::setup::{SetupOptions, of_today_only};

/// Task placements replayed in all: the number of orders is this over the number of tasks.
const PLACEMENTS: u64 = 300_000;
/// Most orders.
const MOST_ORDERS: u64 = 20;

/// What a replay on today's container instances says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Today {
    /// What AWS bills for the file's instances, those that drain included.
    pub usd_per_hour: UsdPerHour,
    /// Instances that take tasks.
    pub instances: u64,
    /// Instances that take none and are billed.
    pub draining: u64,
    /// Orders of arrival replayed.
    pub orders: u64,
    /// Orders in which every task found a place.
    pub whole: u64,
    /// Most tasks without a place in any order.
    pub most_pending: u64,
}

impl Today {
    /// Replays a cluster's tasks on its container instances; `None` where the file shows none, or one without a price.
    pub(super) fn new(cluster: &Cluster, catalogue: &Catalogue) -> Option<Self> {
        let active = cluster
            .container_instances
            .iter()
            .filter(|instance| instance.active);
        let instances = active.count() as u64;
        if instances == 0 {
            return None;
        }
        let setup = of_today_only(cluster, catalogue, &SetupOptions::default()).ok()?;
        let bill = bill_of_today(cluster, catalogue).ok()?;
        let billed = cluster.container_instances.iter();
        let draining = billed.filter(|instance| !instance.active && instance.is_billed());
        let tasks = setup.world.workload.tasks().max(1);
        let orders = (PLACEMENTS / tasks).clamp(1, MOST_ORDERS);
        let outcomes = replay_many(&setup.world, TieBreak::default(), 0, orders);
        Some(Self {
            usd_per_hour: bill.unwrap_or(UsdPerHour::ZERO),
            instances,
            draining: draining.count() as u64,
            orders,
            whole: outcomes
                .iter()
                .filter(|outcome| outcome.pending == 0)
                .count() as u64,
            most_pending: outcomes
                .iter()
                .map(|outcome| outcome.pending)
                .max()
                .unwrap_or(0),
        })
    }

    /// Whether every task found a place in every order.
    #[must_use]
    pub const fn holds_all(&self) -> bool {
        self.whole == self.orders
    }

    /// What the replay says, for the plan's assumptions.
    pub(super) fn words(&self, cluster: &Cluster) -> Vec<String> {
        let plural = if self.instances == 1 { "" } else { "s" };
        let fleet = format!("today's {} container instance{plural}", self.instances);
        let mut lines = vec![if self.holds_all() {
            format!(
                "{fleet}: as the replica has it, ECS finds every task a place in all of {} orders of arrival",
                self.orders
            )
        } else {
            format!(
                "{fleet}: as the replica has it, ECS finds every task a place in {} of {} orders of arrival, and leaves \
                 at most {} without one",
                self.whole, self.orders, self.most_pending
            )
        }];
        if self.draining > 0 {
            lines.push(format!(
                "today's cost counts {} instances that take no new tasks (draining): EC2 bills them",
                self.draining
            ));
        }
        let on_fargate = (cluster.services.iter())
            .any(|service| service.launch_type == Some(LaunchType::Fargate));
        if on_fargate {
            lines.push("today's cost is that of the container instances; tasks that run on Fargate today are not in it".to_owned());
        }
        lines
    }
}

/// What differs from today in groups and strategies, where the file shows today's instances.
pub(super) fn changes(cluster: &Cluster, plan: &FleetPlan) -> Vec<String> {
    if cluster.container_instances.is_empty() {
        return Vec::new();
    }
    let mut lines = groups(cluster, plan);
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
        lines.push(format!(
            "{}: capacity provider strategy {} (today {})",
            service.name,
            strategy(then),
            strategy(today)
        ));
    }
    lines
}

fn groups(cluster: &Cluster, plan: &FleetPlan) -> Vec<String> {
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
    let mut lines = Vec::new();
    let planned = (plan.capacity_providers.iter()).filter(|provider| provider.kind.is_group());
    for provider in planned {
        let types = provider.instance_types.join(", ");
        let then = format!("{} of {types}", provider.desired_capacity);
        match today.remove(provider.name.as_str()) {
            None => lines.push(format!(
                "add capacity provider {} with a group: {then}",
                provider.name
            )),
            Some((count, kinds)) => {
                let own: BTreeSet<&str> =
                    provider.instance_types.iter().map(String::as_str).collect();
                if count != provider.desired_capacity || kinds != own {
                    let kinds: Vec<&str> = kinds.into_iter().collect();
                    lines.push(format!(
                        "change the group of {}: {then} (today {count} of {})",
                        provider.name,
                        kinds.join(", ")
                    ));
                }
            }
        }
    }
    for (name, (count, kinds)) in today {
        let kinds: Vec<&str> = kinds.into_iter().collect();
        lines.push(format!(
            "remove capacity provider {name}: {count} of {}",
            kinds.join(", ")
        ));
    }
    lines
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

fn strategy(items: &[StrategyItem]) -> String {
    if items.is_empty() {
        return "none".to_owned();
    }
    let items: Vec<String> = (items.iter())
        .map(|item| match item.base {
            0 => format!("{}:{}", item.capacity_provider, item.weight),
            base => format!("{}:{} base {base}", item.capacity_provider, item.weight),
        })
        .collect();
    items.join(", ")
}

/// Proposes no change where today's fleet holds every task and the plan saves less than this part of its cost.
pub fn apply_min_saving(plan: &mut FleetPlan, today: &Today, least: Decimal) {
    let (now, then) = (today.usd_per_hour, plan.cost.usd_per_hour);
    let saving = now.amount() - then.amount();
    if !today.holds_all() || !plan.unplaced.is_empty() || saving >= least * now.amount() {
        return;
    }
    let hundred = Decimal::ONE_HUNDRED;
    let part = if now.amount().is_zero() {
        Decimal::ZERO
    } else {
        saving * hundred / now.amount()
    };
    let month = UsdPerHour::new(saving).usd_per_month();
    let what = if saving.is_sign_negative() {
        format!("the plan costs {} USD a month more", -month)
    } else {
        format!(
            "the plan saves {month} USD a month ({} %)",
            part.round_dp(1)
        )
    };
    plan.recommendation = Some(format!(
        "leave it alone: {what}, and less than {} % is not worth a change",
        (least * hundred).normalize()
    ));
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
