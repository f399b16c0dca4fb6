//! The packing problem in operations-research words: bins, items, dimensions, limits.
//!
//! Variable-sized, multiple-choice vector bin packing with demands. Sets: bin types `o ∈ O`, item types
//! `i ∈ I`, dimensions `d ∈ D`. Data: capacity `C_od`, cost `c_o`, item size `w_id`, demand `n_i`, at most
//! `m_i` copies of `i` in one bin, the items a bin type admits, and limits `Σ_{o∈G} x_o ≤ L_G`; further
//! rows are in [`side_rows`](super::side_rows).
//! A *pattern* of `o` is an integer vector `a` with `Σ_i w_id a_i ≤ C_od` and `a_i ≤ m_i`. Minimise the
//! cost of the bins so that every copy of every item is in a bin.

mod derived;
mod validation;

pub use validation::ProblemError;

use super::side_rows::{BinFloor, CopyLimit, DemandGroup, SideRows};

/// Costs are integers on a grid; the planner's grid is 10⁻⁸ USD per hour.
pub type Cost = i64;

/// A kind of bin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BinType {
    /// One entry per dimension.
    pub capacity: Vec<u64>,
    /// Cost of one bin on the cost grid; not negative.
    pub cost: Cost,
    /// Items this bin admits, ascending; `None` admits all.
    pub admits: Option<Vec<usize>>,
    /// An item of which every bin that is not empty holds at least one copy.
    pub requires: Option<usize>,
}

/// A kind of item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemType {
    /// One entry per dimension.
    pub size: Vec<u64>,
    /// Copies to pack.
    pub demand: u64,
    /// Most copies in one bin; `None` = as many as fit.
    pub max_per_bin: Option<u64>,
}

/// At most `upper` bins among `bins`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BinLimit {
    /// Bin types counted, ascending.
    pub bins: Vec<usize>,
    /// Most bins of these types together.
    pub upper: u64,
}

/// A packing problem; immutable once validated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    dimensions: usize,
    bins: Vec<BinType>,
    items: Vec<ItemType>,
    limits: Vec<BinLimit>,
    rows: SideRows,
    /// Copy limits that count each bin type, ascending.
    copy_limits_by_bin: Vec<Vec<usize>>,
    /// The group of each item.
    group_of: Vec<Option<usize>>,
    /// Copy limits that count items of one group alone, by group.
    copy_limits_by_group: Vec<Vec<usize>>,
}

impl Problem {
    /// Validates and freezes a problem.
    ///
    /// # Errors
    /// When lengths disagree, an index dangles, a cost is negative or a number is above 2⁵³.
    pub fn try_new(
        dimensions: usize,
        bins: Vec<BinType>,
        items: Vec<ItemType>,
        limits: Vec<BinLimit>,
    ) -> Result<Self, ProblemError> {
        validation::validate(dimensions, &bins, &items, &limits)?;
        Ok(Self {
            dimensions,
            copy_limits_by_bin: vec![Vec::new(); bins.len()],
            group_of: vec![None; items.len()],
            copy_limits_by_group: Vec::new(),
            bins,
            items,
            limits,
            rows: SideRows::default(),
        })
    }

    /// The same problem with further rows.
    ///
    /// # Errors
    /// When an index dangles, groups overlap or a cost is negative.
    pub fn try_with_rows(mut self, rows: SideRows) -> Result<Self, ProblemError> {
        rows.validate(self.bins.len(), self.items.len())?;
        self.copy_limits_by_bin = vec![Vec::new(); self.bins.len()];
        for (index, limit) in rows.copy_limits.iter().enumerate() {
            for &bin in &limit.bins {
                self.copy_limits_by_bin[bin].push(index);
            }
        }
        self.group_of = vec![None; self.items.len()];
        for (index, group) in rows.groups.iter().enumerate() {
            for &item in &group.items {
                self.group_of[item] = Some(index);
            }
        }
        self.copy_limits_by_group = (0..rows.groups.len())
            .map(|group| {
                let alone =
                    |items: &[usize]| items.iter().all(|&item| self.group_of[item] == Some(group));
                (0..rows.copy_limits.len())
                    .filter(|&row| alone(&rows.copy_limits[row].items))
                    .collect()
            })
            .collect();
        self.rows = rows;
        Ok(self)
    }

    /// Number of dimensions.
    pub const fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// Bin types.
    pub fn bins(&self) -> &[BinType] {
        &self.bins
    }

    /// Item types.
    pub fn items(&self) -> &[ItemType] {
        &self.items
    }

    /// Limits on the number of bins.
    pub fn limits(&self) -> &[BinLimit] {
        &self.limits
    }

    /// Limits on copies.
    pub fn copy_limits(&self) -> &[CopyLimit] {
        &self.rows.copy_limits
    }

    /// The copy limits that count a bin type, ascending.
    pub fn copy_limits_of(&self, bin: usize) -> &[usize] {
        &self.copy_limits_by_bin[bin]
    }

    /// Groups of items whose demand hangs together.
    pub fn groups(&self) -> &[DemandGroup] {
        &self.rows.groups
    }

    /// The copy limits that count items of a group alone, ascending.
    pub fn copy_limits_of_group(&self, group: usize) -> &[usize] {
        &self.copy_limits_by_group[group]
    }

    /// The group of an item.
    pub fn group_of(&self, item: usize) -> Option<usize> {
        self.group_of[item]
    }

    /// Fewest bins.
    pub const fn floor(&self) -> Option<&BinFloor> {
        self.rows.floor.as_ref()
    }

    /// Fewest bins that hold something.
    pub fn used_bins(&self) -> &[BinFloor] {
        &self.rows.used
    }

    /// All side rows.
    pub const fn rows(&self) -> &SideRows {
        &self.rows
    }

    /// Most copies of each item that a packing could need: its demand, and one more where its group may
    /// ask for that.
    pub fn most_demands(&self) -> Vec<u64> {
        (self.items.iter().enumerate())
            .map(|(index, item)| {
                let extra = self.group_of[index].is_some_and(|g| self.rows.groups[g].extra > 0);
                item.demand + u64::from(extra)
            })
            .collect()
    }

    /// Whether a bin admits an item and one copy fits.
    pub fn fits(&self, bin: usize, item: usize) -> bool {
        self.most_copies(bin, item) > 0
    }

    /// Most copies of an item in a bin that holds nothing else, demand aside.
    pub fn most_copies(&self, bin: usize, item: usize) -> u64 {
        let bin = &self.bins[bin];
        if bin
            .admits
            .as_ref()
            .is_some_and(|items| items.binary_search(&item).is_err())
        {
            return 0;
        }
        let item = &self.items[item];
        let by_size = item
            .size
            .iter()
            .zip(&bin.capacity)
            .filter(|(size, _)| **size > 0)
            .map(|(size, capacity)| capacity / size)
            .min()
            .unwrap_or(u64::MAX);
        by_size.min(item.max_per_bin.unwrap_or(u64::MAX))
    }

    /// The limits that count each bin type, ascending, by bin type.
    pub fn limits_by_bin(&self) -> Vec<Vec<usize>> {
        let mut by_bin = vec![Vec::new(); self.bins.len()];
        for (position, limit) in self.limits.iter().enumerate() {
            for &bin in &limit.bins {
                by_bin[bin].push(position);
            }
        }
        by_bin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(size: &[u64]) -> ItemType {
        ItemType {
            size: size.to_vec(),
            demand: 1,
            max_per_bin: None,
        }
    }

    fn bin(capacity: &[u64]) -> BinType {
        BinType {
            capacity: capacity.to_vec(),
            cost: 1,
            admits: None,
            requires: None,
        }
    }

    #[test]
    fn wrong_data_are_refused() {
        let short = Problem::try_new(2, vec![bin(&[1])], vec![], vec![]);
        assert!(matches!(
            short,
            Err(ProblemError::Dimensions { what: "bin", .. })
        ));
        let limit = BinLimit {
            bins: vec![3],
            upper: 1,
        };
        let dangling = Problem::try_new(1, vec![bin(&[1])], vec![item(&[1])], vec![limit]);
        assert!(matches!(
            dangling,
            Err(ProblemError::Dangling { index: 3, .. })
        ));
    }

    #[test]
    fn demand_that_no_cost_can_count_is_refused() {
        let many = ItemType {
            demand: 1 << 50,
            ..item(&[1])
        };
        let dear = BinType {
            cost: 1 << 40,
            ..bin(&[1])
        };
        let problem = Problem::try_new(1, vec![dear], vec![many], vec![]);
        assert_eq!(problem, Err(ProblemError::TooMuchDemand));
    }

    #[test]
    fn copies_are_bounded_by_size_list_and_rule() {
        let mut distinct = item(&[1, 0]);
        distinct.max_per_bin = Some(1);
        let mut picky = bin(&[9, 9]);
        picky.admits = Some(vec![0]);
        let problem = Problem::try_new(
            2,
            vec![bin(&[9, 9]), picky],
            vec![item(&[4, 1]), distinct],
            vec![],
        )
        .expect("valid");
        assert_eq!(problem.most_copies(0, 0), 2);
        assert_eq!(problem.most_copies(0, 1), 1);
        assert_eq!(problem.most_copies(1, 1), 0);
    }
}
