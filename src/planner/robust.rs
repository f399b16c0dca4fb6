//! The cheapest use of Spot with which every service keeps its minimum of healthy tasks: `--min-availability`.
//!
//! ```text
//! choose    a Spot share of every service, one cap on a Spot pool's share of all tasks
//! minimise  the plan's cost
//! so that   P(the service keeps its minimum through a month) ≥ p for every service with tasks on Spot
//! ```
//! The probability is the lower end of the 95 % interval of the Monte-Carlo in [`crate::simulate::availability`].
//! For each of a few caps the shares start where the policy has them; a service that is not kept often enough goes
//! down a step, and the ideal packing is made anew, until every service is kept. Shares only fall, so that ends: a
//! service without Spot is not interrupted. What is lowered is a choice and no proof: such a plan has no bound. The cheapest cap's shares are then planned in full, and go down further where
//! the fleet that ECS fills has fewer pools than the ideal packing.

use rayon::prelude::*;
use rust_decimal::Decimal;

use crate::catalogue::Catalogue;
use crate::check::certify;
use crate::domain::cluster::Cluster;

use crate::domain::money::UsdPerHour;
use crate::domain::plan::{Assumption, FleetPlan, Kept, LoweredShare, PlanStatus};
use crate::optimize::listener::{Listener, Silent};
use crate::optimize::stop::{Share, Stop};
use crate::simulate::availability::{AvailabilityOptions, Deployment, availability_until};
use crate::simulate::choices::Choices;
use crate::simulate::cut::Cut;

use super::options::{PlanError, PlanOptions, Planned};
use super::plan::plan_once;
use super::work::default_work;

/// Shares of a service, in hundredths, one step after the other.
const SHARES: [u32; 6] = [75, 50, 35, 20, 10, 0];
/// Caps on a pool besides the policy's own, in hundredths.
const CAPS: [u32; 3] = [50, 25, 10];
/// Monte-Carlo trials while shares are looked for, and of the plan.
const TRIALS: (u64, u64) = (2_000, 10_000);
/// A search's part of the default work.
const PART_OF_WORK: u64 = 8;
/// The search for shares gets one in so many parts of the clock, and of the caller's work limit.
const SEARCH_PART: u32 = 3;
/// Steps of trials ([`Deployment::steps`]) that make a unit of work.
const STEPS_PER_UNIT: u64 = 20;
/// Full plans that are made.
const MOST_PLANS: u32 = 4;

/// Plans a cluster with so little Spot that every service keeps its minimum of healthy tasks through a month with a
/// probability of at least `least`.
///
/// # Errors
/// As [`super::plan`].
pub(super) fn plan_available(
    cluster: &Cluster,
    catalogue: &Catalogue,
    (least, options): (f64, &PlanOptions<'_>),
    stop: &dyn Stop,
    listener: &dyn Listener,
) -> Result<Planned, PlanError> {
    let (mut adjusted, spent) = cheapest(
        cluster,
        catalogue,
        (least, options),
        &Share::new(stop, 1, SEARCH_PART),
    )?;
    let mut spent = spent;
    for left in (1..=MOST_PLANS).rev() {
        // The last plan, without any Spot, comes after these and needs the other half.
        let part = left.min(2);
        let clock = Share::new(stop, 1, part);
        let own = PlanOptions {
            work_limit: (options.work_limit)
                .map(|limit| limit.saturating_sub(spent) / u64::from(part)),
            ..*options
        };
        let mut planned = plan_once(&adjusted, catalogue, &own, &clock, listener)?;
        let drawn = draw(&adjusted, &planned.plan, (options.seed, TRIALS.1), &clock);
        spent += planned.work + drawn.work;
        planned.work = spent;
        let failing = failing(&drawn.kept, least);
        if failing.is_empty() {
            let said = lowered(cluster, &adjusted, &drawn, least);
            return under_own_policy(cluster, catalogue, &adjusted, planned, said);
        }
        for service in failing {
            // The last plan but one gets by without Spot where it must.
            lower(&mut adjusted, service, left <= 2);
        }
    }
    for service in 0..adjusted.services.len() {
        lower(&mut adjusted, service, true);
    }
    let own = PlanOptions {
        work_limit: (options.work_limit).map(|limit| limit.saturating_sub(spent)),
        ..*options
    };
    let mut planned = plan_once(&adjusted, catalogue, &own, stop, listener)?;
    // Spot instances that stay, and what else lowering does not reach, are still there.
    let drawn = draw(&adjusted, &planned.plan, (options.seed, TRIALS.1), stop);
    planned.work += spent + drawn.work;
    let said = lowered(cluster, &adjusted, &drawn, least);
    under_own_policy(cluster, catalogue, &adjusted, planned, said)
}

/// The plan as one of the cluster as it is: the bound of a cluster with lowered shares says nothing about it.
fn under_own_policy(
    cluster: &Cluster,
    catalogue: &Catalogue,
    adjusted: &Cluster,
    planned: Planned,
    said: Assumption,
) -> Result<Planned, PlanError> {
    let Planned { plan, .. } = planned;
    let mut plan = plan.into_plan();
    if is_lowered(cluster, adjusted) {
        let cost = &mut plan.cost;
        (cost.bound_usd_per_hour, cost.gap, cost.ideal_gap) = (None, None, None);
        if plan.status == PlanStatus::Optimal {
            plan.status = PlanStatus::Feasible;
        }
    }
    plan.assumptions.push(said);
    Ok(Planned {
        plan: certify(cluster, catalogue, plan)?,
        ..planned
    })
}

/// Whether any share or cap differs from the policy's.
fn is_lowered(cluster: &Cluster, adjusted: &Cluster) -> bool {
    let shares = (0..cluster.services.len())
        .any(|service| share(adjusted, service) < share(cluster, service));
    let cap = |cluster: &Cluster| cluster.policy.spot_max_share_per_pool;
    shares || cap(adjusted) < cap(cluster)
}

/// Tasks without a place, and the cost of the others: smaller is better.
type Outlook = (u64, UsdPerHour);

/// The shares and the cap whose ideal packing costs least, and the work spent on finding them.
fn cheapest(
    cluster: &Cluster,
    catalogue: &Catalogue,
    (least, options): (f64, &PlanOptions<'_>),
    stop: &dyn Stop,
) -> Result<(Cluster, u64), PlanError> {
    let own = cluster.policy.spot_max_share_per_pool;
    let lower_caps = CAPS.iter().map(|&cap| Decimal::new(i64::from(cap), 2));
    let caps: Vec<Decimal> = std::iter::once(own)
        .chain(lower_caps.filter(|cap| *cap < own))
        .collect();
    let each = (options.work_limit).map(|limit| {
        limit / u64::from(SEARCH_PART) / u64::try_from(caps.len()).unwrap_or(u64::MAX)
    });
    let found: Result<Vec<Descent>, PlanError> = caps
        .into_par_iter()
        .map(|cap| {
            let mut adjusted = cluster.clone();
            adjusted.policy.spot_max_share_per_pool = cap;
            descend(adjusted, catalogue, (least, options, each), stop)
        })
        .collect();
    let found = found?;
    let spent = found.iter().map(|descent| descent.work).sum();
    let cheapest = found.into_iter().min_by_key(|descent| descent.outlook);
    let adjusted = cheapest.map_or_else(|| cluster.clone(), |descent| descent.adjusted);
    Ok((adjusted, spent))
}

/// Where the shares came to lie under one cap.
struct Descent {
    outlook: Outlook,
    adjusted: Cluster,
    work: u64,
}

/// Shares go down until every service of the ideal packing is kept.
fn descend(
    mut adjusted: Cluster,
    catalogue: &Catalogue,
    (least, options, limit): (f64, &PlanOptions<'_>, Option<u64>),
    stop: &dyn Stop,
) -> Result<Descent, PlanError> {
    let usual = default_work(&adjusted, true) / PART_OF_WORK;
    let mut work = 0;
    loop {
        // How many steps there are is not known: each takes at most half of what is left.
        let most = limit.map_or(usual, |limit| usual.min((limit - work.min(limit)) / 2));
        let quick = PlanOptions {
            ideal: true,
            work_limit: Some(most),
            ..*options
        };
        let planned = plan_once(&adjusted, catalogue, &quick, stop, &Silent)?;
        let plan = planned.plan;
        let drawn = draw(&adjusted, &plan, (options.seed, TRIALS.0), stop);
        work += planned.work + drawn.work;
        let failing = failing(&drawn.kept, least);
        if failing.is_empty() {
            let unplaced = plan.unplaced.iter().map(|entry| entry.count).sum();
            return Ok(Descent {
                outlook: (unplaced, plan.cost.usd_per_hour),
                adjusted,
                work,
            });
        }
        for service in failing {
            lower(&mut adjusted, service, false);
        }
    }
}

/// What trials say of a plan.
struct Drawn {
    /// For every service with tasks on Spot, by position, the probability that it keeps its minimum.
    kept: Vec<Option<f64>>,
    /// Trials that were drawn.
    trials: u64,
    /// Counted work.
    work: u64,
}

/// Draws the trials of a plan, as many as the clock leaves time for.
fn draw(cluster: &Cluster, plan: &FleetPlan, (seed, trials): (u64, u64), stop: &dyn Stop) -> Drawn {
    let reading = Choices::default().band_reading;
    let deployment = Deployment::of_plan(cluster, &plan.instances, &plan.fargate_tasks, reading);
    let options = AvailabilityOptions {
        trials,
        seed,
        ..AvailabilityOptions::default()
    };
    let is_due = || stop.should_stop();
    let found = availability_until(&deployment, &options, Cut::once(&is_due));
    let kept = (cluster.services.iter().zip(found.services))
        .zip(deployment.may_be_reclaimed())
        .map(|((service, fared), may_be_reclaimed)| {
            (may_be_reclaimed && !service.is_daemon()).then_some(fared.kept.lower)
        })
        .collect();
    Drawn {
        kept,
        trials: found.trials,
        work: found.trials.saturating_mul(deployment.steps()) / STEPS_PER_UNIT,
    }
}

fn failing(kept: &[Option<f64>], least: f64) -> Vec<usize> {
    (0..kept.len())
        .filter(|&service| kept[service].is_some_and(|kept| kept < least))
        .collect()
}

/// A service's Spot share in force.
fn share(cluster: &Cluster, service: usize) -> Decimal {
    let own = cluster.services[service].policy.spot_max_share;
    cluster
        .policy
        .spot_max_share
        .min(own.unwrap_or(Decimal::ONE))
}

/// The next lower share, or none at all.
fn lower(cluster: &mut Cluster, service: usize, to_nothing: bool) {
    let now = share(cluster, service);
    let next = (SHARES.iter())
        .map(|&share| Decimal::new(i64::from(share), 2))
        .find(|share| *share < now && !to_nothing);
    cluster.services[service].policy.spot_max_share = Some(next.unwrap_or(Decimal::ZERO));
}

/// What was lowered, and what it is worth.
fn lowered(cluster: &Cluster, adjusted: &Cluster, drawn: &Drawn, least: f64) -> Assumption {
    let lowered = (0..cluster.services.len())
        .filter(|&service| share(adjusted, service) < share(cluster, service))
        .map(|service| LoweredShare {
            service_name: cluster.services[service].name.clone(),
            spot_max_share: share(adjusted, service).normalize(),
        })
        .collect();
    let cap = adjusted.policy.spot_max_share_per_pool;
    let worst = drawn.kept.iter().flatten().copied().reduce(f64::min);
    Assumption::MinAvailability {
        least,
        lowered,
        pool_share: (cap < cluster.policy.spot_max_share_per_pool).then(|| cap.normalize()),
        kept: worst.map(|probability| Kept {
            probability: four_decimals(probability),
            trials: drawn.trials,
        }),
    }
}

/// A lower end with as many decimals as it is told with, and no higher than it was.
fn four_decimals(probability: f64) -> f64 {
    (probability * 1e4).floor() / 1e4
}
