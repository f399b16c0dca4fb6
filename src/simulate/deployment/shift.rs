//! How traffic moves to the new revision while both run in full.
//!
//! Documented (Amazon ECS developer guide, deployment strategies): all at once, in equal steps, or a small
//! part first; then a bake time. The defaults here are assumptions: AWS asks for the figures.

/// Traffic over time, in minutes after all new tasks run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrafficShift {
    /// Blue/green: everything at once, then the bake time.
    AllAtOnce {
        /// Minutes until the old tasks stop.
        bake: u64,
    },
    /// Linear: so many percent at a time.
    Linear {
        /// Percent of one step, 1 to 100.
        step_percent: u32,
        /// Minutes between steps.
        every: u64,
        /// Minutes after the last step until the old tasks stop.
        bake: u64,
    },
    /// Canary: a part, then the rest.
    Canary {
        /// Percent of the first part, 1 to 100.
        percent: u32,
        /// Minutes until the rest.
        wait: u64,
        /// Minutes after that until the old tasks stop.
        bake: u64,
    },
}

impl Default for TrafficShift {
    /// Blue/green with five minutes of bake time.
    fn default() -> Self {
        Self::AllAtOnce { bake: 5 }
    }
}

impl TrafficShift {
    /// Minutes from the first shift until the old tasks stop.
    #[must_use]
    pub fn minutes(&self) -> u64 {
        match *self {
            Self::AllAtOnce { bake } => bake,
            Self::Linear {
                step_percent,
                every,
                bake,
            } => {
                let steps = u64::from(100_u32.div_ceil(step_percent.clamp(1, 100)));
                (steps - 1) * every + bake
            }
            Self::Canary { wait, bake, .. } => wait + bake,
        }
    }

    /// Percent of the traffic on the new revision, `elapsed` minutes after the first shift.
    #[must_use]
    pub fn new_traffic_percent(&self, elapsed: u64) -> u32 {
        match *self {
            Self::AllAtOnce { .. } => 100,
            Self::Linear {
                step_percent,
                every,
                ..
            } => {
                let steps = elapsed
                    .checked_div(every)
                    .map_or(100, |done| done.min(99) + 1);
                let percent = u64::from(step_percent.clamp(1, 100)) * steps;
                u32::try_from(percent.min(100)).unwrap_or(100)
            }
            Self::Canary { percent, wait, .. } => {
                if elapsed < wait {
                    percent.min(100)
                } else {
                    100
                }
            }
        }
    }
}
