//! An instance that has to go: which may be taken, and how long they stay.
//!
//! Documented: with managed termination protection every instance of the group is protected from scale-in
//! except empty ones, where a daemon's task does not count. With managed draining (the default of new
//! providers) an instance that is terminated is first set to DRAINING, a lifecycle hook keeps it until its
//! tasks other than daemons' have stopped, and services start replacements within their minimum healthy and
//! maximum percent. Without it the tasks die with the instance.
//!
//! Assumed: the hook gives up after [`Draining::longest_s`], 48 hours unless set otherwise.

/// Seconds after which the lifecycle hook of managed draining gives up.
pub const DEFAULT_LONGEST_S: u64 = 48 * 3600;

/// How a provider lets instances go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Termination {
    /// `managedTerminationProtection`.
    pub protection: bool,
    /// `managedDraining`.
    pub draining: bool,
}

impl Default for Termination {
    /// The API's defaults: no protection, draining on.
    fn default() -> Self {
        Self {
            protection: false,
            draining: true,
        }
    }
}

impl Termination {
    /// Whether scale-in may take an instance with so many tasks other than daemons'.
    #[must_use]
    pub const fn may_take(self, tasks: u64) -> bool {
        !self.protection || tasks == 0
    }
}

/// What becomes of an instance that is being terminated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It stays in DRAINING: no new task is placed, services replace its tasks.
    Draining,
    /// It goes, and so many tasks other than daemons' die with it.
    Gone {
        /// Tasks killed.
        killed: u64,
    },
}

/// An instance that scale-in chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draining {
    /// When it was chosen, in seconds.
    pub since_s: u64,
    /// How long the hook holds it, in seconds.
    pub longest_s: u64,
}

impl Draining {
    /// Chosen now.
    #[must_use]
    pub const fn new(now_s: u64) -> Self {
        Self {
            since_s: now_s,
            longest_s: DEFAULT_LONGEST_S,
        }
    }

    /// What becomes of it now, with so many tasks other than daemons' left.
    #[must_use]
    pub const fn step(&self, now_s: u64, tasks: u64, termination: Termination) -> Fate {
        let in_time = now_s.saturating_sub(self.since_s) < self.longest_s;
        if termination.draining && tasks > 0 && in_time {
            Fate::Draining
        } else {
            Fate::Gone { killed: tasks }
        }
    }
}
