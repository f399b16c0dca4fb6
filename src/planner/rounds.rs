//! A caller's work limit beyond the default: what the default comes upon is not given up for it.
//!
//! The searches for groups anneal between fixed ends: one with more work is another search, not the same one continued,
//! and may end dearer. So with at least twice the default the plan is made twice, within the default first and then with
//! what is left; the cheaper fleet is the plan, with the higher bound and the better ideal packing of both.

use crate::catalogue::Catalogue;
use crate::check::certify;
use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{Assumption, FleetPlan, PlanStatus};
use crate::optimize::listener::Listener;
use crate::optimize::stop::{Share, Stop};

use super::options::{PlanError, PlanOptions, Planned, SearchNote};
use super::plan::plan_once;
use super::work::default_work;

/// Plans a cluster, in two rounds where the work limit is far beyond the default.
///
/// # Errors
/// As [`super::plan`].
pub(super) fn plan_in_rounds(
    cluster: &Cluster,
    catalogue: &Catalogue,
    options: &PlanOptions<'_>,
    stop: &dyn Stop,
    listener: &dyn Listener,
) -> Result<Planned, PlanError> {
    let usual = default_work(cluster, options.ideal);
    let Some(limit) = (options.work_limit).filter(|limit| !options.ideal && limit / 2 >= usual)
    else {
        return plan_once(cluster, catalogue, options, stop, listener);
    };
    let with = |work: u64| PlanOptions {
        work_limit: Some(work),
        ..*options
    };
    let half = Share::new(stop, 1, 2);
    let mut first = plan_once(cluster, catalogue, &with(usual), &half, listener)?;
    if stop.should_stop() {
        return Ok(first);
    }
    let spent = first.work;
    let left = with(limit.saturating_sub(spent));
    let second = match plan_once(cluster, catalogue, &left, stop, listener) {
        Ok(second) => second,
        Err(error @ PlanError::Withheld(_)) => return Err(error),
        // The first plan stands, and whoever reads the notes knows that there was to be another.
        Err(error) => {
            first.notes.push(SearchNote::NoSecondPlan(error));
            return Ok(first);
        }
    };
    let work = spent + second.work;
    let (chosen, other) = if outlook(&second.plan) < outlook(&first.plan) {
        (second, first)
    } else {
        (first, second)
    };
    let plan = with_best_of(chosen.plan.into_plan(), &other.plan);
    let proof = match (chosen.proof, other.proof) {
        (Some(Ok(own)), Some(Ok(other))) if other.bound > own.bound => Some(Ok(other)),
        (Some(Err(_)), Some(Ok(other))) => Some(Ok(other)),
        (own, _) => own,
    };
    let mut plan = plan;
    plan.cost.proven_usd_per_hour = proof.iter().flatten().map(|proof| proof.bound).next();
    Ok(Planned {
        plan: certify(cluster, catalogue, plan)?,
        proof,
        work,
        ..chosen
    })
}

/// Tasks without a place, and the cost of the others: smaller is better.
fn outlook(plan: &FleetPlan) -> (u64, UsdPerHour) {
    let unplaced = plan.unplaced.iter().map(|entry| entry.count).sum();
    (unplaced, plan.cost.usd_per_hour)
}

/// The plan with the other's bound and ideal packing where those are better; both must place the same tasks.
fn with_best_of(mut plan: FleetPlan, other: &FleetPlan) -> FleetPlan {
    if !plan.unplaced.is_empty() || !other.unplaced.is_empty() {
        return plan;
    }
    let cost = &mut plan.cost;
    cost.bound_usd_per_hour = cost.bound_usd_per_hour.max(other.cost.bound_usd_per_hour);
    let filling = |plan: &FleetPlan| -> Option<Assumption> {
        let is_filling = |said: &&Assumption| matches!(said, Assumption::IdealFilled { .. });
        plan.assumptions.iter().find(is_filling).cloned()
    };
    if other.cost.ideal_usd_per_hour < cost.ideal_usd_per_hour
        && let Some(of_other) = filling(other)
    {
        cost.ideal_usd_per_hour = other.cost.ideal_usd_per_hour;
        for said in &mut plan.assumptions {
            if matches!(said, Assumption::IdealFilled { .. }) {
                *said = of_other.clone();
            }
        }
    }
    let cost = &mut plan.cost;
    cost.set_realised(cost.usd_per_hour);
    if (cost.bound_usd_per_hour).is_some_and(|bound| bound >= cost.ideal_usd_per_hour) {
        plan.status = PlanStatus::Optimal;
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::plan::Unplaced;
    use crate::io::{ImportOptions, read_cluster};
    use crate::optimize::listener::Silent;
    use crate::optimize::stop::Never;

    const CLUSTER: &str = r#"{"version": 1, "region": "us-east-1", "services": [
        {"serviceName": "a", "desiredCount": 3, "cpu": 700, "memory": 1300}],
        "policy": {"allowedInstanceTypes": ["m6i.large"]}}"#;

    fn planned(work_limit: Option<u64>) -> Planned {
        let imported = read_cluster(CLUSTER, "c.json", &ImportOptions::default());
        let cluster = imported.expect("a cluster").cluster;
        let catalogue = Catalogue::embedded("us-east-1").expect("known");
        let options = PlanOptions {
            work_limit: work_limit.map(|times| times * default_work(&cluster, false)),
            ..PlanOptions::default()
        };
        plan_in_rounds(&cluster, &catalogue, &options, &Never, &Silent).expect("a plan")
    }

    #[test]
    fn the_default_comes_first_and_more_work_costs_no_more() {
        let usual = planned(None);
        let more = planned(Some(2));
        assert_eq!(more.plan.cost, usual.plan.cost);
        assert!(more.work >= usual.work);
        assert_eq!(planned(Some(1)).work, usual.work);
    }

    #[test]
    fn the_better_bound_and_ideal_of_two_plans_of_all_tasks_are_kept() {
        let plan = planned(None).plan.into_plan();
        let mut other = plan.clone();
        let cent = UsdPerHour::from_grid_units(1_000_000);
        other.cost.bound_usd_per_hour = None;
        other.cost.ideal_usd_per_hour += cent;
        assert_eq!(with_best_of(other.clone(), &plan).cost, plan.cost);
        assert_eq!(with_best_of(plan.clone(), &other).cost, plan.cost);
        assert!(outlook(&plan) <= outlook(&other));
        // A bound for the rest of the tasks says nothing about all of them.
        let mut without = plan.clone();
        without.unplaced.push(Unplaced {
            service_name: "a".to_owned(),
            count: 1,
            reasons: Vec::new(),
        });
        let of_both = with_best_of(other.clone(), &without);
        assert_eq!(of_both.cost.bound_usd_per_hour, None);
        assert!(outlook(&without) > outlook(&other));
    }
}
