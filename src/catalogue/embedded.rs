//! The dated figures carried in `data/` (see `data/README.md`), by Region.

use super::table::Source;

/// Gives the Regions with embedded On-Demand prices to another macro, after what it is to have before them.
macro_rules! of_priced_regions {
    ($then:ident $(, $first:expr)*) => {
        $then!(
            $($first,)*
            "af-south-1", "ap-east-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3",
            "ap-south-1", "ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3",
            "ap-southeast-4", "ca-central-1", "eu-central-1", "eu-central-2", "eu-north-1",
            "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3", "il-central-1",
            "me-central-1", "me-south-1", "sa-east-1", "us-east-1", "us-east-2", "us-west-1",
            "us-west-2"
        )
    };
}

/// Gives the Regions that have all of the embedded figures to another macro, after what it is to have before them.
macro_rules! of_whole_regions {
    ($then:ident $(, $first:expr)*) => {
        $then!(
            $($first,)*
            "ap-northeast-1", "ap-northeast-2", "ap-southeast-1", "ap-southeast-2", "eu-central-1",
            "eu-west-1", "us-east-1", "us-east-2", "us-west-2"
        )
    };
}

macro_rules! list {
    ($($region:literal),+) => { [$($region),+] };
}

/// Regions with embedded On-Demand prices; those that are not among [`REGIONS`] have no Spot savings, zone offerings and Fargate rates.
pub const PRICED_REGIONS: [&str; 28] = of_priced_regions!(list);

/// Regions with embedded On-Demand prices, Spot savings, zone offerings and Fargate rates.
pub const REGIONS: [&str; 9] = of_whole_regions!(list);

/// Text of an embedded file of all Regions.
macro_rules! common {
    ($file:literal) => {
        Source {
            name: concat!("data/", $file),
            text: include_str!(concat!("../../data/", $file)),
            region: None,
        }
    };
}

/// Text of an embedded file of one Region, or just the headings for a Region that has none.
macro_rules! by_region {
    ($region:expr, $file:expr, $headings:expr, $($known:literal),+) => {
        match $region {
            $($known => Source {
                name: concat!("data/regions/", $known, "/", $file),
                text: include_str!(concat!("../../data/regions/", $known, "/", $file)),
                region: Some($region),
            },)+
            _ => Source { name: concat!("data/regions/*/", $file), text: $headings, region: Some($region) },
        }
    };
}

pub(super) const INSTANCE_TYPES: Source<'static> = common!("instance_types.csv");
pub(super) const FARGATE_PRICES: Source<'static> = common!("fargate_prices.csv");
pub(super) const FARGATE_SIZES: Source<'static> = common!("fargate_sizes.csv");
pub(super) const OTHER_PRICES: Source<'static> = common!("other_prices.csv");
pub(super) const REGISTERED_MEMORY: Source<'static> = common!("registered_memory.csv");
pub(super) const REGISTERED_MEMORY_MODEL: Source<'static> = common!("registered_memory_model.csv");
pub(super) const MAX_PODS: Source<'static> = common!("max_pods.csv");
pub(super) const AS_OF: Source<'static> = common!("as_of.csv");

pub(super) fn on_demand_prices(region: &str) -> Source<'_> {
    of_priced_regions!(
        by_region,
        region,
        "on_demand_prices.csv",
        "instance_type,usd_per_hour,basis\n"
    )
}

pub(super) fn spot_advisor(region: &str) -> Source<'_> {
    of_whole_regions!(
        by_region,
        region,
        "spot_advisor.csv",
        "instance_type,savings_pct,interruption_band\n"
    )
}

pub(super) fn zone_offerings(region: &str) -> Source<'_> {
    of_whole_regions!(
        by_region,
        region,
        "zone_offerings.csv",
        "instance_type,az_ids\n"
    )
}
