//! Patterns, and packings made of them.

use super::problem::{Cost, Problem};
use super::room::Room;

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

    /// Whether the content fits its bin: capacity, admission, copies per bin and the item it requires.
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
            && (self.content.is_empty() || bin.requires.is_none_or(|item| self.copies(item) > 0))
    }
}

/// Bins with their contents: a solution, or part of one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packing {
    /// Patterns and how many bins follow each.
    pub bins: Vec<(Pattern, u64)>,
    /// Groups served outside the bins, ascending.
    pub outside: Vec<usize>,
}

impl Packing {
    /// Total cost on the cost grid.
    ///
    /// # Panics
    /// When a group is outside that cannot be.
    pub fn cost(&self, problem: &Problem) -> Cost {
        let outside = self.outside.iter().map(|&group| {
            (problem.groups()[group].outside).expect("only groups with a cost are served outside")
        });
        let bins = self.bins.iter().map(|(pattern, count)| {
            problem.bins()[pattern.bin].cost
                * Cost::try_from(*count).expect("a bin count fits 63 bits")
        });
        bins.chain(outside).sum()
    }

    /// The demand of each item that this packing sets out to meet: nothing for groups outside; in the
    /// other groups the extra copies go to the items of which most copies are packed beyond demand.
    pub fn targets(&self, problem: &Problem) -> Vec<u64> {
        let mut targets: Vec<u64> = problem.items().iter().map(|item| item.demand).collect();
        let packed = if problem.groups().is_empty() {
            return targets;
        } else {
            self.packed(problem)
        };
        for (index, group) in problem.groups().iter().enumerate() {
            if self.outside.binary_search(&index).is_ok() {
                for &item in &group.items {
                    targets[item] = 0;
                }
                continue;
            }
            let mut order = group.items.clone();
            order.sort_by_key(|&item| (packed[item] <= targets[item], item));
            for &item in order
                .iter()
                .take(usize::try_from(group.extra).unwrap_or(usize::MAX))
            {
                targets[item] += 1;
            }
        }
        targets
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
        (self.packed(problem).iter().zip(self.targets(problem)))
            .map(|(packed, target)| target.saturating_sub(*packed))
            .collect()
    }

    /// Whether exactly the demand is packed.
    pub fn is_exact(&self, problem: &Problem) -> bool {
        self.packed(problem) == self.targets(problem)
    }

    /// Bins used, by bin type.
    pub fn bins_used(&self, problem: &Problem) -> Vec<u64> {
        let mut used = vec![0; problem.bins().len()];
        for (pattern, count) in &self.bins {
            used[pattern.bin] += count;
        }
        used
    }

    /// Whether every limit on bins and on copies holds.
    pub fn within_limits(&self, problem: &Problem) -> bool {
        Room::beside(problem, self).is_some()
    }

    /// Adds empty bins of the cheapest types allowed until the least number of bins is there; says whether
    /// it is.
    pub fn pad(&mut self, problem: &Problem) -> bool {
        let Some(floor) = problem.floor() else {
            return true;
        };
        let used = self.bins_used(problem);
        let present: u64 = floor.bins.iter().map(|&bin| used[bin]).sum();
        let mut missing = floor.lower.saturating_sub(present);
        let Some(mut room) = Room::beside(problem, self) else {
            return false;
        };
        let mut order = floor.bins.clone();
        order.sort_by_key(|&bin| (problem.bins()[bin].cost, bin));
        for bin in order {
            let empty = Pattern {
                bin,
                content: Content::new(),
            };
            let times = room.bins(problem, bin).min(missing);
            room.take(problem, &empty, times);
            self.push(empty, times);
            missing -= times;
        }
        missing == 0
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
        let mut surplus: Vec<u64> = (self.packed(problem).iter().zip(self.targets(problem)))
            .map(|(packed, target)| packed.saturating_sub(target))
            .collect();
        if surplus.iter().all(|&s| s == 0) {
            return;
        }
        let mut trimmed = Vec::with_capacity(self.bins.len());
        for (pattern, count) in self.bins.drain(..).rev() {
            let requires = problem.bins()[pattern.bin].requires;
            trim_bins(pattern, count, requires, &mut surplus, &mut trimmed);
        }
        self.bins = trimmed;
        self.normalise();
    }
}

/// Takes surplus copies out of `count` bins of one pattern, whole layers of equal bins at a time.
/// The last copy of a required item goes only with all the others.
fn trim_bins(
    pattern: Pattern,
    count: u64,
    requires: Option<usize>,
    surplus: &mut [u64],
    out: &mut Vec<(Pattern, u64)>,
) {
    let mut left = count;
    while left > 0 {
        let mut content = pattern.content.clone();
        let mut layer = left;
        let mut take = |item: usize, copies: &mut u64, most: u64| {
            let take = surplus[item].min(most);
            layer = layer.min(surplus[item].checked_div(take).unwrap_or(left));
            *copies -= take;
        };
        for (item, copies) in &mut content {
            if requires != Some(*item) {
                let most = *copies;
                take(*item, copies, most);
            }
        }
        if let Some(required) = requires {
            let alone = (content.iter()).all(|&(item, copies)| item == required || copies == 0);
            for (item, copies) in content.iter_mut().filter(|(item, _)| *item == required) {
                let most = *copies - u64::from(!alone);
                take(*item, copies, most);
            }
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
            requires: None,
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
