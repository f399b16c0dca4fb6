//! The proof of a packing problem's bound, as a document carries it.
//!
//! What each part claims, and why the claims together prove the bound, is `docs/proof.md`.

use rust_decimal::Decimal;

use crate::domain::proof::Tree;

/// A proof that no packing costs less.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackingProof {
    /// No packing costs less.
    pub bound: Decimal,
    /// What prices, costs and multipliers are whole numbers of.
    pub unit: Decimal,
    /// The problem's dimensions, in its order.
    pub dims: Vec<CountedDimension>,
    /// What the items are worth.
    pub items: Vec<PricedItem>,
    /// What limits on bins take off.
    pub limits: Vec<PricedLimit>,
    /// Every kind of bin that may be used and holds something of worth: no load is worth more than it costs.
    pub bins: Vec<ProvenBin>,
}

/// A dimension, and what its sizes are whole numbers of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedDimension {
    /// The dimension's name.
    pub name: String,
    /// Every size is a whole number of steps; capacities are rounded down to one.
    pub step: Decimal,
}

/// A kind of item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricedItem {
    /// Its id.
    pub item: String,
    /// Its demand.
    pub count: u64,
    /// What a copy is worth, in the unit.
    pub price: u64,
}

/// The limit on a kind of bin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricedLimit {
    /// The bin's id.
    pub bin: String,
    /// Most bins.
    pub rhs: u64,
    /// Its multiplier in the unit; not negative.
    pub multiplier: u64,
}

/// A kind of bin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenBin {
    /// Its id.
    pub bin: String,
    /// What one costs, in the unit.
    pub cost: u64,
    /// Steps of each dimension, no more than all copies of all items take.
    pub capacity: Vec<u64>,
    /// Why no load of it is worth more than it costs; capacities by their position.
    pub leaves: Tree<usize>,
}
