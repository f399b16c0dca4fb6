//! A plan of which one field is forged does not pass: every field of small plans is changed, deleted and given another
//! type, one at a time.
//!
//! What may change freely stands in [`free`], each with its reason; an entry that no plan needs is an error too.

mod forgeries;
mod free;
mod plans;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeMap;

use bayplan::check::check;
use bayplan::io::plan_document::PlanDocument;
use bayplan::io::{Severity, plan_findings, read_plan};
use bayplan::report::wording::{document, untrue_texts};
use serde_json::Value;

use plans::Case;

/// Whether whoever is given this plan refuses it.
fn is_refused(case: &Case, text: &str) -> bool {
    let Ok((document, plan)) = read_plan(text, "plan.json") else {
        return true;
    };
    let knows = |name: &str| case.catalogue.instance_type(name).is_some();
    let findings = plan_findings(&plan, "plan.json", &case.cluster, &knows);
    (findings.findings.iter()).any(|finding| finding.severity == Severity::Error)
        || !check(&case.cluster, &case.catalogue, &plan).is_empty()
        || !untrue_texts(&document, &plan).is_empty()
}

/// Forgeries that pass, by the field that they change.
fn passing(case: &Case) -> BTreeMap<String, Vec<String>> {
    let told = document(&case.plan);
    let honest = serde_json::to_value(&told).expect("a plan is JSON");
    assert!(!is_refused(case, &honest.to_string()), "{}", case.name);
    let mut passing = BTreeMap::<String, Vec<String>>::new();
    let mut forged = 0_u32;
    for forgery in forgeries::of(&honest) {
        let changed = forgery.made_in(&honest);
        if reads_as(&changed, &told) {
            continue;
        }
        forged += 1;
        if !is_refused(case, &changed.to_string()) {
            let entry = passing.entry(forgery.field()).or_default();
            entry.push(forgery.to_string());
        }
    }
    assert!(forged > 300, "{}: {forged} forgeries", case.name);
    passing
}

/// Whether a change leaves the plan as it is: a key without a value that is deleted, for one.
fn reads_as(changed: &Value, told: &PlanDocument) -> bool {
    let Ok(mut read) = serde_json::from_value::<PlanDocument>(changed.clone()) else {
        return false;
    };
    let says_the_same = read.plan().is_ok_and(|plan| told.plan() == Ok(plan));
    if says_the_same && untrue_texts(&read, &read.plan().expect("it was read")).is_empty() {
        // Keys of details that say nothing may be there or not.
        read.details.clone_from(&told.details);
    }
    read == *told
}

#[test]
fn every_forged_field_is_refused_but_for_those_that_may_change_freely() {
    let mut needed = Vec::new();
    let mut wrong = Vec::new();
    for case in plans::all() {
        for (field, forgeries) in passing(&case) {
            if free::reason(&field).is_some() {
                needed.push(field);
            } else {
                wrong.push(format!("{}: {}", case.name, forgeries.join("; ")));
            }
        }
    }
    assert!(wrong.is_empty(), "pass the check:\n{}", wrong.join("\n"));
    for (field, reason) in free::FIELDS {
        let is_needed = needed.iter().any(|it| free::covers(field, it));
        assert!(
            is_needed,
            "{field} is refused, and needs no excuse: {reason}"
        );
    }
}
