//! One commitment for the use of many fleets, and how little any could leave to pay of it.
//!
//! ```text
//! bill(κ)   Σ_t w_t Σ_o c_o x_ot + W Σ_p κ_p − Σ_t w_t Σ_po c_o e_pot      Σ_o q_po e_pot ≤ κ_p,  Σ_p e_pot ≤ x_ot,  W = Σ_t w_t
//! one plan  convex in κ, with slope W − Σ_t w_t worth_t(κ), where worth_t(κ) is c_o / q_o of the type that the next dollar of hour t
//!           goes to: the best κ is the first at which the sum falls to W
//! bound     for γ_pt ≥ 0 with Σ_t w_t γ_pt ≤ W:  bill(κ) ≥ Σ_t w_t Σ_o x_ot min(c_o, min_p γ_pt q_po)  for every κ ≥ 0
//! ```
//! EC2 Instance Savings Plans of different families or Regions cover different types, so each is chosen alone and all together are best.
//! Beside a Compute Savings Plan they are not: the best of a few divisions is taken, and the bound says how far it may be from the best.
//! Use of several fleets is added up hour by hour: Savings Plans are shared in an organisation unless sharing is turned off (Savings Plans
//! user guide, "Turning off shared savings").

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::{Decimal, RoundingStrategy};

use super::bill::{Hours, Use, applied, cover, order};
use super::pool::Pool;
use super::said::sorted;
use crate::domain::commitment::CommitmentKind;
use crate::domain::week::HOURS_PER_WEEK;

/// Use of many fleets by hour.
#[derive(Debug, Clone, Default)]
pub struct Together {
    /// One where every hour is the same, else those of a week; count and list price of each type.
    hours: Vec<BTreeMap<String, (Decimal, Decimal)>>,
}

impl Together {
    /// Adds a fleet's use: of one hour that stands for all, or of those of a week.
    pub fn add(&mut self, hours: &[Vec<Use>]) {
        if self.hours.is_empty() {
            self.hours = vec![BTreeMap::new()];
        }
        if hours.len() > 1 && self.hours.len() == 1 {
            self.hours = vec![self.hours[0].clone(); HOURS_PER_WEEK];
        }
        for (place, sum) in self.hours.iter_mut().enumerate() {
            let Some(own) = hours.get(place).or(hours.first()) else {
                continue;
            };
            for used in own {
                let entry = sum.entry(used.name.clone());
                entry.or_insert((Decimal::ZERO, used.usd_per_hour)).0 += used.count;
            }
        }
    }

    /// Equal hours together.
    #[must_use]
    pub fn hours(&self) -> Vec<Hours> {
        let uses = |hour: &BTreeMap<String, (Decimal, Decimal)>| -> Vec<Use> {
            (hour.iter())
                .map(|(name, (count, usd_per_hour))| Use {
                    name: name.clone(),
                    count: *count,
                    usd_per_hour: *usd_per_hour,
                })
                .collect()
        };
        let mut classes: BTreeMap<Vec<Use>, u64> = BTreeMap::new();
        for hour in &self.hours {
            *classes.entry(uses(hour)).or_default() += 1;
        }
        (classes.into_iter())
            .map(|(uses, weight)| Hours { weight, uses })
            .collect()
    }
}

/// What commitments, which stand in AWS's order, leave of each hour.
#[must_use]
pub fn left(hours: &[Vec<Use>], pools: &[Pool]) -> Vec<Vec<Use>> {
    if pools.is_empty() {
        return hours.to_vec();
    }
    let all: Vec<Hours> = (hours.iter())
        .map(|uses| Hours {
            weight: 1,
            uses: uses.clone(),
        })
        .collect();
    let orders: Vec<Vec<&str>> = pools.iter().map(|pool| order(&all, pool)).collect();
    (hours.iter())
        .map(|uses| {
            let left = after(uses, pools, &orders);
            (uses.iter().zip(left))
                .filter(|(_, count)| *count > Decimal::ZERO)
                .map(|(used, count)| Use {
                    count,
                    ..used.clone()
                })
                .collect()
        })
        .collect()
}

fn after(uses: &[Use], pools: &[Pool], orders: &[Vec<&str>]) -> Vec<Decimal> {
    let mut left: Vec<Decimal> = uses.iter().map(|used| used.count).collect();
    for (pool, order) in pools.iter().zip(orders) {
        cover(uses, &mut left, pool, order);
    }
    left
}

/// How much to commit to of each candidate that takes something of these hours, nothing for those that do not pay; in AWS's order.
#[must_use]
pub fn chosen(hours: &[Hours], candidates: &[Pool]) -> Vec<Pool> {
    let names: BTreeSet<&str> = (hours.iter())
        .flat_map(|hour| hour.uses.iter().map(|used| used.name.as_str()))
        .collect();
    let matters = |pool: &&Pool| pool.takes.keys().any(|name| names.contains(name.as_str()));
    let candidates = sorted(candidates.iter().filter(matters).cloned().collect());
    let is_compute = |pool: &Pool| pool.kind == CommitmentKind::Compute;
    let divisions: [&dyn Fn(&Pool) -> bool; 3] =
        [&|pool| !is_compute(pool), &is_compute, &|_| true];
    let mut best: Option<(Decimal, Vec<Pool>)> = None;
    for allowed in divisions {
        if !candidates.iter().any(allowed) {
            continue;
        }
        let tried = one_after_another(hours, &candidates, allowed);
        let adjustment = applied(hours, &bought(&tried)).adjustment();
        if best.as_ref().is_none_or(|(least, _)| adjustment < *least) {
            best = Some((adjustment, tried));
        }
    }
    best.map_or_else(Vec::new, |(_, pools)| pools)
}

/// Those of which something is bought.
#[must_use]
pub fn bought(pools: &[Pool]) -> Vec<Pool> {
    let is_bought = |pool: &&Pool| !pool.capacity.is_zero();
    pools.iter().filter(is_bought).cloned().collect()
}

fn one_after_another(
    hours: &[Hours],
    candidates: &[Pool],
    allowed: &dyn Fn(&Pool) -> bool,
) -> Vec<Pool> {
    let mut left: Vec<Vec<Decimal>> = counts(hours);
    (candidates.iter())
        .map(|pool| {
            if !allowed(pool) {
                return pool.of(Decimal::ZERO);
            }
            let pool = pool.of(best_amount(hours, &left, pool));
            take(hours, &mut left, &pool);
            pool
        })
        .collect()
}

fn counts(hours: &[Hours]) -> Vec<Vec<Decimal>> {
    (hours.iter())
        .map(|hour| hour.uses.iter().map(|used| used.count).collect())
        .collect()
}

fn take(hours: &[Hours], left: &mut [Vec<Decimal>], pool: &Pool) {
    if pool.capacity.is_zero() {
        return;
    }
    let order = order(hours, pool);
    for (hour, left) in hours.iter().zip(left) {
        cover(&hour.uses, left, pool, &order);
    }
}

/// What is left of an hour that a pool takes: worth of a dollar of it and dollars wanted, the highest worth first.
fn wants(hour: &Hours, left: &[Decimal], pool: &Pool) -> Vec<(Decimal, Decimal)> {
    let mut wants: Vec<(Decimal, Decimal)> = (hour.uses.iter().zip(left))
        .filter(|(_, left)| **left > Decimal::ZERO)
        .filter_map(|(used, left)| {
            let takes = *pool.takes.get(&used.name)?;
            Some((used.usd_per_hour.checked_div(takes)?, takes * left))
        })
        .collect();
    wants.sort_by(|a, b| b.cmp(a));
    wants
}

fn weight_of(hours: &[Hours]) -> Decimal {
    hours.iter().map(|hour| Decimal::from(hour.weight)).sum()
}

/// The amount of one plan that leaves least to pay of what is left.
fn best_amount(hours: &[Hours], left: &[Vec<Decimal>], pool: &Pool) -> Decimal {
    // Where the worth of an hour's next dollar changes, and by how much over all hours.
    let mut steps: BTreeMap<Decimal, Decimal> = BTreeMap::new();
    for (hour, left) in hours.iter().zip(left) {
        let weight = Decimal::from(hour.weight);
        let mut at = Decimal::ZERO;
        for (worth, wanted) in wants(hour, left, pool) {
            *steps.entry(at).or_default() += weight * worth;
            at += wanted;
            *steps.entry(at).or_default() -= weight * worth;
        }
    }
    let all = weight_of(hours);
    let mut worth = Decimal::ZERO;
    for (at, step) in steps {
        worth += step;
        if worth <= all {
            // Up to the grid, so that the last type is whole.
            let up = at.round_dp_with_strategy(8, RoundingStrategy::ToPositiveInfinity);
            return up.normalize();
        }
    }
    Decimal::ZERO
}

/// What no amounts of the proposed plans can add less than to what the hours cost at list prices; 0 or below. The amounts of `pools`, which
/// are all that may be bought in AWS's order, say where to look.
#[must_use]
pub fn least(hours: &[Hours], pools: &[Pool]) -> Decimal {
    let gammas = gammas(hours, pools);
    let all = weight_of(hours);
    let mut less = Decimal::ZERO;
    for (place, hour) in hours.iter().enumerate() {
        let of_hour: Decimal = (hour.uses.iter())
            .map(|used| {
                let price = (pools.iter().zip(&gammas))
                    .filter_map(|(pool, gamma)| Some(pool.takes.get(&used.name)? * gamma[place]))
                    .fold(used.usd_per_hour, Decimal::min);
                used.count * (used.usd_per_hour - price)
            })
            .sum();
        less += Decimal::from(hour.weight) * of_hour;
    }
    let mean = -less.checked_div(all).unwrap_or_default();
    mean.round_dp_with_strategy(8, RoundingStrategy::ToNegativeInfinity)
}

/// Prices of a dollar of each plan by hour, at most 1 in the mean: what one more would be worth.
fn gammas(hours: &[Hours], pools: &[Pool]) -> Vec<Vec<Decimal>> {
    let all = weight_of(hours);
    let mut left = counts(hours);
    (pools.iter())
        .map(|pool| {
            let ranges: Vec<(Decimal, Decimal)> = (hours.iter().zip(&left))
                .map(|(hour, left)| range(&wants(hour, left, pool), pool.capacity))
                .collect();
            take(hours, &mut left, pool);
            within(&ranges, hours, all)
        })
        .collect()
}

/// The lower ends, raised where they may be until the mean is 1; all lower where it is more.
fn within(ranges: &[(Decimal, Decimal)], hours: &[Hours], all: Decimal) -> Vec<Decimal> {
    let weights = || hours.iter().map(|hour| Decimal::from(hour.weight));
    let mut gammas: Vec<Decimal> = ranges.iter().map(|(least, _)| *least).collect();
    let sum: Decimal = weights().zip(&gammas).map(|(w, gamma)| w * gamma).sum();
    if all.is_zero() {
        return gammas;
    }
    if sum > all {
        // Down a little further, so that division leaves no more than is allowed.
        let factor = all / sum * Decimal::new(999_999_999, 9);
        for gamma in &mut gammas {
            *gamma *= factor;
        }
        return gammas;
    }
    let mut rest = all - sum;
    for ((gamma, weight), (_, most)) in gammas.iter_mut().zip(weights()).zip(ranges) {
        let more = (most - *gamma)
            .min(rest / weight)
            .max(Decimal::ZERO)
            .round_dp_with_strategy(20, RoundingStrategy::ToNegativeInfinity);
        *gamma += more;
        rest -= weight * more;
    }
    // What is left goes to every hour: no price falls by it.
    let each = (rest.max(Decimal::ZERO) / all)
        .round_dp_with_strategy(20, RoundingStrategy::ToNegativeInfinity);
    for gamma in &mut gammas {
        *gamma += each;
    }
    gammas
}

/// What one dollar more of a plan is worth in an hour: at least, and at most where the plan ends where a type does.
fn range(wants: &[(Decimal, Decimal)], capacity: Decimal) -> (Decimal, Decimal) {
    // Amounts were rounded up to the grid.
    let close = Decimal::new(2, 8);
    let mut room = capacity;
    let mut last = wants.first().map_or(Decimal::ZERO, |(worth, _)| *worth);
    for (worth, wanted) in wants {
        if *wanted > room + close {
            return (*worth, if room <= close { last } else { *worth });
        }
        room -= wanted;
        last = *worth;
    }
    (
        Decimal::ZERO,
        if room.abs() <= close {
            last
        } else {
            Decimal::ZERO
        },
    )
}

#[cfg(test)]
mod tests;
