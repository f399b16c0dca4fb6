//! Why a type is used, and why another one is not.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::catalogue::{Catalogue, exclusions, glob};
use crate::domain::cluster::Cluster;

use crate::domain::money::UsdPerHour;
use crate::domain::plan::FailedTest;
use crate::domain::plan::FleetPlan;
use crate::domain::policy::Policy;
use crate::domain::policy_keys::POLICY_KEYS;
use crate::planner::{PlanError, TypeExclusion, assess_type};

use super::explanation::{Candidate, Tried, WhyNot, WhyUsed};
use super::solver::Solver;

/// Prices tried, as parts of the one at which the linear program would buy: an integer packing may need more of
/// a reason than that.
const PARTS: [(i64, u32); 6] = [(99, 2), (95, 2), (90, 2), (80, 2), (65, 2), (50, 2)];

/// Most prices that are tried for a type.
pub const PRICES: usize = PARTS.len();

/// What a type of the plan is worth: the cluster planned without it.
///
/// # Errors
/// When a variant has no plan.
pub fn why_used(
    solver: &Solver<'_>,
    plan: &FleetPlan,
    instance_type: &str,
) -> Result<WhyUsed, PlanError> {
    let mut cluster = solver.cluster().clone();
    cluster
        .policy
        .excluded_instance_types
        .push(instance_type.to_owned());
    let (without, _) = solver.tried(&cluster, solver.catalogue())?;
    Ok(WhyUsed {
        instance_type: instance_type.to_owned(),
        count: count(plan, instance_type),
        without,
    })
}

/// How what keeps a type out is said.
#[derive(Clone, Copy)]
pub struct TypeWording {
    /// Why it may not be bought.
    pub excluded: fn(&TypeExclusion) -> String,
    /// The test that it fails for a service.
    pub refused: fn(&FailedTest) -> String,
}

/// What keeps a type out: rules, services that do not fit, or its price; and the price at which it would enter,
/// found by planning again.
///
/// # Errors
/// When a variant has no plan.
pub fn why_not(
    solver: &Solver<'_>,
    plan: &FleetPlan,
    instance_type: &str,
    wording: TypeWording,
) -> Result<WhyNot, PlanError> {
    let (cluster, catalogue) = (solver.cluster(), solver.catalogue());
    // Shadow prices of a packing as thorough as the ones it is compared with.
    let seen = assess_type(cluster, catalogue, solver.base(), instance_type)?;
    let mut answer = WhyNot {
        instance_type: instance_type.to_owned(),
        count: count(plan, instance_type),
        fits: seen.fits,
        refuses: (seen.refuses.into_iter())
            .map(|(service, failed)| (service, (wording.refused)(&failed)))
            .collect::<BTreeMap<_, _>>(),
        candidates: (seen.entries.into_iter())
            .map(|entry| Candidate {
                purchase_option: entry.purchase_option,
                availability_zone: entry.availability_zone,
                usd_per_hour: entry.usd_per_hour,
                enters_below_usd_per_hour: entry.enters_below,
                reduced_cost_usd_per_hour: entry.usd_per_hour - entry.enters_below,
                tasks: entry.tasks,
            })
            .collect(),
        excluded: seen.excluded.iter().map(wording.excluded).collect(),
        if_allowed: None,
        enters_at_usd_per_hour: None,
        at_that_price: None,
        stopped: false,
    };
    if !answer.excluded.is_empty() {
        if let Some(allowed) = allowing(cluster, catalogue, instance_type) {
            // Zones, prices or daemons may keep it out as well: then no policy of its type lets it in.
            let still = assess_type(&allowed, catalogue, solver.base(), instance_type)?.excluded;
            if still.is_empty() {
                answer.if_allowed = Some(solver.tried(&allowed, catalogue)?.0);
            }
        }
    } else if answer.count == 0 {
        if let Some((price, tried)) = entering(solver, &answer)? {
            answer.enters_at_usd_per_hour = Some(price);
            answer.at_that_price = Some(tried);
        } else {
            answer.stopped = solver.is_stopped();
        }
    }
    Ok(answer)
}

fn count(plan: &FleetPlan, instance_type: &str) -> u64 {
    (plan.instances.iter())
        .filter(|row| row.instance_type == instance_type)
        .map(|row| row.count)
        .sum()
}

/// The cluster with a policy that lets a type through and no other that was kept out; `None` where it is not the policy that
/// keeps it out.
fn allowing(cluster: &Cluster, catalogue: &Catalogue, instance_type: &str) -> Option<Cluster> {
    let known = catalogue.instance_type(instance_type)?;
    let obstacles = |policy: &Policy| exclusions(known, policy, catalogue).len();
    if obstacles(&cluster.policy) == 0 {
        // Zones, Spot or daemons keep it out, and no policy of its type would let it in.
        return None;
    }
    let mut policy = cluster.policy.clone();
    (policy.excluded_instance_types).retain(|pattern| !glob::matches(pattern, instance_type));
    // A key is relaxed where that leaves fewer obstacles.
    for binding in POLICY_KEYS.iter().filter_map(|key| key.binding.as_ref()) {
        let mut relaxed = policy.clone();
        (binding.relax)(&mut relaxed);
        if obstacles(&relaxed) < obstacles(&policy) {
            policy = relaxed;
        }
    }
    if obstacles(&policy) > 0 {
        return None;
    }
    let is_kept_out = |policy: &Policy, other| !exclusions(other, policy, catalogue).is_empty();
    let let_in_too: Vec<String> = (catalogue.instance_types().iter())
        .filter(|other| other.name != instance_type)
        .filter(|other| is_kept_out(&cluster.policy, other) && !is_kept_out(&policy, other))
        .map(|other| other.name.clone())
        .collect();
    policy.excluded_instance_types.extend(let_in_too);
    Some(Cluster {
        policy,
        ..cluster.clone()
    })
}

/// The highest of a few prices at which a plan with the type is cheaper than the best one without.
fn entering(
    solver: &Solver<'_>,
    answer: &WhyNot,
) -> Result<Option<(UsdPerHour, Tried)>, PlanError> {
    let Some(first) = (answer.candidates.iter())
        .find(|candidate| candidate.purchase_option.counts_as_on_demand())
    else {
        return Ok(None);
    };
    let catalogue = solver.catalogue();
    let Some(listed) = catalogue.on_demand_price(&answer.instance_type) else {
        return Ok(None);
    };
    let discount = Decimal::ONE - solver.cluster().policy.savings_plan_discount;
    if discount.is_zero() {
        return Ok(None);
    }
    // What is paid beside the price: root volume and fee.
    let beside = first.usd_per_hour.amount() - listed.usd_per_hour.amount() * discount;
    for (digits, scale) in PARTS {
        if solver.is_stopped() {
            break;
        }
        let cost = first.enters_below_usd_per_hour.amount() * Decimal::new(digits, scale);
        let price = UsdPerHour::new((cost - beside) / discount).rounded();
        if price <= UsdPerHour::ZERO {
            break;
        }
        if price >= listed.usd_per_hour {
            continue;
        }
        let cheaper = catalogue.with_on_demand_price(&answer.instance_type, price);
        let (tried, solved) = solver.tried(solver.cluster(), &cheaper)?;
        let is_cheaper = tried
            .change_usd_per_hour
            .is_some_and(|change| change < UsdPerHour::ZERO);
        if is_cheaper && count(&solved.plan, &answer.instance_type) > 0 {
            return Ok(Some((price, tried)));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{ImportOptions, read_cluster};

    fn allowed(policy: &str, instance_type: &str) -> Option<(Vec<String>, Vec<String>)> {
        let text = format!(
            r#"{{"version": 1, "region": "us-east-1", "policy": {policy}, "services": [
                {{"serviceName": "a", "desiredCount": 1, "cpu": 256, "memory": 512}}]}}"#
        );
        let imported = read_cluster(&text, "c.json", &ImportOptions::default());
        let cluster = imported.expect("a cluster").cluster;
        let catalogue = Catalogue::embedded("us-east-1").expect("known");
        let passing = |policy: &Policy| {
            let passes = |known: &&_| exclusions(known, policy, &catalogue).is_empty();
            let names = catalogue.instance_types().iter().filter(passes);
            names.map(|known| known.name.clone()).collect::<Vec<_>>()
        };
        let allowed = allowing(&cluster, &catalogue, instance_type)?;
        Some((passing(&cluster.policy), passing(&allowed.policy)))
    }

    #[test]
    fn whatever_key_keeps_a_type_out_that_type_alone_is_let_in() {
        for (policy, instance_type) in [
            (r#"{"allowedInstanceTypes": ["m6i.*"]}"#, "c7g.large"),
            (r#"{"excludedInstanceTypes": ["c*"]}"#, "c7g.large"),
            (r#"{"minVcpus": 8, "maxVcpus": 16}"#, "c7g.large"),
            (r#"{"currentGenerationOnly": true}"#, "m3.large"),
            (r#"{"bareMetal": "required", "minVcpus": 64}"#, "c7g.large"),
            ("{}", "t3.large"),
        ] {
            let (mut before, mut after) = allowed(policy, instance_type).expect(policy);
            before.push(instance_type.to_owned());
            before.sort();
            after.sort();
            assert_eq!(before, after, "{policy}");
        }
        assert_eq!(allowed("{}", "m6i.large"), None);
    }
}
