//! One turn of a unit: an attempt is written, its process runs, and what it answers is kept as its result, or as the end of the attempt.

use std::io;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::optimize::stop::Stop;

use super::super::answer::{answer, unusable, why_poisoned};
use super::super::attempts::{Attempt, Attempts, BEAT, Begun};
use super::super::child::{Ended, How};
use super::super::result::RESULTS;
use super::super::status::{WorkUnit, has_result};
use super::queue::Waiting;
use super::{FleetError, Run, Step};

/// The exit code of whoever was interrupted.
const INTERRUPTED: i32 = 130;
/// The exit code of an input that cannot be used.
const INVALID_INPUT: i32 = 20;
/// How often a unit is begun anew since its files changed while it was planned.
const MOST_CHANGES: u64 = 3;
/// A signal may reach a unit before it reaches the runner.
const GRACE: Duration = Duration::from_millis(500);

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

impl Run<'_> {
    /// Tries a unit once.
    pub(super) fn attempt(&self, waiting: &mut Waiting) -> Result<Step, FleetError> {
        if waiting.waits > 0 {
            // Those of others end, and may be taken back.
            waiting.attempts = Attempts::of(self.store, &waiting.unit.key)?;
        }
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
        let number = match waiting.attempts.begin(self.store)? {
            Begun::Ours(number) => number,
            Begun::UsedUp => return self.used_up(waiting),
            Begun::Others => {
                waiting.waits += 1;
                return Ok(Step::Busy);
            }
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
        Ok(has_result(self.store, &unit.key)?)
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
            waiting.waits += 1;
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
        if !self.store.write_once(&name, text.as_bytes())? && !self.has_result(unit)? {
            self.store.replace(&name, text.as_bytes())?;
        }
        Ok(Step::Done(code))
    }
}
