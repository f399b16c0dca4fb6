//! V27: of the n tasks of a service that have a place, at least max(base, ceil((1 − share)·n)), and never
//! more than n, are on On-Demand instances or on FARGATE. Base and share are the policy's and the
//! service's own, the stricter of each. Daemons and services of launch type EXTERNAL are free of it.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::check::facts::Facts;
use crate::check::fargate;
use crate::check::violation::{Rule, Violation};

use crate::domain::service::Service;

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    (facts.replicas())
        .filter(|service| !service.is_external())
        .filter_map(|service| {
            let least = least(facts, service);
            let found = on_demand(facts, &service.name);
            (found < u128::from(least)).then(|| {
                Violation::new(
                    Rule::OnDemandMinimum,
                    format!("services[{}]", service.name),
                    format!("{found} tasks On-Demand"),
                    format!("at least {least} (onDemandBase, spotMaxShare)"),
                )
            })
        })
        .collect()
}

/// Tasks of the service that must be On-Demand. Of a part of a workload that volumes divide: those that the parts
/// before it by name have not; in what bounds the cost, those that remain where all pods of the other parts are.
pub(in crate::check) fn least(facts: &Facts<'_>, service: &Service) -> u64 {
    let policy = &facts.cluster.policy;
    let placed = facts.wanted(service);
    let Some(whole) = service.whole() else {
        return out_of(facts, service, placed);
    };
    let all = policy.planned_of_whole(whole);
    let of_whole = out_of(facts, service, all);
    let left = if facts.cluster.is_read_loosely() {
        all.saturating_sub(placed)
    } else {
        facts.cluster.planned_before(service, whole)
    };
    of_whole.saturating_sub(left).min(placed)
}

/// The same out of so many.
pub(in crate::check) fn out_of(facts: &Facts<'_>, service: &Service, placed: u64) -> u64 {
    let policy = &facts.cluster.policy;
    let base = policy
        .on_demand_base
        .max(service.policy.on_demand_base.unwrap_or(0));
    let share = policy
        .spot_max_share
        .min(service.policy.spot_max_share.unwrap_or(Decimal::ONE));
    let by_share = (Decimal::ONE.checked_sub(share))
        .and_then(|rest| rest.checked_mul(Decimal::from(placed)))
        .map_or(0, |tasks| tasks.ceil().to_u64().unwrap_or(0));
    base.max(by_share).min(placed)
}

/// Tasks of the service on On-Demand instances and on FARGATE.
fn on_demand(facts: &Facts<'_>, service: &str) -> u128 {
    let instances = (facts.rows_of(service))
        .filter(|row| row.planned.purchase_option.counts_as_on_demand())
        .map(|row| row.tasks_of(service));
    let on_fargate = (facts.fargate_of(service))
        .filter(|row| {
            fargate::market(&row.capacity_provider)
                .is_some_and(|market| market.capacity.counts_as_on_demand())
        })
        .map(|row| u128::from(row.count));
    (instances.chain(on_fargate)).fold(0, u128::saturating_add)
}
