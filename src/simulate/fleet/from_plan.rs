//! The fleet that a plan buys and keeps.

use std::collections::BTreeMap;

use crate::catalogue::Catalogue;
use crate::domain::attributes::Attributes;
use crate::domain::cluster::{Cluster, ContainerInstance, TRUNK_ATTRIBUTE};
use crate::domain::instance_type::InstanceType;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{FleetPlan, PlannedInstances};

use super::{Attachments, Fleet, Host, vector};

/// The instances of a plan. A row's own figures count (registered resources, price); the catalogue adds the
/// built-in attributes and the volume limit of the type. An existing row has the attributes of an instance
/// of today that it may stand for.
#[must_use]
pub fn of_plan(cluster: &Cluster, catalogue: &Catalogue, plan: &FleetPlan) -> Fleet {
    let mut taken: BTreeMap<usize, bool> = BTreeMap::new();
    let mut hosts = Vec::new();
    // ECS buys and fills Managed Instances by rules that are not published: nothing is replayed on them.
    let own = (plan.instances.iter()).filter(|row| !row.purchase_option.is_managed());
    for row in own {
        let known = catalogue.instance_type(&row.instance_type);
        if !row.existing {
            hosts.push((host(cluster, row, known, None), row.count));
            continue;
        }
        for _ in 0..row.count {
            let instance = counterpart(cluster, row, &taken);
            if let Some(position) = instance {
                taken.insert(position, true);
            }
            hosts.push((host(cluster, row, known, instance), 1));
        }
    }
    Fleet::new(hosts)
}

/// Tasks of each service that the plan puts on Fargate, and what they cost.
#[must_use]
pub fn fargate_tasks(plan: &FleetPlan) -> (BTreeMap<&str, u64>, UsdPerHour) {
    let mut tasks: BTreeMap<&str, u64> = BTreeMap::new();
    let mut cost = UsdPerHour::ZERO;
    for row in &plan.fargate_tasks {
        *tasks.entry(&row.service_name).or_default() += row.count;
        cost += row.usd_per_hour * row.count;
    }
    (tasks, cost)
}

fn host(
    cluster: &Cluster,
    row: &PlannedInstances,
    known: Option<&InstanceType>,
    instance: Option<usize>,
) -> Host {
    let zone = row.availability_zone.as_deref();
    let mut attributes = known.map_or_else(Attributes::default, |known| {
        Attributes::built_in(known, zone)
    });
    let trunks = known.is_some_and(|known| known.branch_enis > 0);
    if instance.is_none() && cluster.policy.eni_trunking && trunks {
        attributes.set(TRUNK_ATTRIBUTE, None);
    }
    for (name, value) in &row.attributes {
        attributes.set(name, value.as_deref());
    }
    let today = instance.map(|position| &cluster.container_instances[position]);
    if let Some(today) = today {
        attributes = Attributes::of_today(attributes, &today.attributes);
    }
    let trunking = cluster.policy.eni_trunking;
    let trunk = today.map_or(trunking, |today| today.has_trunk(trunking));
    Host {
        instance_type: row.instance_type.clone(),
        availability_zone: row.availability_zone.clone(),
        capacity_provider: Some(row.capacity_provider.clone()).filter(|name| !name.is_empty()),
        purchase_option: today.map_or(row.purchase_option, ContainerInstance::capacity),
        attributes,
        registered: vector(row.registered),
        reserved_ports: today
            .map(|today| today.reserved_ports.clone())
            .unwrap_or_default(),
        attachments: Attachments::of(known, trunk),
        usd_per_hour: row.usd_per_hour,
    }
}

/// An instance of today that the row may stand for and that no other row has taken.
fn counterpart(
    cluster: &Cluster,
    row: &PlannedInstances,
    taken: &BTreeMap<usize, bool>,
) -> Option<usize> {
    let label = |zone: &str| {
        let known = cluster.zone(zone);
        known.map_or_else(|| zone.to_owned(), |zone| zone.label().to_owned())
    };
    (cluster.container_instances.iter().enumerate())
        .filter(|(position, instance)| instance.active && !taken.contains_key(position))
        .find(|(_, instance)| {
            let zone = instance.availability_zone.as_deref().map(label);
            let registered = vector(row.registered);
            instance.instance_type == row.instance_type
                && instance.capacity().in_documents() == row.purchase_option
                && instance.registered.over(registered) == registered
                && (row.availability_zone.is_none() || zone == row.availability_zone)
                && (instance.is_external()
                    || instance.capacity_provider.as_deref().unwrap_or("") == row.capacity_provider)
        })
        .map(|(position, _)| position)
}
