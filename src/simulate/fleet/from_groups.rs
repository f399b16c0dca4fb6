//! What the Auto Scaling groups of a cluster file could launch.

use crate::catalogue::Catalogue;
use crate::catalogue::offered::{instance_price, registered_resources};
use crate::domain::attributes::Attributes;
use crate::domain::capacity::Capacity;
use crate::domain::cluster::{AutoScalingGroup, Cluster, Zone};
use crate::domain::instance_type::InstanceType;
use crate::domain::task::ReservedPorts;

use super::{Attachments, Fleet, Host};

/// Every host that a group may launch, with no instance of it. Types without a price are left out.
#[must_use]
pub fn of_groups_only(cluster: &Cluster, catalogue: &Catalogue) -> Fleet {
    let mut hosts = Vec::new();
    for group in &cluster.groups {
        let types = group.instance_types.iter();
        for known in types.filter_map(|name| catalogue.instance_type(name)) {
            let zones: Vec<Option<&Zone>> = if cluster.zones.is_empty() {
                vec![None]
            } else {
                let used = cluster.zones.len();
                (cluster.zones.iter())
                    .filter(|zone| catalogue.is_offered_in(&known.name, zone, used))
                    .map(Some)
                    .collect()
            };
            let zones = zones.into_iter();
            hosts.extend(zones.filter_map(|zone| host(cluster, catalogue, group, known, zone)));
        }
    }
    Fleet::new(hosts.into_iter().map(|host| (host, 0)))
}

fn host(
    cluster: &Cluster,
    catalogue: &Catalogue,
    group: &AutoScalingGroup,
    known: &InstanceType,
    zone: Option<&Zone>,
) -> Option<Host> {
    let label = zone.map(|zone| zone.label().to_owned());
    let mut attributes = Attributes::built_in(known, label.as_deref());
    attributes.extend(&group.attributes);
    let option = Capacity::OnDemand;
    let zone_id = zone.and_then(|zone| zone.id.as_deref());
    Some(Host {
        usd_per_hour: instance_price(&known.name, option, zone_id, &cluster.policy, catalogue)
            .ok()?,
        instance_type: known.name.clone(),
        availability_zone: label,
        capacity_provider: Some(group.name.clone()),
        purchase_option: option,
        attributes,
        registered: registered_resources(&cluster.policy, known, cluster.policy.eni_trunking),
        reserved_ports: ReservedPorts::default(),
        attachments: Attachments::of(Some(known), cluster.policy.eni_trunking),
    })
}
