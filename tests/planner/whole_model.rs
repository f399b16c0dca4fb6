//! Tiny clusters in which every rule takes part, planned and solved exhaustively: no violation, the same
//! verdict on feasibility, bound ≤ optimum ≤ cost, and how often the plan is the optimum.
//!
//! `cargo test --test planner whole_model -- --nocapture` prints the tally.

// The tally is a figure of the documentation.
#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;

use crate::support::exhaustive::{self, Optimum};
use crate::support::planned::plan;
use crate::support::rules::{Case, RULES};
use crate::support::{CLUSTERS, Solved, solved};
use bayplan::check::check;
use bayplan::domain::cluster::Cluster;
use bayplan::domain::money::UsdPerHour;
use bayplan::domain::plan::{FleetPlan, PlanStatus};

/// Least share of the compared clusters, in percent, whose plan must be the optimum.
const OPTIMA_PERCENT: u64 = 90;

/// What happened over all clusters.
#[derive(Debug, Default)]
struct Tally {
    /// Every task placed.
    feasible: u64,
    /// Some tasks have no place.
    infeasible: u64,
    /// The exhaustive search took too long.
    given_up: u64,
    /// Plans with a cost to compare with the optimum's.
    compared: u64,
    /// Of them, those that cost as much as the optimum.
    optima: u64,
    /// Of them, those whose status says so.
    proven: u64,
    /// Of them, those without a bound.
    without_bound: u64,
    /// For each rule, feasible clusters it takes part in, and those of them planned at the optimum.
    rules: BTreeMap<&'static str, (u64, u64)>,
}

#[test]
fn bound_optimum_and_cost_are_in_order_under_every_rule() {
    let mut tally = Tally::default();
    let mut wrong = Vec::new();
    for seed in 0..CLUSTERS {
        let Solved {
            cluster,
            catalogue,
            optimum,
        } = solved(seed);
        let plan = plan(cluster, catalogue);
        let mut problems: Vec<String> = (check(cluster, catalogue, &plan).iter())
            .map(ToString::to_string)
            .collect();
        if optimum.given_up {
            tally.given_up += 1;
        } else {
            problems.extend(differences(cluster, &plan, optimum, &mut tally));
        }
        if let Some(answer) = optimum.answer.as_ref().filter(|_| optimum.is_feasible()) {
            let case = Case {
                cluster,
                catalogue,
                answer,
            };
            let best = plan.cost.ideal_usd_per_hour == UsdPerHour::from_grid_units(answer.cost);
            for rule in RULES.iter().filter(|rule| (rule.takes_part)(&case)) {
                let (seen, optimal) = tally.rules.entry(rule.name).or_default();
                *seen += 1;
                *optimal += u64::from(best);
            }
        }
        wrong.extend((problems.iter()).map(|problem| format!("seed {seed}: {problem}")));
    }
    println!("{tally:#?}");
    assert!(
        wrong.is_empty(),
        "{} problems:\n{}",
        wrong.len(),
        first(&wrong, 25)
    );
    assert!(
        tally.optima * 100 >= tally.compared * OPTIMA_PERCENT,
        "the optimum was found for {} of {} clusters",
        tally.optima,
        tally.compared
    );
    assert!(tally.given_up * 100 <= CLUSTERS, "{tally:?}");
    assert!(tally.feasible >= 300 && tally.infeasible >= 50, "{tally:?}");
}

/// What the plan says and the exhaustive search does not.
fn differences(
    cluster: &Cluster,
    plan: &FleetPlan,
    optimum: &Optimum,
    tally: &mut Tally,
) -> Vec<String> {
    let unplaced: BTreeMap<String, u64> = (plan.unplaced.iter())
        .map(|unplaced| (unplaced.service_name.clone(), unplaced.count))
        .collect();
    if unplaced.is_empty() != optimum.is_feasible() {
        return vec![format!(
            "unplaced {unplaced:?}, but the cluster is {}",
            if unplaced.is_empty() {
                "infeasible"
            } else {
                "feasible"
            }
        )];
    }
    if unplaced.is_empty() {
        tally.feasible += 1;
    } else {
        tally.infeasible += 1;
    }
    // Where the rest cannot all be placed, which tasks are left out is a choice; costs do not compare.
    let Some(answer) = &optimum.answer else {
        return Vec::new();
    };
    let hopeless: BTreeMap<String, u64> = (optimum.hopeless.iter())
        .map(|&index| {
            (
                cluster.services[index].name.clone(),
                exhaustive::planned(cluster, index),
            )
        })
        .collect();
    if unplaced != hopeless {
        return vec![format!(
            "unplaced {unplaced:?}, but only {hopeless:?} have no place"
        )];
    }
    let least = UsdPerHour::from_grid_units(answer.cost);
    let ideal = plan.cost.ideal_usd_per_hour;
    let bound = plan.cost.bound_usd_per_hour;
    tally.compared += 1;
    tally.optima += u64::from(ideal == least);
    tally.proven += u64::from(plan.status == PlanStatus::Optimal);
    tally.without_bound += u64::from(bound.is_none());
    let mut problems = Vec::new();
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

/// The first few of many lines.
fn first(lines: &[String], most: usize) -> String {
    let shown: Vec<&str> = lines.iter().take(most).map(String::as_str).collect();
    shown.join("\n")
}
