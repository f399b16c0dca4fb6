//! Proposed sizes as people and programs read them.

pub mod csv;
pub mod figures;
pub mod json;
pub mod markdown;
mod rows;
pub mod summary;
pub mod text;

use serde_json::Value;

use crate::rightsize::{Fleets, FrontierPoint, Jointly, Proposal};

/// Everything that a report of proposals says.
#[derive(Debug, Clone, PartialEq)]
pub struct Sizes {
    /// Cluster's name.
    pub cluster: String,
    /// AWS Region.
    pub region: String,
    /// Where the metrics end, in seconds since 1970, which is what every service is judged before; `None` without any.
    pub measured_until: Option<i64>,
    /// A proposal for every service.
    pub proposals: Vec<Proposal>,
    /// What the cluster costs, planned with today's sizes and with the proposed ones.
    pub fleets: Fleets,
    /// How sizes were chosen with the fleet, where that was asked for.
    pub joint: Option<Jointly>,
    /// What fewer changes bring, where that was asked for.
    pub frontier: Option<Vec<FrontierPoint>>,
    /// The steps that give the services these sizes, where they were asked for.
    pub steps: Option<SizeSteps>,
}

/// Steps as people and as programs read them.
#[derive(Debug, Clone, PartialEq)]
pub struct SizeSteps {
    /// For people.
    pub text: String,
    /// For programs.
    pub document: Value,
}
