//! Demand over a week: designs at several prices, the exact commitment for each, and a bound with prices of their own for the hours.
//!
//! At the best fleet's commitment an hour that uses all of it pays On-Demand for one instance more, and one that does not pays
//! nothing: these are the prices `γ_t` of its hours, and where the commitment is as much as an hour uses exactly, what is left of
//! `Σ_t w_t γ_t ≤ Σ_t w_t` goes there. Hours are packed at their own prices for the bound, in at most [`SETS`] sets as
//! [`crate::planner`]'s weeks are.

use std::collections::BTreeMap;

use rust_decimal::{Decimal, RoundingStrategy};

use crate::commitment::bill::{Use, applied};
use crate::commitment::pool::{FARGATE, Pool};
use crate::commitment::prices::{most, priced};
use crate::commitment::usage;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{Assumption, FleetPlan};
use crate::domain::week::HOURS_PER_WEEK;
use crate::optimize::listener::{Listener, Silent};
use crate::optimize::stop::{Share, Stop};
use crate::planner::options::{PlanError, PlanOptions, Planned};
use crate::planner::plan::plan_once;
use crate::planner::uncommitted::without_commitments;
use crate::planner::week::{HoursAlike, hours_alike, rehearse};
use crate::planner::work::default_work;

use super::{Beside, Billed, Found, list};

/// Sets of hours that are packed for the bound.
const SETS: usize = 12;
/// The least price of a unit, so that nothing is free.
const LEAST_GAMMA: Decimal = Decimal::from_parts(5, 0, 0, false, 4);

/// The cheapest design beside the commitments.
pub(super) fn search(
    beside: &Beside<'_>,
    options: &PlanOptions<'_>,
    stop: &dyn Stop,
    listener: &dyn Listener,
) -> Result<Found, PlanError> {
    let each = PlanOptions {
        work_limit: options.work_limit.map(|limit| (limit / 4).max(1)),
        ..*options
    };
    let fair: Vec<Decimal> = (beside.pools.iter())
        .map(|pool| Decimal::ONE.min(most(pool, beside.catalogue)))
        .collect();
    let clock = Share::new(stop, 1, 4);
    let mut found = design(beside, beside.catalogue, &each, &clock, listener)?;
    let mut bound = None;
    let mut work = found.1.work;
    let at_fair = priced(beside.catalogue, &beside.pools, &fair);
    let clock = Share::new(stop, 1, 3);
    if let Some((billed, planned)) = tried(design(beside, &at_fair, &each, &clock, &Silent))? {
        bound = beside.bound(planned.plan.cost.bound_usd_per_hour, &fair);
        work += planned.work;
        if billed.total < found.0.total {
            found = (billed, planned);
        }
    }
    let blended = blended(beside, &found.0);
    let clock = Share::new(stop, 1, 2);
    if let Some((billed, planned)) = tried(design(beside, &blended, &each, &clock, &Silent))? {
        work += planned.work;
        if billed.total < found.0.total {
            found = (billed, planned);
        }
    }
    let (of_hours, spent) = by_hours(beside, &found.0, &each, stop)?;
    let (mut billed, mut planned) = found;
    planned.work = work + spent;
    if options.rehearses {
        // Played at the prices that it was designed at, the week would cost something else.
        let is_played = |said: &Assumption| {
            matches!(
                said,
                Assumption::WeekPlayed { .. } | Assumption::WeekNotPlayed
            )
        };
        billed.plan.assumptions.retain(|said| !is_played(said));
        planned.work += rehearse(beside.bare, beside.catalogue, &mut billed.plan, stop);
    }
    Ok(Found {
        plan: billed.plan,
        planned,
        pools: billed.pools,
        bound: bound.max(of_hours),
        ideal: None,
    })
}

/// A design at the prices of a catalogue, and its bill.
///
/// # Errors
/// As [`crate::planner::plan`].
fn design(
    beside: &Beside<'_>,
    catalogue: &crate::catalogue::Catalogue,
    options: &PlanOptions<'_>,
    stop: &dyn Stop,
    listener: &dyn Listener,
) -> Result<(Billed, Planned), PlanError> {
    let planned = without_commitments(beside.bare, catalogue, options, stop, listener)?;
    let billed = beside.billed((*planned.plan).clone())?;
    if !shows_dearest(beside, &billed.plan)? {
        // The plan shows the hour that is dearest at other prices.
        return Err(PlanError::LimitWithoutPlan);
    }
    Ok((billed, planned))
}

/// A further design, which need not come to anything.
fn tried(
    design: Result<(Billed, Planned), PlanError>,
) -> Result<Option<(Billed, Planned)>, PlanError> {
    match design {
        Ok(found) => Ok(Some(found)),
        Err(error @ PlanError::Withheld(_)) => Err(error),
        Err(_) => Ok(None),
    }
}

/// Whether the hour that the plan shows is one of the dearest at list prices.
fn shows_dearest(beside: &Beside<'_>, plan: &FleetPlan) -> Result<bool, PlanError> {
    let hours = list::hours(plan, beside.cluster, beside.catalogue)?;
    let instances = (plan.instances.iter()).map(|row| row.usd_per_hour * row.count);
    let on_fargate = (plan.fargate_tasks.iter()).map(|row| row.usd_per_hour * row.count);
    let shown: UsdPerHour = instances.chain(on_fargate).sum();
    Ok(hours.into_iter().max() == Some(shown))
}

/// Prices that a fleet pays in the mean: of what is covered the rate, of the rest the list price.
fn blended(beside: &Beside<'_>, billed: &Billed) -> crate::catalogue::Catalogue {
    let hours = usage::of_plan(&billed.plan, beside.cluster, beside.catalogue);
    let applied = applied(&hours, &billed.pools);
    let covered: Decimal = applied.covered.iter().sum();
    let share = covered.checked_div(applied.eligible).unwrap_or_default();
    let prices: BTreeMap<String, UsdPerHour> = (beside.catalogue.on_demand_prices().iter())
        .filter_map(|(name, price)| {
            let list = price.usd_per_hour.amount();
            let rate = (billed.pools.iter())
                .filter(|pool| pool.is_of_usd())
                .filter_map(|pool| pool.takes.get(name))
                .min()?;
            let blend = list - share * (list - rate);
            Some((name.clone(), UsdPerHour::new(blend).rounded()))
        })
        .collect();
    let of_fargate = (billed.pools.iter())
        .filter(|pool| pool.is_of_usd())
        .filter_map(|pool| pool.takes.get(FARGATE))
        .min();
    let off = of_fargate.map_or(Decimal::ZERO, |rate| share * (Decimal::ONE - rate));
    beside.catalogue.at_prices(&prices, |_| Decimal::ONE - off)
}

/// A bound by hours at prices of their own, and the work it took.
fn by_hours(
    beside: &Beside<'_>,
    billed: &Billed,
    options: &PlanOptions<'_>,
    stop: &dyn Stop,
) -> Result<(Option<UsdPerHour>, u64), PlanError> {
    let sets = hours_alike(beside.bare, SETS);
    let gammas = gammas(beside, billed, &sets);
    let each = match options.work_limit {
        Some(limit) => limit / sets.len().max(1) as u64,
        None => default_work(beside.bare, true).saturating_mul(6) / sets.len().max(6) as u64,
    };
    let mut work = 0;
    let mut sum = Decimal::ZERO;
    for (place, set) in sets.iter().enumerate() {
        let catalogue = priced(beside.catalogue, &beside.pools, &gammas[place]);
        let asked = PlanOptions {
            ideal: true,
            rehearses: false,
            warm_start: None,
            work_limit: Some(each.max(1)),
            ..*options
        };
        let left = u32::try_from(sets.len() - place).unwrap_or(u32::MAX);
        let clock = Share::new(stop, 1, left);
        let planned = match plan_once(&set.cluster, &catalogue, &asked, &clock, &Silent) {
            Ok(planned) => planned,
            Err(PlanError::LimitWithoutPlan) => return Ok((None, work)),
            Err(error) => return Err(error),
        };
        work += planned.work;
        let Some(bound) = planned.plan.cost.bound_usd_per_hour else {
            return Ok((None, work));
        };
        let mut of_hour = bound.amount() - beside.rounding();
        for (pool, gamma) in beside.pools.iter().zip(&gammas[place]) {
            if !pool.proposed {
                of_hour += pool.usd_per_hour.amount() - pool.capacity * gamma;
            }
        }
        sum += of_hour * Decimal::from(set.hours.len());
    }
    let mean = sum / Decimal::from(HOURS_PER_WEEK);
    let down = mean.round_dp_with_strategy(8, RoundingStrategy::ToNegativeInfinity);
    let bound = UsdPerHour::new(down.max(Decimal::ZERO).normalize());
    Ok((Some(bound), work))
}

/// Prices of what the pools hold, by set of hours: at most 1 in the mean for what is still to be bought.
fn gammas(beside: &Beside<'_>, billed: &Billed, sets: &[HoursAlike]) -> Vec<Vec<Decimal>> {
    let mut gammas = vec![vec![LEAST_GAMMA; beside.pools.len()]; sets.len()];
    let weights: Vec<Decimal> = sets
        .iter()
        .map(|set| Decimal::from(set.hours.len()))
        .collect();
    let all: Decimal = weights.iter().sum();
    let uses = usage::by_hour(&billed.plan, beside.cluster, beside.catalogue);
    for (place, pool) in beside.pools.iter().enumerate() {
        let same = |own: &&Pool| {
            (own.kind, &own.family, own.proposed) == (pool.kind, &pool.family, pool.proposed)
                && own.takes == pool.takes
        };
        let capacity = billed
            .pools
            .iter()
            .find(same)
            .map_or(Decimal::ZERO, |own| own.capacity);
        let ranges: Vec<(Decimal, Decimal)> = (sets.iter())
            .map(|set| range(&uses[set.hours[0]], pool, capacity))
            .collect();
        let mut left = all;
        for (set, (least, _)) in ranges.iter().enumerate() {
            gammas[set][place] = (*least).max(LEAST_GAMMA);
            left -= weights[set] * gammas[set][place];
        }
        for (set, (_, largest)) in ranges.iter().enumerate() {
            let more = (largest - gammas[set][place]).max(Decimal::ZERO);
            let more = if pool.proposed {
                more.min(left.max(Decimal::ZERO) / weights[set])
            } else {
                Decimal::ZERO
            };
            gammas[set][place] += more;
            left -= weights[set] * more;
        }
        let sum: Decimal = (0..sets.len())
            .map(|set| weights[set] * gammas[set][place])
            .sum();
        if pool.proposed && sum > all {
            // Down a little further, so that division leaves no more than is allowed.
            let factor = all / sum * Decimal::new(999_999, 6);
            for of_set in &mut gammas {
                of_set[place] *= factor;
            }
        }
    }
    gammas
}

/// What one unit more of a pool is worth in an hour: at least, and at most where it is used up exactly.
fn range(uses: &[Use], pool: &Pool, capacity: Decimal) -> (Decimal, Decimal) {
    let mut order: Vec<(Decimal, Decimal)> = (uses.iter())
        .filter_map(|used| {
            let takes = *pool.takes.get(&used.name)?;
            Some((used.usd_per_hour.checked_div(takes)?, takes * used.count))
        })
        .collect();
    order.sort_by(|a, b| b.cmp(a));
    let mut room = capacity;
    let mut last = order.first().map_or(Decimal::ONE, |(worth, _)| *worth);
    for (worth, wants) in order {
        // Up to the grid: the capacity was rounded up to it.
        let close = Decimal::new(2, 8);
        if wants > room + close {
            return (worth, if room <= close { last } else { worth });
        }
        room -= wants;
        last = worth;
    }
    let exact = room.abs() <= Decimal::new(2, 8);
    (Decimal::ZERO, if exact { last } else { Decimal::ZERO })
}
