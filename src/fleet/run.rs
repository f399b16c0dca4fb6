//! Runs the units of a shard that have no result yet: workers take them from a queue until it is empty, or they are told to stop.

mod queue;
mod turn;

use std::collections::VecDeque;
use std::io;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use thiserror::Error;

use crate::optimize::stop::Stop;

use super::child::Runs;
use super::shard::Shard;
use super::status::Work;
use super::store::{Store, StoreError};

use queue::Waiting;

/// How long a worker waits before it looks again for what another runner is at.
const AGAIN: Duration = Duration::from_millis(500);

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
    /// Another runner is at it.
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
    let (queue, summary) = queue::fill(work, store, options)?;
    let jobs = options.jobs.get().min(queue.len());
    watch.begin(summary.units, summary.units - queue.len());
    let run = Run {
        work,
        store,
        runs,
        stop,
        watch,
        halted: AtomicBool::new(false),
        queue: Mutex::new(queue),
        summary: Mutex::new(summary),
        error: Mutex::new(None),
    };
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

    /// A worker: one unit after another.
    fn work_off(&self) {
        while !self.should_stop() {
            let Some(mut waiting) = self.queue().pop_front() else {
                return;
            };
            match self.attempt(&mut waiting) {
                Ok(step) => {
                    self.watch.step(&waiting.unit.unit.id, &step);
                    // Whatever nobody is at comes first.
                    let is_again = waiting.waits > 1;
                    self.note(&step, waiting);
                    if step == Step::Busy && is_again {
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
}
