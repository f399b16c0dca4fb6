//! What a plan says of its commitments.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::best::best;
use super::bill::{Applied, Hours, applied};
use super::pool::Pool;
use crate::domain::money::{HOURS_PER_MONTH, UsdPerHour};
use crate::domain::plan::{CommitmentPart, OtherDemand, PlannedCommitment};

/// Demands at which a proposal is looked at, in tenths of the planned one.
const DEMANDS: [i64; 3] = [8, 10, 12];

/// The commitments over a plan's hours. `list` is the mean of its rows at list price; `candidates` are the plans that could have been
/// proposed.
#[must_use]
pub fn said(
    hours: &[Hours],
    pools: &[Pool],
    (list, candidates): (UsdPerHour, &[Pool]),
) -> PlannedCommitment {
    let applied = applied(hours, pools);
    let covered: Decimal = applied.covered.iter().sum();
    let used = used_usd(pools, &applied);
    let adjustment = UsdPerHour::new(applied.adjustment()).rounded();
    let saving = -(adjustment.amount() * Decimal::from(HOURS_PER_MONTH));
    let proposes = pools.iter().any(|pool| pool.proposed);
    PlannedCommitment {
        usd_per_hour: UsdPerHour::new(applied.cost).rounded(),
        adjustment_usd_per_hour: adjustment,
        coverage: part(covered, applied.eligible),
        utilisation: part(used, applied.cost),
        saving_usd_per_month: saving.round_dp(2).to_f64().unwrap_or(f64::NAN),
        break_even_utilisation: break_even(used, covered),
        parts: (pools.iter().enumerate())
            .map(|(place, pool)| of_pool(pool, &applied, place))
            .collect(),
        demands: if proposes {
            (DEMANDS.iter())
                .map(|&tenths| other_demand(hours, pools, (list, candidates), tenths))
                .collect()
        } else {
            Vec::new()
        },
    }
}

/// A part to six decimals; none of nothing.
fn part(of: Decimal, whole: Decimal) -> Option<f64> {
    of.checked_div(whole)?.round_dp(6).to_f64()
}

/// With `u` of the commitments used they cover `u / used · covered`: as much as they cost where `u = used / covered`.
fn break_even(used: Decimal, covered: Decimal) -> Option<f64> {
    part(used, covered)
}

/// What of the commitments' cost is used.
fn used_usd(pools: &[Pool], applied: &Applied) -> Decimal {
    (pools.iter().zip(&applied.used))
        .filter_map(|(pool, used)| {
            let share = used.checked_div(pool.capacity)?;
            Some(pool.usd_per_hour.amount() * share)
        })
        .sum()
}

fn of_pool(pool: &Pool, applied: &Applied, place: usize) -> CommitmentPart {
    CommitmentPart {
        kind: pool.kind,
        family: pool.family.clone(),
        instance_type: pool.instance_type.clone(),
        terms: pool.terms,
        estimated: pool.estimated,
        proposed: pool.proposed,
        usd_per_hour: pool.usd_per_hour,
        utilisation: part(applied.used[place], pool.capacity),
        covered_usd_per_hour: UsdPerHour::new(applied.covered[place]).rounded(),
    }
}

/// The bill of the fleet in proportion to another demand, with the commitments, without the proposed ones, and with the best.
fn other_demand(
    hours: &[Hours],
    pools: &[Pool],
    (list, candidates): (UsdPerHour, &[Pool]),
    tenths: i64,
) -> OtherDemand {
    let times = Decimal::new(tenths, 1);
    let mut scaled = hours.to_vec();
    for used in scaled.iter_mut().flat_map(|hour| &mut hour.uses) {
        used.count *= times;
    }
    let bill = |pools: &[Pool]| {
        let paid = list.amount() * times + applied(&scaled, pools).adjustment();
        UsdPerHour::new(paid).rounded()
    };
    let bought: Vec<Pool> = (pools.iter().filter(|pool| !pool.proposed))
        .cloned()
        .collect();
    let open: Vec<Pool> = bought.iter().chain(candidates).cloned().collect();
    let with = bill(pools);
    let least = bill(&best(&scaled, &sorted(open)));
    OtherDemand {
        demand: times.to_f64().unwrap_or(f64::NAN),
        usd_per_hour: with,
        without_usd_per_hour: bill(&bought),
        best_usd_per_hour: least.min(with),
    }
}

/// Pools in AWS's order, bought ones first.
#[must_use]
pub fn sorted(mut pools: Vec<Pool>) -> Vec<Pool> {
    pools.sort_by_key(|pool| (pool.kind, pool.proposed));
    pools
}
