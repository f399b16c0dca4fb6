//! What a refresh asks of AWS: questions as data, answers as the APIs' own JSON, page by page.

use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use thiserror::Error;

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

#[derive(Debug, Default, Deserialize)]
struct Tokens {
    #[serde(rename = "NextToken")]
    ec2_and_pricing: Option<String>,
    #[serde(rename = "nextToken")]
    savings_plans: Option<String>,
}

/// Asks page after page and hands each on.
pub(super) fn each_page<T: DeserializeOwned>(
    api: &dyn CatalogueApi,
    request: &Request,
    mut take: impl FnMut(T) -> Result<(), String>,
) -> Result<(), AskError> {
    let action = request.question.action();
    let unusable = |why: String| AskError::Unusable(format!("{action}: {why}"));
    let mut token: Option<String> = None;
    for _ in 0..MOST_PAGES {
        let page = (api.page(request, token.as_deref())).map_err(AskError::Failed)?;
        let tokens = Tokens::deserialize(&page).map_err(|error| unusable(error.to_string()))?;
        let answer = T::deserialize(page).map_err(|error| unusable(error.to_string()))?;
        take(answer).map_err(unusable)?;
        let next =
            (tokens.ec2_and_pricing.or(tokens.savings_plans)).filter(|next| !next.is_empty());
        if next.is_none() {
            return Ok(());
        }
        if next == token {
            return Err(unusable("the answer names the same page twice".to_owned()));
        }
        token = next;
    }
    Err(unusable(format!(
        "the answer has more than {MOST_PAGES} pages"
    )))
}

/// An amount that an answer gives as text.
pub(super) fn amount(text: &str) -> Result<rust_decimal::Decimal, String> {
    let amount: Result<rust_decimal::Decimal, _> = text.parse();
    (amount.ok().filter(|amount| !amount.is_sign_negative()))
        .map(|amount| amount.normalize())
        .ok_or_else(|| format!("`{text}` is not an amount"))
}
