//! Where the cluster is: its Region and its zones.

use std::collections::BTreeSet;

use serde_json::{Value as JsonValue, json};

use crate::domain::cluster::Zone;
use crate::domain::node_labels::{ZONE, ZONE_ID};
use crate::domain::placement::PlacementConstraint;
use crate::domain::query::Expression;
use crate::domain::service::Service;
use crate::io::cursor::{Cursor, Log};
use crate::io::document::Node;
use crate::io::{codes, zones};

use super::Asked;
use super::nodes::Nodes;
use super::objects::Objects;

/// The Region of the flag, of the settings, or that of all nodes.
pub(super) fn region(
    root: &Cursor<'_>,
    objects: &Objects<'_>,
    of_nodes: &BTreeSet<String>,
    asked: Asked<'_>,
    log: &mut Log,
) -> Option<String> {
    let own = objects.setting("region");
    let own = own.and_then(|field| field.name(log).map(str::to_owned));
    let only = of_nodes.first().filter(|_| of_nodes.len() == 1);
    let found = (asked.region.map(str::to_owned))
        .or(own)
        .or_else(|| only.cloned());
    if found.is_some() {
        return found;
    }
    let (cause, remedy) = if of_nodes.is_empty() {
        (
            "no Region is given, and no node has the label `topology.kubernetes.io/region`"
                .to_owned(),
            "give `--region us-east-1`, or the nodes of the cluster beside its workloads",
        )
    } else {
        let names: Vec<&str> = of_nodes.iter().map(String::as_str).collect();
        (
            format!(
                "no Region is given, and nodes stand in several: {}",
                names.join(", ")
            ),
            "give `--region` of the one to plan: nodes of the others are left out, and pods on them",
        )
    };
    root.error(
        log,
        codes::NO_REGION,
        format!("{cause}; prices depend on it"),
        remedy,
    );
    None
}

/// Zones of the flag, of the settings, or those that the nodes stand in.
pub(super) fn zones_of(
    objects: &Objects<'_>,
    nodes: &Nodes,
    region: Option<&str>,
    asked: Asked<'_>,
    log: &mut Log,
) -> Vec<Zone> {
    let of_nodes: Vec<JsonValue> = (nodes.zones.iter())
        .map(|(name, id)| match id {
            Some(id) => json!({"zoneName": name, "zoneId": id}),
            None => json!(name),
        })
        .collect();
    let setting = objects.setting("availabilityZones");
    let chosen = if asked.zones.is_empty() {
        Node::from_flag(&JsonValue::from(of_nodes.clone()))
    } else {
        Node::from_flag(&JsonValue::from(asked.zones.to_vec()))
    };
    let place = Cursor::new(&chosen, "availabilityZones");
    let at = setting.filter(|_| asked.zones.is_empty()).unwrap_or(place);
    let items = at.items(log);
    // Nodes that show the id of their zone give ids their names.
    let known = Node::from_flag(&JsonValue::from(of_nodes));
    let known = Cursor::new(&known, "").items(&mut Log::default());
    zones::read_all(&items, &known, region, log)
}

/// Says where rules ask for a zone by name and the zones are given by id, or the other way round: nothing would hold.
pub(super) fn names_of_zones(
    root: &Cursor<'_>,
    services: &[Service],
    zones: &[Zone],
    log: &mut Log,
) {
    let lacks = |label: &str| {
        (zones.iter()).find(|zone| {
            (ZONE.contains(&label) && zone.name.is_none())
                || (label == ZONE_ID && zone.id.is_none())
        })
    };
    for service in services {
        let rules = service.constraints().filter_map(|it| match it {
            PlacementConstraint::MemberOf(rule) => Some(rule),
            _ => None,
        });
        let labels = rules.flat_map(Expression::attribute_names);
        let Some((label, zone)) = labels.into_iter().find_map(|it| Some((it, lacks(it)?))) else {
            continue;
        };
        root.error(
            log,
            codes::UNKNOWN_ZONE,
            format!(
                "`{}` chooses its zones by the label {label}, and `{}` of availabilityZones has no value for it",
                service.name,
                zone.label()
            ),
            "write name and id of each zone, `{zoneName: us-east-1a, zoneId: use1-az1}`; `aws ec2 describe-availability-zones` shows both",
        );
        return;
    }
}
