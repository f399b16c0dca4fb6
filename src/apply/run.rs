//! Does the steps of a journal, goes on with them, takes them back.
//!
//! A killed run and a run whose answers were lost are the same to the next one: what was begun is read, and what was read
//! decides ([`Change::reading`]). So there is one way to begin, to go on and to begin again.

mod back;
mod drain;
mod room;

use std::collections::BTreeSet;
use std::time::Duration;

use super::change::{Change, Condition, Reading};
use super::journal::{Ending, Entry, Journal, JournalError};
use super::live::{Live, LiveError, Progress, Said, WHY};
use super::remembered::Lost;
use super::state::{State, Target};
use super::step::{Work, batches};

/// How long a resource is read again until it shows what was asked for: answers of AWS may be older than a request.
const READ_BACK: Duration = Duration::from_mins(1);

/// How far a run may go.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The longest that one step may wait without coming nearer.
    pub step_timeout: Duration,
    /// The pause between two questions of a wait.
    pub between: Duration,
    /// Steps of this run; all where it is `None`.
    pub max_steps: Option<usize>,
    /// Services that are deployed at a time, at least 1.
    pub parallel: usize,
    /// Whether groups are made anew though something of theirs does not come back.
    pub accepts_losses: bool,
    /// Instances that may be taken away in all; as many as at the beginning where it is `None`.
    pub instances: Option<u64>,
}

/// How a run ended.
#[derive(Debug)]
pub enum Outcome {
    /// All steps are done, or all taken back.
    Complete,
    /// As many steps as were asked for are done; so many are left.
    Prefix(usize),
    /// The user stopped it; the step that is begun or comes next, by index.
    Interrupted(usize),
    /// A step failed.
    Failed {
        /// By index.
        step: usize,
        /// Why.
        why: Failure,
    },
}

/// Why a step failed.
#[derive(Debug)]
pub enum Failure {
    /// The resource is neither as expected nor as left: somebody else changed it. Nothing was asked for.
    Differs {
        /// Which.
        target: Target,
        /// The states in which it may be.
        expected: Box<[Option<State>; 2]>,
        /// As it is.
        found: Box<Option<State>>,
    },
    /// AWS refused, or did not answer.
    Live(LiveError),
    /// AWS says that it will not come about.
    ByAws(String),
    /// It did not come about in time; what AWS said last.
    TimedOut {
        /// The time.
        after: Duration,
        /// What it was waiting for.
        waiting: String,
    },
    /// Nothing more can be written down, so nothing more was asked for.
    Journal(JournalError),
    /// Services use a provider whose instances all go: their tasks would have no place.
    InUse {
        /// Which.
        provider: String,
        /// They do.
        services: Vec<String>,
    },
    /// More instances would be drained than may be taken away.
    TooMany {
        /// Of this group.
        group: String,
        /// In all, with those of before.
        taken: u64,
        /// May be.
        allowed: u64,
    },
    /// Instances of a group that goes are no container instances of the cluster: it would take them away with it.
    Strangers {
        /// The group.
        group: String,
        /// Their ids.
        instances: Vec<String>,
        /// The run made the group and deletes it on its way back: they may be its own, and can be given up.
        is_of_run: bool,
    },
    /// It cannot be taken back: it was deleted, and nothing says how it was.
    Deleted(Target),
    /// What was deleted would come back without these. Nothing was asked for.
    NotWhole(Vec<(Target, Vec<Lost>)>),
}

impl From<LiveError> for Stop {
    fn from(error: LiveError) -> Self {
        Self::Failed(Failure::Live(error))
    }
}

impl From<JournalError> for Stop {
    fn from(error: JournalError) -> Self {
        Self::Failed(Failure::Journal(error))
    }
}

/// Why a step does not end.
#[derive(Debug)]
enum Stop {
    Interrupted,
    Failed(Failure),
}

/// A run over a journal.
#[derive(Debug)]
pub struct Run<'a, L> {
    live: &'a mut L,
    journal: &'a mut Journal,
    limits: Limits,
}

impl<'a, L: Live> Run<'a, L> {
    /// Over a journal that was just begun, or one to go on with.
    pub fn new(live: &'a mut L, journal: &'a mut Journal, limits: Limits) -> Self {
        Self {
            live,
            journal,
            limits,
        }
    }

    /// Does what is not done yet, in order.
    ///
    /// # Errors
    /// Where the journal cannot be written at the end; what was done stands in it.
    pub fn go_on(mut self) -> Result<Outcome, JournalError> {
        let steps = self.journal.header().steps.clone();
        let open: Vec<usize> = (0..steps.len())
            .filter(|&step| !self.journal.is_done(step))
            .collect();
        let most = self.limits.max_steps.unwrap_or(usize::MAX);
        let now = &open[..open.len().min(most)];
        for batch in batches(&steps, self.limits.parallel) {
            let left: Vec<usize> = batch.filter(|step| now.contains(step)).collect();
            if let Err((step, stop)) = self.batch(&left) {
                return self.stopped(step, stop);
            }
        }
        if now.len() == open.len() {
            self.journal.add(Entry::Ended(Ending::Complete))?;
            return Ok(Outcome::Complete);
        }
        self.journal.add(Entry::Ended(Ending::Prefix))?;
        Ok(Outcome::Prefix(open.len() - now.len()))
    }

    fn stopped(&mut self, step: usize, stop: Stop) -> Result<Outcome, JournalError> {
        match stop {
            Stop::Interrupted => {
                self.journal.add(Entry::Ended(Ending::Interrupted))?;
                Ok(Outcome::Interrupted(step))
            }
            // A journal that could not be written is not written to again: its last line may be torn.
            Stop::Failed(why @ Failure::Journal(_)) => Ok(Outcome::Failed { step, why }),
            Stop::Failed(why) => {
                self.journal.add(Entry::Ended(Ending::Failed))?;
                Ok(Outcome::Failed { step, why })
            }
        }
    }

    /// Asks for all of a batch, then waits for all of it.
    fn batch(&mut self, batch: &[usize]) -> Result<(), (usize, Stop)> {
        let mut asked = Vec::new();
        for &step in batch {
            let work = self.journal.header().steps[step].work.clone();
            let of = self.journal.header().steps.len();
            self.live.say(Said::Begins {
                number: step + 1,
                of,
                work: &work,
            });
            match &work {
                Work::Change(change) => {
                    let is_begun = self.journal.begun().contains(&step);
                    let begins = (!is_begun).then_some(Entry::Begins(step));
                    (self.may_close(change)).map_err(|stop| (step, stop))?;
                    self.remember(step, change).map_err(|stop| (step, stop))?;
                    let is_asked = self.ask(change, begins).map_err(|stop| (step, stop))?;
                    if is_begun && !is_asked {
                        self.deploy_again(change).map_err(|stop| (step, stop))?;
                    }
                    asked.push((step, (**change).clone()));
                }
                Work::Drain(drain) => {
                    self.drain(step, drain).map_err(|stop| (step, stop))?;
                    self.done(step).map_err(|stop| (step, stop))?;
                }
            }
        }
        for (step, change) in asked {
            self.comes_about(&change).map_err(|stop| (step, stop))?;
            self.done(step).map_err(|stop| (step, stop))?;
        }
        Ok(())
    }

    /// Writes down what a step is about to delete: nobody can tell afterwards.
    fn remember(&mut self, step: usize, change: &Change) -> Result<(), Stop> {
        if change.leaves.is_some() || self.journal.remembered(step).is_some() {
            return Ok(());
        }
        let Some(as_it_is) = self.live.remember(&change.target)? else {
            return Ok(());
        };
        (self.journal).add(Entry::Remembers(step, Box::new(as_it_is)))?;
        Ok(())
    }

    /// A largest size of 0 terminates whatever the group holds.
    fn may_close(&mut self, change: &Change) -> Result<(), Stop> {
        match (&change.target, &change.leaves) {
            (Target::Group(group), Some(State::Group(to))) if to.max_size == 0 => {
                self.holds_no_strangers(group, (Duration::ZERO, false))
            }
            _ => Ok(()),
        }
    }

    /// Instances that ECS does not know, or that are another cluster's, are somebody else's. One that the group launched just now is known
    /// once it has registered, for which so long is waited.
    fn holds_no_strangers(
        &mut self,
        group: &str,
        (patience, is_of_run): (Duration, bool),
    ) -> Result<(), Stop> {
        let patience = patience.min(self.limits.step_timeout);
        let began = self.live.now();
        loop {
            let instances = self.live.strangers(group)?;
            if instances.is_empty() {
                return Ok(());
            }
            if self.live.now().saturating_sub(began) >= patience {
                let group = group.to_owned();
                return Err(Stop::Failed(Failure::Strangers {
                    group,
                    instances,
                    is_of_run,
                }));
            }
            let waiting = format!("{} instances of {group} to register", instances.len());
            self.live.say(Said::Waits(&waiting));
            self.pause()?;
        }
    }

    fn done(&mut self, step: usize) -> Result<(), Stop> {
        self.journal.add(Entry::Done(step))?;
        self.live.say(Said::Done(step + 1));
        Ok(())
    }

    /// Asks for a change where it is due, and answers whether it was; `announcement` is on disk before.
    fn ask(&mut self, change: &Change, announcement: Option<Entry>) -> Result<bool, Stop> {
        if self.live.is_interrupted() {
            return Err(Stop::Interrupted);
        }
        let found = self.read(&change.target)?;
        if found.is_none() && change.is_over_without_it() {
            self.live.say(Said::IsGone(&change.target));
        }
        match change.reading(found.as_ref()) {
            Reading::Done => Ok(false),
            Reading::Differs => Err(differs(change, found)),
            Reading::Due(request) => {
                if let Some(entry) = announcement {
                    self.journal.add(entry)?;
                }
                self.live.keep_lock()?;
                let Err(error) = self.live.request(&request) else {
                    return Ok(true);
                };
                // The answer may be lost, and the request may not be.
                let found = self.read(&change.target)?;
                match change.reading(found.as_ref()) {
                    Reading::Done => Ok(true),
                    Reading::Due(_) | Reading::Differs => Err(error.into()),
                }
            }
        }
    }

    /// Asks once more for a deployment of an earlier run that ended without success and left the service as the change has it, as
    /// after a way back of AWS's own that failed (`ROLLBACK_FAILED`): nothing else would ever begin another.
    fn deploy_again(&mut self, change: &Change) -> Result<(), Stop> {
        let Some(condition @ Condition::Deployed(_)) = change.condition() else {
            return Ok(());
        };
        let Some(request) = change.again() else {
            return Ok(());
        };
        let has_failed = matches!(self.live.progress(&condition)?, Progress::Failed(_));
        let found = self.read(&change.target)?;
        if !has_failed || change.reading(found.as_ref()) != Reading::Done {
            return Ok(());
        }
        self.live.keep_lock()?;
        self.live.request(&request)?;
        Ok(())
    }

    /// Waits for what a change brings about, then for the resource to show it.
    fn comes_about(&mut self, change: &Change) -> Result<(), Stop> {
        self.shows(change, change.condition())
    }

    /// Waits for a condition, then for the resource to show a change.
    fn shows(&mut self, change: &Change, condition: Option<Condition>) -> Result<(), Stop> {
        if let Some(condition) = condition {
            self.wait(&condition)?;
        }
        let began = self.live.now();
        loop {
            let found = self.read(&change.target)?;
            match change.reading(found.as_ref()) {
                Reading::Done => return Ok(()),
                Reading::Differs => return Err(differs(change, found)),
                Reading::Due(_) if self.live.now().saturating_sub(began) < READ_BACK => {
                    self.pause()?;
                }
                Reading::Due(_) => {
                    return Err(Stop::Failed(Failure::TimedOut {
                        after: READ_BACK,
                        waiting: format!("{} to show the change", change.target),
                    }));
                }
            }
        }
    }

    fn wait(&mut self, condition: &Condition) -> Result<(), Stop> {
        let mut since = self.live.now();
        let (mut last, mut said) = (String::new(), BTreeSet::new());
        loop {
            match self.live.progress(condition)? {
                Progress::Met => return Ok(()),
                Progress::Failed(why) => return Err(Stop::Failed(Failure::ByAws(why))),
                Progress::Waiting(what) => {
                    if what != last {
                        self.live.say(Said::Waits(&what));
                        // What was said before is no step forward: it may go to and fro for ever. Nor is another reason why not.
                        let how_far = what.split(WHY).next().unwrap_or_default();
                        if said.insert(how_far.to_owned()) {
                            since = self.live.now();
                        }
                        last = what;
                    }
                }
            }
            self.in_time(since, &last)?;
            self.pause()?;
        }
    }

    fn in_time(&self, since: Duration, waiting: &str) -> Result<(), Stop> {
        let after = self.limits.step_timeout;
        if self.live.now().saturating_sub(since) < after {
            return Ok(());
        }
        let waiting = waiting.to_owned();
        Err(Stop::Failed(Failure::TimedOut { after, waiting }))
    }

    fn pause(&mut self) -> Result<(), Stop> {
        if self.live.is_interrupted() {
            return Err(Stop::Interrupted);
        }
        self.live.pause(self.limits.between);
        self.live.keep_lock()?;
        Ok(())
    }

    fn read(&mut self, target: &Target) -> Result<Option<State>, Stop> {
        let described = self.live.describe(target)?;
        Ok(described.and_then(|value| State::of(target, &value)))
    }
}

fn differs(change: &Change, found: Option<State>) -> Stop {
    Stop::Failed(Failure::Differs {
        target: change.target.clone(),
        expected: Box::new([change.expects.clone(), change.leaves.clone()]),
        found: Box::new(found),
    })
}

#[cfg(test)]
mod tests;
