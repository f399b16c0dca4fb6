//! Managed Instances of each hour of the week, as the plan shows them: rows by hours, and providers with every type that some hour has.

use std::collections::BTreeMap;

use crate::domain::money::UsdPerHour;
use crate::domain::plan::{
    Assumption, FleetPlan, ManagedHours, PlannedInstances, PlannedProvider, StrategyItem,
};
use crate::planner::assemble::{self, Assembly};
use crate::planner::providers;

use super::chosen::Chosen;
use super::classes::Class;

/// Adds the hours to the plan of the one that it shows.
pub(super) fn add(
    assembly: &Assembly<'_>,
    (classes, chosen): (&[Class], &Chosen),
    plan: &mut FleetPlan,
) {
    if chosen.managed.iter().all(Vec::is_empty) {
        return;
    }
    plan.managed_hours = hours(assembly, (classes, chosen));
    let rows: Vec<PlannedInstances> = (plan.managed_hours.iter())
        .flat_map(|entry| entry.instances.iter().cloned())
        .collect();
    for provider in providers::providers(&rows, &[]) {
        let known = (plan.capacity_providers.iter_mut()).find(|known| known.name == provider.name);
        match known {
            Some(known) => take_types(known, &provider),
            // Its services have no tasks in the hour that is shown.
            None => plan.capacity_providers.push(PlannedProvider {
                desired_capacity: 0,
                max_size: 0,
                usd_per_hour: UsdPerHour::ZERO,
                ..provider
            }),
        }
    }
    let of_service: BTreeMap<&str, &str> = (rows.iter())
        .flat_map(|row| {
            (row.tasks.keys()).map(|name| (name.as_str(), row.capacity_provider.as_str()))
        })
        .collect();
    for (position, service) in plan.services.iter_mut().enumerate() {
        let provider = of_service.get(service.service_name.as_str());
        if let Some(provider) = provider.filter(|_| chosen.is_managed(position)) {
            service.capacity_provider_strategy = vec![StrategyItem {
                capacity_provider: (*provider).to_owned(),
                base: 0,
                weight: 1,
            }];
        }
    }
    let by_hour = plan.managed_by_hour();
    let count = by_hour.iter().map(|(count, _)| *count);
    plan.assumptions.push(Assumption::ManagedInstancesByHour {
        fewest: count.clone().min().unwrap_or(0),
        most: count.max().unwrap_or(0),
        usd_per_hour: plan.managed_usd_of_week(),
    });
}

/// Hours with the same instances together, in the order of their first.
fn hours(assembly: &Assembly<'_>, (classes, chosen): (&[Class], &Chosen)) -> Vec<ManagedHours> {
    let mut entries: Vec<ManagedHours> = Vec::new();
    for (class, fleet) in classes.iter().zip(&chosen.managed) {
        let names = providers::names(assembly.input, fleet);
        let instances = assemble::rows(assembly, fleet, &names);
        match entries
            .iter_mut()
            .find(|known| known.instances == instances)
        {
            Some(known) => known.hours.extend(&class.hours),
            None => entries.push(ManagedHours {
                hours: class.hours.clone(),
                instances,
            }),
        }
    }
    for entry in &mut entries {
        entry.hours.sort_unstable();
    }
    entries
}

fn take_types(known: &mut PlannedProvider, of_all: &PlannedProvider) {
    for name in &of_all.instance_types {
        if !known.instance_types.contains(name) {
            known.instance_types.push(name.clone());
        }
    }
    for zone in &of_all.availability_zones {
        if !known.availability_zones.contains(zone) {
            known.availability_zones.push(zone.clone());
        }
    }
}
