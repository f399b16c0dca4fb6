//! Managed Instances over a week: ECS starts and ends them as tasks come and go, so that the plan has rows of them for each hour.
//!
//! The rows of an hour are held against every rule, with the hour's tasks of the services that are on them and none of any other;
//! every hour has rows once. In the hour that the plan shows they are those of its instances. Prices are the rows', which the
//! rules have derived again.

use std::collections::BTreeMap;

use crate::catalogue::Catalogue;
use crate::check::facts::Facts;
use crate::check::money;
use crate::check::rules;
use crate::check::violation::{Rule, Violation};
use crate::domain::cluster::Cluster;
use crate::domain::plan::{Change, FleetPlan, ManagedHours, PlannedInstances, PlannedProvider};
use crate::domain::week::HOURS_PER_WEEK;

use super::shown::of_one_hour;
use super::{Hours, violation};

/// The entry of each hour, empty where the plan has none at all; `None` where an hour is missing or named twice.
pub(super) fn by_hour<'a>(
    plan: &'a FleetPlan,
    violations: &mut Vec<Violation>,
) -> Option<Vec<&'a ManagedHours>> {
    let has_providers = plan
        .capacity_providers
        .iter()
        .any(|it| it.kind.is_managed());
    scheduled(plan, violations);
    if !has_providers {
        if !plan.managed_hours.is_empty() {
            violations.push(violation(
                "managedHours",
                "Managed Instances by the hour",
                "none: no capacity provider of the plan is one of Managed Instances",
            ));
        }
        return Some(Vec::new());
    }
    let mut hours: Vec<Option<&ManagedHours>> = vec![None; HOURS_PER_WEEK];
    let mut is_whole = true;
    for entry in &plan.managed_hours {
        is_whole &= !entry.hours.is_empty();
        for &hour in &entry.hours {
            is_whole &= (hours.get_mut(hour)).is_some_and(|place| place.replace(entry).is_none());
        }
    }
    let hours: Option<Vec<&ManagedHours>> = hours.into_iter().collect();
    let hours = hours.filter(|_| is_whole);
    if hours.is_none() {
        violations.push(violation(
            "managedHours",
            "hours missing or named twice",
            "each of the 168 hours once",
        ));
    }
    hours
}

/// Providers of Managed Instances with what only groups have over a week: the views of single hours leave both out.
fn scheduled(plan: &FleetPlan, violations: &mut Vec<Violation>) {
    let managed = (plan.capacity_providers.iter()).filter(|it| it.kind.is_managed());
    for provider in managed.filter(|it| it.mode.is_some() || !it.schedule.is_empty()) {
        violations.push(Violation::new(
            Rule::ManagedInstances,
            format!("capacityProviders[{}].schedule", provider.name),
            "a mode or a schedule as of a group".to_owned(),
            "none: ECS starts and ends Managed Instances as tasks come and go".to_owned(),
        ));
    }
}

/// Services whose one provider is of Managed Instances, with its name.
pub(super) fn services(plan: &FleetPlan) -> BTreeMap<&str, &str> {
    let is_managed = |name: &str| {
        let mut providers = plan.capacity_providers.iter();
        providers.any(|provider| provider.kind.is_managed() && provider.name == name)
    };
    (plan.services.iter())
        .filter_map(
            |service| match service.capacity_provider_strategy.as_slice() {
                [only] if is_managed(&only.capacity_provider) => Some((
                    service.service_name.as_str(),
                    only.capacity_provider.as_str(),
                )),
                _ => None,
            },
        )
        .collect()
}

impl<'a> Hours<'a> {
    /// Managed Instances of an hour.
    pub(super) fn managed_rows(
        &self,
        hour: usize,
    ) -> impl Iterator<Item = &'a PlannedInstances> + use<'a> {
        let entry = self.instances.get(hour).copied();
        entry.into_iter().flat_map(|entry| &entry.instances)
    }

    /// That Managed Instances of every hour obey the rules and hold its tasks.
    pub(super) fn hold_managed(&self, catalogue: &Catalogue, violations: &mut Vec<Violation>) {
        for (index, entry) in self.plan.managed_hours.iter().enumerate() {
            let place = format!("managedHours[{index}]");
            let Some(&first) = entry.hours.first().filter(|hour| **hour < HOURS_PER_WEEK) else {
                continue;
            };
            let is_alike = |hour: usize| {
                (self.cluster.services.iter())
                    .filter(|service| self.managed.contains_key(service.name.as_str()))
                    .all(|service| self.tasks(service, hour) == self.tasks(service, first))
            };
            if let Some(other) = (entry.hours.iter()).find(|hour| !is_alike(**hour)) {
                violations.push(violation(
                    format!("{place}.hours"),
                    format!("hours {first} and {other}, with other numbers of tasks"),
                    "hours in which every service on Managed Instances runs the same number of tasks",
                ));
            }
            if let Some(row) =
                (entry.instances.iter()).find(|row| !row.purchase_option.is_managed())
            {
                violations.push(violation(
                    &place,
                    format!("{} of an Auto Scaling group", row.instance_type),
                    "Managed Instances alone",
                ));
            }
            let (cluster, plan) = self.alone(entry, first);
            let facts = Facts::new(&cluster, catalogue, &plan);
            let found = rules::ALL.iter().flat_map(|rule| rule(&facts));
            violations.extend(
                // What is said of the whole plan is held against the whole plan, and limits against groups and Managed Instances together.
                found
                    .filter(|found| {
                        use Rule::{ExistingInstances, FleetSize, Notes, OrdinaryDay};
                        !matches!(
                            found.rule,
                            OrdinaryDay | Notes | ExistingInstances | FleetSize
                        )
                    })
                    .map(|found| Violation {
                        place: format!("{place}.{}", found.place),
                        ..found
                    }),
            );
        }
    }

    /// That the plan's own rows are those of the hour that it shows.
    pub(super) fn shows_managed(&self, shown: usize, violations: &mut Vec<Violation>) {
        let own = (self.plan.instances.iter()).filter(|row| row.purchase_option.is_managed());
        if !own.eq(self.managed_rows(shown)) {
            violations.push(violation(
                "instances",
                "other Managed Instances than managedHours has",
                format!("those of hour {shown}, which the plan shows"),
            ));
        }
    }

    /// An hour as a cluster and a plan of nothing but what is on Managed Instances.
    fn alone(&self, entry: &ManagedHours, hour: usize) -> (Cluster, FleetPlan) {
        let mut cluster = self.cluster.at_hour(hour);
        for service in &mut cluster.services {
            if !service.is_daemon() && !self.managed.contains_key(service.name.as_str()) {
                service.desired_count = 0;
                (service.min_count, service.max_count) = (None, None);
            }
        }
        let mut plan = self.plan.clone();
        plan.instances.clone_from(&entry.instances);
        plan.assumptions.clear();
        plan.fargate_tasks.clear();
        plan.changes.retain(|change| !is_of_fargate(change));
        plan.capacity_providers = (self.plan.capacity_providers.iter())
            .filter(|provider| provider.kind.is_managed())
            .map(|provider| with_sums(provider, &entry.instances))
            .collect();
        for service in &mut plan.services {
            let name = service.service_name.as_str();
            let known = (self.cluster.services.iter()).find(|known| known.name == name);
            let placed = (entry.instances.iter())
                .filter_map(|row| row.tasks.get(name)?.checked_mul(row.count))
                .fold(0, u64::saturating_add);
            if self.managed.contains_key(name) {
                service.desired_count = known.map_or(0, |known| self.tasks(known, hour));
            } else {
                let is_daemon = known.is_some_and(crate::domain::service::Service::is_daemon);
                service.desired_count = if is_daemon { placed } else { 0 };
                service.capacity_provider_strategy.clear();
                service.placement_strategy =
                    known.map_or_else(Vec::new, |known| known.placement_strategy.clone());
            }
        }
        (cluster, of_one_hour(&plan))
    }
}

/// Whether a change is one that definitions need for Fargate alone.
const fn is_of_fargate(change: &Change) -> bool {
    use Change::{AddExecutionRole, AddLogStreamPrefix, ChangeTaskDefinition, LowerContainers};
    matches!(
        change,
        ChangeTaskDefinition { .. }
            | AddExecutionRole { .. }
            | AddLogStreamPrefix { .. }
            | LowerContainers { .. }
    )
}

/// The provider with the instances and the cost of these rows.
fn with_sums(provider: &PlannedProvider, rows: &[PlannedInstances]) -> PlannedProvider {
    let own = || (rows.iter()).filter(|row| row.capacity_provider == provider.name);
    let count = (own().map(|row| row.count)).fold(0, u64::saturating_add);
    let sum = money::total(own().map(|row| money::times(row.usd_per_hour, row.count)));
    PlannedProvider {
        desired_capacity: count,
        max_size: count,
        usd_per_hour: sum.unwrap_or_default(),
        ..provider.clone()
    }
}
