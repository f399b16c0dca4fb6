//! Levers: what each key of the policy costs, found by planning the cluster with the key at what asks for least.
//!
//! Keys that say how things are (memory that instances do not register, room that is reserved) are no choice, and one that is looked
//! at in the realised fleet alone changes no packing; both are left out. Where the plan is a fleet that ECS fills, fleets are planned
//! as well ([`fleets`](super::fleet_levers)): a fleet costs at least what the best packing found for it does, so that a key whose
//! packing costs no less than today's fleet has none that is cheaper.

use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::FleetPlan;
use crate::domain::policy::Policy;
use crate::domain::policy_keys::{Binding, OF_ECS_ALONE, POLICY_KEYS};
use crate::planner::PlanError;

use super::explanation::{Lever, Levers, Tried};
use super::fleet_levers::{fleet_levers, has_fleet};
use super::solver::Solver;

/// Keys that are no lever of a packing.
const NO_LEVERS: [&str; 4] = [
    "deploymentSurge",
    "memoryOverhead",
    "reservedCpu",
    "reservedMemory",
];

/// Fleets that are planned beside those of the keys: as it is, and with room for rollouts.
const FLEETS_BESIDE: usize = 2;

/// Keys that ask for something: name, value, and how to ask for least.
fn in_force(
    cluster: &Cluster,
) -> impl Iterator<Item = (&'static str, String, &'static Binding<Policy>)> {
    let policy = &cluster.policy;
    let of_another = |name: &str| cluster.is_kubernetes() && OF_ECS_ALONE.contains(&name);
    (POLICY_KEYS.iter())
        .filter(move |key| !NO_LEVERS.contains(&key.name) && !of_another(key.name))
        .filter_map(|key| Some((key.name, key.binding.as_ref()?)))
        .filter_map(|(name, binding)| Some((name, (binding.shown)(policy)?, binding)))
}

/// How many attempts [`levers`] makes at most for a plan of a cluster.
#[must_use]
pub fn lever_count(cluster: &Cluster, plan: &FleetPlan) -> usize {
    let keys = in_force(cluster).count();
    if has_fleet(plan) {
        2 * keys + FLEETS_BESIDE
    } else {
        keys
    }
}

/// The keys that cost something, the dearest first, each planned again by itself; and what else a plan's fleet hangs on.
///
/// # Errors
/// When a variant has no plan.
pub fn levers(solver: &Solver<'_>, plan: &FleetPlan) -> Result<Levers, PlanError> {
    let fleet = if has_fleet(plan) && !solver.is_stopped() {
        Some(fleet_levers(solver, plan)?)
    } else {
        None
    };
    let today = fleet.as_ref().map(|fleet| fleet.usd_per_hour);
    let mut found = Levers {
        saving: Vec::new(),
        without_effect: Vec::new(),
        fleet,
    };
    for (key, value, binding) in in_force(solver.cluster()) {
        if solver.is_stopped() {
            break;
        }
        let mut cluster = solver.cluster().clone();
        (binding.relax)(&mut cluster.policy);
        let (tried, _) = solver.tried(&cluster, solver.catalogue())?;
        let may_save =
            today.is_some_and(|today| tried.usd_per_hour.is_some_and(|cost| cost < today));
        let fleet_usd_per_hour = if may_save && tried.unplaced == 0 && !solver.is_stopped() {
            solver.fleet(&cluster)?
        } else {
            None
        };
        let lever = Lever {
            key,
            value,
            fleet_usd_per_hour,
            fleet_change_usd_per_hour: fleet_usd_per_hour
                .zip(today)
                .map(|(cost, today)| cost - today),
            tried,
        };
        if saves(&lever) {
            found.saving.push(lever);
        } else {
            found.without_effect.push(key);
        }
    }
    (found.saving).sort_by_key(|lever| (lever.tried.unplaced, lever.change(), lever.key));
    Ok(found)
}

/// Whether a change gives tasks a place, or a fleet or a packing costs less with the same tasks placed.
fn saves(lever: &Lever) -> bool {
    let Tried {
        unplaced,
        base_unplaced,
        change_usd_per_hour,
        ..
    } = &lever.tried;
    let is_less =
        |change: &Option<UsdPerHour>| change.is_some_and(|change| change < UsdPerHour::ZERO);
    unplaced < base_unplaced
        || is_less(change_usd_per_hour)
        || is_less(&lever.fleet_change_usd_per_hour)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;
    use crate::io::{ImportOptions, read_cluster};
    use crate::optimize::listener::Silent;
    use crate::optimize::stop::Never;
    use crate::planner::{self, PlanOptions};

    #[test]
    fn trunking_is_a_lever_where_interfaces_bind_and_its_saving_is_that_of_a_plan() {
        let file = r#"{"version": 1, "region": "us-east-1", "services": [
            {"serviceName": "api", "desiredCount": 40, "cpu": 128, "memory": 256, "networkMode": "awsvpc"}],
            "policy": {"allowedInstanceTypes": ["m5.*"]}}"#;
        let imported = read_cluster(file, "c.json", &ImportOptions::default());
        let cluster = imported.expect("a cluster").cluster;
        let catalogue = Catalogue::embedded("us-east-1").expect("a Region with prices");
        let options = PlanOptions {
            ideal: true,
            work_limit: Some(200_000),
            ..PlanOptions::default()
        };
        let planned = planner::plan(&cluster, &catalogue, &options, &Never, &Silent);
        let plan = planned.expect("a plan").plan.into_plan();
        let solver = Solver::try_new(&cluster, &catalogue, &plan, options, &Never);
        let found = levers(&solver.expect("a base"), &plan).expect("plans");
        let trunking = (found.saving.iter()).find(|lever| lever.key == "eniTrunking");
        let trunking = trunking.expect("interfaces bind");
        assert_eq!(trunking.value, "false");
        let told = trunking.tried.change_usd_per_hour.expect("all are placed");
        assert!(told < UsdPerHour::ZERO, "{told}");
        // What is told is a packing's cost, and none costs less than the bound of a plan with trunks.
        let mut with_trunks = cluster.clone();
        with_trunks.policy.eni_trunking = true;
        let other = planner::plan(&with_trunks, &catalogue, &options, &Never, &Silent);
        let bound = other
            .expect("a plan")
            .plan
            .into_plan()
            .cost
            .bound_usd_per_hour;
        assert!(trunking.tried.usd_per_hour >= bound);
        let tried = found.saving.len() + found.without_effect.len();
        assert_eq!(tried, lever_count(&cluster, &plan));
        assert_eq!(found.fleet, None, "the plan is a best packing");
        for pair in found.saving.windows(2) {
            assert!(pair[0].tried.change_usd_per_hour <= pair[1].tried.change_usd_per_hour);
        }
    }

    #[test]
    fn a_fleets_levers_are_savings_of_fleets_over_the_cheaper_of_two() {
        let file = r#"{"version": 1, "region": "us-east-1", "services": [
            {"serviceName": "api", "desiredCount": 10, "cpu": 512, "memory": 1024, "maxCount": 20},
            {"serviceName": "web", "desiredCount": 6, "cpu": 900, "memory": 3000}],
            "policy": {"allowedInstanceTypes": ["m6i.large", "m6i.xlarge"], "headroomPercent": 40}}"#;
        let imported = read_cluster(file, "c.json", &ImportOptions::default());
        let cluster = imported.expect("a cluster").cluster;
        let catalogue = Catalogue::embedded("us-east-1").expect("a Region with prices");
        let options = PlanOptions {
            work_limit: Some(100_000),
            ..PlanOptions::default()
        };
        let planned = planner::plan(&cluster, &catalogue, &options, &Never, &Silent);
        let plan = planned.expect("a plan").plan.into_plan();
        assert!(has_fleet(&plan));
        let solver = Solver::try_new(&cluster, &catalogue, &plan, options, &Never);
        let found = levers(&solver.expect("a base"), &plan).expect("plans");
        let fleet = found.fleet.expect("the plan has a fleet");
        assert!(fleet.usd_per_hour <= plan.cost.usd_per_hour);
        assert_eq!(fleet.services_without_max_count, 1, "web names none");
        let headroom = (found.saving.iter()).find(|lever| lever.key == "headroomPercent");
        let headroom = headroom.expect("room costs something");
        let less = headroom.fleet_usd_per_hour.expect("a fleet without it");
        assert_eq!(headroom.change(), Some(less - fleet.usd_per_hour));
        assert!(less < fleet.usd_per_hour, "{less}");
        let mut without = cluster.clone();
        without.policy.headroom_percent = rust_decimal::Decimal::ZERO;
        let again = planner::plan(&without, &catalogue, &options, &Never, &Silent);
        let again = again.expect("a plan").plan.into_plan();
        assert!(again.is_realised() && less >= again.cost.bound_usd_per_hour.expect("a bound"));
    }
}
