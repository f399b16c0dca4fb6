//! How a group's sizes by hour become scheduled actions: when each happens, and how days with the same action are one.
//!
//! Instances need time to launch and register, and tasks need time to move off those that go. A group that grows for an hour
//! therefore grows some minutes before it, and one that shrinks does so some minutes after, so that in every minute of
//! an hour it has at least the instances of that hour.

use super::plan::PlannedProvider;
use super::week::{HOURS_PER_DAY, HOURS_PER_WEEK};

/// Minutes of an hour.
pub const MINUTES_PER_HOUR: u64 = 60;
/// Minutes of a day.
const MINUTES_PER_DAY: u64 = MINUTES_PER_HOUR * HOURS_PER_DAY as u64;
/// Minutes of a week.
pub const MINUTES_PER_WEEK: u64 = MINUTES_PER_HOUR * HOURS_PER_WEEK as u64;

/// Names of the days, from Monday.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// How far from the full hour groups change their sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// Minutes before the hour at which a group grows.
    pub warm_up_minutes: u64,
    /// Minutes after the hour at which a group shrinks.
    pub drain_minutes: u64,
}

impl Timing {
    /// Both together are at most this: what grows for the next hour then comes after what shrinks in this one.
    pub const MOST_TOGETHER: u64 = MINUTES_PER_HOUR - 1;
}

impl Default for Timing {
    /// Ten minutes each. Amazon EC2 Auto Scaling may begin a scheduled action up to two minutes late (user guide, "Scheduled
    /// scaling"), and an instance registers some minutes after its launch.
    fn default() -> Self {
        Self {
            warm_up_minutes: 10,
            drain_minutes: 10,
        }
    }
}

/// A change of a size at a minute of the week, from Monday 00:00 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// The minute, below [`MINUTES_PER_WEEK`].
    pub minute: u64,
    /// The size before it.
    pub before: u64,
    /// The size from then on.
    pub size: u64,
}

/// The changes of a size that is given for each hour of the week, which repeats, in the order of their minutes.
#[must_use]
pub fn changes(sizes: &[u64], timing: Timing) -> Vec<Change> {
    let hours = sizes.len() as u64;
    let mut changes: Vec<Change> = (sizes.iter().enumerate())
        .filter_map(|(hour, &size)| {
            let before = sizes[(hour + sizes.len() - 1) % sizes.len()];
            let at = (hour as u64 + hours) * MINUTES_PER_HOUR;
            let minute = match size.cmp(&before) {
                std::cmp::Ordering::Greater => at - timing.warm_up_minutes,
                std::cmp::Ordering::Less => at + timing.drain_minutes,
                std::cmp::Ordering::Equal => return None,
            };
            let minute = minute % (hours * MINUTES_PER_HOUR);
            Some(Change {
                minute,
                before,
                size,
            })
        })
        .collect();
    changes.sort_unstable();
    changes
}

/// Instance minutes of a week beyond those of the hours themselves: what growing early and shrinking late adds.
#[must_use]
pub fn minutes_beyond(sizes: &[u64], timing: Timing) -> u64 {
    (changes(sizes, timing).into_iter())
        .map(|change| {
            if change.size > change.before {
                (change.size - change.before).saturating_mul(timing.warm_up_minutes)
            } else {
                (change.before - change.size).saturating_mul(timing.drain_minutes)
            }
        })
        .fold(0, u64::saturating_add)
}

/// A scheduled action that recurs on some days of the week, at one time of the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// Its days, 0 for Monday, ascending.
    pub days: Vec<u64>,
    /// Minute of the day, UTC.
    pub minute: u64,
    /// The size that it sets.
    pub size: u64,
}

impl Action {
    /// A name that no other action of the same group has: its days and its time.
    #[must_use]
    pub fn name(&self) -> String {
        let days: Vec<&str> = self.days.iter().filter_map(|&day| day_name(day)).collect();
        let days = if days.len() == DAYS.len() {
            "daily".to_owned()
        } else {
            days.join("-")
        };
        let (hour, minute) = self.time();
        format!("bayplan-{days}-{hour:02}{minute:02}")
    }

    fn time(&self) -> (u64, u64) {
        (
            self.minute / MINUTES_PER_HOUR,
            self.minute % MINUTES_PER_HOUR,
        )
    }

    /// When it happens, as Amazon EC2 Auto Scaling takes it: cron of five fields, Sunday is 0.
    #[must_use]
    pub fn cron(&self) -> String {
        let (hour, minute) = self.time();
        if self.days.len() == DAYS.len() {
            return format!("{minute} {hour} * * *");
        }
        let mut days: Vec<u64> = self.days.iter().map(|day| (day + 1) % 7).collect();
        days.sort_unstable();
        let days: Vec<String> = days.iter().map(u64::to_string).collect();
        format!("{minute} {hour} * * {}", days.join(","))
    }

    /// When it happens, as Application Auto Scaling takes it: cron of six fields with names of days.
    #[must_use]
    pub fn cron_of_services(&self) -> String {
        let (hour, minute) = self.time();
        if self.days.len() == DAYS.len() {
            return format!("cron({minute} {hour} * * ? *)");
        }
        let days: Vec<String> = (self.days.iter())
            .filter_map(|&day| day_name(day).map(str::to_ascii_uppercase))
            .collect();
        format!("cron({minute} {hour} ? * {} *)", days.join(","))
    }
}

fn day_name(day: u64) -> Option<&'static str> {
    DAYS.get(usize::try_from(day).ok()?).copied()
}

/// The actions that make the changes: those of the same time of the day and to the same size are one. By their first day and
/// minute.
#[must_use]
pub fn actions(changes: &[Change]) -> Vec<Action> {
    let mut actions: Vec<Action> = Vec::new();
    for change in changes {
        let (day, minute) = (
            change.minute / MINUTES_PER_DAY,
            change.minute % MINUTES_PER_DAY,
        );
        let same =
            (actions.iter_mut()).find(|known| known.minute == minute && known.size == change.size);
        match same {
            Some(known) => known.days.push(day),
            None => actions.push(Action {
                days: vec![day],
                minute,
                size: change.size,
            }),
        }
    }
    actions
}

impl PlannedProvider {
    /// The group's size in each hour of the week: its schedule's, or its one size. Of a schedule that names an hour twice the
    /// last is taken, and hours that it leaves out have the planned size; the checker refuses both.
    #[must_use]
    pub fn sizes_by_hour(&self) -> Vec<u64> {
        let mut sizes = vec![self.desired_capacity; HOURS_PER_WEEK];
        for size in &self.schedule {
            for &hour in &size.hours {
                if let Some(place) = sizes.get_mut(hour) {
                    *place = size.desired_capacity;
                }
            }
        }
        sizes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Twelve by day, three by night; on Sunday three all day.
    fn week() -> Vec<u64> {
        (0..HOURS_PER_WEEK)
            .map(|hour| {
                if hour < 144 && (8..20).contains(&(hour % 24)) {
                    12
                } else {
                    3
                }
            })
            .collect()
    }

    #[test]
    fn days_with_the_same_change_are_one_action() {
        let actions = actions(&changes(&week(), Timing::default()));
        let said: Vec<(String, String, u64)> = (actions.iter())
            .map(|action| (action.name(), action.cron(), action.size))
            .collect();
        let days = "mon-tue-wed-thu-fri-sat";
        assert_eq!(
            said,
            [
                (
                    format!("bayplan-{days}-0750"),
                    "50 7 * * 1,2,3,4,5,6".to_owned(),
                    12
                ),
                (
                    format!("bayplan-{days}-2010"),
                    "10 20 * * 1,2,3,4,5,6".to_owned(),
                    3
                ),
            ]
        );
        assert_eq!(
            actions[0].cron_of_services(),
            "cron(50 7 ? * MON,TUE,WED,THU,FRI,SAT *)"
        );
        let day: Vec<u64> = week()[..24].repeat(7);
        let daily = super::actions(&changes(&day, Timing::default()));
        assert_eq!(daily[0].cron(), "50 7 * * *");
        assert_eq!(daily[0].cron_of_services(), "cron(50 7 * * ? *)");
        assert_eq!(daily[0].name(), "bayplan-daily-0750");
    }

    #[test]
    fn what_grows_at_the_weeks_first_hour_grows_on_sunday_night() {
        let mut sizes = vec![2; HOURS_PER_WEEK];
        sizes[0] = 5;
        let changes = changes(&sizes, Timing::default());
        assert_eq!(changes[1].minute, MINUTES_PER_WEEK - 10);
        assert_eq!(actions(&changes)[1].cron(), "50 23 * * 0");
        assert_eq!(minutes_beyond(&sizes, Timing::default()), 60);
    }

    proptest! {
        /// Whatever the sizes: in every minute of an hour the last action has set at least its size, names differ, and the
        /// actions repeat every change.
        #[test]
        fn every_minute_has_its_hours_size(
            sizes in prop::collection::vec(0_u64..4, HOURS_PER_WEEK),
            warm_up_minutes in 0_u64..30,
            drain_minutes in 0_u64..30,
        ) {
            let timing = Timing { warm_up_minutes, drain_minutes };
            let changes = changes(&sizes, timing);
            let mut minutes = 0;
            for minute in 0..MINUTES_PER_WEEK {
                let last = changes.iter().rev().find(|change| change.minute <= minute).or(changes.last());
                let size = last.map_or(sizes[0], |change| change.size);
                let hour = usize::try_from(minute / MINUTES_PER_HOUR).expect("an hour");
                prop_assert!(size >= sizes[hour], "minute {}", minute);
                minutes += size - sizes[hour];
            }
            prop_assert_eq!(minutes, minutes_beyond(&sizes, timing));
            let actions = actions(&changes);
            let names: std::collections::BTreeSet<String> = actions.iter().map(Action::name).collect();
            prop_assert_eq!(names.len(), actions.len());
            prop_assert_eq!(actions.iter().map(|action| action.days.len()).sum::<usize>(), changes.len());
        }
    }
}
