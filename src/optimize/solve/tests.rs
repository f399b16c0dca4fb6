//! Hand-worked problems through the whole solve.

use super::*;
use crate::optimize::listener::Silent;
use crate::optimize::lp::failing;
use crate::optimize::problem::Cost;
use crate::optimize::problem::{BinLimit, BinType, ItemType};
use crate::optimize::stop::{Interrupt, Never};

fn bin(capacity: &[u64], cost: Cost) -> BinType {
    BinType {
        capacity: capacity.to_vec(),
        cost,
        admits: None,
        requires: None,
    }
}

fn item(size: &[u64], demand: u64) -> ItemType {
    ItemType {
        size: size.to_vec(),
        demand,
        max_per_bin: None,
    }
}

fn solved(problem: &Problem) -> Outcome {
    solve(problem, &Options::default(), &Never, &Silent).expect("the solver runs")
}

#[test]
fn the_cheapest_mix_of_two_types_is_found_and_proven() {
    // Seven items of 3: a bin of 10 holds three for 10, a bin of 3 holds one for 4. 2 × 10 + 1 × 4.
    let bins = vec![bin(&[10], 10), bin(&[3], 4)];
    let problem = Problem::try_new(1, bins, vec![item(&[3], 7)], vec![]).expect("valid");
    let outcome = solved(&problem);
    assert_eq!(
        (outcome.status, outcome.cost, outcome.bound),
        (Status::Optimal, 24, Some(24))
    );
    assert_eq!(outcome.packing.packed(&problem), vec![7]);
}

#[test]
fn two_dimensions_complement_each_other() {
    // Each bin takes one wide and one high item; either alone would waste half.
    let items = vec![item(&[8, 2], 5), item(&[2, 8], 5)];
    let problem = Problem::try_new(2, vec![bin(&[10, 10], 1)], items, vec![]).expect("valid");
    assert_eq!(solved(&problem).cost, 5);
}

#[test]
fn a_limit_forces_the_dearer_type() {
    let bins = vec![bin(&[4], 1), bin(&[4], 5)];
    let limit = BinLimit {
        bins: vec![0],
        upper: 2,
    };
    let problem = Problem::try_new(1, bins, vec![item(&[4], 3)], vec![limit]).expect("valid");
    let outcome = solved(&problem);
    assert_eq!((outcome.status, outcome.cost), (Status::Optimal, 7));
}

#[test]
fn what_the_limits_leave_out_is_missing_and_not_an_error() {
    let limit = BinLimit {
        bins: vec![0],
        upper: 2,
    };
    let problem =
        Problem::try_new(1, vec![bin(&[4], 1)], vec![item(&[4], 3)], vec![limit]).expect("valid");
    let outcome = solved(&problem);
    assert_eq!(outcome.status, Status::Incomplete);
    assert_eq!(outcome.missing, vec![1]);
}

#[test]
fn nothing_to_pack_costs_nothing() {
    let problem = Problem::try_new(1, vec![bin(&[4], 1)], vec![], vec![]).expect("valid");
    let outcome = solved(&problem);
    assert_eq!(
        (outcome.status, outcome.cost, outcome.bound),
        (Status::Optimal, 0, Some(0))
    );
}

#[test]
fn an_interrupt_at_once_still_gives_a_complete_packing() {
    let items = (1..40).map(|size| item(&[size, 41 - size], 30)).collect();
    let bins = vec![bin(&[100, 100], 10), bin(&[60, 200], 11), bin(&[41, 41], 5)];
    let problem = Problem::try_new(2, bins, items, vec![]).expect("valid");
    let interrupt = Interrupt::new();
    interrupt.raise();
    let outcome = solve(&problem, &Options::default(), &interrupt, &Silent).expect("runs");
    assert_eq!(
        (outcome.status, outcome.ending),
        (Status::Feasible, Ending::Stopped)
    );
    assert!(outcome.missing.iter().all(|&missing| missing == 0));
}

#[test]
fn the_gap_asked_for_ends_the_search() {
    let items = (1..30)
        .map(|size| item(&[3 * size, 97 - 2 * size], 17))
        .collect();
    let problem = Problem::try_new(2, vec![bin(&[300, 290], 10)], items, vec![]).expect("valid");
    let options = Options {
        gap: 0.5,
        ..Options::default()
    };
    let outcome = solve(&problem, &options, &Never, &Silent).expect("runs");
    assert!(matches!(outcome.ending, Ending::Gap | Ending::Optimal));
}

#[test]
fn a_packing_outlives_a_solver_that_fails_and_the_ending_says_so() {
    let items = (1..40).map(|size| item(&[size, 41 - size], 30)).collect();
    let bins = vec![bin(&[100, 100], 10), bin(&[60, 200], 11), bin(&[41, 41], 5)];
    let problem = Problem::try_new(2, bins, items, vec![]).expect("valid");
    for solves in [0, 1, 2] {
        let outcome = failing::after(solves, || {
            solve(&problem, &Options::default(), &Never, &Silent)
        });
        let outcome = outcome.expect("the greedy packing stands");
        let why = format!("{:?} after {solves}", outcome.ending);
        assert!(matches!(outcome.ending, Ending::SolverFailed(_)), "{why}");
        assert_eq!(outcome.status, Status::Feasible);
        assert!(outcome.missing.iter().all(|&missing| missing == 0));
    }
}

#[test]
fn a_solver_that_fails_before_everything_is_packed_is_an_error() {
    let limit = BinLimit {
        bins: vec![0],
        upper: 2,
    };
    let problem =
        Problem::try_new(1, vec![bin(&[4], 1)], vec![item(&[4], 3)], vec![limit]).expect("valid");
    let outcome = failing::after(0, || solve(&problem, &Options::default(), &Never, &Silent));
    assert!(outcome.is_err());
}
