//! Tasks by hour of the week, where that does as well as one number and costs less.
//!
//! `L_h` = the service's load (mean CPU of a task × tasks), τ·s = load that a task of size s carries. For the week after the window:
//!
//! ```text
//! b_w = largest L of hour w in the last two weeks          g = clip(load of the last week ÷ of the week before, 1, 1.5)
//! r_h = L_h / (b_h · g) over the last 14 days, b and g as they were at the start of each week
//! q   = ⌈(n + 1)(1 − ε)⌉-th smallest r, ε = 1 %            N_w = ⌈q · b_w · g / (τ · s)⌉
//! ```
//!
//! so that the plain "same hour last week" is widened by what it missed (split conformal prediction of one side, as in `cpu`). At most 14
//! steps a week: the cover of N by so many flat pieces with the least task hours, by dynamic programming over the 168 hours.
//! It takes four weeks of load, and it is offered where its own test on the last week (learned without it) exceeds no more hours than one
//! number does, or than 2 · ε of them, and it takes at least a tenth fewer task hours.

use std::collections::BTreeMap;

use super::cpu::kth_smallest;
use super::statistics::sorted;
use super::window::{WEEK, Window};

/// Hours of a week as a number of things.
const HOURS: usize = 168;
/// Share of hours that may exceed.
const EXCEEDED: f64 = 0.01;
/// Most changes of the number in a week.
const STEPS: usize = 14;
/// Most that growth multiplies with.
const MOST_GROWTH: f64 = 1.5;
/// Task hours that a profile may take of those of one number.
const WORTH: f64 = 0.9;
/// Scores that q asks for.
const LEAST_SCORES: usize = 168;

/// Counts by hour of the week, from Monday 00:00 UTC, and how they did on a week that they were learned without.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// 168 counts.
    pub counts: Vec<u64>,
    /// Measured hours of that week.
    pub hours: u64,
    /// Hours of it with more load than the profile's tasks carry.
    pub exceeded: u64,
    /// The same of one number of tasks, that of the largest load before.
    pub exceeded_flat: u64,
    /// Task hours of a week with the profile and with one number.
    pub task_hours: (u64, u64),
}

/// Fewest and most tasks.
pub(super) type Limits = (u64, u64);

/// A profile for tasks that carry `of_one` each; `None` where there is too little, or one number does better.
pub(super) fn of(window: &Window, of_one: f64, limits: Limits) -> Option<Profile> {
    if of_one <= 0.0 {
        return None;
    }
    let loads: BTreeMap<i64, f64> = (window.hours.iter())
        .filter_map(|hour| Some((hour.at, hour.cpu_mean? * hour.tasks?)))
        .collect();
    let counts = learned(&loads, window.end, of_one, limits)?;
    let flat = flat(&loads, window.end, of_one, limits)?;
    let test_at = window.end - WEEK;
    let tested = learned(&loads, test_at, of_one, limits)?;
    let tested_flat = self::flat(&loads, test_at, of_one, limits)?;
    let week: Vec<(usize, f64)> = (loads.range(test_at..))
        .map(|(at, load)| (hour_of_week(*at), *load))
        .collect();
    let above = |tasks: &dyn Fn(usize) -> u64| {
        (week.iter())
            .filter(|(hour, load)| *load > tasks(*hour) as f64 * of_one)
            .count() as u64
    };
    let (exceeded, exceeded_flat) = (above(&|hour| tested[hour]), above(&|_| tested_flat));
    let sum = |counts: &[u64]| counts.iter().sum::<u64>();
    let allowed = exceeded_flat.max(whole_share(week.len()));
    let is_less =
        |counts: &[u64], flat: u64| sum(counts) as f64 <= WORTH * (flat * HOURS as u64) as f64;
    let wins = exceeded <= allowed && is_less(&tested, tested_flat) && is_less(&counts, flat);
    wins.then(|| Profile {
        task_hours: (sum(&counts), flat * HOURS as u64),
        counts,
        hours: week.len() as u64,
        exceeded,
        exceeded_flat,
    })
}

/// 2 · ε of so many hours, in whole hours.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // At most three.
fn whole_share(hours: usize) -> u64 {
    (2.0 * EXCEEDED * hours as f64) as u64
}

/// Hour of the week from Monday 00:00 UTC: 1970-01-01 was a Thursday.
fn hour_of_week(at: i64) -> usize {
    usize::try_from((at + 3 * 24).rem_euclid(WEEK)).unwrap_or(0)
}

/// Growth at an hour: the load of the hours before it that were measured a week earlier too.
fn growth(loads: &BTreeMap<i64, f64>, end: i64) -> Option<f64> {
    let both: Vec<(f64, f64)> = (loads.range(end - WEEK..end))
        .filter_map(|(at, load)| Some((*load, *loads.get(&(at - WEEK))?)))
        .collect();
    let before: f64 = both.iter().map(|pair| pair.1).sum();
    let now: f64 = both.iter().map(|pair| pair.0).sum();
    (before > 0.0).then(|| (now / before).clamp(1.0, MOST_GROWTH))
}

/// b of an hour, as it is known at `end`.
fn base(loads: &BTreeMap<i64, f64>, at: i64, end: i64) -> Option<f64> {
    let weeks = (1..=3).map(|weeks| at - weeks * WEEK);
    let known = weeks.filter(|at| (end - 2 * WEEK..end).contains(at));
    known
        .filter_map(|at| loads.get(&at).copied())
        .reduce(f64::max)
}

/// q: how far the last two weeks, each predicted at its start, went beyond.
fn widening(loads: &BTreeMap<i64, f64>, end: i64) -> Option<f64> {
    let mut scores = Vec::new();
    for start in [end - 2 * WEEK, end - WEEK] {
        let growth = growth(loads, start)?;
        for (at, load) in loads.range(start..start + WEEK) {
            if let Some(base) = base(loads, *at, start).filter(|base| *base > 0.0) {
                scores.push(load / (base * growth));
            }
        }
    }
    (scores.len() >= LEAST_SCORES)
        .then(|| kth_smallest(&sorted(scores), EXCEEDED))
        .flatten()
}

/// The counts that the loads before an hour teach.
fn learned(loads: &BTreeMap<i64, f64>, end: i64, of_one: f64, limits: Limits) -> Option<Vec<u64>> {
    let factor = widening(loads, end)? * growth(loads, end)?;
    let mut wanted = vec![limits.1; HOURS];
    let mut known = 0;
    for at in end..end + WEEK {
        if let Some(base) = base(loads, at, end) {
            known += 1;
            wanted[hour_of_week(at)] = tasks(factor * base, of_one, limits);
        }
    }
    (2 * known >= HOURS).then(|| in_steps(&wanted))
}

/// One number for the largest load before an hour.
fn flat(loads: &BTreeMap<i64, f64>, end: i64, of_one: f64, limits: Limits) -> Option<u64> {
    let largest = loads.range(..end).map(|(_, load)| *load);
    Some(tasks(largest.reduce(f64::max)?, of_one, limits))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Loads are at least 0; the limits hold the rest.
fn tasks(load: f64, of_one: f64, (least, most): Limits) -> u64 {
    ((load / of_one).ceil() as u64).clamp(least, most.max(least))
}

/// The least cover of counts by at most [`STEPS`] flat pieces, from Monday on.
fn in_steps(wanted: &[u64]) -> Vec<u64> {
    let hours = wanted.len();
    // best[k][i]: least task hours of the first i hours in k pieces, and where the last of them begins.
    let mut best = vec![vec![(u64::MAX, 0); hours + 1]; STEPS + 1];
    best[0][0] = (0, 0);
    for pieces in 1..=STEPS {
        for end in 1..=hours {
            let mut peak = 0;
            for start in (0..end).rev() {
                peak = peak.max(wanted[start]);
                let before = best[pieces - 1][start].0;
                if before == u64::MAX {
                    continue;
                }
                let cost = before + peak * (end - start) as u64;
                if cost < best[pieces][end].0 {
                    best[pieces][end] = (cost, start);
                }
            }
        }
    }
    let fewest = (1..=STEPS).min_by_key(|pieces| (best[*pieces][hours].0, *pieces));
    let mut counts = vec![0; hours];
    let (mut end, mut pieces) = (hours, fewest.unwrap_or(1));
    while end > 0 && pieces > 0 {
        let start = best[pieces][end].1;
        let peak = wanted[start..end].iter().copied().max().unwrap_or(0);
        counts[start..end].fill(peak);
        (end, pieces) = (start, pieces - 1);
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::super::series::{HOUR, Sample, Series};
    use super::*;

    /// 2026-03-02, a Monday.
    const MONDAY: i64 = 1_772_409_600;

    fn window(weeks: i64, load: impl Fn(i64) -> f64) -> Window {
        let samples = (0..weeks * WEEK).map(|at| Sample {
            start: MONDAY + at * HOUR,
            cpu_max: Some(load(at) / 4.0),
            cpu_avg: Some(load(at) / 4.0),
            tasks: Some(4.0),
            ..Sample::default()
        });
        let series = Series {
            period: HOUR,
            samples: samples.collect(),
        };
        Window::of(&series, MONDAY / HOUR + weeks * WEEK)
    }

    fn wave(at: i64) -> f64 {
        let day = f64::from(u8::try_from(at % 24).expect("an hour")) / 24.0;
        3_000.0 - 2_000.0 * (day * std::f64::consts::TAU).cos()
    }

    #[test]
    fn a_daily_wave_gets_fewer_tasks_at_night_and_is_covered() {
        let found = of(&window(6, wave), 500.0, (2, 40)).expect("a profile");
        for hour in 0..168 {
            let load = wave(i64::try_from(hour).expect("small"));
            assert!(found.counts[hour] as f64 * 500.0 >= load, "{hour}");
        }
        let steps = (1..168).filter(|at| found.counts[*at] != found.counts[at - 1]);
        assert!(steps.count() < STEPS);
        assert!(found.counts[0] < found.counts[12], "{:?}", found.counts);
        assert_eq!(
            (found.exceeded, found.exceeded_flat, found.hours),
            (0, 0, 168)
        );
    }

    #[test]
    fn three_weeks_are_too_few_and_a_flat_load_gets_one_number() {
        assert_eq!(of(&window(3, wave), 500.0, (2, 40)), None);
        assert_eq!(of(&window(6, |_| 3_000.0), 500.0, (2, 40)), None);
    }

    #[test]
    fn a_wave_that_comes_at_another_hour_each_week_fails_its_own_test() {
        let moving = |at: i64| wave(at + (at / WEEK) * 7);
        assert_eq!(of(&window(6, moving), 500.0, (2, 40)), None);
    }

    #[test]
    fn steps_cover_and_a_finer_cover_costs_no_more() {
        let wanted: Vec<u64> = (0..168).map(|hour| (hour * 37 % 11) + 1).collect();
        let counts = in_steps(&wanted);
        assert!(
            counts
                .iter()
                .zip(&wanted)
                .all(|(count, wanted)| count >= wanted)
        );
        let two: Vec<u64> = (0..168).map(|hour| if hour < 80 { 3 } else { 7 }).collect();
        assert_eq!(in_steps(&two), two);
    }
}
