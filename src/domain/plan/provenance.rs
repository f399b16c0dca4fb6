//! Where types and prices came from.

/// Where the catalogue came from and how old its figures are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanCatalogue {
    /// `embedded`, `file` or `aws`.
    pub source: String,
    /// Dates by kind of figure.
    pub as_of: PlanAsOf,
}

/// Dates (ISO 8601) of each kind of price; `null` when a file that replaced them carries none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanAsOf {
    /// On-Demand prices.
    pub on_demand: Option<String>,
    /// Spot savings or prices.
    pub spot: Option<String>,
    /// Fargate rates.
    pub fargate: Option<String>,
}

/// What a file that was read from a live cluster says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotStamp {
    /// When it was read, as RFC 3339.
    pub taken_at: String,
    /// Hash of all in it that matters to a plan.
    pub fingerprint: String,
}
