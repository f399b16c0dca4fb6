//! V28: one Spot pool, an instance type in a zone, holds at most floor(`spotMaxSharePerPool` · T) of the T
//! tasks of the cluster that have a place, daemons not counted; instances of today that are Spot belong to
//! their pool.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};

use crate::check::facts::Facts;
use crate::check::violation::{Rule, Violation};
use crate::domain::capacity::Capacity;

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let mut pools: BTreeMap<(&str, Option<&str>), u128> = BTreeMap::new();
    let spot = |option: Capacity| option.may_be_reclaimed();
    for row in (facts.rows.iter()).filter(|row| spot(row.planned.purchase_option)) {
        let pool = (
            row.planned.instance_type.as_str(),
            row.planned.availability_zone.as_deref(),
        );
        let tasks = (row.tasks.iter())
            .filter(|(service, _)| !service.is_daemon())
            .map(|&(_, each)| row.on_all(each));
        let held = pools.entry(pool).or_default();
        *held = tasks.fold(*held, u128::saturating_add);
    }
    let most = most(facts);
    (pools.into_iter())
        .filter(|&(_, held)| held > most)
        .map(|((instance_type, zone), held)| {
            let place = zone.map_or_else(String::new, |zone| format!(" in {zone}"));
            Violation::new(
                Rule::PoolCap,
                "instances",
                format!("{held} tasks on Spot instances of type {instance_type}{place}"),
                format!("at most {most} (spotMaxSharePerPool)"),
            )
        })
        .collect()
}

/// Most tasks in one pool; no limit where the product is beyond the range of decimals.
pub(super) fn most(facts: &Facts<'_>) -> u128 {
    let tasks = (facts.replicas())
        .map(|service| u128::from(facts.wanted(service)))
        .fold(0, u128::saturating_add);
    Decimal::from_u128(tasks)
        .and_then(|tasks| tasks.checked_mul(facts.cluster.policy.spot_max_share_per_pool))
        .map_or(u128::MAX, |most| most.floor().to_u128().unwrap_or(0))
}
