//! The plan with its commitments: rows at list price, the adjustment, and the bill that follows.

use rust_decimal::Decimal;

use crate::catalogue::offered::bill_of_today;
use crate::check::certify;
use crate::commitment::pool::{Idle, day, idle};
use crate::commitment::said::said;
use crate::commitment::{bill, usage};
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{Assumption, FleetPlan, PlanStatus};
use crate::planner::options::{PlanError, Planned};
use crate::planner::shares;

use super::{Beside, Found};

/// One unit of the digits that a bill is rounded to, in USD an hour.
const ROUNDED: Decimal = Decimal::from_parts(1, 0, 0, false, 8);

/// Puts a plan together and has it checked.
pub(super) fn finish(beside: &Beside<'_>, found: Found) -> Result<Planned, PlanError> {
    let Found {
        mut plan,
        mut planned,
        pools,
        bound,
        ideal,
    } = found;
    let list = plan.cost.usd_per_hour;
    let hours = usage::of_plan(&plan, beside.cluster, beside.catalogue);
    let said = said(&hours, &pools, (list, &beside.candidates[..]));
    let total = list + said.adjustment_usd_per_hour;
    let is_ideal = plan.groups().all(|group| group.mode.is_none());
    let ideal = ideal
        .filter(|_| !is_ideal)
        .map_or(total, |ideal| ideal.min(total));
    let whole = plan.unplaced.is_empty();
    let cost = &mut plan.cost;
    cost.bound_usd_per_hour = bound.map(|bound| same_where_rounded(bound, ideal));
    cost.ideal_usd_per_hour = ideal;
    cost.proven_usd_per_hour = None;
    cost.set_realised(total);
    let today = today(beside);
    plan.cost.current_usd_per_hour = today;
    if let Ok(of_today) = &mut planned.today {
        of_today.usd_per_hour = today.unwrap_or(of_today.usd_per_hour);
    }
    let proven = (plan.cost.bound_usd_per_hour).is_some_and(|bound| bound >= ideal);
    plan.status = match (whole, proven) {
        (false, _) => PlanStatus::Infeasible,
        (true, true) => PlanStatus::Optimal,
        (true, false) => PlanStatus::Feasible,
    };
    shared(&mut plan, total);
    // Both were found at other prices than these.
    plan.other_group_counts.clear();
    plan.assumptions.push(assumption(beside, &pools)?);
    plan.commitment = Some(said);
    planned.plan = certify(beside.cluster, beside.catalogue, plan)?;
    Ok(planned)
}

/// A bound that is above the ideal packing by what rounding the bill takes off is that bill. One above it by more is a fault, for which
/// the check withholds the plan.
fn same_where_rounded(bound: UsdPerHour, ideal: UsdPerHour) -> UsdPerHour {
    let above = bound.amount() - ideal.amount();
    if above > Decimal::ZERO && above <= ROUNDED {
        ideal
    } else {
        bound
    }
}

/// Services share the bill as they shared what the fleet cost at the prices that it was planned at; one more task on Fargate costs
/// what one does.
fn shared(plan: &mut FleetPlan, total: UsdPerHour) {
    let planned: Vec<UsdPerHour> = (plan.services.iter())
        .map(|service| service.usd_per_hour)
        .collect();
    let shares = shares::scaled(total, &planned);
    for (service, share) in plan.services.iter_mut().zip(shares) {
        service.usd_per_hour = share;
        let own =
            (plan.fargate_tasks.iter()).filter(|row| row.service_name == service.service_name);
        let cheapest = own.map(|row| row.usd_per_hour).min();
        if cheapest.is_some() && service.marginal_usd_per_task_hour.is_some() {
            service.marginal_usd_per_task_hour = cheapest;
        }
    }
}

/// What today's fleet is billed beside what is bought.
fn today(beside: &Beside<'_>) -> Option<UsdPerHour> {
    let list = bill_of_today(beside.cluster, beside.catalogue)
        .ok()
        .flatten()?;
    if beside.cluster.deployed.bill.is_some() {
        return Some(list);
    }
    let hours = usage::of_today(beside.cluster, beside.catalogue)?;
    let bought: Vec<_> = (beside.pools.iter().filter(|pool| !pool.proposed))
        .cloned()
        .collect();
    let adjustment = bill::applied(&hours, &bought).adjustment();
    Some(list + UsdPerHour::new(adjustment).rounded())
}

/// What the commitments rest on.
fn assumption(
    beside: &Beside<'_>,
    pools: &[crate::commitment::pool::Pool],
) -> Result<Assumption, PlanError> {
    let (mut ended, mut elsewhere) = (0, 0);
    for commitment in &beside.cluster.commitments.bought {
        match idle(commitment, beside.cluster, beside.catalogue)? {
            Some(Idle::Ended) => ended += 1,
            Some(Idle::Elsewhere) => elsewhere += 1,
            None => {}
        }
    }
    let with_end =
        (beside.cluster.commitments.bought.iter()).any(|commitment| commitment.ends_on.is_some());
    let day = if with_end {
        Some(day(beside.cluster, beside.catalogue)?.to_string())
    } else {
        None
    };
    let mut estimated: Vec<String> = (pools.iter().filter(|pool| pool.estimated))
        .filter_map(|pool| pool.family.clone())
        .collect();
    estimated.dedup();
    Ok(Assumption::Commitments {
        day,
        ended,
        elsewhere,
        estimated,
    })
}
