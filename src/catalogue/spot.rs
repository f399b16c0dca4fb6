//! Spot: prices by zone from a file, savings from the Spot Instance Advisor.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::finding::CatalogueFinding;
use super::table::{Source, Table};
use crate::domain::money::UsdPerHour;

/// What the Spot Instance Advisor says of an instance type in a Region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpotSaving {
    /// Percent below On-Demand, averaged over zones and a month.
    pub percent: Decimal,
    /// How often instances were interrupted in the trailing month, such as `<5%`; may be empty.
    pub interruption_band: String,
}

/// Spot prices by instance type and zone id.
pub(super) type ZonePrices = BTreeMap<String, BTreeMap<String, UsdPerHour>>;

/// Reads the advisor's savings in `region`, by instance type.
pub(super) fn read_advisor(
    source: Source<'_>,
    region: &str,
) -> (BTreeMap<String, SpotSaving>, Vec<CatalogueFinding>) {
    let mut table = Table::new(source);
    let region_column = table.region_column();
    let name_column = table.required("instance_type");
    let percent_column = table.required("savings_pct");
    let band_column = table.optional("interruption_band");
    let mut savings = BTreeMap::new();
    while let Some(mut row) = table.next_row() {
        if source.region.is_none() && row.filled(region_column) != Some(region) {
            continue;
        }
        let name = row.filled(name_column);
        let percent = row.percent(percent_column);
        let (Some(name), Some(percent)) = (name, percent) else {
            continue;
        };
        let saving = SpotSaving {
            percent,
            interruption_band: row.text(band_column).to_owned(),
        };
        if savings.insert(name.to_owned(), saving).is_some() {
            row.duplicate(name_column, &format!("`{name}` in {region}"));
        }
    }
    (savings, table.into_findings())
}

/// Reads Spot prices of `region`.
pub(super) fn read_prices(source: Source<'_>, region: &str) -> (ZonePrices, Vec<CatalogueFinding>) {
    let mut table = Table::new(source);
    let region_column = table.required("region");
    let zone_column = table.required("az");
    let name_column = table.required("instance_type");
    let usd_column = table.required("usd_per_hour");
    let mut prices = ZonePrices::new();
    while let Some(mut row) = table.next_row() {
        if row.filled(region_column) != Some(region) {
            continue;
        }
        let zone = row.filled(zone_column);
        let name = row.filled(name_column);
        let usd = row.usd(usd_column);
        let (Some(zone), Some(name), Some(usd)) = (zone, name, usd) else {
            continue;
        };
        let by_zone = prices.entry(name.to_owned()).or_default();
        if by_zone.insert(zone.to_owned(), usd).is_some() {
            row.duplicate(name_column, &format!("`{name}` in {zone}"));
        }
    }
    (prices, table.into_findings())
}
