//! Every claim of an explanation is checked by planning again, on tiny clusters whose optima are proven.

use bayplan::catalogue::Catalogue;
use bayplan::domain::cluster::Cluster;
use bayplan::domain::money::UsdPerHour;
use bayplan::domain::plan::{FleetPlan, PlanStatus};
use bayplan::domain::quantity::{CpuUnits, MemoryMib};
use bayplan::explain::{Solver, conflicts, explain, nudges, only, why_not, why_used};
use bayplan::optimize::listener::Silent;
use bayplan::optimize::stop::Never;
use bayplan::planner::{DemandPattern, PlanOptions, plan};
use bayplan::report::wording::TYPE_WORDING;
use bayplan::sweep::fewer::{Fewer, curve};

use serde_json::json;

use crate::support::{imported, tiny};

/// The best packing, checked.
fn ideal(cluster: &Cluster, catalogue: &Catalogue) -> FleetPlan {
    let options = PlanOptions {
        ideal: true,
        ..PlanOptions::default()
    };
    let planned = plan(cluster, catalogue, &options, &Never, &Silent).expect("a plan");
    planned.plan.into_plan()
}

/// A cluster of a seed with its catalogue and best packing.
fn case(seed: u64) -> (Cluster, Catalogue, FleetPlan) {
    let cluster = imported(&tiny::cluster(seed));
    let catalogue = tiny::catalogue(seed);
    let plan = ideal(&cluster, &catalogue);
    (cluster, catalogue, plan)
}

fn count(plan: &FleetPlan, instance_type: &str) -> u64 {
    let own = plan
        .instances
        .iter()
        .filter(|row| row.instance_type == instance_type);
    own.map(|row| row.count).sum()
}

const fn options() -> PlanOptions<'static> {
    PlanOptions {
        ideal: true,
        demand: DemandPattern::Steady,
        min_availability: None,
        gap: 0.0,
        work_limit: None,
        seed: 0,
        warm_start: None,
        columns: None,
        rehearses: false,
        moves: None,
        commit: None,
        proof: false,
        max_schedule_changes: None,
    }
}

#[test]
fn the_shares_of_services_add_up_to_the_bill_exactly() {
    for seed in 0..60 {
        let (cluster, _, plan) = case(seed);
        let explanation = explain(&cluster, &plan);
        let total: UsdPerHour = explanation
            .services
            .iter()
            .map(|service| service.usd_per_hour)
            .sum();
        assert_eq!(total, plan.cost.usd_per_hour, "seed {seed}");
        for binding in &explanation.bindings {
            assert!(
                binding.used.values().all(|part| (0.0..=1.0).contains(part)),
                "seed {seed}"
            );
        }
    }
}

#[test]
fn a_type_enters_at_the_price_that_is_told_and_gains_nothing_at_todays() {
    let mut told = 0;
    for seed in 0..40 {
        let (cluster, catalogue, plan) = case(seed);
        if plan.status == PlanStatus::Infeasible {
            continue;
        }
        let solver =
            Solver::try_new(&cluster, &catalogue, &plan, options(), &Never).expect("a plan");
        let base = solver.base().cost.ideal_usd_per_hour;
        for known in catalogue.instance_types() {
            let why =
                why_not(&solver, solver.base(), &known.name, TYPE_WORDING).expect("an answer");
            let (Some(price), Some(tried)) = (why.enters_at_usd_per_hour, &why.at_that_price)
            else {
                continue;
            };
            told += 1;
            let listed = catalogue
                .on_demand_price(&known.name)
                .expect("a price")
                .usd_per_hour;
            assert!(price < listed, "seed {seed}, {}", known.name);
            let again = ideal(
                &cluster,
                &catalogue.with_on_demand_price(&known.name, price),
            );
            assert!(
                again.cost.usd_per_hour < base,
                "seed {seed}, {}",
                known.name
            );
            assert!(
                count(&again, &known.name) > 0,
                "seed {seed}, {}",
                known.name
            );
            assert_eq!(
                tried.usd_per_hour,
                Some(again.cost.usd_per_hour),
                "seed {seed}"
            );
            assert!(ideal(&cluster, &catalogue).cost.usd_per_hour >= base);
        }
    }
    assert!(told > 10, "{told}");
}

#[test]
fn a_type_that_the_policy_leaves_out_is_tried_with_the_policy_changed() {
    let mut told = 0;
    for seed in 0..30 {
        let (cluster, catalogue, plan) = case(seed);
        let solver =
            Solver::try_new(&cluster, &catalogue, &plan, options(), &Never).expect("a plan");
        for known in catalogue.instance_types() {
            let why =
                why_not(&solver, solver.base(), &known.name, TYPE_WORDING).expect("an answer");
            assert!(
                why.excluded.is_empty() || why.if_allowed.is_some() || why.candidates.is_empty()
            );
            let Some(allowed) = why.if_allowed.filter(|tried| tried.usd_per_hour.is_some()) else {
                continue;
            };
            told += 1;
            // More to choose from never costs more.
            let change = allowed.change_usd_per_hour.expect("a change");
            let whole = solver.base().status != PlanStatus::Infeasible;
            assert!(
                !whole || change <= UsdPerHour::ZERO,
                "seed {seed}, {}",
                known.name
            );
        }
    }
    assert!(told > 10, "{told}");
}

#[test]
fn what_a_used_type_is_worth_is_what_the_cluster_costs_more_without_it() {
    for seed in 0..30 {
        let (cluster, catalogue, plan) = case(seed);
        if plan.status == PlanStatus::Infeasible {
            continue;
        }
        let solver =
            Solver::try_new(&cluster, &catalogue, &plan, options(), &Never).expect("a plan");
        for row in plan.instances.iter().filter(|row| !row.existing) {
            let why = why_used(&solver, &plan, &row.instance_type).expect("an answer");
            let mut without = cluster.clone();
            without
                .policy
                .excluded_instance_types
                .push(row.instance_type.clone());
            let again = ideal(&without, &catalogue);
            let whole = again.status != PlanStatus::Infeasible;
            assert_eq!(
                why.without.usd_per_hour,
                whole.then_some(again.cost.usd_per_hour),
                "seed {seed}"
            );
            assert!(
                why.without
                    .change_usd_per_hour
                    .is_none_or(|more| more >= UsdPerHour::ZERO)
            );
        }
    }
}

#[test]
fn every_nudge_saves_what_it_says() {
    let mut told = 0;
    for seed in 0..60 {
        let (cluster, catalogue, plan) = case(seed);
        if plan.status == PlanStatus::Infeasible {
            continue;
        }
        let solver =
            Solver::try_new(&cluster, &catalogue, &plan, options(), &Never).expect("a plan");
        for nudge in nudges(&solver, 6).expect("nudges") {
            told += 1;
            let mut changed = cluster.clone();
            let service = (changed.services.iter_mut()).find(|s| s.name == nudge.service_name);
            let task = &mut service.expect("the service").task;
            if nudge.resource == "cpu" {
                assert_eq!(task.cpu, CpuUnits::new(nudge.from));
                task.cpu = CpuUnits::new(nudge.to);
            } else {
                assert_eq!(task.memory, MemoryMib::new(nudge.from));
                task.memory = MemoryMib::new(nudge.to);
            }
            let again = ideal(&changed, &catalogue).cost.usd_per_hour;
            assert!(again < plan.cost.usd_per_hour, "seed {seed}: {nudge:?}");
            assert_eq!(nudge.tried.usd_per_hour, Some(again), "seed {seed}");
        }
    }
    assert!(told > 3, "{told}");
}

/// Four tasks fit the one instance that there may be: three do, and the six that headroom makes of them do not.
#[test]
fn a_requirement_whose_removal_alone_resolves_the_conflict_is_named() {
    let cluster = imported(&json!({
        "version": 1, "cluster": "c", "region": "us-east-1",
        "services": [{"serviceName": "api", "desiredCount": 3, "cpu": 512, "memory": 1024}],
        "policy": {"maxInstances": 1, "headroomPercent": 100, "allowedInstanceTypes": ["m7i.large"]},
    }));
    let catalogue = Catalogue::embedded("us-east-1").expect("the embedded catalogue");
    let plan = ideal(&cluster, &catalogue);
    let found = conflicts(&cluster, &catalogue, &plan, &options(), &Never).expect("an answer");
    let [conflict] = &found[..] else {
        panic!("{found:?}")
    };
    let named = &conflict.requirements;
    assert!(
        named.contains(&"policy.headroomPercent = 100".to_owned()),
        "{named:?}"
    );
    let mut relaxed = cluster.clone();
    relaxed.policy.headroom_percent = rust_decimal::Decimal::ZERO;
    assert!(ideal(&relaxed, &catalogue).unplaced.is_empty());
}

#[test]
fn a_set_that_conflicts_does_and_dropping_any_one_of_it_resolves_it() {
    let mut told = 0;
    for seed in 0..150 {
        let (cluster, catalogue, plan) = case(seed);
        for conflict in
            conflicts(&cluster, &catalogue, &plan, &options(), &Never).expect("an answer")
        {
            let has_place = |labels: &[String]| {
                let cluster = only(&cluster, &conflict, labels).expect("the service");
                let plan = ideal(&cluster, &catalogue);
                plan.unplaced
                    .iter()
                    .all(|unplaced| unplaced.service_name != conflict.service_name)
            };
            if conflict.requirements.is_empty() {
                assert!(!has_place(&[]), "seed {seed}: {conflict:?}");
                continue;
            }
            told += 1;
            assert!(
                !has_place(&conflict.requirements),
                "seed {seed}: {conflict:?}"
            );
            for left_out in &conflict.requirements {
                let rest: Vec<String> = (conflict.requirements.iter())
                    .filter(|label| *label != left_out)
                    .cloned()
                    .collect();
                assert!(
                    has_place(&rest),
                    "seed {seed}: {conflict:?} without {left_out}"
                );
            }
        }
    }
    assert!(told > 5, "{told}");
}

#[test]
fn one_type_or_group_fewer_never_costs_less_and_costs_what_the_limited_plan_costs() {
    let mut told = 0;
    for seed in 0..40 {
        let (cluster, catalogue, known) = case(seed);
        if known.status == PlanStatus::Infeasible {
            continue;
        }
        for fewer in [Fewer::InstanceTypes, Fewer::Groups] {
            let points =
                curve(&cluster, &catalogue, (&known, fewer), &options(), &Never).expect("a curve");
            let costs: Vec<UsdPerHour> = points.iter().filter_map(|p| p.usd_per_hour).collect();
            assert!(costs.is_sorted_by(|a, b| a >= b), "seed {seed}: {points:?}");
            assert!(points.windows(2).all(|two| two[0].most + 1 == two[1].most));
            for point in points.iter().filter(|_| fewer == Fewer::InstanceTypes) {
                told += 1;
                let mut limited = cluster.clone();
                let own = limited.policy.max_instance_types.unwrap_or(u64::MAX);
                limited.policy.max_instance_types = Some(own.min(point.most));
                let again = ideal(&limited, &catalogue);
                let whole = again.status != PlanStatus::Infeasible;
                let cost = whole.then_some(again.cost.usd_per_hour);
                // As many or fewer: a cheaper plan with fewer counts too.
                assert!(
                    point.usd_per_hour == cost
                        || point.usd_per_hour < cost && point.usd_per_hour.is_some(),
                    "seed {seed}: {point:?} {cost:?}"
                );
                let proven = point.bound_usd_per_hour.zip(point.usd_per_hour);
                assert!(
                    proven.is_none_or(|(bound, cost)| bound <= cost),
                    "seed {seed}"
                );
            }
        }
    }
    assert!(told > 30, "{told}");
}
