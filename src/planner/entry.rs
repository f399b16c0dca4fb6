//! What an instance type would have to cost before the linear program bought it.
//!
//! At the duals `π` of a plan, the best pattern of an offering `o` is worth `U_o = max_a Σ_i π_i a_i`. With a cost
//! `c_o > U_o` every pattern of it has a positive reduced cost `c_o − π·a`, and the relaxation buys none; below `U_o`
//! a column of it enters. `U_o` is found by the same pricing as in column generation.

use indexmap::IndexMap;

use crate::catalogue::Catalogue;
use crate::domain::capacity::Capacity;
use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{DaemonsObstacle, Exclusion, FailedTest, FleetPlan};
use crate::formulate::demand::Demand;
use crate::formulate::hosts::Hosts;
use crate::formulate::model::{Model, PlanningInput, Scope};
use crate::formulate::offering::Offerings;
use crate::formulate::rules::fit;
use crate::optimize::duals::Duals;
use crate::optimize::pricing::oracle::{Effort, Oracle};
use crate::optimize::room::Room;
use crate::optimize::stop::Counter;

use super::options::PlanError;
use super::translate::by_item;
use super::warm;

/// Nodes of one pricing problem.
const NODES: u64 = 200_000;

/// One offering of a type as the plan's duals see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// On-Demand or Spot.
    pub purchase_option: Capacity,
    /// Zone, where the cluster names any.
    pub availability_zone: Option<String>,
    /// What one instance costs today: price, root volume and fee.
    pub usd_per_hour: UsdPerHour,
    /// What its best pattern is worth: below this cost it enters the linear program.
    pub enters_below: UsdPerHour,
    /// The best pattern.
    pub tasks: IndexMap<String, u64>,
}

/// Why a type may not be bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypeExclusion {
    /// The policy, the Region or the price list leave it out.
    Left(Exclusion),
    /// Reserved amounts and daemons do not fit it.
    NoRoomForDaemons(DaemonsObstacle),
}

/// A type as the cluster's policy and services see it.
#[derive(Debug, Clone, PartialEq)]
pub struct TypeAssessment {
    /// Why the policy, the Region or the price list leave it out; empty where it may be bought.
    pub excluded: Vec<TypeExclusion>,
    /// Services of which a task fits.
    pub fits: Vec<String>,
    /// Services of which none does, with the first test that it fails.
    pub refuses: Vec<(String, FailedTest)>,
    /// Offerings that may be bought, the one nearest to entering first.
    pub entries: Vec<Entry>,
}

/// Looks at a type through the duals of a plan.
///
/// # Errors
/// When prices are missing or numbers are out of range.
pub fn assess_type(
    cluster: &Cluster,
    catalogue: &Catalogue,
    plan: &FleetPlan,
    instance_type: &str,
) -> Result<TypeAssessment, PlanError> {
    let offerings = Offerings::new(cluster, catalogue).map_err(PlanError::Unpriced)?;
    let hosts = Hosts::new(cluster, &offerings);
    let input = PlanningInput {
        cluster,
        catalogue,
        offerings: &offerings,
        hosts: &hosts,
    };
    let excluded = (offerings.excluded.iter())
        .find(|(known, _)| known.name == instance_type)
        .map(|(_, reasons)| reasons.iter().cloned().map(TypeExclusion::Left).collect())
        .unwrap_or_default();
    let own: Vec<usize> = (offerings.usable.iter().enumerate())
        .filter(|(_, offering)| {
            offering.instance_type == instance_type && offering.existing.is_none()
        })
        .map(|(index, _)| index)
        .collect();
    let mut assessment = TypeAssessment {
        excluded,
        fits: Vec::new(),
        refuses: Vec::new(),
        entries: Vec::new(),
    };
    let Some(&first) = own.first() else {
        let without_room = offerings.without_room_for_daemons.iter();
        assessment.excluded.extend(
            without_room
                .filter(|(offering, _)| offering.instance_type == instance_type)
                .map(|(_, why)| TypeExclusion::NoRoomForDaemons(why.clone()))
                .take(1),
        );
        return Ok(assessment);
    };
    for service in cluster
        .services
        .iter()
        .filter(|service| cluster.planned_count(service) > 0)
    {
        // Zones and groups of today lend new instances other attributes: one that takes the service is enough.
        let failures = |at: &usize| fit::failures(service, &offerings.usable[*at]);
        let first = failures(&first).into_iter().next();
        match first.filter(|_| !own.iter().any(|at| failures(at).is_empty())) {
            None => assessment.fits.push(service.name.clone()),
            Some(failed) => assessment.refuses.push((service.name.clone(), failed)),
        }
    }
    assessment.entries = entries(input, plan, &own)?;
    Ok(assessment)
}

fn entries(
    input: PlanningInput<'_>,
    plan: &FleetPlan,
    own: &[usize],
) -> Result<Vec<Entry>, PlanError> {
    let model = Model::try_new(input, &Demand::planned(input.cluster), Scope::Full)?;
    let worths = by_item(&model, &warm::duals(input.cluster, plan));
    let is_own = |bin: usize| own.contains(&model.bins[bin].offerings[0]);
    let problem = model.problem.only_bins(&is_own);
    let demands: Vec<u64> = problem.items().iter().map(|item| item.demand).collect();
    let oracle = Oracle::new(&problem, &demands, &Room::new(&problem));
    let duals = Duals {
        items: worths,
        limits: vec![0.0; problem.limits().len()],
        copies: vec![0.0; problem.copy_limits().len()],
        ..Duals::default()
    };
    let nothing = vec![0.0; problem.bins().len()];
    // One look at one type: its nodes are its limit.
    let counted = Counter::new();
    let answers = oracle.price(&duals, &nothing, Effort::Nodes(NODES), 0.0, &counted);
    let mut entries: Vec<Entry> = (answers.iter())
        .filter_map(|answer| {
            let (value, pattern) = answer.patterns.first()?;
            let offering = &input.offerings.usable[model.bins[answer.bin].offerings[0]];
            #[allow(clippy::cast_possible_truncation)]
            let units = value.floor() as i64;
            let services = &input.cluster.services;
            Some(Entry {
                purchase_option: offering.purchase_option,
                availability_zone: offering.availability_zone.clone(),
                usd_per_hour: offering.usd_per_hour,
                enters_below: UsdPerHour::from_grid_units(units),
                tasks: (pattern.content.iter())
                    .map(|&(item, copies)| {
                        (services[model.items[item].service].name.clone(), copies)
                    })
                    .collect(),
            })
        })
        .collect();
    entries.sort_by_key(|entry| entry.usd_per_hour - entry.enters_below);
    Ok(entries)
}
