//! V55: what a plan says of an ordinary day on its fleet is possible, and its parts agree with each other.
//!
//! The replays themselves cannot be derived again here. What they can come to is bounded by the plan: which services may roll out by
//! launches or grow ([`growth`]), by how many instances the groups may be larger and what these cost ([`left_over`]), and which resets
//! follow from what is left ([`resets`]). A plan of a week is held against its largest and smallest sizes.

mod growth;
mod left_over;
mod resets;

use std::collections::BTreeSet;

use crate::check::facts::Facts;
use crate::check::violation::{Rule, Violation};

pub(in crate::check) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let parts = [
        left_over::violations,
        growth::violations,
        resets::violations,
    ];
    parts.iter().flat_map(|part| part(facts)).collect()
}

/// A violation of one key of an assumption.
fn violation(
    (index, key): (usize, &str),
    found: impl Into<String>,
    expected: impl Into<String>,
) -> Violation {
    let place = format!("assumptions[{index}].{key}");
    Violation::new(Rule::OrdinaryDay, place, found, expected)
}

/// The first of some names that is none of the allowed ones, or that is said twice.
fn wrong_name<'n>(names: &'n [String], allowed: &BTreeSet<&str>) -> Option<&'n str> {
    let mut said = BTreeSet::new();
    (names.iter())
        .map(String::as_str)
        .find(|&name| !allowed.contains(name) || !said.insert(name))
}
