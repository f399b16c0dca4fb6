//! What is left of the limits while bins are fixed one after another.

use super::pattern::{Content, Packing, Pattern};
use super::problem::Problem;

/// Remaining bins of each limit and remaining copies of each copy limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// One entry per limit on bins.
    pub limits: Vec<u64>,
    /// One entry per limit on copies.
    pub copies: Vec<u64>,
}

impl Room {
    /// Nothing is fixed yet.
    pub fn new(problem: &Problem) -> Self {
        Self {
            limits: problem.limits().iter().map(|l| l.upper).collect(),
            copies: problem.copy_limits().iter().map(|l| l.upper).collect(),
        }
    }

    /// What a packing leaves; `None` when it passes a limit.
    pub fn beside(problem: &Problem, packing: &Packing) -> Option<Self> {
        let mut room = Self::new(problem);
        let used = packing.bins_used(problem);
        for (left, limit) in room.limits.iter_mut().zip(problem.limits()) {
            *left = left.checked_sub(limit.bins.iter().map(|&bin| used[bin]).sum())?;
        }
        for (pattern, count) in &packing.bins {
            for &row in problem.copy_limits_of(pattern.bin) {
                let copies = copies_counted(problem, row, &pattern.content);
                room.copies[row] = room.copies[row].checked_sub(copies * count)?;
            }
        }
        Some(room)
    }

    /// How many more bins of a type the limits allow.
    pub fn bins(&self, problem: &Problem, bin: usize) -> u64 {
        (problem.limits().iter().zip(&self.limits))
            .filter(|(limit, _)| limit.bins.binary_search(&bin).is_ok())
            .map(|(_, &left)| left)
            .min()
            .unwrap_or(u64::MAX)
    }

    /// How many bins of a pattern all limits allow.
    pub fn times(&self, problem: &Problem, pattern: &Pattern) -> u64 {
        (problem.copy_limits_of(pattern.bin).iter())
            .filter_map(|&row| {
                let copies = copies_counted(problem, row, &pattern.content);
                self.copies[row].checked_div(copies)
            })
            .min()
            .unwrap_or(u64::MAX)
            .min(self.bins(problem, pattern.bin))
    }

    /// Fixes bins of a pattern.
    ///
    /// # Panics
    /// When a limit does not allow them.
    pub fn take(&mut self, problem: &Problem, pattern: &Pattern, times: u64) {
        for (limit, left) in problem.limits().iter().zip(&mut self.limits) {
            if limit.bins.binary_search(&pattern.bin).is_ok() {
                *left = left
                    .checked_sub(times)
                    .expect("the limit allows these bins");
            }
        }
        for &row in problem.copy_limits_of(pattern.bin) {
            let copies = copies_counted(problem, row, &pattern.content) * times;
            self.copies[row] =
                (self.copies[row].checked_sub(copies)).expect("the limit allows these copies");
        }
    }

    /// The content without the copies that the limits do not allow in this bin.
    #[must_use]
    pub fn trimmed(&self, problem: &Problem, bin: usize, content: &Content) -> Content {
        let rows = problem.copy_limits_of(bin);
        if rows.is_empty() {
            return content.clone();
        }
        let mut left: Vec<u64> = rows.iter().map(|&row| self.copies[row]).collect();
        let mut kept = Content::new();
        for &(item, copies) in content {
            let counting: Vec<usize> = (0..rows.len())
                .filter(|&place| counts(problem, rows[place], item))
                .collect();
            let most = counting.iter().map(|&place| left[place]).min();
            let copies = copies.min(most.unwrap_or(u64::MAX));
            for place in counting {
                left[place] -= copies;
            }
            if copies > 0 {
                kept.push((item, copies));
            }
        }
        kept
    }
}

/// Whether a copy limit counts an item.
pub fn counts(problem: &Problem, row: usize, item: usize) -> bool {
    let items = &problem.copy_limits()[row].items;
    items.binary_search(&item).is_ok()
}

/// Copies of a content that a copy limit counts.
pub fn copies_counted(problem: &Problem, row: usize, content: &Content) -> u64 {
    (content.iter())
        .filter(|&&(item, _)| counts(problem, row, item))
        .map(|&(_, copies)| copies)
        .sum()
}
