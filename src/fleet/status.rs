//! What there is to do, and how far it is: read from the manifest, the inputs and the store, never from a runner.

use std::collections::HashMap;
use std::path::PathBuf;

use super::attempts::Attempts;
use super::content::{Content, Contents};
use super::key::{Key, Program};
use super::listing::sha256_of;
use super::manifest::{Manifest, Unit};
use super::result::is_result;
use super::store::{Store, StoreError};

/// A unit with all that shapes its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkUnit {
    /// The unit.
    pub unit: Unit,
    /// Where its cluster file is, or will be once it is fetched.
    pub path: PathBuf,
    /// Files and folders that its flags name.
    pub files: Vec<PathBuf>,
    /// Its key.
    pub key: Key,
    /// What the cluster file holds.
    pub(super) input: Content,
    /// What the other files hold.
    pub(super) contents: Vec<Content>,
}

impl WorkUnit {
    /// Whether the input is another than the one that was listed.
    pub(super) fn is_changed(&self) -> bool {
        matches!((&self.input, &self.unit.sha256), (Content::Bytes(now), Some(listed)) if now != listed)
    }

    /// Whether bytes are those that the key says.
    #[must_use]
    pub fn is_of(&self, bytes: &[u8]) -> bool {
        self.input == Content::Bytes(sha256_of(bytes))
    }

    /// The SHA-256 that the key says; none where its file cannot be read.
    #[must_use]
    pub fn sha256(&self) -> Option<&str> {
        match &self.input {
            Content::Bytes(sha256) => Some(sha256),
            Content::Unreadable => None,
        }
    }

    /// The unit with its files as they are now.
    pub(super) fn anew(&self, program: &Program) -> Self {
        let (path, files) = (self.path.clone(), self.files.clone());
        look(self.unit.clone(), path, files, program, &Content::of)
    }

    /// Whether its files still are what the key says.
    pub(super) fn is_steady(&self) -> bool {
        (self.unit.is_object() || Content::of(&self.path) == self.input)
            && (self.files.iter().zip(&self.contents))
                .all(|(file, content)| Content::of(file) == *content)
    }
}

/// All units of a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// The units, in the order of their ids.
    pub units: Vec<WorkUnit>,
    /// For each, the first unit of the same key: its id stands in the result that they share.
    pub first: Vec<usize>,
    /// The program that makes the results.
    pub program: Program,
}

impl Work {
    /// Where a file is gone and the store has the result of what was listed, that is the unit's result: cluster files need not be kept, nor
    /// be on the machine that gathers.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn as_listed(mut self, store: &dyn Store) -> Result<Self, StoreError> {
        let is_gone = |unit: &WorkUnit| {
            unit.input == Content::Unreadable && unit.unit.sha256.is_some() && !unit.path.exists()
        };
        if !self.units.iter().any(is_gone) {
            return Ok(self);
        }
        let results = store.names("results/")?;
        for unit in self.units.iter_mut().filter(|unit| is_gone(unit)) {
            let listed = Content::listed(unit.unit.sha256.as_deref());
            let key = Key::of(&self.program, &unit.unit, &listed, &unit.contents);
            if results.contains(&format!("{key}.json")) {
                unit.key = key;
                unit.input = listed;
            }
        }
        self.first = first_of_key(&self.units);
        Ok(self)
    }

    /// The next unit of the same key after one, which gives the result where that one cannot.
    pub(super) fn next_of_key(&self, at: usize) -> Option<usize> {
        let first = self.first[at];
        (at + 1..self.units.len()).find(|&other| self.first[other] == first)
    }
}

/// Looks at the inputs of a manifest. `locate` says where a cluster file is, `named` which files a unit's flags name.
pub fn prepare(
    manifest: Manifest,
    program: &Program,
    locate: &dyn Fn(&Unit) -> PathBuf,
    named: &dyn Fn(&Unit) -> Vec<PathBuf>,
) -> Work {
    let seen = Contents::default();
    let units: Vec<WorkUnit> = (manifest.units.into_iter())
        .map(|unit| {
            let path = locate(&unit);
            let files = named(&unit);
            look(unit, path, files, program, &|path| seen.of(path))
        })
        .collect();
    Work {
        first: first_of_key(&units),
        units,
        program: program.clone(),
    }
}

fn first_of_key(units: &[WorkUnit]) -> Vec<usize> {
    let mut of_key: HashMap<&Key, usize> = HashMap::new();
    (units.iter().enumerate())
        .map(|(at, unit)| *of_key.entry(&unit.key).or_insert(at))
        .collect()
}

fn look(
    unit: Unit,
    path: PathBuf,
    files: Vec<PathBuf>,
    program: &Program,
    content: &dyn Fn(&std::path::Path) -> Content,
) -> WorkUnit {
    let input = if unit.is_object() {
        Content::listed(unit.sha256.as_deref())
    } else {
        content(&path)
    };
    let contents: Vec<Content> = files.iter().map(|file| content(file)).collect();
    let key = Key::of(program, &unit, &input, &contents);
    WorkUnit {
        unit,
        path,
        files,
        key,
        input,
        contents,
    }
}

/// How far a unit is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It has a result.
    Done,
    /// Its result is cut short: it is to be done again, after so many attempts.
    Broken(Attempts),
    /// It was tried as often as it may be.
    Poisoned(Attempts),
    /// It is to be done, after so many attempts.
    Pending(Attempts),
}

/// How far the units are, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// A state a unit.
    pub states: Vec<State>,
}

impl Progress {
    /// Units with a result.
    #[must_use]
    pub fn done(&self) -> usize {
        self.count(|state| *state == State::Done)
    }

    /// Units set aside.
    #[must_use]
    pub fn poisoned(&self) -> usize {
        self.count(|state| matches!(state, State::Poisoned(_)))
    }

    /// Units to be done.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.count(|state| matches!(state, State::Pending(_) | State::Broken(_)))
    }

    fn count(&self, is: impl Fn(&State) -> bool) -> usize {
        self.states.iter().filter(|state| is(state)).count()
    }
}

/// Reads from the store how far the units are.
///
/// # Errors
/// When it cannot be read.
pub fn progress(work: &Work, store: &dyn Store) -> Result<Progress, StoreError> {
    let states = states(work.units.iter(), store)?;
    Ok(Progress { states })
}

/// Reads from the store how far some units are: those of a shard look at no result of another.
pub(super) fn states<'a>(
    units: impl Iterator<Item = &'a WorkUnit>,
    store: &dyn Store,
) -> Result<Vec<State>, StoreError> {
    let results = store.names("results/")?;
    let tried = store.names("attempts/")?;
    let state = |unit: &WorkUnit| {
        let is_there = results.contains(&format!("{}.json", unit.key));
        if is_there && (store.is_whole_or_absent() || has_result(store, &unit.key)?) {
            return Ok(State::Done);
        }
        let attempts = if tried.contains(unit.key.as_str()) {
            Attempts::of(store, &unit.key)?
        } else {
            Attempts::none(&unit.key)
        };
        Ok(if is_there {
            State::Broken(attempts)
        } else if attempts.have_failed(store)? {
            State::Poisoned(attempts)
        } else {
            State::Pending(attempts)
        })
    };
    units.map(state).collect()
}

/// Whether a key has a result, and all of it.
pub(super) fn has_result(store: &dyn Store, key: &Key) -> Result<bool, StoreError> {
    let bytes = store.read(&key.result())?;
    Ok(bytes.is_some_and(|bytes| is_result(&bytes)))
}
