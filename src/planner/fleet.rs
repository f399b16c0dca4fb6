//! The fleet of a packing: which tasks run on each instance, and which places beside them are kept free.
//!
//! Where the problem asked for more places than there are tasks (room for a lost zone or a deployment), the
//! tasks are chosen among the places (`choice`). The other places are spare.

use std::collections::{BTreeMap, BTreeSet};

use crate::formulate::demand::Demand;
use crate::formulate::model::{Model, PlanningInput};
use crate::formulate::offering::Offerings;
use crate::formulate::rules::fargate::FargatePlan;
use crate::optimize::pattern::Packing;

use super::choice::Choice;
use super::on_demand_zones;

/// Identical instances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FleetRow {
    /// Position among the offerings.
    pub offering: usize,
    /// How many.
    pub count: u64,
    /// Tasks on each, by position of the service; none of them 0.
    pub tasks: BTreeMap<usize, u64>,
    /// Places kept free on each, by position of the service; none of them 0.
    pub spare: BTreeMap<usize, u64>,
}

/// Instances and Fargate tasks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fleet {
    /// Instances, today's empty ones included.
    pub rows: Vec<FleetRow>,
    /// Services on Fargate.
    pub fargate: Vec<(usize, FargatePlan)>,
    /// Planned tasks that have no place here, by service.
    pub unplaced: Vec<u64>,
}

impl Fleet {
    /// The fleet of a packing of `model`.
    pub fn new(
        input: PlanningInput<'_>,
        model: &Model,
        demand: &Demand,
        packing: &Packing,
    ) -> Self {
        let mut rows = places(model, packing);
        add_todays_empty_instances(input, &mut rows);
        let mut fleet = Self {
            rows,
            fargate: model.on_fargate.clone(),
            unplaced: Vec::new(),
        };
        for &group in &packing.outside {
            let (service, plan) = &model.groups[group];
            fleet
                .fargate
                .extend(plan.clone().map(|plan| (*service, plan)));
        }
        fleet.fargate.sort_by_key(|(service, _)| *service);
        let on_fargate: Vec<usize> = fleet.fargate.iter().map(|(service, _)| *service).collect();
        let unplaceable: Vec<usize> = model
            .unplaceable
            .iter()
            .map(|(service, _)| *service)
            .collect();
        let on_instances: Vec<usize> = (0..demand.tasks.len())
            .filter(|service| demand.tasks[*service] > 0)
            .filter(|service| !on_fargate.contains(service) && !unplaceable.contains(service))
            .collect();
        fleet.unplaced = Choice::new(input, &mut fleet.rows).choose(demand, &on_instances);
        for row in &mut fleet.rows {
            row.tasks.retain(|_, tasks| *tasks > 0);
            row.spare.retain(|_, spare| *spare > 0);
        }
        on_demand_zones::mend(input, model, &mut fleet);
        fleet
    }
}

impl Fleet {
    /// Services on Managed Instances, by position.
    pub fn on_managed_instances(&self, offerings: &Offerings<'_>) -> BTreeSet<usize> {
        (self.rows.iter())
            .filter(|row| offerings.usable[row.offering].purchase_option.is_managed())
            .flat_map(|row| row.tasks.keys().copied())
            .collect()
    }
}

/// Rows of a packing with every copy spare.
fn places(model: &Model, packing: &Packing) -> Vec<FleetRow> {
    (packing.bins.iter())
        .map(|(pattern, count)| {
            let mut spare = BTreeMap::new();
            for &(item, copies) in &pattern.content {
                *spare.entry(model.items[item].service).or_default() += copies;
            }
            FleetRow {
                offering: model.bins[pattern.bin].offerings[0],
                count: *count,
                tasks: BTreeMap::new(),
                spare,
            }
        })
        .collect()
}

fn add_todays_empty_instances(input: PlanningInput<'_>, rows: &mut Vec<FleetRow>) {
    for (index, offering) in input.offerings.usable.iter().enumerate() {
        let kept = offering
            .existing
            .as_ref()
            .map_or(0, |existing| existing.count);
        let used: u64 = rows
            .iter()
            .filter(|row| row.offering == index)
            .map(|row| row.count)
            .sum();
        if kept > used {
            rows.push(FleetRow {
                offering: index,
                count: kept - used,
                tasks: BTreeMap::new(),
                spare: BTreeMap::new(),
            });
        }
    }
}
