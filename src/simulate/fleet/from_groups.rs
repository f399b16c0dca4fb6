//! What the Auto Scaling groups of a cluster file could launch.

use std::collections::BTreeSet;

use crate::catalogue::Catalogue;
use crate::catalogue::offered::{PriceError, instance_price, registered_resources};
use crate::domain::attributes::Attributes;
use crate::domain::capacity::Capacity;
use crate::domain::cluster::{Cluster, Zone};
use crate::domain::deployed::DeployedGroup;
use crate::domain::instance_type::InstanceType;
use crate::domain::task::ReservedPorts;

use super::{Attachments, Fleet, Host};

/// What groups could launch, and what of it cannot be taken in.
#[derive(Debug, Clone, Default)]
pub struct Launchable {
    /// The hosts.
    pub fleet: Fleet,
    /// Types that are left out.
    pub left_out: Vec<LeftOut>,
}

/// A type that a group names and that is not launched.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    /// The group.
    pub group: String,
    /// The type.
    pub instance_type: String,
    /// What has no price; `None` for a type that the catalogue does not know.
    pub unpriced: Option<PriceError>,
}

/// Every host that a group may launch, with no instance of it. Types without a price are left out and named, and so is a
/// group that is behind none of the capacity providers which the file shows. Where it shows none, each group is
/// taken to have a provider of its own name.
#[must_use]
pub fn of_groups_only(cluster: &Cluster, catalogue: &Catalogue) -> Launchable {
    let known = cluster.deployed.has_group_providers();
    let mut left_out = BTreeSet::new();
    let mut found = Vec::new();
    for group in &cluster.deployed.groups {
        let provider = match cluster.deployed.provider_of_group(&group.name) {
            Some(provider) => Some(provider.name.as_str()),
            None => (!known).then_some(group.name.as_str()),
        };
        if let Some(provider) = provider {
            found.extend(hosts(cluster, catalogue, (group, provider), &mut left_out));
        }
    }
    Launchable {
        fleet: Fleet::new(found.into_iter().map(|host| (host, 0))),
        left_out: left_out.into_iter().collect(),
    }
}

/// The fleet and what the groups behind today's providers may launch beside what they have: a type, zone and way
/// of buying that a provider has an instance of is there already, as that instance registered.
#[must_use]
pub fn with_launchable(fleet: Fleet, cluster: &Cluster, catalogue: &Catalogue) -> Launchable {
    let place = |host: &Host| {
        (
            host.capacity_provider.clone(),
            host.instance_type.clone(),
            host.availability_zone.clone(),
            host.purchase_option,
        )
    };
    let there: BTreeSet<_> = fleet.hosts.iter().map(|(host, _)| place(host)).collect();
    let mut hosts = fleet.hosts;
    let mut left_out = Vec::new();
    if cluster.deployed.has_group_providers() {
        let launchable = of_groups_only(cluster, catalogue);
        left_out = launchable.left_out;
        let more = launchable.fleet.hosts.into_iter();
        hosts.extend(more.filter(|(host, _)| !there.contains(&place(host))));
    }
    Launchable {
        fleet: Fleet::new(hosts),
        left_out,
    }
}

/// The hosts of one group.
fn hosts(
    cluster: &Cluster,
    catalogue: &Catalogue,
    (group, provider): (&DeployedGroup, &str),
    left_out: &mut BTreeSet<LeftOut>,
) -> Vec<Host> {
    let zones = zones(cluster, group);
    let mut found = Vec::new();
    for name in &group.instance_types {
        let mut leave_out = |unpriced: Option<PriceError>| {
            left_out.insert(LeftOut {
                group: group.name.clone(),
                instance_type: name.clone(),
                unpriced,
            });
        };
        let Some(known) = catalogue.instance_type(name) else {
            leave_out(None);
            continue;
        };
        let offered: Vec<Option<&Zone>> = if zones.is_empty() {
            vec![None]
        } else {
            (zones.iter().copied())
                .filter(|zone| catalogue.is_offered_in(&known.name, zone, cluster.zones.len()))
                .map(Some)
                .collect()
        };
        for option in ways_of_buying(group) {
            for &zone in &offered {
                match host(cluster, catalogue, (group, provider), known, zone, option) {
                    Ok(host) => found.push(host),
                    Err(error) => leave_out(Some(error)),
                }
            }
        }
    }
    found
}

/// The zones of the group, or all where it names none that is known.
fn zones<'a>(cluster: &'a Cluster, group: &DeployedGroup) -> Vec<&'a Zone> {
    let own: Vec<&Zone> = (group.zones.iter())
        .filter_map(|name| cluster.zone(name))
        .collect();
    if own.is_empty() {
        return cluster.zones.iter().collect();
    }
    own
}

/// How a group buys, as far as its mixed instances policy says: On-Demand without one.
/// Source: Amazon EC2 Auto Scaling API reference, `InstancesDistribution`.
fn ways_of_buying(group: &DeployedGroup) -> Vec<Capacity> {
    let steady = group.on_demand_base > 0 || group.on_demand_percent > 0;
    let mut ways = Vec::new();
    ways.extend(steady.then_some(Capacity::OnDemand));
    ways.extend((group.on_demand_percent < 100).then_some(Capacity::Spot));
    ways
}

fn host(
    cluster: &Cluster,
    catalogue: &Catalogue,
    (group, provider): (&DeployedGroup, &str),
    known: &InstanceType,
    zone: Option<&Zone>,
    option: Capacity,
) -> Result<Host, PriceError> {
    let label = zone.map(|zone| zone.label().to_owned());
    let mut attributes = Attributes::built_in(known, label.as_deref());
    attributes.extend(&group.attributes);
    let zone_id = zone.and_then(|zone| zone.id.as_deref());
    Ok(Host {
        usd_per_hour: instance_price(&known.name, option, zone_id, &cluster.policy, catalogue)?,
        instance_type: known.name.clone(),
        availability_zone: label,
        capacity_provider: Some(provider.to_owned()),
        purchase_option: option,
        attributes,
        registered: registered_resources(&cluster.policy, known, cluster.policy.eni_trunking),
        reserved_ports: ReservedPorts::default(),
        attachments: Attachments::of(Some(known), cluster.policy.eni_trunking),
    })
}
