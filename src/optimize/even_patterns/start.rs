//! Slots to begin with: those of a good packing, merged until they are few enough; or a few efficient ones.

use rand::prelude::*;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::EvenPatterns;
use super::fit::Families;
use super::moves::Moves;
use crate::optimize::few_patterns::Slot;

/// Of the cheapest slots, how many may be the next that is merged.
const CHEAPEST: usize = 3;
/// Most slots of a firmness over all places to begin with.
const MOST_OVER_ALL: usize = 3;
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
    let order = |slot: &Slot| (std::cmp::Reverse(moves.cost(slot)), slot.kind, slot.units);
    let mut slots = known.to_vec();
    if slots.len() <= problem.few.slots {
        return slots;
    }
    slots.sort_by_key(order);
    let mut of_family = vec![0_usize; families.count()];
    for slot in &slots {
        of_family[families.of(slot.kind)] += 1;
    }
    while slots.len() > problem.few.slots {
        let with_mates = (0..slots.len()).rev();
        let with_mates: Vec<usize> = with_mates
            .filter(|&slot| of_family[families.of(slots[slot].kind)] > 1)
            .take(CHEAPEST)
            .collect();
        let gone = if with_mates.is_empty() {
            slots.len() - 1
        } else {
            with_mates[random.random_range(0..with_mates.len())]
        };
        let family = families.of(slots[gone].kind);
        let mates: Vec<usize> = (0..slots.len())
            .filter(|&other| other != gone && families.of(slots[other].kind) == family)
            .collect();
        let into = mates.choose(random).copied().unwrap_or(0);
        let cost = moves.cost(&slots[gone]) + moves.cost(&slots[into]);
        if into == gone {
            break;
        }
        let family = families.of(slots[into].kind);
        let merged = moves.at_about(cost as f64, family, random);
        let slot = merged.unwrap_or_else(|| slots[into].clone());
        for place in [gone, into] {
            of_family[families.of(slots[place].kind)] -= 1;
        }
        of_family[families.of(slot.kind)] += 1;
        slots[into] = slot;
        slots.remove(gone);
        if slots.len() > problem.few.slots {
            // Only that one can be out of order.
            let slot = slots.remove(if gone < into { into - 1 } else { into });
            let place = slots.partition_point(|other| order(other) <= order(&slot));
            slots.insert(place, slot);
        }
    }
    slots
}

/// Slots over all places of each firmness and some in each place, at about a cost together.
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
    let single = if largest > 1 {
        families_of(1)
    } else {
        Vec::new()
    };
    // So many slots of each family of either sort, one of each at least where there is room for them.
    let ways: Vec<(usize, usize)> = (1..=MOST_OVER_ALL)
        .flat_map(|all| (1..=problem.few.slots).map(move |each| (all, each)))
        .filter(|&(all, each)| {
            !single.is_empty() && all * over_all.len() + each * single.len() <= problem.few.slots
        })
        .collect();
    let way = ways.choose(random).copied();
    let (all, each) = way.unwrap_or((1, 0));
    let part = if each > 0 { OVER_ALL } else { 1.0 };
    for _ in 0..all {
        for &family in &over_all {
            wanted.push((family, part * cost / (all * over_all.len()) as f64));
        }
    }
    for _ in 0..each {
        for &family in &single {
            wanted.push((family, (1.0 - part) * cost / (each * single.len()) as f64));
        }
    }
    wanted.truncate(problem.few.slots.max(1));
    (wanted.into_iter())
        .filter_map(|(family, cost)| moves.at_about(cost, family, random))
        .collect()
}
