//! What commitments do to a plan's bill.

use crate::domain::commitment::{CommitmentKind, Terms};
use crate::domain::money::UsdPerHour;

/// Commitments of a plan: those that are bought already, and those that it proposes.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedCommitment {
    /// All of them together, used or not.
    pub usd_per_hour: UsdPerHour,
    /// What the bill is more than its rows at list price; below 0 where commitments save.
    pub adjustment_usd_per_hour: UsdPerHour,
    /// Part of what could be covered, at list price, that is; none where nothing could be.
    pub coverage: Option<f64>,
    /// Part of the commitments that is used; none without any.
    pub utilisation: Option<f64>,
    /// What they save against list prices in a month of 730 hours, in USD.
    pub saving_usd_per_month: f64,
    /// The utilisation at which they would cost what they cover at list price; none where nothing is covered.
    pub break_even_utilisation: Option<f64>,
    /// One by one, in the order in which AWS applies them.
    pub parts: Vec<CommitmentPart>,
    /// The bill where more or fewer tasks run, where the plan proposes commitments.
    pub demands: Vec<OtherDemand>,
}

/// One commitment.
#[derive(Debug, Clone, PartialEq)]
pub struct CommitmentPart {
    /// What it is.
    pub kind: CommitmentKind,
    /// Family, for the kinds that have one.
    pub family: Option<String>,
    /// Reserved Instances: of which type.
    pub instance_type: Option<String>,
    /// Term and payment, where rates depend on them.
    pub terms: Option<Terms>,
    /// Whether its rates are the estimate of its family, and none that were given.
    pub estimated: bool,
    /// Whether the plan proposes it; it is bought already otherwise.
    pub proposed: bool,
    /// Its cost, used or not.
    pub usd_per_hour: UsdPerHour,
    /// Part of it that is used; none for one of nothing.
    pub utilisation: Option<f64>,
    /// What it covers, at list price, in the mean of the hours.
    pub covered_usd_per_hour: UsdPerHour,
}

/// The bill of the same fleet in proportion to another demand.
#[derive(Debug, Clone, PartialEq)]
pub struct OtherDemand {
    /// Demand as a multiple of the planned one.
    pub demand: f64,
    /// With the commitments of the plan.
    pub usd_per_hour: UsdPerHour,
    /// Without those that it proposes.
    pub without_usd_per_hour: UsdPerHour,
    /// With those that would have been best for this demand.
    pub best_usd_per_hour: UsdPerHour,
}

impl PlannedCommitment {
    /// The kind of all of them; none where they are of several.
    #[must_use]
    pub fn kind(&self) -> Option<CommitmentKind> {
        let first = self.parts.first()?.kind;
        self.parts
            .iter()
            .all(|part| part.kind == first)
            .then_some(first)
    }
}
