//! What a refresh asks of AWS: questions as data, answers as the APIs' own JSON, page by page.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;
use thiserror::Error;

use crate::domain::text::{visible, visible_start};

/// The most pages of one answer: far more than any Region has, so that a token that never ends does.
const MOST_PAGES: usize = 100_000;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// `ec2:DescribeInstanceTypes`.
    InstanceTypes,
    /// `ec2:DescribeInstanceTypeOfferings`, by zone id.
    Offerings,
    /// `ec2:DescribeAvailabilityZones`.
    Zones,
    /// `ec2:DescribeSpotPriceHistory` of Linux in a window.
    SpotPrices {
        /// Its start.
        since: Timestamp,
        /// Its end.
        until: Timestamp,
    },
    /// `pricing:GetProducts`.
    Products {
        /// Code of the service, such as `AmazonEC2`.
        service: &'static str,
        /// Attributes that products must have, exactly.
        filters: Vec<(&'static str, String)>,
    },
    /// `savingsplans:DescribeSavingsPlansOfferingRates` of Linux instances with shared tenancy.
    SavingsPlanRates,
}

impl Question {
    /// IAM's name of the call.
    pub const fn action(&self) -> &'static str {
        match self {
            Self::InstanceTypes => "ec2:DescribeInstanceTypes",
            Self::Offerings => "ec2:DescribeInstanceTypeOfferings",
            Self::Zones => "ec2:DescribeAvailabilityZones",
            Self::SpotPrices { .. } => "ec2:DescribeSpotPriceHistory",
            Self::Products { .. } => "pricing:GetProducts",
            Self::SavingsPlanRates => "savingsplans:DescribeSavingsPlansOfferingRates",
        }
    }
}

impl Question {
    /// The key of the list that an answer is about; AWS always has it, empty or not.
    pub const fn list_key(&self) -> &'static str {
        match self {
            Self::InstanceTypes => "InstanceTypes",
            Self::Offerings => "InstanceTypeOfferings",
            Self::Zones => "AvailabilityZones",
            Self::SpotPrices { .. } => "SpotPriceHistory",
            Self::Products { .. } => "PriceList",
            Self::SavingsPlanRates => "searchResults",
        }
    }
}

/// A question about a Region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The Region.
    pub region: String,
    /// What is asked.
    pub question: Question,
}

/// A call that failed for good.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct ApiFailure {
    /// What failed and what to do about it.
    pub message: String,
    /// Whether the permission is missing.
    pub is_refused: bool,
}

/// Whoever answers.
pub trait CatalogueApi {
    /// One page of an answer, in the API's own keys, as the AWS CLI prints it.
    ///
    /// # Errors
    /// When the call fails after every attempt.
    fn page(&self, request: &Request, token: Option<&str>) -> Result<Value, ApiFailure>;
}

/// Why there is no answer to work with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum AskError {
    /// The call failed.
    Failed(ApiFailure),
    /// The answer is not what the API is documented to give.
    Unusable(String),
}

impl fmt::Display for AskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(failure) => failure.fmt(f),
            Self::Unusable(why) => f.write_str(why),
        }
    }
}

/// Rows of an answer that cannot be used: how many, and why the first. One row that is odd does not take its kind with it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct LeftOut {
    count: usize,
    first: String,
}

impl LeftOut {
    /// Leaves a row out.
    pub fn add(&mut self, why: String) {
        if self.count == 0 {
            self.first = why;
        }
        self.count += 1;
    }

    /// What is said of them, where there are any.
    pub fn note(&self, region: &str, what: &str) -> Option<String> {
        let (count, first) = (self.count, visible(&self.first));
        let (rows, are) = if count == 1 {
            ("row", "is")
        } else {
            ("rows", "are")
        };
        (count > 0).then(|| {
            format!("{region}: {count} {rows} of the {what} that AWS answered {are} left out; the first: {first}")
        })
    }
}

/// Asks page after page and hands each row on; a row that cannot be read, or that `take` refuses, is left out.
pub(super) fn each_row<T: DeserializeOwned>(
    api: &dyn CatalogueApi,
    request: &Request,
    left_out: &mut LeftOut,
    mut take: impl FnMut(T) -> Result<(), String>,
) -> Result<(), AskError> {
    let action = request.question.action();
    let unusable = |why: String| AskError::Unusable(format!("{action}: {why}"));
    let mut seen = BTreeSet::new();
    let mut token: Option<String> = None;
    let mut is_any_taken = false;
    loop {
        let mut page = (api.page(request, token.as_deref())).map_err(AskError::Failed)?;
        let key = request.question.list_key();
        let Some(Value::Array(rows)) = page.get_mut(key).map(Value::take) else {
            return Err(unusable(format!("the answer lacks `{key}`")));
        };
        for row in rows {
            let read = serde_json::from_value(row).map_err(|error| error.to_string());
            match read.and_then(&mut take) {
                Ok(()) => is_any_taken = true,
                Err(why) => left_out.add(format!("{action}: {why}")),
            }
        }
        let Some(next) = next_token(&page) else {
            break;
        };
        // A token that comes again leads round for ever.
        if !seen.insert(next.clone()) || seen.len() >= MOST_PAGES {
            return Err(unusable("the answer names the same page twice".to_owned()));
        }
        token = Some(next);
    }
    if !is_any_taken && left_out.count > 0 {
        return Err(AskError::Unusable(format!(
            "no row of the answer can be used; the first: {}",
            left_out.first
        )));
    }
    Ok(())
}

/// Where the next page begins. EC2 and Pricing write the key with a capital, Savings Plans without.
fn next_token(page: &Value) -> Option<String> {
    let tokens = ["NextToken", "nextToken"].into_iter();
    let mut tokens = tokens.filter_map(|key| page.get(key)?.as_str());
    tokens.find(|next| !next.is_empty()).map(str::to_owned)
}

/// The largest amount that is believed, in USD: far beyond any price, and small enough to be summed over months.
const MOST_USD: u64 = 1_000_000_000;

/// An amount that an answer gives as text.
pub(super) fn amount(text: &str) -> Result<rust_decimal::Decimal, String> {
    let amount: Result<rust_decimal::Decimal, _> = text.parse();
    let is_sound = |amount: &rust_decimal::Decimal| {
        !amount.is_sign_negative() && *amount <= rust_decimal::Decimal::from(MOST_USD)
    };
    (amount.ok().filter(is_sound))
        .map(|amount| amount.normalize())
        .ok_or_else(|| format!("`{}` is not an amount", visible_start(text, 40)))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use serde_json::json;

    use super::*;

    /// Pages whose tokens go round.
    struct Round<'a>(&'a [&'a str], Cell<usize>);

    impl CatalogueApi for Round<'_> {
        fn page(&self, _: &Request, _: Option<&str>) -> Result<Value, ApiFailure> {
            let at = self.1.replace(self.1.get() + 1);
            Ok(json!({"AvailabilityZones": [], "NextToken": self.0[at % self.0.len()]}))
        }
    }

    #[test]
    fn tokens_that_go_round_come_to_an_end() {
        let request = Request {
            region: "us-east-1".to_owned(),
            question: Question::Zones,
        };
        for round in [&["a"][..], &["a", "b"], &["a", "b", "c"]] {
            let api = Round(round, Cell::new(0));
            let asked = each_row(&api, &request, &mut LeftOut::default(), |_: Value| Ok(()));
            let why = "ec2:DescribeAvailabilityZones: the answer names the same page twice";
            assert_eq!(asked, Err(AskError::Unusable(why.to_owned())));
            assert_eq!(api.1.get(), round.len() + 1);
        }
    }

    #[test]
    fn an_amount_is_no_more_than_any_price() {
        assert_eq!(
            amount("0.0960000000").expect("an amount").to_string(),
            "0.096"
        );
        for text in [
            "-1",
            "cheap",
            "",
            "79228162514264337593543950335",
            "1000000001",
        ] {
            assert!(amount(text).is_err(), "{text}");
        }
        assert_eq!(
            amount("\u{1b}[2J").expect_err("none"),
            "`⟨U+001B⟩[2J` is not an amount"
        );
    }
}
