//! `onDemandZones` where more tasks than the minimum are On-Demand: the fleet is mended.
//!
//! How many zones a service's On-Demand tasks need depends on how many there are, which no row of the problem can say.
//! Where a packing has more than the minimum and has them in too few zones, Spot instances that hold the service's tasks
//! in other zones become On-Demand ones of the same type, the cheapest first. Where those are Spot instances that stay,
//! one of their tasks moves to an On-Demand instance of the zone: one with room, else a new one, the cheapest. Its zone
//! stays what it was, so that counts over zones do. What was bound stays a bound: the fleet is one that the policy allows,
//! and the packing problem asked for less.

use std::collections::{BTreeMap, BTreeSet};

use crate::formulate::model::{Model, PlanningInput};
use crate::formulate::rules::{purchase, zones};

use super::fleet::{Fleet, FleetRow};

/// A zone, by its position in the cluster.
type Zone = Option<usize>;

/// Turns Spot instances into On-Demand ones, or moves tasks off those that stay, until every service has its On-Demand
/// tasks in enough zones, as far as that is possible.
pub fn mend(input: PlanningInput<'_>, model: &Model, fleet: &mut Fleet) {
    for service in 0..input.cluster.services.len() {
        if !zones::by_zone(input.cluster, &input.cluster.services[service]) {
            continue;
        }
        while let Some(found) = too_few(input, fleet, service) {
            let mended = turn(input, fleet, service, &found)
                || move_one(input, model, fleet, service, &found);
            if !mended {
                break;
            }
        }
    }
}

/// The zones of a service's On-Demand tasks, where they are too few.
fn too_few(input: PlanningInput<'_>, fleet: &Fleet, service: usize) -> Option<BTreeSet<Zone>> {
    let usable = &input.offerings.usable;
    let on_demand = || {
        (fleet.rows.iter())
            .filter(|row| usable[row.offering].purchase_option.counts_as_on_demand())
            .filter(|row| row.tasks.contains_key(&service))
    };
    let tasks: u64 = on_demand().map(|row| row.tasks[&service] * row.count).sum();
    let found: BTreeSet<Zone> = on_demand().map(|row| usable[row.offering].zone).collect();
    let least = purchase::least_on_demand_zones(
        input.cluster,
        &input.cluster.services[service],
        tasks,
        input.hosts.zones[service].len(),
    );
    ((found.len() as u64) < least).then_some(found)
}

/// Turns the Spot instance with tasks of the service in another zone that costs least more as an On-Demand one.
fn turn(
    input: PlanningInput<'_>,
    fleet: &mut Fleet,
    service: usize,
    found: &BTreeSet<Zone>,
) -> bool {
    let usable = &input.offerings.usable;
    let cheapest = (fleet.rows.iter().enumerate())
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
        .min();
    let Some((_, row, offering)) = cheapest else {
        return false;
    };
    change_one(fleet, row, |one| one.offering = offering);
    true
}

/// Moves a task of the service off a Spot instance that stays to an On-Demand instance of its zone.
fn move_one(
    input: PlanningInput<'_>,
    model: &Model,
    fleet: &mut Fleet,
    service: usize,
    found: &BTreeSet<Zone>,
) -> bool {
    let usable = &input.offerings.usable;
    let cheapest = (fleet.rows.iter().enumerate())
        .filter(|(_, row)| row.tasks.contains_key(&service))
        .filter_map(|(index, row)| {
            let own = &usable[row.offering];
            let may_go = own.purchase_option.may_be_reclaimed()
                && own.existing.is_some()
                && !found.contains(&own.zone);
            let to = may_go.then(|| place(input, model, fleet, service, own.zone));
            let (cost, to) = to.flatten()?;
            Some((cost, index, to))
        })
        .min();
    let Some((_, from, to)) = cheapest else {
        return false;
    };
    match to {
        Place::Row(row) => change_one(fleet, row, |one| {
            *one.tasks.entry(service).or_default() += 1;
        }),
        Place::New(offering) => fleet.rows.push(FleetRow {
            offering,
            count: 1,
            tasks: BTreeMap::from([(service, 1)]),
            spare: BTreeMap::new(),
        }),
    }
    change_one(fleet, from, |one| {
        let left = one.tasks.remove(&service).unwrap_or(1) - 1;
        if left > 0 {
            one.tasks.insert(service, left);
        }
    });
    true
}

/// Where a task may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// One instance of a row of the fleet.
    Row(usize),
    /// A new instance of an offering.
    New(usize),
}

/// The cheapest place for a task on an On-Demand instance of a zone, with what it costs.
fn place(
    input: PlanningInput<'_>,
    model: &Model,
    fleet: &Fleet,
    service: usize,
    zone: Zone,
) -> Option<(i64, Place)> {
    let usable = &input.offerings.usable;
    let policy = &input.cluster.policy;
    let fits = |offering: usize, others: &FleetRow| {
        let mut places = others.tasks.clone();
        for (&kept_for, &spare) in &others.spare {
            *places.entry(kept_for).or_default() += spare;
        }
        *places.entry(service).or_default() += 1;
        let content: Option<Vec<(usize, u64)>> = (places.into_iter())
            .map(|(service, tasks)| Some((model.item(service, zone)?, tasks)))
            .collect();
        content.is_some_and(|mut content| {
            content.sort_unstable();
            model.bin_for(offering, &content).is_some()
        })
    };
    let is_there = |offering: usize| {
        usable[offering].zone == zone && usable[offering].purchase_option.counts_as_on_demand()
    };
    let rows = (fleet.rows.iter().enumerate())
        .filter(|(_, row)| is_there(row.offering) && fits(row.offering, row))
        .map(|(index, _)| (0, Place::Row(index)));
    let instances: u64 = fleet.rows.iter().map(|row| row.count).sum();
    let types: BTreeSet<&str> = (fleet.rows.iter())
        .map(|row| usable[row.offering].instance_type.as_str())
        .collect();
    let may_be_new = |offering: usize| {
        let own = usable[offering].instance_type.as_str();
        instances < policy.max_instances
            && usable[offering].existing.is_none()
            && (types.contains(own)
                || (policy.max_instance_types).is_none_or(|most| (types.len() as u64) < most))
    };
    let new = (input.hosts.offerings[service].iter().copied())
        .filter(|&offering| is_there(offering) && may_be_new(offering))
        .filter(|&offering| {
            let empty = FleetRow {
                offering,
                count: 1,
                tasks: BTreeMap::new(),
                spare: BTreeMap::new(),
            };
            fits(offering, &empty)
        })
        .map(|offering| {
            (
                usable[offering].usd_per_hour.grid_units(),
                Place::New(offering),
            )
        });
    rows.chain(new).min()
}

/// Changes one instance of a row.
fn change_one(fleet: &mut Fleet, row: usize, change: impl FnOnce(&mut FleetRow)) {
    let mut changed = FleetRow {
        count: 1,
        ..fleet.rows[row].clone()
    };
    change(&mut changed);
    fleet.rows[row].count -= 1;
    if fleet.rows[row].count == 0 {
        fleet.rows[row] = changed;
    } else {
        fleet.rows.push(changed);
    }
}
