//! Levers: what each key of the policy costs, found by planning the cluster with the key at what asks for least.
//!
//! Keys that say how things are (memory that instances do not register, room that is reserved) are no choice, and one that is looked
//! at in the realised fleet alone changes no packing; both are left out.

use crate::domain::money::UsdPerHour;
use crate::domain::policy::Policy;
use crate::domain::policy_keys::{Binding, POLICY_KEYS};
use crate::planner::PlanError;

use super::explanation::{Lever, Levers, Tried};
use super::solver::Solver;

/// Keys that are no lever of a packing.
const NO_LEVERS: [&str; 4] = [
    "deploymentSurge",
    "memoryOverhead",
    "reservedCpu",
    "reservedMemory",
];

/// Keys that ask for something: name, value, and how to ask for least.
fn in_force(
    policy: &Policy,
) -> impl Iterator<Item = (&'static str, String, &'static Binding<Policy>)> {
    (POLICY_KEYS.iter())
        .filter(|key| !NO_LEVERS.contains(&key.name))
        .filter_map(|key| Some((key.name, key.binding.as_ref()?)))
        .filter_map(|(name, binding)| Some((name, (binding.shown)(policy)?, binding)))
}

/// How many plans [`levers`] makes of a cluster with this policy.
#[must_use]
pub fn lever_count(policy: &Policy) -> usize {
    in_force(policy).count()
}

/// The keys that cost something, the dearest first; each is planned again by itself.
///
/// # Errors
/// When a variant has no plan.
pub fn levers(solver: &Solver<'_>) -> Result<Levers, PlanError> {
    let mut found = Levers {
        saving: Vec::new(),
        without_effect: Vec::new(),
    };
    for (key, value, binding) in in_force(&solver.cluster().policy) {
        if solver.is_stopped() {
            break;
        }
        let mut cluster = solver.cluster().clone();
        (binding.relax)(&mut cluster.policy);
        let (tried, _) = solver.tried(&cluster, solver.catalogue())?;
        if saves(&tried) {
            found.saving.push(Lever { key, value, tried });
        } else {
            found.without_effect.push(key);
        }
    }
    found.saving.sort_by_key(|lever| {
        (
            lever.tried.unplaced,
            lever.tried.change_usd_per_hour,
            lever.key,
        )
    });
    Ok(found)
}

/// Whether a change gives tasks a place, or costs less with the same tasks placed.
fn saves(tried: &Tried) -> bool {
    tried.unplaced < tried.base_unplaced
        || (tried.change_usd_per_hour).is_some_and(|change| change < UsdPerHour::ZERO)
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
        let found = levers(&solver.expect("a base")).expect("plans");
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
        assert_eq!(tried, lever_count(&cluster.policy));
        for pair in found.saving.windows(2) {
            assert!(pair[0].tried.change_usd_per_hour <= pair[1].tried.change_usd_per_hour);
        }
    }
}
