//! Packing with few patterns, even over places: at most `K` distinct patterns, and every item as often in each place as
//! in any other, give or take one.
//!
//! ```text
//! choose    slots j = 1..K: a kind of bin o_j with its places Z_j (one place, or all places of some item), units u_j
//!           in *each* of these places, copies a_ij of every item on each bin, and tasks c_ij of it in the slot;
//!           x_iz ∈ {0,1}: whether place z has one more
//! minimise  Σ_j cost(o_j) u_j
//! so that   Σ_i a_ij w_id ≤ C_jd,  a_ij ≤ most_ji                                   every slot j, dimension d
//!           Σ_z x_iz = r_i = n_i mod z_i                                             every even item i
//!           Σ_{j single, in z} c_ij + Σ_{j over Z_i} u_j a_ij = ⌊n_i / z_i⌋ + x_iz   every even i, z ∈ Z_i    (A)
//!           c_ij ≤ u_j a_ij (single),  c_ij = |Z_j| u_j a_ij (several: filled exactly)
//!           or, for item i in place of (A): all n_i ≤ |Z_j| u_j a_ij tasks in one slot j over Z_i            (B)
//!           Σ_{j firm} c_ij ≥ m_i;  firm tasks k_i are in at least min(k_i, F, z_i) places
//!           Σ_{j in pool} u_j Σ_i a_ij ≤ P;  Σ_j bins_j u_j ≤ B;  at most T classes of kinds
//! ```
//! Where any one bin may be lost, a slot's tasks are at most what its other bins hold: `(u_j − 1) a_ij` in a single place, and
//! `(|Z_j| u_j − 1) a_ij` in (B); no slot over several places is filled exactly.
//!
//! Items that need not be even have `Σ_j c_ij = n_i` in place of (A).
//!
//! **Certificate.** Send the tasks of item `i` to slots by weights `c_ij / gcd`, each to the bin of the slot with the
//! fewest of `i`. (1) *Routing.* Under any divisor rule, next is the slot with the least `d(c)/w`, `c ≤ d(c) ≤ c + 1`
//! (Balinski & Young, *Fair Representation*, 1982), a slot that has its `c_ij = g w` shows `d/w ≥ g`, while some other
//! has at most `g w' − 1` and shows `d/w' ≤ g`: a full slot is never next, from any state; nor is it by the largest
//! shortfall, since shortfalls add up to 1 while some task is missing. (2) *Room.* Before its next task the slot has fewer
//! than `|Z_j| u_j a_ij` of `i`: the bin with the fewest has at most `a_ij − 1` and all others at most their own
//! `a` there. (3) *Places.* A slot of one place has its tasks there, a slot that is filled exactly has `u_j a_ij` in
//! each place: by (A) the counts are even, and the same in every order.
//!
//! For given kinds and units each item's choice is made exactly for prices on the slots' capacities ([`choice`]), which
//! rise until the choices fit together ([`fill`]); then every slot takes the cheapest kind that holds its load
//! ([`fit`]), so that each evaluation ends with a solution. Kinds and units are found by simulated annealing
//! ([`search`]).

pub mod choice;
pub mod fill;
pub mod fit;
mod moves;
pub mod search;
pub mod start;
mod states;
pub mod table;

use std::collections::{BTreeMap, BTreeSet};

use super::few_patterns::{FewPatterns, Slot};

/// A problem: kinds and items as in [`few_patterns`](super::few_patterns), with their places. An item's `extra` and
/// `whole`, and kinds that cover less than their bins, are not looked at.
#[derive(Debug, Clone)]
pub struct EvenPatterns {
    /// Kinds, items and limits; a unit of a kind is a bin in each of its places.
    pub few: FewPatterns,
    /// Places of each kind, ascending.
    pub places: Vec<Vec<usize>>,
    /// What kinds that differ in nothing but their places have in common.
    pub makes: Vec<usize>,
    /// What kinds have in common that take the same items, whatever their size: such kinds may stand in for each other.
    pub sorts: Vec<usize>,
    /// Places over which each item is even, ascending; `None` where it need not be.
    pub even_over: Vec<Option<Vec<usize>>>,
    /// Least number of places of firm tasks, where there are so many.
    pub firm_places: u64,
    /// Kinds of which every bin holds a copy of an item in `needy`.
    pub only_needed: Vec<bool>,
    /// Items that ask for such kinds.
    pub needy: Vec<usize>,
}

/// Slots with their patterns and tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Design {
    /// The slots.
    pub slots: Vec<Slot>,
    /// Copies of each item on every bin of each slot.
    pub copies: Vec<Vec<u64>>,
    /// Tasks of each item in each slot.
    pub tasks: Vec<Vec<u64>>,
}

impl EvenPatterns {
    /// Whether all limits hold that concern slots alone.
    pub fn allows(&self, slots: &[Slot]) -> bool {
        let kind = |slot: &Slot| &self.few.kinds[slot.kind];
        let bins = (slots.iter())
            .map(|slot| kind(slot).bins.saturating_mul(slot.units))
            .fold(0, u64::saturating_add);
        let classes: BTreeSet<usize> = slots.iter().map(|slot| kind(slot).class).collect();
        slots.len() <= self.few.slots
            && bins <= self.few.most_bins
            && (self.few.most_classes).is_none_or(|most| classes.len() <= most)
            && slots.iter().all(|slot| slot.units > 0)
    }

    /// Tasks in each place of a slot for a copy on every bin.
    pub fn units_held(&self, slot: &Slot) -> u64 {
        match self.places[slot.kind].as_slice() {
            [_] => self.few.covered_by(slot),
            _ => slot.units,
        }
    }

    /// Whether two slots have bins in a limited pool in common.
    pub fn share_a_pool(&self, one: &Slot, other: &Slot) -> bool {
        let pool = |slot: &Slot| self.few.kinds[slot.kind].pool;
        pool(one).is_some()
            && pool(one) == pool(other)
            && (self.places[one.kind].iter()).any(|place| self.places[other.kind].contains(place))
    }

    /// Whether a slot with these tasks may be of its kind: one for items that need it alone has one in every bin, or nothing
    /// else but a bin that is room for the loss of another.
    pub fn is_needed(&self, slot: &Slot, tasks: &[u64]) -> bool {
        let bins = self.few.kinds[slot.kind].bins * slot.units;
        let holds_one_in = |bins: u64| self.needy.iter().any(|&item| tasks[item] >= bins);
        let only_needy = || {
            (tasks.iter().enumerate())
                .all(|(item, &tasks)| tasks == 0 || self.needy.contains(&item))
        };
        !self.only_needed[slot.kind]
            || holds_one_in(bins)
            || (self.few.loses_a_bin && holds_one_in(bins.saturating_sub(1).max(1)) && only_needy())
    }

    /// Whether a slot has room for items that do not need its kind, beside these tasks.
    pub fn is_open(&self, slot: &Slot, tasks: &[u64]) -> bool {
        let bins = self.few.kinds[slot.kind].bins * slot.units;
        !self.only_needed[slot.kind] || self.needy.iter().any(|&item| tasks[item] >= bins)
    }

    /// Whether a design is a solution.
    pub fn is_feasible(&self, design: &Design) -> bool {
        let mut slots = design.slots.iter().zip(&design.copies);
        self.allows(&design.slots)
            && slots.all(|(slot, copies)| self.holds(slot, copies))
            && (design.slots.iter().zip(&design.tasks))
                .all(|(slot, tasks)| self.is_needed(slot, tasks))
            && self.pools_hold(design)
            && (0..self.few.items.len()).all(|item| self.is_placed(design, item))
    }

    /// Whether every bin of a slot holds so many copies of each item.
    fn holds(&self, slot: &Slot, copies: &[u64]) -> bool {
        let kind = &self.few.kinds[slot.kind];
        (kind.capacity.iter().enumerate()).all(|(d, &capacity)| {
            let items = self.few.items.iter().zip(copies);
            let load: u64 = items.map(|(item, copies)| item.size[d] * copies).sum();
            load <= capacity
        }) && copies
            .iter()
            .zip(&kind.most)
            .all(|(copies, most)| copies <= most)
    }

    fn pools_hold(&self, design: &Design) -> bool {
        let mut pools: BTreeMap<(usize, usize), u64> = BTreeMap::new();
        for (slot, copies) in design.slots.iter().zip(&design.copies) {
            if let Some(pool) = self.few.kinds[slot.kind].pool {
                for &place in &self.places[slot.kind] {
                    *pools.entry((pool, place)).or_default() +=
                        slot.units * copies.iter().sum::<u64>();
                }
            }
        }
        pools.values().all(|&held| held <= self.few.most_in_pool)
    }

    /// Whether all tasks of an item are where they may be.
    fn is_placed(&self, design: &Design, item: usize) -> bool {
        let data = &self.few.items[item];
        let parts: Vec<(&Slot, u64, u64)> = (design.slots.iter().enumerate())
            .map(|(place, slot)| (slot, design.copies[place][item], design.tasks[place][item]))
            .filter(|&(_, copies, tasks)| copies > 0 || tasks > 0)
            .collect();
        let kind = |slot: &Slot| &self.few.kinds[slot.kind];
        let most = |slot: &Slot, copies: u64| self.few.covered_by(slot) * copies;
        let all: u64 = parts.iter().map(|part| part.2).sum();
        let firm: u64 = parts
            .iter()
            .filter(|part| kind(part.0).firm)
            .map(|part| part.2)
            .sum();
        let within = parts
            .iter()
            .all(|&(slot, copies, tasks)| tasks <= most(slot, copies));
        if all != data.demand || firm < data.firm || !within {
            return false;
        }
        let Some(places) = &self.even_over[item] else {
            return true;
        };
        if let [(slot, ..)] = parts.as_slice()
            && self.places[slot.kind] == *places
        {
            return true;
        }
        let mut counts: BTreeMap<usize, (u64, u64)> =
            places.iter().map(|&place| (place, (0, 0))).collect();
        for &(slot, copies, tasks) in &parts {
            let over = &self.places[slot.kind];
            let is_full = tasks == kind(slot).bins * slot.units * copies;
            if over.len() > 1 && (over != places || !is_full) {
                return false;
            }
            for place in over {
                let Some((count, firm)) = counts.get_mut(place) else {
                    return false;
                };
                *count += tasks / over.len() as u64;
                *firm += u64::from(kind(slot).firm) * tasks / over.len() as u64;
            }
        }
        let least = data.demand / places.len() as u64;
        let with_firm = counts.values().filter(|(_, firm)| *firm > 0).count() as u64;
        counts
            .values()
            .all(|&(count, _)| count == least || count == least + 1)
            && with_firm >= firm.min(self.firm_places).min(places.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimize::few_patterns::{Item, Kind};

    /// Three places, bins of size 1 to 6 at a cost of their size, firm ones and at seven tenths (rounded up) others that
    /// are not, in each place and over all; items by size, demand and firm demand.
    pub(super) fn three_places(items: &[(u64, u64, u64)], only_firm: bool) -> EvenPatterns {
        let mut problem = EvenPatterns {
            few: FewPatterns {
                kinds: Vec::new(),
                items: (items.iter())
                    .map(|&(size, demand, firm)| Item {
                        size: vec![size],
                        demand,
                        firm,
                        extra: 0,
                        whole: false,
                    })
                    .collect(),
                slots: 6,
                most_bins: 1_000,
                most_classes: None,
                most_in_pool: 1_000,
                loses_a_bin: false,
            },
            places: Vec::new(),
            makes: Vec::new(),
            sorts: Vec::new(),
            even_over: vec![Some(vec![0, 1, 2]); items.len()],
            firm_places: 2,
            only_needed: Vec::new(),
            needy: Vec::new(),
        };
        for (number, size) in (1..=6_u64).enumerate() {
            for firm in [true, false].into_iter().filter(|&firm| firm || !only_firm) {
                for places in [vec![0], vec![1], vec![2], vec![0, 1, 2]] {
                    let bins = places.len() as u64;
                    let each = if firm { size } else { (7 * size).div_ceil(10) };
                    problem.few.kinds.push(Kind {
                        capacity: vec![size],
                        cost: i64::try_from(each * bins).expect("small"),
                        bins,
                        covers: bins,
                        firm,
                        most: items.iter().map(|&(own, ..)| size / own).collect(),
                        class: number,
                        pool: None,
                    });
                    problem.only_needed.push(false);
                    problem.sorts.push(0);
                    problem.makes.push(2 * number + usize::from(firm));
                    problem.places.push(places);
                }
            }
        }
        problem
    }

    fn design(slots: &[(usize, u64)], copies: &[u64], tasks: &[u64]) -> Design {
        Design {
            slots: slots
                .iter()
                .map(|&(kind, units)| Slot { kind, units })
                .collect(),
            copies: copies.iter().map(|&copies| vec![copies]).collect(),
            tasks: tasks.iter().map(|&tasks| vec![tasks]).collect(),
        }
    }

    #[test]
    fn counts_over_places_differ_by_one_at_most_and_slots_over_places_are_full() {
        let problem = three_places(&[(1, 4, 0)], true);
        // Kinds 4 s + p: size s + 1 in place p, or over all at p = 3.
        assert!(problem.is_feasible(&design(&[(3, 1), (0, 1)], &[1, 1], &[3, 1])));
        assert!(!problem.is_feasible(&design(&[(0, 1), (5, 1), (2, 1)], &[1, 2, 1], &[1, 1, 1])));
        assert!(problem.is_feasible(&design(&[(0, 1), (5, 1), (2, 1)], &[1, 2, 1], &[1, 2, 1])));
        assert!(!problem.is_feasible(&design(&[(4, 1), (5, 1)], &[2, 2], &[2, 2])));
        // Alone over all places it need not be full; beside another it must be.
        assert!(problem.is_feasible(&design(&[(7, 1)], &[2], &[4])));
        assert!(!problem.is_feasible(&design(&[(7, 1), (0, 1)], &[2, 1], &[3, 1])));
    }

    #[test]
    fn kinds_that_some_items_need_have_one_of_them_in_every_bin() {
        let mut problem = three_places(&[(1, 4, 0), (1, 6, 0)], true);
        problem.only_needed.fill(true);
        problem.needy = vec![0];
        let slot = Slot { kind: 3, units: 1 };
        assert!(problem.is_needed(&slot, &[3, 6]));
        assert!(!problem.is_needed(&slot, &[2, 6]));
        problem.only_needed[3] = false;
        assert!(problem.is_needed(&slot, &[0, 6]));
    }
}
