//! `commitment` of a plan.

use serde::{Deserialize, Serialize};

use crate::domain::commitment::{CommitmentKind, Terms, UpfrontPayment};
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{CommitmentPart, OtherDemand, PlannedCommitment};
use crate::io::codes;
use crate::io::findings::Finding;

use super::finding;

/// Commitments of several kinds.
const MIXED: &str = "mixed";
/// None at all.
const NONE: &str = "none";

/// What is committed to, bought and proposed, and what it does to the bill.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CommitmentDocument {
    /// `compute`, `ec2-instance` or `reserved`; `mixed` of several kinds, `none` where nothing is worth buying.
    pub kind: String,
    /// All commitments, used or not.
    pub usd_per_hour: UsdPerHour,
    /// What the bill is more than its rows.
    pub adjustment_usd_per_hour: UsdPerHour,
    /// Part of what could be covered, at list price, that is.
    pub coverage: Option<f64>,
    /// Part of the commitments that is used.
    pub utilisation: Option<f64>,
    /// Against list prices, in USD.
    pub saving_usd_per_month: f64,
    /// Utilisation below which they cost more than they cover.
    pub break_even_utilisation: Option<f64>,
    /// One by one.
    #[serde(default)]
    pub parts: Vec<CommitmentPartDocument>,
    /// The bill where more or fewer tasks run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub demands: Vec<OtherDemandDocument>,
}

/// One commitment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CommitmentPartDocument {
    /// `compute`, `ec2-instance` or `reserved`.
    pub kind: String,
    /// Family, for the kinds that have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// Reserved Instances: of which type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_type: Option<String>,
    /// Years.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term_years: Option<u64>,
    /// `no-upfront`, `partial-upfront` or `all-upfront`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<String>,
    /// Whether its rates are an estimate.
    pub estimated: bool,
    /// Whether the plan proposes it; it is bought already otherwise.
    pub proposed: bool,
    /// Its cost, used or not.
    pub usd_per_hour: UsdPerHour,
    /// Part of it that is used.
    pub utilisation: Option<f64>,
    /// What it covers, at list price.
    pub covered_usd_per_hour: UsdPerHour,
}

/// The bill of the same fleet in proportion to another demand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OtherDemandDocument {
    /// As a multiple of the planned one.
    pub demand: f64,
    /// With the plan's commitments.
    pub usd_per_hour: UsdPerHour,
    /// Without those that it proposes.
    pub without_usd_per_hour: UsdPerHour,
    /// With the best for this demand.
    pub best_usd_per_hour: UsdPerHour,
    /// What the plan's commitments cost more than the best.
    pub regret_usd_per_hour: UsdPerHour,
}

impl From<&PlannedCommitment> for CommitmentDocument {
    fn from(of: &PlannedCommitment) -> Self {
        let kind = match of.kind() {
            Some(kind) => kind.word(),
            None if of.parts.is_empty() => NONE,
            None => MIXED,
        };
        Self {
            kind: kind.to_owned(),
            usd_per_hour: of.usd_per_hour,
            adjustment_usd_per_hour: of.adjustment_usd_per_hour,
            coverage: of.coverage,
            utilisation: of.utilisation,
            saving_usd_per_month: of.saving_usd_per_month,
            break_even_utilisation: of.break_even_utilisation,
            parts: of.parts.iter().map(part).collect(),
            demands: (of.demands.iter())
                .map(|other| OtherDemandDocument {
                    demand: other.demand,
                    usd_per_hour: other.usd_per_hour,
                    without_usd_per_hour: other.without_usd_per_hour,
                    best_usd_per_hour: other.best_usd_per_hour,
                    regret_usd_per_hour: other.usd_per_hour - other.best_usd_per_hour,
                })
                .collect(),
        }
    }
}

fn part(part: &CommitmentPart) -> CommitmentPartDocument {
    CommitmentPartDocument {
        kind: part.kind.word().to_owned(),
        family: part.family.clone(),
        instance_type: part.instance_type.clone(),
        term_years: part.terms.map(|terms| terms.years),
        payment: part.terms.map(|terms| terms.payment.word().to_owned()),
        estimated: part.estimated,
        proposed: part.proposed,
        usd_per_hour: part.usd_per_hour,
        utilisation: part.utilisation,
        covered_usd_per_hour: part.covered_usd_per_hour,
    }
}

impl CommitmentDocument {
    /// What the document says; what is no commitment goes to `wrong`.
    pub(super) fn planned(&self, wrong: &mut Vec<Finding>) -> PlannedCommitment {
        let mut parts = Vec::new();
        for (place, part) in self.parts.iter().enumerate() {
            let kind = CommitmentKind::of_word(&part.kind);
            let payment = part.payment.as_deref().map(UpfrontPayment::of_word);
            let (Some(kind), false) = (kind, payment == Some(None)) else {
                wrong.push(finding(
                    codes::PLAN_FILE,
                    format!("commitment.parts[{place}]"),
                    "its kind or its payment is none that is known".to_owned(),
                    "give a plan that `bayplan plan --format json` wrote",
                ));
                continue;
            };
            parts.push(CommitmentPart {
                kind,
                family: part.family.clone(),
                instance_type: part.instance_type.clone(),
                terms: (part.term_years.zip(payment.flatten()))
                    .map(|(years, payment)| Terms { years, payment }),
                estimated: part.estimated,
                proposed: part.proposed,
                usd_per_hour: part.usd_per_hour,
                utilisation: part.utilisation,
                covered_usd_per_hour: part.covered_usd_per_hour,
            });
        }
        let are_known = parts.len() == self.parts.len();
        let planned = PlannedCommitment {
            usd_per_hour: self.usd_per_hour,
            adjustment_usd_per_hour: self.adjustment_usd_per_hour,
            coverage: self.coverage,
            utilisation: self.utilisation,
            saving_usd_per_month: self.saving_usd_per_month,
            break_even_utilisation: self.break_even_utilisation,
            parts,
            demands: (self.demands.iter())
                .map(|other| OtherDemand {
                    demand: other.demand,
                    usd_per_hour: other.usd_per_hour,
                    without_usd_per_hour: other.without_usd_per_hour,
                    best_usd_per_hour: other.best_usd_per_hour,
                })
                .collect(),
        };
        // What follows from the rest is not read, and must be what it follows to.
        let told = Self::from(&planned);
        if are_known && (&told.kind, &told.demands) != (&self.kind, &self.demands) {
            wrong.push(finding(
                codes::PLAN_FILE,
                "commitment".to_owned(),
                "its kind or the regret of a demand is not what its parts and costs say".to_owned(),
                "give a plan that `bayplan plan --format json` wrote",
            ));
        }
        planned
    }
}
