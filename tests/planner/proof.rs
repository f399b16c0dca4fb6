//! Proofs of the bounds of small random clusters, against exhaustive search: no proof carries more than the optimum, and a proof in
//! which anything was changed is refused, or still proves what it says.

// The tally is worth reading.
#![allow(clippy::print_stdout)]

mod packing;
use crate::support::exhaustive::Optimum;
use crate::support::{CLUSTERS, Solved, solved};
use bayplan::check::check_proof;
use bayplan::domain::proof::Proof;
use bayplan::io::{read_proof, write_proof};
use bayplan::optimize::listener::Silent;
use bayplan::optimize::stop::Never;
use bayplan::planner::{self, NotProven, PlanOptions};
use serde_json::{Value, json};

/// What happened over all clusters.
#[derive(Debug, Default)]
struct Tally {
    proven: u64,
    /// Of them, those whose bound is the optimum.
    tight: u64,
    not_carried: u64,
    /// Proofs that did not pass the check and were not written.
    withheld: u64,
    /// Changed proofs that were refused.
    refused: u64,
    /// Changed proofs that still prove what they say.
    kept: u64,
}

/// One proof in so many is changed in every place.
const CHANGED: u64 = 8;

#[test]
fn no_proof_carries_more_than_the_optimum_and_no_change_makes_it() {
    let mut tally = Tally::default();
    for seed in 0..CLUSTERS / 2 {
        let Solved {
            cluster,
            catalogue,
            optimum,
        } = solved(seed);
        let options = PlanOptions {
            ideal: true,
            proof: true,
            rehearses: false,
            ..PlanOptions::default()
        };
        let planned = planner::plan(cluster, catalogue, &options, &Never, &Silent);
        let planned = planned.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let proof = match planned.proof.expect("a proof was asked for") {
            Ok(proof) => proof,
            Err(NotProven::Withheld(fault)) => {
                println!("seed {seed}: {fault}");
                tally.withheld += 1;
                continue;
            }
            Err(_) => {
                tally.not_carried += 1;
                continue;
            }
        };
        tally.proven += 1;
        let most = cost(optimum);
        assert!(
            bound(&proof) <= most,
            "seed {seed}: {} > {most}",
            bound(&proof)
        );
        tally.tight += u64::from(bound(&proof) == most);
        let document: Value = serde_json::from_str(&write_proof(&proof)).expect("JSON");
        let read = read_proof(&document.to_string(), "p.json").expect("a proof");
        assert_eq!(check_proof(cluster, catalogue, &read), [], "seed {seed}");
        if seed % CHANGED != 0 {
            continue;
        }
        for (place, changed, must_fail) in changes(&document) {
            let read = read_proof(&changed.to_string(), "p.json");
            let holds = read.filter_ok(|proof| check_proof(cluster, catalogue, proof).is_empty());
            match holds {
                None => tally.refused += 1,
                Some(_) if must_fail => {
                    panic!("seed {seed}: {place} was changed and nobody saw it")
                }
                Some(proof) => {
                    assert!(bound(&proof) <= most, "seed {seed}: {place}");
                    tally.kept += 1;
                }
            }
        }
    }
    println!("{tally:?}");
    assert!(tally.proven >= 150 && tally.tight >= 8, "{tally:?}");
    assert!(tally.withheld * 100 <= tally.proven, "{tally:?}");
    assert!(tally.refused >= 1_000, "{tally:?}");
}

fn cost(optimum: &Optimum) -> i64 {
    let answer = optimum.answer.as_ref().filter(|_| optimum.is_feasible());
    answer.map_or(i64::MAX, |answer| answer.cost)
}

fn bound(proof: &Proof) -> i64 {
    proof.bound.grid_units()
}

/// A result that also passes a test.
trait FilterOk<T> {
    fn filter_ok(self, test: impl FnOnce(&T) -> bool) -> Option<T>;
}

impl<T, E> FilterOk<T> for Result<T, E> {
    fn filter_ok(self, test: impl FnOnce(&T) -> bool) -> Option<T> {
        self.ok().filter(test)
    }
}

/// The proof with one place changed, for every place; and whether nothing with that change can hold.
fn changes(document: &Value) -> Vec<(String, Value, bool)> {
    let mut places = Vec::new();
    collect(document, String::new(), &mut places);
    let mut changed = Vec::new();
    for place in places {
        let value = document.pointer(&place).expect("a place").clone();
        let member = place.rsplit('/').next().unwrap_or_default();
        let exact = ["count", "rhs", "cost", "cpu", "memoryMib", "enis", "gpus"].contains(&member);
        let others = match &value {
            Value::Number(number) if number.is_u64() => {
                let number = number.as_u64().unwrap_or(0);
                let less = number.checked_sub(1).map(|less| json!(less));
                std::iter::once(json!(number + 1)).chain(less).collect()
            }
            Value::Number(number) => vec![json!(number.as_f64().unwrap_or(0.0) + 0.01)],
            Value::String(text) => vec![json!(format!("{text}7")), Value::Null],
            Value::Array(list) if !list.is_empty() => {
                vec![json!(list[1..]), json!([&list[..], &list[..1]].concat())]
            }
            _ => Vec::new(),
        };
        for other in others {
            // Without its zone an item or an offering stands for all zones, which may be as true; a pool that nothing is in
            // has no copies.
            let is_text = value.is_string() && !other.is_null() && !place.contains("/u/");
            let of_pool = place.starts_with("/rows/") && member == "instanceType";
            let must_fail = (exact && !place.contains("/u/"))
                || (is_text && !of_pool)
                || ["/boundUsdPerHour", "/version"].contains(&place.as_str());
            let mut whole = document.clone();
            *whole.pointer_mut(&place).expect("a place") = other;
            changed.push((place.clone(), whole, must_fail));
        }
    }
    changed
}

/// Every place of the document, as pointers.
fn collect(value: &Value, place: String, places: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                collect(member, format!("{place}/{name}"), places);
            }
        }
        Value::Array(list) => {
            for (index, member) in list.iter().enumerate() {
                collect(member, format!("{place}/{index}"), places);
            }
            places.push(place);
        }
        _ => places.push(place),
    }
}
