//! A plan of which one field is forged does not pass: every field of small plans is changed, deleted and given another
//! type, one at a time.
//!
//! What may change freely stands in [`free`], each with its reason; an entry that no plan needs is an error too.

mod day;
mod forgeries;
mod free;
mod plans;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeMap;

use bayplan::check::check;
use bayplan::domain::money::UsdPerHour;
use bayplan::domain::plan::{Assumption, TrunkingTried};
use bayplan::io::plan_document::PlanDocument;
use bayplan::io::{Severity, plan_findings, read_plan};
use bayplan::report::wording::{document, untrue_texts};
use rayon::prelude::*;
use rust_decimal::Decimal;
use serde_json::Value;

use forgeries::Forgery;
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

/// What is said of ENI trunking is no plan of its own: every figure of it is forged together with the text that says it.
#[test]
fn a_forged_figure_of_what_trunking_would_give_is_refused_whatever_its_text_says() {
    let case = plans::of_interfaces();
    let at = (case.plan.assumptions.iter())
        .position(|it| matches!(it, Assumption::TrunkingTried { .. }))
        .expect("instances are full of interfaces");
    let Assumption::TrunkingTried { tried } = case.plan.assumptions[at].clone() else {
        panic!("it was found")
    };
    let refused = |forged: TrunkingTried| {
        let mut plan = case.plan.clone();
        plan.assumptions[at] = Assumption::TrunkingTried { tried: forged };
        let written = serde_json::to_string(&document(&plan)).expect("a plan is JSON");
        is_refused(&case, &written)
    };
    assert!(!refused(tried), "the plan itself");
    let times =
        |usd: UsdPerHour, percent: i64| UsdPerHour::new(usd.amount() * Decimal::new(percent, 2));
    let bound = tried.bound_usd_per_hour.expect("a bound");
    let without_bound = tried.without_bound_usd_per_hour.expect("a bound");
    for (what, forged) in [
        (
            "a cost of nothing",
            TrunkingTried {
                usd_per_hour: UsdPerHour::ZERO,
                bound_usd_per_hour: None,
                ..tried
            },
        ),
        (
            "half of the cost",
            TrunkingTried {
                usd_per_hour: times(tried.usd_per_hour, 50),
                bound_usd_per_hour: None,
                ..tried
            },
        ),
        (
            "a cost below its bound",
            TrunkingTried {
                usd_per_hour: times(bound, 99),
                ..tried
            },
        ),
        (
            "a bound above its cost",
            TrunkingTried {
                bound_usd_per_hour: Some(times(tried.usd_per_hour, 101)),
                ..tried
            },
        ),
        (
            "a bound below nothing",
            TrunkingTried {
                bound_usd_per_hour: Some(times(bound, -100)),
                ..tried
            },
        ),
        (
            "no instance",
            TrunkingTried {
                instances: 0,
                ..tried
            },
        ),
        (
            "more instances than it pays for",
            TrunkingTried {
                instances: 1000,
                ..tried
            },
        ),
        (
            "tasks without a place",
            TrunkingTried {
                unplaced: 1,
                ..tried
            },
        ),
        (
            "another best packing",
            TrunkingTried {
                without_usd_per_hour: times(tried.without_usd_per_hour, 150),
                ..tried
            },
        ),
        (
            "another bound of the plan",
            TrunkingTried {
                without_bound_usd_per_hour: Some(times(without_bound, 90)),
                ..tried
            },
        ),
        (
            "other instances of the plan",
            TrunkingTried {
                without_instances: tried.without_instances + 1,
                ..tried
            },
        ),
        (
            "tasks that the plan places",
            TrunkingTried {
                without_unplaced: 1,
                ..tried
            },
        ),
    ] {
        assert!(refused(forged), "{what} passes: {forged:?}");
    }
    let mut twice = case.plan.clone();
    twice.assumptions.push(Assumption::TrunkingTried { tried });
    let written = serde_json::to_string(&document(&twice)).expect("a plan is JSON");
    assert!(is_refused(&case, &written), "told twice");
}

/// Forgeries that pass, by the field that they change.
fn passing(case: &Case) -> BTreeMap<String, Vec<String>> {
    let honest = serde_json::to_value(document(&case.plan)).expect("a plan is JSON");
    // As it is read: a plan of Managed Instances is written with ECS's words for them.
    let told: PlanDocument = serde_json::from_value(honest.clone()).expect("a plan");
    assert!(!is_refused(case, &honest.to_string()), "{}", case.name);
    // Whether each that is another plan passes.
    let passes: Vec<(Forgery, bool)> = (forgeries::of(&honest).into_par_iter())
        .filter_map(|forgery| {
            let changed = forgery.made_in(&honest);
            let is_another = !reads_as(&changed, &told);
            is_another.then(|| (forgery, !is_refused(case, &changed.to_string())))
        })
        .collect();
    assert!(
        passes.len() > 300,
        "{}: {} forgeries",
        case.name,
        passes.len()
    );
    let mut passing = BTreeMap::<String, Vec<String>>::new();
    for (forgery, _) in passes.iter().filter(|(_, passes)| *passes) {
        let entry = passing.entry(forgery.field()).or_default();
        entry.push(forgery.to_string());
    }
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
