//! Zones of a Region, and in which of them each type is offered.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::api::{AskError, CatalogueApi, LeftOut, Question, Request, each_row};
use super::sheet::Row;

/// Headings of the file of offerings.
pub(super) const HEADINGS: [&str; 3] = ["region", "instance_type", "az_ids"];

/// Availability Zones by name, with their ids. Local and Wavelength Zones are none: they have other prices.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Zones(BTreeMap<String, String>);

impl Zones {
    /// The id of a zone.
    pub fn id(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Whether there is a zone of this id.
    pub fn has_id(&self, id: &str) -> bool {
        self.0.values().any(|known| known == id)
    }
}

#[derive(Debug, Deserialize)]
struct Zone {
    #[serde(rename = "ZoneName")]
    name: String,
    #[serde(rename = "ZoneId")]
    id: String,
    #[serde(default, rename = "ZoneType")]
    kind: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Offering {
    instance_type: String,
    location: String,
}

/// Asks for the zones of a Region.
pub(super) fn fetch(
    api: &dyn CatalogueApi,
    region: &str,
    left_out: &mut LeftOut,
) -> Result<Zones, AskError> {
    let request = Request {
        region: region.to_owned(),
        question: Question::Zones,
    };
    let mut zones = Zones::default();
    each_row(api, &request, left_out, |zone: Zone| {
        let kind = zone.kind.as_deref();
        if kind.is_none_or(|kind| kind == "availability-zone") {
            zones.0.insert(zone.name, zone.id);
        }
        Ok(())
    })?;
    if zones.0.is_empty() {
        let why = format!("ec2:DescribeAvailabilityZones: no zone of {region} is in the answer");
        return Err(AskError::Unusable(why));
    }
    Ok(zones)
}

/// Asks in which zones types are offered.
pub(super) fn fetch_offerings(
    api: &dyn CatalogueApi,
    region: &str,
    zones: &Zones,
    left_out: &mut LeftOut,
) -> Result<Vec<Row>, AskError> {
    let request = Request {
        region: region.to_owned(),
        question: Question::Offerings,
    };
    let mut offered: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    each_row(api, &request, left_out, |offering: Offering| {
        if zones.has_id(&offering.location) {
            (offered.entry(offering.instance_type).or_default()).insert(offering.location);
        }
        Ok(())
    })?;
    let row = |(name, ids): (String, BTreeSet<String>)| {
        let ids: Vec<String> = ids.into_iter().collect();
        vec![region.to_owned(), name, ids.join(";")]
    };
    Ok(offered.into_iter().map(row).collect())
}
