//! The tree alone, against problems whose optimum is known.

use super::*;
use crate::optimize::heuristics::first_fit::first_fit;
use crate::optimize::problem::{BinType, ItemType};
use crate::optimize::stop::{Never, WorkMeter};
use proptest::prelude::*;

fn problem(bins: &[(u64, Cost)], sizes: &[u64]) -> Problem {
    let bins = (bins.iter())
        .map(|&(capacity, cost)| BinType {
            capacity: vec![capacity],
            cost,
            admits: None,
            requires: None,
        })
        .collect();
    let items = (sizes.iter())
        .map(|&size| ItemType {
            size: vec![size],
            demand: 1,
            max_per_bin: None,
        })
        .collect();
    Problem::try_new(1, bins, items, vec![]).expect("valid")
}

/// Cost of the best packing and the bound of the finished tree.
fn solved(problem: &Problem) -> (Cost, f64) {
    let start = first_fit(problem, &Never);
    let patterns: Vec<Pattern> = start.bins.iter().map(|(p, _)| p.clone()).collect();
    let mut cost = start.cost(problem);
    let mut tree = Tree::new(problem, 1, 0.0, &patterns).expect("plain");
    let work = WorkMeter::new(u64::MAX);
    while let Some(packing) = tree.run(cost, Budget::new(&Never, &work)).expect("runs") {
        assert!(packing.cost(problem) < cost);
        assert!(packing.missing(problem).iter().all(|&missing| missing == 0));
        cost = packing.cost(problem);
    }
    (cost, tree.bound())
}

/// Every way to pack the items, one item after another into the bins opened so far or a new one.
fn exhaustive(bins: &[(u64, Cost)], sizes: &[u64], open: &mut Vec<u64>) -> Cost {
    let Some((&size, rest)) = sizes.split_first() else {
        // The cheapest bin for each load.
        let cost = |&load: &u64| {
            bins.iter()
                .filter(|bin| bin.0 >= load)
                .map(|bin| bin.1)
                .min()
        };
        return open
            .iter()
            .map(|load| cost(load).unwrap_or(1_000_000))
            .sum();
    };
    let mut best = Cost::MAX;
    for place in 0..open.len() {
        open[place] += size;
        best = best.min(exhaustive(bins, rest, open));
        open[place] -= size;
    }
    open.push(size);
    best = best.min(exhaustive(bins, rest, open));
    open.pop();
    best
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn the_finished_tree_proves_the_optimum(
        sizes in prop::collection::vec(2u64..10, 3..8),
        second in (6u64..14, 3i64..9),
    ) {
        let bins = [(10, 6), second];
        let problem = problem(&bins, &sizes);
        let (cost, bound) = solved(&problem);
        prop_assert_eq!(cost, exhaustive(&bins, &sizes, &mut Vec::new()));
        prop_assert!(bound >= cost as f64 - 1.0 + 1e-6, "{bound} {cost}");
    }
}
