//! Runs the units of a shard that have no result yet.
//!
//! Each worker takes the next unit: those that were tried least first, so that a unit that was running when the runner was killed comes
//! last and is not hit again; of these the heaviest first. The order shapes no result.

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::io;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use thiserror::Error;

use crate::optimize::stop::Stop;

use super::answer::{RESULTS, answer, unusable, why_poisoned};
use super::attempts::{Attempt, Attempts, BEAT};
use super::child::{Ended, How, Runs};
use super::shard::Shard;
use super::status::{State, Work, WorkUnit, progress};
use super::store::{Store, StoreError};

/// The exit code of whoever was interrupted.
const INTERRUPTED: i32 = 130;
/// The exit code of an input that cannot be used.
const INVALID_INPUT: i32 = 20;
/// How often a unit is begun anew since its files changed while it was planned.
const MOST_CHANGES: u64 = 3;
/// How long a worker waits before it looks again for what another runner is at.
const AGAIN: Duration = Duration::from_millis(500);
/// A signal may reach a unit before it reaches the runner.
const GRACE: Duration = Duration::from_millis(500);

/// What is run, and how.
#[derive(Debug, Clone, Copy)]
pub struct RunOptions {
    /// Which part.
    pub shard: Shard,
    /// Units at a time.
    pub jobs: NonZeroUsize,
    /// Whether units that were set aside are tried again.
    pub retry_poisoned: bool,
}

/// Why a run ends early.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FleetError {
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No process can be started, or the input cannot be fetched.
    #[error("a unit cannot be started: {0}")]
    Start(io::Error),
}

/// What became of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// It has a result with this exit code.
    Done(i32),
    /// An attempt ended without one; it is tried again.
    Failed(String),
    /// The last attempt ended without one, or its runner was lost.
    Poisoned(String),
    /// Another runner gave it its result meanwhile.
    Elsewhere,
    /// Other runners are at it, as often as it may be tried.
    Busy,
    /// It was stopped with the run.
    Stopped,
    /// Its files changed while it was planned.
    Changed,
}

/// Whoever looks on.
pub trait Watch: Sync {
    /// So many units are there, and so many have a result or are set aside.
    fn begin(&self, units: usize, done: usize);
    /// Something became of a unit.
    fn step(&self, id: &str, step: &Step);
}

/// What a run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// Units of the shard.
    pub units: usize,
    /// Those that had a result before, or got it from another runner.
    pub before: usize,
    /// Those that share the result of another unit, which has or gets it.
    pub shared: usize,
    /// Those that got one.
    pub done: usize,
    /// Those of them that have a plan for every task, or what else they were asked for.
    pub fine: usize,
    /// Those set aside.
    pub poisoned: usize,
    /// Whether it was stopped.
    pub stopped: bool,
}

/// Runs what is left of a shard.
///
/// # Errors
/// When the store refuses or no process can be started; what was done by then is kept.
///
/// # Panics
/// Where another thread of the run panicked.
pub fn run(
    work: &Work,
    store: &dyn Store,
    runs: &dyn Runs,
    options: RunOptions,
    stop: &dyn Stop,
    watch: &dyn Watch,
) -> Result<Summary, FleetError> {
    let mut run = Run {
        work,
        store,
        runs,
        stop,
        watch,
        halted: AtomicBool::new(false),
        queue: Mutex::default(),
        summary: Mutex::default(),
        error: Mutex::new(None),
    };
    run.fill(options)?;
    let jobs = options.jobs.get().min(run.queue().len());
    thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| run.work_off());
        }
    });
    if let Some(error) = run.error.into_inner().expect("no worker panics") {
        return Err(error);
    }
    let mut summary = run.summary.into_inner().expect("no worker panics");
    summary.stopped = stop.should_stop();
    Ok(summary)
}

/// A unit in the queue.
struct Waiting {
    at: usize,
    unit: WorkUnit,
    attempts: Attempts,
    changes: u64,
}

impl Waiting {
    fn of(work: &Work, at: usize, attempts: Attempts) -> Self {
        Self {
            at,
            unit: work.units[at].clone(),
            attempts,
            changes: 0,
        }
    }
}

/// Says every minute that an attempt still runs, when it is asked whether to stop.
struct Beating<'a> {
    run: &'a Run<'a>,
    attempts: &'a Attempts,
    number: u64,
    last: Mutex<Instant>,
}

impl Stop for Beating<'_> {
    fn should_stop(&self) -> bool {
        let mut last = self.last.lock().expect("no thread panics with it");
        if last.elapsed() >= BEAT {
            *last = Instant::now();
            // Whether the store is there is seen when the unit ends.
            let _ = self.attempts.beat(self.run.store, self.number);
        }
        self.run.should_stop()
    }
}

struct Run<'a> {
    work: &'a Work,
    store: &'a dyn Store,
    runs: &'a dyn Runs,
    stop: &'a dyn Stop,
    watch: &'a dyn Watch,
    halted: AtomicBool,
    queue: Mutex<VecDeque<Waiting>>,
    summary: Mutex<Summary>,
    error: Mutex<Option<FleetError>>,
}

/// A run ends when it is told to, and when one of its workers cannot go on.
impl Stop for Run<'_> {
    fn should_stop(&self) -> bool {
        self.halted.load(Ordering::Relaxed) || self.stop.should_stop()
    }
}

impl Run<'_> {
    fn queue(&self) -> std::sync::MutexGuard<'_, VecDeque<Waiting>> {
        self.queue.lock().expect("no worker panics with it")
    }

    /// Puts the shard's units without a result into the queue.
    fn fill(&mut self, options: RunOptions) -> Result<(), FleetError> {
        let units: Vec<_> = (self.work.units.iter())
            .map(|unit| unit.unit.clone())
            .collect();
        let states = progress(self.work, self.store)?.states;
        let mut summary = Summary::default();
        let mut waiting = Vec::new();
        for at in options.shard.members(&units) {
            summary.units += 1;
            match &states[at] {
                State::Done => summary.before += 1,
                // The first unit of a key does the work of all of them.
                State::Pending(_) | State::Broken(_) if self.work.first[at] != at => {
                    summary.shared += 1;
                }
                State::Poisoned(_) if options.retry_poisoned && self.work.first[at] != at => {
                    summary.shared += 1;
                }
                State::Poisoned(attempts) if options.retry_poisoned => {
                    let mut attempts = attempts.clone();
                    attempts.forget(self.store)?;
                    waiting.push((at, attempts));
                }
                State::Poisoned(_) => summary.poisoned += 1,
                State::Pending(attempts) => waiting.push((at, attempts.clone())),
                State::Broken(attempts) => {
                    // It was done before, so none of its attempts is at fault.
                    let mut attempts = attempts.clone();
                    attempts.forget(self.store)?;
                    waiting.push((at, attempts));
                }
            }
        }
        waiting.sort_by_key(|(at, attempts)| {
            let unit = &self.work.units[*at].unit;
            (attempts.count(), Reverse(unit.weight), *at)
        });
        self.watch
            .begin(summary.units, summary.units - waiting.len());
        self.summary = Mutex::new(summary);
        self.queue = Mutex::new(
            (waiting.into_iter())
                .map(|(at, attempts)| Waiting::of(self.work, at, attempts))
                .collect(),
        );
        Ok(())
    }

    /// A worker: one unit after another.
    fn work_off(&self) {
        while !self.should_stop() {
            let Some(mut waiting) = self.queue().pop_front() else {
                return;
            };
            match self.attempt(&mut waiting) {
                Ok(step) => {
                    self.watch.step(&waiting.unit.unit.id, &step);
                    self.note(&step, waiting);
                    if step == Step::Busy {
                        thread::sleep(AGAIN);
                    }
                }
                Err(error) => {
                    self.halted.store(true, Ordering::Relaxed);
                    let mut first = self.error.lock().expect("no worker panics with it");
                    first.get_or_insert(error);
                }
            }
        }
    }

    fn note(&self, step: &Step, waiting: Waiting) {
        let mut summary = self.summary.lock().expect("no worker panics with it");
        match step {
            Step::Done(code) => {
                summary.done += 1;
                summary.fine += usize::from(matches!(code, 0 | 3));
            }
            Step::Elsewhere => summary.before += 1,
            Step::Poisoned(_) => summary.poisoned += 1,
            Step::Failed(_) | Step::Changed | Step::Busy => self.queue().push_back(waiting),
            Step::Stopped => {}
        }
    }

    /// Tries a unit once.
    fn attempt(&self, waiting: &mut Waiting) -> Result<Step, FleetError> {
        if !waiting.unit.is_steady() {
            // It was written to since this run looked at it.
            return self.look_again(waiting);
        }
        if self.has_result(&waiting.unit)? {
            return Ok(Step::Elsewhere);
        }
        if let Some(finding) = unusable(&waiting.unit) {
            return self.keep(&waiting.unit, INVALID_INPUT, &finding);
        }
        let Some(number) = waiting.attempts.begin(self.store)? else {
            return self.used_up(waiting);
        };
        let ended = match self.run_unit(waiting, number) {
            Ok(ended) => ended,
            Err(error) => {
                waiting.attempts.take_back(self.store, number)?;
                return Err(FleetError::Start(error));
            }
        };
        if self.is_stopped(&ended) {
            waiting.attempts.take_back(self.store, number)?;
            return Ok(Step::Stopped);
        }
        if let Some((code, answer)) = answer(&waiting.unit, &ended) {
            if waiting.unit.is_steady() {
                return self.keep(&waiting.unit, code, &answer).inspect_err(|_| {
                    // The unit is not at fault.
                    let _ = waiting.attempts.take_back(self.store, number);
                });
            }
            waiting.attempts.take_back(self.store, number)?;
            return self.look_again(waiting);
        }
        let why = self.why(&ended);
        let attempt = Attempt {
            attempt: number,
            ended: Some(why.clone()),
            peak_memory_mib: ended.peak_memory_mib,
            said: Some(ended.said).filter(|said| !said.is_empty()),
            ..Attempt::default()
        };
        waiting.attempts.end(self.store, &attempt)?;
        if waiting.attempts.are_used_up() {
            return self.used_up(waiting);
        }
        Ok(Step::Failed(why))
    }

    fn run_unit(&self, waiting: &Waiting, number: u64) -> io::Result<Ended> {
        let stop = Beating {
            run: self,
            attempts: &waiting.attempts,
            number,
            last: Mutex::new(Instant::now()),
        };
        let unit = &waiting.unit;
        self.runs.run(&unit.unit.args, &unit.path, &stop)
    }

    /// Why an attempt gave no result.
    fn why(&self, ended: &Ended) -> String {
        match ended.how {
            How::Code(code) if RESULTS.contains(&code) => {
                format!("exit code {code} without a document")
            }
            How::Unread => format!("{}: {}", How::Unread.words(self.runs.limits()), ended.said),
            how => how.words(self.runs.limits()),
        }
    }

    fn has_result(&self, unit: &WorkUnit) -> Result<bool, FleetError> {
        let name = unit.key.result();
        Ok(self.store.read(&name)?.is_some() && self.store.is_whole(&name)?)
    }

    /// The unit as its files are now: another key, whose result says that the file is not the one that was listed, or is a plan of what is
    /// there where the manifest does not say what was. One that is written to again and again is left for the next run.
    fn look_again(&self, waiting: &mut Waiting) -> Result<Step, FleetError> {
        waiting.changes += 1;
        if waiting.changes > MOST_CHANGES {
            let why =
                "its files changed each time it was planned: let nothing write to them meanwhile";
            return Ok(Step::Poisoned(why.to_owned()));
        }
        let before = waiting.unit.key.clone();
        waiting.unit = waiting.unit.anew(&self.work.program);
        if waiting.unit.key != before {
            waiting.attempts = Attempts::of(self.store, &waiting.unit.key)?;
            if self.work.units[waiting.at].key == before {
                self.pass_on(waiting.at)?;
            }
        }
        Ok(Step::Changed)
    }

    /// Units that were to share the result of one whose file is another now: the next of them gives it.
    fn pass_on(&self, at: usize) -> Result<(), FleetError> {
        let Some(next) = self.work.next_of_key(at) else {
            return Ok(());
        };
        let attempts = Attempts::of(self.store, &self.work.units[next].key)?;
        (self.queue()).push_back(Waiting::of(self.work, next, attempts));
        let mut summary = self.summary.lock().expect("no worker panics with it");
        summary.shared = summary.shared.saturating_sub(1);
        Ok(())
    }

    /// A unit that may not be tried again here: it has a result of another runner, or may get one, or is set aside.
    fn used_up(&self, waiting: &mut Waiting) -> Result<Step, FleetError> {
        if self.has_result(&waiting.unit)? {
            return Ok(Step::Elsewhere);
        }
        // Attempts of others may have been taken back.
        waiting.attempts = Attempts::of(self.store, &waiting.unit.key)?;
        if !waiting.attempts.have_failed(self.store)? {
            return Ok(Step::Busy);
        }
        // What ended between the two looks had its result written before.
        if self.has_result(&waiting.unit)? {
            return Ok(Step::Elsewhere);
        }
        self.set_aside(&waiting.attempts)
    }

    fn set_aside(&self, attempts: &Attempts) -> Result<Step, FleetError> {
        Ok(Step::Poisoned(why_poisoned(&attempts.said(self.store)?)))
    }

    /// Whether the process was ended since the run is.
    fn is_stopped(&self, ended: &Ended) -> bool {
        match ended.how {
            How::Stopped => true,
            How::Code(INTERRUPTED) => {
                thread::sleep(GRACE);
                self.should_stop()
            }
            _ => false,
        }
    }

    /// Writes a result. Where another runner was first, it wrote the same; one that is cut short is replaced.
    fn keep(&self, unit: &WorkUnit, code: i32, answer: &str) -> Result<Step, FleetError> {
        let text = format!(
            "{{\"id\": {}, \"exitCode\": {code}, \"command\": \"{}\", {answer}}}\n",
            json!(unit.unit.id),
            unit.unit.args.command.word(),
        );
        let name = unit.key.result();
        if !self.store.write_once(&name, text.as_bytes())? && !self.store.is_whole(&name)? {
            self.store.replace(&name, text.as_bytes())?;
        }
        Ok(Step::Done(code))
    }
}
