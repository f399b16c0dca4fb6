//! How a fleet that grew comes back to its size: a reset of every group's desired capacity drains the newest instances.
//!
//! ECS starts another task for each that drains, and a strategy with several groups sends it to the group that is behind
//! by weight. AWS does not say whether tasks that drain count there (`draining-tasks` in the replica's choices). Where they
//! do not, that group is the one that drains, and its other instances have room by the certificate. Where they do, it is
//! the one of the largest weight, which is full: it launches an instance, and the fleet stays larger however often it is
//! reset. With `minimumHealthyPercent` one task below the count and `maximumPercent` 100 while the reset goes on, a task
//! that drains stops before the other starts: the group that drains is behind under both readings.
//!
//! A way is accepted if the replica comes back under both readings. A schedule resets a fleet whatever happened to it, so that one
//! way is looked for that brings it back from every event; the services' own percentages are tried first.

use crate::domain::cluster::Cluster;
use crate::domain::plan::{FleetPlan, ResetPercentages};
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

/// From which of its events a line comes back, one after another.
pub(super) type CameBack = Result<Vec<bool>, Cut>;

/// The replica's choices under each reading of tasks that drain.
pub(super) fn readings() -> impl Iterator<Item = Choices> {
    DrainingTasks::ALL.iter().map(|&draining_tasks| Choices {
        draining_tasks,
        ..Choices::default()
    })
}

/// Whether the fleet comes back under every reading. `plays` answers for one of them; `None` cuts.
pub(super) fn under_every_reading(plays: impl Fn(Choices) -> Option<bool>) -> Result<bool, Cut> {
    let mut comes_back = true;
    for choices in readings() {
        comes_back = comes_back && plays(choices).ok_or(Cut)?;
    }
    Ok(comes_back)
}

/// The one way for all lines, and what comes of each line with it: the services' own percentages where no line fails with them, else
/// lower ones where none fails with those, else the way that brings the fleet back from all events of the most lines, of equals from
/// the most events. A line that is cut does not fail, and counts for nothing. `play` answers for a line.
pub(super) fn one_for_all(
    lines: usize,
    ways: &[Way],
    play: impl Fn(usize, Way) -> CameBack,
) -> (Way, Vec<CameBack>) {
    let mut known: Vec<(Way, Vec<CameBack>)> = Vec::new();
    for &way in ways {
        let mut came = Vec::new();
        while came.len() < lines && !came.last().is_some_and(fails) {
            came.push(play(came.len(), way));
        }
        let knows_most = (known.iter()).all(|(_, other)| whole(other) <= whole(&came));
        if !came.iter().any(fails) && knows_most {
            return (way, came);
        }
        known.push((way, came));
    }
    for (way, came) in &mut known {
        while came.len() < lines {
            came.push(play(came.len(), *way));
        }
    }
    // Of equals the first.
    (known.into_iter().rev())
        .max_by_key(|(_, came)| (whole(came), events_back(came)))
        .unwrap_or((Way::AsTheyAre, Vec::new()))
}

fn fails(came: &CameBack) -> bool {
    matches!(came, Ok(events) if events.contains(&false))
}

/// Lines from all of whose events the fleet comes back.
fn whole(lines: &[CameBack]) -> usize {
    let is_whole = |came: &&CameBack| came.is_ok() && !fails(came);
    lines.iter().filter(is_whole).count()
}

fn events_back(lines: &[CameBack]) -> usize {
    let events = lines.iter().flatten().flatten();
    events.filter(|&&comes_back| comes_back).count()
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

/// The ways that a reset of the plan may go: lower percentages are another way only where some service's are lowered.
pub(super) fn of_plan(cluster: &Cluster, plan: &FleetPlan) -> &'static [Way] {
    if percentages(cluster, plan).is_empty() {
        &[Way::AsTheyAre]
    } else {
        &[Way::AsTheyAre, Way::Lowered]
    }
}

/// The lowered percentages of the services that use several groups.
pub(super) fn percentages(cluster: &Cluster, plan: &FleetPlan) -> Vec<ResetPercentages> {
    (cluster.services.iter().enumerate())
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
        .collect()
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
    fn a_fleet_comes_back_where_it_does_under_every_reading() {
        let counted = |choices: Choices| choices.draining_tasks == DrainingTasks::Counted;
        assert_eq!(under_every_reading(|_| Some(true)), Ok(true));
        assert_eq!(
            under_every_reading(|choices| Some(counted(choices))),
            Ok(false)
        );
        assert_eq!(
            under_every_reading(|choices| Some(!counted(choices))),
            Ok(false)
        );
        assert_eq!(under_every_reading(|_| None), Err(Cut));
    }

    const BOTH: &[Way] = &[Way::AsTheyAre, Way::Lowered];
    const BACK: CameBack = Ok(Vec::new());

    #[allow(
        clippy::unnecessary_wraps,
        reason = "what a rehearsal gives, which may be cut"
    )]
    fn fails_in(events: &[bool]) -> CameBack {
        Ok(events.to_vec())
    }

    #[test]
    fn one_way_holds_for_all_lines() {
        let own = one_for_all(3, BOTH, |_, _| Ok(vec![true]));
        assert_eq!(own, (Way::AsTheyAre, vec![Ok(vec![true]); 3]));
        // The first line comes back with its own percentages too, and is held to the lower ones of the others.
        let mixed = |line: usize, way: Way| fails_in(&[line == 0 || way == Way::Lowered]);
        assert_eq!(one_for_all(2, BOTH, mixed).0, Way::Lowered);
        // Without another way the first stands, and says what fails.
        let (way, came) = one_for_all(2, &BOTH[..1], mixed);
        assert_eq!(
            (way, came),
            (Way::AsTheyAre, vec![fails_in(&[true]), fails_in(&[false])])
        );
    }

    #[test]
    fn where_no_way_holds_for_all_the_one_of_most_lines_is_taken_and_its_failures_are_said() {
        // Each line comes back one way alone.
        let apart = |line: usize, way: Way| fails_in(&[(line == 1) == (way == Way::AsTheyAre)]);
        let (way, came) = one_for_all(3, BOTH, apart);
        let of_lowered = vec![fails_in(&[true]), fails_in(&[false]), fails_in(&[true])];
        assert_eq!((way, came), (Way::Lowered, of_lowered));
        // One line each: the way with more events back; of equals the services' own.
        let events = |line: usize, way: Way| match (line, way) {
            (0, Way::AsTheyAre) | (1, Way::Lowered) => fails_in(&[true, true]),
            (0, Way::Lowered) => fails_in(&[true, false]),
            _ => fails_in(&[false, false]),
        };
        assert_eq!(one_for_all(2, BOTH, events).0, Way::Lowered);
        let equal = |line: usize, way: Way| fails_in(&[(line == 0) == (way == Way::AsTheyAre)]);
        assert_eq!(one_for_all(2, BOTH, equal).0, Way::AsTheyAre);
    }

    #[test]
    fn what_is_cut_is_no_failure_and_no_reason_for_another_way() {
        let cut_in_second = |line: usize, _: Way| if line == 1 { Err(Cut) } else { BACK };
        assert_eq!(
            one_for_all(2, BOTH, cut_in_second),
            (Way::AsTheyAre, vec![BACK, Err(Cut)])
        );
        // The time is over before lower percentages were played: what is known of the services' own stands.
        let over = |line: usize, way: Way| match (way, line) {
            (Way::AsTheyAre, 0) => fails_in(&[true]),
            (Way::AsTheyAre, _) => fails_in(&[false]),
            (Way::Lowered, _) => Err(Cut),
        };
        let (way, came) = one_for_all(2, BOTH, over);
        assert_eq!(
            (way, came),
            (Way::AsTheyAre, vec![fails_in(&[true]), fails_in(&[false])])
        );
    }
}
