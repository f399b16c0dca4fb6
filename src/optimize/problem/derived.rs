//! Problems made from a problem: other demands, fewer bins, what is left once some bins are fixed.

use super::{Cost, Problem};
use crate::optimize::room::Room;

impl Problem {
    /// The same problem with other demands.
    ///
    /// # Panics
    /// When there is not one demand per item.
    #[must_use]
    pub fn with_demands(&self, demands: &[u64]) -> Self {
        assert_eq!(demands.len(), self.items.len(), "one demand per item");
        let mut problem = self.clone();
        for (item, &demand) in problem.items.iter_mut().zip(demands) {
            item.demand = demand;
        }
        problem
    }

    /// The problem of these demands with `times` as much of every limit on bins and with the cost of every
    /// group outside `times` as high, without limits on copies: a relaxation of `times` packings together.
    ///
    /// # Panics
    /// When there is not one demand per item.
    #[must_use]
    pub fn many_times(&self, times: u64, demands: &[u64]) -> Self {
        let mut problem = self.with_demands(demands);
        let signed = Cost::try_from(times).unwrap_or(Cost::MAX);
        for limit in &mut problem.limits {
            limit.upper = limit.upper.saturating_mul(times);
        }
        for group in &mut problem.rows.groups {
            group.outside = group.outside.map(|cost| cost.saturating_mul(signed));
        }
        for floor in problem.rows.floor.iter_mut().chain(&mut problem.rows.used) {
            floor.lower = floor.lower.saturating_mul(times);
        }
        problem.rows.copy_limits.clear();
        problem.copy_limits_by_group.iter_mut().for_each(Vec::clear);
        problem.copy_limits_by_bin = vec![Vec::new(); problem.bins.len()];
        problem
    }

    /// The same problem without the bin types that `keep` refuses: they admit nothing and count for no least
    /// number. Indices stay.
    #[must_use]
    pub fn only_bins(&self, keep: &dyn Fn(usize) -> bool) -> Self {
        let mut problem = self.clone();
        for (index, bin) in problem.bins.iter_mut().enumerate() {
            if !keep(index) {
                bin.admits = Some(Vec::new());
            }
        }
        for floor in problem.rows.floor.iter_mut().chain(&mut problem.rows.used) {
            floor.bins.retain(|&bin| keep(bin));
        }
        problem
    }

    /// The part of the problem that is left once demands are settled and some bins are fixed: these
    /// demands, no groups, no least numbers of bins, and what is left of every limit.
    ///
    /// # Panics
    /// When there is not one demand per item.
    #[must_use]
    pub fn settled(&self, demands: &[u64], room: &Room) -> Self {
        let mut problem = self.with_demands(demands);
        for (limit, &upper) in problem.limits.iter_mut().zip(&room.limits) {
            limit.upper = upper;
        }
        for (limit, &upper) in problem.rows.copy_limits.iter_mut().zip(&room.copies) {
            limit.upper = upper;
        }
        problem.rows.groups.clear();
        problem.rows.floor = None;
        problem.rows.used.clear();
        problem.group_of = vec![None; problem.items.len()];
        problem
    }
}
