//! What a fleet that ECS fills hangs on beside the policy's keys: that rollouts may launch instances (`maxSize`), the number of
//! groups, and services that name no `maxCount`.
//!
//! Fleets are planned with the same effort, and the fleet as it is once more as well: of that and the plan's own the cheaper is
//! compared with, so that a search that was luckier, or longer, is no saving.

use crate::domain::cluster::Cluster;
use crate::domain::money::UsdPerHour;
use crate::domain::plan::{Assumption, FleetPlan, GroupMode};
use crate::domain::policy::DeploymentSurge;
use crate::planner::PlanError;

use super::explanation::{FleetLevers, GroupsLever, MaxSizeLever};
use super::solver::Solver;

/// Whether a plan has groups that ECS fills, of one size the whole week.
pub(super) fn has_fleet(plan: &FleetPlan) -> bool {
    let mut groups = plan.groups().peekable();
    groups.peek().is_some()
        && plan.unplaced.is_empty()
        && groups.all(|group| matches!(group.mode, Some(GroupMode::Steady | GroupMode::Elastic)))
}

/// The fleet as it is, and what it hangs on.
pub(super) fn fleet_levers(
    solver: &Solver<'_>,
    plan: &FleetPlan,
) -> Result<FleetLevers, PlanError> {
    let again = solver.fleet(solver.cluster())?;
    let own = plan.cost.usd_per_hour;
    let usd_per_hour = again.map_or(own, |again| again.min(own));
    let groups = (plan.other_group_counts.iter())
        .map(|other| GroupsLever {
            groups: other.groups,
            change_usd_per_hour: other.usd_per_hour - own,
        })
        .collect();
    let mut levers = FleetLevers {
        usd_per_hour,
        max_size: None,
        groups,
        services_without_max_count: without_max_count(solver.cluster(), plan),
    };
    let launching = launching(plan);
    if launching == 0 || solver.is_stopped() {
        return Ok(levers);
    }
    let mut with_room = solver.cluster().clone();
    with_room.policy.deployment_surge = DeploymentSurge::WholeRollout;
    levers.max_size = (solver.fleet(&with_room)?).map(|kept| MaxSizeLever {
        services: launching,
        room_kept_usd_per_hour: kept,
        saving_usd_per_hour: kept - usd_per_hour,
    });
    // A search that was luckier with room than without is no saving.
    (levers.max_size).take_if(|lever| lever.saving_usd_per_hour <= UsdPerHour::ZERO);
    Ok(levers)
}

/// Services whose rollout launches instances.
fn launching(plan: &FleetPlan) -> u64 {
    (plan.assumptions.iter())
        .map(|said| match said {
            Assumption::Rollouts { launching, .. } => launching.len() as u64,
            _ => 0,
        })
        .sum()
}

/// Services with tasks in groups that name no `maxCount` above their planned count.
fn without_max_count(cluster: &Cluster, plan: &FleetPlan) -> u64 {
    let in_groups = |name: &str| {
        (plan.instances.iter())
            .any(|row| !row.capacity_provider.is_empty() && row.tasks.contains_key(name))
    };
    let services = (cluster.services.iter())
        .filter(|service| !service.is_daemon() && !service.is_standalone())
        .filter(|service| {
            let planned = cluster.planned_count(service);
            service.max_count.is_none_or(|most| most <= planned)
        })
        .filter(|service| in_groups(&service.name));
    services.count() as u64
}
