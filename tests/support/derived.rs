//! Figures of a hand-made plan that follow from its rows, the cluster and the catalogue.

use bayplan::catalogue::Catalogue;
use bayplan::catalogue::offered::bill_of_today;
use bayplan::domain::cluster::Cluster;
use bayplan::domain::plan::{FleetPlan, ManagedScaling};

/// The plan with its provenance, today's cost, groups' settings, weights in lowest terms and the services' own placement.
pub fn settled(mut plan: FleetPlan, cluster: &Cluster, catalogue: &Catalogue) -> FleetPlan {
    plan.catalogue = catalogue.provenance();
    plan.cost.current_usd_per_hour = bill_of_today(cluster, catalogue).ok().flatten();
    let groups = plan.capacity_providers.iter_mut();
    for group in groups.filter(|provider| provider.kind.is_group()) {
        group.managed_scaling = ManagedScaling::DEFAULT;
    }
    for (planned, service) in plan.services.iter_mut().zip(&cluster.services) {
        planned.placement_strategy = service.placement_strategy.clone();
        let strategy = &mut planned.capacity_provider_strategy;
        let largest = strategy.iter().map(|item| item.weight).max().unwrap_or(1);
        let divides = |by: &u64| strategy.iter().all(|item| item.weight % by == 0);
        let divisor = (1..=largest).rev().find(divides).unwrap_or(1);
        for item in &mut *strategy {
            item.weight /= divisor;
        }
    }
    plan
}
