//! Fills given slots: every item chooses how many copies each slot's bins hold.
//!
//! Items choose in turn, each by a covering knapsack whose coins are the slots: a copy in slot `j` costs
//! `n_j c_j Σ_d h_jd w_id / C_jd`, where the price `h_jd` grows while dimension `d` of the slot is overfull and falls
//! while it is not. What does not fit beside the others costs more. This is the negotiation of `McMurchie` & Ebeling
//! (`PathFinder`, FPGA 1995, for routing on shared wires): prices go up until everybody agrees. The overload that
//! remains, in cost, tells how far from feasible the slots are. The number of copies is one more dimension where
//! the slot's pool is limited.

use super::cover::{Coin, Coverer};
use super::{FewPatterns, Item, Slot};

/// Copies of each item in every bin of each slot, with loads and prices.
#[derive(Debug, Clone)]
pub struct Filling {
    /// By slot and item.
    pub copies: Vec<Vec<u64>>,
    /// By slot and dimension; the last is the number of copies.
    loads: Vec<Vec<u64>>,
    /// By slot and dimension.
    prices: Vec<Vec<f64>>,
    /// Whether some item wants room.
    keeps_room: bool,
}

/// Price of a dimension nobody has competed for yet.
const FIRST_PRICE: f64 = 0.2;
/// Least price: capacity is never quite free, or items would take more than they need.
const LEAST_PRICE: f64 = 0.02;

/// Steps that making the coins of a slot for an item counts as.
const STEPS_PER_COIN: usize = 8;

/// Dimensions of the items.
fn dimensions(problem: &FewPatterns) -> usize {
    problem.items.first().map_or(0, |item| item.size.len())
}

/// Capacity of every bin of a slot in a dimension; `None` where there is no limit.
fn capacity(problem: &FewPatterns, slot: &Slot, d: usize) -> Option<u64> {
    let kind = &problem.kinds[slot.kind];
    match kind.capacity.get(d) {
        Some(&capacity) => Some(capacity),
        None => kind.pool.map(|_| problem.most_in_pool / slot.units.max(1)),
    }
}

impl Filling {
    /// Nothing in any slot.
    pub fn empty(problem: &FewPatterns, slots: usize) -> Self {
        let dimensions = dimensions(problem) + 1;
        Self {
            copies: vec![vec![0; problem.items.len()]; slots],
            loads: vec![vec![0; dimensions]; slots],
            prices: vec![vec![FIRST_PRICE; dimensions]; slots],
            keeps_room: problem.items.iter().any(|item| item.extra > 0),
        }
    }

    /// One more slot with nothing in it.
    pub fn push_slot(&mut self, problem: &FewPatterns) {
        let mut one = Self::empty(problem, 1);
        self.copies.append(&mut one.copies);
        self.loads.append(&mut one.loads);
        self.prices.append(&mut one.prices);
    }

    /// Takes a slot out.
    pub fn remove_slot(&mut self, slot: usize) {
        self.copies.remove(slot);
        self.loads.remove(slot);
        self.prices.remove(slot);
    }

    fn set(&mut self, problem: &FewPatterns, slot: usize, item: usize, copies: u64) {
        let before = self.copies[slot][item];
        if before == copies {
            return;
        }
        self.copies[slot][item] = copies;
        let sizes = problem.items[item].size.iter().chain(&[1]);
        for (load, size) in self.loads[slot].iter_mut().zip(sizes) {
            *load = *load + size * copies - size * before;
        }
    }

    /// Largest room that an item in a slot keeps in a dimension.
    fn room(&self, problem: &FewPatterns, slot: usize, d: usize) -> u64 {
        if !self.keeps_room {
            return 0;
        }
        (problem.items.iter().zip(&self.copies[slot]))
            .filter(|(item, copies)| item.extra > 0 && **copies > 0)
            .map(|(item, &copies)| item.room(copies) * item.size.get(d).copied().unwrap_or(0))
            .max()
            .unwrap_or(0)
    }

    /// How far a slot is over its capacity in a dimension, over the capacity.
    fn over(&self, problem: &FewPatterns, slots: &[Slot], place: usize, d: usize) -> f64 {
        let Some(capacity) = capacity(problem, &slots[place], d) else {
            return 0.0;
        };
        let load = self.loads[place][d] + self.room(problem, place, d);
        load.saturating_sub(capacity) as f64 / capacity.max(1) as f64
    }

    /// What capacity beyond what there is would cost, on the cost grid.
    pub fn overload(&self, problem: &FewPatterns, slots: &[Slot]) -> f64 {
        (0..slots.len())
            .map(|place| {
                let slot = &slots[place];
                let over: f64 = (0..self.loads[place].len())
                    .map(|d| self.over(problem, slots, place, d))
                    .sum();
                over * problem.kinds[slot.kind].cost as f64 * slot.units as f64
            })
            .sum()
    }
}

/// Fills slots of one problem.
#[derive(Debug)]
pub struct Filler<'a> {
    problem: &'a FewPatterns,
    coverer: Coverer,
    /// Items, the largest first.
    order: Vec<usize>,
    coins: Vec<Coin>,
}

impl<'a> Filler<'a> {
    /// A filler.
    pub fn new(problem: &'a FewPatterns) -> Self {
        let mut order: Vec<usize> = (0..problem.items.len()).collect();
        let weight = |item: usize| -> u128 {
            let sizes = problem.items[item].size.iter();
            sizes.map(|&size| u128::from(size)).sum::<u128>()
                * u128::from(problem.items[item].demand)
        };
        order.sort_by_key(|&item| (std::cmp::Reverse(weight(item)), item));
        Self {
            problem,
            coverer: Coverer::default(),
            order,
            coins: Vec::new(),
        }
    }

    /// Inner steps so far.
    pub const fn steps(&self) -> u64 {
        self.coverer.steps()
    }

    /// Counts steps that are done outside.
    pub const fn count(&mut self, steps: u64) {
        self.coverer.count(steps);
    }

    /// Lets all items choose up to `sweeps` times, until nothing is overfull; the filling with the least
    /// overload and that overload. `None` when some item's demand cannot be covered at all.
    pub fn fill(
        &mut self,
        slots: &[Slot],
        mut filling: Filling,
        sweeps: usize,
    ) -> Option<(Filling, f64)> {
        let mut best: Option<(Filling, f64)> = None;
        for sweep in 0..sweeps {
            let pressure = 0.25_f64.mul_add(sweep as f64, 0.5);
            for place in 0..self.order.len() {
                let item = self.order[place];
                self.choose(slots, &mut filling, item, pressure)?;
            }
            let looked_at = self.problem.items.len() * slots.len() * STEPS_PER_COIN;
            self.coverer.count(looked_at as u64);
            let overload = filling.overload(self.problem, slots);
            if best.as_ref().is_none_or(|(_, least)| overload < *least) {
                best = Some((filling.clone(), overload));
            }
            if overload == 0.0 {
                break;
            }
            self.adjust_prices(slots, &mut filling);
        }
        best
    }

    /// One item chooses again, the others' copies being as they are.
    fn choose(
        &mut self,
        slots: &[Slot],
        filling: &mut Filling,
        item: usize,
        pressure: f64,
    ) -> Option<()> {
        for slot in 0..slots.len() {
            filling.set(self.problem, slot, item, 0);
        }
        self.coins.clear();
        for (place, slot) in slots.iter().enumerate() {
            let pair = self.coins_of(slot, filling, place, item, pressure);
            self.coins.extend(pair);
        }
        let Item {
            demand,
            firm,
            whole,
            ..
        } = self.problem.items[item];
        let mut copies = vec![0; slots.len()];
        let mut left = demand;
        if firm > 0 {
            // Firm demand first, the rest with what is left of all coins.
            let mut coins = self.coins.clone();
            for (pair, slot) in coins.chunks_exact_mut(2).zip(slots) {
                if !self.problem.kinds[slot.kind].firm {
                    for coin in pair {
                        coin.most = 0;
                    }
                }
            }
            let taken = cover(&mut self.coverer, firm, &coins, whole)?;
            for (coin, times) in self.coins.iter_mut().zip(&taken) {
                coin.most -= times;
                left = left.saturating_sub(times * coin.value);
            }
            add(&mut copies, &taken);
        }
        add(
            &mut copies,
            &cover(&mut self.coverer, left, &self.coins, whole)?,
        );
        for (slot, copies) in copies.into_iter().enumerate() {
            filling.set(self.problem, slot, item, copies);
        }
        Some(())
    }

    /// Two coins for a slot: copies that fit beside the others, and dearer ones that do not.
    fn coins_of(
        &self,
        slot: &Slot,
        filling: &Filling,
        place: usize,
        item: usize,
        pressure: f64,
    ) -> [Coin; 2] {
        let kind = &self.problem.kinds[slot.kind];
        let value = self.problem.covered_by(slot);
        // A slot of one bin that may be lost covers nothing.
        let most = if value == 0 { 0 } else { kind.most[item] };
        let value = value.max(1);
        let unit_cost = kind.cost as f64 * slot.units as f64;
        let (mut cost, mut beyond, mut fitting) = (0.0, 0.0, most);
        let data = &self.problem.items[item];
        let sizes = data.size.iter().chain(&[1]).copied().enumerate();
        for (d, size) in sizes.filter(|(_, size)| *size > 0) {
            let Some(capacity) = capacity(self.problem, slot, d) else {
                continue;
            };
            let part = size as f64 / capacity.max(1) as f64;
            let price = filling.prices[place][d];
            cost += price * part;
            beyond += (price + pressure) * part;
            let others = filling.room(self.problem, place, d);
            let left = capacity.saturating_sub(filling.loads[place][d]);
            fitting = fitting.min(left.saturating_sub(others) / size);
            // Its own room must fit beside it as well.
            while fitting > 0
                && (fitting + data.room(fitting)).saturating_mul(size) > left
                && d < data.size.len()
            {
                fitting -= 1;
            }
        }
        let coin = |cost: f64, most: u64| Coin {
            value,
            cost: unit_cost * cost,
            most,
        };
        [coin(cost, fitting), coin(beyond, most - fitting)]
    }

    fn adjust_prices(&self, slots: &[Slot], filling: &mut Filling) {
        for place in 0..slots.len() {
            for d in 0..filling.loads[place].len() {
                let over = filling.over(self.problem, slots, place, d);
                let price = &mut filling.prices[place][d];
                *price = if over > 0.0 {
                    2.0_f64.mul_add(over.min(1.0), *price * 1.02) + 0.01
                } else {
                    (*price * 0.97).max(LEAST_PRICE)
                };
            }
        }
    }
}

/// Copies of each coin, by one slot or by all.
fn cover(coverer: &mut Coverer, demand: u64, coins: &[Coin], whole: bool) -> Option<Vec<u64>> {
    if whole {
        cover_by_one(demand, coins)
    } else {
        coverer.cover(demand, coins)
    }
}

/// Adds copies of coins, two of which belong to each slot.
fn add(copies: &mut [u64], taken: &[u64]) {
    for (copies, pair) in copies.iter_mut().zip(taken.chunks_exact(2)) {
        *copies += pair[0] + pair[1];
    }
}

/// Covers a demand with the two coins of one slot, the cheapest.
fn cover_by_one(demand: u64, coins: &[Coin]) -> Option<Vec<u64>> {
    let mut best: Option<(f64, usize, [u64; 2])> = None;
    for (slot, pair) in coins.chunks_exact(2).enumerate() {
        let needed = demand.checked_div(pair[0].value).unwrap_or(u64::MAX);
        let needed =
            needed.saturating_add(u64::from(needed.saturating_mul(pair[0].value) < demand));
        if needed > pair[0].most.saturating_add(pair[1].most) {
            continue;
        }
        let first = needed.min(pair[0].most);
        let taken = [first, needed - first];
        let cost = pair[0]
            .cost
            .mul_add(taken[0] as f64, pair[1].cost * taken[1] as f64);
        if best.is_none_or(|(least, ..)| cost < least) {
            best = Some((cost, slot, taken));
        }
    }
    let (_, slot, taken) = best?;
    let mut copies = vec![0; coins.len()];
    copies[2 * slot..2 * slot + 2].copy_from_slice(&taken);
    Some(copies)
}

#[cfg(test)]
mod tests {
    use super::super::{Design, Kind};
    use super::*;

    fn problem() -> FewPatterns {
        let kind = |capacity: u64, cost: i64| Kind {
            capacity: vec![capacity],
            cost,
            bins: 1,
            covers: 1,
            firm: true,
            most: vec![10, 10],
            class: 0,
            pool: None,
        };
        let item = |size: u64, demand: u64| Item {
            size: vec![size],
            demand,
            firm: 0,
            extra: 0,
            whole: false,
        };
        FewPatterns {
            kinds: vec![kind(10, 10), kind(4, 4)],
            items: vec![item(3, 7), item(2, 5)],
            slots: 2,
            most_bins: 100,
            most_classes: None,
            most_in_pool: 100,
            loses_a_bin: false,
        }
    }

    fn filled(problem: &FewPatterns, slots: &[Slot]) -> (Design, f64) {
        let empty = Filling::empty(problem, slots.len());
        let (filling, overload) = (Filler::new(problem).fill(slots, empty, 30)).expect("coverable");
        let design = Design {
            slots: slots.to_vec(),
            copies: filling.copies,
        };
        (design, overload)
    }

    #[test]
    fn enough_slots_are_filled_without_overload() {
        // 3 · 2 + 1 copies of the first, 3 · 2 of the second: 6 + 4 in a large bin, the remainder in a small one.
        let slots = [Slot { kind: 0, units: 3 }, Slot { kind: 1, units: 1 }];
        let (design, overload) = filled(&problem(), &slots);
        assert!(overload.abs() < 1e-12);
        assert!(problem().is_feasible(&design), "{design:?}");
    }

    #[test]
    fn too_little_capacity_is_overload() {
        let (design, overload) = filled(&problem(), &[Slot { kind: 0, units: 2 }]);
        assert!(overload > 0.0);
        assert!(problem().covers(&design.slots, &design.copies));
    }

    #[test]
    fn a_whole_item_is_in_one_slot_and_firm_demand_on_firm_kinds() {
        let mut problem = problem();
        problem.items[0].whole = true;
        problem.items[1].firm = 3;
        problem.kinds[1].firm = false;
        let slots = [Slot { kind: 0, units: 4 }, Slot { kind: 1, units: 7 }];
        let (design, _) = filled(&problem, &slots);
        assert!((design.copies[0][0] == 0) != (design.copies[1][0] == 0));
        assert!(4 * design.copies[0][1] >= 3);
    }

    #[test]
    fn room_for_one_item_at_a_time_is_kept() {
        let mut problem = problem();
        for item in &mut problem.items {
            item.extra = item.demand;
        }
        let slots = [Slot { kind: 0, units: 7 }];
        let (design, overload) = filled(&problem, &slots);
        // 3 + 2 and room for another 3.
        assert_eq!(design.copies, [[1, 1]]);
        assert!(overload.abs() < 1e-12 && problem.is_feasible(&design));
        assert!(!problem.holds(&slots[0], &[2, 1]));
    }

    #[test]
    fn a_limited_pool_holds_so_many_copies_and_no_more() {
        let mut problem = problem();
        problem.kinds[1].pool = Some(0);
        problem.most_in_pool = 3;
        let slots = [Slot { kind: 0, units: 3 }, Slot { kind: 1, units: 3 }];
        let (design, _) = filled(&problem, &slots);
        assert!(design.copies[1].iter().sum::<u64>() <= 1, "{design:?}");
    }
}
