//! The random clusters of the whole model are worth planning: every rule takes part in many of them and
//! decides the answer of some. And their exhaustive solver agrees with the one of the smaller model.

// How often each rule takes part is worth reading.
#![allow(clippy::print_stdout)]

use crate::support::exhaustive::{Optimum, solve};
use crate::support::rules::{Case, RULES};
use crate::support::tiny::{self, exhaustive as smaller};
use crate::support::{CLUSTERS, Solved, imported, solved};

#[test]
fn every_rule_takes_part_in_many_feasible_clusters_and_decides_some() {
    let mut seen = vec![(0, 0); RULES.len()];
    let (mut feasible, mut given_up) = (0, 0);
    for seed in 0..CLUSTERS {
        let Solved {
            cluster,
            catalogue,
            optimum,
        } = solved(seed);
        given_up += u64::from(optimum.given_up);
        let Some(answer) = optimum.answer.as_ref().filter(|_| optimum.is_feasible()) else {
            continue;
        };
        feasible += 1;
        let case = Case {
            cluster,
            catalogue,
            answer,
        };
        for (rule, (takes_part, decides)) in RULES.iter().zip(&mut seen) {
            if !(rule.takes_part)(&case) {
                continue;
            }
            *takes_part += 1;
            if let Some(remove) = rule.remove {
                let mut without = cluster.clone();
                remove(&mut without);
                *decides += u64::from(cost(&solve(&without, catalogue)) != Some(answer.cost));
            }
        }
    }
    println!("{feasible} of {CLUSTERS} feasible, {given_up} given up; takes part, decides:");
    for (rule, seen) in RULES.iter().zip(&seen) {
        println!("{:>24} {seen:?}", rule.name);
    }
    assert_eq!(given_up, 0);
    assert!(
        feasible * 100 >= CLUSTERS * 65 && feasible * 100 <= CLUSTERS * 90,
        "{feasible}"
    );
    for (rule, (takes_part, decides)) in RULES.iter().zip(seen) {
        let name = rule.name;
        assert!(takes_part >= 20, "{name} takes part in only {takes_part}");
        assert!(
            rule.remove.is_none() || decides >= 3,
            "{name} decides only {decides}"
        );
    }
}

/// The cost of a cluster that can be planned in full.
fn cost(optimum: &Optimum) -> Option<i64> {
    let answer = optimum.answer.as_ref().filter(|_| optimum.is_feasible());
    answer.map(|answer| answer.cost)
}

#[test]
fn both_exhaustive_solvers_agree_where_the_smaller_model_is_enough() {
    for seed in 0..420 {
        let file = tiny::cluster(seed);
        let (cluster, catalogue) = (imported(&file), tiny::catalogue(seed));
        let one = smaller::solve(&cluster, &catalogue);
        let other = solve(&cluster, &catalogue);
        assert!(!other.given_up, "seed {seed}");
        assert_eq!(one.hopeless, other.hopeless, "seed {seed}: {file:#}");
        let one = one.fleet.map(|(cost, _)| cost);
        let other = other.answer.map(|answer| answer.cost);
        assert_eq!(one, other, "seed {seed}: {file:#}");
    }
}
