//! The checker against rules written a second time: on tiny clusters it accepts the exhaustive optimum,
//! and it accepts a moved task exactly when the exhaustive solver's own rules do.

use crate::support::tiny::document;
use crate::support::tiny::exhaustive::{Filled, holds, solve};
use crate::support::{imported, tiny};
use bayplan::check::check;
use bayplan::domain::cluster::Cluster;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// Number of random clusters.
const CLUSTERS: u64 = 420;

/// Tasks moved at random in each.
const MOVES: usize = 20;

#[test]
fn the_checker_accepts_the_exhaustive_optimum() {
    let mut solved = 0;
    for seed in 0..CLUSTERS {
        let file = tiny::cluster(seed);
        let (cluster, catalogue) = (imported(&file), tiny::catalogue(seed));
        let optimum = solve(&cluster, &catalogue);
        let Some((_, fleet)) = &optimum.fleet else {
            continue;
        };
        solved += 1;
        let plan = document::plan_of(&cluster, &catalogue, fleet, &optimum.hopeless);
        let violations = check(&cluster, &catalogue, &plan);
        assert!(
            violations.is_empty(),
            "seed {seed}: {violations:#?}\n{file:#}\n{plan:#?}"
        );
    }
    assert!(solved * 10 >= CLUSTERS * 8, "{solved} of {CLUSTERS}");
}

#[test]
fn a_moved_task_is_a_violation_exactly_when_the_instance_cannot_hold_it() {
    let (mut accepted, mut rejected) = (0, 0);
    for seed in 0..CLUSTERS {
        let file = tiny::cluster(seed);
        let (cluster, catalogue) = (imported(&file), tiny::catalogue(seed));
        let optimum = solve(&cluster, &catalogue);
        let Some((_, fleet)) = &optimum.fleet else {
            continue;
        };
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        for _ in 0..MOVES {
            let Some(moved) = with_a_task_moved(fleet, &mut random) else {
                break;
            };
            let plan = document::plan_of(&cluster, &catalogue, &moved, &optimum.hopeless);
            let violations = check(&cluster, &catalogue, &plan);
            let possible = moved.iter().all(|filled| is_possible(&cluster, filled));
            assert_eq!(
                violations.is_empty(),
                possible,
                "seed {seed}: {violations:#?}\n{file:#}\n{plan:#?}"
            );
            if possible {
                accepted += 1;
            } else {
                rejected += 1;
            }
        }
    }
    assert!(accepted > 200 && rejected > 200, "{accepted}, {rejected}");
}

fn is_possible(cluster: &Cluster, filled: &Filled) -> bool {
    holds(cluster, &filled.kind, &filled.tasks)
}

/// The fleet with one task on another instance, if it has a task and another instance.
fn with_a_task_moved(fleet: &[Filled], random: &mut Xoshiro256PlusPlus) -> Option<Vec<Filled>> {
    let mut moved = fleet.to_vec();
    let loaded: Vec<usize> = (0..fleet.len())
        .filter(|&index| !fleet[index].tasks.is_empty())
        .collect();
    if loaded.is_empty() || fleet.len() < 2 {
        return None;
    }
    let from = loaded[random.random_range(0..loaded.len())];
    let to = (from + random.random_range(1..fleet.len())) % fleet.len();
    let position = random.random_range(0..moved[from].tasks.len());
    let task = moved[from].tasks.swap_remove(position);
    moved[to].tasks.push(task);
    Some(moved)
}
