//! One number of tasks: prices of what commitments hold are sought, and the fleet is planned at the best.

use rust_decimal::Decimal;

use crate::commitment::prices::{most, priced, wanted};
use crate::commitment::usage;
use crate::domain::money::UsdPerHour;
use crate::optimize::listener::{Listener, Silent};
use crate::optimize::stop::{Share, Stop};
use crate::planner::options::{PlanError, PlanOptions, Planned, SearchNote};
use crate::planner::uncommitted::without_commitments;
use crate::planner::work::default_work;

use super::{Beside, Billed, Found, day};

/// Packings at prices that are tried.
const ROUNDS: u64 = 6;
/// Of the clock this part goes to searches: at its end the day of the fleet that was chosen is played.
const CLOCK_OF_SEARCH: (u32, u32) = (9, 10);

/// What the packings came to.
struct Prices {
    /// The prices with the cheapest bill.
    gamma: Vec<Decimal>,
    bound: Option<UsdPerHour>,
    ideal: Option<UsdPerHour>,
    work: u64,
}

/// The cheapest fleet beside the commitments.
pub(super) fn search(
    beside: &Beside<'_>,
    options: &PlanOptions<'_>,
    stop: &dyn Stop,
    listener: &dyn Listener,
) -> Result<Found, PlanError> {
    let (part, of) = CLOCK_OF_SEARCH;
    let (whole, stop) = (stop, &Share::new(stop, part, of));
    let half = Share::new(stop, 1, 2);
    let prices = if beside.has_bought() {
        sought(beside, options, &half)?
    } else {
        Prices {
            gamma: vec![Decimal::ONE; beside.pools.len()],
            bound: None,
            ideal: None,
            work: 0,
        }
    };
    let at_list = list_gamma(beside);
    let left = options
        .work_limit
        .map(|limit| limit.saturating_sub(prices.work).max(2));
    let both = prices.gamma != at_list;
    let limited = PlanOptions {
        work_limit: left.map(|left| if both { left / 2 } else { left }),
        ..*options
    };
    let clock = Share::new(stop, 1, if both { 2 } else { 1 });
    let (first, planned) = fleet(beside, &prices.gamma, &limited, &clock, listener)?;
    let mut found = Found {
        bound: (prices.bound)
            .max(beside.bound(planned.plan.cost.bound_usd_per_hour, &prices.gamma)),
        ideal: prices.ideal,
        plan: first.plan,
        pools: first.pools,
        planned,
    };
    found.planned.work += prices.work;
    if both {
        match fleet(beside, &at_list, &limited, stop, &Silent) {
            Ok((second, planned)) => {
                found.bound =
                    (found.bound).max(beside.bound(planned.plan.cost.bound_usd_per_hour, &at_list));
                let work = found.planned.work + planned.work;
                let is_whole = found.plan.unplaced.is_empty() || !second.plan.unplaced.is_empty();
                if !is_whole || (second.total < first.total && second.plan.unplaced.is_empty()) {
                    (found.plan, found.pools, found.planned) = (second.plan, second.pools, planned);
                }
                found.planned.work = work;
            }
            Err(error @ PlanError::Withheld(_)) => return Err(error),
            Err(error) => found.planned.notes.push(SearchNote::NoSecondPlan(error)),
        }
    }
    found.planned.work += day::at_list(beside, &mut found.plan, options.rehearses, whole);
    Ok(found)
}

/// Prices at which nothing is cheaper than at list price.
fn list_gamma(beside: &Beside<'_>) -> Vec<Decimal> {
    (beside.pools.iter())
        .map(|pool| most(pool, beside.catalogue))
        .collect()
}

/// The fleet at the prices of `γ`, and its bill.
fn fleet(
    beside: &Beside<'_>,
    gamma: &[Decimal],
    options: &PlanOptions<'_>,
    stop: &dyn Stop,
    listener: &dyn Listener,
) -> Result<(Billed, Planned), PlanError> {
    let catalogue = priced(beside.catalogue, &beside.pools, gamma);
    let planned = without_commitments(beside.bare, &catalogue, options, stop, listener)?;
    let billed = beside.billed((*planned.plan).clone())?;
    Ok((billed, planned))
}

/// Prices of bought commitments by halving: what a fleet wants more of than there is gets dearer, of what it wants less cheaper.
fn sought(
    beside: &Beside<'_>,
    options: &PlanOptions<'_>,
    stop: &dyn Stop,
) -> Result<Prices, PlanError> {
    let most = list_gamma(beside);
    let mut gamma: Vec<Decimal> = (beside.pools.iter().zip(&most))
        .map(|(pool, most)| {
            if pool.proposed || pool.is_of_usd() {
                Decimal::ONE.min(*most)
            } else {
                most / Decimal::TWO
            }
        })
        .collect();
    let mut ranges: Vec<(Decimal, Decimal)> =
        most.iter().map(|most| (Decimal::ZERO, *most)).collect();
    let mut best: Option<(UsdPerHour, Vec<Decimal>)> = None;
    let mut found = Prices {
        gamma: gamma.clone(),
        bound: None,
        ideal: None,
        work: 0,
    };
    let each = match options.work_limit {
        Some(limit) => limit / 2 / ROUNDS,
        None => default_work(beside.bare, true) / 2,
    };
    for round in 0..ROUNDS {
        let asked = PlanOptions {
            ideal: true,
            rehearses: false,
            warm_start: None,
            work_limit: Some(each.max(1)),
            ..*options
        };
        let left = u32::try_from(ROUNDS - round).unwrap_or(1);
        let clock = Share::new(stop, 1, left);
        let (billed, planned) = match fleet(beside, &gamma, &asked, &clock, &Silent) {
            Ok(found) => found,
            Err(PlanError::LimitWithoutPlan) if best.is_some() => break,
            Err(error) => return Err(error),
        };
        found.work += planned.work;
        if !billed.plan.unplaced.is_empty() {
            // Whatever the prices, some tasks have no place.
            return Ok(found);
        }
        let bound = beside.bound(planned.plan.cost.bound_usd_per_hour, &gamma);
        found.bound = found.bound.max(bound);
        if best.as_ref().is_none_or(|(total, _)| billed.total < *total) {
            best = Some((billed.total, gamma.clone()));
        }
        let total = best.as_ref().map(|(total, _)| *total);
        let is_closed = (found.bound.zip(total)).is_some_and(|(bound, total)| bound >= total);
        if is_closed || stop.should_stop() {
            break;
        }
        let hours = usage::of_plan(&billed.plan, beside.cluster, beside.catalogue);
        let uses = hours.first().map_or(&[][..], |hour| &hour.uses);
        let wanted = wanted(uses, &beside.pools, &gamma);
        for (place, pool) in beside.pools.iter().enumerate() {
            if pool.proposed {
                continue;
            }
            let range = &mut ranges[place];
            if wanted[place] > pool.capacity {
                range.0 = gamma[place];
            } else {
                range.1 = gamma[place];
            }
            gamma[place] =
                ((range.0 + range.1) / Decimal::TWO).max(most[place] / Decimal::from(64));
        }
    }
    if let Some((total, gamma)) = best {
        (found.ideal, found.gamma) = (Some(total), gamma);
    }
    Ok(found)
}
