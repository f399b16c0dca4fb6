//! Room for what a drain moves, looked at right before it begins.
//!
//! The steps launch what a drain needs and lower the group's least size again, since Auto Scaling takes no instance below it. From then on those
//! instances are managed scaling's: a run that ends there and goes on the day after may find that it took them away, since they were empty. And a
//! group that has more instances than the snapshot shows has its least size without any launch. So the instances are counted themselves: of a
//! group that gets other types, those of these; of instances that go by name, as many as were launched for. What is missing is launched as
//! the steps do it, by a larger least size that is lowered again.

use super::super::journal::{Entry, Held};
use super::super::live::{Live, LiveInstance, Said};
use super::super::state::{GroupState, State, Target};
use super::super::step::{Drain, Step, Work};
use super::{Run, Stop};

impl<L: Live> Run<'_, L> {
    /// Waits until what a drain moves has room in its group.
    pub(super) fn room(&mut self, step: usize, drain: &Drain) -> Result<(), Stop> {
        let least = launched_for(&self.journal.header().steps[..step], drain);
        let mut is_asked = false;
        let (mut since, mut left) = (self.live.now(), u64::MAX);
        loop {
            let all = self.live.instances(&drain.provider)?;
            let missing = missing(&all, drain, least);
            if missing == 0 {
                return self.sizes_again(step, drain);
            }
            if missing < left {
                (since, left) = (self.live.now(), missing);
            }
            // Once in a run: whatever is launched in place of what was asked for, no more is.
            if !is_asked {
                self.launch(step, drain, all.len() as u64 + missing)?;
                is_asked = true;
            }
            let waiting = format!(
                "{missing} more instances of {} to take tasks before any is drained",
                drain.group
            );
            self.live.say(Said::Waits(&waiting));
            self.in_time(since, &waiting)?;
            self.pause()?;
        }
    }

    /// The sizes of before a launch for a drain, where there was one.
    pub(super) fn sizes_again(&mut self, step: usize, drain: &Drain) -> Result<(), Stop> {
        let Some(before) = self.journal.launched(step) else {
            return Ok(());
        };
        let target = Target::Group(drain.group.clone());
        let Some(State::Group(now)) = self.read(&target)? else {
            return Ok(());
        };
        let as_before = GroupState {
            min_size: before.min_size,
            max_size: before.max_size,
            ..now.clone()
        };
        self.sized(&target, &now, as_before, false)
    }

    fn launch(&mut self, step: usize, drain: &Drain, least: u64) -> Result<(), Stop> {
        let target = Target::Group(drain.group.clone());
        let Some(State::Group(now)) = self.read(&target)? else {
            return Ok(());
        };
        self.journal.add(Entry::Launches(
            step,
            Held {
                instances: least,
                min_size: now.min_size,
                max_size: now.max_size,
            },
        ))?;
        let larger = GroupState {
            min_size: now.min_size.max(least),
            max_size: now.max_size.max(least),
            ..now.clone()
        };
        self.sized(&target, &now, larger, false)
    }
}

/// The least size up to which the steps before a drain launched for it; 0 where they did not.
fn launched_for(before: &[Step], drain: &Drain) -> u64 {
    let of_another =
        |step: &&Step| !matches!(&step.work, Work::Drain(it) if it.group == drain.group);
    let mut launches = before.iter().rev().take_while(of_another);
    let found = launches.find_map(|step| match &step.work {
        Work::Change(change) if change.fills && change.target.name() == drain.group => {
            match &change.leaves {
                Some(State::Group(group)) => Some(group.min_size),
                _ => None,
            }
        }
        _ => None,
    });
    found.unwrap_or_default()
}

/// How many more instances have to take tasks before a drain takes any away.
fn missing(all: &[LiveInstance], drain: &Drain, least: u64) -> u64 {
    let takes_tasks = || all.iter().filter(|it| !it.is_draining);
    let count = |found: usize| found as u64;
    if !drain.named.is_empty() {
        return if takes_tasks().any(|it| drain.names(&it.arn)) {
            least.saturating_sub(count(takes_tasks().count()))
        } else {
            0
        };
    }
    let stays = |it: &&LiveInstance| drain.types_that_stay.contains(&it.instance_type);
    if drain.types_that_stay.is_empty() || takes_tasks().all(|it| stays(&it)) {
        return 0;
    }
    drain
        .most
        .saturating_sub(count(takes_tasks().filter(stays).count()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::change::Change;
    use crate::apply::fixture;

    fn instance(arn: &str, kind: &str, is_draining: bool) -> LiveInstance {
        LiveInstance {
            arn: arn.to_owned(),
            ec2_id: format!("i-{arn}"),
            instance_type: kind.to_owned(),
            zone: "a".to_owned(),
            is_draining,
            tasks: 1,
            tasks_of_no_service: 0,
        }
    }

    #[test]
    fn other_types_are_counted_by_type_and_named_ones_by_what_was_launched() {
        let retyped = Drain {
            types_that_stay: vec!["new".to_owned()],
            most: 2,
            ..Drain::all("p", "g")
        };
        let old = [instance("1", "old", false), instance("2", "old", false)];
        assert_eq!(missing(&old, &retyped, 0), 2);
        let mut with_new = old.to_vec();
        with_new.push(instance("3", "new", false));
        with_new.push(instance("4", "new", true));
        assert_eq!(missing(&with_new, &retyped, 0), 1);
        // Nothing goes that needs room, and a group that goes in whole has its services elsewhere.
        assert_eq!(missing(&with_new[2..], &retyped, 0), 0);
        assert_eq!(missing(&old, &Drain::all("p", "g"), 0), 0);
        let named = Drain {
            named: vec!["2".to_owned()],
            ..Drain::all("p", "g")
        };
        assert_eq!(missing(&old, &named, 3), 1);
        assert_eq!(missing(&old, &named, 0), 0);
        // It is gone already.
        assert_eq!(missing(&old[..1], &named, 3), 0);
    }

    #[test]
    fn only_launches_since_the_last_drain_of_a_group_are_for_the_next() {
        let filled = |group: &str, min_size: u64| {
            let sized = |min_size: u64| match fixture::group(&["m5.large"], true) {
                State::Group(now) => Some(State::Group(GroupState { min_size, ..now })),
                _ => None,
            };
            let change = Change {
                fills: true,
                ..Change::new(Target::Group(group.to_owned()), sized(0), sized(min_size))
            };
            fixture::step(Work::Change(Box::new(change)))
        };
        let drain = Drain::all("p", "g");
        let drained = || fixture::step(Work::Drain(drain.clone()));
        let other = || filled("h", 9);
        assert_eq!(
            launched_for(
                &[filled("g", 3), drained(), filled("g", 5), other()],
                &drain
            ),
            5
        );
        assert_eq!(
            launched_for(&[filled("g", 3), drained(), other()], &drain),
            0
        );
    }
}
