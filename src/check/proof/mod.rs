//! The proof of a bound, checked from cluster, catalogue and proof alone, in whole numbers.
//!
//! The theorem is `docs/proof.md`. Items, counts, capacities, costs, what may be bought and right-hand sides are derived again
//! here; what cannot be derived is refused with its name. No part of the optimizer is used: whoever reads a proof need
//! not believe whoever wrote it.

mod items;
mod leaves;
mod offerings;
mod packing;
mod rows;

pub use packing::check_packing_proof;

use std::fmt;

use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;

use crate::catalogue::Catalogue;
use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{FleetPlan, PlanCost, PlanStatus};
use crate::domain::policy::{KeepInstances, ManagedInstancesUse};
use crate::domain::proof::Proof;

use super::facts::Facts;
use super::offers::{self, Offer};

/// Something of a proof that does not follow from cluster and catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProofFault {
    /// Where in the proof.
    pub place: String,
    /// What is claimed there.
    pub found: String,
    /// What would hold.
    pub expected: String,
}

impl fmt::Display for ProofFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            place,
            found,
            expected,
        } = self;
        write!(f, "{place}: {found}; expected {expected}")
    }
}

fn fault(
    place: impl Into<String>,
    found: impl Into<String>,
    expected: impl Into<String>,
) -> ProofFault {
    ProofFault {
        place: place.into(),
        found: found.into(),
        expected: expected.into(),
    }
}

/// What of the policy no proof of version 1 carries, by the key's name.
#[must_use]
pub fn not_carried(cluster: &Cluster) -> Option<&'static str> {
    let policy = &cluster.policy;
    if cluster.is_kubernetes() {
        // Its capacities count pods, and its bound may be that of a looser reading.
        return Some("documents of Kubernetes");
    }
    if cluster.week.is_some() {
        // Its items would be those of one hour.
        return Some("demand over a week");
    }
    if policy.managed_instances != ManagedInstancesUse::Forbidden {
        return Some("managedInstances");
    }
    if policy.may_buy_burstable() {
        // What they cost depends on the load, which no offering of a proof says.
        return Some("burstable types");
    }
    (policy.keep_instances == KeepInstances::All).then_some("keepInstances")
}

/// Checks a proof; no faults where it proves its bound.
#[must_use]
pub fn check_proof(cluster: &Cluster, catalogue: &Catalogue, proof: &Proof) -> Vec<ProofFault> {
    if let Some(key) = not_carried(cluster) {
        let found = format!("a policy with {key}");
        return vec![fault(
            "(the whole proof)",
            found,
            "a cluster without it: this is not derived, and not believed",
        )];
    }
    let nothing = nothing(cluster, catalogue);
    let facts = Facts::new(cluster, catalogue, &nothing);
    let offers: Vec<Offer<'_>> = offers::new_instances(&facts).collect();
    let mut faults = Vec::new();
    let items = items::derive(&facts, &offers, proof, &mut faults);
    rows::check(&facts, &offers, proof, &mut faults);
    if faults.is_empty() {
        // What stands on wrong items or rows says nothing.
        offerings::check(&facts, &offers, (proof, &items), &mut faults);
    }
    if faults.is_empty() {
        faults.extend(wrong_bound(proof));
    }
    faults
}

/// Whether the bound is not what the items and rows add up to.
fn wrong_bound(proof: &Proof) -> Option<ProofFault> {
    let claimed = i128::from(proof.bound.grid_units());
    let proven = rows::value(proof);
    (proven.map(|value| value.max(0)) != Some(claimed)).then(|| {
        let expected = proven.map_or_else(
            || "numbers that can be added up".to_owned(),
            |units| {
                format!(
                    "{} USD per hour, which items and rows add up to",
                    usd(units)
                )
            },
        );
        fault("boundUsdPerHour", format!("{}", proof.bound), expected)
    })
}

fn usd(units: i128) -> UsdPerHour {
    UsdPerHour::from_grid_units(units.to_i64().unwrap_or(i64::MAX))
}

/// A plan that buys nothing: what is derived here depends on none.
fn nothing(cluster: &Cluster, catalogue: &Catalogue) -> FleetPlan {
    FleetPlan {
        cluster: cluster.name.clone(),
        region: cluster.region.clone(),
        status: PlanStatus::Feasible,
        snapshot: None,
        catalogue: catalogue.provenance(),
        cost: PlanCost {
            usd_per_hour: UsdPerHour::ZERO,
            usd_per_month: 0.0,
            bound_usd_per_hour: None,
            proven_usd_per_hour: None,
            gap: None,
            ideal_usd_per_hour: UsdPerHour::ZERO,
            ideal_gap: None,
            current_usd_per_hour: None,
            periods: Vec::new(),
        },
        capacity_providers: Vec::new(),
        services: Vec::new(),
        instances: Vec::new(),
        fargate_tasks: Vec::new(),
        other_group_counts: Vec::new(),
        moves: None,
        commitment: None,
        managed_hours: Vec::new(),
        unplaced: Vec::new(),
        changes: Vec::new(),
        recommendation: None,
        assumptions: Vec::new(),
        warnings: Vec::new(),
    }
}
