//! Patterns, and packings made of them.

use super::problem::{Cost, Problem};

/// What one bin holds: item and number of copies, ascending by item, every count positive.
pub type Content = Vec<(usize, u64)>;

/// A bin type with a content that fits it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pattern {
    /// Bin type.
    pub bin: usize,
    /// Its content.
    pub content: Content,
}

impl Pattern {
    /// Copies of one item.
    pub fn copies(&self, item: usize) -> u64 {
        self.content
            .binary_search_by_key(&item, |&(i, _)| i)
            .map_or(0, |position| self.content[position].1)
    }

    /// Load in every dimension.
    pub fn load(&self, problem: &Problem) -> Vec<u64> {
        let mut load = vec![0; problem.dimensions()];
        for &(item, copies) in &self.content {
            for (total, size) in load.iter_mut().zip(&problem.items()[item].size) {
                *total += size * copies;
            }
        }
        load
    }

    /// Whether the content fits its bin: capacity, admission and copies per bin.
    pub fn is_feasible(&self, problem: &Problem) -> bool {
        let bin = &problem.bins()[self.bin];
        self.content
            .iter()
            .all(|&(item, copies)| copies <= problem.most_copies(self.bin, item))
            && self
                .load(problem)
                .iter()
                .zip(&bin.capacity)
                .all(|(load, capacity)| load <= capacity)
    }
}

/// Bins with their contents: a solution, or part of one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packing {
    /// Patterns and how many bins follow each.
    pub bins: Vec<(Pattern, u64)>,
}

impl Packing {
    /// Total cost on the cost grid.
    pub fn cost(&self, problem: &Problem) -> Cost {
        self.bins
            .iter()
            .map(|(pattern, count)| {
                problem.bins()[pattern.bin].cost
                    * Cost::try_from(*count).expect("a bin count fits 63 bits")
            })
            .sum()
    }

    /// Copies packed, by item.
    pub fn packed(&self, problem: &Problem) -> Vec<u64> {
        let mut packed = vec![0; problem.items().len()];
        for (pattern, count) in &self.bins {
            for &(item, copies) in &pattern.content {
                packed[item] += copies * count;
            }
        }
        packed
    }

    /// Demand that is not packed, by item.
    pub fn missing(&self, problem: &Problem) -> Vec<u64> {
        self.packed(problem)
            .iter()
            .zip(problem.items())
            .map(|(packed, item)| item.demand.saturating_sub(*packed))
            .collect()
    }

    /// Bins used, by bin type.
    pub fn bins_used(&self, problem: &Problem) -> Vec<u64> {
        let mut used = vec![0; problem.bins().len()];
        for (pattern, count) in &self.bins {
            used[pattern.bin] += count;
        }
        used
    }

    /// Whether every limit on bin counts holds.
    pub fn within_limits(&self, problem: &Problem) -> bool {
        let used = self.bins_used(problem);
        problem
            .limits()
            .iter()
            .all(|limit| limit.bins.iter().map(|&bin| used[bin]).sum::<u64>() <= limit.upper)
    }

    /// Adds `count` bins of a pattern.
    pub fn push(&mut self, pattern: Pattern, count: u64) {
        if count > 0 {
            self.bins.push((pattern, count));
        }
    }

    /// Sorts by bin and content, merges equal patterns, drops empty bins.
    pub fn normalise(&mut self) {
        self.bins
            .retain(|(pattern, count)| *count > 0 && !pattern.content.is_empty());
        self.bins.sort();
        self.bins.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                earlier.1 += later.1;
            }
            same
        });
    }

    /// Removes copies beyond demand, from the last bins first, so that packed = demand at most.
    pub fn trim(&mut self, problem: &Problem) {
        let mut surplus: Vec<u64> = self
            .packed(problem)
            .iter()
            .zip(problem.items())
            .map(|(packed, item)| packed.saturating_sub(item.demand))
            .collect();
        if surplus.iter().all(|&s| s == 0) {
            return;
        }
        let mut trimmed = Vec::with_capacity(self.bins.len());
        for (pattern, count) in self.bins.drain(..).rev() {
            trim_bins(pattern, count, &mut surplus, &mut trimmed);
        }
        self.bins = trimmed;
        self.normalise();
    }
}

/// Takes surplus copies out of `count` bins of one pattern, whole layers of equal bins at a time.
fn trim_bins(pattern: Pattern, count: u64, surplus: &mut [u64], out: &mut Vec<(Pattern, u64)>) {
    let mut left = count;
    while left > 0 {
        let mut content = pattern.content.clone();
        let mut layer = left;
        for (item, copies) in &mut content {
            let take = surplus[*item].min(*copies);
            layer = layer.min(surplus[*item].checked_div(take).unwrap_or(left));
            *copies -= take;
        }
        if content == pattern.content {
            out.push((pattern, left));
            return;
        }
        for (&(item, before), &(_, after)) in pattern.content.iter().zip(&content) {
            surplus[item] -= (before - after) * layer;
        }
        content.retain(|&(_, copies)| copies > 0);
        out.push((
            Pattern {
                bin: pattern.bin,
                content,
            },
            layer,
        ));
        left -= layer;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimize::problem::{BinType, ItemType};

    fn problem(demands: &[u64]) -> Problem {
        let items = demands
            .iter()
            .map(|&demand| ItemType {
                size: vec![1],
                demand,
                max_per_bin: None,
            })
            .collect();
        let bin = BinType {
            capacity: vec![10],
            cost: 7,
            admits: None,
        };
        Problem::try_new(1, vec![bin], items, vec![]).expect("valid")
    }

    #[test]
    fn trimming_leaves_exactly_the_demand() {
        let problem = problem(&[7, 3]);
        let mut packing = Packing::default();
        packing.push(
            Pattern {
                bin: 0,
                content: vec![(0, 2), (1, 1)],
            },
            5,
        );
        packing.trim(&problem);
        assert_eq!(packing.packed(&problem), vec![7, 3]);
        assert!(packing.cost(&problem) <= 35);
    }

    #[test]
    fn normalising_merges_equal_patterns_and_drops_empty_bins() {
        let mut packing = Packing::default();
        let pattern = Pattern {
            bin: 0,
            content: vec![(0, 1)],
        };
        packing.push(pattern.clone(), 2);
        packing.push(
            Pattern {
                bin: 0,
                content: vec![],
            },
            1,
        );
        packing.push(pattern.clone(), 3);
        packing.normalise();
        assert_eq!(packing.bins, vec![(pattern, 5)]);
    }
}
