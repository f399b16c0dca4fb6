//! V38: where the policy spreads evenly and buys On-Demand, k tasks of a service on On-Demand instances stand in at least
//! min(k, `onDemandZones`, the zones that the service may use) zones.
//!
//! Daemons, standalone tasks, services of launch type EXTERNAL, tasks on Fargate and
//! instances of today outside the cluster's zones are not looked at.

use std::collections::BTreeSet;

use crate::check::facts::Facts;
use crate::check::offers::{self, Offer};
use crate::check::violation::{Rule, Violation};
use crate::domain::policy::ZoneSpread;
use crate::domain::service::Service;

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let cluster = facts.cluster;
    if cluster.zones.len() < 2
        || cluster.zone_spread() != ZoneSpread::Even
        || !cluster.policy.purchase_options.on_demand
    {
        return Vec::new();
    }
    let too_few: Vec<(&Service, u128, usize)> = (facts.replicas())
        .filter(|service| !service.is_standalone() && !service.is_external())
        .filter(|service| cluster.spreads_evenly(service))
        .filter_map(|service| {
            let (tasks, zones) = on_demand(facts, service);
            let least = tasks.min(cluster.policy.on_demand_zones.into());
            ((zones as u128) < least).then_some((service, least, zones))
        })
        .collect();
    if too_few.is_empty() {
        return Vec::new();
    }
    // Which zones a service may use is worth the work only where it decides.
    let offers: Vec<Offer<'_>> = (offers::new_instances(facts))
        .chain(offers::kept_instances(facts))
        .collect();
    (too_few.into_iter())
        .filter_map(|(service, least, found)| {
            let usable = offers::usable_zones(facts, &offers, service).len() as u128;
            let least = least.min(usable);
            ((found as u128) < least).then(|| {
                Violation::new(
                    Rule::OnDemandZones,
                    format!("services[{}]", service.name),
                    format!("On-Demand tasks in {found} zones"),
                    format!("in {least} zones at least (onDemandZones)"),
                )
            })
        })
        .collect()
}

/// Tasks of a service on On-Demand instances in the cluster's zones, and the number of zones these are in.
fn on_demand(facts: &Facts<'_>, service: &Service) -> (u128, usize) {
    let mut zones = BTreeSet::new();
    let mut tasks = 0_u128;
    for row in &facts.rows {
        let Some(zone) = row.zone else { continue };
        let here = row.tasks_of(&service.name);
        if here > 0 && row.planned.purchase_option.counts_as_on_demand() {
            tasks = tasks.saturating_add(here);
            zones.insert(zone);
        }
    }
    (tasks, zones.len())
}
