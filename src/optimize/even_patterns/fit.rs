//! The cheapest kind that holds what a slot was given.
//!
//! Kinds of the same places that are alike in firmness and take the same items, whatever their size, stand in for each other: a *family*. Capacity that the choices
//! asked for beyond a slot's kind, or left over, moves the slot to another kind of its family, so that what was filled
//! is a solution at the price of the kinds that it needs. Kinds that another of the family is no dearer than and holds
//! at least as much as are left out, where they are not needed for another class or pool.

use std::collections::{BTreeMap, BTreeSet};

use super::EvenPatterns;
use super::fill::Filling;
use crate::optimize::few_patterns::{Kind, Slot};

/// Kinds by family.
#[derive(Debug)]
pub struct Families {
    /// Family of each kind.
    of: Vec<usize>,
    /// Kinds of each family, the cheapest first.
    kinds: Vec<Vec<usize>>,
    /// Most copies of each item on a bin of some kind of the family.
    most: Vec<Vec<u64>>,
}

impl Families {
    /// The families of a problem's kinds.
    pub fn new(problem: &EvenPatterns) -> Self {
        let mut families: BTreeMap<(&[usize], bool, usize), Vec<usize>> = BTreeMap::new();
        for (kind, data) in problem.few.kinds.iter().enumerate() {
            let key = (
                problem.places[kind].as_slice(),
                data.firm,
                problem.sorts[kind],
            );
            families.entry(key).or_default().push(kind);
        }
        let mut built = Self {
            of: vec![0; problem.few.kinds.len()],
            kinds: Vec::new(),
            most: Vec::new(),
        };
        // Where a class or a pool may be used up, the next best is needed as well.
        let spare = problem.few.most_classes.is_some()
            || problem.few.kinds.iter().any(|kind| kind.pool.is_some());
        for mut kinds in families.into_values() {
            for &kind in &kinds {
                built.of[kind] = built.kinds.len();
            }
            kinds.sort_by_key(|&kind| (problem.few.kinds[kind].cost, kind));
            let mut most = vec![0; problem.few.items.len()];
            for &kind in &kinds {
                for (most, &own) in most.iter_mut().zip(&problem.few.kinds[kind].most) {
                    *most = own.max(*most);
                }
            }
            built.most.push(most);
            built
                .kinds
                .push(undominated(problem, &kinds, if spare { 3 } else { 1 }));
        }
        built
    }

    /// The family of a kind.
    pub fn of(&self, kind: usize) -> usize {
        self.of[kind]
    }

    /// How many families there are.
    pub fn count(&self) -> usize {
        self.kinds.len()
    }

    /// Kinds of a family, the cheapest first.
    pub fn kinds(&self, family: usize) -> &[usize] {
        &self.kinds[family]
    }

    /// Most copies of an item on a bin of some kind of a kind's family.
    pub fn most(&self, kind: usize, item: usize) -> u64 {
        self.most[self.of[kind]][item]
    }

    /// The filled slots with the cheapest kinds that hold their loads, empty ones left out; with the positions of those
    /// that stay. `None` where some load fits no kind, or a limit on classes or pools is passed.
    pub fn fit(
        &self,
        problem: &EvenPatterns,
        slots: &[Slot],
        filling: &Filling,
    ) -> Option<(Vec<Slot>, Vec<usize>)> {
        let classes: Option<BTreeSet<usize>> = problem.few.most_classes.map(|_| {
            slots
                .iter()
                .map(|slot| problem.few.kinds[slot.kind].class)
                .collect()
        });
        let mut fitted = Vec::with_capacity(slots.len());
        let mut stay: Vec<usize> = Vec::with_capacity(slots.len());
        for (place, slot) in slots.iter().enumerate() {
            let copies = &filling.copies[place];
            if copies.iter().all(|&copies| copies == 0) {
                continue;
            }
            let load = &filling.loads[place];
            let stands_in = |&&kind: &&usize| {
                let data = &problem.few.kinds[kind];
                let holds = data
                    .capacity
                    .iter()
                    .zip(load)
                    .all(|(capacity, load)| load <= capacity)
                    && copies
                        .iter()
                        .zip(&data.most)
                        .all(|(copies, most)| copies <= most);
                let own = Slot { kind, ..*slot };
                holds
                    && problem.is_needed(&own, &filling.tasks[place])
                    && classes
                        .as_ref()
                        .is_none_or(|classes| classes.contains(&data.class))
                    && pool_holds(problem, &own, place, (&fitted, &stay), filling)
            };
            let kind = self.kinds[self.of[slot.kind]].iter().find(stands_in);
            let kind = *kind.or_else(|| Some(&slot.kind).filter(stands_in))?;
            fitted.push(Slot { kind, ..*slot });
            stay.push(place);
        }
        problem.allows(&fitted).then_some((fitted, stay))
    }
}

/// Whether a slot's pools have room beside the slots that are settled.
fn pool_holds(
    problem: &EvenPatterns,
    own: &Slot,
    place: usize,
    (settled, places): (&[Slot], &[usize]),
    filling: &Filling,
) -> bool {
    if problem.few.kinds[own.kind].pool.is_none() {
        return true;
    }
    let copies =
        |slot: &Slot, place: usize| slot.units * filling.loads[place].last().copied().unwrap_or(0);
    let others: u64 = (settled.iter().zip(places))
        .filter(|(slot, _)| problem.share_a_pool(slot, own))
        .map(|(slot, &place)| copies(slot, place))
        .sum();
    others + copies(own, place) <= problem.few.most_in_pool
}

/// Kinds that fewer than `most` cheaper ones hold at least as much as, in their order.
fn undominated(problem: &EvenPatterns, sorted: &[usize], most: usize) -> Vec<usize> {
    let is_covered = |by: usize, kind: &Kind| {
        let by = &problem.few.kinds[by];
        by.capacity
            .iter()
            .zip(&kind.capacity)
            .all(|(by, own)| by >= own)
            && by.most.iter().zip(&kind.most).all(|(by, own)| by >= own)
    };
    let mut kept: Vec<usize> = Vec::new();
    for &kind in sorted {
        let data = &problem.few.kinds[kind];
        let better = kept.iter().filter(|&&by| is_covered(by, data));
        if better.take(most).count() < most {
            kept.push(kind);
        }
    }
    kept
}
