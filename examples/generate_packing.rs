//! Writes a packing problem of a published class as JSON for `bayplan pack`.
//!
//!     cargo run --release --example generate_packing -- CLASS ITEMS SEED
//!
//! Classes, one bin of cost 1 unless said:
//! - `ct1` … `ct8`, `ct10`: two-dimensional vector packing, after Caprara & Toth, Discrete Applied Mathematics
//!   111, 2001. Sizes are uniform: ct1 [100, 400], ct2 [1, 1000], ct3 [200, 800], ct4 [50, 200], ct5 [25, 100] of 1000;
//!   ct6 [20, 100] of 150; ct7 and ct8 the same with a second size within 10 of the first, or 110 to 130 less the
//!   first; ct10 triplets that fill bins of 100. (Their class 9 is left out.)
//! - `uniform`, `triplet`: Falkenauer, Journal of Heuristics 2, 1996: [20, 100] of 150, and triplets of 1000.
//! - `scholl1`, `scholl2`, `scholl3`: Scholl, Klein & Jürgens, Computers & Operations Research 24, 1997: [1, 100] of 100;
//!   around a seventh of 1000 within a half; [20000, 35000] of 100000.
//! - `schwerin`: Schwerin & Wäscher, ITOR 4, 1997: [150, 200] of 1000.
//! - `triplet3`, `triplet5`, `triplet10`: triplets that fill bins of 100 in every one of so many dimensions.
//! - `variable`: five bins of 60 to 150 whose cost is their capacity, [1, 100]; `economies`: the same bins cheaper
//!   the larger, 100·⌈√capacity⌉ (after Crainic, Perboli, Rei & Tadei, Computers & Operations Research 38, 2011).

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command")]

use std::env;
use std::process::ExitCode;

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde_json::{Value, json};

type Random = Xoshiro256PlusPlus;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [class, items, seed] = &arguments[..] else {
        return usage("three arguments are wanted");
    };
    let (Ok(items), Ok(seed)) = (items.parse::<usize>(), seed.parse::<u64>()) else {
        return usage("ITEMS and SEED are whole numbers");
    };
    let mut random = Random::seed_from_u64(seed);
    let Some(problem) = problem(class, items, &mut random) else {
        return usage("the class is not known");
    };
    let (bins, sizes) = problem;
    println!(
        "{}",
        document(&format!("{class}_{items}_{seed}"), &bins, &sizes)
    );
    ExitCode::SUCCESS
}

fn usage(wrong: &str) -> ExitCode {
    eprintln!(
        "{wrong}\nusage: generate_packing CLASS ITEMS SEED; the classes are listed in the example's source"
    );
    ExitCode::from(2)
}

/// Capacity and cost of each bin, size of each item.
type Instance = (Vec<(Vec<u64>, u64)>, Vec<Vec<u64>>);

fn problem(class: &str, items: usize, random: &mut Random) -> Option<Instance> {
    let single = |capacity: &[u64], sizes| Some((vec![(capacity.to_vec(), 1)], sizes));
    let mut uniform = |dimensions: usize, low: u64, high: u64| -> Vec<Vec<u64>> {
        (0..items)
            .map(|_| {
                (0..dimensions)
                    .map(|_| random.random_range(low..=high))
                    .collect()
            })
            .collect()
    };
    match class {
        "ct1" => single(&[1000, 1000], uniform(2, 100, 400)),
        "ct2" => single(&[1000, 1000], uniform(2, 1, 1000)),
        "ct3" => single(&[1000, 1000], uniform(2, 200, 800)),
        "ct4" => single(&[1000, 1000], uniform(2, 50, 200)),
        "ct5" => single(&[1000, 1000], uniform(2, 25, 100)),
        "ct6" => single(&[150, 150], uniform(2, 20, 100)),
        "ct7" => single(
            &[150, 150],
            correlated(items, random, |first| (first - 10, first + 10)),
        ),
        "ct8" => single(
            &[150, 150],
            correlated(items, random, |first| (110 - first, 130 - first)),
        ),
        "ct10" => single(&[100; 2], triplets(items, 2, 100, random)),
        "uniform" => single(&[150], uniform(1, 20, 100)),
        "triplet" => single(&[1000], triplets(items, 1, 1000, random)),
        "scholl1" => single(&[100], uniform(1, 1, 100)),
        "scholl2" => single(&[1000], uniform(1, 72, 214)),
        "scholl3" => single(&[100_000], uniform(1, 20_000, 35_000)),
        "schwerin" => single(&[1000], uniform(1, 150, 200)),
        "triplet3" => single(&[100; 3], triplets(items, 3, 100, random)),
        "triplet5" => single(&[100; 5], triplets(items, 5, 100, random)),
        "triplet10" => single(&[100; 10], triplets(items, 10, 100, random)),
        "variable" => Some((several(|capacity| capacity), uniform(1, 1, 100))),
        "economies" => Some((several(concave), uniform(1, 1, 100))),
        _ => None,
    }
}

fn several(cost: fn(u64) -> u64) -> Vec<(Vec<u64>, u64)> {
    let capacities = [60, 80, 100, 120, 150].into_iter();
    capacities
        .map(|capacity| (vec![capacity], cost(capacity)))
        .collect()
}

/// 100 · ⌈√capacity⌉.
fn concave(capacity: u64) -> u64 {
    100 * (1..=capacity)
        .find(|root| root * root >= capacity)
        .unwrap_or(capacity)
}

fn correlated(items: usize, random: &mut Random, range: fn(u64) -> (u64, u64)) -> Vec<Vec<u64>> {
    (0..items)
        .map(|_| {
            let first = random.random_range(20..=100);
            let (low, high) = range(first);
            vec![first, random.random_range(low..=high)]
        })
        .collect()
}

/// Threes that fill a bin in every dimension: in each, one of the three has 38 to 49 % of the capacity, another from
/// a quarter to half the rest, the third what is left, in any order. Rounded down to a multiple of three.
fn triplets(items: usize, dimensions: usize, capacity: u64, random: &mut Random) -> Vec<Vec<u64>> {
    let mut sizes = Vec::new();
    for _ in 0..items / 3 {
        let mut three = [Vec::new(), Vec::new(), Vec::new()];
        for _ in 0..dimensions {
            let first = random.random_range(capacity * 38 / 100..=capacity * 49 / 100);
            let second = random.random_range(capacity / 4..=(capacity - first) / 2);
            let shares = [first, second, capacity - first - second];
            let turn = random.random_range(0..3_usize);
            for (place, size) in three.iter_mut().enumerate() {
                size.push(shares[(place + turn) % 3]);
            }
        }
        sizes.extend(three);
    }
    sizes
}

fn document(name: &str, bins: &[(Vec<u64>, u64)], sizes: &[Vec<u64>]) -> Value {
    let dimensions = bins[0].0.len();
    let bins: Vec<Value> = (bins.iter().enumerate())
        .map(|(index, (capacity, cost))| {
            json!({"id": format!("b{index}"), "capacity": capacity, "cost": cost, "limit": null})
        })
        .collect();
    let items: Vec<Value> = (sizes.iter().enumerate())
        .map(|(index, size)| json!({"id": format!("i{index}"), "size": size, "demand": 1}))
        .collect();
    let dims: Vec<String> = (0..dimensions).map(|d| format!("d{d}")).collect();
    json!({"name": name, "dims": dims, "bins": bins, "items": items})
}
