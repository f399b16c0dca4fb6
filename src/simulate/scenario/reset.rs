//! What is played after a scenario so that the fleet comes back to its size: the counts fall where they rose, and a scheduled
//! reset sets every group's desired capacity to what it was at the start, so that the newest instances drain.
//!
//! Two runs: one of the scenario by itself, which says what waits and how long, and one of all of it, which says with how many
//! instances it ends. While instances drain, services may have other percentages than their own
//! ([`Subject::lowered`](super::Subject)), as a plan names them.

use crate::domain::cluster::Cluster;
use crate::domain::plan::ResetPercentages;
use crate::simulate::auto_scaling_group::TerminationPolicy;
use crate::simulate::deployment::RolloutRule;
use crate::simulate::engine::{
    EngineOptions, GroupPlan, IsOver, Run, ScenarioEvent, Script, run_until,
};
use crate::simulate::trace::Minute;
use crate::simulate::world::World;

use super::{EVENT_MINUTE, Scenario, Subject};

/// Minutes that growth may take, and that the way back may.
pub const GROWTH_MINUTES: u64 = 120;
/// Minutes from the fall of the counts to the reset.
pub const RESET_AFTER: u64 = 10;
/// Minute of the reset after a rollout.
pub const AFTER_ROLLOUT: u64 = 180;
/// Minutes replayed where a rollout is followed by a reset.
pub const WITH_ROLLOUT: u64 = 300;

/// Minute of the reset after an instance or a Spot pool was lost, and in which a lost zone is there again.
pub const AFTER_LOSS: u64 = 60;
/// Minute of the reset after a zone was lost: it has been there again for an hour.
pub const AFTER_ZONE_LOSS: u64 = 120;
/// Minutes that such a reset may take.
pub const RESET_MINUTES: u64 = 120;

/// Minute at which counts that rose fall again.
pub const FALL_MINUTE: u64 = EVENT_MINUTE + GROWTH_MINUTES;

/// Minutes to replay of a scenario that is followed by a reset.
#[must_use]
pub const fn minutes_with(scenario: Scenario) -> u64 {
    match scenario {
        Scenario::Deploy => WITH_ROLLOUT,
        Scenario::InstanceLoss | Scenario::SpotReclaim => AFTER_LOSS + RESET_MINUTES,
        Scenario::ZoneLoss => AFTER_ZONE_LOSS + RESET_MINUTES,
        other => other.minutes(),
    }
}

/// What came of a reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reset {
    /// Minute in which the planned sizes are set; in which the counts fall back, where none are set.
    pub minute: u64,
    /// Whether sizes are set: without, the fleet comes back by what managed scaling takes away alone.
    pub sets_sizes: bool,
    /// Instances at the start.
    pub instances_before: u64,
    /// Instances at the end.
    pub instances_at_end: u64,
    /// Tasks that were missing at the end, beyond those before the first event.
    pub missing: u64,
    /// Services that have other percentages than their own while instances drain.
    pub lowered: u64,
}

impl Reset {
    /// Whether the fleet is no larger than before with every task running.
    #[must_use]
    pub const fn comes_back(&self) -> bool {
        is_back((self.instances_before, self.instances_at_end), self.missing)
    }
}

/// Whether a fleet of so many instances before and at the end, of whose tasks so many more than before do not run, is back. It may be
/// smaller: where tasks of a lost instance have room on others, its replacement stays empty, and managed scaling takes it away
/// down to `minSize`.
#[must_use]
pub const fn is_back((before, at_end): (u64, u64), missing: u64) -> bool {
    at_end <= before && missing == 0
}

/// Instances of each group at the start.
#[must_use]
pub fn sizes(world: &World, groups: &[GroupPlan]) -> Vec<u64> {
    (groups.iter())
        .map(|group| {
            group
                .hosts
                .iter()
                .map(|&host| world.hosts[host].count)
                .sum()
        })
        .collect()
}

/// What happens once the scenario is over, so that the fleet comes back to its size.
pub(super) fn afterwards(
    world: &World,
    groups: &[GroupPlan],
    (scenario, events): (Scenario, &[(u64, ScenarioEvent)]),
    subject: &Subject,
) -> Vec<(u64, ScenarioEvent)> {
    let sizes_again = |at: u64| {
        subject.resets.then(|| {
            let of = sizes(world, groups);
            (at, ScenarioEvent::DesiredCapacities { of })
        })
    };
    match scenario {
        Scenario::Growth => {
            let classes = world.workload.classes.iter().enumerate();
            let back = classes
                .filter(|(_, class)| !class.daemon)
                .map(|(position, class)| {
                    let (class, count) = (position, class.count);
                    (FALL_MINUTE, ScenarioEvent::DesiredCount { class, count })
                });
            back.chain(sizes_again(FALL_MINUTE + RESET_AFTER)).collect()
        }
        Scenario::Deploy => sizes_again(AFTER_ROLLOUT).into_iter().collect(),
        Scenario::InstanceLoss | Scenario::SpotReclaim => {
            sizes_again(AFTER_LOSS).into_iter().collect()
        }
        Scenario::ZoneLoss if subject.resets => {
            let back = events.iter().filter_map(|(_, event)| match event {
                ScenarioEvent::ZoneLost { zone } => {
                    let zone = zone.clone();
                    Some((AFTER_LOSS, ScenarioEvent::ZoneBack { zone }))
                }
                _ => None,
            });
            back.chain(sizes_again(AFTER_ZONE_LOSS)).collect()
        }
        _ => Vec::new(),
    }
}

/// Percentages by which tasks move off instances that drain, of every class, and how many services have other than their own.
pub(super) fn while_draining(
    cluster: &Cluster,
    world: &World,
    mut limits: Vec<RolloutRule>,
    lowered: &[ResetPercentages],
) -> (Vec<RolloutRule>, u64) {
    let percent = |percent: u64| u32::try_from(percent).unwrap_or(u32::MAX);
    let mut services = 0;
    for (class, limit) in world.workload.classes.iter().zip(&mut limits) {
        let name = &cluster.services[class.service].name;
        let Some(other) = lowered.iter().find(|other| other.service_name == *name) else {
            continue;
        };
        if let RolloutRule::Rolling {
            minimum_healthy_percent,
            maximum_percent,
            ..
        } = limit
        {
            *minimum_healthy_percent = percent(other.minimum_healthy_percent);
            *maximum_percent = percent(other.maximum_percent);
            services += 1;
        }
    }
    (limits, services.min(lowered.len() as u64))
}

/// Plays a script to its end or to the first of the later events, then all of it. Of the first run is what waits and how
/// long, of the second where the fleet ends; `None` for that where the minutes end before the reset.
pub(super) fn play(
    world: &World,
    script: &Script<'_>,
    later: &[(u64, ScenarioEvent)],
    lowered: u64,
    (options, is_over): (&EngineOptions, IsOver<'_>),
) -> (Run, Option<Reset>) {
    let options = EngineOptions {
        termination_policy: TerminationPolicy::NewestInstance,
        ..*options
    };
    let begins = later.iter().map(|(at, _)| *at).min();
    let first = EngineOptions {
        minutes: options.minutes.min(begins.unwrap_or(u64::MAX)),
        ..options
    };
    let alone = run_until(world, script, &first, is_over);
    let minute = later.iter().map(|(at, _)| *at).max();
    let is_reset = |event: &ScenarioEvent| matches!(event, ScenarioEvent::DesiredCapacities { .. });
    let sets_sizes = later.iter().any(|(_, event)| is_reset(event));
    let Some(minute) = minute.filter(|&at| at < options.minutes && !alone.is_cut) else {
        return (alone, None);
    };
    let events: Vec<(u64, ScenarioEvent)> = (script.events.iter().chain(later).cloned()).collect();
    let all = Script {
        events: &events,
        ends_when_settled: false,
        ..script.clone()
    };
    let whole = run_until(world, &all, &options, is_over);
    let reset = Reset {
        minute,
        sets_sizes,
        instances_before: sizes(world, script.groups).iter().sum(),
        instances_at_end: (whole.trace.minutes.last()).map_or(0, Minute::instances),
        missing: whole.missing.saturating_sub(whole.missing_before),
        lowered,
    };
    let run = Run {
        settled: alone.settled,
        missing_before: alone.missing_before,
        missing: alone.missing,
        most_missing: alone.most_missing,
        stuck: alone.stuck,
        steps: alone.steps + whole.steps,
        ..whole
    };
    (run, Some(reset))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fleet_is_back_where_it_is_no_larger_and_every_task_runs() {
        assert!(is_back((10, 10), 0));
        assert!(is_back((10, 9), 0));
        assert!(!is_back((10, 11), 0));
        assert!(!is_back((10, 10), 1));
    }
}
