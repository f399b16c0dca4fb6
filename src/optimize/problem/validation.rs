//! What makes data a problem.

use thiserror::Error;

use super::{BinLimit, BinType, Cost, ItemType};

/// Why data are not a problem.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProblemError {
    /// A vector has the wrong number of entries.
    #[error("{what} {index} has {found} dimensions, expected {expected}")]
    Dimensions {
        /// `bin` or `item`.
        what: &'static str,
        /// Which one.
        index: usize,
        /// Entries found.
        found: usize,
        /// Entries expected.
        expected: usize,
    },
    /// A bin has a negative cost.
    #[error("bin {index} has the negative cost {cost}")]
    NegativeCost {
        /// Which bin.
        index: usize,
        /// Its cost.
        cost: Cost,
    },
    /// An index points nowhere.
    #[error("{what} refers to number {index}, which does not exist")]
    Dangling {
        /// What holds the index.
        what: &'static str,
        /// The index.
        index: usize,
    },
    /// A number beyond what the linear program represents exactly (2⁵³).
    #[error("{what} {index} holds a number above 2^53")]
    TooLarge {
        /// `bin`, `item` or `limit`.
        what: &'static str,
        /// Which one.
        index: usize,
    },
    /// Items repeat among the groups, or a group wants more extra copies than it has items.
    #[error("group {index} shares an item with another or wants more extra copies than items")]
    Group {
        /// Which group.
        index: usize,
    },
    /// All copies together are beyond what costs can count.
    #[error(
        "the demand is too large: every item in a bin of its own would cost more than 63 bits hold"
    )]
    TooMuchDemand,
}

/// Integers up to here are exact as doubles.
const EXACT: u64 = 1 << 53;

pub(super) fn validate(
    dimensions: usize,
    bins: &[BinType],
    items: &[ItemType],
    limits: &[BinLimit],
) -> Result<(), ProblemError> {
    for (index, bin) in bins.iter().enumerate() {
        validate_bin(index, bin, dimensions, items.len())?;
    }
    for (index, item) in items.iter().enumerate() {
        check_length("item", index, item.size.len(), dimensions)?;
        if item.size.iter().any(|&s| s > EXACT) || item.demand > EXACT {
            return Err(ProblemError::TooLarge {
                what: "item",
                index,
            });
        }
    }
    check_worst_cost(bins, items)?;
    let counted = limits.iter().flat_map(|limit| &limit.bins).copied();
    check_indices("a limit", counted, bins.len())?;
    let required = bins.iter().filter_map(|bin| bin.requires);
    check_indices("a bin that requires an item", required, items.len())
}

fn validate_bin(
    index: usize,
    bin: &BinType,
    dimensions: usize,
    items: usize,
) -> Result<(), ProblemError> {
    check_length("bin", index, bin.capacity.len(), dimensions)?;
    if bin.cost < 0 {
        return Err(ProblemError::NegativeCost {
            index,
            cost: bin.cost,
        });
    }
    if bin.capacity.iter().any(|&c| c > EXACT) || bin.cost.unsigned_abs() > EXACT {
        return Err(ProblemError::TooLarge { what: "bin", index });
    }
    let admitted = bin.admits.iter().flatten().copied();
    check_indices("a bin's list of items", admitted, items)
}

/// The dearest bin for every copy must still be a cost.
fn check_worst_cost(bins: &[BinType], items: &[ItemType]) -> Result<(), ProblemError> {
    let copies: u128 = items.iter().map(|item| u128::from(item.demand)).sum();
    let dearest = bins.iter().map(|bin| bin.cost).max().unwrap_or(0);
    let worst = copies * u128::from(dearest.unsigned_abs());
    if copies > u128::from(EXACT) || worst > u128::from(Cost::MAX.unsigned_abs()) / 2 {
        return Err(ProblemError::TooMuchDemand);
    }
    Ok(())
}

fn check_indices(
    what: &'static str,
    mut indices: impl Iterator<Item = usize>,
    length: usize,
) -> Result<(), ProblemError> {
    match indices.find(|&index| index >= length) {
        Some(index) => Err(ProblemError::Dangling { what, index }),
        None => Ok(()),
    }
}

const fn check_length(
    what: &'static str,
    index: usize,
    found: usize,
    expected: usize,
) -> Result<(), ProblemError> {
    if found == expected {
        Ok(())
    } else {
        Err(ProblemError::Dimensions {
            what,
            index,
            found,
            expected,
        })
    }
}
