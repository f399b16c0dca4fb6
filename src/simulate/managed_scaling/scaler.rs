//! The two alarms and the target tracking policy of one provider, stepped minute by minute.

use std::cmp::Ordering;

use super::ManagedScaling;
use super::reservation::{GroupState, Reservation};
use crate::simulate::choices::{Choices, ScaleInLimit};

/// Low one-minute points in a row before scale-in begins.
pub const LOW_MINUTES: u32 = 15;

/// What happens to the group's desired capacity in a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Nothing: the metric is at its target.
    AtTarget,
    /// Nothing: the metric is high, but an instance is still warming up.
    WarmingUp,
    /// Nothing yet: the metric was low for so many minutes.
    Low {
        /// Minutes in a row, this one included; fewer than [`LOW_MINUTES`].
        minutes: u32,
    },
    /// The desired capacity rises to this, before the group's own maximum.
    ScaleOut {
        /// Instances.
        desired: u64,
    },
    /// The desired capacity falls to this, before the group's own minimum.
    ScaleIn {
        /// Instances.
        desired: u64,
    },
}

/// One minute of a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Minute {
    /// The metric.
    pub reservation: Reservation,
    /// What follows from it.
    pub decision: Decision,
}

/// The state of a provider's scaling between minutes.
#[derive(Debug, Clone)]
pub struct Scaler {
    settings: ManagedScaling,
    choices: Choices,
    low_minutes: u32,
}

impl Scaler {
    /// A provider whose metric was never low yet.
    #[must_use]
    pub const fn new(settings: ManagedScaling, choices: Choices) -> Self {
        Self {
            settings,
            choices,
            low_minutes: 0,
        }
    }

    /// The provider's settings.
    #[must_use]
    pub const fn settings(&self) -> &ManagedScaling {
        &self.settings
    }

    /// Low minutes in a row so far.
    #[must_use]
    pub const fn low_minutes(&self) -> u32 {
        self.low_minutes
    }

    /// One minute. `warming_up`: whether some instance was launched less than
    /// [`ManagedScaling::warm_up_s`] ago; it holds back scale-out only.
    pub fn step(&mut self, state: &GroupState<'_>, warming_up: bool) -> Minute {
        let reservation = Reservation::of(state, &self.settings, &self.choices);
        let target = self.settings.target_capacity();
        let order = reservation.compare(target);
        self.low_minutes = match order {
            Ordering::Less => self.low_minutes.saturating_add(1),
            Ordering::Equal | Ordering::Greater => 0,
        };
        let tracked = reservation.desired(state.instances, target, self.choices.desired_rounding);
        let decision = match order {
            Ordering::Equal => Decision::AtTarget,
            Ordering::Greater if warming_up => Decision::WarmingUp,
            Ordering::Greater => Decision::ScaleOut {
                desired: tracked.max(state.instances),
            },
            Ordering::Less if self.low_minutes < LOW_MINUTES => Decision::Low {
                minutes: self.low_minutes,
            },
            Ordering::Less => Decision::ScaleIn {
                desired: state.instances - self.removed(state.instances, tracked),
            },
        };
        Minute {
            reservation,
            decision,
        }
    }

    /// Instances that leave in a minute of scale-in: as many as tracking asks, within the minute's limits.
    fn removed(&self, instances: u64, tracked: u64) -> u64 {
        let most = most_removed(instances, self.choices.scale_in_limit);
        instances
            .saturating_sub(tracked)
            .max(1)
            .min(most)
            .min(instances)
    }
}

/// The most instances that leave in one minute: less than half, and never less than one. Before
/// 2022-09-16 it was 5 % (AWS blog "Faster Scaling-in for Amazon ECS Cluster Auto Scaling").
#[must_use]
pub const fn most_removed(instances: u64, limit: ScaleInLimit) -> u64 {
    let share = match limit {
        ScaleInLimit::BelowHalf => instances.div_ceil(2).saturating_sub(1),
        ScaleInLimit::FivePercent => instances / 20,
    };
    if share == 0 { 1 } else { share }
}
