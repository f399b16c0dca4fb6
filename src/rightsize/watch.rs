//! What becomes of a change: the use of the week that follows it, and its withdrawal.
//!
//! A size is another one where the run before found another; it was proposed where the last run that spoke of it asked for it. For a week
//! after a proposed cut its hours are counted in which a task took more than the new size, or 95 % of a hard cap of CPU. More than twice
//! the level of the rule allows in a week (2 · ε · 168 hours), or one kill or one hour above the new memory, withdraws it: the size before
//! is proposed at once, and nothing of that service is cut for 14 days. CPU or memory that was made larger, by whom ever, is not cut for 14
//! days either: what asked for more may come again.

use super::censoring::AT_CAP;
use super::grid::Size;
use super::past::{Change, Past};
use super::peaks_since::grown_since;
use super::series::HOUR;
use super::window::{DAY, WEEK, Window};

/// Hours in which a withdrawn service is left alone.
const REST: i64 = 14 * DAY;

/// Runs among which the one that proposed a change is looked for: it may be carried out long after it was made first.
const PROPOSED_BY: usize = 30;

/// What a watched change says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Watched {
    /// The changes of the service that this run found or looked after.
    pub changes: Vec<Change>,
    /// CPU and memory that a cut is taken back to, in either where it was cut and does not do.
    pub back_to: Option<Size>,
    /// Hours above the size that withdrew it.
    pub exceeded: u64,
    /// Days for which the service is still left alone.
    pub rests: Option<i64>,
    /// Days for which CPU, and memory, are not cut, since they were made larger.
    pub grew: (Option<i64>, Option<i64>),
    /// When CPU was made larger, in seconds since 1970, where that is its last change.
    pub cpu_grown_since: Option<i64>,
}

/// Looks after the changes of a service.
pub(super) fn look(
    service: &str,
    past: &Past,
    window: &Window,
    today: Size,
    (exceeded, is_capped): (f64, bool),
) -> Watched {
    let mut changes: Vec<Change> = past.changes.get(service).cloned().unwrap_or_default();
    changes.extend(found(service, past, window, today));
    let now = window.end * HOUR;
    let most = 2.0 * exceeded * WEEK as f64;
    let mut back_to = None;
    let mut above = 0;
    if let Some(change) = changes.last_mut().filter(|change| change.after == today) {
        let use_since = follow(change, window, is_capped);
        (change.hours, change.exceeded) = (use_since.hours, use_since.cpu.max(use_since.memory));
        above = change.exceeded;
        let cuts = (
            change.after.cpu < change.before.cpu && use_since.cpu as f64 > most,
            change.after.memory < change.before.memory && use_since.memory > 0,
        );
        let is_withdrawn = change.withdrawn_at.is_some();
        if change.proposed_by.is_some() && (cuts.0 || cuts.1 || is_withdrawn) {
            change.withdrawn_at.get_or_insert(now);
            back_to = Some(Size {
                cpu: change.before.cpu.max(change.after.cpu),
                memory: change.before.memory.max(change.after.memory),
            });
        }
    }
    let withdrawn = changes
        .iter()
        .filter_map(|change| change.withdrawn_at)
        .max();
    let left = |at: i64| {
        let left = at.div_euclid(HOUR) + REST - window.end;
        (left > 0).then(|| (left + DAY - 1).div_euclid(DAY))
    };
    let rests = withdrawn.and_then(left);
    let grew = (
        grown_at(&changes, |size| size.cpu.get()).and_then(left),
        grown_at(&changes, |size| size.memory.get()).and_then(left),
    );
    Watched {
        grew,
        cpu_grown_since: grown_since(&changes),
        changes: changes
            .into_iter()
            .filter(|change| {
                change.seen_by == 0
                    || now - change.since <= (WEEK + DAY) * HOUR
                    || change.withdrawn_at == Some(now)
            })
            .collect(),
        back_to,
        exceeded: above,
        rests,
    }
}

/// When CPU, or memory, was made larger, where that is its last change.
fn grown_at(changes: &[Change], of: impl Fn(Size) -> u64) -> Option<i64> {
    let last = (changes.iter()).rfind(|change| of(change.before) != of(change.after))?;
    (of(last.after) > of(last.before)).then_some(last.since)
}

/// The change that this run finds.
fn found(service: &str, past: &Past, window: &Window, today: Size) -> Option<Change> {
    let (last, before) = past.last(service)?;
    if before.today == today {
        return None;
    }
    let proposed_by = (past.runs.iter().take(PROPOSED_BY))
        .find(|run| {
            run.services.get(service).is_some_and(|found| {
                found.today == before.today && applies(found.proposed, before.today, today)
            })
        })
        .map(|run| run.run);
    // The first hour that the series knows the new size in.
    let since = last.metrics_end.div_euclid(HOUR);
    let first = (window.hours.iter()).find(|hour| {
        hour.at >= since - 1
            && (hour.reserved_cpu.is_some() || hour.reserved_memory.is_some())
            && hour.reserved_cpu.is_none_or(|cpu| cpu == today.cpu)
            && hour
                .reserved_memory
                .is_none_or(|memory| memory == today.memory)
    });
    Some(Change {
        seen_by: 0,
        proposed_by,
        since: first.map_or(since, |hour| hour.at) * HOUR,
        before: before.today,
        after: today,
        hours: 0,
        exceeded: 0,
        withdrawn_at: None,
    })
}

/// Whether a size is a proposal, or the part of it for CPU or memory alone.
fn applies(proposed: Size, before: Size, after: Size) -> bool {
    proposed != before
        && (after.cpu == proposed.cpu || after.cpu == before.cpu)
        && (after.memory == proposed.memory || after.memory == before.memory)
}

struct Since {
    hours: u64,
    cpu: u64,
    memory: u64,
}

fn follow(change: &Change, window: &Window, is_capped: bool) -> Since {
    let first = change.since.div_euclid(HOUR);
    let size = change.after;
    let most = size.cpu.get() as f64 * if is_capped { AT_CAP } else { 1.0 };
    let mut since = Since {
        hours: 0,
        cpu: 0,
        memory: 0,
    };
    for hour in (window.hours.iter()).filter(|hour| (first..first + WEEK).contains(&hour.at)) {
        let above = |value: Option<f64>, most: f64| value.is_some_and(|value| value > most);
        since.hours += 1;
        since.cpu += u64::from(size.cpu.get() > 0 && above(hour.cpu, most));
        since.memory +=
            u64::from(hour.oom_kills > 0 || above(hour.memory, size.memory.get() as f64));
    }
    since
}
