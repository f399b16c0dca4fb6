//! In which zones each instance type is offered.

use std::collections::BTreeMap;

use super::finding::CatalogueFinding;
use super::table::{Source, Table};

/// Reads the zone ids of `region` by instance type, sorted and without repetition.
pub(super) fn read(
    source: Source<'_>,
    region: &str,
) -> (BTreeMap<String, Vec<String>>, Vec<CatalogueFinding>) {
    let mut table = Table::new(source);
    let region_column = table.region_column();
    let name_column = table.required("instance_type");
    let zones_column = table.required("az_ids");
    let mut offerings = BTreeMap::new();
    while let Some(mut row) = table.next_row() {
        if source.region.is_none() && row.filled(region_column) != Some(region) {
            continue;
        }
        let name = row.filled(name_column);
        let zones = row.filled(zones_column);
        let (Some(name), Some(zones)) = (name, zones) else {
            continue;
        };
        let mut ids: Vec<String> = zones
            .split(';')
            .map(|id| id.trim().to_owned())
            .filter(|id| !id.is_empty())
            .collect();
        ids.sort();
        ids.dedup();
        if offerings.insert(name.to_owned(), ids).is_some() {
            row.duplicate(name_column, &format!("`{name}` in {region}"));
        }
    }
    (offerings, table.into_findings())
}
