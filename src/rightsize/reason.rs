//! Why a size is proposed, or none.

use std::fmt;

use crate::domain::quantity::CpuUnits;

use super::evidence::{LEAST_DAYS, LEAST_DAYS_TO_CUT_MEMORY, LEAST_HOURS};
use super::hysteresis::RUNS;

/// One reason; figures in CPU units and MiB.
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    /// No row of the metrics names the service.
    NoMetrics,
    /// Periods are longer than an hour.
    CoarsePeriods,
    /// Too few days and hours.
    FewHours {
        /// `CPU` or `memory`.
        what: &'static str,
        /// Days measured.
        days: u64,
        /// Hours measured.
        hours: u64,
        /// Hours with values in less than half of their periods.
        half_empty: u64,
    },
    /// Too few days to cut memory.
    FewDaysToCutMemory {
        /// Days measured.
        days: u64,
    },
    /// The level is another since so many days.
    Shifted {
        /// Days.
        days: i64,
    },
    /// The level rises: the size is multiplied.
    Growth {
        /// Factor.
        factor: f64,
    },
    /// No CPU is reserved.
    NoCpu,
    /// Hours at a hard cap.
    Throttled,
    /// Hours at a smaller hard cap than today's: those since count.
    CapRaised {
        /// Hours since.
        hours: i64,
    },
    /// It was made larger, and runs since then, or those that asked for it, wanted more than this one.
    WantedSinceGrowth {
        /// The largest CPU of these.
        floor: CpuUnits,
    },
    /// It was made larger and is not cut for a while.
    Grew {
        /// Days that are left.
        days: i64,
    },
    /// The number of tasks follows CPU.
    ScaledByCpu {
        /// CPU a task holds, as a share of its size.
        target: f64,
    },
    /// Smallest sizes are left alone.
    Small,
    /// The rule's need for CPU.
    CpuNeed {
        /// CPU units.
        units: f64,
    },
    /// The rule's need for memory.
    MemoryNeed {
        /// Largest use, MiB.
        peak: f64,
        /// Margin.
        margin: f64,
    },
    /// Kills for memory.
    Oom {
        /// Hours with one.
        hours: u64,
        /// Largest limit at which a task was killed, MiB.
        limit: u64,
    },
    /// Memory rises.
    Leak {
        /// What it reaches in 14 days, MiB.
        reach: f64,
    },
    /// Memory is taken at the start.
    Heap,
    /// Starting takes more than running.
    StartPeak {
        /// CPU units.
        peak: f64,
        /// Whether the size counts it.
        is_counted: bool,
    },
    /// Fargate has no size that holds the need.
    NoFargateSize,
    /// A cut waits for further runs.
    FewRunsAgree {
        /// Runs that agree, this one among them.
        runs: u64,
    },
    /// Earlier sizes were exceeded more often than they should.
    Careful {
        /// Share of hours that the size is made for.
        level: f64,
        /// Share of hours that the rule allows.
        exceeded: f64,
    },
    /// A cut was exceeded too often in the week after it.
    Withdrawn {
        /// Hours above the size.
        hours: u64,
    },
    /// A withdrawn service is left alone.
    Rests {
        /// Days that are left.
        days: i64,
    },
    /// The saving of the fleet planned anew is below `--min-saving`.
    SavesTooLittle,
    /// The fleet has room for more than the rules ask for, at the same bill.
    GivenBack {
        /// CPU units that the rules ask for, and that the service gets.
        cpu: (u64, u64),
        /// MiB that the rules ask for, and that the service gets.
        memory: (u64, u64),
    },
    /// Smaller than the rules ask for alone: its tasks fit better, and other services have the room.
    Tight {
        /// CPU units that the rules ask for, and that the service gets.
        cpu: (u64, u64),
        /// Share of hours above that size, at most.
        risk: f64,
    },
    /// Smaller sizes make the fleet no cheaper.
    SavesNothing,
    /// Only the last days ask for more: that waits for further runs.
    FewRunsAskForMore {
        /// Runs that ask, this one among them.
        runs: u64,
    },
    /// Other counts wait for further runs.
    CountsWait,
    /// Tasks by hour of the week.
    Profile {
        /// Measured hours of the week that tested it, and those with more load than its tasks carry.
        hours: u64,
        /// Of the profile.
        exceeded: u64,
        /// Of one number of tasks.
        exceeded_flat: u64,
        /// Share of task hours that it spares.
        spared: f64,
    },
    /// The rule missed too much of the last week: sized for the largest hour of the window instead.
    MissedLastWeek {
        /// Hours exceeded.
        hours: u64,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoMetrics => f.write_str("the metrics do not name it"),
            Self::CoarsePeriods => f.write_str("its periods are longer than an hour"),
            Self::FewHours {
                what,
                days,
                hours,
                half_empty,
            } => {
                write!(
                    f,
                    "{what}: {days} days and {hours} hours measured; {LEAST_DAYS} days, {LEAST_HOURS} hours, half of the hours, and 99 \
                     hours where the cap is hard are the least"
                )?;
                if *half_empty > 0 {
                    write!(
                        f,
                        "; {half_empty} hours have values in less than half of their periods, which are as long as timestamps are apart"
                    )?;
                }
                Ok(())
            }
            Self::FewDaysToCutMemory { days } => write!(
                f,
                "memory is not cut on {days} days: {LEAST_DAYS_TO_CUT_MEMORY} with a weekend are the least"
            ),
            Self::Shifted { days } => {
                write!(f, "its use is at another level since {days} days: only they count")
            }
            Self::Growth { factor } => {
                write!(f, "its use rises: the last days are {factor:.2} times those before")
            }
            Self::NoCpu => f.write_str("it reserves no CPU"),
            Self::Throttled => f.write_str(
                "more than 2 % of hours reach 95 % of its CPU, a hard cap: the need is not known, the next size up may show it",
            ),
            Self::CapRaised { hours } => write!(
                f,
                "under a smaller hard cap its use was at the cap, which says nothing of the need: only the {hours} hours since count for CPU"
            ),
            Self::WantedSinceGrowth { floor } => write!(
                f,
                "since it was made larger runs wanted {} CPU units: it is cut no further as long as these are among the last nine weeks",
                floor.get()
            ),
            Self::Grew { days } => write!(
                f,
                "it was made larger not long ago: it is not cut for {days} day{}",
                if *days == 1 { "" } else { "s" }
            ),
            Self::ScaledByCpu { target } => write!(
                f,
                "its number of tasks follows their CPU, at about {:.0} % of the size: a smaller size brings more tasks and saves nothing",
                100.0 * target
            ),
            Self::Small => f.write_str("its CPU is small: there is nothing to gain"),
            Self::CpuNeed { units } => write!(f, "a task needs {units:.0} CPU units"),
            Self::MemoryNeed { peak, margin } => write!(
                f,
                "a task used {peak:.0} MiB at most, with a margin of {:.0} % for the spread of days",
                100.0 * margin
            ),
            Self::Oom { hours, limit } => write!(
                f,
                "tasks were killed for their memory at {limit} MiB, in {hours} hour{}",
                if *hours == 1 { "" } else { "s" }
            ),
            Self::Leak { reach } => write!(
                f,
                "memory rises every day and reaches {reach:.0} MiB in 14 days: look for a leak"
            ),
            Self::Heap => f.write_str(
                "memory is taken at the start and kept, as by a Java heap or a cache: use says nothing of the need",
            ),
            Self::StartPeak { peak, is_counted: true } => {
                write!(f, "starting takes {peak:.0} CPU units, which the size holds")
            }
            Self::StartPeak { peak, is_counted: false } => write!(
                f,
                "starting takes {peak:.0} CPU units, which a task borrows: the size is a share and no cap"
            ),
            Self::NoFargateSize => f.write_str("no Fargate size holds the need"),
            Self::FewRunsAgree { runs } => write!(
                f,
                "{runs} of {RUNS} runs agree on less: it stays until they do"
            ),
            Self::Careful { level, exceeded } if *level > 0.0 => write!(
                f,
                "earlier sizes were exceeded more often than in {:.0} % of hours: sized for {:.2} %",
                100.0 * exceeded,
                100.0 * level
            ),
            Self::Careful { exceeded, .. } => write!(
                f,
                "earlier sizes were exceeded more often than in {:.0} % of hours: sized a quarter above the largest hour",
                100.0 * exceeded
            ),
            Self::Withdrawn { hours } => write!(
                f,
                "{hours} hours above the size in the week after it was cut: the cut is withdrawn"
            ),
            Self::Rests { days } => write!(
                f,
                "a cut of it was withdrawn: it is left alone for {days} day{}",
                if *days == 1 { "" } else { "s" }
            ),
            Self::SavesTooLittle => f.write_str(
                "less would save the fleet less than --min-saving asks for: it stays",
            ),
            Self::GivenBack { cpu, memory } => write!(
                f,
                "the fleet has room for more at the same bill: {} CPU units in place of {}, {} MiB in place of {}",
                cpu.1, cpu.0, memory.1, memory.0
            ),
            Self::Tight { cpu, risk } => write!(
                f,
                "{} CPU units in place of {}, so that its tasks fit better: at most {:.1} % of hours above it",
                cpu.1,
                cpu.0,
                100.0 * risk
            ),
            Self::SavesNothing => {
                f.write_str("less would make the fleet no cheaper: it stays")
            }
            Self::FewRunsAskForMore { runs } => write!(
                f,
                "{runs} of {RUNS} runs ask for more, for the last days alone: it stays until they do"
            ),
            Self::CountsWait => write!(
                f,
                "other counts wait until {RUNS} runs ask for them"
            ),
            Self::Profile {
                hours,
                exceeded,
                exceeded_flat,
                spared,
            } => write!(
                f,
                "tasks by hour of the week: {exceeded} of the last week's {hours} hours with more load than they carry, learned without it \
                 (one number: {exceeded_flat}), and {:.0} % fewer task hours than one number",
                100.0 * spared
            ),
            Self::MissedLastWeek { hours } => write!(
                f,
                "without the last week the rule would have missed {hours} of its hours: sized for the largest hour"
            ),
        }
    }
}
