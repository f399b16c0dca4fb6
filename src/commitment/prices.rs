//! The catalogue at the prices that commitments make: `ĉ_o = min(c_o, min_p γ_p q_po)`, rounded down to the cost grid.

use std::collections::BTreeMap;

use rust_decimal::{Decimal, RoundingStrategy};

use super::pool::{FARGATE, Pool};
use crate::catalogue::Catalogue;
use crate::domain::money::UsdPerHour;

/// The least price, so that nothing is free and fleets stay small.
const LEAST: Decimal = Decimal::from_parts(1, 0, 0, false, 8);

/// The catalogue at prices `γ` of what the pools hold, one a pool.
#[must_use]
pub fn priced(catalogue: &Catalogue, pools: &[Pool], gamma: &[Decimal]) -> Catalogue {
    let least = |name: &str, list: Decimal| {
        (pools.iter().zip(gamma))
            .filter_map(|(pool, gamma)| Some(pool.takes.get(name)? * gamma))
            .fold(list, Decimal::min)
    };
    let on_demand: BTreeMap<String, UsdPerHour> = (catalogue.on_demand_prices().iter())
        .filter_map(|(name, price)| {
            let list = price.usd_per_hour.amount();
            let paid = least(name, list);
            (paid < list).then(|| (name.clone(), UsdPerHour::new(grid(paid, list))))
        })
        .collect();
    let factor = least(FARGATE, Decimal::ONE).max(Decimal::new(1, 6));
    catalogue.at_prices(&on_demand, |_| factor)
}

/// Down to the grid, and a unit further where the list price is not on it: a row of one is then never above its share.
fn grid(paid: Decimal, list: Decimal) -> Decimal {
    let down = paid.round_dp_with_strategy(8, RoundingStrategy::ToNegativeInfinity);
    let off_grid = list.normalize().scale() > 8;
    let down = if off_grid { down - LEAST } else { down };
    down.max(LEAST).normalize()
}

/// The least `γ`, up to the grid, at which a pool makes no price lower.
#[must_use]
pub fn most(pool: &Pool, catalogue: &Catalogue) -> Decimal {
    let of = |(name, takes): (&String, &Decimal)| {
        let list = if name == FARGATE {
            Decimal::ONE
        } else {
            catalogue.on_demand_price(name)?.usd_per_hour.amount()
        };
        let most = list.checked_div(*takes)?;
        Some(most.round_dp_with_strategy(8, RoundingStrategy::ToPositiveInfinity))
    };
    (pool.takes.iter().filter_map(of))
        .max()
        .unwrap_or(Decimal::ONE)
}

/// What of each pool a fleet would use, were it sold at these prices: every type from where it is cheapest.
#[must_use]
pub fn wanted(uses: &[super::bill::Use], pools: &[Pool], gamma: &[Decimal]) -> Vec<Decimal> {
    let mut wanted = vec![Decimal::ZERO; pools.len()];
    for used in uses {
        let cheapest = (pools.iter().enumerate())
            .filter_map(|(place, pool)| {
                let takes = *pool.takes.get(&used.name)?;
                Some((takes * gamma[place], place, takes))
            })
            .filter(|(price, _, _)| *price < used.usd_per_hour)
            .min();
        if let Some((_, place, takes)) = cheapest {
            wanted[place] += takes * used.count;
        }
    }
    wanted
}
