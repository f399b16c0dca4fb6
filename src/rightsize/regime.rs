//! Whether a service is what it was: its level, and since when.
//!
//! Level of a day = p95 of its hourly maxima. ratio = median level of the last 3 days ÷ median level of the days before.
//! - Ratio outside [0.67, 1.5] at the end, a day earlier and two days earlier, and outside it too against the same days a week before, where
//!   they are there: a shift. The window begins at the day that parts the levels best (least sum of absolute deviations from the medians of
//!   both parts). A weekend is not three nights long, and a weekly rhythm is the same a week before.
//! - Else the size is multiplied by g = clip(ratio, 1, 1.5), where the level of the last days is above 95 % of those before: a rising
//!   service is never sized on its past, and what only varies from day to day is not called rising.
//!
//! Source: median shift, as change points of piecewise constant level by least absolute deviations.

use super::statistics::{median, quantile, sorted};
use super::window::{DAY, Hour, Window};

/// Days that are "now".
const RECENT: usize = 3;
/// Nights that must agree.
const NIGHTS: i64 = 3;
/// Ratios within are no shift.
const STEADY: std::ops::RangeInclusive<f64> = 0.67..=1.5;
/// Part of the days before above which a level is another.
const UNUSUAL: f64 = 0.95;
/// Most that growth multiplies a size with.
const MOST_GROWTH: f64 = 1.5;

/// What the level says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Regime {
    /// As before but for growth: factor from 1 to 1.5.
    Steady { growth: f64 },
    /// Another since this hour.
    Shifted { since: i64 },
}

/// The regime of what `value` gives for the hours of a window.
pub(super) fn of(window: &Window, value: impl Fn(&Hour) -> Option<f64> + Copy) -> Regime {
    let now = ratio(window, value);
    let shifted = (0..NIGHTS).all(|nights| {
        let then = window.without_last(nights * DAY);
        ratio(&then, value).is_some_and(|ratio| !STEADY.contains(&ratio))
            && weekly_ratio(&then, value).is_none_or(|ratio| !STEADY.contains(&ratio))
    });
    match now {
        Some(_) if shifted => Regime::Shifted {
            since: shift(window, value),
        },
        Some(ratio) if stands_out(window, value) => Regime::Steady {
            growth: ratio.clamp(1.0, MOST_GROWTH),
        },
        _ => Regime::Steady { growth: 1.0 },
    }
}

/// Level of each measured day, by how long ago it is, the earliest first.
fn levels(window: &Window, value: impl Fn(&Hour) -> Option<f64>) -> Vec<(i64, f64)> {
    (window.days(value).into_iter())
        .map(|(ago, values)| (ago, quantile(&sorted(values), 0.95)))
        .collect()
}

/// The last days against those before; `None` without as many before, or where nothing was used.
fn ratio(window: &Window, value: impl Fn(&Hour) -> Option<f64>) -> Option<f64> {
    let levels = levels(window, value);
    let before = levels
        .len()
        .checked_sub(RECENT)
        .filter(|before| *before >= RECENT)?;
    of_medians(&levels[before..], &levels[..before])
}

/// Whether the level of the last days is above nearly all of those before.
fn stands_out(window: &Window, value: impl Fn(&Hour) -> Option<f64>) -> bool {
    let levels = levels(window, value);
    let Some(before) = levels.len().checked_sub(RECENT) else {
        return false;
    };
    let of = |days: &[(i64, f64)]| days.iter().map(|day| day.1).collect::<Vec<f64>>();
    let most = quantile(&sorted(of(&levels[..before])), UNUSUAL);
    median(of(&levels[before..])) > most
}

/// The last days against the same days a week before.
fn weekly_ratio(window: &Window, value: impl Fn(&Hour) -> Option<f64>) -> Option<f64> {
    let levels = levels(window, value);
    let among = |days: std::ops::Range<i64>| -> Vec<(i64, f64)> {
        (levels.iter())
            .filter(|(ago, _)| days.contains(ago))
            .copied()
            .collect()
    };
    let (recent, before) = (among(0..3), among(7..10));
    (recent.len() == RECENT && before.len() == RECENT)
        .then(|| of_medians(&recent, &before))
        .flatten()
}

fn of_medians(now: &[(i64, f64)], before: &[(i64, f64)]) -> Option<f64> {
    let level = |days: &[(i64, f64)]| median(days.iter().map(|day| day.1));
    let before = level(before);
    (before > 0.0).then(|| level(now) / before)
}

/// The first hour of the day that parts the levels best.
fn shift(window: &Window, value: impl Fn(&Hour) -> Option<f64>) -> i64 {
    let levels = levels(window, value);
    let cost = |days: &[(i64, f64)]| {
        let centre = median(days.iter().map(|day| day.1));
        days.iter().map(|day| (day.1 - centre).abs()).sum::<f64>()
    };
    let best = (1..levels.len())
        .map(|at| (cost(&levels[..at]) + cost(&levels[at..]), at))
        .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    best.map_or(window.end - LAST, |(_, at)| {
        window.end - (levels[at].0 + 1) * DAY
    })
}

/// The hours of the last days.
const LAST: i64 = 3 * DAY;
