//! The tree over numbers of bins, against problems whose optimum is known.

use super::*;
use crate::optimize::heuristics::first_fit::first_fit;
use crate::optimize::problem::{BinLimit, BinType, ItemType};
use crate::optimize::stop::{Never, WorkMeter};
use proptest::prelude::*;

fn problem(bins: &[(u64, Cost, &[usize])], items: &[(u64, u64)]) -> Problem {
    let bins = (bins.iter())
        .map(|&(capacity, cost, admits)| BinType {
            capacity: vec![capacity],
            cost,
            admits: Some(admits.to_vec()),
            requires: None,
        })
        .collect();
    let items = (items.iter())
        .map(|&(size, demand)| ItemType {
            size: vec![size],
            demand,
            max_per_bin: None,
        })
        .collect();
    Problem::try_new(1, bins, items, vec![]).expect("valid")
}

/// Cost of the best packing found and the bound of the finished tree.
fn searched(problem: &Problem) -> (Cost, f64) {
    let start = first_fit(problem, &Never);
    let mut cost = start.cost(problem);
    let mut tree = Counts::new(problem, 1, 0.0, None);
    tree.learn(start.bins.into_iter().map(|(pattern, _)| pattern));
    let work = WorkMeter::new(u64::MAX);
    while let Some(packing) = tree.run(cost, Budget::new(&Never, &work)).expect("runs") {
        assert!(packing.cost(problem) < cost);
        assert!(packing.missing(problem).iter().all(|&copies| copies == 0));
        cost = packing.cost(problem);
    }
    (cost, tree.bound())
}

/// Least cost by looking at every way of opening bins and packing them: small capacities alone.
fn optimum(problem: &Problem, left: &[u64], best: Cost) -> Cost {
    let Some(item) = left.iter().position(|&copies| copies > 0) else {
        return 0;
    };
    // Some bin holds a copy of the first item that is left: try every type and content of it.
    let mut least = best;
    for (bin, data) in problem.bins().iter().enumerate() {
        if data.cost >= least || !problem.fits(bin, item) {
            continue;
        }
        let mut contents = vec![(vec![0; left.len()], data.capacity[0])];
        for other in item..left.len() {
            let most = |room: u64| {
                let fitting = problem.most_copies(bin, other).min(left[other]);
                fitting.min(room / problem.items()[other].size[0])
            };
            let fewest = u64::from(other == item);
            contents = (contents.into_iter())
                .flat_map(|(content, room)| {
                    let size = problem.items()[other].size[0];
                    (fewest..=most(room)).map(move |copies| {
                        let mut content = content.clone();
                        content[other] = copies;
                        (content, room - copies * size)
                    })
                })
                .collect();
        }
        for (content, _) in contents {
            let rest: Vec<u64> = left.iter().zip(&content).map(|(a, b)| a - b).collect();
            let cost = data.cost + optimum(problem, &rest, least - data.cost);
            least = least.min(cost);
        }
    }
    least
}

#[test]
fn half_a_dear_bin_is_not_bought() {
    // The linear program takes half of the bin of 20 for 10; the packing needs two of 5 for 8, or the whole one.
    let problem = problem(&[(20, 10, &[0]), (5, 8, &[0])], &[(5, 2)]);
    let (cost, bound) = searched(&problem);
    assert_eq!(cost, 10);
    assert!(bound >= 10.0, "{bound}");
}

#[test]
fn limits_on_bins_hold_in_every_branch() {
    let limited = problem(&[(9, 3, &[0, 1]), (30, 11, &[0, 1])], &[(4, 4), (5, 3)]);
    let limit = BinLimit {
        bins: vec![0],
        upper: 1,
    };
    let (bins, items) = (limited.bins().to_vec(), limited.items().to_vec());
    let limited = Problem::try_new(1, bins, items, vec![limit]).expect("valid");
    // Thirty-one units: the bin of 30 and the one of 9 that is allowed hold them for 14; without the limit four of 9 do for 12.
    let (cost, bound) = searched(&limited);
    assert_eq!(cost, 14);
    assert!(bound > 12.0 && bound.min(cost as f64) <= 14.0, "{bound}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn no_bound_is_above_the_optimum(
        bins in prop::collection::vec((3_u64..12, 1_i64..15, 0_usize..3), 1..4),
        items in prop::collection::vec((1_u64..6, 1_u64..3), 1..4),
    ) {
        let every: Vec<usize> = (0..items.len()).collect();
        let first = [0];
        let mut types: Vec<(u64, Cost, &[usize])> = (bins.iter())
            .map(|&(capacity, cost, kind)| (capacity, cost, if kind == 0 { &first[..] } else { &every }))
            .collect();
        // A bin for everything, so that there is a packing.
        types.push((12, 14, &every));
        let problem = problem(&types, &items);
        let left: Vec<u64> = items.iter().map(|&(_, demand)| demand).collect();
        let least = optimum(&problem, &left, 10_000);
        let (cost, bound) = searched(&problem);
        prop_assert!(bound.min(cost as f64) <= least as f64 + 1e-6, "{bound} {least}");
        prop_assert!(cost >= least);
    }
}
