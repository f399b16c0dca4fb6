//! `onDemandZones` where more tasks than the minimum are On-Demand: the fleet is mended.
//!
//! How many zones a service's On-Demand tasks need depends on how many there are, which no row of the problem can say.
//! Where a packing has more than the minimum and has them in too few zones, Spot instances that hold the service's tasks
//! in other zones become On-Demand ones of the same type, the cheapest first. What was bound stays a bound: the fleet is
//! one that the policy allows, and the packing problem asked for less.

use std::collections::BTreeSet;

use crate::formulate::model::PlanningInput;
use crate::formulate::rules::{purchase, zones};

use super::fleet::{Fleet, FleetRow};

/// Turns Spot instances into On-Demand ones until every service has its On-Demand tasks in enough zones, as far as that
/// is possible.
pub fn mend(input: PlanningInput<'_>, fleet: &mut Fleet) {
    for service in 0..input.cluster.services.len() {
        if !zones::by_zone(input.cluster, &input.cluster.services[service]) {
            continue;
        }
        while let Some((row, offering)) = next(input, fleet, service) {
            let turned = FleetRow {
                offering,
                count: 1,
                ..fleet.rows[row].clone()
            };
            fleet.rows[row].count -= 1;
            if fleet.rows[row].count == 0 {
                fleet.rows[row] = turned;
            } else {
                fleet.rows.push(turned);
            }
        }
    }
}

/// The row of which one instance is to be On-Demand, and as which offering; `None` where the service has what it needs
/// or nothing can be turned.
fn next(input: PlanningInput<'_>, fleet: &Fleet, service: usize) -> Option<(usize, usize)> {
    let usable = &input.offerings.usable;
    let on_demand = || {
        (fleet.rows.iter())
            .filter(|row| usable[row.offering].purchase_option.counts_as_on_demand())
            .filter(|row| row.tasks.contains_key(&service))
    };
    let tasks: u64 = on_demand().map(|row| row.tasks[&service] * row.count).sum();
    let found: BTreeSet<Option<usize>> = on_demand().map(|row| usable[row.offering].zone).collect();
    let least = purchase::least_on_demand_zones(
        input.cluster,
        &input.cluster.services[service],
        tasks,
        input.hosts.zones[service].len(),
    );
    if found.len() as u64 >= least {
        return None;
    }
    (fleet.rows.iter().enumerate())
        .filter(|(_, row)| row.tasks.contains_key(&service))
        .filter_map(|(index, row)| {
            let own = &usable[row.offering];
            if !own.purchase_option.may_be_reclaimed()
                || own.existing.is_some()
                || found.contains(&own.zone)
            {
                return None;
            }
            let other = usable.iter().position(|other| {
                other.purchase_option == own.purchase_option.steady()
                    && other.existing.is_none()
                    && other.instance_type == own.instance_type
                    && other.zone == own.zone
                    && other.group == own.group
            })?;
            let dearer = usable[other].usd_per_hour.grid_units() - own.usd_per_hour.grid_units();
            Some((dearer, index, other))
        })
        .min()
        .map(|(_, index, other)| (index, other))
}
