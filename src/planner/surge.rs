//! `deploymentSurge`: whether a fleet has room for any one service's rollout.
//!
//! Tasks stay where they are while new ones start beside them, so for each service the free places on every
//! instance are counted. Room is found by asking for places for the service whose rollout is worth most, and
//! then for whatever the others still lack.

use std::collections::BTreeSet;

use crate::domain::resources::Resource;
use crate::domain::service::Service;
use crate::domain::task::HostPort;
use crate::formulate::demand::Demand;
use crate::formulate::model::{Model, PlanningInput};
use crate::formulate::offering::Offering;
use crate::formulate::rules::{attachments, distinct_instance, task_group};

use super::fleet::{Fleet, FleetRow};

/// Tasks beyond its count that a service's deployment needs places for (on Fargate there is always room).
pub fn surge(input: PlanningInput<'_>, demand: &Demand, position: usize) -> u64 {
    input.cluster.services[position].deployment_surge(demand.tasks[position])
}

/// Services on instances whose rollout lacks places, with how many.
pub fn missing_room(
    input: PlanningInput<'_>,
    model: &Model,
    demand: &Demand,
    fleet: &Fleet,
) -> Vec<(usize, u64)> {
    let on_fargate: BTreeSet<usize> = fleet.fargate.iter().map(|(service, _)| *service).collect();
    let on_instances: BTreeSet<usize> = model.items.iter().map(|item| item.service).collect();
    (on_instances.difference(&on_fargate).copied())
        .filter(|&service| demand.tasks[service] > fleet.unplaced[service])
        .filter_map(|position| {
            let wanted = surge(input, demand, position);
            let mut found: u64 = 0;
            for row in &fleet.rows {
                if found >= wanted {
                    return None;
                }
                let each = further_tasks(input, position, row);
                found = found.saturating_add(each.saturating_mul(row.count));
            }
            (found < wanted).then(|| (position, wanted - found))
        })
        .collect()
}

/// Most further tasks of a service on one instance of a row beside its tasks.
fn further_tasks(input: PlanningInput<'_>, position: usize, row: &FleetRow) -> u64 {
    if input.hosts.offerings[position]
        .binary_search(&row.offering)
        .is_err()
    {
        return 0;
    }
    let service = &input.cluster.services[position];
    let offering = &input.offerings.usable[row.offering];
    let present: Vec<(&Service, u64)> = (row.tasks.iter())
        .map(|(&other, &tasks)| (&input.cluster.services[other], tasks))
        .collect();
    if !groups_allow(input, position, row) || ports_taken(service, offering, &present) {
        return 0;
    }
    let own = row.tasks.get(&position).copied().unwrap_or(0);
    let most =
        distinct_instance::most_per_instance(service).map_or(u64::MAX, |m| m.saturating_sub(own));
    most.min(by_resources(service, offering, &present))
        .min(by_attachments(service, offering, &present))
}

fn by_resources(service: &Service, offering: &Offering, present: &[(&Service, u64)]) -> u64 {
    let Some(allocatable) = offering.allocatable else {
        return 0;
    };
    let needed = service.task.resources();
    Resource::ALL
        .into_iter()
        .filter(|&resource| needed.get(resource) > 0)
        .map(|resource| {
            let used: u64 = present
                .iter()
                .map(|(other, tasks)| other.task.resources().get(resource) * tasks)
                .sum();
            allocatable.get(resource).saturating_sub(used) / needed.get(resource)
        })
        .min()
        .unwrap_or(u64::MAX)
}

fn by_attachments(service: &Service, offering: &Offering, present: &[(&Service, u64)]) -> u64 {
    let [volumes, together] = attachments::entries(service);
    let holds_volumes = volumes > 0 || present.iter().any(|(other, _)| other.task.ebs_volumes > 0);
    if !holds_volumes {
        return u64::MAX;
    }
    let capacities = attachments::capacities(&offering.attachments);
    [volumes, together]
        .into_iter()
        .enumerate()
        .filter(|&(_, size)| size > 0)
        .map(|(dimension, size)| {
            let used: u64 = present
                .iter()
                .map(|(other, tasks)| attachments::entries(other)[dimension] * tasks)
                .sum();
            capacities[dimension].saturating_sub(used) / size
        })
        .min()
        .unwrap_or(u64::MAX)
}

fn ports_taken(service: &Service, offering: &Offering, present: &[(&Service, u64)]) -> bool {
    let taken: BTreeSet<HostPort> = present
        .iter()
        .flat_map(|(other, _)| other.task.host_ports.iter().copied())
        .collect();
    let wanted = &service.task.host_ports;
    let beyond_quota = (taken.len() + wanted.len()) as u64 > offering.ports.left();
    !wanted.is_empty() && (beyond_quota || wanted.iter().any(|port| taken.contains(port)))
}

/// Whether the `task:group` rules of the service and of those present allow one more task of it.
fn groups_allow(input: PlanningInput<'_>, position: usize, row: &FleetRow) -> bool {
    let services = &input.cluster.services;
    let own = services[position].task_group();
    let daemons = &input.offerings.usable[row.offering].daemons;
    let others: Vec<usize> = row
        .tasks
        .keys()
        .copied()
        .filter(|&other| other != position)
        .collect();
    let present_services = || others.iter().chain(daemons);
    let own_rules = task_group::rules(&services[position]).all(|rule| {
        let present =
            present_services().any(|&other| rule.groups.contains(&services[other].task_group()));
        if rule.together {
            present || rule.groups.contains(&own)
        } else {
            !present
        }
    });
    let theirs = present_services().all(|&other| {
        task_group::rules(&services[other]).all(|rule| rule.together || !rule.groups.contains(&own))
    });
    own_rules && theirs
}
