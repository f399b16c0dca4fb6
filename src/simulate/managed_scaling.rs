//! Managed scaling: how ECS resizes the Auto Scaling group of a capacity provider, minute by minute.
//!
//! Each minute ECS publishes the metric `CapacityProviderReservation` of every provider, and a target
//! tracking policy on the group follows it. With `N` instances present, `M` needed and target `T`:
//!
//! ```text
//! CPR     = 100 M / N          N = 0: 100 when nothing waits, 200 when tasks wait
//! M       = instances that run a task other than a daemon's           when nothing waits
//!         = N + step(c)        c = instances calculated for the waiting tasks
//! step(c) = minimumScalingStepSize                  if c is below it
//!         = min(maximumScalingStepSize, c)          otherwise
//! desired = ceil(N × CPR / T)
//! ```
//!
//! `CPR > T` for one minute scales out, unless an instance is still warming up. `CPR < T` for 15 minutes in
//! a row scales in, at least one instance and less than half of them a minute; a minute that is not low
//! begins the 15 again. [`calculate`] finds `c`, [`reservation`] the metric, [`scaler`] steps by the minute,
//! [`draining`] follows an instance that has to go.
//!
//! Sources: Amazon ECS developer guide, "Amazon ECS managed scaling behavior" and "cluster auto scaling"; API
//! `ManagedScaling`; AWS blog "Deep Dive on Amazon ECS Cluster Auto Scaling". What these leave open or
//! contradict is in [`Choices`].

pub mod calculate;
pub mod draining;
pub mod requirement;
pub mod reservation;
pub mod scaler;
#[cfg(test)]
mod tests;

use crate::domain::plan::ManagedScalingFault;

use super::choices::{Choices, MaximumStepDefault, TargetZero};

/// Largest step size and largest warm-up time in seconds.
const LARGEST: u64 = 10_000;

/// `managedScaling` of a capacity provider as a file gives it; `None` is the API's default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ManagedScalingInput {
    /// `targetCapacity`, in percent.
    pub target_capacity: Option<u64>,
    /// `minimumScalingStepSize`, in instances.
    pub minimum_scaling_step_size: Option<u64>,
    /// `maximumScalingStepSize`, in instances.
    pub maximum_scaling_step_size: Option<u64>,
    /// `instanceWarmupPeriod`, in seconds.
    pub instance_warmup_period_s: Option<u64>,
}

/// Managed scaling with every default filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ManagedScaling {
    target_capacity: u64,
    minimum_step: u64,
    maximum_step: u64,
    warm_up_s: u64,
}

impl ManagedScaling {
    /// Checks the settings and fills in the defaults: target 100, steps 1 to 10,000, warm-up 300 s.
    ///
    /// # Errors
    /// Everything that ECS would refuse, all at once.
    pub fn try_new(
        input: &ManagedScalingInput,
        choices: &Choices,
    ) -> Result<Self, Vec<ManagedScalingFault>> {
        let settings = Self::unchecked(input, choices);
        let errors = settings.errors();
        if errors.is_empty() {
            Ok(settings)
        } else {
            Err(errors)
        }
    }

    /// What ECS does where nothing is said: within its own bounds under every choice.
    #[must_use]
    pub fn by_default(choices: &Choices) -> Self {
        Self::unchecked(&ManagedScalingInput::default(), choices)
    }

    fn unchecked(input: &ManagedScalingInput, choices: &Choices) -> Self {
        let maximum_default = match choices.maximum_step_default {
            MaximumStepDefault::TenThousand => LARGEST,
            MaximumStepDefault::One => 1,
        };
        let minimum = input.minimum_scaling_step_size.unwrap_or(1);
        // A default never contradicts the minimum that is given.
        let maximum = (input.maximum_scaling_step_size).unwrap_or(maximum_default.max(minimum));
        let target = match (input.target_capacity.unwrap_or(100), choices.target_zero) {
            (0, TargetZero::AsOne) => 1,
            (given, _) => given,
        };
        let warm_up_s = input.instance_warmup_period_s.unwrap_or(300);
        Self {
            target_capacity: target,
            minimum_step: minimum,
            maximum_step: maximum,
            warm_up_s,
        }
    }

    fn errors(&self) -> Vec<ManagedScalingFault> {
        let mut errors = Vec::new();
        if !(1..=100).contains(&self.target_capacity) {
            errors.push(ManagedScalingFault::TargetCapacity {
                value: self.target_capacity,
            });
        }
        if !(1..=LARGEST).contains(&self.minimum_step) {
            errors.push(ManagedScalingFault::MinimumStep {
                value: self.minimum_step,
            });
        }
        if !(1..=LARGEST).contains(&self.maximum_step) {
            errors.push(ManagedScalingFault::MaximumStep {
                value: self.maximum_step,
            });
        }
        if self.minimum_step > self.maximum_step {
            errors.push(ManagedScalingFault::StepsCrossed {
                minimum: self.minimum_step,
                maximum: self.maximum_step,
            });
        }
        if self.warm_up_s > LARGEST {
            errors.push(ManagedScalingFault::Warmup {
                value: self.warm_up_s,
            });
        }
        errors
    }

    /// The target, in percent, 1 to 100.
    #[must_use]
    pub const fn target_capacity(&self) -> u64 {
        self.target_capacity
    }

    /// Seconds after its launch during which an instance blocks scale-out.
    #[must_use]
    pub const fn warm_up_s(&self) -> u64 {
        self.warm_up_s
    }

    /// Instances that a scale-out adds when `calculated` were calculated for the waiting tasks.
    #[must_use]
    pub fn step(&self, calculated: u64) -> u64 {
        calculated.clamp(self.minimum_step, self.maximum_step)
    }

    /// `minimumScalingStepSize`.
    #[must_use]
    pub const fn minimum_step(&self) -> u64 {
        self.minimum_step
    }
}
