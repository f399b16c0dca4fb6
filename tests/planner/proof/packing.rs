//! Proofs of small random packing problems: none carries more than the optimum, and a proof in which anything was changed is refused, or
//! still proves no more.

use bayplan::check::check_packing_proof;
use bayplan::domain::packing::{PackingProblem, PackingProof, PackingStatus};
use bayplan::io::{read_packing_problem, read_packing_proof, write_packing_proof};
use bayplan::optimize::listener::Silent;
use bayplan::optimize::stop::Never;
use bayplan::planner::bare::{PackOptions, pack};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::changes;

/// Problems.
const PROBLEMS: u64 = 60;

/// What happened over all problems.
#[derive(Debug, Default)]
struct Tally {
    proven: u64,
    /// Of them, those whose proof carries the optimum.
    tight: u64,
    refused: u64,
    kept: u64,
}

/// A few kinds of bins, some of them limited, and a few kinds of items, in sizes with decimals.
fn problem(seed: u64) -> PackingProblem {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let dims = random.random_range(1..=3);
    let bins: Vec<Value> = (0..random.random_range(1..=4))
        .map(|bin| {
            let capacity: Vec<f64> = (0..dims)
                .map(|_| f64::from(random.random_range(8..40)) / 4.0)
                .collect();
            let limit = random.random_bool(0.3).then(|| random.random_range(0..=4));
            json!({"id": format!("b{bin}"), "capacity": capacity, "limit": limit,
                "cost": f64::from(random.random_range(0..60)) / 20.0})
        })
        .collect();
    let items: Vec<Value> = (0..random.random_range(1..=5))
        .map(|item| {
            let size: Vec<f64> = (0..dims)
                .map(|_| f64::from(random.random_range(0..12)) / 4.0)
                .collect();
            json!({"id": format!("i{item}"), "size": size, "demand": random.random_range(0..=6)})
        })
        .collect();
    let dims: Vec<String> = (0..dims).map(|d| format!("d{d}")).collect();
    let text = json!({"dims": dims, "bins": bins, "items": items}).to_string();
    read_packing_problem(&text, "p.json").expect("a problem")
}

fn proven(problem: &PackingProblem) -> (Option<Decimal>, Option<PackingProof>) {
    let options = PackOptions {
        proof: true,
        ..PackOptions::default()
    };
    let packed = pack(problem, &options, &Never, &Silent).expect("solved");
    assert_eq!(packed.violations, Vec::<String>::new());
    let solution = packed.solution;
    let proof = packed.proof.expect("a proof was asked for");
    if solution.status == PackingStatus::Infeasible {
        assert!(proof.is_err());
        return (None, None);
    }
    assert_eq!(solution.status, PackingStatus::Optimal);
    let proof = proof.unwrap_or_else(|why| panic!("{why}: {problem:?}"));
    assert_eq!(solution.proven, Some(proof.bound));
    (solution.cost, Some(proof))
}

#[test]
fn no_proof_of_a_packing_carries_more_than_the_optimum_and_no_change_makes_it() {
    let mut tally = Tally::default();
    for seed in 0..PROBLEMS {
        let problem = problem(seed);
        let (Some(optimum), Some(proof)) = proven(&problem) else {
            continue;
        };
        tally.proven += 1;
        assert!(proof.bound <= optimum, "seed {seed}: {proof:?}");
        tally.tight += u64::from(proof.bound == optimum);
        let text = write_packing_proof(&proof);
        let read = read_packing_proof(&text, "p.json").expect("a proof");
        assert_eq!(check_packing_proof(&problem, &read), [], "seed {seed}");
        let document: Value = serde_json::from_str(&text).expect("JSON");
        for (place, changed, _) in changes(&document) {
            let read = read_packing_proof(&changed.to_string(), "p.json").ok();
            match read.filter(|proof| check_packing_proof(&problem, proof).is_empty()) {
                None => tally.refused += 1,
                Some(proof) => {
                    let member = place.rsplit('/').next().unwrap_or_default();
                    let must_fail = ["count", "rhs", "cost", "bound", "version"].contains(&member)
                        || place.contains("/capacity/");
                    assert!(
                        !must_fail,
                        "seed {seed}: {place} was changed and nobody saw it"
                    );
                    assert!(proof.bound <= optimum, "seed {seed}: {place}");
                    tally.kept += 1;
                }
            }
        }
    }
    println!("{tally:?}");
    assert!(tally.proven >= 30 && tally.tight >= 15, "{tally:?}");
    assert!(tally.refused >= 1_000, "{tally:?}");
}

#[test]
fn what_cannot_be_packed_has_no_proof_of_a_bound() {
    let text = json!({"dims": ["d"], "bins": [{"id": "b", "capacity": [1], "limit": 1, "cost": 1}],
        "items": [{"id": "i", "size": [1], "demand": 2}]});
    let problem = read_packing_problem(&text.to_string(), "p.json").expect("a problem");
    assert!(matches!(proven(&problem), (None, None)));
}
