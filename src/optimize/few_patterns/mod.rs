//! Packing with few patterns: at most `K` distinct patterns, each used many times.
//!
//! ```text
//! choose    slots j = 1..K: a kind of bin o_j, a number of units n_j, copies a_ij of each item in every bin
//! minimise  Σ_j c_{o_j} n_j
//! so that   Σ_j s_{o_j} n_j a_ij ≥ demand_i                  for every item i
//!           Σ_j∈F s_{o_j} n_j a_ij ≥ firm_i                  F: slots of firm kinds
//!           Σ_i w_id a_ij + max_i ⌈r_i a_ij⌉ w_id ≤ C_{o_j d}    for every slot j and dimension d
//!           n_j Σ_i a_ij ≤ P_{o_j}                           where the kind's pool is limited
//!           a_ij ≤ m_{o_j i};  Σ_j b_{o_j} n_j ≤ B;  at most T classes of kinds;  no pool in two slots
//! ```
//! A unit is one bin, or a bin in each of several places that must be bought together; `s_o` is what one copy
//! in every bin of a unit covers. Where any one bin may be lost, a slot covers a bin's copies less. `r_i` is room beside the copies of any one item at a time. For given kinds and
//! units the rest is a multiple-choice problem with few linking rows (slots × dimensions): each item chooses a
//! vector `(a_i1 … a_iK)`, a covering knapsack ([`cover`]), and prices on the slots' capacities bring the
//! choices together ([`fill`]). Kinds and units are found by simulated annealing on cost and overload together
//! ([`search`]).

pub mod cover;
pub mod draw;
pub mod fill;
pub mod search;

use std::collections::BTreeSet;

use super::problem::Cost;

/// A kind of bin, as slots use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kind {
    /// One entry per dimension, of one bin.
    pub capacity: Vec<u64>,
    /// Cost of a unit on the cost grid.
    pub cost: Cost,
    /// Bins in a unit.
    pub bins: u64,
    /// What one copy in every bin of a unit covers: the unit's bins, or fewer where some are kept as room.
    pub covers: u64,
    /// Whether the kind counts for firm demand.
    pub firm: bool,
    /// Most copies of each item in a bin that holds nothing else; 0 = not admitted.
    pub most: Vec<u64>,
    /// Class of kinds, for the limit on classes.
    pub class: usize,
    /// Pool whose copies are limited; only one slot may use it.
    pub pool: Option<usize>,
}

/// An item of the problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// One entry per dimension.
    pub size: Vec<u64>,
    /// Copies to cover.
    pub demand: u64,
    /// Copies that kinds counting as firm must cover.
    pub firm: u64,
    /// Room for so many further copies, kept for one item at a time.
    pub extra: u64,
    /// Whether one slot must cover all copies (one firm and one other, where the item has firm demand and more).
    pub whole: bool,
}

/// A problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FewPatterns {
    /// Kinds of bins.
    pub kinds: Vec<Kind>,
    /// Items.
    pub items: Vec<Item>,
    /// Most slots.
    pub slots: usize,
    /// Most bins.
    pub most_bins: u64,
    /// Most classes of kinds.
    pub most_classes: Option<usize>,
    /// Most copies in one place of a limited pool.
    pub most_in_pool: u64,
    /// Whether any one bin of a slot may be lost: the others hold all that the slot covers.
    pub loses_a_bin: bool,
}

/// Bins with one pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Position among the kinds.
    pub kind: usize,
    /// Units of it.
    pub units: u64,
}

/// Slots with their patterns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Design {
    /// The slots.
    pub slots: Vec<Slot>,
    /// Copies of each item in every bin of each slot.
    pub copies: Vec<Vec<u64>>,
}

impl Item {
    /// Room beside `copies` in a bin: their part of the extra copies, rounded up.
    pub fn room(&self, copies: u64) -> u64 {
        if self.extra == 0 || copies == 0 {
            return 0;
        }
        let wanted = u128::from(copies) * u128::from(self.extra);
        u64::try_from(wanted.div_ceil(u128::from(self.demand.max(1)))).unwrap_or(u64::MAX)
    }
}

impl FewPatterns {
    /// What the slots cost.
    pub fn cost(&self, slots: &[Slot]) -> Cost {
        (slots.iter())
            .map(|slot| {
                let units = Cost::try_from(slot.units).unwrap_or(Cost::MAX);
                self.kinds[slot.kind].cost.saturating_mul(units)
            })
            .fold(0, Cost::saturating_add)
    }

    /// What one copy in every bin of a slot covers.
    pub fn covered_by(&self, slot: &Slot) -> u64 {
        let kind = &self.kinds[slot.kind];
        let all = kind.covers * slot.units;
        if self.loses_a_bin {
            all.min((kind.bins * slot.units).saturating_sub(1))
        } else {
            all
        }
    }

    /// Whether the limits that concern slots alone hold.
    pub fn allows(&self, slots: &[Slot]) -> bool {
        let kind = |slot: &Slot| &self.kinds[slot.kind];
        let bins = (slots.iter())
            .map(|slot| kind(slot).bins.saturating_mul(slot.units))
            .fold(0, u64::saturating_add);
        let pools: Vec<usize> = slots.iter().filter_map(|slot| kind(slot).pool).collect();
        let distinct: BTreeSet<usize> = pools.iter().copied().collect();
        let classes: BTreeSet<usize> = slots.iter().map(|slot| kind(slot).class).collect();
        slots.len() <= self.slots
            && bins <= self.most_bins
            && pools.len() == distinct.len()
            && self.most_classes.is_none_or(|most| classes.len() <= most)
            && slots.iter().all(|slot| slot.units > 0)
    }

    /// Whether slots with these patterns cover all demand.
    pub fn covers(&self, slots: &[Slot], copies: &[Vec<u64>]) -> bool {
        let covered = |item: usize, firm: bool| -> u64 {
            (slots.iter().zip(copies))
                .filter(|(slot, _)| !firm || self.kinds[slot.kind].firm)
                .map(|(slot, copies)| self.covered_by(slot) * copies[item])
                .sum()
        };
        (self.items.iter().enumerate()).all(|(index, item)| {
            covered(index, false) >= item.demand && covered(index, true) >= item.firm
        })
    }

    /// Whether every bin of a slot holds so many copies of each item, room included.
    pub fn holds(&self, slot: &Slot, copies: &[u64]) -> bool {
        let kind = &self.kinds[slot.kind];
        let fits = (kind.capacity.iter().enumerate()).all(|(d, &capacity)| {
            let items = || self.items.iter().zip(copies);
            let load: u64 = items().map(|(item, copies)| item.size[d] * copies).sum();
            let room = items().map(|(item, &copies)| item.room(copies) * item.size[d]);
            load + room.max().unwrap_or(0) <= capacity
        });
        let all: u64 = copies.iter().sum();
        fits && copies
            .iter()
            .zip(&kind.most)
            .all(|(copies, most)| copies <= most)
            && (kind.pool.is_none() || all.saturating_mul(slot.units) <= self.most_in_pool)
    }

    /// Whether a design is a solution.
    pub fn is_feasible(&self, design: &Design) -> bool {
        let mut slots = design.slots.iter().zip(&design.copies);
        self.allows(&design.slots)
            && self.covers(&design.slots, &design.copies)
            && slots.all(|(slot, copies)| self.holds(slot, copies))
    }
}
