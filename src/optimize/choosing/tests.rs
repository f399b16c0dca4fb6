//! Against every choice, each packed exhaustively.

use std::collections::HashMap;

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::bound::bound_at;
use super::generation::Generation;
use super::{Alternative, Choosing};
use crate::optimize::problem::{BinLimit, BinType, Cost, ItemType, Problem};
use crate::optimize::side_rows::{DemandGroup, SideRows};
use crate::optimize::stop::{Budget, Never, WorkMeter};

/// Two or three services of two or three sizes each, the larger ones of less weight, and a service without a choice.
fn case(seed: u64) -> Choosing {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let dimensions = random.random_range(1..=2_usize);
    let mut items = Vec::new();
    let mut groups = Vec::new();
    let mut choices = Vec::new();
    for _ in 0..random.random_range(2..=3) {
        let demand = random.random_range(1..=3_u64);
        let sizes = random.random_range(2..=3_u64);
        let own = (1..=sizes)
            .map(|size| {
                let item = items.len();
                items.push(ItemType {
                    size: (0..dimensions)
                        .map(|_| size + random.random_range(0..=1))
                        .collect(),
                    demand,
                    max_per_bin: (random.random_range(0..4_u32) == 0).then_some(1),
                });
                if random.random_range(0..4_u32) == 0 {
                    groups.push(DemandGroup {
                        items: vec![item],
                        extra: 0,
                        outside: Some(random.random_range(10..=80)),
                    });
                }
                Alternative {
                    items: vec![item],
                    weight: (sizes - size) as f64,
                }
            })
            .collect();
        choices.push(own);
    }
    items.push(ItemType {
        size: vec![1; dimensions],
        demand: random.random_range(0..=2),
        max_per_bin: None,
    });
    let kinds = random.random_range(1..=3_usize);
    let bins: Vec<BinType> = (0..kinds)
        .map(|index| BinType {
            // The first holds anything.
            capacity: (0..dimensions)
                .map(|_| random.random_range(if index == 0 { 4..=8 } else { 2..=10 }))
                .collect(),
            cost: random.random_range(20..=60),
            admits: None,
            requires: None,
        })
        .collect();
    let limits = if kinds > 1 && random.random_range(0..2_u32) == 0 {
        vec![BinLimit {
            bins: vec![1],
            upper: 1,
        }]
    } else {
        Vec::new()
    };
    let rows = SideRows {
        groups,
        ..SideRows::default()
    };
    let problem = Problem::try_new(dimensions, bins, items, limits)
        .and_then(|problem| problem.try_with_rows(rows))
        .expect("valid");
    Choosing::new(problem, choices).expect("each item once")
}

type Left = (Vec<u64>, u64);

/// The cheapest bins for what is left, with so many more of the limited kind.
fn packed(problem: &Problem, left: &Left, known: &mut HashMap<Left, Cost>) -> Cost {
    let Some(first) = left.0.iter().position(|&copies| copies > 0) else {
        return 0;
    };
    if let Some(&cost) = known.get(left) {
        return cost;
    }
    let mut least = Cost::MAX / 4;
    for (bin, of) in problem.bins().iter().enumerate() {
        let is_limited = problem
            .limits()
            .iter()
            .any(|limit| limit.bins.contains(&bin));
        if is_limited && left.1 == 0 {
            continue;
        }
        let mut contents = Vec::new();
        fillings(problem, (bin, first), &of.capacity, &left.0, &mut contents);
        for content in contents.iter().filter(|content| content[first] > 0) {
            let rest = left.0.iter().zip(content).map(|(left, own)| left - own);
            let next = (rest.collect(), left.1 - u64::from(is_limited));
            least = least.min(of.cost + packed(problem, &next, known));
        }
    }
    known.insert(left.clone(), least);
    least
}

/// All that a bin can hold of what is left, from an item on.
fn fillings(
    problem: &Problem,
    (bin, item): (usize, usize),
    room: &[u64],
    left: &[u64],
    found: &mut Vec<Vec<u64>>,
) {
    if item == left.len() {
        found.push(vec![0; left.len()]);
        return;
    }
    let size = &problem.items()[item].size;
    let most = problem.most_copies(bin, item).min(left[item]);
    for copies in 0..=most {
        let room: Option<Vec<u64>> = (room.iter().zip(size))
            .map(|(room, size)| room.checked_sub(size * copies))
            .collect();
        let Some(room) = room else { break };
        let before = found.len();
        fillings(problem, (bin, item + 1), &room, left, found);
        for content in &mut found[before..] {
            content[item] = copies;
        }
    }
}

/// The cheapest packing of each weight, by every choice and every way of serving groups outside.
fn optima(choosing: &Choosing) -> Vec<(f64, Cost)> {
    let problem = &choosing.problem;
    let mut known = HashMap::new();
    let mut chosen: Vec<Vec<usize>> = vec![Vec::new()];
    for choice in &choosing.choices {
        chosen = (chosen.iter())
            .flat_map(|before| {
                choice.iter().map(|&alternative| {
                    let mut with = before.clone();
                    with.push(alternative);
                    with
                })
            })
            .collect();
    }
    let mut optima = Vec::new();
    for alternatives in chosen {
        let weight = alternatives
            .iter()
            .map(|&it| choosing.alternatives[it].weight)
            .sum();
        let inside: Vec<u64> = (problem.items().iter().enumerate())
            .map(|(item, of)| match choosing.of_item[item] {
                Some(of) if !alternatives.contains(&of) => 0,
                _ => of.demand,
            })
            .collect();
        let groups: Vec<usize> = (0..problem.groups().len())
            .filter(|&group| inside[problem.groups()[group].items[0]] > 0)
            .collect();
        let least = (0..1_u32 << groups.len())
            .map(|outside| {
                let mut left = inside.clone();
                let mut cost = 0;
                for (at, &group) in groups.iter().enumerate() {
                    if outside >> at & 1 == 1 {
                        let group = &problem.groups()[group];
                        left[group.items[0]] = 0;
                        cost += group.outside.expect("a cost");
                    }
                }
                cost + packed(problem, &(left, 1), &mut known)
            })
            .min();
        optima.push((weight, least.expect("one at least")));
    }
    optima
}

#[test]
fn no_choice_of_any_weight_costs_less_than_its_bound() {
    let (mut bounds, mut costs) = (0, 0);
    for seed in 0..80 {
        let choosing = case(seed);
        let optima = optima(&choosing);
        let work = WorkMeter::new(u64::MAX);
        let budget = Budget::new(&Never, &work);
        let mut generation = Generation::try_new(&choosing, []).expect("an LP");
        let most = optima.iter().map(|(weight, _)| *weight).fold(0.0, f64::max);
        let mut last = Cost::MAX;
        for step in 0..=4_u32 {
            let weight = most * f64::from(step) / 4.0;
            generation.run(weight, budget).expect("an LP");
            let bound = bound_at(&generation.lines, weight).expect("a line");
            let least = (optima.iter())
                .filter(|(own, _)| *own <= weight + 1e-9)
                .map(|(_, cost)| *cost)
                .min()
                .expect("the largest sizes weigh nothing");
            assert!(bound <= least, "{seed} at {weight}: {bound} > {least}");
            assert!(bound <= last, "{seed}: the bound rises with the weight");
            last = bound;
            (bounds, costs) = (bounds + bound, costs + least);
        }
    }
    // And it says something: the rest is what whole bins take.
    assert!(bounds as f64 > 0.7 * costs as f64, "{bounds} of {costs}");
}

#[test]
fn an_item_of_two_alternatives_or_a_divided_group_is_no_choice() {
    let item = || ItemType {
        size: vec![1],
        demand: 1,
        max_per_bin: None,
    };
    let bin = BinType {
        capacity: vec![2],
        cost: 1,
        admits: None,
        requires: None,
    };
    let rows = SideRows {
        groups: vec![DemandGroup {
            items: vec![0, 1],
            extra: 0,
            outside: None,
        }],
        ..SideRows::default()
    };
    let problem = || {
        Problem::try_new(1, vec![bin.clone()], vec![item(), item()], vec![])
            .and_then(|problem| problem.try_with_rows(rows.clone()))
            .expect("valid")
    };
    let of = |items: &[usize]| Alternative {
        items: items.to_vec(),
        weight: 0.0,
    };
    assert!(Choosing::new(problem(), vec![vec![of(&[0, 1])]]).is_some());
    assert!(Choosing::new(problem(), vec![vec![of(&[0]), of(&[1])]]).is_none());
    assert!(Choosing::new(problem(), vec![vec![of(&[0, 1]), of(&[1])]]).is_none());
    assert!(Choosing::new(problem(), vec![vec![of(&[2])]]).is_none());
}
