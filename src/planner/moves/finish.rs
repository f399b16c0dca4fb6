//! The plan around today's instances, seen from today: what moves, what that is worth, and what differs.

use std::collections::BTreeSet;

use crate::catalogue::Catalogue;
use crate::catalogue::offered::bill_of_today;
use crate::check::certify;
use crate::diff;
use crate::domain::cluster::{Cluster, ContainerInstance};
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{Assumption, Change, FleetPlan, FrontierPoint, Moves, PlanStatus};
use crate::domain::service::Service;
use crate::formulate::offering::Offering;
use crate::optimize::problem::Cost;

use super::super::options::{MovesAsked, PlanError, Planned};
use super::today::Today;
use super::{Known, waves};
use crate::planner::today::{NoToday, Today as Replayed};

/// What is known of a plan that is to be finished.
pub(super) struct Outlook<'a> {
    /// Tasks it restarts.
    pub restarts: u64,
    /// Instances that stay, by id.
    pub staying: BTreeSet<&'a str>,
    /// What a replay on all of today's instances says.
    pub seen: Result<Replayed, NoToday>,
    /// The cluster with those alone that stay, which the plan was made from.
    pub around: Cluster,
    /// What runs.
    pub today: &'a Today,
    /// What the search knows.
    pub known: &'a Known,
    /// Today's instances among what can be bought or stays.
    pub offerings: &'a [Offering],
    /// What was asked.
    pub asked: MovesAsked,
}

/// The plan with what it moves, its changes against the whole of today's fleet, and the bound for its number of moves.
pub(super) fn finished(
    cluster: &Cluster,
    catalogue: &Catalogue,
    planned: Planned,
    outlook: &Outlook<'_>,
) -> Result<Planned, PlanError> {
    let mut plan = planned.plan.into_plan();
    plan.cost.current_usd_per_hour = bill_of_today(cluster, catalogue).ok().flatten();
    outlook.see_all_of_today(cluster, &mut plan);
    outlook.say_what_stays(cluster, &mut plan);
    outlook.set_bound(&mut plan);
    let mut moves = outlook.moves(cluster, &plan);
    if plan.is_realised() {
        let input = (cluster, catalogue);
        let waves = waves::waves(input, outlook.offerings, &outlook.staying, &plan);
        (moves.waves, moves.not_drained) = waves;
    }
    plan.moves = Some(moves);
    let plan = certify(cluster, catalogue, plan)?;
    Ok(Planned {
        plan,
        today: outlook.seen.clone(),
        ..planned
    })
}

impl Outlook<'_> {
    /// What differs from today, and what is said of it, against all instances of today and not those alone that stay.
    fn see_all_of_today(&self, cluster: &Cluster, plan: &mut FleetPlan) {
        let mut of_staying = diff::of_instances(&self.around, &plan.instances);
        of_staying.extend(diff::of_groups_and_strategies(&self.around, plan));
        let of_all = |change: &Change| {
            matches!(
                change,
                Change::AddInstances { .. } | Change::RemoveInstances { .. }
            )
        };
        let mut changes = diff::of_instances(cluster, &plan.instances);
        let others = std::mem::take(&mut plan.changes);
        changes.extend(
            others
                .into_iter()
                .filter(|change| !of_all(change) && !of_staying.contains(change)),
        );
        for change in diff::of_groups_and_strategies(cluster, plan) {
            if !changes.contains(&change) {
                changes.push(change);
            }
        }
        plan.changes = changes;
        let of_today = |said: &Assumption| {
            matches!(
                said,
                Assumption::TodayFilled { .. }
                    | Assumption::TodayCountsDraining { .. }
                    | Assumption::TodayWithoutFargate
            )
        };
        plan.assumptions.retain(|said| !of_today(said));
        if let Ok(seen) = &self.seen {
            plan.assumptions.extend(seen.assumptions(cluster));
        }
    }

    /// In place of what is said of instances whose tasks are placed anew.
    fn say_what_stays(&self, cluster: &Cluster, plan: &mut FleetPlan) {
        let changed: Vec<&str> = (plan.changes.iter())
            .filter_map(|change| match change {
                Change::ChangeStrategy { service_name, .. } => Some(service_name.as_str()),
                _ => None,
            })
            .collect();
        let rolls_out = |service: &&Service| changed.contains(&service.name.as_str());
        let services = || cluster.services.iter().filter(rolls_out);
        let stays = Assumption::TasksStay {
            instances: self.staying.len() as u64,
            services: services().count() as u64,
            tasks: services()
                .map(|service| cluster.planned_count(service))
                .sum(),
        };
        let said = (plan.assumptions.iter()).position(|said| *said == Assumption::InstancesStay);
        match said {
            Some(at) => plan.assumptions[at] = stays,
            None => plan.assumptions.push(stays),
        }
    }

    /// No plan that moves at most as many as were allowed costs less.
    fn set_bound(&self, plan: &mut FleetPlan) {
        let allowed = self.asked.most.unwrap_or(u64::MAX);
        let bound = self.bound(
            allowed.saturating_sub(self.today.forced),
            plan.cost.ideal_usd_per_hour,
        );
        let bound = match (bound, plan.cost.bound_usd_per_hour) {
            // A plan that keeps nothing has the bound of every plan.
            (own, other) if self.staying.is_empty() => own.max(other),
            (own, _) => own,
        };
        let is_realised = plan.is_realised();
        let cost = &mut plan.cost;
        cost.bound_usd_per_hour = bound;
        let found = self
            .known
            .frontier
            .best(allowed.saturating_sub(self.today.forced));
        if let Some(found) = found.filter(|_| is_realised) {
            // Where further instances had to stay, so that ECS fills the fleet, a better packing is known.
            cost.ideal_usd_per_hour = cost.ideal_usd_per_hour.min(self.usd(found.cost));
        }
        cost.set_realised(cost.usd_per_hour);
        if bound.is_none() {
            (cost.gap, cost.ideal_gap) = (None, None);
        }
        plan.status = match bound {
            Some(bound) if bound >= plan.cost.ideal_usd_per_hour => PlanStatus::Optimal,
            _ => PlanStatus::Feasible,
        };
    }

    /// The bound for so many moves of instances, never above a cost that was found.
    fn bound(&self, moves: u64, found: UsdPerHour) -> Option<UsdPerHour> {
        let moves = moves.min(self.known.keeping.most_moves());
        let bound = self.known.frontier.bound(moves)?;
        let bound = self.usd(bound);
        // A bound by relaxation may reach the cost only within its margin: then it is the cost.
        Some(if found.gap_to(bound) < 1e-9 {
            found
        } else {
            bound
        })
    }

    fn usd(&self, cost: Cost) -> UsdPerHour {
        self.known.fixed + UsdPerHour::from_grid_units(cost).rounded()
    }

    fn moves(&self, cluster: &Cluster, plan: &FleetPlan) -> Moves {
        let goes = |instance: &&ContainerInstance| {
            instance.active
                && !instance.is_external()
                && !self.staying.contains(instance.id.as_str())
        };
        let mut drained: Vec<String> = (cluster.container_instances.iter().filter(goes))
            .map(|instance| instance.id.clone())
            .collect();
        drained.sort();
        let frontier = &self.known.frontier;
        let is_proven = !frontier.lines.is_empty();
        let cost = plan.cost.ideal_usd_per_hour - self.known.fixed;
        Moves {
            restarts: self.restarts,
            bound_restarts: is_proven
                .then(|| frontier.least_moves(cost.grid_units()).min(self.restarts)),
            drained,
            frontier: if self.asked.frontier {
                self.points()
            } else {
                Vec::new()
            },
            waves: Vec::new(),
            not_drained: Vec::new(),
        }
    }

    fn points(&self) -> Vec<FrontierPoint> {
        (self.known.frontier.found.iter())
            .map(|found| {
                let cost = self.usd(found.cost);
                FrontierPoint {
                    restarts: found.moves + self.today.forced,
                    usd_per_hour: cost,
                    bound_usd_per_hour: self.bound(found.moves, cost),
                }
            })
            .collect()
    }
}
