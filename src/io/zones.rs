//! Availability Zones: names, ids, or both; as people write them and as `describe-availability-zones` prints
//! them.

use std::collections::BTreeSet;

use super::codes;
use super::cursor::{Cursor, Log};
use super::document::Value;
use crate::domain::cluster::Zone;

/// The section `availabilityZones`, in the order of the file. `described` is a pasted answer of EC2 beside it:
/// it gives names their ids and ids their names.
pub(super) fn read_all(
    items: &[Cursor<'_>],
    described: &[Cursor<'_>],
    region: Option<&str>,
    log: &mut Log,
) -> Vec<Zone> {
    let known: Vec<Zone> = (described.iter())
        .filter_map(|item| zone(item, &mut Log::default()))
        .collect();
    let items = if items.is_empty() { described } else { items };
    let mut zones: Vec<Zone> = Vec::new();
    for item in items.iter().filter(|item| is_usable(item)) {
        let Some(mut zone) = zone(item, log) else {
            continue;
        };
        if let Some(region) = region {
            report_foreign(item, &zone, region, log);
        }
        complete(&mut zone, &known);
        add(zone, item, &mut zones, log);
    }
    zones
}

fn add(zone: Zone, item: &Cursor<'_>, zones: &mut Vec<Zone>, log: &mut Log) {
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

/// Name or id from a described zone that shares the other.
fn complete(zone: &mut Zone, known: &[Zone]) {
    let same = |other: &&Zone| {
        (zone.name.is_some() && other.name == zone.name)
            || (zone.id.is_some() && other.id == zone.id)
    };
    if let Some(other) = known.iter().find(same) {
        zone.name = zone.name.take().or_else(|| other.name.clone());
        zone.id = zone.id.take().or_else(|| other.id.clone());
    }
}

/// Zones of what was pasted, where the file names none: those of the groups and of their subnets, and of the
/// container instances; of all subnets where neither has any. Sorted by name.
pub(super) fn of_pasted(
    groups: &[Cursor<'_>],
    instances: &[Cursor<'_>],
    subnets: &[Cursor<'_>],
    region: Option<&str>,
    log: &mut Log,
) -> Vec<Zone> {
    let text = |holder: &Cursor<'_>, key: &str| -> Option<String> {
        Some(holder.get(key)?.text(&mut Log::default())?.to_owned())
    };
    let mut names: BTreeSet<String> = BTreeSet::new();
    for group in groups {
        // What is wrong with a group is said where groups are read.
        let own = group.list(&mut Log::default(), "AvailabilityZones");
        names.extend(
            own.iter()
                .filter_map(|zone| Some(zone.text(&mut Log::default())?.to_owned())),
        );
        let in_subnets = text(group, "VPCZoneIdentifier").unwrap_or_default();
        let ids: Vec<&str> = in_subnets.split(',').map(str::trim).collect();
        let used = |subnet: &&Cursor<'_>| {
            text(subnet, "SubnetId").is_some_and(|id| ids.contains(&id.as_str()))
        };
        names.extend(
            subnets
                .iter()
                .filter(used)
                .filter_map(|s| text(s, "AvailabilityZone")),
        );
    }
    names.extend(instances.iter().filter_map(zone_of_instance));
    if names.is_empty() {
        names.extend(subnets.iter().filter_map(|s| text(s, "AvailabilityZone")));
    }
    let first = groups.first().or(instances.first()).or(subnets.first());
    // What runs in a Local Zone today runs there; nothing can be planned to.
    let beside: Vec<String> = (names.iter())
        .filter(|name| region.is_some_and(|region| is_beside(name, region)))
        .cloned()
        .collect();
    names.retain(|name| !beside.contains(name));
    if let (false, Some(first)) = (beside.is_empty(), first) {
        first.warning(
            log,
            codes::ZONES_FROM_PASTED,
            format!(
                "no Availability Zones but Local Zones or Wavelength Zones, which are not planned with: {}",
                beside.join(", ")
            ),
            "nothing, if the plan may be for the Region's own zones",
        );
    }
    if region.is_some_and(|region| !names.iter().all(|name| is_in(name, region))) {
        // Something of another Region was pasted: what the cluster uses is not known from it.
        return Vec::new();
    }
    let id_of = |name: &str| {
        let subnet = subnets
            .iter()
            .find(|s| text(s, "AvailabilityZone").as_deref() == Some(name));
        subnet.and_then(|subnet| text(subnet, "AvailabilityZoneId"))
    };
    let zones: Vec<Zone> = (names.iter())
        .map(|name| Zone {
            name: Some(name.clone()),
            id: id_of(name),
        })
        .collect();
    if let (false, Some(first)) = (zones.is_empty(), first) {
        let names: Vec<String> = names.into_iter().collect();
        first.warning(
            log,
            codes::ZONES_FROM_PASTED,
            format!(
                "the file names no `availabilityZones`: those of its groups, instances and subnets are \
                 used, {}",
                names.join(", ")
            ),
            "name the zones to use",
        );
    }
    zones
}

fn zone_of_instance(instance: &Cursor<'_>) -> Option<String> {
    let field = instance.get("attributes")?;
    if field.is_object() {
        let zone = field.get("ecs.availability-zone")?;
        return Some(zone.text(&mut Log::default())?.to_owned());
    }
    let attributes = field.items(&mut Log::default());
    let zone = attributes.iter().find_map(|attribute| {
        let name = attribute.get("name")?.text(&mut Log::default())?;
        (name == "ecs.availability-zone").then(|| attribute.get("value"))?
    })?;
    Some(zone.text(&mut Log::default())?.to_owned())
}

/// Whether a described zone is one that instances can be launched in: Local Zones, Wavelength Zones and zones
/// that are out of order are not.
fn is_usable(item: &Cursor<'_>) -> bool {
    let is = |key: &str, word: &str| {
        let Some(field) = item.get(key) else {
            return true;
        };
        matches!(&field.node.value, Value::Text(text) if text == word)
    };
    is("State", "available") && is("ZoneType", "availability-zone")
}

/// Reports a zone that the Region does not have: types are looked for in the Region's zones, and what must run
/// elsewhere would silently have no place.
fn report_foreign(item: &Cursor<'_>, zone: &Zone, region: &str, log: &mut Log) {
    if let Some(local) = (zone.name.as_deref()).filter(|name| is_beside(name, region)) {
        item.error(
            log,
            codes::UNKNOWN_ZONE,
            format!(
                "`{local}` is a Local Zone or a Wavelength Zone and no Availability Zone of {region}: which types it has and what \
                 they cost there is not in the catalogue"
            ),
            format!("name Availability Zones of the Region, such as `{region}a`"),
        );
        return;
    }
    let name = zone.name.as_deref().filter(|name| !is_in(name, region));
    let id = zone.id.as_deref().filter(|id| !is_id_in(id, region));
    let Some(wrong) = name.or(id) else {
        return;
    };
    item.error(
        log,
        codes::UNKNOWN_ZONE,
        format!("the Region {region} has no Availability Zone `{wrong}`"),
        format!(
            "name zones of the cluster's Region, such as `{region}a`, or give the Region they are in"
        ),
    );
}

/// Whether a name is that of one of the Region's Availability Zones: its name and a letter, of which no Region has more than six.
fn is_in(name: &str, region: &str) -> bool {
    let rest = name.strip_prefix(region);
    rest.is_some_and(|rest| matches!(rest.as_bytes(), [b'a'..=b'f']))
}

/// Whether a name is that of a Local Zone or a Wavelength Zone of the Region: `us-east-1-bos-1a`, `us-east-1-wl1-bos-wlz-1`.
/// Source: Amazon EC2 user guide, "Local Zones" and "Wavelength Zones".
fn is_beside(name: &str, region: &str) -> bool {
    let rest = name.strip_prefix(region);
    rest.is_some_and(|rest| rest.starts_with('-') && rest.len() > 3)
}

/// Whether an id is one of the Region's: `use1-az4` is the Region's name, shortened, and a number.
/// Source: AWS RAM user guide, "Availability Zone IDs".
fn is_id_in(id: &str, region: &str) -> bool {
    let Some((prefix, number)) = id.rsplit_once("-az") else {
        return true;
    };
    let known = shortened(region).is_none_or(|shortened| shortened == prefix);
    known
        && number
            .parse::<u8>()
            .is_ok_and(|number| (1..=6).contains(&number))
}

/// `us-east-1` as `use1`; `None` for what does not look like a Region.
fn shortened(region: &str) -> Option<String> {
    let parts: Vec<&str> = region.split('-').collect();
    let [area, middle @ .., number] = parts.as_slice() else {
        return None;
    };
    let mut short = (*area).to_owned();
    for word in middle {
        short.push_str(match *word {
            "north" => "n",
            "south" => "s",
            "east" => "e",
            "west" => "w",
            "central" => "c",
            "northeast" => "ne",
            "northwest" => "nw",
            "southeast" => "se",
            "southwest" => "sw",
            "gov" => "g",
            _ => return None,
        });
    }
    Some(short + number)
}

fn zone(item: &Cursor<'_>, log: &mut Log) -> Option<Zone> {
    if item.is_object() {
        let described = item.get("ZoneName").is_some() || item.get("ZoneId").is_some();
        let keys = if described {
            ["ZoneName", "ZoneId"]
        } else {
            item.report_unknown_keys(log, &[&["zoneName", "zoneId"]], "an Availability Zone");
            ["zoneName", "zoneId"]
        };
        let mut part = |key: &str| match item.get(key) {
            Some(field) => Some(Some(field.name(log)?.to_owned())),
            None => Some(None),
        };
        let (name, id) = (part(keys[0]), part(keys[1]));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_ids_belong_to_their_region() {
        for (name, region, expected) in [
            ("us-east-1a", "us-east-1", true),
            ("us-east-1f", "us-east-1", true),
            ("us-east-1z", "us-east-1", false),
            ("us-east-1", "us-east-1", false),
            ("us-east-1-bos-1a", "us-east-1", false),
            ("eu-west-1a", "us-east-1", false),
            ("us-east-10a", "us-east-1", false),
        ] {
            assert_eq!(is_in(name, region), expected, "{name}");
        }
        assert!(is_beside("us-east-1-bos-1a", "us-east-1"));
        assert!(is_beside("us-east-1-wl1-bos-wlz-1", "us-east-1"));
        assert!(!is_beside("us-east-1a", "us-east-1") && !is_beside("us-east-10a", "us-east-1"));
        for (id, region, expected) in [
            ("use1-az6", "us-east-1", true),
            ("use1-az9", "us-east-1", false),
            ("euw1-az1", "us-east-1", false),
            ("apse2-az1", "ap-southeast-2", true),
            ("usgw1-az1", "us-gov-west-1", true),
            ("mxc1-az1", "mx-central-1", true),
            ("x-az1", "nowhere", true),
        ] {
            assert_eq!(is_id_in(id, region), expected, "{id}");
        }
    }
}
