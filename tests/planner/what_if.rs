//! Scenarios side by side say what separate plans of the changed files say.

use std::sync::Arc;

use bayplan::catalogue::Catalogue;
use bayplan::domain::cluster::Cluster;
use bayplan::domain::plan::PlanStatus;
use bayplan::io::{Change, ClusterDocument, ImportOptions};
use bayplan::optimize::listener::Silent;
use bayplan::optimize::stop::Never;
use bayplan::planner::{PlanOptions, plan};
use bayplan::what_if::{Case, Comparison, ComparisonRow, Options, compare, is_sweep};
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde_json::{Value, json};

use crate::support::{imported, tiny};

/// Changes a file at random in one way, and says the same as `PATH=VALUE`.
fn change(random: &mut Xoshiro256PlusPlus, file: &mut Value) -> (String, String) {
    let count = file["services"].as_array().map_or(0, Vec::len);
    let service = random.random_range(0..count);
    let name = file["services"][service]["serviceName"]
        .as_str()
        .expect("a name")
        .to_owned();
    let (key, value) = match random.random_range(0..4) {
        0 => ("desiredCount", json!(random.random_range(0..=4))),
        1 => (
            "cpu",
            json!(*[128, 512, 1024, 1500].choose(random).expect("sizes")),
        ),
        2 => (
            "memory",
            json!(*[256, 900, 2000, 3000].choose(random).expect("sizes")),
        ),
        _ => {
            let (key, value) = [
                ("headroomPercent", json!(50)),
                ("maxInstances", json!(random.random_range(1..=5))),
                ("instanceUsdPerHour", json!(0.05)),
                ("excludedInstanceTypes", json!(["ta.*"])),
                ("rootVolumeGib", json!(random.random_range(0..=100))),
                ("savingsPlanDiscount", json!(0.25)),
                ("maxInstanceTypes", json!(1)),
            ]
            .choose(random)
            .expect("keys")
            .clone();
            file["policy"][key] = value.clone();
            return (format!("policy.{key}"), value.to_string());
        }
    };
    file["services"][service][key] = value.clone();
    let path = if random.random_bool(0.5) {
        format!("services.{name}.{key}")
    } else {
        format!("{name}.{key}")
    };
    (path, value.to_string())
}

fn case(name: &str, cluster: Cluster, catalogue: &Arc<Catalogue>) -> Case {
    Case {
        name: name.to_owned(),
        changes: Vec::new(),
        cluster,
        catalogue: Ok(Arc::clone(catalogue)),
        warnings: Vec::new(),
    }
}

/// The clusters of a seed: as it is, and `count` random changes, each as a case and as a file written that way.
fn clusters(seed: u64, count: usize) -> (Case, Vec<Case>, Vec<Cluster>) {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed ^ 0x5eed);
    let catalogue = Arc::new(tiny::catalogue(seed));
    let file = tiny::cluster(seed);
    let document = ClusterDocument::parse(&file.to_string(), "tiny.json").expect("a document");
    let (mut cases, mut written) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let mut changed = file.clone();
        let (path, value) = change(&mut random, &mut changed);
        let change = Change::try_new(&path, &value).expect("a change");
        let own = document.with(&[change]).expect("a path that exists");
        let own = own
            .import(&ImportOptions::default())
            .expect("a valid file")
            .cluster;
        cases.push(case(&format!("{path}={value}"), own, &catalogue));
        written.push(imported(&changed));
    }
    (case("base", imported(&file), &catalogue), cases, written)
}

fn assert_same(row: &ComparisonRow, cluster: &Cluster, catalogue: &Catalogue, options: &Options) {
    let options = PlanOptions {
        ideal: options.ideal,
        ..PlanOptions::default()
    };
    let planned = plan(cluster, catalogue, &options, &Never, &Silent).expect("a plan");
    let (own, other) = (row.cost.as_ref().expect("a cost"), &planned.plan.cost);
    let name = &row.name;
    let infeasible = |status| status == PlanStatus::Infeasible;
    assert_eq!(
        row.status.map(infeasible),
        Some(infeasible(planned.plan.status)),
        "{name}"
    );
    if infeasible(planned.plan.status) {
        return;
    }
    // Neither costs less than what the other proves, so they differ by no more than the gaps.
    assert!(
        other
            .bound_usd_per_hour
            .is_none_or(|bound| bound <= own.usd_per_hour),
        "{name}"
    );
    assert!(
        own.bound_usd_per_hour
            .is_none_or(|bound| bound <= other.usd_per_hour),
        "{name}"
    );
    let gap = own.gap.unwrap_or(1.0).max(other.gap.unwrap_or(1.0)) + 1e-9;
    let (low, high) = (
        own.usd_per_hour.min(other.usd_per_hour),
        own.usd_per_hour.max(other.usd_per_hour),
    );
    assert!(
        high.gap_to(low) <= gap,
        "{name}: {low} and {high}, gap {gap}"
    );
}

fn compared(
    seed: u64,
    count: usize,
    options: &Options,
) -> (Comparison, Vec<Cluster>, Arc<Catalogue>) {
    let (base, cases, written) = clusters(seed, count);
    let catalogue = base.catalogue.clone().expect("a catalogue");
    (
        compare(&base, &cases, options, &Never, &|| ()),
        written,
        catalogue,
    )
}

#[test]
fn a_hundred_and_twenty_scenarios_of_sweeps_are_what_separate_plans_say() {
    let options = Options {
        ideal: true,
        ..Options::default()
    };
    assert!(is_sweep(12));
    for seed in 0..10 {
        let (comparison, written, catalogue) = compared(seed, 12, &options);
        for (row, cluster) in comparison.scenarios.iter().zip(&written) {
            assert_same(row, cluster, &catalogue, &options);
        }
    }
}

#[test]
fn a_few_scenarios_cost_exactly_what_separate_plans_cost() {
    let options = Options::default();
    for seed in 20..26 {
        let (comparison, written, catalogue) = compared(seed, 3, &options);
        for (row, cluster) in comparison.scenarios.iter().zip(&written) {
            let planned = plan(
                cluster,
                &catalogue,
                &PlanOptions::default(),
                &Never,
                &Silent,
            )
            .expect("a plan");
            assert_eq!(row.cost.as_ref(), Some(&planned.plan.cost), "{}", row.name);
            assert_eq!(row.unplaced, planned.plan.unplaced, "{}", row.name);
        }
    }
}

#[test]
fn rows_do_not_depend_on_each_other() {
    let options = Options {
        ideal: true,
        ..Options::default()
    };
    let (base, mut cases, _) = clusters(3, 10);
    let forwards = compare(&base, &cases, &options, &Never, &|| ());
    cases.reverse();
    let mut backwards = compare(&base, &cases, &options, &Never, &|| ());
    backwards.scenarios.reverse();
    assert_eq!(forwards, backwards);
}
