//! Plans beside commitments: bought ones change which fleet is cheapest, and with `--commit` plans to buy are chosen with it.
//!
//! The rest of the planner knows prices and no commitments. Here it is asked at several prices `ĉ = min(c, γ q)`
//! ([`crate::commitment`]), each fleet's bill is taken at list price with the commitments applied, and the cheapest is the plan.
//! Every one of these searches bounds every bill:
//!
//! ```text
//! bill ≥ bound(ĉ) + Σ_bought (K_p − γ_p Q_p),   γ_p ≥ 0, and γ_p ≤ 1 of what is still to be bought
//! ```
//! 1. Where something is bought, ideal packings at a few `γ`: up where a fleet at these prices wants more of a commitment than it
//!    holds, down where less ([`hour`]). Of a plan still to be bought `γ = 1` is best where every hour is the same.
//! 2. The fleet at the best `γ`, and the one at list prices: choosing the fleet first is one of the choices.
//! 3. Over a week designs at both prices and at the blend of them that the best one pays; a bound by class of hours ([`week`]).
//! 4. Rows at list price, what an ordinary day leaves running too ([`day`]), the adjustment, and what the plan says of its
//!    commitments ([`finish`]).

mod day;
mod finish;
mod hour;
mod list;
#[cfg(test)]
mod tests;
mod week;

use rust_decimal::{Decimal, RoundingStrategy};

use crate::catalogue::Catalogue;
use crate::commitment::pool::{self, CommitmentError, Pool};
use crate::commitment::said::sorted;
use crate::commitment::{best, bill, usage};
use crate::domain::cluster::Cluster;
use crate::domain::commitment::Commitments;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::FleetPlan;
use crate::domain::policy::FargateUse;
use crate::optimize::listener::Listener;
use crate::optimize::stop::Stop;

use super::options::{PlanError, PlanOptions, Planned};

/// Whether a cluster is planned beside commitments.
pub(super) fn applies(cluster: &Cluster, options: &PlanOptions<'_>) -> bool {
    !cluster.commitments.bought.is_empty() || options.commit.is_some()
}

/// Plans a cluster beside its commitments.
///
/// # Errors
/// As [`super::plan`], and where a commitment has no rates.
pub(super) fn plan(
    cluster: &Cluster,
    catalogue: &Catalogue,
    options: &PlanOptions<'_>,
    stop: &dyn Stop,
    listener: &dyn Listener,
) -> Result<Planned, PlanError> {
    if !cluster.policy.savings_plan_discount.is_zero() {
        return Err(CommitmentError::AndDiscount.into());
    }
    let asked = [
        (options.moves.is_some(), "--max-moves and --moves"),
        (options.min_availability.is_some(), "--min-availability"),
        (options.proof, "--proof"),
    ];
    let refused: Vec<&str> = (asked.into_iter().filter(|(asked, _)| *asked))
        .map(|(_, name)| name)
        .collect();
    if !refused.is_empty() {
        return Err(CommitmentError::NotBuilt(refused).into());
    }
    let bought = pool::bought(cluster, catalogue)?;
    let candidates = match options.commit {
        Some(asked) => pool::candidates(asked, catalogue)?,
        None => Vec::new(),
    };
    let bare = Cluster {
        commitments: Commitments::default(),
        ..cluster.clone()
    };
    let pools = sorted(bought.iter().chain(&candidates).cloned().collect());
    let beside = Beside {
        cluster,
        bare: &bare,
        catalogue,
        pools,
        candidates,
    };
    let options = PlanOptions {
        commit: None,
        ..*options
    };
    let found = if cluster.week.is_some() {
        week::search(&beside, &options, stop, listener)?
    } else {
        hour::search(&beside, &options, stop, listener)?
    };
    finish::finish(&beside, found)
}

/// A cluster and what is committed to beside it.
struct Beside<'a> {
    /// With its commitments.
    cluster: &'a Cluster,
    /// Without them, as the rest of the planner has it.
    bare: &'a Cluster,
    /// At list prices.
    catalogue: &'a Catalogue,
    /// Bought ones and those that may be, in AWS's order.
    pools: Vec<Pool>,
    /// Those that may be bought.
    candidates: Vec<Pool>,
}

/// What the searches came to.
struct Found {
    /// The plan at list prices.
    plan: FleetPlan,
    /// What is beside it.
    planned: Planned,
    /// Commitments, with as much of each proposed one as costs least.
    pools: Vec<Pool>,
    /// No plan costs less.
    bound: Option<UsdPerHour>,
    /// The best packing known, commitments applied.
    ideal: Option<UsdPerHour>,
}

/// A fleet at list prices with the commitments that suit it.
struct Billed {
    plan: FleetPlan,
    pools: Vec<Pool>,
    /// The bill.
    total: UsdPerHour,
}

impl Beside<'_> {
    /// The bill of a plan that was made at other prices.
    fn billed(&self, plan: FleetPlan) -> Result<Billed, PlanError> {
        let plan = list::at_list(plan, self.cluster, self.catalogue)?;
        let hours = usage::of_plan(&plan, self.cluster, self.catalogue);
        let pools = best(&hours, &self.pools);
        let adjustment = UsdPerHour::new(bill::applied(&hours, &pools).adjustment()).rounded();
        Ok(Billed {
            total: plan.cost.usd_per_hour + adjustment,
            plan,
            pools,
        })
    }

    /// What every bill is at least, by a bound at the prices of `γ`; `None` where that tells nothing.
    fn bound(&self, bound: Option<UsdPerHour>, gamma: &[Decimal]) -> Option<UsdPerHour> {
        let mut sum = bound?.amount() - self.rounding();
        for (pool, gamma) in self.pools.iter().zip(gamma) {
            if !pool.proposed {
                sum += pool.usd_per_hour.amount() - pool.capacity * gamma;
            } else if *gamma > Decimal::ONE {
                return None;
            }
        }
        let down = sum.round_dp_with_strategy(8, RoundingStrategy::ToNegativeInfinity);
        Some(UsdPerHour::new(down.max(Decimal::ZERO).normalize()))
    }

    /// What rounding may add to the prices of tasks on Fargate, two units of the grid each.
    fn rounding(&self) -> Decimal {
        if self.cluster.policy.fargate == FargateUse::Forbidden {
            return Decimal::ZERO;
        }
        let tasks = |cluster: &Cluster| -> u64 {
            let counts = cluster
                .services
                .iter()
                .map(|service| cluster.planned_count(service));
            counts.fold(0, u64::saturating_add)
        };
        Decimal::from(tasks(&self.bare.at_peaks())) * Decimal::new(2, 8)
    }

    /// Whether something is bought already.
    fn has_bought(&self) -> bool {
        self.pools.iter().any(|pool| !pool.proposed)
    }
}
