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
        let mut sharing = Sharing {
            blocks: self,
            problem,
            weights,
            left: demands.to_vec(),
            shares: vec![vec![0_u64; demands.len()]; self.count],
            settled: vec![vec![false; demands.len()]; self.count],
        };
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
        sharing.share_rest();
        sharing.shares
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

/// Copies being shared out over blocks.
struct Sharing<'a> {
    blocks: &'a Blocks,
    problem: &'a Problem,
    weights: &'a Weights,
    /// Copies of each item that are in no block yet.
    left: Vec<u64>,
    shares: Vec<Vec<u64>>,
    /// Whether it is decided how many copies of an item are in a block, `[block][item]`.
    settled: Vec<Vec<bool>>,
}

impl Sharing<'_> {
    /// Blocks and items that a limit counts and of which nothing is decided.
    fn places(&self, row: usize) -> Vec<(usize, usize)> {
        let limit = &self.problem.copy_limits()[row];
        (0..self.blocks.count)
            .filter(|&block| self.blocks.counts_block(self.problem, row, block))
            .flat_map(|block| limit.items.iter().map(move |&item| (block, item)))
            .filter(|&(block, item)| {
                self.weights.possible[block][item] && !self.settled[block][item]
            })
            .collect()
    }

    /// Whether an item may still go to a block that the limit does not count.
    fn is_open_beside(&self, row: usize, item: usize) -> bool {
        (0..self.blocks.count).any(|block| {
            self.weights.possible[block][item]
                && !self.settled[block][item]
                && !self.blocks.counts_block(self.problem, row, block)
        })
    }

    /// Copies that the limit still allows.
    fn room(&self, row: usize) -> u64 {
        let limit = &self.problem.copy_limits()[row];
        let given: u64 = (0..self.blocks.count)
            .filter(|&block| self.blocks.counts_block(self.problem, row, block))
            .map(|block| {
                limit
                    .items
                    .iter()
                    .map(|&item| self.shares[block][item])
                    .sum::<u64>()
            })
            .sum();
        limit.upper.saturating_sub(given)
    }

    /// Shares out the copies that one limit counts: as many as the weights say, and all of an item that can go nowhere else.
    fn share(&mut self, row: usize) {
        let places = self.places(row);
        let wanted: Vec<f64> = (places.iter())
            .map(|&(block, item)| {
                let alone = places.iter().filter(|&&(_, other)| other == item).count() == 1;
                if alone && !self.is_open_beside(row, item) {
                    self.left[item] as f64
                } else {
                    self.weights.copies[block][item]
                }
            })
            .collect();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let total = (wanted.iter().sum::<f64>() + 1e-6).round().max(0.0) as u64;
        let most: Vec<u64> = places.iter().map(|&(_, item)| self.left[item]).collect();
        let given = largest_remainder(total.min(self.room(row)), &wanted, &most);
        for (&(block, item), copies) in places.iter().zip(given) {
            let copies = copies.min(self.left[item]);
            self.shares[block][item] += copies;
            self.left[item] -= copies;
            self.settled[block][item] = true;
        }
    }

    /// Where what is left of a limit's items is more than it allows, a copy of theirs takes the place of another item's within
    /// an inner limit, which then goes elsewhere.
    fn make_room(&mut self, row: usize, inner: &[usize]) {
        let mut bound: Vec<usize> = self.places(row).into_iter().map(|(_, item)| item).collect();
        bound.sort_unstable();
        bound.dedup();
        let needed = |sharing: &Self| bound.iter().map(|&item| sharing.left[item]).sum::<u64>();
        while needed(self) > self.room(row) {
            let swap = inner.iter().find_map(|&inner| {
                let items = &self.problem.copy_limits()[inner].items;
                let within = |&(block, item): &(usize, usize)| {
                    self.blocks.counts_block(self.problem, inner, block)
                        && self.weights.possible[block][item]
                };
                let pairs = |items: Vec<usize>| {
                    (0..self.blocks.count).flat_map(move |block| {
                        items.clone().into_iter().map(move |item| (block, item))
                    })
                };
                let (own, others): (Vec<usize>, Vec<usize>) =
                    items.iter().partition(|item| bound.contains(item));
                let own: Vec<usize> = own
                    .into_iter()
                    .filter(|&item| self.left[item] > 0)
                    .collect();
                let to = pairs(own).find(within)?;
                let from = pairs(others).filter(within).find(|&(block, item)| {
                    self.shares[block][item] > 0 && self.is_open_beside(row, item)
                })?;
                Some((from, to))
            });
            let Some(((from, leaves), (to, comes))) = swap else {
                return;
            };
            self.shares[from][leaves] -= 1;
            self.left[leaves] += 1;
            self.shares[to][comes] += 1;
            self.left[comes] -= 1;
        }
    }

    /// What no limit decides, in proportion to the weights.
    fn share_rest(&mut self) {
        for item in 0..self.left.len() {
            let places: Vec<usize> = (0..self.blocks.count)
                .filter(|&block| {
                    self.weights.possible[block][item]
                        && !self.blocks.is_limited(self.problem, block, item)
                })
                .collect();
            let wanted: Vec<f64> = (places.iter())
                .map(|&block| self.weights.copies[block][item])
                .collect();
            let most = vec![u64::MAX; places.len()];
            for (&block, copies) in
                places
                    .iter()
                    .zip(largest_remainder(self.left[item], &wanted, &most))
            {
                self.shares[block][item] += copies;
            }
        }
    }
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
