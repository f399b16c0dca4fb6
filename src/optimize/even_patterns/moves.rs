//! Neighbours of slots: one change of kinds, units, places or the way of buying.

use std::collections::BTreeMap;

use rand::prelude::*;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::EvenPatterns;
use super::fill::Filling;
use super::fit::Families;
use crate::optimize::few_patterns::Slot;
use crate::optimize::few_patterns::draw::by_efficiency;
use crate::optimize::problem::Cost;
use crate::optimize::stop::Stop;

/// Kinds of a family that are drawn, the most efficient.
const MOST_KINDS: usize = 40;
/// What twice the units count as beside the cost that a slot is off, over that cost.
const PER_DOUBLING: f64 = 0.05;
/// Changes of units or kind that slots of the same make and units in other places follow.
const TOGETHER: f64 = 0.35;
/// Kinds looked at for one of about a given cost.
const TRIES: usize = 6;

/// What moves draw from.
#[derive(Debug)]
pub struct Moves<'a> {
    problem: &'a EvenPatterns,
    families: &'a Families,
    /// By family, the most efficient first.
    ranked: Vec<Vec<usize>>,
    /// Kinds by make and places.
    siblings: BTreeMap<(usize, &'a [usize]), usize>,
    /// Sets of places, each once.
    place_sets: Vec<&'a [usize]>,
    /// Most tasks in one place of items that need kinds of their own.
    most_needed: u64,
}

/// Most tasks in one place of items that need kinds of their own: each of their bins holds one of those tasks, but for
/// one that may be lost.
fn most_needed(problem: &EvenPatterns) -> u64 {
    (problem.needy.iter())
        .map(|&item| {
            let places = problem.even_over[item].as_ref().map_or(1, Vec::len) as u64;
            problem.few.items[item].demand.div_ceil(places.max(1))
        })
        .sum::<u64>()
        .max(1)
        + u64::from(problem.few.loses_a_bin)
}

impl<'a> Moves<'a> {
    /// Moves over a problem, whose items' copies are worth `values`; `None` where it is to stop before the kinds are rated.
    pub fn new(
        problem: &'a EvenPatterns,
        families: &'a Families,
        values: &[f64],
        stop: &dyn Stop,
    ) -> Option<Self> {
        let sorted = by_efficiency(&problem.few, values, stop)?;
        let family_count = (0..problem.few.kinds.len())
            .map(|kind| families.of(kind) + 1)
            .max()
            .unwrap_or(0);
        let mut ranked = vec![Vec::new(); family_count];
        for kind in sorted {
            let family = families.of(kind);
            let useful = families.kinds(family).contains(&kind);
            if useful && ranked[family].len() < MOST_KINDS {
                ranked[family].push(kind);
            }
        }
        let siblings = (problem.places.iter().enumerate())
            .map(|(kind, places)| ((problem.makes[kind], places.as_slice()), kind))
            .collect();
        let mut place_sets: Vec<&[usize]> = problem.places.iter().map(Vec::as_slice).collect();
        place_sets.sort_unstable();
        place_sets.dedup();
        Some(Self {
            problem,
            families,
            ranked,
            siblings,
            place_sets,
            most_needed: most_needed(problem),
        })
    }

    /// The kind of the same make over other places.
    pub fn sibling(&self, kind: usize, places: &[usize]) -> Option<usize> {
        self.siblings
            .get(&(self.problem.makes[kind], places))
            .copied()
    }

    /// Sets of places that slots may have.
    pub fn place_sets(&self) -> &[&'a [usize]] {
        &self.place_sets
    }

    /// What a slot costs.
    pub fn cost(&self, slot: &Slot) -> Cost {
        self.problem.few.cost(std::slice::from_ref(slot))
    }

    /// A kind of a family, the efficient ones more often.
    pub fn draw(&self, family: usize, random: &mut Xoshiro256PlusPlus) -> Option<usize> {
        let ranked = &self.ranked[family];
        let spread = random.random::<f64>();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let place = (spread * spread * ranked.len() as f64) as usize;
        ranked
            .get(place.min(ranked.len().saturating_sub(1)))
            .copied()
    }

    /// A slot of a family at about a cost: of a few draws, the closest, few units counting as close as well: an item
    /// with fewer tasks in a place than a slot has units there cannot fill it.
    pub fn at_about(
        &self,
        cost: f64,
        family: usize,
        random: &mut Xoshiro256PlusPlus,
    ) -> Option<Slot> {
        let mut best: Option<(f64, Slot)> = None;
        for _ in 0..TRIES {
            let kind = self.draw(family, random)?;
            let slot = self.of_kind(cost, kind);
            let off = (self.cost(&slot) as f64 - cost).abs() / cost.max(1.0)
                + PER_DOUBLING * (slot.units as f64).log2();
            if best.as_ref().is_none_or(|(least, _)| off < *least) {
                best = Some((off, slot));
            }
        }
        best.map(|(_, slot)| slot)
    }

    /// Units of a kind at about a cost, at least one.
    fn of_kind(&self, cost: f64, kind: usize) -> Slot {
        let each = self.problem.few.kinds[kind].cost.max(1) as f64;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let units = (cost / each).round().max(1.0) as u64;
        let units = units.min(self.most_units(kind));
        Slot { kind, units }
    }

    /// Most units of a kind that are of use, where each of its bins is to hold a task that needs it.
    pub fn most_units(&self, kind: usize) -> u64 {
        if self.problem.only_needed[kind] {
            self.most_needed
        } else {
            u64::MAX
        }
    }

    /// Changed slots with the filling to go on from; `None` where the change drawn is not possible.
    pub fn neighbour(
        &self,
        slots: &[Slot],
        filling: &Filling,
        random: &mut Xoshiro256PlusPlus,
    ) -> Option<(Vec<Slot>, Filling)> {
        let mut next = (slots.to_vec(), filling.clone());
        let place = random.random_range(0..slots.len());
        match random.random_range(0..100) {
            0..16 => {
                Self::resize(&mut next.0[place], random);
                self.follow(slots, &mut next.0, place, random);
            }
            16..44 => {
                self.retype(&mut next.0[place], random)?;
                self.follow(slots, &mut next.0, place, random);
            }
            44..62 => self.shift(&mut next.0, place, random)?,
            62..72 => self.split(&mut next, place, random)?,
            72..82 => self.merge(&mut next, place, random)?,
            82..88 => self.mirror(&mut next, place, random)?,
            88..95 => self.other_places(&mut next, place, random)?,
            _ => self.other_family(&mut next.0[place], random)?,
        }
        let changed = next.0 != slots;
        (changed && self.problem.allows(&next.0)).then_some(next)
    }

    /// Slots that were as the changed one was, but for their places, change as it did, or none of them.
    fn follow(
        &self,
        before: &[Slot],
        next: &mut [Slot],
        changed: usize,
        random: &mut Xoshiro256PlusPlus,
    ) {
        if !random.random_bool(TOGETHER) {
            return;
        }
        let (old, new) = (&before[changed], next[changed].clone());
        for (other, slot) in before.iter().enumerate() {
            let is_alike = other != changed
                && slot.units == old.units
                && self.problem.makes[slot.kind] == self.problem.makes[old.kind];
            let places = &self.problem.places[slot.kind];
            if let Some(kind) = is_alike.then(|| self.sibling(new.kind, places)).flatten() {
                next[other] = Slot { kind, ..new };
            }
        }
    }

    fn resize(slot: &mut Slot, random: &mut Xoshiro256PlusPlus) {
        let by = random.random_range(1..=(slot.units / 8).max(1));
        slot.units = if random.random_bool(0.55) {
            slot.units.saturating_sub(by).max(1)
        } else {
            slot.units + by
        };
    }

    fn retype(&self, slot: &mut Slot, random: &mut Xoshiro256PlusPlus) -> Option<()> {
        let family = self.families.of(slot.kind);
        *slot = if random.random_bool(0.5) {
            let factor = random.random_range(0.7..1.3);
            self.at_about(self.cost(slot) as f64 * factor, family, random)?
        } else {
            let kind = self.draw(family, random)?;
            Slot { kind, ..*slot }
        };
        Some(())
    }

    /// Part of one slot's cost goes to another.
    fn shift(
        &self,
        slots: &mut [Slot],
        place: usize,
        random: &mut Xoshiro256PlusPlus,
    ) -> Option<()> {
        let other = random.random_range(0..slots.len());
        if other == place {
            return None;
        }
        let cost = self.cost(&slots[place]) as f64;
        let moved = cost * random.random_range(0.1..0.6);
        let more = self.cost(&slots[other]) as f64 + moved;
        slots[place] = self.at_about(cost - moved, self.families.of(slots[place].kind), random)?;
        slots[other] = self.at_about(more, self.families.of(slots[other].kind), random)?;
        Some(())
    }

    fn split(
        &self,
        next: &mut (Vec<Slot>, Filling),
        place: usize,
        random: &mut Xoshiro256PlusPlus,
    ) -> Option<()> {
        let (slots, filling) = next;
        if slots.len() >= self.problem.few.slots {
            return None;
        }
        let cost = self.cost(&slots[place]) as f64;
        let part = cost * random.random_range(0.2..0.8);
        let family = self.families.of(slots[place].kind);
        slots[place] = self.at_about(cost - part, family, random)?;
        slots.push(self.at_about(part, family, random)?);
        filling.push_like(place);
        Some(())
    }

    fn merge(
        &self,
        next: &mut (Vec<Slot>, Filling),
        place: usize,
        random: &mut Xoshiro256PlusPlus,
    ) -> Option<()> {
        let (slots, filling) = next;
        if slots.len() < 2 {
            return None;
        }
        let gone = slots.remove(place);
        filling.remove(place);
        let family = self.families.of(gone.kind);
        let mates: Vec<usize> = (0..slots.len())
            .filter(|&other| self.families.of(slots[other].kind) == family)
            .collect();
        let into = mates
            .choose(random)
            .copied()
            .unwrap_or_else(|| random.random_range(0..slots.len()));
        let cost = self.cost(&slots[into]) as f64
            + self.cost(&gone) as f64 * random.random_range(0.5..1.0);
        slots[into] = self.at_about(cost, self.families.of(slots[into].kind), random)?;
        Some(())
    }

    /// The slots of one place become those of another.
    fn mirror(
        &self,
        next: &mut (Vec<Slot>, Filling),
        place: usize,
        random: &mut Xoshiro256PlusPlus,
    ) -> Option<()> {
        let (slots, filling) = next;
        let from = &self.problem.places[slots[place].kind];
        let to = *self.place_sets.choose(random)?;
        if from.len() != 1 || to.len() != 1 || from.as_slice() == to {
            return None;
        }
        for gone in (0..slots.len()).rev() {
            if self.problem.places[slots[gone].kind] == to {
                slots.remove(gone);
                filling.remove(gone);
            }
        }
        for known in 0..slots.len() {
            if self.problem.places[slots[known].kind] == *from {
                let kind = self.sibling(slots[known].kind, to)?;
                slots.push(Slot {
                    kind,
                    ..slots[known]
                });
                filling.push_like(known);
            }
        }
        Some(())
    }

    /// A slot moves to other places; one over several places becomes one in each, where there is room for them.
    fn other_places(
        &self,
        next: &mut (Vec<Slot>, Filling),
        place: usize,
        random: &mut Xoshiro256PlusPlus,
    ) -> Option<()> {
        let (slots, filling) = next;
        let own = self.problem.places[slots[place].kind].as_slice();
        if own.len() > 1 && random.random_bool(0.5) {
            let old = slots[place].clone();
            for (step, &single) in own.iter().enumerate() {
                let kind = self.sibling(old.kind, &[single])?;
                let slot = Slot {
                    kind,
                    units: old.units,
                };
                if step == 0 {
                    slots[place] = slot;
                } else {
                    slots.push(slot);
                    filling.push_like(place);
                }
            }
            return Some(());
        }
        let to = *self.place_sets.choose(random)?;
        slots[place].kind = self.sibling(slots[place].kind, to)?;
        Some(())
    }

    /// A slot is bought in another way, or is of a sort that takes other items.
    fn other_family(&self, slot: &mut Slot, random: &mut Xoshiro256PlusPlus) -> Option<()> {
        let places = &self.problem.places[slot.kind];
        let own = self.families.of(slot.kind);
        let others: Vec<usize> = (0..self.ranked.len())
            .filter(|&family| family != own)
            .filter(|&family| {
                let first = self.ranked[family].first();
                first.is_some_and(|&kind| self.problem.places[kind] == *places)
            })
            .collect();
        let family = one_of(&others, random)?;
        *slot = self.at_about(self.cost(slot) as f64, family, random)?;
        Some(())
    }
}

/// One of some families; of one alone, without drawing.
pub fn one_of(families: &[usize], random: &mut Xoshiro256PlusPlus) -> Option<usize> {
    match families {
        [only] => Some(*only),
        _ => families.choose(random).copied(),
    }
}
