//! Availability Zones: names, ids, or both.

use super::codes;
use super::cursor::{Cursor, Log};
use crate::domain::cluster::Zone;

/// The section `availabilityZones`, in the order of the file.
pub(super) fn read_all(items: &[Cursor<'_>], region: Option<&str>, log: &mut Log) -> Vec<Zone> {
    let mut zones: Vec<Zone> = Vec::new();
    for item in items {
        let Some(zone) = zone(item, log) else {
            continue;
        };
        if let Some(region) = region {
            warn_if_foreign(item, &zone, region, log);
        }
        let shared = |known: &&Zone| {
            (zone.name.is_some() && known.name == zone.name)
                || (zone.id.is_some() && known.id == zone.id)
        };
        if let Some(known) = zones.iter().find(shared) {
            item.error(
                log,
                codes::DUPLICATE_ZONE,
                format!("this zone and `{}` share a name or an id", known.label()),
                "remove one of them, or write the right `zoneName` and `zoneId` of each",
            );
        } else {
            zones.push(zone);
        }
    }
    zones
}

/// Types are looked for in the Region's zones; a name of another Region is a slip.
fn warn_if_foreign(item: &Cursor<'_>, zone: &Zone, region: &str, log: &mut Log) {
    let name = zone.name.as_deref().unwrap_or(region);
    if !name.starts_with(region) {
        item.warning(
            log,
            codes::FOREIGN_ZONE,
            format!("the zone `{name}` is not in the Region {region}"),
            "name zones of the cluster's Region, or give the Region they are in",
        );
    }
}

fn zone(item: &Cursor<'_>, log: &mut Log) -> Option<Zone> {
    if item.is_object() {
        item.report_unknown_keys(log, &[&["zoneName", "zoneId"]], "an Availability Zone");
        let mut part = |key: &str| match item.get(key) {
            Some(field) => Some(Some(field.name(log)?.to_owned())),
            None => Some(None),
        };
        let (name, id) = (part("zoneName"), part("zoneId"));
        let zone = Zone {
            name: name?,
            id: id?,
        };
        if zone.name.is_none() && zone.id.is_none() {
            item.require(log, "zoneName", "give `zoneName`, `zoneId` or both");
            return None;
        }
        return Some(zone);
    }
    let text = item.name(log)?.to_owned();
    // Ids look like `use1-az1`, names like `us-east-1a`.
    let is_id = text
        .rsplit_once("-az")
        .is_some_and(|(_, n)| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    let (name, id) = if is_id {
        (None, Some(text))
    } else {
        (Some(text), None)
    };
    Some(Zone { name, id })
}
