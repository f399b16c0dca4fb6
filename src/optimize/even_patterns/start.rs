//! Slots to begin with: those of a good packing, merged until they are few enough; or a few efficient ones.

use rand::prelude::*;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::EvenPatterns;
use super::fit::Families;
use super::moves::Moves;
use crate::optimize::few_patterns::Slot;

/// Of the cheapest slots, how many may be the next that is merged.
const CHEAPEST: usize = 3;
/// Part of the cost that slots over all places begin with.
const OVER_ALL: f64 = 0.6;

/// Known slots, the cheapest merged into others of the same places and firmness until at most so many are left.
pub fn merged(
    problem: &EvenPatterns,
    families: &Families,
    moves: &Moves<'_>,
    known: &[Slot],
    random: &mut Xoshiro256PlusPlus,
) -> Vec<Slot> {
    let mut slots = known.to_vec();
    while slots.len() > problem.few.slots {
        slots.sort_by_key(|slot| (std::cmp::Reverse(moves.cost(slot)), slot.kind, slot.units));
        let mates = |of: usize| -> Vec<usize> {
            let family = families.of(slots[of].kind);
            (0..slots.len())
                .filter(|&other| other != of && families.of(slots[other].kind) == family)
                .collect()
        };
        let with_mates: Vec<usize> = (0..slots.len())
            .rev()
            .filter(|&slot| !mates(slot).is_empty())
            .collect();
        let few = with_mates.len().min(CHEAPEST);
        let gone = if few > 0 {
            with_mates[random.random_range(0..few)]
        } else {
            slots.len() - 1
        };
        let mates = mates(gone);
        let into = mates.choose(random).copied().unwrap_or(0);
        let cost = moves.cost(&slots[gone]) + moves.cost(&slots[into]);
        if into == gone {
            break;
        }
        let family = families.of(slots[into].kind);
        if let Some(slot) = moves.at_about(cost as f64, family, random) {
            slots[into] = slot;
        }
        slots.remove(gone);
    }
    slots
}

/// A slot over all places of each firmness and one in each place, at about a cost together.
pub fn fresh(
    problem: &EvenPatterns,
    families: &Families,
    moves: &Moves<'_>,
    cost: f64,
    random: &mut Xoshiro256PlusPlus,
) -> Vec<Slot> {
    let largest = moves
        .place_sets()
        .iter()
        .map(|set| set.len())
        .max()
        .unwrap_or(1);
    let firm_needed = problem.few.items.iter().any(|item| item.firm > 0);
    let families_of = |size: usize| -> Vec<usize> {
        let mut found: Vec<usize> = (0..problem.few.kinds.len())
            .filter(|&kind| problem.places[kind].len() == size)
            .filter(|&kind| problem.few.kinds[kind].firm || !firm_needed || size > 1)
            .map(|kind| families.of(kind))
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    };
    let mut wanted: Vec<(usize, f64)> = Vec::new();
    let over_all = families_of(largest);
    for &family in &over_all {
        wanted.push((family, OVER_ALL * cost / over_all.len() as f64));
    }
    if largest > 1 {
        let single = families_of(1);
        if single.len() + wanted.len() <= problem.few.slots {
            for &family in &single {
                wanted.push((family, (1.0 - OVER_ALL) * cost / single.len() as f64));
            }
        }
    }
    wanted.truncate(problem.few.slots.max(1));
    (wanted.into_iter())
        .filter_map(|(family, cost)| moves.at_about(cost, family, random))
        .collect()
}
