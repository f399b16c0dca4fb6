//! Takes back what a journal says was begun, the last first: what drains is ACTIVE again before anything else, then services,
//! the cluster's list, providers and groups go back to the states that were recorded.

use super::super::change::Change;
use super::super::journal::{Ending, Entry, JournalError};
use super::super::live::Live;
use super::super::state::{GroupState, State, Target};
use super::super::step::{Drain, Work};
use super::{Failure, Outcome, Run, Stop};

impl<L: Live> Run<'_, L> {
    /// Takes back all that was begun.
    ///
    /// # Errors
    /// Where the journal cannot be written at the end.
    pub fn roll_back(mut self) -> Result<Outcome, JournalError> {
        let steps = self.journal.header().steps.clone();
        let begun = self.journal.begun();
        // A deleted group would come back without what nobody recorded of it.
        let deleted = begun.iter().find_map(|&step| match &steps[step].work {
            Work::Change(change) if change.leaves.is_none() => Some((step, change.target.clone())),
            _ => None,
        });
        if let Some((step, target)) = deleted {
            let why = Failure::Deleted(target);
            return Ok(Outcome::Failed { step, why });
        }
        if !self.journal.rolls_back() {
            self.journal.add(Entry::RollsBack)?;
        }
        if let Err(stop) = self.active_again(&begun) {
            return self.stopped(begun.first().copied().unwrap_or_default(), stop);
        }
        for &step in begun.iter().rev() {
            if let Err(stop) = self.take_back(step, &steps[step].work) {
                return self.stopped(step, stop);
            }
        }
        self.journal.add(Entry::Ended(Ending::Complete))?;
        Ok(Outcome::Complete)
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
        if let Work::Change(change) = work {
            self.journal.add(Entry::TakesBack(step))?;
            let back = change.reversed();
            match (&back.expects, &back.leaves) {
                (Some(State::Provider(provider)), None) => {
                    self.emptied(back.target.name(), &provider.group)?;
                    self.asked_and_done(&back)?;
                }
                (Some(State::Group(_)), None) => self.deleted(&back.target)?,
                _ => self.asked_and_done(&back)?,
            }
        }
        self.journal.add(Entry::TakenBack(step))?;
        Ok(())
    }

    fn asked_and_done(&mut self, back: &Change) -> Result<(), Stop> {
        self.ask(back, None)?;
        self.comes_about(back)
    }

    /// A group that we made has nothing running in it any more: services have gone back before.
    fn emptied(&mut self, provider: &str, group: &str) -> Result<(), Stop> {
        let target = Target::Group(group.to_owned());
        self.resize(&target, |now| GroupState { min_size: 0, ..now })?;
        self.empty(None, &Drain::all(provider, group))
    }

    /// Deletes a group that we made, at whatever sizes it stands.
    fn deleted(&mut self, target: &Target) -> Result<(), Stop> {
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
        let back = Change::new(target.clone(), Some(state), None);
        if !matches!(&back.expects, Some(State::Group(group)) if group.ours) {
            let found = back.expects.clone();
            return Err(super::differs(&back, found));
        }
        self.asked_and_done(&back)
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
        let (now, then) = (Some(State::Group(now)), Some(State::Group(then)));
        let back = Change::new(target.clone(), now, then);
        self.asked_and_done(&back)
    }
}
