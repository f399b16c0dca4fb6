//! `DescribeSpotPriceHistory` to a mean price of each pool.
//!
//! The history lists changes: a price holds from its time to the next one's. With prices p₁ … pₙ of a pool that hold for
//! the seconds s₁ … sₙ inside a window, the mean is Σ pᵢ sᵢ / Σ sᵢ, in exact decimals and rounded half-even to 10⁻⁸
//! USD an hour. The API also gives the price that held at the window's start, with an earlier time.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::api::{AskError, CatalogueApi, LeftOut, Question, Request, amount, each_row};
use super::sheet::Row;
use super::zones::Zones;
use crate::domain::money::UsdPerHour;

/// Headings of the file; plans read the first price.
pub(super) const HEADINGS: [&str; 6] = [
    "region",
    "az",
    "instance_type",
    "usd_per_hour",
    "usd_per_hour_30_days",
    "observed_at",
];

/// The window of the price that plans read.
const RECENT: SignedDuration = SignedDuration::from_hours(24);
/// The window of the price beside it.
const MONTH: SignedDuration = SignedDuration::from_hours(30 * 24);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Change {
    #[serde(default)]
    availability_zone: Option<String>,
    #[serde(default)]
    availability_zone_id: Option<String>,
    instance_type: String,
    #[serde(default)]
    product_description: Option<String>,
    spot_price: String,
    timestamp: String,
}

/// Prices of one pool by the time they begin to hold.
type Changes = BTreeMap<Timestamp, Decimal>;

/// Asks for the Spot prices of a Region up to `now`.
pub(super) fn fetch(
    api: &dyn CatalogueApi,
    region: &str,
    zones: &Zones,
    now: Timestamp,
    left_out: &mut LeftOut,
) -> Result<Vec<Row>, AskError> {
    let since = now - MONTH;
    let request = Request {
        region: region.to_owned(),
        question: Question::SpotPrices { since, until: now },
    };
    let mut pools: BTreeMap<(String, String), Changes> = BTreeMap::new();
    each_row(api, &request, left_out, |change: Change| {
        let product = change.product_description.as_deref();
        if product.is_some_and(|product| !product.starts_with("Linux/UNIX")) {
            return Ok(());
        }
        let named = (change.availability_zone.as_deref()).and_then(|name| zones.id(name));
        let id = change.availability_zone_id.as_deref().or(named);
        let Some(id) = id.filter(|id| zones.has_id(id)) else {
            return Ok(());
        };
        let price = amount(&change.spot_price)?;
        let begin: Timestamp = (change.timestamp.parse())
            .map_err(|_| format!("`{}` is not a time", change.timestamp))?;
        let pool = pools
            .entry((id.to_owned(), change.instance_type))
            .or_default();
        pool.insert(begin, price);
        Ok(())
    })?;
    let rows = pools.iter().filter_map(|((zone, name), changes)| {
        let recent = mean(changes, now - RECENT, now)?;
        let month = mean(changes, since, now)?;
        Some(vec![
            region.to_owned(),
            zone.clone(),
            name.clone(),
            recent.to_string(),
            month.to_string(),
            now.strftime("%Y-%m-%d").to_string(),
        ])
    });
    Ok(rows.collect())
}

/// The mean over a window; where nothing is known of its start, over the part of it that is known.
fn mean(changes: &Changes, from: Timestamp, to: Timestamp) -> Option<UsdPerHour> {
    let times: Vec<Timestamp> = changes.keys().copied().collect();
    let ends = times.iter().skip(1).copied().chain([to]);
    let (mut total, mut seconds) = (Decimal::ZERO, 0_i64);
    for ((begin, price), end) in changes.iter().zip(ends) {
        let held = end.min(to).duration_since((*begin).max(from)).as_secs();
        if held > 0 {
            total += price * Decimal::from(held);
            seconds += held;
        }
    }
    let mean = if seconds > 0 {
        total / Decimal::from(seconds)
    } else {
        *changes.range(..=to).next_back()?.1
    };
    Some(UsdPerHour::new(mean).rounded())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn changes(of: &[(&str, &str)]) -> Changes {
        of.iter()
            .map(|(time, usd)| (at(time), usd.parse().expect("an amount")))
            .collect()
    }

    fn day(changes: &Changes) -> Option<String> {
        let now = at("2026-11-29T00:00:00Z");
        mean(changes, now - RECENT, now).map(|usd| usd.to_string())
    }

    #[test]
    fn a_price_counts_for_as_long_as_it_holds() {
        let history = [
            ("2026-11-20T00:00:00Z", "0.10"),
            ("2026-11-28T18:00:00Z", "0.20"),
            ("2026-11-28T23:00:00Z", "0.40"),
        ];
        // 18 hours at 0.10, 5 at 0.20, 1 at 0.40.
        assert_eq!(day(&changes(&history)).as_deref(), Some("0.13333333"));
        assert_eq!(day(&changes(&history[..1])).as_deref(), Some("0.1"));
    }

    #[test]
    fn a_pool_that_is_new_has_the_mean_of_what_is_known() {
        let new = [
            ("2026-11-28T22:00:00Z", "0.3"),
            ("2026-11-28T23:00:00Z", "0.5"),
        ];
        assert_eq!(day(&changes(&new)).as_deref(), Some("0.4"));
        let this_moment = [("2026-11-29T00:00:00Z", "0.7")];
        assert_eq!(day(&changes(&this_moment)).as_deref(), Some("0.7"));
        assert_eq!(day(&changes(&[])), None);
        assert_eq!(day(&changes(&[("2026-11-30T00:00:00Z", "0.7")])), None);
    }
}
