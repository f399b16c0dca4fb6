//! Cheapest ways to make up every sum at once: the bounded knapsack by its whole table.
//!
//! ```text
//! X_j(k) = min_{0 ≤ a ≤ m_j, v_j a ≤ k} X_{j−1}(k − v_j a) + f_j(a)      exactly k with the first j coins
//! G(k)   = min_{k' ≥ k} X(k')                                            at least k
//! ```
//! The cost `f_j` of `a` copies is convex: some copies at one cost, further ones at a higher one. A cover from which
//! no copy can be taken is at most the largest value above the sum, so that `X` up to there is enough for `G`. Where many
//! copies are possible a coin is two, each of which has a constant cost, and the minimum slides along the sums of one
//! residue (Kellerer, Pferschy & Pisinger, *Knapsack Problems*, 2004, section 7.2.2): `O(k)` for each.

#![allow(
    clippy::cast_possible_truncation,
    reason = "sums, copies and states index tables that are in memory"
)]

use std::collections::VecDeque;

/// A coin: so much of the sum with each copy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coin {
    /// Slot it stands for.
    pub slot: usize,
    /// What one copy adds; at least 1.
    pub value: u64,
    /// Cost of each of the first copies; not negative.
    pub cost: f64,
    /// How many those are.
    pub first: u64,
    /// Cost of each further copy; at least `cost`.
    pub beyond: f64,
    /// Most copies in all.
    pub most: u64,
}

impl Coin {
    /// Cost of so many copies.
    pub fn cost_of(&self, copies: u64) -> f64 {
        let first = copies.min(self.first);
        self.cost
            .mul_add(first as f64, self.beyond * (copies - first) as f64)
    }
}

/// Copies up to which all of them are tried.
const FEW: usize = 16;

/// The tables of a set of coins.
#[derive(Debug, Default)]
pub struct Table {
    coins: Vec<Coin>,
    /// By sum: exact cost with all coins.
    exact: Vec<f64>,
    /// By sum: the cheapest sum that is at least as large.
    covers: Vec<usize>,
    /// Copies of each coin, by coin and sum.
    copies: Vec<u32>,
    before: Vec<f64>,
    window: VecDeque<(usize, f64)>,
}

impl Table {
    /// Fills the tables for sums up to `most`; the steps it took.
    pub fn build(&mut self, coins: &[Coin], most: u64) -> u64 {
        self.coins.clear();
        self.coins.extend_from_slice(coins);
        let over = coins.iter().map(|coin| coin.value).max().unwrap_or(1) - 1;
        let size = usize::try_from(most + over).unwrap_or(usize::MAX - 1) + 1;
        self.exact.clear();
        self.exact.resize(size, f64::INFINITY);
        self.exact[0] = 0.0;
        self.copies.clear();
        self.copies.resize(size * coins.len(), 0);
        let mut steps = 0;
        for (index, &coin) in coins.iter().enumerate() {
            std::mem::swap(&mut self.before, &mut self.exact);
            self.exact.clear();
            self.exact.extend_from_slice(&self.before);
            let largest = (size as u64 / coin.value.max(1)).min(coin.most);
            if largest <= FEW as u64 {
                self.try_all(index, coin);
                steps += size as u64 * (largest + 1) / 2;
            } else {
                self.slide(index, coin, 0, coin.cost, coin.first);
                self.before.clear();
                self.before.extend_from_slice(&self.exact);
                self.slide(index, coin, 1, coin.beyond, coin.most - coin.first);
                steps += 4 * size as u64;
            }
        }
        self.cover();
        steps + size as u64
    }

    fn try_all(&mut self, index: usize, coin: Coin) {
        let (size, value) = (
            self.exact.len(),
            usize::try_from(coin.value).unwrap_or(usize::MAX),
        );
        let row = &mut self.copies[index * size..(index + 1) * size];
        let mut copies = 1;
        while copies <= coin.most && value.saturating_mul(copies as usize) < size {
            let cost = coin.cost_of(copies);
            let shift = value * copies as usize;
            let rows = self.exact[shift..].iter_mut().zip(&mut row[shift..]);
            for ((least, taken), before) in rows.zip(&self.before) {
                let with = before + cost;
                if with < *least {
                    *least = with;
                    *taken = copies as u32;
                }
            }
            copies += 1;
        }
    }

    /// Up to `most` copies at a constant cost. The second pass adds to the copies of the first, which those of the
    /// sum it builds on are.
    fn slide(&mut self, index: usize, coin: Coin, pass: u8, cost: f64, most: u64) {
        let (size, value) = (
            self.exact.len(),
            usize::try_from(coin.value).unwrap_or(usize::MAX),
        );
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        if most == 0 {
            return;
        }
        let first: Vec<u32> = self.copies[index * size..(index + 1) * size].to_vec();
        let row = &mut self.copies[index * size..(index + 1) * size];
        for residue in 0..value.min(size) {
            self.window.clear();
            for (step, sum) in (residue..size).step_by(value).enumerate() {
                // Costs as if all were taken from here: comparable along the residue.
                let own = (step as f64).mul_add(-cost, self.before[sum]);
                while self.window.back().is_some_and(|&(_, last)| last > own) {
                    self.window.pop_back();
                }
                self.window.push_back((step, own));
                while self
                    .window
                    .front()
                    .is_some_and(|&(from, _)| step - from > most)
                {
                    self.window.pop_front();
                }
                let Some(&(from, least)) = self.window.front() else {
                    continue;
                };
                if from < step && least.is_finite() {
                    self.exact[sum] = (step as f64).mul_add(cost, least);
                    let base = if pass == 0 {
                        0
                    } else {
                        first[residue + from * value]
                    };
                    row[sum] = base + (step - from) as u32;
                }
            }
        }
    }

    fn cover(&mut self) {
        let size = self.exact.len();
        self.covers.clear();
        self.covers.resize(size, 0);
        let mut best = size - 1;
        for sum in (0..size).rev() {
            if self.exact[sum] <= self.exact[best] {
                best = sum;
            }
            self.covers[sum] = best;
        }
    }

    /// Cost of exactly this sum; infinite where it cannot be made up.
    pub fn exactly(&self, sum: u64) -> f64 {
        (self.exact.get(sum as usize))
            .copied()
            .unwrap_or(f64::INFINITY)
    }

    /// Cost of at least this sum; infinite where all coins are less.
    pub fn at_least(&self, sum: u64) -> f64 {
        (self.covers.get(sum as usize)).map_or(f64::INFINITY, |&cover| self.exact[cover])
    }

    /// Copies of each slot for exactly this sum.
    pub fn copies_of(&self, sum: u64) -> impl Iterator<Item = (usize, u64)> {
        let size = self.exact.len();
        let mut left = sum as usize;
        (0..self.coins.len()).rev().filter_map(move |index| {
            let copies = self.copies[index * size + left];
            left -= copies as usize * self.coins[index].value as usize;
            (copies > 0).then_some((self.coins[index].slot, u64::from(copies)))
        })
    }

    /// Copies of each slot for at least this sum.
    pub fn copies_for(&self, sum: u64) -> impl Iterator<Item = (usize, u64)> {
        self.copies_of(self.covers[sum as usize] as u64)
    }

    /// The coins that the tables are of.
    pub fn coins(&self) -> &[Coin] {
        &self.coins
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn coins(list: &[(u64, u32, u64, u32, u64)]) -> Vec<Coin> {
        (list.iter().enumerate())
            .map(|(slot, &(value, cost, first, more, further))| Coin {
                slot,
                value,
                cost: f64::from(cost),
                first,
                beyond: f64::from(cost + more),
                most: first + further,
            })
            .collect()
    }

    fn is_close(a: f64, b: f64) -> bool {
        a.is_infinite() && b.is_infinite() || (a - b).abs() < 1e-6
    }

    /// The least cost of exactly a sum by trying all.
    fn least(sum: u64, coins: &[Coin]) -> f64 {
        let Some((coin, rest)) = coins.split_first() else {
            return if sum == 0 { 0.0 } else { f64::INFINITY };
        };
        (0..=coin.most)
            .take_while(|copies| copies * coin.value <= sum)
            .map(|copies| coin.cost_of(copies) + least(sum - copies * coin.value, rest))
            .fold(f64::INFINITY, f64::min)
    }

    fn agrees(most: u64, coins: &[Coin]) -> Result<(), TestCaseError> {
        let mut table = Table::default();
        table.build(coins, most);
        for sum in 0..=most {
            let expected = least(sum, coins);
            prop_assert!(is_close(table.exactly(sum), expected));
            let cover = (sum..=most + 10)
                .map(|k| least(k, coins))
                .fold(f64::INFINITY, f64::min);
            prop_assert!(is_close(table.at_least(sum), cover));
            if expected.is_finite() {
                let copies: Vec<(usize, u64)> = table.copies_of(sum).collect();
                let made: u64 = copies.iter().map(|&(slot, n)| coins[slot].value * n).sum();
                let cost: f64 = copies.iter().map(|&(slot, n)| coins[slot].cost_of(n)).sum();
                prop_assert_eq!(made, sum);
                prop_assert!((cost - expected).abs() < 1e-6);
            }
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn every_sum_has_its_least_cost(
            most in 1_u64..14,
            list in prop::collection::vec((1_u64..5, 0_u32..20, 0_u64..4, 0_u32..9, 0_u64..4), 0..4),
        ) {
            agrees(most, &coins(&list))?;
        }

        #[test]
        fn many_copies_have_their_least_cost_too(
            most in 30_u64..60,
            list in prop::collection::vec((1_u64..3, 0_u32..20, 0_u64..40, 0_u32..9, 17_u64..40), 1..3),
        ) {
            agrees(most, &coins(&list))?;
        }
    }
}
