//! How a fleet that grew comes back to its size: a reset of every group's desired capacity drains the newest instances.
//!
//! ECS starts another task for each that drains, and a strategy with several groups sends it to the group that is behind
//! by weight. AWS does not say whether tasks that drain count there (`draining-tasks` in the replica's choices). Where they
//! do not, that group is the one that drains, and its other instances have room by the certificate. Where they do, it is
//! the one of the largest weight, which is full: it launches an instance, and the fleet stays larger however often it is
//! reset. With `minimumHealthyPercent` one task below the count and `maximumPercent` 100 while the reset goes on, a task
//! that drains stops before the other starts: the group that drains is behind under both readings.
//!
//! A way is accepted if the replica comes back under both readings. The services' own percentages are tried first.

use crate::domain::cluster::Cluster;
use crate::domain::plan::{Assumption, FleetPlan, ResetPercentages};
use crate::simulate::choices::{Choices, DrainingTasks, RolloutStops};
use crate::simulate::deployment::RolloutRule;
use crate::simulate::deployment::shift::TrafficShift;
use crate::simulate::world::World;

/// With which percentages the fleet is reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    /// Every service's own.
    AsTheyAre,
    /// Lower ones of the services that use several groups.
    Lowered,
}

/// The caller has no more time for a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut;

/// The first way that comes back under both readings. `plays` answers whether the fleet came back in a run; `None` cuts.
pub(super) fn first(plays: impl Fn(Way, Choices) -> Option<bool>) -> Result<Option<Way>, Cut> {
    for way in [Way::AsTheyAre, Way::Lowered] {
        let mut comes_back = true;
        for &draining_tasks in DrainingTasks::ALL {
            let choices = Choices {
                draining_tasks,
                ..Choices::default()
            };
            comes_back = comes_back && plays(way, choices).ok_or(Cut)?;
        }
        if comes_back {
            return Ok(Some(way));
        }
    }
    Ok(None)
}

/// The percentages of a service's rollouts.
pub(super) fn rule(cluster: &Cluster, position: usize) -> RolloutRule {
    RolloutRule::of(
        &cluster.services[position],
        RolloutStops::default(),
        TrafficShift::default(),
    )
}

/// The percentages by which tasks move off instances that drain, of every class of the replica's world.
pub(super) fn limits(cluster: &Cluster, world: &World, way: Way) -> Vec<RolloutRule> {
    (world.workload.classes.iter().zip(&world.strategies))
        .map(|(class, strategy)| {
            let own = rule(cluster, class.service);
            let groups = strategy.as_ref().map_or(0, |known| known.items().len());
            match way {
                Way::Lowered if groups > 1 => {
                    let tasks = cluster.planned_count(&cluster.services[class.service]);
                    lowered(own, tasks).unwrap_or(own)
                }
                _ => own,
            }
        })
        .collect()
}

/// One task fewer at a time, and none more; `None` where the service has one task alone or does not roll.
fn lowered(own: RolloutRule, tasks: u64) -> Option<RolloutRule> {
    let RolloutRule::Rolling {
        minimum_healthy_percent,
        stops,
        ..
    } = own
    else {
        return None;
    };
    let one_fewer = (100 * tasks.checked_sub(1).filter(|&left| left > 0)?) / tasks;
    let one_fewer = u32::try_from(one_fewer).ok()?;
    Some(RolloutRule::Rolling {
        minimum_healthy_percent: one_fewer.min(minimum_healthy_percent),
        maximum_percent: 100,
        stops,
    })
}

/// Says which percentages a reset needs, once in a plan.
pub(super) fn say(cluster: &Cluster, plan: &mut FleetPlan) {
    let is_said = |said: &Assumption| matches!(said, Assumption::ResetPercentages { .. });
    if plan.assumptions.iter().any(is_said) {
        return;
    }
    let services = (cluster.services.iter().enumerate())
        .filter(|(_, service)| uses_several_groups(plan, &service.name))
        .filter_map(|(position, service)| {
            let tasks = cluster.planned_count(service);
            match lowered(rule(cluster, position), tasks)? {
                RolloutRule::Rolling {
                    minimum_healthy_percent,
                    maximum_percent,
                    ..
                } => Some(ResetPercentages {
                    service_name: service.name.clone(),
                    minimum_healthy_percent: minimum_healthy_percent.into(),
                    maximum_percent: maximum_percent.into(),
                }),
                RolloutRule::SideBySide(_) => None,
            }
        })
        .collect();
    plan.assumptions
        .push(Assumption::ResetPercentages { services });
}

fn uses_several_groups(plan: &FleetPlan, service: &str) -> bool {
    (plan.services.iter())
        .any(|known| known.service_name == service && known.capacity_provider_strategy.len() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULTS: RolloutRule = RolloutRule::Rolling {
        minimum_healthy_percent: 100,
        maximum_percent: 200,
        stops: RolloutStops::WhenNeeded,
    };

    #[test]
    fn lowered_percentages_let_one_task_stop_and_none_start_beside_the_count() {
        for tasks in 2..100 {
            let rule = lowered(DEFAULTS, tasks).expect("several tasks");
            assert_eq!(rule.most_tasks(tasks), tasks);
            assert_eq!(rule.fewest_healthy(tasks), tasks - 1, "{tasks}");
        }
        assert_eq!(lowered(DEFAULTS, 1), None);
    }

    #[test]
    fn a_way_is_taken_that_comes_back_under_both_readings() {
        let counted = |choices: Choices| choices.draining_tasks == DrainingTasks::Counted;
        let own = first(|_, _| Some(true));
        assert_eq!(own, Ok(Some(Way::AsTheyAre)));
        let other = first(|way, choices| Some(way == Way::Lowered || !counted(choices)));
        assert_eq!(other, Ok(Some(Way::Lowered)));
        assert_eq!(first(|_, choices| Some(counted(choices))), Ok(None));
        assert_eq!(first(|_, _| None), Err(Cut));
    }
}
