//! A bare packing problem and its solution, as `bayplan pack` reads and prints them.
//!
//! Minimise the cost of the bins so that every copy of every item is in one bin, within capacity in every
//! dimension, with at most `limit` bins of a kind. Numbers are exact decimals; [`Grid`] turns them into the
//! integers that the optimizer counts in.

mod grid;
mod proof;

pub use grid::{Grid, GridError, Quantity};
pub use proof::{CountedDimension, PackingProof, PricedItem, PricedLimit, ProvenBin};

use rust_decimal::Decimal;

/// A packing problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackingProblem {
    /// Name, for reports.
    pub name: String,
    /// Names of the dimensions.
    pub dims: Vec<String>,
    /// Kinds of bins.
    pub bins: Vec<BinKind>,
    /// Kinds of items.
    pub items: Vec<ItemKind>,
    /// The value others published, for tables; the solver never sees it.
    pub best_known: Option<BestKnown>,
}

/// A kind of bin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BinKind {
    /// Id, unique among bins.
    pub id: String,
    /// One entry per dimension, not negative.
    pub capacity: Vec<Decimal>,
    /// Cost of one bin, not negative.
    pub cost: Decimal,
    /// Most bins of this kind; `None` = as many as wanted.
    pub limit: Option<u64>,
}

/// A kind of item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemKind {
    /// Id, unique among items.
    pub id: String,
    /// One entry per dimension, not negative.
    pub size: Vec<Decimal>,
    /// Copies to pack.
    pub demand: u64,
}

/// What is known of an instance's optimum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BestKnown {
    /// Best value known.
    pub value: Option<Decimal>,
    /// Whether that value is proven optimal.
    pub is_optimal: bool,
}

/// Status of a solution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackingStatus {
    /// Proven cheapest.
    Optimal,
    /// Every item has a bin; cheaper packings may exist.
    Feasible,
    /// Proven: not every item can have a bin.
    Infeasible,
    /// Neither a packing nor a proof that there is none.
    Unknown,
}

impl PackingStatus {
    /// The word in documents and tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Optimal => "optimal",
            Self::Feasible => "feasible",
            Self::Infeasible => "infeasible",
            Self::Unknown => "unknown",
        }
    }
}

/// Bins with the same content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedBins {
    /// Index of the kind of bin.
    pub bin: usize,
    /// Bins.
    pub count: u64,
    /// Index of each kind of item and copies in each bin, ascending.
    pub items: Vec<(usize, u64)>,
}

/// Why there is no packing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoPackingReason {
    /// An item fits no bin that may be used.
    FitsNoBin {
        /// Index of the item.
        item: usize,
    },
    /// Proven: the limits leave too few bins for all items.
    TooFewBins,
}

/// The answer to a packing problem.
#[derive(Debug, Clone, PartialEq)]
pub struct PackingSolution {
    /// Status.
    pub status: PackingStatus,
    /// Total cost; `None` without a packing.
    pub cost: Option<Decimal>,
    /// Proven lower bound; `None` without proof.
    pub bound: Option<Decimal>,
    /// The bound that its proof file carries; `None` where none was made.
    pub proven: Option<Decimal>,
    /// Wall-clock seconds.
    pub seconds: f64,
    /// The packing; empty without one.
    pub patterns: Vec<PackedBins>,
    /// Why there is no packing; empty where there is one, or none is known.
    pub reasons: Vec<NoPackingReason>,
}

impl PackingSolution {
    /// (cost − bound) / cost; `None` without both.
    #[must_use]
    pub fn gap(&self) -> Option<f64> {
        use rust_decimal::prelude::ToPrimitive as _;
        let (cost, bound) = (self.cost?, self.bound?);
        if cost.is_zero() {
            return Some(0.0);
        }
        Some((cost - bound).to_f64()? / cost.to_f64()?)
    }

    /// Takes a proof's bound, which bounds the cost as well where the search ended with less.
    pub fn take_proven(&mut self, bound: Decimal) {
        self.proven = Some(bound);
        if self.bound.is_none_or(|known| known < bound) {
            self.bound = Some(bound);
        }
        if self.cost.is_some() && self.cost == self.bound {
            self.status = PackingStatus::Optimal;
        }
    }

    /// Bins used.
    #[must_use]
    pub fn bins(&self) -> u64 {
        self.patterns.iter().map(|packed| packed.count).sum()
    }
}
