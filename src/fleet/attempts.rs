//! How often a unit was tried. An attempt is written before the work begins, so that it counts where the whole machine is lost with it; one
//! that is stopped on purpose is taken back.
//!
//! An attempt without an end is either running or lost with its runner. Of a runner on this machine its process tells; of one elsewhere
//! the time that it writes into the attempt every minute. What runs is not counted as failed: several runners may share a store.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::key::Key;
use super::runner::Runner;
use super::store::{Store, StoreError};

/// A unit with so many attempts and no result is poisoned: it is set aside.
pub const MOST_ATTEMPTS: u64 = 3;
/// How often a runner says that an attempt still runs.
pub(super) const BEAT: Duration = Duration::from_mins(1);
/// After so long without a word an attempt is lost: three times as long, since a store may be slow and clocks differ.
const LOST_AFTER: u64 = 180;

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Attempt {
    /// Which, from 1.
    pub attempt: u64,
    /// How it ended; `None` while it runs, and where its runner was lost with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// Who runs it, until it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runner: Option<Runner>,
    /// When that was last said, in seconds of the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen: Option<u64>,
    /// The most memory that it was seen to use, in MiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_memory_mib: Option<u64>,
    /// The last lines that it said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub said: Option<String>,
}

impl Attempt {
    /// One that runs in this process.
    fn running(number: u64) -> Self {
        Self {
            attempt: number,
            runner: Some(Runner::this()),
            seen: Some(now()),
            ..Self::default()
        }
    }

    /// Whether somebody is at it, as far as can be seen.
    #[must_use]
    pub fn is_running(&self) -> bool {
        let (None, Some(runner), Some(seen)) = (&self.ended, &self.runner, self.seen) else {
            return false;
        };
        now() < seen.saturating_add(LOST_AFTER) && runner.may_live()
    }
}

/// Whether an attempt was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Begun {
    /// Its number.
    Ours(u64),
    /// Another runner is at the unit: what it does need not be done twice.
    Others,
    /// There were as many as there may be.
    UsedUp,
}

/// Seconds of the epoch. They decide when an attempt is given up for lost, and over no result.
fn now() -> u64 {
    (SystemTime::now().duration_since(UNIX_EPOCH)).map_or(0, |since| since.as_secs())
}

/// The attempts at one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempts {
    folder: String,
    numbers: Vec<u64>,
}

impl Attempts {
    /// None.
    pub(super) fn none(key: &Key) -> Self {
        Self {
            folder: format!("attempts/{key}/"),
            numbers: Vec::new(),
        }
    }

    /// Those that the store has.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of(store: &dyn Store, key: &Key) -> Result<Self, StoreError> {
        let mut attempts = Self::none(key);
        attempts.numbers = (store.names(&attempts.folder)?.iter())
            .filter_map(|name| name.parse().ok())
            .collect();
        attempts.numbers.sort_unstable();
        Ok(attempts)
    }

    /// How many.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.numbers.len() as u64
    }

    /// Whether there may be no further one; one of them may still run.
    #[must_use]
    pub fn are_used_up(&self) -> bool {
        self.count() >= MOST_ATTEMPTS
    }

    /// Begins the next one, where nobody is at one.
    pub(super) fn begin(&mut self, store: &dyn Store) -> Result<Begun, StoreError> {
        if self.said(store)?.iter().any(Attempt::is_running) {
            return Ok(Begun::Others);
        }
        let Some(number) = (1..=MOST_ATTEMPTS).find(|number| !self.numbers.contains(number)) else {
            return Ok(Begun::UsedUp);
        };
        let attempt = words_of(&Attempt::running(number));
        // Another runner may have begun it in between: then it is its own.
        let is_ours = store.write_once(&self.name(number), attempt.as_bytes())?;
        self.numbers.push(number);
        Ok(if is_ours {
            Begun::Ours(number)
        } else {
            Begun::Others
        })
    }

    /// Takes one back that was stopped on purpose.
    pub(super) fn take_back(&mut self, store: &dyn Store, number: u64) -> Result<(), StoreError> {
        self.numbers.retain(|have| *have != number);
        store.remove(&self.name(number))
    }

    /// Says how one ended without a result.
    pub(super) fn end(&self, store: &dyn Store, attempt: &Attempt) -> Result<(), StoreError> {
        store.replace(&self.name(attempt.attempt), words_of(attempt).as_bytes())
    }

    /// Says that one still runs.
    pub(super) fn beat(&self, store: &dyn Store, number: u64) -> Result<(), StoreError> {
        let text = words_of(&Attempt::running(number));
        store.replace(&self.name(number), text.as_bytes())
    }

    /// Whether as many as there may be ended without a result: what runs may still give one.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn have_failed(&self, store: &dyn Store) -> Result<bool, StoreError> {
        Ok(self.are_used_up() && !self.said(store)?.iter().any(Attempt::is_running))
    }

    /// Takes all of them back, so that the unit is tried again.
    pub(super) fn forget(&mut self, store: &dyn Store) -> Result<(), StoreError> {
        for number in std::mem::take(&mut self.numbers) {
            store.remove(&self.name(number))?;
        }
        Ok(())
    }

    /// What each says. One that cannot be understood is one without an end.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn said(&self, store: &dyn Store) -> Result<Vec<Attempt>, StoreError> {
        let read = |&number: &u64| {
            let bytes = store.read(&self.name(number))?;
            let attempt = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
            Ok(attempt.unwrap_or(Attempt {
                attempt: number,
                ..Attempt::default()
            }))
        };
        self.numbers.iter().map(read).collect()
    }

    fn name(&self, number: u64) -> String {
        format!("{}{number}", self.folder)
    }
}

fn words_of(attempt: &Attempt) -> String {
    serde_json::to_string(attempt).expect("texts and numbers")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_is_known_by_its_process_here_and_by_its_last_word_elsewhere() {
        let here = Attempt::running(1);
        assert!(here.is_running());
        let of = |runner: Runner, seen: u64| Attempt {
            runner: Some(runner),
            seen: Some(seen),
            ..here.clone()
        };
        let elsewhere = Runner::of("another-machine", 1);
        assert!(of(elsewhere.clone(), now()).is_running());
        assert!(!of(elsewhere, now() - LOST_AFTER).is_running());
        #[cfg(target_os = "linux")]
        assert!(!of(Runner::this().with_process(u32::MAX), now()).is_running());
        let ended = Attempt {
            ended: Some("signal 9".to_owned()),
            ..here
        };
        assert!(!ended.is_running());
        assert!(!Attempt::default().is_running());
    }
}
