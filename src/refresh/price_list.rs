//! Elements of AWS's price list: a product with its attributes, and what it costs on demand.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Deserialize;

use super::api::{AskError, CatalogueApi, LeftOut, Question, Request, amount, each_row};

/// A product as a text of JSON, as the API gives it, or as JSON.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Element {
    Text(String),
    Document(Box<Document>),
}

#[derive(Debug, Deserialize)]
struct Document {
    product: ProductDocument,
    #[serde(default)]
    terms: Terms,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProductDocument {
    #[serde(default)]
    product_family: String,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
struct Terms {
    #[serde(default, rename = "OnDemand")]
    on_demand: BTreeMap<String, Term>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Term {
    #[serde(default)]
    price_dimensions: BTreeMap<String, Dimension>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Dimension {
    #[serde(default)]
    unit: String,
    #[serde(default)]
    price_per_unit: BTreeMap<String, String>,
}

/// A product of the price list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Product {
    /// Family, such as `Compute Instance`.
    pub family: String,
    attributes: BTreeMap<String, String>,
    /// USD a unit on demand, with the unit; several where the price depends on the amount.
    prices: Vec<(Decimal, String)>,
}

impl Product {
    /// An attribute; empty where the product has none of this name.
    pub fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }

    /// Its price for one of the units, in any case of letters. None where it has several, another unit, or costs
    /// nothing: such elements of the list stand for what is billed elsewhere.
    pub fn price(&self, units: &[&str]) -> Option<Decimal> {
        let [(usd, unit)] = self.prices.as_slice() else {
            return None;
        };
        let fits = units.iter().any(|known| unit.eq_ignore_ascii_case(known));
        (fits && !usd.is_zero()).then_some(*usd)
    }

    fn of(document: Document) -> Result<Self, String> {
        let mut prices = Vec::new();
        for dimension in (document.terms.on_demand.into_values())
            .flat_map(|term| term.price_dimensions.into_values())
        {
            if let Some(usd) = dimension.price_per_unit.get("USD") {
                prices.push((amount(usd)?, dimension.unit));
            }
        }
        Ok(Self {
            family: document.product.product_family,
            attributes: document.product.attributes,
            prices,
        })
    }
}

/// Asks for the products of a service that have all of the attributes.
pub(super) fn fetch(
    api: &dyn CatalogueApi,
    region: &str,
    service: &'static str,
    filters: &[(&'static str, &str)],
    left_out: &mut LeftOut,
) -> Result<Vec<Product>, AskError> {
    let mut wanted = vec![("regionCode", region.to_owned())];
    wanted.extend(
        filters
            .iter()
            .map(|(field, value)| (*field, (*value).to_owned())),
    );
    let request = Request {
        region: region.to_owned(),
        question: Question::Products {
            service,
            filters: wanted.clone(),
        },
    };
    let mut products = Vec::new();
    each_row(api, &request, left_out, |element: Element| {
        let document = match element {
            Element::Document(document) => *document,
            Element::Text(text) => serde_json::from_str(&text)
                .map_err(|error| format!("an element of the price list: {error}"))?,
        };
        let product = Product::of(document)?;
        // Whoever answers may not look at every filter.
        let fits = |(field, value): &(&'static str, String)| match *field {
            "productFamily" => product.family == *value,
            field => [value.as_str(), ""].contains(&product.attribute(field)),
        };
        if wanted.iter().all(fits) {
            products.push(product);
        }
        Ok(())
    })?;
    Ok(products)
}

/// One price for each key; keys with several different ones apart, as nobody can say which holds.
#[derive(Debug, Default)]
pub(super) struct OnePrice {
    prices: BTreeMap<String, std::collections::BTreeSet<Decimal>>,
}

impl OnePrice {
    /// Adds a price of a key.
    pub fn add(&mut self, key: &str, usd: Decimal) {
        self.prices.entry(key.to_owned()).or_default().insert(usd);
    }

    /// Keys with their price, and those with several.
    pub fn split(self) -> (BTreeMap<String, Decimal>, Vec<String>) {
        let (mut single, mut several) = (BTreeMap::new(), Vec::new());
        for (key, prices) in self.prices {
            match prices.iter().next() {
                Some(usd) if prices.len() == 1 => {
                    single.insert(key, *usd);
                }
                _ => several.push(key),
            }
        }
        (single, several)
    }
}

/// The day's basis of what the price list says.
pub(super) fn basis(now: jiff::Timestamp) -> String {
    format!("price_list_{}", now.strftime("%Y-%m-%d"))
}

/// What is said of keys with several prices.
pub(super) fn ambiguous(region: &str, what: &str, keys: &[String]) -> Option<String> {
    let first: Vec<&str> = keys.iter().take(5).map(String::as_str).collect();
    (!keys.is_empty()).then(|| {
        format!(
            "{region}: the price list has several {what} for each of {} and they are left out: {}{}",
            keys.len(),
            first.join(", "),
            if keys.len() > first.len() { ", …" } else { "" }
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(price: &str) -> Product {
        let text = format!(
            r#"{{"product": {{"productFamily": "Compute Instance", "attributes": {{"instanceType": "m5.large"}}, "sku": "X"}},
                "serviceCode": "AmazonEC2", "terms": {{"OnDemand": {{"X.Y": {{"priceDimensions": {{"X.Y.Z": {{
                    "unit": "Hrs", "pricePerUnit": {price}}}}}, "sku": "X", "termAttributes": {{}}}}}},
                    "Reserved": {{"X.R": {{"priceDimensions": {{"X.R.Z": {{"unit": "Hrs", "pricePerUnit": {{"USD": "0.06"}}}}}}}}}}}}}}"#
        );
        Product::of(serde_json::from_str(&text).expect("a document")).expect("a product")
    }

    #[test]
    fn a_price_is_exact_and_of_its_unit() {
        let list = product(r#"{"USD": "0.0960000000"}"#);
        assert_eq!(list.attribute("instanceType"), "m5.large");
        assert_eq!(
            list.price(&["hrs"]).map(|usd| usd.to_string()).as_deref(),
            Some("0.096")
        );
        assert_eq!(list.price(&["GB-Mo"]), None);
        assert_eq!(product(r#"{"CNY": "0.5"}"#).price(&["Hrs"]), None);
        assert_eq!(product(r#"{"USD": "0.0000000000"}"#).price(&["Hrs"]), None);
    }

    #[test]
    fn two_prices_of_one_key_are_none() {
        let mut prices = OnePrice::default();
        for (key, usd) in [("a", 1), ("b", 2), ("b", 3), ("a", 1)] {
            prices.add(key, Decimal::from(usd));
        }
        let (single, several) = prices.split();
        assert_eq!(single.keys().collect::<Vec<_>>(), ["a"]);
        assert_eq!(several, ["b"]);
    }
}
