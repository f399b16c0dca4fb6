//! Deployments over time: how many new tasks start and how many old ones stop, step by step.
//!
//! Documented (Amazon ECS developer guide, deployment types): with desired count `n`, a rolling update keeps
//! at least `ceil(n × minimumHealthyPercent / 100)` healthy tasks and has at most
//! `floor(n × maximumPercent / 100)` tasks that are not stopped. Daemons start nothing before a task of the
//! same instance has stopped (maximum 100, minimum 0 by default). Blue/green, linear and canary deployments
//! start all `n` new tasks beside the old ones, move the traffic, wait (bake) and stop the old ones.
//!
//! Assumed: when a rolling update stops old tasks although it could still start new ones
//! ([`RolloutStops`]); a task is healthy as soon as it runs.

pub mod shift;
#[cfg(test)]
mod tests;

use self::shift::TrafficShift;
use super::choices::RolloutStops;
use crate::domain::service::Service;

/// How a service is deployed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RolloutRule {
    /// Rolling update.
    Rolling {
        /// `minimumHealthyPercent`.
        minimum_healthy_percent: u32,
        /// `maximumPercent`.
        maximum_percent: u32,
        /// When old tasks stop.
        stops: RolloutStops,
    },
    /// Both revisions in full while traffic shifts: blue/green, linear or canary.
    SideBySide(TrafficShift),
}

impl RolloutRule {
    /// The rule of a service; a rolling update without limits has ECS's defaults: 100 and 200 for replicas, 0
    /// and 100 for daemons. A side-by-side one shifts as `shift` says.
    #[must_use]
    pub fn of(service: &Service, stops: RolloutStops, shift: TrafficShift) -> Self {
        if service.deployment_strategy.is_side_by_side() {
            return Self::SideBySide(shift);
        }
        let default = if service.is_daemon() {
            (0, 100)
        } else {
            (100, 200)
        };
        let (minimum_healthy_percent, maximum_percent) =
            service.deployment.map_or(default, |limits| {
                (limits.minimum_healthy_percent, limits.maximum_percent)
            });
        Self::Rolling {
            minimum_healthy_percent,
            maximum_percent,
            stops,
        }
    }

    /// Tasks that have to stay healthy, of `desired`.
    #[must_use]
    pub fn fewest_healthy(&self, desired: u64) -> u64 {
        match self {
            Self::Rolling {
                minimum_healthy_percent,
                ..
            } => scaled(desired, *minimum_healthy_percent, u128::div_ceil),
            Self::SideBySide(_) => desired,
        }
    }

    /// Tasks that may exist, of `desired`.
    #[must_use]
    pub fn most_tasks(&self, desired: u64) -> u64 {
        match self {
            Self::Rolling {
                maximum_percent, ..
            } => scaled(desired, *maximum_percent, |product, hundred| {
                product / hundred
            }),
            Self::SideBySide(_) => desired.saturating_mul(2),
        }
    }
}

fn scaled(desired: u64, percent: u32, divide: impl Fn(u128, u128) -> u128) -> u64 {
    let product = u128::from(desired) * u128::from(percent);
    u64::try_from(divide(product, 100)).unwrap_or(u64::MAX)
}

/// The tasks of a service in deployment, now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Old tasks that run.
    pub old: u64,
    /// New tasks that run.
    pub new: u64,
    /// New tasks that were started and do not run yet.
    pub starting: u64,
    /// Those among them that found no room.
    pub without_room: u64,
}

/// What the deployment does next.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Orders {
    /// New tasks to start.
    pub start: u64,
    /// Old tasks to stop.
    pub stop: u64,
}

/// Where a deployment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Tasks are being replaced, or the new ones started.
    Replacing,
    /// Both revisions run in full and so many percent of the traffic go to the new one.
    Shifting {
        /// Percent of the traffic on the new revision.
        new_traffic_percent: u32,
    },
    /// All new tasks run and no old one is left.
    Done,
}

/// A deployment under way.
#[derive(Debug, Clone)]
pub struct Rollout {
    rule: RolloutRule,
    desired: u64,
    /// Minute at which all new tasks first ran beside the old ones.
    full_since: Option<u64>,
}

impl Rollout {
    /// A deployment of a service with this desired count.
    #[must_use]
    pub const fn new(rule: RolloutRule, desired: u64) -> Self {
        Self {
            rule,
            desired,
            full_since: None,
        }
    }

    /// The rule.
    #[must_use]
    pub const fn rule(&self) -> &RolloutRule {
        &self.rule
    }

    /// One step at `minute`: what to do now, and where the deployment stands.
    pub fn step(&mut self, minute: u64, progress: &Progress) -> (Orders, Phase) {
        if progress.old == 0 && progress.new >= self.desired {
            return (Orders::default(), Phase::Done);
        }
        match self.rule {
            RolloutRule::Rolling { stops, .. } => (self.rolling(stops, progress), Phase::Replacing),
            RolloutRule::SideBySide(shift) => self.side_by_side(shift, minute, progress),
        }
    }

    fn rolling(&self, stops: RolloutStops, progress: &Progress) -> Orders {
        let fewest = self.rule.fewest_healthy(self.desired);
        let most = self.rule.most_tasks(self.desired);
        let wanted = self.missing(progress);
        let stoppable = |start: u64| match stops {
            RolloutStops::AsAllowed => progress.old,
            RolloutStops::WhenNeeded => self.needed_stops(progress, wanted - start),
        };
        // Healthy tasks above the minimum may go; a new task is started within what the stopped ones leave.
        let spare = (progress.old + progress.new)
            .saturating_sub(fewest)
            .min(progress.old);
        let total = progress.old + progress.new + progress.starting;
        let start = wanted.min(most.saturating_sub(total));
        let stop = spare.min(stoppable(start));
        Orders { start, stop }
    }

    /// Old tasks whose place is taken by a new healthy one, or is needed by one that cannot start
    /// (`held_back`, for want of allowance) or has no room.
    fn needed_stops(&self, progress: &Progress, held_back: u64) -> u64 {
        let replaced = (progress.old + progress.new).saturating_sub(self.desired);
        replaced.max(held_back).max(progress.without_room)
    }

    fn side_by_side(
        &mut self,
        shift: TrafficShift,
        minute: u64,
        progress: &Progress,
    ) -> (Orders, Phase) {
        if progress.new < self.desired {
            self.full_since = None;
            let start = self.missing(progress);
            return (Orders { start, stop: 0 }, Phase::Replacing);
        }
        let since = *self.full_since.get_or_insert(minute);
        let elapsed = minute.saturating_sub(since);
        let stop = if elapsed >= shift.minutes() {
            progress.old
        } else {
            0
        };
        let phase = Phase::Shifting {
            new_traffic_percent: shift.new_traffic_percent(elapsed),
        };
        (Orders { start: 0, stop }, phase)
    }

    fn missing(&self, progress: &Progress) -> u64 {
        self.desired
            .saturating_sub(progress.new + progress.starting)
    }

    /// Whether it can never finish: it may neither start a new task nor stop an old one, with nothing
    /// starting. ECS lets such limits (100 and 100) pass and the deployment hangs.
    #[must_use]
    pub fn is_stuck(&self, progress: &Progress) -> bool {
        match self.rule {
            RolloutRule::Rolling { stops, .. } => {
                progress.old > 0
                    && progress.starting == progress.without_room
                    && self.rolling(stops, progress) == Orders::default()
            }
            RolloutRule::SideBySide(_) => {
                progress.without_room > 0 && progress.starting == progress.without_room
            }
        }
    }
}
