//! The proof of a bound, written so that it needs no solver to be checked.
//!
//! Given prices `π` of the items and multipliers of the rows, as column generation leaves them, find for every offering `o`
//! a tree of boxes of loads with multipliers `u ≥ 0` of the capacities in each leaf, such that in every leaf
//!
//! ```text
//! Σ_d u_d C_d + Σ_i max_{l_i ≤ a_i ≤ h_i} (p_i − Σ_d u_d w_id) a_i  ≤  ĉ_o
//! ```
//!
//! where `p_i` is `π_i` less the multipliers of the limits that count `i` in `o`, and `ĉ_o` the cost with those of the rows that
//! count instances. The tree is that of a best-first branch and bound over the relaxation of the knapsack; `u` is the
//! relaxation's dual solution, rounded. Where a tree of the size allowed leaves a load that may be worth `ρ > 1` times
//! `ĉ_o`, all prices and limits' multipliers are divided by `ρ` (Farley 1990). Everything is rounded to whole numbers then, and
//! each leaf looked at again in exact arithmetic. The theorem is `docs/proof.md`.

mod draft;
mod exact;
mod packing;
mod search;
mod trees;

use rayon::prelude::*;
use thiserror::Error;

use crate::domain::money::UsdPerHour;
use crate::domain::proof::{Proof, ProvenOffering};
use crate::formulate::model::{Model, PlanningInput};
use crate::optimize::duals::Duals;
use crate::optimize::relax::relax;
use crate::optimize::solve::default_work_limit;
use crate::optimize::stop::Stop;

pub use packing::prove_packing;

use draft::{Draft, Prices};
use search::Searched;
use trees::{lowered, search_all};

/// Why there is no proof.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NotProven {
    /// The cluster or its policy has something that a proof does not carry.
    #[error("a proof carries no {0}")]
    NotCarried(&'static str),
    /// There is no packing, of which a bound could be.
    #[error("nothing packs all items, and a proof is of a bound")]
    NoPacking,
    /// Some tasks have no place: a bound would be for the rest of them.
    #[error("some tasks have no place, and a proof is of all tasks")]
    Unplaced,
    /// The search ended before a linear program was solved.
    #[error(
        "the search ended before the linear program had a bound; raise --work-limit or --time-limit"
    )]
    NoBound,
    /// The proof does not pass its own check.
    #[error("it does not pass its own check and is withheld: {0}")]
    Withheld(String),
    /// Rounding could not be paid for.
    #[error("the prices cannot be rounded so that every load stays worth no more than it costs")]
    Rounding,
    /// Numbers are too large or lie too far apart.
    #[error("its numbers are too large to be written exactly")]
    TooLarge,
}

/// From this loss on, prices are sought anew for what the proof carries of the model.
const TOO_MUCH: f64 = 3e-4;

/// Proves as much of the linear program's bound at these duals as trees of a limited size do.
///
/// # Errors
/// When no prices can be proven.
pub fn prove(
    input: PlanningInput<'_>,
    model: &Model,
    duals: &Duals,
    stop: &dyn Stop,
) -> Result<Proof, NotProven> {
    let draft = Draft::new(input, model);
    let prices = draft.prices(duals);
    let (first, worst) = at_prices(&draft, &prices, stop);
    if worst <= 1.0 + TOO_MUCH || stop.should_stop() {
        return first;
    }
    // Task groups, volumes, host ports and accelerators are not in the proof: without them other prices are best.
    let work = default_work_limit(draft.problem.items().len());
    let relaxed = relax(&draft.problem, Some(prices.items()), work, stop);
    let second = relaxed.ok().and_then(|relaxed| relaxed.at_bound);
    let second = second.map(|duals| at_prices(&draft, &draft.own_prices(&duals), stop).0);
    match (first, second) {
        (Ok(first), Some(Ok(second))) if first.bound >= second.bound => Ok(first),
        (first, Some(second)) => second.or(first),
        (first, None) => first,
    }
}

/// The proof at these prices, and by how much a load may be worth too much at them.
fn at_prices(
    draft: &Draft<'_>,
    prices: &Prices,
    stop: &dyn Stop,
) -> (Result<Proof, NotProven>, f64) {
    let priced: Vec<_> = (0..draft.offerings.len())
        .filter(|&offering| draft.holds_worth(offering, prices))
        .map(|offering| draft.priced(offering, prices))
        .collect();
    let searched = search_all(&priced, stop);
    let worst = (searched.iter().map(|tree| tree.value)).fold(1.0_f64, f64::max);
    (rounded(draft, prices, &searched, worst), worst)
}

fn rounded(
    draft: &Draft<'_>,
    prices: &Prices,
    searched: &[Searched],
    worst: f64,
) -> Result<Proof, NotProven> {
    lowered(worst, |theta| {
        let whole = prices.whole(theta);
        let settled = (searched.par_iter()).map(|tree| exact::settle(draft, &whole, tree, theta));
        let offerings = trees::all_or_worst(settled.collect())?;
        Ok(assembled(draft, &whole, offerings))
    })
}

fn assembled(draft: &Draft<'_>, whole: &draft::Whole, offerings: Vec<ProvenOffering>) -> Proof {
    let mut proof = Proof {
        bound: UsdPerHour::ZERO,
        items: draft.items(whole),
        rows: draft.rows(whole),
        offerings,
    };
    exact::settle_choices(&mut proof);
    let value = exact::value(&proof).max(0);
    proof.bound = UsdPerHour::from_grid_units(i64::try_from(value).unwrap_or(i64::MAX));
    proof
}
