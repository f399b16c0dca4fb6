//! The proof of a packing problem's bound, for whoever does not want to believe the optimizer.

use crate::check::check_packing_proof;
use crate::domain::packing::{Grid, PackingProblem, PackingProof, PackingSolution, PackingStatus};
use crate::optimize::duals::Duals;
use crate::optimize::problem::Problem;
use crate::optimize::relax::relax;
use crate::optimize::solve::default_work_limit;
use crate::optimize::stop::Stop;
use crate::proof::{NotProven, prove_packing};

use super::options::PlanError;

/// Proves a bound at these duals, or at those of a relaxation of its own where the search ended without; a proof that its own
/// check refuses is withheld.
///
/// # Errors
/// When the LP solver fails.
pub(super) fn proven(
    problem: &PackingProblem,
    (grid, bare): (&Grid, &Problem),
    (solution, at_bound): (&PackingSolution, Option<Duals>),
    stop: &dyn Stop,
) -> Result<Result<PackingProof, NotProven>, PlanError> {
    if solution.status == PackingStatus::Infeasible {
        return Ok(Err(NotProven::NoPacking));
    }
    let duals = match at_bound {
        Some(duals) => Some(duals),
        None => relax(bare, None, default_work_limit(bare.items().len()), stop)?.at_bound,
    };
    // A packing that costs nothing has no bound above that, and needs no linear program.
    let is_free = solution.cost.is_some_and(|cost| cost.is_zero());
    let duals = duals.or_else(|| {
        is_free.then(|| Duals {
            items: vec![0.0; bare.items().len()],
            limits: vec![0.0; bare.limits().len()],
            ..Duals::default()
        })
    });
    let Some(duals) = duals else {
        return Ok(Err(NotProven::NoBound));
    };
    Ok(
        prove_packing(problem, grid, &duals, stop).and_then(|proof| {
            let faults = check_packing_proof(problem, &proof);
            match faults.first() {
                None => Ok(proof),
                Some(fault) => Err(NotProven::Withheld(fault.to_string())),
            }
        }),
    )
}
