//! Fargate rates, Fargate's ephemeral storage and the fees of Managed Instances from the price list of ECS.
//!
//! The list tells its products apart by `usagetype` alone: a prefix of the Region (`EUW1-`, none in some), then for Fargate
//! `Fargate-vCPU-Hours:perCPU`, `Fargate-GB-Hours`, the same with `Fargate-ARM-`, `SpotUsage-` before them on Fargate Spot, and
//! `ECS-Managed-Instances:TYPE-management-hours`. Windows has names of its own.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::api::{AskError, CatalogueApi, LeftOut};
use super::price_list::{self, OnePrice, Product};
use super::sheet::{AS_OF, Row};

/// Headings of the file of Fargate rates.
pub(super) const FARGATE_HEADINGS: [&str; 7] = [
    "region",
    "arch",
    "market",
    "usd_per_vcpu_hour",
    "usd_per_gb_hour",
    "basis",
    AS_OF,
];

/// Units of an hour in the price list.
const HOURS: [&str; 4] = ["hours", "Hrs", "Hours", "GB-Hours"];

/// Prices of ECS in one Region.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct EcsPrices {
    /// USD an hour by usage type without the Region's prefix.
    by_usage: BTreeMap<String, Decimal>,
    /// Usage types with several prices.
    pub several: Vec<String>,
}

/// Asks for the prices of ECS in a Region.
pub(super) fn fetch(
    api: &dyn CatalogueApi,
    region: &str,
    left_out: &mut LeftOut,
) -> Result<EcsPrices, AskError> {
    let products = price_list::fetch(api, region, "AmazonECS", &[], left_out)?;
    Ok(EcsPrices::of(&products))
}

impl EcsPrices {
    fn of(products: &[Product]) -> Self {
        let mut prices = OnePrice::default();
        for product in products {
            let usage = without_region(product.attribute("usagetype"));
            if let (Some(usage), Some(usd)) = (usage, product.price(&HOURS)) {
                prices.add(usage, usd);
            }
        }
        let (by_usage, several) = prices.split();
        Self { by_usage, several }
    }

    /// Rates by architecture and market, where both CPU and memory have a price.
    pub fn fargate(&self, region: &str, now: Timestamp) -> Vec<Row> {
        let mut rows = Vec::new();
        for (market, spot) in [("on_demand", ""), ("spot", "SpotUsage-")] {
            for (architecture, arm) in [("x86_64", ""), ("arm64", "ARM-")] {
                let price = |of: &str| self.by_usage.get(&format!("{spot}Fargate-{arm}{of}"));
                if let (Some(vcpu), Some(gb)) = (price("vCPU-Hours:perCPU"), price("GB-Hours")) {
                    rows.push(vec![
                        region.to_owned(),
                        architecture.to_owned(),
                        market.to_owned(),
                        vcpu.to_string(),
                        gb.to_string(),
                        price_list::basis(now),
                    ]);
                }
            }
        }
        rows
    }

    /// USD for a GB and hour of ephemeral storage.
    pub fn ephemeral_storage(&self) -> Option<Decimal> {
        self.by_usage
            .get("Fargate-EphemeralStorage-GB-Hours")
            .copied()
    }

    /// Fees of Managed Instances by instance type.
    pub fn managed_instances_fees(&self, region: &str, now: Timestamp) -> Vec<Row> {
        let fee = |(usage, usd): (&String, &Decimal)| {
            let name = usage.strip_prefix("ECS-Managed-Instances:")?;
            let name = name.strip_suffix("-management-hours")?;
            let basis = price_list::basis(now);
            Some(vec![
                region.to_owned(),
                name.to_owned(),
                usd.to_string(),
                basis,
            ])
        };
        self.by_usage.iter().filter_map(fee).collect()
    }
}

/// The usage type from the first word on that is ours; none for what is not.
fn without_region(usage: &str) -> Option<&str> {
    let starts = ["SpotUsage-Fargate-", "Fargate-", "ECS-Managed-Instances:"];
    let at = starts.iter().find_map(|start| {
        let at = usage.find(start)?;
        (at == 0 || usage[..at].ends_with('-')).then_some(at)
    })?;
    Some(&usage[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_types_are_told_apart_without_the_region() {
        for (usage, ours) in [
            (
                "USE1-Fargate-vCPU-Hours:perCPU",
                Some("Fargate-vCPU-Hours:perCPU"),
            ),
            ("Fargate-GB-Hours", Some("Fargate-GB-Hours")),
            (
                "EUC1-SpotUsage-Fargate-ARM-GB-Hours",
                Some("SpotUsage-Fargate-ARM-GB-Hours"),
            ),
            (
                "APN1-ECS-Managed-Instances:g6.xlarge-management-hours",
                Some("ECS-Managed-Instances:g6.xlarge-management-hours"),
            ),
            ("USE1-ECS-EC2-GB-Hours", None),
            ("XFargate-GB-Hours", None),
        ] {
            assert_eq!(without_region(usage), ours, "{usage}");
        }
    }
}
