//! The proof of a plan's bound, for whoever does not want to believe the optimizer.
//!
//! Where the linear program of the plan's own problem bounds the cost of every plan, it is the one that is proven; where that
//! problem keeps room beside the tasks, or lists some ways of settling task groups alone, the merged relaxation is.

use crate::catalogue::Catalogue;
use crate::check::{check_proof, not_carried};
use crate::domain::cluster::Cluster;
use crate::domain::proof::Proof;
use crate::formulate::demand::Demand;
use crate::formulate::model::{Model, PlanningInput, Scope};
use crate::optimize::duals::Duals;
use crate::optimize::relax::relax;
use crate::optimize::solve::default_work_limit;
use crate::optimize::stop::Stop;
use crate::proof::{NotProven, prove};

use super::options::PlanError;
use super::pack::Packed;

/// Proves the bound of a packed cluster; a proof that its own check refuses is withheld.
///
/// # Errors
/// When numbers are out of range or the LP solver fails.
pub(super) fn proven(
    (cluster, catalogue): (&Cluster, &Catalogue),
    input: PlanningInput<'_>,
    packed: &Packed,
    stop: &dyn Stop,
) -> Result<Result<Proof, NotProven>, PlanError> {
    if let Some(key) = not_carried(cluster) {
        return Ok(Err(NotProven::NotCarried(key)));
    }
    let without_place = packed.unplaced.iter().any(|&tasks| tasks > 0);
    if without_place || !packed.model.unplaceable.is_empty() {
        return Ok(Err(NotProven::Unplaced));
    }
    let demand = Demand::planned(input.cluster);
    let of_tasks_alone = packed.demand == demand && !input.cluster.policy.survive_zone_loss;
    let proof = if of_tasks_alone && packed.model.complete {
        of_model(input, &packed.model, packed.at_bound.as_ref(), stop)
    } else {
        let merged = Model::try_new(input, &demand, Scope::Merged)?;
        let work = default_work_limit(merged.items.len());
        let relaxed = relax(&merged.problem, None, work, stop)?;
        of_model(input, &merged, relaxed.at_bound.as_ref(), stop)
    };
    Ok(proof.and_then(|proof| {
        let faults = check_proof(cluster, catalogue, &proof);
        match faults.first() {
            None => Ok(proof),
            Some(fault) => Err(NotProven::Withheld(fault.to_string())),
        }
    }))
}

fn of_model(
    input: PlanningInput<'_>,
    model: &Model,
    at_bound: Option<&Duals>,
    stop: &dyn Stop,
) -> Result<Proof, NotProven> {
    // Without tasks there is no linear program: instances are bought for their least number alone.
    let without_tasks = Duals {
        limits: vec![0.0; model.problem.limits().len()],
        floor: f64::INFINITY,
        ..Duals::default()
    };
    let duals = if model.items.is_empty() {
        Some(&without_tasks)
    } else {
        at_bound
    };
    prove(input, model, duals.ok_or(NotProven::NoBound)?, stop)
}
