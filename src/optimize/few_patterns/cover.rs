//! The bounded covering knapsack: the cheapest way to cover a demand with coins of few values.
//!
//! ```text
//! minimise Σ_j c_j a_j   subject to   Σ_j v_j a_j ≥ n,   0 ≤ a_j ≤ u_j integer
//! ```
//! Dynamic program over `f_j(k)`, the least cost of covering at least `k` with the first `j` coins:
//! `f_j(k) = min_{0 ≤ a ≤ u_j} f_{j−1}(max(0, k − v_j a)) + c_j a`. Within a residue class modulo `v_j` that
//! is a minimum over a sliding window, so a coin costs `O(n)` (Kellerer, Pferschy & Pisinger, *Knapsack
//! Problems*, 2004, section 7.2.3). Demands above [`MOST_STATES`] are covered in steps of a larger unit.

/// A coin: so much of the demand is covered by each copy, at a cost, at most so many times.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coin {
    /// What one copy covers; at least 1.
    pub value: u64,
    /// Cost of one copy; not negative.
    pub cost: f64,
    /// Most copies.
    pub most: u64,
}

/// Largest demand that is covered unit by unit.
pub const MOST_STATES: u64 = 1 << 13;

/// Tables kept from one call to the next.
#[derive(Debug, Default)]
pub struct Coverer {
    before: Vec<f64>,
    after: Vec<f64>,
    /// Copies of each coin at each demand.
    chosen: Vec<Vec<u32>>,
    window: std::collections::VecDeque<(usize, f64)>,
    /// Inner steps so far: the unit of counted work.
    steps: u64,
}

impl Coverer {
    /// Copies of each coin that cover `demand` at the least cost; `None` if all coins together do not.
    pub fn cover(&mut self, demand: u64, coins: &[Coin]) -> Option<Vec<u64>> {
        if demand == 0 {
            return Some(vec![0; coins.len()]);
        }
        // A coarser unit: what a copy covers is rounded down, so a cover stays a cover.
        let unit = demand.div_ceil(MOST_STATES);
        let states = usize::try_from(demand.div_ceil(unit)).ok()?;
        self.before.clear();
        self.before.resize(states + 1, f64::INFINITY);
        self.before[0] = 0.0;
        self.chosen
            .resize_with(coins.len().max(self.chosen.len()), Vec::new);
        for (index, coin) in coins.iter().enumerate() {
            let value = usize::try_from(coin.value / unit).unwrap_or(usize::MAX);
            self.add_coin(index, value.min(states), coin);
        }
        if self.before[states].is_infinite() {
            return None;
        }
        let mut copies = vec![0; coins.len()];
        let mut left = states;
        for (index, coin) in coins.iter().enumerate().rev() {
            let value = usize::try_from(coin.value / unit).unwrap_or(usize::MAX);
            let taken = self.chosen[index][left];
            copies[index] = u64::from(taken);
            left = left.saturating_sub(value.min(states).saturating_mul(taken as usize));
        }
        Some(copies)
    }

    /// Inner steps so far.
    pub const fn steps(&self) -> u64 {
        self.steps
    }

    /// Counts steps that are done outside.
    pub const fn count(&mut self, steps: u64) {
        self.steps += steps;
    }

    /// `f_j` from `f_{j−1}`.
    fn add_coin(&mut self, index: usize, value: usize, coin: &Coin) {
        let states = self.before.len() - 1;
        let chosen = &mut self.chosen[index];
        chosen.clear();
        chosen.resize(states + 1, 0);
        if value == 0 || coin.most == 0 {
            return;
        }
        self.steps += states as u64;
        self.after.clear();
        self.after.extend_from_slice(&self.before);
        let most = usize::try_from(coin.most).unwrap_or(usize::MAX);
        for residue in 0..value.min(states + 1) {
            self.window.clear();
            let mut place = 0;
            let mut k = residue;
            while k <= states {
                // Least f(k − v·a) − c·(place of k − v·a): the window holds it at the front.
                let own = coin.cost.mul_add(-(place as f64), self.before[k]);
                while self.window.back().is_some_and(|&(_, cost)| cost >= own) {
                    self.window.pop_back();
                }
                self.window.push_back((place, own));
                while self
                    .window
                    .front()
                    .is_some_and(|&(at, _)| place - at > most)
                {
                    self.window.pop_front();
                }
                let (at, cost) = self.window[0];
                let cost = coin.cost.mul_add(place as f64, cost);
                if cost < self.after[k] {
                    self.after[k] = cost;
                    chosen[k] = u32::try_from(place - at).unwrap_or(u32::MAX);
                }
                // One copy more than fits below k covers all of it.
                let all = k.div_ceil(value);
                let alone = coin.cost * all as f64;
                if all <= most && alone < self.after[k] {
                    self.after[k] = alone;
                    chosen[k] = u32::try_from(all).unwrap_or(u32::MAX);
                }
                place += 1;
                k += value;
            }
        }
        std::mem::swap(&mut self.before, &mut self.after);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn coins(list: &[(u64, f64, u64)]) -> Vec<Coin> {
        (list.iter())
            .map(|&(value, cost, most)| Coin { value, cost, most })
            .collect()
    }

    fn cost(coins: &[Coin], copies: &[u64]) -> f64 {
        (coins.iter().zip(copies))
            .map(|(coin, &copies)| coin.cost * copies as f64)
            .sum()
    }

    /// The least cost by trying all.
    fn least(demand: u64, coins: &[Coin]) -> Option<f64> {
        let Some((coin, rest)) = coins.split_first() else {
            return (demand == 0).then_some(0.0);
        };
        (0..=coin.most)
            .filter_map(|copies| {
                let left = demand.saturating_sub(copies * coin.value);
                Some(coin.cost * copies as f64 + least(left, rest)?)
            })
            .min_by(f64::total_cmp)
    }

    #[test]
    fn small_coins_make_up_the_remainder() {
        let coins = coins(&[(33, 33.0, 9), (11, 11.0, 9), (1, 1.0, 9)]);
        let copies = Coverer::default().cover(80, &coins).expect("a cover");
        assert_eq!(copies, [2, 1, 3]);
    }

    #[test]
    fn too_few_coins_cover_nothing() {
        assert_eq!(Coverer::default().cover(10, &coins(&[(3, 1.0, 3)])), None);
        assert_eq!(
            Coverer::default().cover(0, &coins(&[(3, 1.0, 0)])),
            Some(vec![0])
        );
    }

    #[test]
    fn large_demands_are_covered_in_coarser_steps() {
        let coins = coins(&[(100_000, 1.0, 50), (7, 0.01, 1_000_000)]);
        let copies = Coverer::default()
            .cover(3_000_001, &coins)
            .expect("a cover");
        assert!(copies[0] * 100_000 + copies[1] * 7 >= 3_000_001);
    }

    proptest! {
        #[test]
        fn the_cost_is_the_least(
            demand in 0_u64..40,
            list in prop::collection::vec((1_u64..9, 0_u32..20, 0_u64..5), 1..4),
        ) {
            let coins: Vec<Coin> = (list.iter())
                .map(|&(value, cost, most)| Coin { value, cost: f64::from(cost), most })
                .collect();
            let found = Coverer::default().cover(demand, &coins);
            prop_assert_eq!(found.is_some(), least(demand, &coins).is_some());
            if let Some(copies) = found {
                let covered: u64 = coins.iter().zip(&copies).map(|(c, n)| c.value * n).sum();
                prop_assert!(covered >= demand);
                prop_assert!(coins.iter().zip(&copies).all(|(c, n)| *n <= c.most));
                let least = least(demand, &coins).expect("a cover");
                prop_assert!((cost(&coins, &copies) - least).abs() < 1e-9);
            }
        }
    }
}
