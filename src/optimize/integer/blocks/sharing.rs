//! Copies of items being shared out over blocks, limit by limit, as near to given weights as the limits allow.

use crate::optimize::problem::Problem;

use super::{Blocks, Weights};

/// Copies being shared out over blocks.
pub(super) struct Sharing<'a> {
    blocks: &'a Blocks,
    problem: &'a Problem,
    weights: &'a Weights,
    /// Copies of each item that are in no block yet.
    left: Vec<u64>,
    shares: Vec<Vec<u64>>,
    /// Whether it is decided how many copies of an item are in a block, `[block][item]`.
    settled: Vec<Vec<bool>>,
}

impl<'a> Sharing<'a> {
    /// Nothing is in any block yet.
    pub fn new(
        blocks: &'a Blocks,
        problem: &'a Problem,
        weights: &'a Weights,
        demands: &[u64],
    ) -> Self {
        Self {
            blocks,
            problem,
            weights,
            left: demands.to_vec(),
            shares: vec![vec![0_u64; demands.len()]; blocks.count],
            settled: vec![vec![false; demands.len()]; blocks.count],
        }
    }

    /// Copies of each item by block, `[block][item]`, with those that no limit decides.
    pub fn finished(mut self) -> Vec<Vec<u64>> {
        self.share_rest();
        self.shares
    }

    /// Blocks and items that a limit counts and of which nothing is decided.
    pub fn places(&self, row: usize) -> Vec<(usize, usize)> {
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
    pub fn is_open_beside(&self, row: usize, item: usize) -> bool {
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
    pub fn share(&mut self, row: usize) {
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
    pub fn make_room(&mut self, row: usize, inner: &[usize]) {
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

#[cfg(test)]
mod tests {
    use super::*;

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
