//! How often a unit was tried. An attempt is written before the work begins, so that it counts where the whole machine is lost with it; one
//! that is stopped on purpose is taken back.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::key::Key;
use super::store::{Store, StoreError};

/// A unit with so many attempts and no result is poisoned: it is set aside.
pub const MOST_ATTEMPTS: u64 = 3;

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Attempt {
    /// Which, from 1.
    pub attempt: u64,
    /// How it ended; `None` while it runs, and where its runner was lost with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// The most memory that it was seen to use, in MiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_memory_mib: Option<u64>,
    /// The last lines that it said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub said: Option<String>,
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

    /// Whether there may be no further one.
    #[must_use]
    pub fn are_used_up(&self) -> bool {
        self.count() >= MOST_ATTEMPTS
    }

    /// Begins the next one; `None` where none is left.
    pub(super) fn begin(&mut self, store: &dyn Store) -> Result<Option<u64>, StoreError> {
        for number in 1..=MOST_ATTEMPTS {
            if self.numbers.contains(&number) {
                continue;
            }
            let attempt = json!({"attempt": number}).to_string();
            let name = self.name(number);
            // Another runner may have begun it in between: then it is its own.
            let is_ours = store.write_once(&name, attempt.as_bytes())?;
            self.numbers.push(number);
            if is_ours {
                return Ok(Some(number));
            }
        }
        Ok(None)
    }

    /// Takes one back that was stopped on purpose.
    pub(super) fn take_back(&mut self, store: &dyn Store, number: u64) -> Result<(), StoreError> {
        self.numbers.retain(|have| *have != number);
        store.remove(&self.name(number))
    }

    /// Says how one ended without a result.
    pub(super) fn end(&self, store: &dyn Store, attempt: &Attempt) -> Result<(), StoreError> {
        let text = serde_json::to_string(attempt).expect("texts and numbers");
        store.replace(&self.name(attempt.attempt), text.as_bytes())
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
