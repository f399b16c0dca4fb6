//! Slots to begin with: those of a good packing, merged until they are few enough; or a few efficient ones.

use std::collections::{BTreeMap, BTreeSet};

use rand::prelude::*;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::EvenPatterns;
use super::fit::Families;
use super::moves::{Moves, one_of};
use crate::optimize::few_patterns::Slot;

/// Of the cheapest slots, how many may be the next that is merged.
const CHEAPEST: usize = 3;
/// Most slots of a firmness over all places to begin with.
const MOST_OVER_ALL: usize = 3;
/// Draws of families until every item can be held.
const MOST_DRAWS: usize = 16;
/// Part of the cost that slots over all places begin with.
const OVER_ALL: f64 = 0.6;

/// Known slots, the cheapest merged into others of their family until at most so many are left; drawn anew where some item has
/// no slots then that hold it.
pub fn merged(
    problem: &EvenPatterns,
    families: &Families,
    moves: &Moves<'_>,
    known: &[Slot],
    random: &mut Xoshiro256PlusPlus,
) -> Vec<Slot> {
    let mut slots = merged_once(problem, families, moves, known, random);
    for _ in 0..MOST_DRAWS {
        let wanted: Vec<(usize, f64)> = (slots.iter())
            .map(|slot| (families.of(slot.kind), 0.0))
            .collect();
        if holds_all(problem, families, &wanted) {
            break;
        }
        slots = merged_once(problem, families, moves, known, random);
    }
    slots
}

fn merged_once(
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

/// Slots over all places of each firmness and some in each place, at about a cost together, beside those that items ask for
/// which need kinds of their own.
pub fn fresh(
    problem: &EvenPatterns,
    families: &Families,
    moves: &Moves<'_>,
    cost: f64,
    random: &mut Xoshiro256PlusPlus,
) -> Vec<Slot> {
    let needed = needed(problem, families, moves, random);
    let spent: f64 = needed.iter().map(|slot| moves.cost(slot) as f64).sum();
    let most = problem.few.slots.saturating_sub(needed.len()).max(1);
    let cost = (cost - spent).max(cost / 2.0);
    let mut wanted = open(problem, families, moves, (cost, most), random);
    for _ in 0..MOST_DRAWS {
        if holds_all(problem, families, &wanted) {
            break;
        }
        wanted = open(problem, families, moves, (cost, most), random);
    }
    let others = (wanted.into_iter())
        .filter_map(|(family, cost)| moves.at_about(cost, family, random))
        .collect::<Vec<Slot>>();
    needed.into_iter().chain(others).collect()
}

/// Families that any item may use, each with about what its slot is to cost: of those over the same places and of the same
/// firmness, one is drawn for each slot.
fn open(
    problem: &EvenPatterns,
    families: &Families,
    moves: &Moves<'_>,
    (cost, most): (f64, usize),
    random: &mut Xoshiro256PlusPlus,
) -> Vec<(usize, f64)> {
    let sizes = moves.place_sets().iter().map(|set| set.len());
    let largest = sizes.max().unwrap_or(1);
    let firm_needed = problem.few.items.iter().any(|item| item.firm > 0);
    let markets_of = |size: usize| -> Vec<Vec<usize>> {
        let mut found: BTreeMap<(&[usize], bool), Vec<usize>> = BTreeMap::new();
        for (kind, data) in problem.few.kinds.iter().enumerate() {
            let places = problem.places[kind].as_slice();
            let is_bought = data.firm || !firm_needed || size > 1;
            if places.len() == size && is_bought && !problem.only_needed[kind] {
                let market = found.entry((places, data.firm)).or_default();
                if !market.contains(&families.of(kind)) {
                    market.push(families.of(kind));
                }
            }
        }
        found.into_values().collect()
    };
    let over_all = markets_of(largest);
    let single = if largest > 1 {
        markets_of(1)
    } else {
        Vec::new()
    };
    // So many slots of each market of either sort, one of each at least where there is room for them.
    let ways: Vec<(usize, usize)> = (1..=MOST_OVER_ALL)
        .flat_map(|all| (1..=most).map(move |each| (all, each)))
        .filter(|&(all, each)| {
            !single.is_empty() && all * over_all.len() + each * single.len() <= most
        })
        .collect();
    let way = ways.choose(random).copied();
    let (all, each) = way.unwrap_or((1, 0));
    let part = if each > 0 { OVER_ALL } else { 1.0 };
    let mut wanted: Vec<(usize, f64)> = Vec::new();
    for (times, markets, part) in [(all, &over_all, part), (each, &single, 1.0 - part)] {
        for market in (0..times).flat_map(|_| markets) {
            let family = one_of(market, random);
            wanted.extend(
                family.map(|family| (family, part * cost / (times * markets.len()) as f64)),
            );
        }
    }
    wanted.truncate(most);
    wanted
}

/// Whether every item that needs no kinds of its own has slots that hold it: over its places, or in each of them.
fn holds_all(problem: &EvenPatterns, families: &Families, wanted: &[(usize, f64)]) -> bool {
    let of_item = |item: usize| {
        let reached: BTreeSet<usize> = (wanted.iter())
            .map(|&(family, _)| families.kinds(family)[0])
            .filter(|&kind| families.most(kind, item) > 0)
            .flat_map(|kind| problem.places[kind].iter().copied())
            .collect();
        match &problem.even_over[item] {
            Some(places) => places.iter().all(|place| reached.contains(place)),
            None => !reached.is_empty(),
        }
    };
    (0..problem.few.items.len())
        .filter(|item| !problem.needy.contains(item))
        .all(of_item)
}

/// Slots for items that need kinds of their own, each of one unit: in so many places as an item has tasks, or over all of
/// them.
fn needed(
    problem: &EvenPatterns,
    families: &Families,
    moves: &Moves<'_>,
    random: &mut Xoshiro256PlusPlus,
) -> Vec<Slot> {
    let mut slots: Vec<Slot> = Vec::new();
    for &item in &problem.needy {
        let data = &problem.few.items[item];
        let takes = |slot: &Slot| families.most(slot.kind, item) > 0;
        let there: BTreeSet<usize> = (slots.iter().filter(|slot| takes(slot)))
            .flat_map(|slot| problem.places[slot.kind].iter().copied())
            .collect();
        let mut own: Vec<Vec<usize>> = match &problem.even_over[item] {
            Some(places) if data.demand >= places.len() as u64 => vec![places.clone()],
            Some(places) => places.iter().map(|&place| vec![place]).collect(),
            None => moves.place_sets().iter().map(|set| set.to_vec()).collect(),
        };
        own.shuffle(random);
        own.retain(|places| !places.iter().all(|place| there.contains(place)));
        let most = match &problem.even_over[item] {
            Some(_) => usize::try_from(data.demand).unwrap_or(usize::MAX),
            None => 1,
        };
        let missing = most.saturating_sub(there.len());
        let is_firm = data.firm > 0;
        for places in own.into_iter().take(missing) {
            let market: Vec<usize> = (0..families.count())
                .filter(|&family| {
                    let kind = families.kinds(family)[0];
                    problem.only_needed[kind]
                        && problem.places[kind] == places
                        && (problem.few.kinds[kind].firm || !is_firm)
                        && families.most(kind, item) > 0
                })
                .collect();
            let slot =
                one_of(&market, random).and_then(|family| moves.at_about(0.0, family, random));
            slots.extend(slot.map(|slot| Slot { units: 1, ..slot }));
        }
    }
    slots
}
