//! V45: a service's placement strategies are its own, or those that its groups are designed with.
//!
//! In an ideal packing, and where no group holds tasks of it, a service keeps the strategies of the cluster file. A service
//! all of whose groups have a certificate is spread: over zones and then over instances where each of its groups has a
//! single zone, else over instances and then over zones. The design of any other group is one of four, which cannot be
//! told apart from outside: spread in the one or the other order, or packed by memory or by CPU after the spread over
//! zones. Zones are named only where the cluster has some. A service that uses groups of today that stay may keep its own.

use crate::check::facts::Facts;
use crate::check::violation::{Rule, Violation};
use crate::domain::placement::PlacementStrategy;
use crate::domain::plan::{PlannedProvider, PlannedService};

const ZONE: &str = "attribute:ecs.availability-zone";
const INSTANCE: &str = "instanceId";

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    (facts.plan.services.iter())
        .filter_map(|planned| {
            let allowed = allowed(facts, planned)?;
            (!allowed.contains(&planned.placement_strategy)).then(|| {
                Violation::new(
                    Rule::PlacementStrategies,
                    format!("services[{}].placementStrategy", planned.service_name),
                    words(std::slice::from_ref(&planned.placement_strategy)),
                    words(&allowed),
                )
            })
        })
        .collect()
}

/// The lists of strategies that the service may have; `None` for a service that the cluster does not know.
fn allowed(facts: &Facts<'_>, planned: &PlannedService) -> Option<Vec<Vec<PlacementStrategy>>> {
    let service = facts.services.get(planned.service_name.as_str())?;
    let groups: Vec<&PlannedProvider> = (planned.capacity_provider_strategy.iter())
        .filter_map(|item| {
            (facts.plan.capacity_providers.iter()).find(|p| p.name == item.capacity_provider)
        })
        .filter(|provider| provider.kind.is_group())
        .collect();
    if (groups.iter()).all(|group| group.mode.is_none() || facts.stays(group)) {
        return Some(vec![service.placement_strategy.clone()]);
    }
    let has_zones = !facts.cluster.zones.is_empty();
    let list = |strategies: [PlacementStrategy; 2]| {
        (strategies.into_iter())
            .filter(|strategy| has_zones || *strategy != spread(ZONE))
            .collect::<Vec<_>>()
    };
    let over_zones_first = list([spread(ZONE), spread(INSTANCE)]);
    let over_instances_first = list([spread(INSTANCE), spread(ZONE)]);
    if groups.iter().all(|group| group.certificate.is_some()) {
        let of_one_zone = |group: &&PlannedProvider| group.availability_zones.len() <= 1;
        return Some(vec![if groups.iter().all(of_one_zone) {
            over_zones_first
        } else {
            over_instances_first
        }]);
    }
    let packed = |by: &str| list([spread(ZONE), PlacementStrategy::Binpack(by.to_owned())]);
    Some(vec![
        over_instances_first,
        over_zones_first,
        packed("memory"),
        packed("cpu"),
    ])
}

fn spread(field: &str) -> PlacementStrategy {
    PlacementStrategy::Spread(field.to_owned())
}

fn words(allowed: &[Vec<PlacementStrategy>]) -> String {
    let one = |strategy: &PlacementStrategy| match strategy {
        PlacementStrategy::Random => "random".to_owned(),
        PlacementStrategy::Spread(field) => format!("spread({field})"),
        PlacementStrategy::Binpack(field) => format!("binpack({field})"),
    };
    let lists: Vec<String> = (allowed.iter())
        .map(|list| match list.as_slice() {
            [] => "none".to_owned(),
            list => list.iter().map(one).collect::<Vec<_>>().join(", then "),
        })
        .collect();
    lists.join("; or ")
}
