//! Blocks: parts of a problem that hang together by demand alone, solved one by one.
//!
//! Bins of different zones, or bought in different ways, meet only in the demand rows of items that both
//! admit and in limits on copies. Once it is decided how many copies of each item go to which block, every block
//! is a problem of its own, with far fewer rows and bins, no limits on copies, and equal items merged. The
//! decision follows a solution of the linear relaxation: copies of an item over blocks in proportion to its columns,
//! rounded by largest remainder, so that limits on copies are used up but not passed.
//!
//! Bins are in one block when the same limits on copies count them and a chain of items connects them. Limits
//! that count the items of several groups (one pool among many) do not separate blocks.

use std::collections::{BTreeMap, HashMap};

use crate::optimize::pattern::Pattern;
use crate::optimize::problem::Problem;
use crate::optimize::room::counts;

/// The blocks of a problem.
#[derive(Debug)]
pub struct Blocks {
    /// The block of each bin type.
    pub of_bin: Vec<usize>,
    /// Number of blocks.
    pub count: usize,
}

impl Blocks {
    /// Finds the blocks.
    pub fn new(problem: &Problem) -> Self {
        let mut keys: HashMap<Vec<usize>, usize> = HashMap::new();
        let key_of: Vec<usize> = (0..problem.bins().len())
            .map(|bin| {
                let rows = separating(problem, bin);
                let next = keys.len();
                *keys.entry(rows).or_insert(next)
            })
            .collect();
        let mut sets = DisjointSets::new(problem.bins().len());
        let mut seen: HashMap<(usize, usize), usize> = HashMap::new();
        for (bin, &key) in key_of.iter().enumerate() {
            for item in admitted(problem, bin) {
                let first = *seen.entry((key, item)).or_insert(bin);
                sets.join(first, bin);
            }
        }
        let mut numbers: BTreeMap<usize, usize> = BTreeMap::new();
        let of_bin = (0..problem.bins().len())
            .map(|bin| {
                let next = numbers.len();
                *numbers.entry(sets.root(bin)).or_insert(next)
            })
            .collect();
        Self {
            of_bin,
            count: numbers.len(),
        }
    }

    /// Copies of each item by block, `[block][item]`, adding up to `demands` where the limits allow.
    pub fn shares(
        &self,
        problem: &Problem,
        demands: &[u64],
        bins: &[(Pattern, f64)],
    ) -> Vec<Vec<u64>> {
        let weights = self.weights(problem, demands, bins);
        let mut shares = vec![vec![0_u64; demands.len()]; self.count];
        let mut left = demands.to_vec();
        for row in own_rows(problem) {
            self.share_limited(problem, row, &weights, &mut left, &mut shares);
        }
        let open = |block: usize, item: usize| {
            weights.possible[block][item] && !self.is_limited(problem, block, item)
        };
        for item in 0..demands.len() {
            let places: Vec<usize> = (0..self.count).filter(|&block| open(block, item)).collect();
            let wanted: Vec<f64> = places
                .iter()
                .map(|&block| weights.copies[block][item])
                .collect();
            let most = vec![u64::MAX; places.len()];
            let given = largest_remainder(left[item], &wanted, &most);
            for (&block, copies) in places.iter().zip(given) {
                shares[block][item] += copies;
            }
        }
        shares
    }

    /// Copies of each item by block, `[block][item]`, with every limit used up in the first block it counts and
    /// the rest in the first block without one.
    pub fn filled(&self, problem: &Problem, demands: &[u64]) -> Vec<Vec<u64>> {
        let possible = self.possible(problem, demands.len());
        let mut shares = vec![vec![0_u64; demands.len()]; self.count];
        let mut left = demands.to_vec();
        for row in own_rows(problem) {
            let limit = &problem.copy_limits()[row];
            let mut room = limit.upper;
            let counted = |block: usize| limit.bins.iter().any(|&bin| self.of_bin[bin] == block);
            for block in (0..self.count).filter(|&block| counted(block)) {
                for &item in limit.items.iter().filter(|&&item| possible[block][item]) {
                    let copies = room.min(left[item]);
                    shares[block][item] += copies;
                    left[item] -= copies;
                    room -= copies;
                }
            }
        }
        for item in 0..demands.len() {
            let open =
                |&block: &usize| possible[block][item] && !self.is_limited(problem, block, item);
            if let Some(block) = (0..self.count).find(open) {
                shares[block][item] += left[item];
            }
        }
        shares
    }

    /// Whether an item can be in a block at all, `[block][item]`.
    fn possible(&self, problem: &Problem, items: usize) -> Vec<Vec<bool>> {
        let mut possible = vec![vec![false; items]; self.count];
        for bin in 0..problem.bins().len() {
            for item in admitted(problem, bin) {
                possible[self.of_bin[bin]][item] |= problem.fits(bin, item);
            }
        }
        possible
    }

    /// Shares the copies that one limit counts: as many as the linear solution has.
    fn share_limited(
        &self,
        problem: &Problem,
        row: usize,
        weights: &Weights,
        left: &mut [u64],
        shares: &mut [Vec<u64>],
    ) {
        let limit = &problem.copy_limits()[row];
        let counted = |block: usize| limit.bins.iter().any(|&bin| self.of_bin[bin] == block);
        let places: Vec<(usize, usize)> = (0..self.count)
            .filter(|&block| counted(block))
            .flat_map(|block| limit.items.iter().map(move |&item| (block, item)))
            .filter(|&(block, item)| weights.possible[block][item])
            .collect();
        let wanted: Vec<f64> = (places.iter())
            .map(|&(block, item)| weights.copies[block][item])
            .collect();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let total = (wanted.iter().sum::<f64>() + 1e-6).round().max(0.0) as u64;
        let most: Vec<u64> = places.iter().map(|&(_, item)| left[item]).collect();
        let given = largest_remainder(total.min(limit.upper), &wanted, &most);
        for (&(block, item), copies) in places.iter().zip(given) {
            let copies = copies.min(left[item]);
            shares[block][item] += copies;
            left[item] -= copies;
        }
    }

    /// Whether a limit of its own counts an item in a block.
    pub fn is_limited(&self, problem: &Problem, block: usize, item: usize) -> bool {
        let bin = self.of_bin.iter().position(|&other| other == block);
        bin.is_some_and(|bin| {
            (problem.copy_limits_of(bin).iter())
                .any(|&row| is_own(problem, row) && counts(problem, row, item))
        })
    }

    fn weights(&self, problem: &Problem, demands: &[u64], bins: &[(Pattern, f64)]) -> Weights {
        let mut copies = vec![vec![0.0_f64; demands.len()]; self.count];
        for (pattern, value) in bins {
            for &(item, n) in &pattern.content {
                copies[self.of_bin[pattern.bin]][item] += value * n as f64;
            }
        }
        for (item, &demand) in demands.iter().enumerate() {
            let total: f64 = copies.iter().map(|block| block[item]).sum();
            if total > 0.0 {
                let scale = demand as f64 / total;
                for block in &mut copies {
                    block[item] *= scale;
                }
            }
        }
        let possible = self.possible(problem, demands.len());
        Weights { copies, possible }
    }
}

/// Copies of each item in each block, `[block][item]`, and whether they can be there at all.
struct Weights {
    copies: Vec<Vec<f64>>,
    possible: Vec<Vec<bool>>,
}

/// Whether a limit counts one item, or the items of one group, alone.
fn is_own(problem: &Problem, row: usize) -> bool {
    let items = &problem.copy_limits()[row].items;
    let group = items.first().and_then(|&item| problem.group_of(item));
    items.len() <= 1
        || (group.is_some() && items.iter().all(|&item| problem.group_of(item) == group))
        || same_signature(problem, items)
}

/// Whether items differ in nothing but the bins that admit them: one service in several zones.
fn same_signature(problem: &Problem, items: &[usize]) -> bool {
    let of = |item: usize| {
        let item = &problem.items()[item];
        (&item.size, item.max_per_bin)
    };
    items.windows(2).all(|pair| of(pair[0]) == of(pair[1]))
}

fn own_rows(problem: &Problem) -> impl Iterator<Item = usize> + '_ {
    (0..problem.copy_limits().len()).filter(|&row| is_own(problem, row))
}

/// The limits that keep a bin apart from others.
fn separating(problem: &Problem, bin: usize) -> Vec<usize> {
    (problem.copy_limits_of(bin).iter().copied())
        .filter(|&row| is_own(problem, row))
        .collect()
}

fn admitted(problem: &Problem, bin: usize) -> Vec<usize> {
    match &problem.bins()[bin].admits {
        Some(items) => items.clone(),
        None => (0..problem.items().len()).collect(),
    }
}

/// `total` in proportion to `wanted`, whole, at most `most` each: rounded down, then one more for the largest
/// remainders, then wherever there is room.
fn largest_remainder(total: u64, wanted: &[f64], most: &[u64]) -> Vec<u64> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let mut given: Vec<u64> = (wanted.iter().zip(most))
        .map(|(wanted, &most)| ((wanted + 1e-6).floor().max(0.0) as u64).min(most))
        .collect();
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    let remainder = |place: usize| wanted[place] - wanted[place].floor();
    order.sort_by(|&a, &b| {
        (remainder(b).total_cmp(&remainder(a)))
            .then_with(|| wanted[b].total_cmp(&wanted[a]))
            .then(a.cmp(&b))
    });
    let sum = |given: &[u64]| given.iter().fold(0_u64, |sum, &n| sum.saturating_add(n));
    // Too much can only come from rounding: take it back where least was wanted.
    while sum(&given) > total {
        let place = order.iter().rev().find(|&&place| given[place] > 0);
        given[*place.expect("a positive sum has a positive part")] -= 1;
    }
    let mut left = total - sum(&given);
    for whole in [false, true] {
        for &place in &order {
            let room = most[place] - given[place];
            let more = if whole {
                room.min(left)
            } else {
                room.min(left).min(1)
            };
            given[place] += more;
            left -= more;
        }
    }
    given
}

/// Union-find with path halving.
struct DisjointSets(Vec<usize>);

impl DisjointSets {
    fn new(count: usize) -> Self {
        Self((0..count).collect())
    }

    fn root(&mut self, mut place: usize) -> usize {
        while self.0[place] != place {
            self.0[place] = self.0[self.0[place]];
            place = self.0[place];
        }
        place
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimize::problem::{BinType, ItemType};
    use crate::optimize::side_rows::{CopyLimit, SideRows};

    #[test]
    fn bins_that_share_no_item_or_are_limited_apart_are_in_different_blocks() {
        let bin = |admits: &[usize]| BinType {
            capacity: vec![10],
            cost: 1,
            admits: Some(admits.to_vec()),
            requires: None,
        };
        let item = || ItemType {
            size: vec![1],
            demand: 5,
            max_per_bin: None,
        };
        // Items 0 and 1 in one zone, 2 in another; bin 2 is limited for item 0.
        let bins = vec![bin(&[0, 1]), bin(&[1]), bin(&[0, 1]), bin(&[2])];
        let limit = CopyLimit {
            items: vec![0],
            bins: vec![2],
            upper: 3,
        };
        let rows = SideRows {
            copy_limits: vec![limit],
            ..SideRows::default()
        };
        let problem = Problem::try_new(1, bins, vec![item(), item(), item()], vec![])
            .and_then(|problem| problem.try_with_rows(rows))
            .expect("valid");
        let blocks = Blocks::new(&problem);
        assert_eq!(blocks.of_bin, vec![0, 0, 1, 2]);
    }

    #[test]
    fn remainders_are_rounded_so_that_the_total_is_met() {
        assert_eq!(
            largest_remainder(5, &[1.6, 1.7, 1.7], &[9, 9, 9]),
            vec![1, 2, 2]
        );
        assert_eq!(
            largest_remainder(5, &[1.6, 1.7, 1.7], &[9, 1, 9]),
            vec![2, 1, 2]
        );
        assert_eq!(largest_remainder(2, &[0.0, 0.0], &[1, 1]), vec![1, 1]);
    }
}
