//! The bounded covering knapsack: the cheapest way to cover a demand with coins of few values.
//!
//! ```text
//! minimise Σ_j c_j a_j   subject to   Σ_j v_j a_j ≥ n,   0 ≤ a_j ≤ u_j integer
//! ```
//! Dynamic program over `f_j(k)`, the least cost of covering at least `k` with the first `j` coins:
//! `f_j(k) = min_{0 ≤ a ≤ u_j} f_{j−1}(max(0, k − v_j a)) + c_j a`. A coin's copies come in bundles of 1, 2, 4, …
//! and a remainder, each taken or not (Kellerer, Pferschy & Pisinger, *Knapsack Problems*, 2004, section 7.1.1), so a
//! coin costs `O(n log u)` steps that are one comparison each. Demands above [`MOST_STATES`] are covered in steps of a larger unit. Where the
//! coins are large beside the demand there are fewer ways than states, and branch and bound tries them (largest
//! value first; `left · min c/v` is a lower bound for the rest).

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

/// Entries of the table that take about as long as another step of counted work.
const STATES_PER_STEP: u64 = 4;

/// Tables kept from one call to the next.
#[derive(Debug, Default)]
pub struct Coverer {
    before: Vec<f64>,
    after: Vec<f64>,
    bundles: Vec<Bundle>,
    tree: Tree,
    /// Inner steps so far: the unit of counted work.
    steps: u64,
}

/// Some copies of a coin, taken together or not at all.
#[derive(Debug, Default)]
struct Bundle {
    coin: usize,
    copies: u64,
    /// What they cover, in states.
    value: usize,
    /// Whether they are taken, by demand.
    taken: Vec<bool>,
}

impl Coverer {
    /// Copies of each coin that cover `demand` at the least cost; `None` if all coins together do not.
    pub fn cover(&mut self, demand: u64, coins: &[Coin]) -> Option<Vec<u64>> {
        if demand == 0 {
            return Some(vec![0; coins.len()]);
        }
        if self.tree.is_smaller(demand, coins) {
            let copies = self.tree.cover(demand, coins);
            self.steps += std::mem::take(&mut self.tree.nodes);
            return copies;
        }
        // A coarser unit: what a copy covers is rounded down, so a cover stays a cover.
        let unit = demand.div_ceil(MOST_STATES);
        let states = usize::try_from(demand.div_ceil(unit)).ok()?;
        self.before.clear();
        self.before.resize(states + 1, f64::INFINITY);
        self.before[0] = 0.0;
        let mut bundles = 0;
        for (index, coin) in coins.iter().enumerate() {
            let value = coin.value / unit;
            // More copies than cover everything are of no use.
            let mut left = coin.most.min((states as u64).div_ceil(value.max(1)));
            let mut size = 1;
            while left > 0 && value > 0 {
                let copies = left.min(size);
                let covers = usize::try_from(value.saturating_mul(copies)).unwrap_or(states);
                let cost = coin.cost * copies as f64;
                self.add_bundle(bundles, covers.min(states), cost);
                self.bundles[bundles].coin = index;
                self.bundles[bundles].copies = copies;
                bundles += 1;
                left -= copies;
                size *= 2;
            }
        }
        if self.before[states].is_infinite() {
            return None;
        }
        let mut copies = vec![0; coins.len()];
        let mut left = states;
        for bundle in self.bundles[..bundles].iter().rev() {
            if bundle.taken[left] {
                copies[bundle.coin] += bundle.copies;
                left = left.saturating_sub(bundle.value);
            }
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

    /// The table with one more bundle that is taken or not.
    fn add_bundle(&mut self, index: usize, value: usize, cost: f64) {
        let entries = self.before.len();
        if index == self.bundles.len() {
            self.bundles.push(Bundle::default());
        }
        self.steps += entries as u64 / STATES_PER_STEP;
        let Bundle {
            value: own, taken, ..
        } = &mut self.bundles[index];
        *own = value;
        taken.clear();
        taken.resize(entries, false);
        self.after.clear();
        self.after.extend_from_slice(&self.before);
        // It covers all of what is at most its value.
        let alone = self.after[1..=value].iter_mut().zip(&mut taken[1..=value]);
        for (least, taken) in alone.filter(|(least, _)| cost < **least) {
            *least = cost;
            *taken = true;
        }
        let with = self.after[value..].iter_mut().zip(&mut taken[value..]);
        for ((least, taken), without) in with.zip(&self.before).skip(1) {
            let cost = without + cost;
            *taken = cost < *least;
            *least = if *taken { cost } else { *least };
        }
        std::mem::swap(&mut self.before, &mut self.after);
    }
}

/// Branch and bound over the copies of each coin.
#[derive(Debug, Default)]
struct Tree {
    /// Coins with copies to give, the largest value first.
    order: Vec<usize>,
    /// Least cost over value of the coins from each place in the order on.
    rates: Vec<f64>,
    taken: Vec<u64>,
    best: Option<(f64, Vec<u64>)>,
    nodes: u64,
}

impl Tree {
    /// Whether there are fewer ways to choose copies than a table has entries.
    fn is_smaller(&mut self, demand: u64, coins: &[Coin]) -> bool {
        self.order.clear();
        (self.order).extend((0..coins.len()).filter(|&j| coins[j].most > 0 && coins[j].value > 0));
        self.order
            .sort_by_key(|&j| (std::cmp::Reverse(coins[j].value), j));
        let table = demand.min(MOST_STATES).saturating_mul(coins.len() as u64);
        // The last coin's copies follow from the others'.
        let free = self.order.len().saturating_sub(1);
        let ways = (self.order[..free].iter())
            .map(|&j| coins[j].most.min(demand.div_ceil(coins[j].value)) + 1)
            .fold(1, u64::saturating_mul);
        ways < table
    }

    fn cover(&mut self, demand: u64, coins: &[Coin]) -> Option<Vec<u64>> {
        self.rates.clear();
        self.rates.resize(self.order.len() + 1, f64::INFINITY);
        for (place, &j) in self.order.iter().enumerate().rev() {
            let rate = coins[j].cost / coins[j].value as f64;
            self.rates[place] = rate.min(self.rates[place + 1]);
        }
        self.taken.clear();
        self.taken.resize(coins.len(), 0);
        self.best = None;
        self.branch(0, demand, 0.0, coins);
        self.best.take().map(|(_, copies)| copies)
    }

    fn branch(&mut self, place: usize, left: u64, cost: f64, coins: &[Coin]) {
        self.nodes += 1;
        if left == 0 {
            if self.best.as_ref().is_none_or(|(least, _)| cost < *least) {
                self.best = Some((cost, self.taken.clone()));
            }
            return;
        }
        let rest = left as f64 * self.rates[place];
        if (self.best.as_ref()).is_some_and(|(least, _)| cost + rest >= *least)
            || rest.is_infinite()
        {
            return;
        }
        let coin = self.order[place];
        let Coin { value, most, .. } = coins[coin];
        let is_last = place + 1 == self.order.len();
        let needed = left.div_ceil(value);
        if is_last && needed > most {
            return;
        }
        let least = if is_last { needed } else { 0 };
        for copies in (least..=needed.min(most)).rev() {
            self.taken[coin] = copies;
            let rest = left.saturating_sub(copies.saturating_mul(value));
            let cost = coins[coin].cost.mul_add(copies as f64, cost);
            self.branch(place + 1, rest, cost, coins);
        }
        self.taken[coin] = 0;
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
