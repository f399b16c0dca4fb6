//! CPU that a task needs: an order statistic of hourly maxima, no distribution assumed.
//!
//! `U_h` = CPU of the busiest task in hour h, n hours, ε = 1 % where the size is a hard cap (Fargate, task-level CPU) and 5 % where it is a
//! share (container-level CPU on EC2: bursts use what is idle).
//!
//! ```text
//! k = ⌈(n + 1)(1 − ε)⌉            B = the k-th smallest U_h
//! need = max(B · g, p99 of the U_h of the last 48 hours, p98 of the U_h ÷ 0.95 under a hard cap)
//! ```
//!
//! with g the growth of the regime. The last term keeps a proposed size from looking throttled (`censoring`) the day after.
//! Where hours are exchangeable, P(U of a new hour > B) ≤ 1 − k / (n + 1) ≤ ε: split conformal prediction
//! of one side (Vovk, Gammerman and Shafer, Algorithmic Learning in a Random World, 2005). Growth and recent hours only add to B.
//! A pad for the spread of days was measured (an eighth of it) and left out: 0.1 % fewer hours for 1.3 % more reserved.
//! Hours that start tasks count where the cap is hard; a share lets them borrow.

use super::statistics::{quantile, sorted};
use super::window::{DAY, Hour, Window};
use super::{adaptive, censoring};

/// Share of hours that may exceed a hard cap.
pub const OF_CAPS: f64 = 0.01;
/// Share of hours that may exceed a share.
pub const OF_SHARES: f64 = 0.05;
/// Hours that are never sized below.
const RECENT: i64 = 2 * DAY;

/// What a task needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct CpuNeed {
    /// B with growth: below it the bound does not hold.
    pub bound: f64,
    /// B without growth.
    pub base: f64,
    /// Without growth and what the last two days alone ask for.
    pub lasting: f64,
    /// With everything.
    pub units: f64,
}

/// Hours that a share ε of exceeded ones asks for: n ≥ 1/ε − 1.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // 19 or 99.
pub(super) fn least_hours(exceeded: f64) -> u64 {
    (1.0 / exceeded - 1.0).ceil() as u64
}

/// The hours that count.
pub(super) fn counted(window: &Window, is_capped: bool) -> impl Iterator<Item = &Hour> {
    (window.hours.iter()).filter(move |hour| is_capped || !hour.is_start)
}

/// The need of a window's hours at a level, which is ε or below it (`adaptive`); `None` where none was measured.
pub(super) fn need(window: &Window, is_capped: bool, growth: f64, level: f64) -> Option<CpuNeed> {
    let hours = sorted(counted(window, is_capped).filter_map(|hour| hour.cpu));
    let base = if level > 0.0 {
        kth_smallest(&hours, level)?
    } else {
        hours.last()? * adaptive::BEYOND
    };
    let recent = window
        .last(RECENT)
        .filter(|hour| is_capped || !hour.is_start);
    let recent = quantile(&sorted(recent.filter_map(|hour| hour.cpu)), 0.99);
    let bound = base * growth;
    let unthrottled = if is_capped {
        (quantile(&hours, 1.0 - censoring::SHARE) / censoring::AT_CAP).floor() + 1.0
    } else {
        0.0
    };
    Some(CpuNeed {
        bound,
        base,
        lasting: base.max(unthrottled),
        units: bound.max(recent).max(unthrottled),
    })
}

/// k of the formula, at most n.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // A rank within the list.
pub(super) fn rank(hours: usize, exceeded: f64) -> usize {
    let rank = ((hours as f64 + 1.0) * (1.0 - exceeded)).ceil();
    (rank as usize).clamp(1, hours.max(1))
}

/// The k-th smallest of ordered values.
pub(super) fn kth_smallest(ordered: &[f64], exceeded: f64) -> Option<f64> {
    ordered.get(rank(ordered.len(), exceeded) - 1).copied()
}
