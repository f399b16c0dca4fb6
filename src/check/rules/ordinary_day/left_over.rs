//! How much larger the fleet may be after rollouts and Spot reclaims, until a reset, and what that costs an hour.
//!
//! A group gets no larger than `maxSize`, and nothing but a rollout of a service makes instances of other groups than those that its
//! strategy names. `mostMore` instances in all are therefore possible only where these groups may launch so many. Their cost lies
//! between the cheapest and the dearest ones, `n` being `mostMore`:
//!
//! ```text
//! −Σ size·(most − least) − Σ gives·most + the cheapest n + Σ gives of gives + room at least   ≤   usdPerHourMore
//! usdPerHourMore   ≤   Σ size·(most − least) − Σ gives·least + the dearest n + Σ gives of gives + room at most
//! ```
//!
//! Of a group `least` and `most` are the prices of its instances, each of which may be replaced by one of another price; `room` is what
//! it may have more, and `gives` what it may have fewer of meanwhile: down to `minSize`, and those of a Spot pool that is lost. With
//! commitments both are at list price, but for a plan of a week, whose hour was played at other prices: there the cost is believed.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use crate::check::facts::{Facts, InstanceRow};
use crate::check::money;
use crate::check::violation::Violation;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{Assumption, PlannedProvider, SpotShortage};

use super::{violation, wrong_name};

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for (index, said) in facts.plan.assumptions.iter().enumerate() {
        match said {
            Assumption::Rollouts {
                launching,
                comes_back,
                lowers_percentages,
                most_more,
                usd_per_hour_more,
                ..
            } => {
                let more = (*most_more, *usd_per_hour_more);
                found.extend(unknown(facts, index, launching));
                if launching.is_empty() {
                    let said_of_none = [
                        ("mostMore", *most_more > 0),
                        ("usdPerHourMore", *usd_per_hour_more != UsdPerHour::ZERO),
                        ("comesBack", !*comes_back),
                        ("lowersPercentages", *lowers_percentages),
                    ];
                    found.extend(
                        (said_of_none.into_iter().filter(|&(_, is_wrong)| is_wrong)).map(
                            |(key, _)| {
                                let none = "nothing that stays: no rollout launches an instance";
                                violation((index, key), "something that rollouts leave", none)
                            },
                        ),
                    );
                } else {
                    let most = (launching.iter())
                        .map(|service| room_of(facts, &growing(facts, service)))
                        .max()
                        .unwrap_or(0);
                    let all = launching.iter().flat_map(|service| growing(facts, service));
                    found.extend(against(facts, index, more, (most, &all.collect(), None)));
                }
            }
            Assumption::SpotReclaimPlayed {
                event,
                most_more,
                usd_per_hour_more,
                ..
            } => {
                let all: BTreeSet<&str> = facts.plan.groups().map(|it| it.name.as_str()).collect();
                let more = (*most_more, *usd_per_hour_more);
                let limits = (room_of(facts, &all), &all, Some(event));
                found.extend(against(facts, index, more, limits));
            }
            _ => {}
        }
    }
    found
}

/// A name among those that launch which is no service on instances of groups, or is there twice.
fn unknown(facts: &Facts<'_>, index: usize, launching: &[String]) -> Option<Violation> {
    let able: BTreeSet<&str> = (facts.replicas())
        .filter(|service| !service.is_standalone() && !service.is_external())
        .filter(|service| service.deployment_strategy.is_of_ecs())
        .filter(|service| {
            (facts.rows_of(&service.name)).any(|row| {
                !row.planned.capacity_provider.is_empty() && row.tasks_of(&service.name) > 0
            })
        })
        .map(|service| service.name.as_str())
        .collect();
    wrong_name(launching, &able).map(|name| {
        let expected = "services that ECS deploys on instances of groups, each once";
        violation((index, "launching"), format!("`{name}`"), expected)
    })
}

/// The groups that a rollout of the service may make larger: those of its strategy, all where it has none.
fn growing<'f>(facts: &'f Facts<'_>, service: &str) -> BTreeSet<&'f str> {
    let own = facts.listed(service);
    let named: BTreeSet<&str> = own
        .flat_map(|planned| &planned.capacity_provider_strategy)
        .map(|item| item.capacity_provider.as_str())
        .collect();
    (facts.plan.groups())
        .map(|group| group.name.as_str())
        .filter(|name| named.is_empty() || named.contains(name))
        .collect()
}

fn room(group: &PlannedProvider) -> u64 {
    group.max_size.saturating_sub(group.desired_capacity)
}

fn room_of(facts: &Facts<'_>, names: &BTreeSet<&str>) -> u64 {
    (facts.plan.groups())
        .filter(|group| names.contains(group.name.as_str()))
        .map(room)
        .fold(0, u64::saturating_add)
}

/// What is wrong with so many instances more at so much.
fn against(
    facts: &Facts<'_>,
    index: usize,
    (instances, usd): (u64, UsdPerHour),
    (most, growing, short): (u64, &BTreeSet<&str>, Option<&SpotShortage>),
) -> Vec<Violation> {
    if instances > most {
        let expected = format!("at most {most}: the groups may not be larger (maxSize)");
        return vec![violation(
            (index, "mostMore"),
            instances.to_string(),
            expected,
        )];
    }
    let has_commitments =
        facts.plan.commitment.is_some() || !facts.cluster.commitments.bought.is_empty();
    if has_commitments && !facts.plan.cost.periods.is_empty() {
        return Vec::new();
    }
    let stocks: Vec<Stock> = (facts.plan.groups())
        .filter_map(|group| Stock::of(facts, group, growing.contains(group.name.as_str()), short))
        .collect();
    let least = cost_of(&stocks, instances, false).map(|least| least.max(UsdPerHour::ZERO));
    let most = cost_of(&stocks, instances, true).map(|most| most.max(UsdPerHour::ZERO));
    let (Some(least), Some(most)) = (least, most) else {
        return Vec::new();
    };
    if (least..=most).contains(&usd) {
        return Vec::new();
    }
    let words = |usd| money::words(Some(usd));
    let expected = format!(
        "{} to {}, what {instances} instances more of these groups cost",
        words(least),
        words(most)
    );
    vec![violation((index, "usdPerHourMore"), words(usd), expected)]
}

/// Instances that a group may have, beyond those that it keeps.
struct Stock {
    size: u64,
    gives: u64,
    room: u64,
    least: UsdPerHour,
    most: UsdPerHour,
}

impl Stock {
    /// `None` for a group without instances.
    fn of(
        facts: &Facts<'_>,
        group: &PlannedProvider,
        grows: bool,
        short: Option<&SpotShortage>,
    ) -> Option<Self> {
        let own = || (facts.rows.iter()).filter(|row| row.planned.capacity_provider == group.name);
        let prices = || own().map(|row| row.planned.usd_per_hour);
        let (least, most) = (prices().min()?, prices().max()?);
        let size = group.desired_capacity;
        // The smallest size of some groups was smaller when the day was played.
        let was_raised = (facts.plan.assumptions.iter())
            .any(|said| matches!(said, Assumption::FallPlayed { fits: false, .. }));
        let least_size = if was_raised { 0 } else { group.min_size };
        let lost = own()
            .filter(|row| short.is_some_and(|pool| is_of(row, pool)))
            .map(|row| row.planned.count)
            .fold(0, u64::saturating_add);
        Some(Self {
            size,
            gives: size.saturating_sub(least_size).max(lost),
            room: if grows { room(group) } else { 0 },
            least,
            most,
        })
    }
}

fn is_of(row: &InstanceRow<'_>, pool: &SpotShortage) -> bool {
    row.planned.purchase_option.may_be_reclaimed()
        && row.planned.instance_type == pool.instance_type
        && row.planned.availability_zone == pool.availability_zone
}

/// What so many instances more cost at least, or at most; `None` beyond the range of decimals.
fn cost_of(stocks: &[Stock], instances: u64, at_most: bool) -> Option<UsdPerHour> {
    let price = |stock: &Stock, dear: bool| if dear { stock.most } else { stock.least };
    let mut sum = Decimal::ZERO;
    let mut left = instances;
    for stock in stocks {
        let swapped = (price(stock, at_most).amount())
            .checked_sub(price(stock, !at_most).amount())?
            .checked_mul(Decimal::from(stock.size))?;
        let gone = money::times(price(stock, !at_most), stock.gives)?;
        sum = sum.checked_add(swapped)?.checked_sub(gone.amount())?;
        left = left.saturating_add(stock.gives);
    }
    let mut by_price: Vec<(UsdPerHour, u64)> = (stocks.iter())
        .map(|stock| {
            let there_are = stock.gives.saturating_add(stock.room);
            (price(stock, at_most), there_are)
        })
        .collect();
    by_price.sort_unstable();
    if at_most {
        by_price.reverse();
    }
    for (usd, there_are) in by_price {
        let taken = left.min(there_are);
        left -= taken;
        sum = sum.checked_add(money::times(usd, taken)?.amount())?;
    }
    Some(UsdPerHour::new(sum))
}
