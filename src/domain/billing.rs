//! Lines of a bill, as FOCUS has them (FinOps Open Cost and Usage Specification).

use rust_decimal::Decimal;

/// A line of a bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BilledLine {
    /// `ServiceName`.
    pub service: String,
    /// `ChargeCategory`: usage, tax, credit.
    pub category: String,
    /// `PricingCategory`: standard, dynamic, committed.
    pub pricing: String,
    /// `CommitmentDiscountStatus`: used or unused.
    pub commitment_status: String,
    /// Instance type, where the line says one.
    pub instance_type: Option<String>,
    /// What was used: the usage type, else the line's description.
    pub usage: String,
    /// `RegionId`, where given.
    pub region: String,
    /// `Tags`, as text.
    pub tags: String,
    /// `ConsumedQuantity`, else `PricingQuantity`: hours of an instance.
    pub quantity: Option<Decimal>,
    /// `ListCost`, where given.
    pub list: Option<Decimal>,
    /// `EffectiveCost`, else `BilledCost`, in USD.
    pub cost: Decimal,
    /// Start of the charge period, seconds since 1970.
    pub start: i64,
    /// Its end.
    pub end: i64,
}
