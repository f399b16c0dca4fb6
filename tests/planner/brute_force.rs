//! Tiny clusters, planned and solved exhaustively: bound ≤ optimum ≤ cost, the same verdict on
//! feasibility, and how often the plan is the optimum.
//!
//! `cargo test --test planner brute_force -- --nocapture` prints the tally.

// The tally is a figure of the documentation.
#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;

use crate::support::planned::plan;
use crate::support::tiny::exhaustive::{self, Optimum, solve};
use crate::support::{imported, tiny};
use bayplan::check::check;
use bayplan::domain::cluster::Cluster;
use bayplan::domain::money::UsdPerHour;
use bayplan::domain::plan::{FleetPlan, PlanStatus};

/// Number of random clusters.
const CLUSTERS: u64 = 420;

/// Least share of the clusters, in percent, whose plan must be the optimum.
const OPTIMA_PERCENT: u64 = 95;

/// What happened over all clusters.
#[derive(Debug, Default)]
struct Tally {
    /// Every task placed.
    feasible: u64,
    /// Some tasks have no place.
    infeasible: u64,
    /// Plans with a cost to compare with the optimum's.
    compared: u64,
    /// Of them, those that cost as much as the optimum.
    optima: u64,
    /// Of them, those whose status says so.
    proven: u64,
    /// Of them, those without a bound.
    without_bound: u64,
}

#[test]
fn bound_optimum_and_cost_are_in_order_on_tiny_clusters() {
    let mut tally = Tally::default();
    let mut wrong = Vec::new();
    for seed in 0..CLUSTERS {
        let file = tiny::cluster(seed);
        let (cluster, catalogue) = (imported(&file), tiny::catalogue(seed));
        let optimum = solve(&cluster, &catalogue);
        let plan = plan(&cluster, &catalogue);
        let mut problems: Vec<String> = (check(&cluster, &catalogue, &plan).iter())
            .map(ToString::to_string)
            .collect();
        problems.extend(differences(&cluster, &plan, &optimum, &mut tally));
        wrong.extend(
            problems
                .iter()
                .map(|problem| format!("seed {seed}: {problem}")),
        );
    }
    println!("{tally:?}");
    assert!(
        wrong.is_empty(),
        "{} problems:\n{}",
        wrong.len(),
        wrong
            .iter()
            .take(20)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n")
    );
    assert!(
        tally.optima * 100 >= tally.compared * OPTIMA_PERCENT,
        "the optimum was found for {} of {} clusters",
        tally.optima,
        tally.compared
    );
    assert!(tally.feasible >= 300 && tally.infeasible >= 20, "{tally:?}");
}

/// What the plan says and the exhaustive search does not.
fn differences(
    cluster: &Cluster,
    plan: &FleetPlan,
    optimum: &Optimum,
    tally: &mut Tally,
) -> Vec<String> {
    let mut problems = Vec::new();
    let feasible = plan.unplaced.is_empty();
    if feasible != optimum.is_feasible() {
        problems.push(format!(
            "unplaced {:?}, but the cluster is {}",
            unplaced(plan),
            if feasible { "infeasible" } else { "feasible" }
        ));
        return problems;
    }
    if feasible {
        tally.feasible += 1;
    } else {
        tally.infeasible += 1;
    }
    // Where the rest cannot all be placed, which tasks are left out is a choice; costs do not compare.
    let Some((least, _)) = optimum.fleet else {
        return problems;
    };
    let hopeless: BTreeMap<String, u64> = (optimum.hopeless.iter())
        .map(|&index| {
            (
                cluster.services[index].name.clone(),
                exhaustive::planned(cluster, index),
            )
        })
        .collect();
    if unplaced(plan) != hopeless {
        problems.push(format!(
            "unplaced {:?}, but only {hopeless:?} have no place",
            unplaced(plan)
        ));
        return problems;
    }
    let least = UsdPerHour::from_grid_units(least);
    let ideal = plan.cost.ideal_usd_per_hour;
    let bound = plan.cost.bound_usd_per_hour;
    tally.compared += 1;
    tally.optima += u64::from(ideal == least);
    tally.proven += u64::from(plan.status == PlanStatus::Optimal);
    tally.without_bound += u64::from(bound.is_none());
    if let Some(bound) = bound.filter(|&bound| bound > least) {
        problems.push(format!("bound {bound} above the optimum {least}"));
    }
    if ideal < least {
        problems.push(format!("ideal {ideal} below the optimum {least}"));
    }
    if plan.status == PlanStatus::Optimal && ideal != least {
        problems.push(format!("called optimal at {ideal}, the optimum is {least}"));
    }
    problems
}

/// Tasks without a place, by service.
fn unplaced(plan: &FleetPlan) -> BTreeMap<String, u64> {
    (plan.unplaced.iter())
        .map(|unplaced| (unplaced.service_name.clone(), unplaced.count))
        .collect()
}
