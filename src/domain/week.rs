//! Demand over a week: how many tasks each service runs in each hour.
//!
//! Hours count from Monday 00:00 UTC. Services that are not named run the same number in every hour.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;

/// Hours of a day.
pub const HOURS_PER_DAY: usize = 24;
/// Hours of a week.
pub const HOURS_PER_WEEK: usize = 168;

/// Tasks of one service by hour of the week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeeklyCounts([u64; HOURS_PER_WEEK]);

impl WeeklyCounts {
    /// Of the counts of a day (24), the same every day, or of a week (168); `None` for another number of them.
    #[must_use]
    pub fn new(counts: &[u64]) -> Option<Self> {
        if counts.len() != HOURS_PER_DAY && counts.len() != HOURS_PER_WEEK {
            return None;
        }
        let mut week = [0; HOURS_PER_WEEK];
        for (hour, count) in week.iter_mut().enumerate() {
            *count = counts[hour % counts.len()];
        }
        Some(Self(week))
    }

    /// Tasks in an hour of the week, which is below [`HOURS_PER_WEEK`].
    #[must_use]
    pub const fn at(&self, hour: usize) -> u64 {
        self.0[hour]
    }

    /// The number, where it is the same in every hour.
    #[must_use]
    pub fn flat(&self) -> Option<u64> {
        let first = self.0[0];
        self.0.iter().all(|count| *count == first).then_some(first)
    }

    /// The largest number.
    #[must_use]
    pub fn peak(&self) -> u64 {
        self.0.iter().copied().max().unwrap_or(0)
    }
}

/// A named part of the week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// Its name.
    pub name: String,
    /// Its hours. The file says how many it has, not which: periods are laid one after the other from Monday 00:00 UTC.
    pub hours: Range<usize>,
}

/// Demand over a week, of which some hour differs from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Week {
    /// Tasks by hour of the services whose number is not the same in every hour, by name.
    pub counts: BTreeMap<String, WeeklyCounts>,
    /// The periods that the file names, which make up the week; none where it gives hours.
    pub periods: Vec<Period>,
}

/// Hours of the week as inclusive ranges: `8-19,32-43`.
#[must_use]
pub fn hours_text(hours: &[usize]) -> String {
    let mut text = String::new();
    let mut rest = hours;
    while let Some(&first) = rest.first() {
        let run = (rest.iter().enumerate())
            .take_while(|&(place, hour)| *hour == first + place)
            .count();
        let comma = if text.is_empty() { "" } else { "," };
        let _ = write!(text, "{comma}{first}");
        if run > 1 {
            let _ = write!(text, "-{}", first + run - 1);
        }
        rest = &rest[run..];
    }
    text
}

/// The hours that a text of inclusive ranges names, in its order; `None` where it is no such text or names an hour beyond
/// the week.
#[must_use]
pub fn hours_of_text(text: &str) -> Option<Vec<usize>> {
    let mut hours = Vec::new();
    for range in text.split(',') {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let hour = |text: &str| {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            let hour: usize = digits.then(|| text.parse().ok()).flatten()?;
            (hour < HOURS_PER_WEEK).then_some(hour)
        };
        let (first, last) = (hour(first)?, hour(last)?);
        if first > last || hours.len() > HOURS_PER_WEEK {
            return None;
        }
        hours.extend(first..=last);
    }
    Some(hours)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_day_is_repeated_and_other_lengths_are_none() {
        let mut day = [2; HOURS_PER_DAY];
        day[8] = 5;
        let week = WeeklyCounts::new(&day).expect("a day");
        assert_eq!((week.at(8), week.at(32), week.at(33)), (5, 5, 2));
        assert_eq!((week.flat(), week.peak()), (None, 5));
        assert_eq!(WeeklyCounts::new(&[1; 25]), None);
        let flat = WeeklyCounts::new(&[3; HOURS_PER_WEEK]).expect("a week");
        assert_eq!(flat.flat(), Some(3));
    }

    #[test]
    fn hours_that_are_none_are_refused() {
        for text in ["", "5-3", "168", "a", "+1", "1,,2", "0-9-12"] {
            assert_eq!(hours_of_text(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn hours_survive_their_text(hours in prop::collection::btree_set(0..HOURS_PER_WEEK, 1..60)) {
            let hours: Vec<usize> = hours.into_iter().collect();
            prop_assert_eq!(hours_of_text(&hours_text(&hours)), Some(hours));
        }
    }
}
