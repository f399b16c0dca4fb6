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
use bayplan::domain::capacity::Capacity;
use bayplan::domain::money::UsdPerHour;
use bayplan::domain::plan::{
    Assumption, DaemonsObstacle, Exclusion, FailedTest, FargateObstacle, InTheWay, Launch, Moves,
    Reason, RoomFor, TestCount, TrunkingTried,
};
use bayplan::domain::resources::Resource;
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

/// A reason may be written anew with the text that says it; what it says is derived again all the same.
#[test]
fn a_false_reason_is_refused_whatever_its_text_says() {
    let case = plans::all()
        .into_iter()
        .find(|case| case.name == "tasks without a place");
    let case = case.expect("there is one");
    let honest = case.plan.unplaced[0].reasons.clone();
    let refused = |reasons: Vec<Reason>| {
        let mut plan = case.plan.clone();
        plan.unplaced[0].reasons = reasons;
        let written = serde_json::to_string(&document(&plan)).expect("a plan is JSON");
        is_refused(&case, &written)
    };
    assert!(!refused(honest.clone()), "the plan itself");
    assert!(refused(Vec::new()), "no reason at all");
    // Sixty-four GPUs are asked for, of types that have none.
    let resource = |needed: u64, offered: u64| FailedTest::Resource {
        resource: Resource::Gpus,
        needed,
        offered,
    };
    let miss = |instance_type: &str, failed: FailedTest| Reason::NearestMiss {
        instance_type: instance_type.to_owned(),
        failed: vec![failed],
    };
    let excluded = |rule: &str, offerings: u64, of: u64| Reason::NoOffering {
        offerings: of,
        excluded_by: vec![TestCount {
            rule: rule.to_owned(),
            offerings,
        }],
    };
    let of_policy = |exclusions: Vec<Exclusion>| Reason::PolicyExcludes {
        instance_type: "m7g.large".to_owned(),
        exclusions,
        types: 1,
    };
    for reason in [
        Reason::TwoZonesNeeded,
        Reason::ZoneNeeded,
        Reason::ZoneOfItsOwnNeeded { tasks: 1 },
        Reason::NoExternalInstance,
        Reason::ExternalInstancesFull,
        Reason::NoInstanceType,
        Reason::FargateForbidden,
        Reason::NotOnFargate { obstacles: vec![] },
        Reason::NotOnFargate {
            obstacles: vec![FargateObstacle::Size],
        },
        Reason::NotOnFargate {
            obstacles: vec![FargateObstacle::Constraints],
        },
        Reason::AlsoInTheWay {
            rules: vec![InTheWay::MaxInstanceTypes],
        },
        Reason::NoPacking {
            room_for: vec![RoomFor::LostZone],
            in_the_way: vec![],
        },
        Reason::NoPackingWithin {
            max_instances: 3,
            room_for: vec![],
        },
        Reason::TaskMustChange {
            failed: resource(63, 0),
        },
        Reason::TaskMustChange {
            failed: resource(64, 1),
        },
        Reason::TaskMustChange {
            failed: FailedTest::Daemons,
        },
        miss("m7i.large", resource(64, 2)),
        miss("g5.xlarge", resource(64, 1)),
        miss(
            "m7i.large",
            FailedTest::Resource {
                resource: Resource::Memory,
                needed: 4096,
                offered: 1024,
            },
        ),
        miss(
            "m7i.large",
            FailedTest::Architecture {
                task: vec![],
                instance: None,
            },
        ),
        excluded("GPUs", 3, 9),
        excluded("GPUs", 9, 3),
        excluded("memory", 9, 9),
        excluded("cost", 9, 9),
        of_policy(vec![Exclusion::PreviousGeneration]),
        of_policy(vec![]),
        Reason::NoRoomBesideDaemons {
            offerings: 1,
            instance_type: "m7i.large".to_owned(),
            obstacle: DaemonsObstacle::Reserved,
        },
        Reason::AsGiven {
            text: "the moon is full".to_owned(),
        },
    ] {
        let mut reasons = honest.clone();
        reasons.push(reason.clone());
        assert!(refused(reasons), "{reason:?} passes");
    }
}

/// Changes the moves of a plan.
type Forge = Box<dyn Fn(&mut Moves)>;

/// What a wave costs and waits for follows from what it launches and drains.
#[test]
fn waves_that_do_something_else_than_the_plan_are_refused() {
    let case = plans::all()
        .into_iter()
        .find(|case| case.name == "few moves");
    let case = case.expect("there is one");
    let refused = |forge: &dyn Fn(&mut Moves)| {
        let mut plan = case.plan.clone();
        forge(plan.moves.as_mut().expect("it moves"));
        let written = serde_json::to_string(&document(&plan)).expect("a plan is JSON");
        is_refused(&case, &written)
    };
    assert!(!refused(&|_| ()), "the plan itself");
    let waves = &case.plan.moves.as_ref().expect("it moves").waves;
    assert!(
        waves.iter().any(|wave| !wave.drains.is_empty()),
        "{waves:?}"
    );
    let last = waves.len() - 1;
    let drains = waves
        .iter()
        .position(|wave| !wave.drains.is_empty())
        .expect("some");
    let half = |usd: &mut UsdPerHour| *usd = UsdPerHour::new(usd.amount() * Decimal::new(5, 1));
    let forgeries: [(&str, Forge); 7] = [
        (
            "half of the bill",
            Box::new(move |moves| half(&mut moves.waves[last].usd_per_hour)),
        ),
        (
            "half of the peak",
            Box::new(move |moves| half(&mut moves.waves[0].peak_usd_per_hour)),
        ),
        (
            "nothing is drained",
            Box::new(move |moves| moves.waves[drains].drains.clear()),
        ),
        (
            "drained twice",
            Box::new(move |moves| {
                let id = moves.waves[drains].drains[0].clone();
                moves.waves[last].drains.push(id);
            }),
        ),
        (
            "more tasks wait",
            Box::new(move |moves| moves.waves[last].waiting += 9),
        ),
        (
            "more restarts than tasks",
            Box::new(move |moves| moves.waves[drains].restarts = 1000),
        ),
        (
            "a launch of nothing planned",
            Box::new(move |moves| {
                moves.waves[0].launches.push(Launch {
                    capacity_provider: "new".to_owned(),
                    instance_type: "m7i.large".to_owned(),
                    purchase_option: Capacity::OnDemand,
                    availability_zone: None,
                    count: 1,
                });
            }),
        ),
    ];
    for (what, forge) in &forgeries {
        assert!(refused(forge.as_ref()), "{what} passes");
    }
}
