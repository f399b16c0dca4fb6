//! On-Demand prices of Linux with shared tenancy, and of gp3 storage, from the price list of EC2.

use jiff::Timestamp;

use super::api::{AskError, CatalogueApi, LeftOut};
use super::price_list::{self, OnePrice, Product};
use super::sheet::Row;

/// Headings of the file of prices.
pub(super) const HEADINGS: [&str; 4] = ["region", "instance_type", "usd_per_hour", "basis"];

/// Attributes of what an ECS image pays for: Linux without further software, on capacity that is used.
const FILTERS: [(&str, &str); 4] = [
    ("operatingSystem", "Linux"),
    ("tenancy", "Shared"),
    ("preInstalledSw", "NA"),
    ("capacitystatus", "Used"),
];

/// Asks for the On-Demand prices of a Region; with what there is to say.
pub(super) fn fetch(
    api: &dyn CatalogueApi,
    region: &str,
    now: Timestamp,
    left_out: &mut LeftOut,
) -> Result<(Vec<Row>, Vec<String>), AskError> {
    let products = price_list::fetch(api, region, "AmazonEC2", &FILTERS, left_out)?;
    let mut prices = OnePrice::default();
    for product in products.iter().filter(|product| is_instance(product)) {
        if let Some(usd) = product.price(&["Hrs"]) {
            prices.add(product.attribute("instanceType"), usd);
        }
    }
    let (single, several) = prices.split();
    let basis = price_list::basis(now);
    let row = |(name, usd): (String, rust_decimal::Decimal)| {
        vec![region.to_owned(), name, usd.to_string(), basis.clone()]
    };
    let notes = price_list::ambiguous(region, "On-Demand prices", &several);
    Ok((
        single.into_iter().map(row).collect(),
        notes.into_iter().collect(),
    ))
}

/// An instance that is bought by the hour, bare metal included; not blocks of capacity, Local Zones or Outposts.
fn is_instance(product: &Product) -> bool {
    let is = |name: &str, allowed: &[&str]| allowed.contains(&product.attribute(name));
    product.family.starts_with("Compute Instance")
        && !product.attribute("instanceType").is_empty()
        && product.attribute("usagetype").contains("BoxUsage")
        && is("operation", &["RunInstances", ""])
        && is("marketoption", &["OnDemand", ""])
        && is("locationType", &["AWS Region", ""])
}

/// Asks for the price of gp3 storage: USD for a GB and month.
pub(super) fn fetch_gp3(
    api: &dyn CatalogueApi,
    region: &str,
    left_out: &mut LeftOut,
) -> Result<Option<rust_decimal::Decimal>, AskError> {
    let filters = [("productFamily", "Storage"), ("volumeApiName", "gp3")];
    let products = price_list::fetch(api, region, "AmazonEC2", &filters, left_out)?;
    let mut prices = OnePrice::default();
    for product in &products {
        let is_own = ["AWS Region", ""].contains(&product.attribute("locationType"));
        let is_volume = product
            .attribute("usagetype")
            .ends_with("EBS:VolumeUsage.gp3");
        if let Some(usd) = product.price(&["GB-Mo"]).filter(|_| is_own && is_volume) {
            prices.add("gp3", usd);
        }
    }
    Ok(prices.split().0.remove("gp3"))
}
