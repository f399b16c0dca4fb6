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
//!
//! Limits may be nested: one counts the Spot bins, others the Spot bins and the On-Demand bins of one zone. The innermost are
//! shared out first; what an item then has left goes to the blocks that are open to it. Where that passes an outer limit (all
//! On-Demand copies in one zone), copies change places within the inner one.

mod sharing;

use std::collections::{BTreeMap, HashMap};

use crate::optimize::pattern::Pattern;
use crate::optimize::problem::Problem;
use crate::optimize::room::counts;

use sharing::Sharing;

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
        self.shared(problem, demands, &self.weights(problem, demands, bins))
    }

    /// Copies of each item by block, `[block][item]`, with every innermost limit used up in proportion to the demands and the
    /// rest where it may be.
    pub fn filled(&self, problem: &Problem, demands: &[u64]) -> Vec<Vec<u64>> {
        let possible = self.possible(problem, demands.len());
        let mut copies = vec![vec![0.0_f64; demands.len()]; self.count];
        let mut placed = vec![false; demands.len()];
        for row in self.inward(problem) {
            let limit = &problem.copy_limits()[row];
            let total: u64 = limit.items.iter().map(|&item| demands[item]).sum();
            let part = (limit.upper as f64 / total.max(1) as f64).min(1.0);
            for &item in &limit.items {
                let block = (0..self.count)
                    .find(|&block| self.counts_block(problem, row, block) && possible[block][item]);
                if let Some(block) = block.filter(|_| !placed[item]) {
                    copies[block][item] = demands[item] as f64 * part;
                    placed[item] = true;
                }
            }
        }
        self.shared(problem, demands, &Weights { copies, possible })
    }

    /// Copies of each item by block as near to these weights as the limits allow.
    fn shared(&self, problem: &Problem, demands: &[u64], weights: &Weights) -> Vec<Vec<u64>> {
        let mut sharing = Sharing::new(self, problem, weights, demands);
        let (mut inner, mut outer) = (Vec::new(), Vec::new());
        for row in self.inward(problem) {
            let has_choice = sharing
                .places(row)
                .iter()
                .any(|&(_, item)| sharing.is_open_beside(row, item));
            if has_choice {
                sharing.share(row);
                inner.push(row);
            } else {
                outer.push(row);
            }
        }
        for &row in &outer {
            sharing.make_room(row, &inner);
        }
        for &row in &outer {
            sharing.share(row);
        }
        sharing.finished()
    }

    /// The limits of one group's items, those that count fewest blocks first.
    fn inward(&self, problem: &Problem) -> Vec<usize> {
        let mut rows: Vec<usize> = own_rows(problem).collect();
        rows.sort_by_cached_key(|&row| {
            let blocks = (0..self.count).filter(|&block| self.counts_block(problem, row, block));
            (blocks.count(), row)
        });
        rows
    }

    fn counts_block(&self, problem: &Problem, row: usize, block: usize) -> bool {
        let bins = &problem.copy_limits()[row].bins;
        bins.iter().any(|&bin| self.of_bin[bin] == block)
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

    /// Items 0 to 2 are a service in three zones. Bins 0 to 2 are Spot there, 3 to 5 On-Demand: at most `upper` copies on Spot,
    /// and one fewer than all of them on Spot and in one zone On-Demand.
    fn service_over_zones(demands: [u64; 3], upper: u64) -> Problem {
        let bin = |index: usize| BinType {
            capacity: vec![10],
            cost: if index < 3 { 1 } else { 3 },
            admits: Some(vec![index % 3]),
            requires: None,
        };
        let item = |demand| ItemType {
            size: vec![1],
            demand,
            max_per_bin: None,
        };
        let limit = |bins: Vec<usize>, upper| CopyLimit {
            items: vec![0, 1, 2],
            bins,
            upper,
        };
        let all: u64 = demands.iter().sum();
        let mut copy_limits = vec![limit(vec![0, 1, 2], upper)];
        copy_limits.extend((3..6).map(|zone| limit(vec![0, 1, 2, zone], all - 1)));
        let rows = SideRows {
            copy_limits,
            ..SideRows::default()
        };
        Problem::try_new(
            1,
            (0..6).map(bin).collect(),
            demands.map(item).into(),
            vec![],
        )
        .and_then(|problem| problem.try_with_rows(rows))
        .expect("valid")
    }

    /// Copies of a share in the bins that each limit counts.
    fn counted(problem: &Problem, blocks: &Blocks, shares: &[Vec<u64>]) -> Vec<u64> {
        (problem.copy_limits().iter())
            .map(|limit| {
                (0..blocks.count)
                    .filter(|&block| limit.bins.iter().any(|&bin| blocks.of_bin[bin] == block))
                    .map(|block| shares[block].iter().sum::<u64>())
                    .sum()
            })
            .collect()
    }

    #[test]
    fn nested_limits_are_kept_and_every_copy_has_a_block() {
        for demands in [
            [2, 1, 1],
            [1, 1, 2],
            [1, 2, 1],
            [4, 4, 4],
            [5, 5, 4],
            [2, 2, 2],
        ] {
            let all: u64 = demands.iter().sum();
            for upper in 1..=all - 2 {
                let problem = service_over_zones(demands, upper);
                let blocks = Blocks::new(&problem);
                // What the linear relaxation may say: all of one zone on Spot, or nothing on Spot.
                let on_spot = |bin: usize, item: usize, copies: u64| {
                    let content = vec![(item, copies)];
                    (Pattern { bin, content }, 1.0)
                };
                let one_zone = [
                    on_spot(1, 1, demands[1]),
                    on_spot(2, 2, demands[2]),
                    on_spot(3, 0, demands[0]),
                ];
                for shares in [
                    blocks.filled(&problem, &demands),
                    blocks.shares(&problem, &demands, &one_zone),
                    blocks.shares(&problem, &demands, &[]),
                ] {
                    for (item, &demand) in demands.iter().enumerate() {
                        let given: u64 = shares.iter().map(|block| block[item]).sum();
                        assert_eq!(given, demand, "{demands:?} {upper} {shares:?}");
                    }
                    let counts = counted(&problem, &blocks, &shares);
                    for (limit, count) in problem.copy_limits().iter().zip(counts) {
                        assert!(count <= limit.upper, "{demands:?} {upper} {shares:?}");
                    }
                }
            }
        }
    }
}
