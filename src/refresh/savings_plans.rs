//! `DescribeSavingsPlansOfferingRates` to rows of rates.
//!
//! Rates of Fargate are left out: they are by vCPU and by GB, where the file has one price an hour.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::api::{AskError, CatalogueApi, LeftOut, Question, Request, amount, each_row};
use super::sheet::Row;
use crate::catalogue::{SavingsPlanKind, UpfrontPayment};

/// Headings of the file.
pub(super) const HEADINGS: [&str; 7] = [
    "region",
    "instance_type",
    "kind",
    "term_years",
    "payment",
    "usd_per_hour",
    "basis",
];

const SECONDS_A_YEAR: i64 = 365 * 24 * 60 * 60;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rate {
    savings_plan_offering: Offering,
    #[serde(rename = "rate")]
    usd: String,
    #[serde(default)]
    unit: String,
    #[serde(default)]
    usage_type: String,
    #[serde(default)]
    properties: Vec<Property>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Offering {
    payment_option: String,
    plan_type: String,
    duration_seconds: i64,
    #[serde(default)]
    currency: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Property {
    #[serde(default)]
    name: String,
    #[serde(default)]
    value: String,
}

/// Asks for the rates of a Region.
pub(super) fn fetch(
    api: &dyn CatalogueApi,
    region: &str,
    left_out: &mut LeftOut,
) -> Result<Vec<Row>, AskError> {
    let request = Request {
        region: region.to_owned(),
        question: Question::SavingsPlanRates,
    };
    let mut rates = BTreeMap::new();
    each_row(api, &request, left_out, |rate: Rate| {
        if let Some((key, usd)) = rate.row(region)? {
            rates.insert(key, usd);
        }
        Ok(())
    })?;
    let row = |((name, kind, years, payment), usd): ((String, _, i64, _), String)| {
        let (kind, payment): (SavingsPlanKind, UpfrontPayment) = (kind, payment);
        vec![
            region.to_owned(),
            name,
            kind.word().to_owned(),
            years.to_string(),
            payment.word().to_owned(),
            usd,
            "offering_rates".to_owned(),
        ]
    };
    Ok(rates.into_iter().map(row).collect())
}

type Key = (String, SavingsPlanKind, i64, UpfrontPayment);

impl Rate {
    /// What is covered and its rate; none for what is no hour of Linux on shared tenancy in the Region.
    fn row(&self, region: &str) -> Result<Option<(Key, String)>, String> {
        let offering = &self.savings_plan_offering;
        let kind = match offering.plan_type.as_str() {
            "Compute" => SavingsPlanKind::Compute,
            "EC2Instance" => SavingsPlanKind::Ec2Instance,
            _ => return Ok(None),
        };
        let payment = match offering.payment_option.as_str() {
            "No Upfront" => UpfrontPayment::None,
            "Partial Upfront" => UpfrontPayment::Partial,
            "All Upfront" => UpfrontPayment::All,
            _ => return Ok(None),
        };
        let is = |name: &str, value: &str| self.property(name).is_none_or(|is| is == value);
        let is_ours = self.unit == "Hrs"
            && offering
                .currency
                .as_deref()
                .is_none_or(|currency| currency == "USD")
            && self.usage_type.contains("BoxUsage")
            && is("region", region)
            && is("productDescription", "Linux/UNIX")
            && is("tenancy", "shared");
        let years = offering.duration_seconds / SECONDS_A_YEAR;
        let name = self.property("instanceType");
        let (Some(name), true, 1..) = (name, is_ours, years) else {
            return Ok(None);
        };
        let usd = amount(&self.usd)?.to_string();
        Ok(Some(((name.to_owned(), kind, years, payment), usd)))
    }

    fn property(&self, name: &str) -> Option<&str> {
        let found = self
            .properties
            .iter()
            .find(|property| property.name == name);
        found.map(|property| property.value.as_str())
    }
}
