//! Settings of a capacity provider that ECS refuses.

/// A setting of a capacity provider that ECS refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedSetting {
    /// The capacity provider.
    pub capacity_provider: String,
    /// What is wrong with its managed scaling.
    pub fault: ManagedScalingFault,
}

/// Why ECS refuses `managedScaling`.
///
/// Source: Amazon ECS API Reference, `ManagedScaling`, whose ranges these are.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ManagedScalingFault {
    /// `targetCapacity` is not within 1 to 100.
    TargetCapacity {
        /// The value, in percent.
        value: u64,
    },
    /// `minimumScalingStepSize` is not within 1 to 10,000.
    MinimumStep {
        /// The value, in instances.
        value: u64,
    },
    /// `maximumScalingStepSize` is not within 1 to 10,000.
    MaximumStep {
        /// The value, in instances.
        value: u64,
    },
    /// `minimumScalingStepSize` is above `maximumScalingStepSize`.
    StepsCrossed {
        /// The minimum, in instances.
        minimum: u64,
        /// The maximum, in instances.
        maximum: u64,
    },
    /// `instanceWarmupPeriod` is above 10,000 seconds.
    Warmup {
        /// The value, in seconds.
        value: u64,
    },
}
