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
use std::time::Duration;

use serde_json::{Value, json};
use thiserror::Error;

use crate::optimize::stop::Stop;

use super::attempts::{Attempt, Attempts};
use super::child::{Ended, How, Runs};
use super::codes;
use super::errors::errors_of;
use super::shard::Shard;
use super::status::{State, Work, WorkUnit, progress};
use super::store::{Store, StoreError};

/// Exit codes that say what became of a unit. Others say that something went wrong with it.
const RESULTS: [i32; 7] = [0, 2, 3, 10, 11, 12, 20];
/// The exit code of whoever was interrupted.
const INTERRUPTED: i32 = 130;
/// The exit code of an input that cannot be used.
const INVALID_INPUT: i32 = 20;
/// How the text of errors begins.
const ERRORS: &[u8] = b"{\"errors\":";
/// How often a unit is begun anew since its files changed while it was planned.
const MOST_CHANGES: u64 = 3;
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
    /// The files of a unit change while it is planned.
    #[error(
        "the files of unit `{id}` changed each time it was planned: let nothing write to them meanwhile"
    )]
    Unsteady {
        /// The unit.
        id: String,
    },
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
    /// Those that had a result before.
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
    unit: usize,
    attempts: Attempts,
    changes: u64,
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
                State::Pending(_) if self.work.first[at] != at => summary.shared += 1,
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
                .map(|(unit, attempts)| Waiting {
                    unit,
                    attempts,
                    changes: 0,
                })
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
            let unit = &self.work.units[waiting.unit];
            match self.attempt(unit, &mut waiting) {
                Ok(step) => {
                    self.watch.step(&unit.unit.id, &step);
                    self.note(&step, waiting);
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
            Step::Poisoned(_) => summary.poisoned += 1,
            Step::Failed(_) | Step::Changed => self.queue().push_back(waiting),
            Step::Stopped => {}
        }
    }

    /// Tries a unit once.
    fn attempt(&self, unit: &WorkUnit, waiting: &mut Waiting) -> Result<Step, FleetError> {
        let attempts = &mut waiting.attempts;
        let Some(number) = attempts.begin(self.store)? else {
            return self.set_aside(attempts);
        };
        if unit.is_changed() {
            return self.keep(unit, INVALID_INPUT, &changed(unit));
        }
        let ended = match self.runs.run(&unit.unit.args, &unit.path, self) {
            Ok(ended) => ended,
            Err(error) => {
                attempts.take_back(self.store, number)?;
                return Err(FleetError::Start(error));
            }
        };
        if self.is_stopped(&ended) {
            attempts.take_back(self.store, number)?;
            return Ok(Step::Stopped);
        }
        if let Some((code, answer)) = answer(unit, &ended) {
            if unit.is_steady() {
                return self.keep(unit, code, &answer).inspect_err(|_| {
                    // The unit is not at fault.
                    let _ = attempts.take_back(self.store, number);
                });
            }
            attempts.take_back(self.store, number)?;
            waiting.changes += 1;
            if waiting.changes >= MOST_CHANGES {
                let id = unit.unit.id.clone();
                return Err(FleetError::Unsteady { id });
            }
            return Ok(Step::Changed);
        }
        let why = match ended.how {
            How::Code(code) if RESULTS.contains(&code) => {
                format!("exit code {code} without a document")
            }
            how => how.words(self.runs.limits()),
        };
        let attempt = Attempt {
            attempt: number,
            ended: Some(why.clone()),
            peak_memory_mib: ended.peak_memory_mib,
            said: Some(ended.said).filter(|said| !said.is_empty()),
        };
        attempts.end(self.store, &attempt)?;
        if attempts.are_used_up() {
            return self.set_aside(attempts);
        }
        Ok(Step::Failed(why))
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

    /// Writes a result. Where another runner was first, it wrote the same.
    fn keep(&self, unit: &WorkUnit, code: i32, answer: &str) -> Result<Step, FleetError> {
        let text = format!(
            "{{\"id\": {}, \"exitCode\": {code}, \"command\": \"{}\", {answer}}}\n",
            json!(unit.unit.id),
            unit.unit.args.command.word(),
        );
        self.store.write_once(&unit.key.result(), text.as_bytes())?;
        Ok(Step::Done(code))
    }
}

/// What a process answers: `"plan": …` or `"errors": …`; `None` where it answers nothing that can be kept.
fn answer(unit: &WorkUnit, ended: &Ended) -> Option<(i32, String)> {
    let How::Code(code) = ended.how else {
        return None;
    };
    if !RESULTS.contains(&code) {
        return None;
    }
    if ended.result.starts_with(ERRORS) {
        let mut document: Value = serde_json::from_slice(&ended.result).ok()?;
        let path = unit.path.display().to_string();
        for error in document["errors"].as_array_mut()? {
            // The file as the manifest names it, wherever it was found.
            if error["file"] == json!(path) {
                error["file"] = json!(unit.unit.input);
            }
        }
        return Some((code, format!("\"errors\": {}", document["errors"])));
    }
    // The document as it was written: reading and writing it again could change the last digit of a number.
    serde_json::from_slice::<serde::de::IgnoredAny>(&ended.result).ok()?;
    let document = std::str::from_utf8(&ended.result).ok()?.trim();
    Some((code, format!("\"plan\": {document}")))
}

fn changed(unit: &WorkUnit) -> String {
    let finding = codes::error(
        codes::CHANGED,
        "(the whole file)",
        None,
        "it is not the file that was listed: its SHA-256 is another",
        "list the folder again, or put the file back",
    );
    let findings = crate::io::Findings::new(&unit.unit.input, vec![finding]);
    format!("\"errors\": {}", json!(errors_of(&findings.to_string())))
}

/// Why a unit was set aside: how its attempts ended, each end once. The same ends in another order are the same words.
#[must_use]
pub(super) fn why_poisoned(attempts: &[Attempt]) -> String {
    let mut ends: Vec<&str> = (attempts.iter())
        .filter_map(|attempt| attempt.ended.as_deref())
        .collect();
    ends.sort_unstable();
    ends.dedup();
    if ends.is_empty() {
        return format!("{} attempts, none of which came to an end", attempts.len());
    }
    format!("{} attempts: {}", attempts.len(), ends.join("; "))
}
