//! Capacity provider strategies of services that a plan changes.

use crate::domain::capacity::Capacity;
use crate::domain::cluster::Cluster;
use crate::domain::plan::{Change, FleetPlan, StrategyItem};

/// In the plan's order, those that are told by the strategies of today and of the plan. Daemons and tasks of ECS Anywhere have no
/// strategy.
pub(super) fn changes(
    cluster: &Cluster,
    plan: &FleetPlan,
    is_told: impl Fn(&[StrategyItem], &[StrategyItem]) -> bool,
) -> Vec<Change> {
    (plan.services.iter())
        .filter_map(|planned| {
            let service = (cluster.services.iter())
                .find(|service| service.name == planned.service_name)
                .filter(|service| !service.is_daemon() && !service.is_external())?;
            let today = cluster.strategy_in_force(service);
            let then = &planned.capacity_provider_strategy;
            let changes = !then.is_empty() && !is_same_ratio(&today, then) && is_told(&today, then);
            changes.then(|| Change::ChangeStrategy {
                service_name: service.name.clone(),
                strategy: then.clone(),
                today: today.into_owned(),
            })
        })
        .collect()
}

/// Whether a service that the file shows to run through some provider runs on Fargate, today or then.
pub(super) fn concerns_fargate(today: &[StrategyItem], then: &[StrategyItem]) -> bool {
    let of_fargate =
        |item: &StrategyItem| Capacity::of_fargate_provider(&item.capacity_provider).is_some();
    !today.is_empty() && today.iter().chain(then).any(of_fargate)
}

/// Whether two strategies send tasks the same way: the same providers and bases, weights in the same ratio. Items of
/// weight 0 and base 0 take part in the comparison, since they name a provider.
#[must_use]
pub fn is_same_ratio(a: &[StrategyItem], b: &[StrategyItem]) -> bool {
    let total =
        |items: &[StrategyItem]| -> u128 { items.iter().map(|item| u128::from(item.weight)).sum() };
    let (of_a, of_b) = (total(a), total(b));
    a.len() == b.len()
        && a.iter().all(|item| {
            b.iter().any(|other| {
                other.capacity_provider == item.capacity_provider
                    && other.base == item.base
                    && u128::from(other.weight) * of_a == u128::from(item.weight) * of_b
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(provider: &str, weight: u64) -> StrategyItem {
        StrategyItem {
            capacity_provider: provider.to_owned(),
            base: 0,
            weight,
        }
    }

    #[test]
    fn strategies_with_weights_in_the_same_ratio_are_the_same() {
        let today = [item("a", 2), item("b", 4)];
        assert!(is_same_ratio(&today, &[item("b", 2), item("a", 1)]));
        assert!(!is_same_ratio(&today, &[item("b", 1), item("a", 1)]));
        assert!(!is_same_ratio(&today, &[item("a", 1)]));
    }

    #[test]
    fn of_fargate_are_services_that_are_there_or_go_there_and_show_how_they_run_today() {
        let (fargate, spot, group) = (
            [item("FARGATE", 1)],
            [item("FARGATE_SPOT", 1)],
            [item("a", 1)],
        );
        assert!(concerns_fargate(&fargate, &spot) && concerns_fargate(&group, &fargate));
        assert!(concerns_fargate(&spot, &group));
        assert!(!concerns_fargate(&group, &[item("b", 1)]) && !concerns_fargate(&[], &fargate));
    }
}
