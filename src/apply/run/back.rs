//! Takes back what a journal says was begun, the last first: what drains is ACTIVE again before anything else, then services,
//! the cluster's list, providers and groups go back to the states that were recorded.
//!
//! What was deleted is made anew from what was written down before the deletion. What that cannot bring back is looked for before anything
//! is asked for ([`Failure::NotWhole`]). Instances that were terminated are gone for good: managed scaling launches others as tasks need
//! them, and where ECS does not set a group's size, as many are launched as there were.

use std::time::Duration;

use super::super::change::{Change, Reading};
use super::super::journal::{Ending, Entry, JournalError};
use super::super::live::{Live, LiveError, Said};
use super::super::state::{GroupState, State, Target};
use super::super::step::{Drain, Step, Work};
use super::{Failure, Outcome, Run, Stop, differs};

/// What ECS answers where tasks use a provider. Source: Amazon ECS API reference, `PutClusterCapacityProviders`.
const IN_USE: &str = "ResourceInUseException";
/// How long an instance that a group of ours launched may take to register with the cluster, from its boot on.
const REGISTERED: Duration = Duration::from_mins(10);

impl<L: Live> Run<'_, L> {
    /// Takes back all that was begun.
    ///
    /// # Errors
    /// Where the journal cannot be written at the end.
    pub fn roll_back(mut self) -> Result<Outcome, JournalError> {
        let steps = self.journal.header().steps.clone();
        let begun = self.journal.begun();
        let first = begun.first().copied().unwrap_or_default();
        match self.what_is_lost(&steps, &begun) {
            Ok(None) => {}
            Ok(Some((step, why))) => return Ok(Outcome::Failed { step, why }),
            Err(stop) => return self.stopped(first, stop),
        }
        if !self.journal.rolls_back() {
            self.journal.add(Entry::RollsBack)?;
        }
        for (step, of) in steps.iter().enumerate() {
            if let Work::Drain(drain) = &of.work
                && !begun.contains(&step)
                && let Err(stop) = self.launch_taken_back(step, drain)
            {
                return self.stopped(step, stop);
            }
        }
        if let Err(stop) = self.active_again(&begun) {
            return self.stopped(first, stop);
        }
        for &step in begun.iter().rev() {
            if let Err(stop) = self.take_back(step, &steps[step].work) {
                return self.stopped(step, stop);
            }
        }
        self.journal.add(Entry::Ended(Ending::Complete))?;
        Ok(Outcome::Complete)
    }

    /// The sizes of before a launch for a drain that did not begin, once: those of before the run come after them.
    fn launch_taken_back(&mut self, step: usize, drain: &Drain) -> Result<(), Stop> {
        if self.journal.launched(step).is_none() || self.journal.is_taken_back(step) {
            return Ok(());
        }
        self.sizes_again(step, drain)?;
        self.journal.add(Entry::TakenBack(step))?;
        Ok(())
    }

    /// Why what was deleted would not come back as it was, with the first step of which that is so.
    fn what_is_lost(
        &mut self,
        steps: &[Step],
        begun: &[usize],
    ) -> Result<Option<(usize, Failure)>, Stop> {
        let mut lost = Vec::new();
        let mut first = None;
        for &step in begun {
            let Work::Change(change) = &steps[step].work else {
                continue;
            };
            // A deletion that was announced need not have happened.
            if change.leaves.is_some() || self.read(&change.target)?.is_some() {
                continue;
            }
            let Some(as_it_was) = self.journal.remembered(step) else {
                return Ok(Some((step, Failure::Deleted(change.target.clone()))));
            };
            if !as_it_was.lost.is_empty() {
                first.get_or_insert(step);
                lost.push((change.target.clone(), as_it_was.lost.clone()));
            }
        }
        let first = first.filter(|_| !self.limits.accepts_losses);
        Ok(first.map(|step| (step, Failure::NotWhole(lost))))
    }

    /// Sets to ACTIVE what was set to DRAINING and is still there.
    fn active_again(&mut self, begun: &[usize]) -> Result<(), Stop> {
        for &step in begun {
            let Work::Drain(drain) = self.journal.header().steps[step].work.clone() else {
                continue;
            };
            let drained = self.journal.drained(step);
            let there = self.live.instances(&drain.provider)?;
            let still: Vec<String> = (there.into_iter())
                .filter(|it| it.is_draining && drained.contains(&it.arn))
                .map(|it| it.arn)
                .collect();
            for batch in still.chunks(10) {
                self.live.keep_lock()?;
                self.live.set_draining(batch, false)?;
            }
        }
        Ok(())
    }

    fn take_back(&mut self, step: usize, work: &Work) -> Result<(), Stop> {
        self.journal.add(Entry::TakesBack(step))?;
        let number = step + 1;
        self.live.say(Said::TakesBack { number, work });
        match work {
            Work::Drain(drain) => self.launched_again(step, drain)?,
            Work::Change(change) => {
                let back = change.reversed();
                match (&back.expects, &back.leaves) {
                    (Some(State::Provider(provider)), None) => {
                        self.emptied(back.target.name(), &provider.group)?;
                        self.asked_and_done(&back)?;
                    }
                    (Some(State::Group(_)), None) => self.deleted(&back.target)?,
                    (None, Some(_)) => self.made_anew(step, &back)?,
                    _ => self.asked_and_done(&back)?,
                }
            }
        }
        self.journal.add(Entry::TakenBack(step))?;
        Ok(())
    }

    fn asked_and_done(&mut self, back: &Change) -> Result<(), Stop> {
        let began = self.live.now();
        while let Err(stop) = self.ask(back, None) {
            match stop {
                // Tasks that are stopping use a provider still.
                Stop::Failed(Failure::Live(LiveError::Call(why))) if why.contains(IN_USE) => {
                    self.live.say(Said::Waits(&why));
                    self.in_time(began, &why)?;
                    self.pause()?;
                }
                other => return Err(other),
            }
        }
        self.shows(back, back.condition_of_way_back())
    }

    /// Makes a group or a provider anew that a step deleted.
    fn made_anew(&mut self, step: usize, back: &Change) -> Result<(), Stop> {
        if self.live.is_interrupted() {
            return Err(Stop::Interrupted);
        }
        let found = self.read(&back.target)?;
        match back.reading(found.as_ref()) {
            Reading::Done => {}
            Reading::Differs => return Err(differs(back, found)),
            Reading::Due(_) => {
                let Some(as_it_was) = self.journal.remembered(step).cloned() else {
                    return Err(Stop::Failed(Failure::Deleted(back.target.clone())));
                };
                self.live.keep_lock()?;
                if let Err(error) = self.live.make_anew(&back.target, &as_it_was) {
                    // The answer may be lost, and the request may not be.
                    let found = self.read(&back.target)?;
                    if back.reading(found.as_ref()) != Reading::Done {
                        return Err(error.into());
                    }
                }
            }
        }
        self.comes_about(back)
    }

    /// Launches as many instances as there were before a drain, where ECS does not set the group's size: by a larger smallest size for
    /// a while.
    fn launched_again(&mut self, step: usize, drain: &Drain) -> Result<(), Stop> {
        let Some(held) = self.journal.held(step) else {
            return Ok(());
        };
        let provider = self.read(&Target::Provider(drain.provider.clone()))?;
        if !matches!(provider, Some(State::Provider(provider)) if !provider.scaling) {
            return Ok(());
        }
        let target = Target::Group(drain.group.clone());
        let Some(State::Group(now)) = self.read(&target)? else {
            return Ok(());
        };
        let all = self.live.instances(&drain.provider)?;
        let there = all.iter().filter(|it| !it.is_draining).count() as u64;
        if there < held.instances {
            let larger = GroupState {
                min_size: held.instances.max(now.min_size),
                max_size: held.instances.max(now.max_size),
                ..now.clone()
            };
            self.sized(&target, &now, larger, true)?;
        }
        if let Some(State::Group(now)) = self.read(&target)? {
            let as_before = GroupState {
                min_size: held.min_size,
                max_size: held.max_size,
                ..now.clone()
            };
            self.sized(&target, &now, as_before, false)?;
        }
        Ok(())
    }

    pub(super) fn sized(
        &mut self,
        target: &Target,
        now: &GroupState,
        then: GroupState,
        fills: bool,
    ) -> Result<(), Stop> {
        if then == *now && !fills {
            return Ok(());
        }
        let (now, then) = (Some(State::Group(now.clone())), Some(State::Group(then)));
        self.asked_and_done(&Change {
            fills,
            ..Change::new(target.clone(), now, then)
        })
    }

    /// Empties a group that this run made before its provider goes: services have gone back before. A group of before keeps its instances,
    /// whichever provider it got, for none of them is the run's to take away.
    fn emptied(&mut self, provider: &str, group: &str) -> Result<(), Stop> {
        let target = Target::Group(group.to_owned());
        if self.has_made(&target) && self.is_closing(&target)? {
            self.empty(None, &Drain::all(provider, group))?;
        }
        Ok(())
    }

    /// Whether a step of this run made a resource.
    fn has_made(&self, target: &Target) -> bool {
        let steps = &self.journal.header().steps;
        self.journal.begun().into_iter().any(|step| {
            matches!(&steps[step].work, Work::Change(change) if change.target == *target && change.expects.is_none())
        })
    }

    /// Keeps a group that we made from launching more, once it is seen to have our tag still and no members but the cluster's; whether
    /// it is there.
    fn is_closing(&mut self, target: &Target) -> Result<bool, Stop> {
        let Some(found) = self.read(target)? else {
            return Ok(false);
        };
        if !matches!(&found, State::Group(group) if group.ours) {
            let back = Change::new(target.clone(), Some(found.clone()), None);
            return Err(differs(&back, Some(found)));
        }
        self.resize(target, |now| GroupState { min_size: 0, ..now })?;
        // Instances that never register are the run's own failure as likely as somebody's own: only who looked at them can tell.
        if !(self.limits.accepts_losses && self.has_made(target)) {
            let is_of_run = self.has_made(target);
            self.holds_no_strangers(target.name(), (REGISTERED, is_of_run))?;
        }
        Ok(true)
    }

    /// Deletes a group that we made, at whatever sizes it stands.
    fn deleted(&mut self, target: &Target) -> Result<(), Stop> {
        if !self.is_closing(target)? {
            return Ok(());
        }
        // Instances of a group that never had its provider are in no drain.
        self.unprotect_all(target.name(), None)?;
        self.resize(target, |now| GroupState {
            min_size: 0,
            max_size: 0,
            ..now
        })?;
        let Some(state) = self.read(target)? else {
            return Ok(());
        };
        self.asked_and_done(&Change::new(target.clone(), Some(state), None))
    }

    /// Sets the sizes of a group that we made, where it is there.
    fn resize(
        &mut self,
        target: &Target,
        with: impl Fn(GroupState) -> GroupState,
    ) -> Result<(), Stop> {
        let Some(State::Group(now)) = self.read(target)? else {
            return Ok(());
        };
        let then = with(now.clone());
        if then == now || !now.ours {
            return Ok(());
        }
        self.sized(target, &now, then, false)
    }
}
