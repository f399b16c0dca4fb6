//! V51: a plan over a week holds in every hour, and its bill is the mean of the hours.
//!
//! The plan's instances are those of one of the dearest hours, and every rule is asked about that hour, with the cluster's
//! numbers of tasks then. For each of the 168 hours is derived here, from the cluster's counts and the plan's schedules alone:
//! every group's size, once and no more than its limits, the same number in each of its zones; that the group of each service
//! holds the service's tasks by the pattern of its certificate, which the rules have held against an instance; that no
//! instance needs more than `maxShareOnInstance` of them; room for what may happen ([`room`]); what the policy's limits allow and ask for
//! ([`limits`]); and the bill, at prices derived again. Of these follow the mean, the periods and their hours. A service over a week has one
//! group, so that no order of arrival and no weight decides where its tasks go, or all its tasks on Fargate ([`on_fargate`]). Managed
//! Instances have rows of their own for each hour ([`managed`]). Groups of mode `elastic` hold what is the same in every hour ([`packed`]).

mod bill;
mod limits;
mod managed;
mod on_fargate;
mod packed;
mod room;
mod shown;
mod sizes;

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::money::{HOURS_PER_MONTH, UsdPerHour};
use crate::domain::plan::{FleetPlan, GroupMode, ManagedHours, PlannedProvider};
use crate::domain::service::Service;
use crate::domain::week::HOURS_PER_WEEK;
use rust_decimal::prelude::ToPrimitive;

use super::facts::Facts;
use super::money;
use super::rules;
use super::violation::{Rule, Violation};
use shown::of_one_hour;
use sizes::{sizes, unit};

/// Whether a plan, or the cluster it is for, is of a week.
pub(super) fn applies(cluster: &Cluster, plan: &FleetPlan) -> bool {
    cluster.week.is_some()
        || !plan.cost.periods.is_empty()
        || !plan.managed_hours.is_empty()
        || plan.groups().any(is_scheduled)
}

fn is_scheduled(group: &PlannedProvider) -> bool {
    group.mode == Some(GroupMode::Scheduled) || !group.schedule.is_empty()
}

/// Every violation of a plan over a week.
pub(super) fn violations(
    cluster: &Cluster,
    catalogue: &Catalogue,
    plan: &FleetPlan,
) -> Vec<Violation> {
    if cluster.week.is_none() {
        return vec![violation(
            "cost.periods",
            "a plan over a week",
            "a plan of one number of tasks: the cluster file has no demand over time",
        )];
    }
    let mut violations = Vec::new();
    let of_week = Facts::new(cluster, catalogue, plan);
    let week = Hours::derive(&of_week, &mut violations);
    let Some(week) = week else { return violations };
    week.hold(&of_week, &mut violations);
    week.hold_managed(catalogue, &mut violations);
    week.within_limits(&mut violations);
    week.bill(&mut violations);
    let Some(shown) = week.shown(&mut violations) else {
        return violations;
    };
    week.shows_managed(shown, &mut violations);
    let hour = cluster.at_hour(shown);
    let view = of_one_hour(plan);
    let facts = Facts::new(&hour, catalogue, &view);
    // The limits of a group that follows a schedule are held against all its sizes, not against one hour's.
    let follows = |place: &str| {
        (plan.groups().filter(|group| is_scheduled(group)))
            .any(|group| place.starts_with(&format!("capacityProviders[{}].", group.name)))
    };
    violations.extend(
        (rules::ALL.iter())
            .flat_map(|violations_of| violations_of(&facts))
            .filter(|found| found.rule != Rule::GroupSizes || !follows(&found.place))
            // The day was played on groups that may have any of their sizes; of Fargate the rows of all hours are looked at below.
            .filter(|found| ![Rule::OrdinaryDay, Rule::Fargate].contains(&found.rule))
            // A pattern serves all hours: how many of its tasks an instance has is held against each hour's instances.
            .filter(|found| {
                found.rule != Rule::ShareOnInstance || !found.place.ends_with("].certificate")
            }),
    );
    // What is said of all hours together is said of the plan as it is.
    let whole = Facts::new(&hour, catalogue, plan);
    for rule in [
        rules::service_shares::violations,
        rules::bound::violations,
        rules::status::violations,
        rules::ordinary_day::violations,
        rules::fargate::violations,
        rules::fargate_definitions::violations,
    ] {
        violations.extend(rule(&whole));
    }
    violations
}

fn violation(
    place: impl Into<String>,
    found: impl Into<String>,
    expected: impl Into<String>,
) -> Violation {
    Violation::new(Rule::Week, place.into(), found.into(), expected.into())
}

fn month(usd_per_hour: UsdPerHour) -> Option<f64> {
    money::times(usd_per_hour, HOURS_PER_MONTH)?;
    usd_per_hour.usd_per_month().to_f64()
}

/// Sizes and prices of the groups.
struct Hours<'a> {
    cluster: &'a Cluster,
    plan: &'a FleetPlan,
    /// By group: its size in each hour, and what one instance in each of its zones costs together.
    groups: BTreeMap<&'a str, SizedGroup<'a>>,
    /// By service: its rows on Fargate.
    on_fargate: on_fargate::ByService<'a>,
    /// Services of Managed Instances, with the provider that their strategies name.
    managed: BTreeMap<&'a str, &'a str>,
    /// Managed Instances of each hour; none where the plan has none in any.
    instances: Vec<&'a ManagedHours>,
}

struct SizedGroup<'a> {
    group: &'a PlannedProvider,
    sizes: Vec<u64>,
    /// Zones that it has instances in, 1 without zones.
    zones: u64,
    /// Price of one instance in each zone.
    unit: UsdPerHour,
}

impl<'a> Hours<'a> {
    fn derive(facts: &Facts<'a>, violations: &mut Vec<Violation>) -> Option<Self> {
        let (cluster, catalogue, plan) = (facts.cluster, facts.catalogue, facts.plan);
        if !plan.unplaced.is_empty() {
            violations.push(violation(
                "unplaced",
                "some",
                "none: every task of a plan over a week has its place",
            ));
        }
        let on_fargate = on_fargate::rows(facts, violations);
        let rows: usize = on_fargate.values().map(Vec::len).sum();
        let mut groups = BTreeMap::new();
        for group in plan.groups() {
            let place = format!("capacityProviders[{}].schedule", group.name);
            if (group.mode == Some(GroupMode::Scheduled)) == group.schedule.is_empty() {
                violations.push(violation(
                    &place,
                    "a mode that does not agree with it",
                    "mode `scheduled` where there is a schedule, and nowhere else",
                ));
            }
            let sizes = sizes(group);
            let Some(sizes) = sizes else {
                violations.push(violation(
                    place,
                    "hours missing or named twice",
                    "each of the 168 hours once",
                ));
                continue;
            };
            let zones = (group.availability_zones.len() as u64).max(1);
            for (hour, size) in sizes.iter().enumerate() {
                let level = size.is_multiple_of(zones);
                if !level || !(group.min_size..=group.max_size).contains(size) {
                    violations.push(violation(
                        format!("{place}, hour {hour}"),
                        format!("{size} instances"),
                        format!(
                            "{} to {}, the same number in each of {zones} zones",
                            group.min_size, group.max_size
                        ),
                    ));
                    break;
                }
            }
            match unit(cluster, catalogue, group) {
                Ok(unit) => {
                    let sized = SizedGroup {
                        group,
                        sizes,
                        zones,
                        unit,
                    };
                    if groups.insert(group.name.as_str(), sized).is_some() {
                        violations.push(violation(
                            format!("capacityProviders[{}].name", group.name),
                            "a second group of this name",
                            "names that differ",
                        ));
                    }
                }
                Err(expected) => {
                    violations.push(violation(place, "a group without a price", expected));
                }
            }
        }
        let instances = managed::by_hour(plan, violations)?;
        let is_whole = groups.len() == plan.groups().count() && rows == plan.fargate_tasks.len();
        is_whole.then_some(Self {
            cluster,
            plan,
            groups,
            on_fargate,
            managed: managed::services(plan),
            instances,
        })
    }

    /// Tasks of a service in an hour, headroom included.
    fn tasks(&self, service: &Service, hour: usize) -> u64 {
        let week = self.cluster.week.as_ref();
        match week.and_then(|week| week.counts.get(&service.name)) {
            Some(counts) => self.cluster.policy.planned_count(counts.at(hour)),
            None => self.cluster.planned_count(service),
        }
    }

    /// That every hour's tasks have their places: by the certificates, or where their strategies send them.
    fn hold(&self, facts: &Facts<'_>, violations: &mut Vec<Violation>) {
        for service in &self.cluster.services {
            if service.is_daemon() || (0..HOURS_PER_WEEK).all(|hour| self.tasks(service, hour) == 0)
            {
                continue;
            }
            if self.on_fargate.contains_key(service.name.as_str()) {
                self.hold_on_fargate(facts, service, violations);
                continue;
            }
            // Held by rows of its own in each hour.
            if self.managed.contains_key(service.name.as_str()) {
                continue;
            }
            let place = format!("services[{}].capacityProviderStrategy", service.name);
            let planned =
                (self.plan.services.iter()).find(|planned| planned.service_name == service.name);
            if planned.is_some_and(|planned| self.is_packed(planned)) {
                self.hold_packed(service, &place, violations);
                continue;
            }
            let group =
                planned.and_then(
                    |planned| match planned.capacity_provider_strategy.as_slice() {
                        [only] if only.weight > 0 || only.base > 0 => {
                            self.groups.get(only.capacity_provider.as_str())
                        }
                        _ => None,
                    },
                );
            let each = group
                .and_then(|group| group.group.certificate.as_ref())
                .and_then(|certificate| certificate.tasks_per_instance.get(&service.name).copied());
            let (Some(group), Some(each)) = (group, each) else {
                violations.push(violation(
                    place,
                    "no group, several, or one that does not certify it",
                    "one group whose certificate names it",
                ));
                continue;
            };
            let short = (0..HOURS_PER_WEEK).find(|&hour| {
                let tasks = self.tasks(service, hour);
                let most = most_on_one(self.cluster, service, tasks).min(each);
                tasks > group.sizes[hour].saturating_mul(most)
            });
            if let Some(hour) = short {
                violations.push(violation(
                    format!("{place}, hour {hour}"),
                    format!("{} instances of {}", group.sizes[hour], group.group.name),
                    format!(
                        "instances for {} tasks of {each} each at most, and no more than maxShareOnInstance of them on one",
                        self.tasks(service, hour)
                    ),
                ));
            }
            self.has_room(facts, (service, group, each), violations);
            self.is_steady_enough(facts, (service, group), violations);
        }
    }
}

/// Most tasks of a service on one instance, of so many; a default share that gives way in the shown hour is no rule here.
fn most_on_one(cluster: &Cluster, service: &Service, tasks: u64) -> u64 {
    let stated = cluster
        .policy
        .max_share_on_instance
        .into_iter()
        .chain(service.policy.max_share_on_instance)
        .min();
    let Some(share) = stated.filter(|_| !service.is_standalone()) else {
        return u64::MAX;
    };
    let most = (share * Decimal::from(tasks)).ceil();
    most.to_u64().unwrap_or(u64::MAX).max(1)
}
