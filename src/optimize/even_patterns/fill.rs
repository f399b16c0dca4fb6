//! Fills given slots: every item chooses in turn, and prices on the slots' capacities rise where they are overfull.
//!
//! A copy in slot `j` costs `u_j c_j Σ_d h_jd w_id / C_jd`, and more where it does not fit beside the others; the
//! price `h_jd` rises while dimension `d` of the slot is overfull and falls while it is not (the negotiation of
//! [`few_patterns::fill`](crate::optimize::few_patterns::fill)). Copies in a limited pool are one more dimension, which
//! the slots of the pool share. Most copies are those of the largest kind that may stand in for the slot's: its
//! own capacity is only a price here.

use super::EvenPatterns;
use super::choice::{Chooser, Offer};
use super::fit::Families;
use super::table::Coin;
use crate::optimize::few_patterns::Slot;

/// Price of a dimension nobody has competed for yet.
const FIRST_PRICE: f64 = 0.2;
/// Least price: capacity is never quite free, or items would take more than they need.
const LEAST_PRICE: f64 = 0.02;
/// Every so many sweeps all items choose; in those between, only items in slots that are overfull.
const WHOLE_SWEEPS: usize = 4;
/// Sweeps without less overload after which more are not expected to help.
const PATIENCE: usize = 5;
/// Steps that making the coin of a slot for an item counts as.
const STEPS_PER_COIN: u64 = 6;

/// Copies and tasks of each item in each slot, with loads and prices.
#[derive(Debug, Clone)]
pub struct Filling {
    /// By slot and item.
    pub copies: Vec<Vec<u64>>,
    /// By slot and item.
    pub tasks: Vec<Vec<u64>>,
    /// By slot and dimension of a bin; the last is the number of copies.
    pub loads: Vec<Vec<u64>>,
    /// By slot and dimension.
    prices: Vec<Vec<f64>>,
}

impl Filling {
    /// Nothing in any slot.
    pub fn empty(problem: &EvenPatterns, slots: usize) -> Self {
        let items = problem.few.items.len();
        let dimensions = problem.few.items.first().map_or(0, |item| item.size.len()) + 1;
        Self {
            copies: vec![vec![0; items]; slots],
            tasks: vec![vec![0; items]; slots],
            loads: vec![vec![0; dimensions]; slots],
            prices: vec![vec![FIRST_PRICE; dimensions]; slots],
        }
    }

    /// One more slot with nothing in it, at the prices of another.
    pub fn push_like(&mut self, slot: usize) {
        self.copies.push(vec![0; self.copies[slot].len()]);
        self.tasks.push(vec![0; self.tasks[slot].len()]);
        self.loads.push(vec![0; self.loads[slot].len()]);
        self.prices.push(self.prices[slot].clone());
    }

    /// Takes a slot out.
    pub fn remove(&mut self, slot: usize) {
        self.copies.remove(slot);
        self.tasks.remove(slot);
        self.loads.remove(slot);
        self.prices.remove(slot);
    }

    fn set(&mut self, problem: &EvenPatterns, slot: usize, item: usize, copies: u64, tasks: u64) {
        self.tasks[slot][item] = tasks;
        let before = std::mem::replace(&mut self.copies[slot][item], copies);
        if before == copies {
            return;
        }
        let sizes = problem.few.items[item].size.iter().chain(&[1]);
        for (load, size) in self.loads[slot].iter_mut().zip(sizes) {
            *load = *load + size * copies - size * before;
        }
    }
}

/// Fills slots of one problem.
#[derive(Debug)]
pub struct Filler<'a> {
    problem: &'a EvenPatterns,
    families: &'a Families,
    chooser: Chooser,
    /// Items, those that need kinds of their own first, then the largest.
    order: Vec<usize>,
}

impl<'a> Filler<'a> {
    /// A filler.
    pub fn new(problem: &'a EvenPatterns, families: &'a Families) -> Self {
        let items = &problem.few.items;
        let mut order: Vec<usize> = (0..items.len()).collect();
        let weight = |item: usize| -> u128 {
            let size: u128 = items[item].size.iter().map(|&size| u128::from(size)).sum();
            size * u128::from(items[item].demand)
        };
        let waits = |item: usize| !problem.needy.contains(&item);
        order.sort_by_key(|&item| (waits(item), std::cmp::Reverse(weight(item)), item));
        Self {
            problem,
            families,
            chooser: Chooser::default(),
            order,
        }
    }

    /// Inner steps so far.
    pub const fn steps(&self) -> u64 {
        self.chooser.steps
    }

    /// Counts steps that are done outside.
    pub const fn count(&mut self, steps: u64) {
        self.chooser.steps += steps;
    }

    /// Lets all items choose up to `sweeps` times, until nothing is overfull; the filling with the least overload and
    /// that overload, in cost. `None` when some item cannot be held at all.
    pub fn fill(
        &mut self,
        slots: &[Slot],
        mut filling: Filling,
        sweeps: usize,
    ) -> Option<(Filling, f64)> {
        let mut best: Option<(Filling, f64)> = None;
        let mut waited = 0;
        for sweep in 0..sweeps {
            let pressure = 0.25_f64.mul_add(sweep as f64, 0.5);
            let overfull: Vec<usize> = (0..slots.len())
                .filter(|&place| self.is_overfull(slots, &filling, place))
                .collect();
            for place in 0..self.order.len() {
                let item = self.order[place];
                let is_part = (overfull.iter()).any(|&slot| filling.copies[slot][item] > 0);
                if sweep % WHOLE_SWEEPS == 0 || is_part {
                    self.choose(slots, &mut filling, item, pressure)?;
                }
            }
            let overload = self.overload(slots, &filling);
            if best.as_ref().is_none_or(|(_, least)| overload < *least) {
                best = Some((filling.clone(), overload));
                waited = 0;
            } else {
                waited += 1;
            }
            if overload == 0.0 || waited >= PATIENCE {
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
            filling.set(self.problem, slot, item, 0, 0);
        }
        let offers: Vec<Offer<'_>> = (slots.iter().enumerate())
            .map(|(place, slot)| Offer {
                places: &self.problem.places[slot.kind],
                firm: self.problem.few.kinds[slot.kind].firm,
                units: self.problem.units_held(slot),
                held: self.problem.few.covered_by(slot),
                coin: self.coin(slots, filling, place, item, pressure),
            })
            .collect();
        self.chooser.steps += slots.len() as u64 * STEPS_PER_COIN;
        let chosen = self.chooser.choose(self.problem, item, &offers)?;
        for (slot, copies, tasks) in chosen {
            filling.set(self.problem, slot, item, copies, tasks);
        }
        Some(())
    }

    /// Copies that fit beside the others, and dearer ones that do not.
    fn coin(
        &self,
        slots: &[Slot],
        filling: &Filling,
        place: usize,
        item: usize,
        pressure: f64,
    ) -> Coin {
        let slot = &slots[place];
        let kind = &self.problem.few.kinds[slot.kind];
        // Beside what needs such a kind there is room for others, and nowhere else in it.
        let is_open =
            self.problem.needy.contains(&item) || self.problem.is_open(slot, &filling.tasks[place]);
        let most = if is_open && self.problem.few.covered_by(slot) > 0 {
            self.families.most(slot.kind, item)
        } else {
            0
        };
        let mut coin = Coin {
            slot: place,
            value: slot.units,
            cost: 0.0,
            first: 0,
            beyond: 0.0,
            most,
        };
        if most == 0 {
            return coin;
        }
        let unit_cost = kind.cost as f64 * slot.units as f64;
        let (mut cost, mut beyond, mut fitting) = (0.0, 0.0, kind.most[item]);
        let sizes = self.problem.few.items[item]
            .size
            .iter()
            .chain(&[1])
            .copied()
            .enumerate();
        for (d, size) in sizes.filter(|(_, size)| *size > 0) {
            let Some(capacity) = self.capacity(slots, filling, place, d) else {
                continue;
            };
            let part = size as f64 / capacity.max(1) as f64;
            let price = filling.prices[place][d];
            cost += price * part;
            beyond += (price + pressure) * part;
            fitting = fitting.min(capacity.saturating_sub(filling.loads[place][d]) / size);
        }
        coin.cost = unit_cost * cost;
        coin.beyond = unit_cost * beyond;
        coin.first = fitting.min(most);
        coin
    }

    /// Capacity of every bin of a slot in a dimension; `None` where there is no limit.
    fn capacity(&self, slots: &[Slot], filling: &Filling, place: usize, d: usize) -> Option<u64> {
        let kind = &self.problem.few.kinds[slots[place].kind];
        if let Some(&capacity) = kind.capacity.get(d) {
            return Some(capacity);
        }
        kind.pool?;
        let held: u64 = (slots.iter().enumerate())
            .filter(|&(other, slot)| {
                other != place && self.problem.share_a_pool(slot, &slots[place])
            })
            .map(|(other, slot)| slot.units * filling.loads[other][d])
            .sum();
        Some(self.problem.few.most_in_pool.saturating_sub(held) / slots[place].units.max(1))
    }

    /// How far a slot is over its capacity in a dimension, over the capacity.
    fn over(&self, slots: &[Slot], filling: &Filling, place: usize, d: usize) -> f64 {
        let capacity = self.capacity(slots, filling, place, d);
        capacity.map_or(0.0, |capacity| {
            filling.loads[place][d].saturating_sub(capacity) as f64 / capacity.max(1) as f64
        })
    }

    fn is_overfull(&self, slots: &[Slot], filling: &Filling, place: usize) -> bool {
        (0..filling.loads[place].len()).any(|d| self.over(slots, filling, place, d) > 0.0)
    }

    /// What capacity beyond what there is would cost, on the cost grid.
    fn overload(&self, slots: &[Slot], filling: &Filling) -> f64 {
        (0..slots.len())
            .map(|place| {
                let slot = &slots[place];
                let over: f64 = (0..filling.loads[place].len())
                    .map(|d| self.over(slots, filling, place, d))
                    .sum();
                over * self.problem.few.kinds[slot.kind].cost as f64 * slot.units as f64
            })
            .sum()
    }

    fn adjust_prices(&self, slots: &[Slot], filling: &mut Filling) {
        for place in 0..slots.len() {
            for d in 0..filling.loads[place].len() {
                let over = self.over(slots, filling, place, d);
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
