//! Rows beside demand and bin limits: what couples bins of different kinds.
//!
//! ```text
//! copy limit  Σ_{bins o∈B} Σ_{items i∈I} a_i x ≤ L     dual ω ≤ 0: item i is worth π_i + ω in bin o
//! floor       Σ_{bins o∈B} x_o ≥ F                      dual ν ≥ 0: bin o costs ν less
//! used bins   the same, of bins that hold something     dual κ ≥ 0: bin o costs κ less
//! group       items i∈G need n_i copies each and `extra` copies more, at most one more of each item;
//!             or, at the cost `outside`, nothing at all: the group is served outside the bins
//! ```
//! A limit on copies of one group's items alone also holds as `Σ a x ≤ L (1 − y)` where `y` serves the group
//! outside: the group needs no copies then. A group's dual constraint is closed in form: it is worth
//! `min(Σ π_i n_i + the extra smallest π_i + Σ_{r of the group alone} ω_r L_r, outside)`.

use super::problem::{Cost, ProblemError};

/// At most `upper` copies of these items together in bins of these types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyLimit {
    /// Items counted, ascending.
    pub items: Vec<usize>,
    /// Bin types counted, ascending.
    pub bins: Vec<usize>,
    /// Most copies.
    pub upper: u64,
}

/// At least `lower` bins of these types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BinFloor {
    /// Bin types counted, ascending.
    pub bins: Vec<usize>,
    /// Fewest bins.
    pub lower: u64,
}

/// Items whose demand hangs together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemandGroup {
    /// The items, ascending; an item belongs to at most one group.
    pub items: Vec<usize>,
    /// So many of the items need one copy more than their demand.
    pub extra: u64,
    /// Cost of serving the whole group outside the bins; `None` = impossible.
    pub outside: Option<Cost>,
}

/// All of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SideRows {
    /// Limits on copies.
    pub copy_limits: Vec<CopyLimit>,
    /// Groups of items.
    pub groups: Vec<DemandGroup>,
    /// Fewest bins; bins may stay empty for it.
    pub floor: Option<BinFloor>,
    /// Fewest bins that hold something: what a branch of a tree says of them. No problem has such rows before it branches.
    pub used: Vec<BinFloor>,
}

impl SideRows {
    /// Whether indices exist, groups are disjoint and extras can be met.
    pub(super) fn validate(&self, bins: usize, items: usize) -> Result<(), ProblemError> {
        let within = |what: &'static str, indices: &[usize], end: usize| match indices
            .iter()
            .find(|&&index| index >= end)
        {
            Some(&index) => Err(ProblemError::Dangling { what, index }),
            None => Ok(()),
        };
        for limit in &self.copy_limits {
            within("a limit on copies", &limit.items, items)?;
            within("a limit on copies", &limit.bins, bins)?;
        }
        if let Some(floor) = &self.floor {
            within("the least number of bins", &floor.bins, bins)?;
        }
        for used in &self.used {
            within("the least number of used bins", &used.bins, bins)?;
        }
        let mut taken = vec![false; items];
        for (index, group) in self.groups.iter().enumerate() {
            within("a group of items", &group.items, items)?;
            let repeated =
                (group.items.iter()).any(|&item| std::mem::replace(&mut taken[item], true));
            if repeated || group.extra > group.items.len() as u64 {
                return Err(ProblemError::Group { index });
            }
            if let Some(cost) = group.outside.filter(|cost| *cost < 0) {
                return Err(ProblemError::NegativeCost { index, cost });
            }
        }
        Ok(())
    }
}
