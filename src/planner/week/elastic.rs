//! Groups that managed scaling makes larger and smaller, beside those that follow the hours.
//!
//! Of a service that has limits of a scaling of its own (`minCount`, `maxCount`) and no numbers by the hour nobody knows when it runs
//! how many tasks, so that no schedule can follow it. With `--demand moving` such services have groups of their own, which are
//! packed: when tasks go, instances fall empty, and ECS takes them away. In the bill, the bound and the ideal packing they have the
//! planned number of tasks in every hour. The groups are those of a cluster of these services alone, filled in replays
//! ([`realised::packed_groups`]), with as many instances in each zone as the zone that needs most. All other services are
//! designed as if these were not there.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use crate::domain::cluster::Cluster;
use crate::domain::plan::{FleetPlan, PlannedInstances, Warning};
use crate::domain::week::HOURS_PER_WEEK;
use crate::formulate::hosts::Hosts;
use crate::formulate::model::PlanningInput;
use crate::formulate::rules::share_on_instance;
use crate::optimize::listener::Silent;
use crate::optimize::stop::{Budget, Stop};
use crate::planner::assemble::{Assembly, assemble};
use crate::planner::budget::{self, Allowance};
use crate::planner::counted::{Meters, Parts};
use crate::planner::options::{NoWeek, PlanError, PlanOptions};
use crate::planner::pack::pack;
use crate::planner::realised;
use crate::realise::groups::DesignedGroup;

use super::design::WeeklyGroup;

/// Of the groups that a cluster may have, this part at most is packed, one at least.
const PART_OF_GROUPS: u64 = 3;

/// Packed groups.
pub(super) struct Elastic {
    pub groups: Vec<WeeklyGroup>,
    /// Units of counted work.
    pub work: u64,
}

/// Services whose demand nobody knows, by position: limits of a scaling of their own, and one number for all hours.
pub(super) fn services(cluster: &Cluster) -> BTreeSet<usize> {
    let by_hour = |name: &str| {
        let week = cluster.week.as_ref();
        week.is_some_and(|week| week.counts.contains_key(name))
    };
    (cluster.services.iter().enumerate())
        .filter(|(_, service)| {
            let scales = service.min_count.is_some() || service.max_count.is_some();
            scales && !service.is_daemon() && !service.is_standalone() && !by_hour(&service.name)
        })
        .filter(|(_, service)| cluster.planned_count(service) > 0)
        .map(|(position, _)| position)
        .collect()
}

/// The cluster without the default of `maxShareOnInstance` for these services: packed, their tasks may stand closer.
pub(super) fn without_default_share(cluster: &Cluster) -> Cluster {
    let mut loose = cluster.clone();
    for position in services(cluster) {
        if !share_on_instance::is_stated(cluster, &cluster.services[position]) {
            loose.services[position].policy.max_share_on_instance = Some(Decimal::ONE);
        }
    }
    loose
}

/// That more tasks of one of these services stand on an instance than its default share allows, where they do.
pub(super) fn too_many_on_one(asked: &Cluster, plan: &FleetPlan) -> Option<Warning> {
    let is_over = |position: usize| {
        let service = &asked.services[position];
        let most = share_on_instance::most_tasks(asked, service);
        let on = |row: &PlannedInstances| row.tasks.get(&service.name).copied().unwrap_or(0);
        most.is_some_and(|most| plan.instances.iter().any(|row| on(row) > most))
    };
    (services(asked).into_iter().any(is_over)).then_some(Warning::MaxShareGivesWayInReplays)
}

/// The cluster beside packed groups: without their services, and with what they leave of the limits.
pub(super) fn beside(cluster: &Cluster, packed: &[WeeklyGroup]) -> Cluster {
    let services: BTreeSet<usize> = packed.iter().flat_map(WeeklyGroup::services).collect();
    let mut rest = with_tasks_of(cluster, |service| !services.contains(&service));
    let most = cluster.most_capacity_providers();
    rest.policy.max_capacity_providers = Some(most.saturating_sub(packed.len() as u64));
    let instances: u64 = packed.iter().map(|group| group.instances(0)).sum();
    let left = &mut rest.policy.max_instances;
    *left = left.saturating_sub(instances);
    rest
}

/// The cluster in which no other services have tasks.
fn with_tasks_of(cluster: &Cluster, has_tasks: impl Fn(usize) -> bool) -> Cluster {
    let mut own = cluster.clone();
    for (position, service) in own.services.iter_mut().enumerate() {
        if !has_tasks(position) && !service.is_daemon() {
            service.desired_count = 0;
            (service.min_count, service.max_count) = (None, None);
        }
    }
    own
}

/// Packed groups for the services that can be on instances.
///
/// # Errors
/// As [`crate::planner::plan`], and where no such groups are found.
pub(super) fn groups(
    input: PlanningInput<'_>,
    options: &PlanOptions<'_>,
    stop: &dyn Stop,
) -> Result<Elastic, PlanError> {
    let moving: BTreeSet<usize> = (services(input.cluster).into_iter())
        .filter(|&service| !input.hosts.offerings[service].is_empty())
        .collect();
    if moving.is_empty() {
        return Ok(Elastic {
            groups: Vec::new(),
            work: 0,
        });
    }
    let mut own = with_tasks_of(input.cluster, |service| moving.contains(&service));
    let most = (own.most_capacity_providers() / PART_OF_GROUPS).max(1);
    own.policy.max_capacity_providers = Some(most);
    let asked = PlanOptions {
        rehearses: false,
        warm_start: None,
        work_limit: options.work_limit.map(|limit| limit / 4),
        ..*options
    };
    let hosts = Hosts::new(&own, input.offerings).with_on_fargate(BTreeSet::new());
    let input = PlanningInput {
        cluster: &own,
        hosts: &hosts,
        ..input
    };
    let parts = Parts::new(&own, &asked, stop);
    let allowance = Allowance::new(&asked, parts.searches);
    let meters = Meters::new(Parts {
        searches: allowance.whole,
        ..parts
    });
    let budget = Budget::new(stop, &meters.searches);
    let replays = Budget::new(stop, &meters.replays);
    let for_ideal = budget::of_ideal(budget, false);
    let packed = pack(input, &asked, (&allowance, for_ideal), &Silent)?;
    if packed.unplaced.iter().any(|&tasks| tasks > 0) {
        return Err(NoWeek::Unplaced.into());
    }
    let assembly = Assembly {
        input,
        packed: &packed,
        today: None,
    };
    let ideal = assemble(&assembly);
    let found = realised::packed_groups(&assembly, &ideal, &asked, (&allowance, budget), replays);
    let groups = found.map_err(NoWeek::NotPacked)?;
    Ok(Elastic {
        groups: groups.into_iter().map(of_all_hours).collect(),
        work: meters.spent(),
    })
}

/// The same in every hour, with as many instances in each zone as in the one that has most.
fn of_all_hours(mut group: DesignedGroup) -> WeeklyGroup {
    let each = group.counts.iter().copied().max().unwrap_or(0);
    group.counts.fill(each);
    WeeklyGroup {
        offerings: group.offerings.clone(),
        tasks_per_instance: BTreeMap::new(),
        sizes: vec![each; HOURS_PER_WEEK],
        packed: Some(group),
    }
}
