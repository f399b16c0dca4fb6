//! What stands out in a service's use.

use std::cmp::Ordering;
use std::fmt;

use serde::{Serialize, Serializer};

/// Something that a reader should know of a service's use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flag {
    /// Memory rises every day.
    Leak,
    /// Memory is taken once and kept.
    Heap,
    /// Few hours are far above the mean.
    Burst,
    /// Next to nothing is used.
    Idle,
    /// A hard cap of CPU is reached: the need is not known.
    Throttled,
    /// Tasks were killed for their memory.
    Oom,
    /// Starting takes far more CPU than running.
    StartPeak,
    /// The number of tasks follows their CPU.
    ScaledByCpu,
}

impl Flag {
    /// Its word in documents.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Leak => "leak",
            Self::Heap => "heap",
            Self::Burst => "burst",
            Self::Idle => "idle",
            Self::Throttled => "throttled",
            Self::Oom => "oom",
            Self::StartPeak => "start-peak",
            Self::ScaledByCpu => "scaled-by-cpu",
        }
    }
}

impl fmt::Display for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl Serialize for Flag {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// What is proposed for CPU or memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// As it is.
    Keep,
    /// Less.
    Shrink,
    /// More.
    Grow,
    /// The data do not say.
    NotEnough,
}

impl Verdict {
    /// Its word in documents.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Shrink => "shrink",
            Self::Grow => "grow",
            Self::NotEnough => "not-enough",
        }
    }

    /// Whether the size is another one.
    #[must_use]
    pub const fn changes(self) -> bool {
        matches!(self, Self::Shrink | Self::Grow)
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// The verdict that a change amounts to.
pub(super) fn of_change(verdict: Verdict, change: Ordering) -> Verdict {
    match change {
        Ordering::Less => Verdict::Shrink,
        Ordering::Greater => Verdict::Grow,
        Ordering::Equal if verdict.changes() => Verdict::Keep,
        Ordering::Equal => verdict,
    }
}
