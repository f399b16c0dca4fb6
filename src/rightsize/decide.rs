//! From a window of use to sizes: the rules one after another, and the dead zones that keep a size where it is.
//!
//! Up: at once, where the bound itself passes today's size or the need passes it by 10 %. Down: by 10 % at least. Between lies what the
//! pads of the rules are for, so that a size that was proposed is not proposed away.

use std::collections::BTreeSet;

use crate::domain::quantity::{CpuUnits, MemoryMib};
use crate::domain::service::Service;
use crate::domain::task::LaunchType;

use super::censoring::Censored;
use super::evidence::Evidence;
use super::flag::{Flag, Verdict, of_change};
use super::grid::{Grid, Size, whole};
use super::memory::MemoryNeed;
use super::reason::Reason;
use super::regime::{self, Regime};
use super::scaling::{self, Scaled};
use super::window::{DAY, Window};
use super::{censoring, cpu, heap, leak, oom, shape};

/// Least change.
pub(super) const LEAST_CHANGE: f64 = 0.1;
/// CPU units that are not cut.
const SMALL: u64 = 128;
/// Part of memory from which a service with little evidence counts as full.
const FULL: f64 = 0.95;
/// Hours from which it does.
const LEAST_HOURS_TO_GROW: u64 = 24;

/// What the rules are told of a service.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    /// Today's size.
    pub today: Size,
    /// Whether CPU is a hard cap, as far as the definition says.
    pub is_capped: bool,
    /// The sizes there are.
    pub grid: Grid,
}

impl Subject {
    pub(super) fn of(service: &Service, grid: Grid) -> Self {
        let task = &service.task;
        let is_share = matches!(task.fargate.stated, Some((None, _)))
            && service.launch_type != Some(LaunchType::Fargate);
        Self {
            today: Size {
                cpu: task.cpu,
                memory: task.memory,
            },
            is_capped: !is_share,
            grid,
        }
    }
}

/// What the rules say of a window.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Decision {
    pub cpu: Verdict,
    pub memory: Verdict,
    pub size: Size,
    pub flags: BTreeSet<Flag>,
    pub reasons: Vec<Reason>,
    pub scaled: Option<Scaled>,
    /// Share of hours that may exceed the CPU.
    pub exceeded: f64,
    /// The level that it was sized on: that share, or less where earlier sizes were exceeded too often.
    pub level: f64,
    /// Whether the CPU is at least what its rule asks for.
    pub is_ruled: bool,
    /// Whether only the last days, or their rise, ask for more CPU.
    pub is_recent: bool,
    /// Hours and days that CPU was sized on.
    pub counted: Window,
    /// What its rising level multiplied CPU with.
    pub growth: f64,
    /// Whether CPU is a hard cap.
    pub is_capped: bool,
}

/// What a decision answers to beside the window.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Answering {
    /// Hours of the last week that the same rule missed without it, where that is too much.
    pub missed: Option<u64>,
    /// The adaptive level, where there is a history.
    pub level: Option<f64>,
}

/// Share of hours that may exceed the CPU of a service, and whether that CPU is a hard cap.
pub(super) fn target(subject: &Subject, window: &Window) -> (f64, bool) {
    let is_capped = subject.is_capped && !censoring::shows_no_cap(window, subject.today.cpu);
    let exceeded = if is_capped {
        cpu::OF_CAPS
    } else {
        cpu::OF_SHARES
    };
    (exceeded, is_capped)
}

/// Asks the rules.
pub(super) fn decide(subject: &Subject, window: &Window, answering: Answering) -> Decision {
    let today = subject.today;
    let (exceeded, is_capped) = target(subject, window);
    let missed = answering.missed;
    let level = answering
        .level
        .map_or(exceeded, |level| level.min(exceeded));
    let mut notes = Notes::default();
    let (counted, growth) = notes.counted(window, today.cpu, is_capped);
    let scaled = scaling::by_cpu(&counted, today.cpu);
    notes.look_at(&counted, window, subject, is_capped);
    let (cpu, cpu_target) = notes.cpu(
        &counted,
        subject,
        (is_capped, exceeded, level, growth),
        scaled,
        missed,
    );
    let (memory, memory_target) = notes.memory(window, today.memory);
    let target = Size {
        cpu: cpu_target,
        memory: memory_target,
    };
    let (cpu, memory, size) = notes.on_grid(subject, (cpu, memory), target);
    Decision {
        cpu,
        memory,
        size,
        flags: notes.flags,
        reasons: notes.reasons,
        scaled,
        exceeded,
        level,
        is_ruled: notes.is_ruled,
        is_recent: notes.is_recent,
        counted,
        growth,
        is_capped,
    }
}

#[derive(Default)]
struct Notes {
    flags: BTreeSet<Flag>,
    reasons: Vec<Reason>,
    is_ruled: bool,
    is_recent: bool,
}

impl Notes {
    /// The hours that say what CPU is needed, and what its rising level multiplies it with.
    fn counted(&mut self, window: &Window, today: CpuUnits, is_capped: bool) -> (Window, f64) {
        let uncensored = match censoring::of(window, today) {
            Censored::Until(since) if is_capped => {
                let hours = window.end - since;
                self.reasons.push(Reason::CapRaised { hours });
                window.since(since)
            }
            _ => window.clone(),
        };
        match regime::of(&uncensored, |hour| hour.cpu) {
            Regime::Shifted { since } => {
                let days = (window.end - since).div_euclid(DAY);
                self.reasons.push(Reason::Shifted { days });
                (uncensored.since(since), 1.0)
            }
            Regime::Steady { growth } => (uncensored, growth),
        }
    }

    fn look_at(&mut self, counted: &Window, window: &Window, subject: &Subject, is_capped: bool) {
        if shape::bursts(counted) {
            self.flags.insert(Flag::Burst);
        }
        if shape::is_idle(counted, subject.today.cpu) {
            self.flags.insert(Flag::Idle);
        }
        if let Some(peak) = shape::start_peak(window) {
            self.flags.insert(Flag::StartPeak);
            self.reasons.push(Reason::StartPeak {
                peak,
                is_counted: is_capped,
            });
        }
    }

    fn cpu(
        &mut self,
        window: &Window,
        subject: &Subject,
        (is_capped, exceeded, level, growth): (bool, f64, f64, f64),
        scaled: Option<Scaled>,
        missed: Option<u64>,
    ) -> (Verdict, CpuUnits) {
        let today = subject.today.cpu;
        if today == CpuUnits::ZERO {
            self.reasons.push(Reason::NoCpu);
            return (Verdict::Keep, today);
        }
        if let Some(scaled) = scaled {
            self.flags.insert(Flag::ScaledByCpu);
            self.reasons.push(Reason::ScaledByCpu {
                target: scaled.target,
            });
        }
        if is_capped && censoring::of(window, today) == Censored::Throttled {
            self.flags.insert(Flag::Throttled);
            self.reasons.push(Reason::Throttled);
            let more = whole(today.get() as f64 * censoring::LEAST_GROWTH);
            return (Verdict::Grow, CpuUnits::new(more));
        }
        let evidence = Evidence::of(window, |hour| hour.cpu);
        let need = cpu::need(window, is_capped, growth, level);
        let (Some(need), true) = (need, evidence.is_enough(cpu::least_hours(exceeded))) else {
            self.few("CPU", window, evidence);
            return (Verdict::NotEnough, today);
        };
        if scaled.is_some() {
            return (Verdict::Keep, today);
        }
        if level < exceeded {
            self.reasons.push(Reason::Careful { level, exceeded });
        }
        if growth > 1.0 + LEAST_CHANGE {
            self.reasons.push(Reason::Growth { factor: growth });
        }
        let largest = cpu::counted(window, is_capped)
            .filter_map(|hour| hour.cpu)
            .fold(0.0, f64::max);
        let units = match missed {
            Some(hours) => {
                self.reasons.push(Reason::MissedLastWeek { hours });
                need.units.max(largest)
            }
            None => need.units,
        };
        self.reasons.push(Reason::CpuNeed { units });
        self.is_ruled = true;
        let now = today.get() as f64;
        if need.bound > now || units >= now * (1.0 + LEAST_CHANGE) {
            let lasting = need
                .lasting
                .max(if missed.is_some() { largest } else { 0.0 });
            self.is_recent = need.base <= now && lasting < now * (1.0 + LEAST_CHANGE);
            (Verdict::Grow, CpuUnits::new(whole(units)))
        } else if units <= now * (1.0 - LEAST_CHANGE) {
            if today.get() <= SMALL {
                self.reasons.push(Reason::Small);
                return (Verdict::Keep, today);
            }
            (Verdict::Shrink, CpuUnits::new(whole(units)))
        } else {
            (Verdict::Keep, today)
        }
    }

    fn few(&mut self, what: &'static str, window: &Window, evidence: Evidence) {
        self.reasons.push(if window.is_coarse {
            Reason::CoarsePeriods
        } else {
            Reason::FewHours {
                what,
                days: evidence.days,
                hours: evidence.hours,
                half_empty: window.half_empty,
            }
        });
    }

    fn memory(&mut self, window: &Window, today: MemoryMib) -> (Verdict, MemoryMib) {
        let now = today.get() as f64;
        let kills = oom::of(window, today);
        if kills.hours > 0 {
            self.flags.insert(Flag::Oom);
            self.reasons.push(Reason::Oom {
                hours: kills.hours,
                limit: kills.limit,
            });
        }
        let evidence = Evidence::of(window, |hour| hour.memory);
        let need = MemoryNeed::of(window, &evidence);
        let use_and_margin = need.map_or(0.0, MemoryNeed::with_margin);
        let wanted = use_and_margin.max(kills.need);
        let killed = kills.need > now;
        let enough = evidence.is_enough(0);
        if let (Some(need), true) = (need, enough || killed) {
            self.reasons.push(Reason::MemoryNeed {
                peak: need.peak,
                margin: need.margin,
            });
        }
        if !enough {
            let full = need.is_some_and(|need| need.peak >= FULL * now)
                && evidence.hours >= LEAST_HOURS_TO_GROW;
            if killed || full {
                return (Verdict::Grow, MemoryMib::new(whole(wanted)));
            }
            self.few("memory", window, evidence);
            return (Verdict::NotEnough, today);
        }
        let reach = leak::reach(window);
        if let Some(reach) = reach {
            self.flags.insert(Flag::Leak);
            self.reasons.push(Reason::Leak { reach });
        }
        let wanted = wanted.max(reach.unwrap_or(0.0));
        let is_heap = heap::is_taken_at_start(window, today);
        if is_heap {
            self.flags.insert(Flag::Heap);
            self.reasons.push(Reason::Heap);
            if !killed && need.is_some_and(|need| need.peak <= now) {
                return (Verdict::Keep, today);
            }
        }
        let due = need.map_or(0.0, MemoryNeed::due);
        if killed || due > now || wanted >= now * (1.0 + LEAST_CHANGE) {
            return (Verdict::Grow, MemoryMib::new(whole(wanted)));
        }
        let floor = wanted.max(kills.limit as f64);
        if reach.is_some() || is_heap || floor > now * (1.0 - LEAST_CHANGE) {
            return (Verdict::Keep, today);
        }
        if !evidence.lets_memory_be_cut() {
            self.reasons.push(Reason::FewDaysToCutMemory {
                days: evidence.days,
            });
            return (Verdict::NotEnough, today);
        }
        (Verdict::Shrink, MemoryMib::new(whole(floor)))
    }

    /// Sizes that exist, and what they make of the verdicts.
    fn on_grid(
        &mut self,
        subject: &Subject,
        (cpu, memory): (Verdict, Verdict),
        target: Size,
    ) -> (Verdict, Verdict, Size) {
        let today = subject.today;
        let kept = |verdict: Verdict| {
            if verdict.changes() {
                Verdict::Keep
            } else {
                verdict
            }
        };
        if !cpu.changes() && !memory.changes() {
            return (cpu, memory, today);
        }
        let Some(rounded) = subject.grid.round_up(target) else {
            self.reasons.push(Reason::NoFargateSize);
            return (kept(cpu), kept(memory), today);
        };
        let grows = cpu == Verdict::Grow || memory == Verdict::Grow;
        let size = match &subject.grid {
            Grid::Steps => Size {
                cpu: stepped(cpu, rounded.cpu, today.cpu),
                memory: stepped(memory, rounded.memory, today.memory),
            },
            Grid::Fargate(_) if !grows && !subject.grid.is_cheaper(rounded, today) => today,
            Grid::Fargate(_) => rounded,
        };
        (
            of_change(cpu, size.cpu.cmp(&today.cpu)),
            of_change(memory, size.memory.cmp(&today.memory)),
            size,
        )
    }
}

/// A step where the verdict changes the size, and only in its direction.
fn stepped<Q: Ord + Copy>(verdict: Verdict, rounded: Q, today: Q) -> Q {
    match verdict {
        Verdict::Shrink => rounded.min(today),
        Verdict::Grow => rounded.max(today),
        Verdict::Keep | Verdict::NotEnough => today,
    }
}
