//! Runs with units that end as they are told, in a store that can refuse.

mod meanwhile;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::optimize::stop::{Interrupt, Never, Stop};

use super::store::{Folder, Store, StoreError};
use super::*;

/// Units end by what their file says: `ok`, `kill`, `wait` (until stopped), `once` (the first attempt is killed), `touch` (writes to itself once).
#[derive(Default)]
struct Told {
    runs: Mutex<BTreeMap<PathBuf, usize>>,
    interrupt: Option<&'static Interrupt>,
    at_once: AtomicUsize,
}

impl Runs for Told {
    fn limits(&self) -> Limits {
        Limits {
            memory_mib: 1,
            seconds: 1,
        }
    }

    fn run(&self, _: &UnitArgs, input: &Path, stop: &dyn Stop) -> io::Result<Ended> {
        self.at_once.fetch_add(1, Ordering::SeqCst);
        let seen = {
            let mut runs = self.runs.lock().expect("no panic");
            let seen = runs.entry(input.to_owned()).or_default();
            *seen += 1;
            *seen
        };
        let text = fs::read_to_string(input).unwrap_or_default();
        let (how, result) = match text.split('-').next().unwrap_or_default() {
            "kill" => (How::Signal(9), ""),
            "once" if seen == 1 => (How::Signal(6), ""),
            "half" => (How::Code(0), "{\"version\": "),
            "bug" => (How::Code(1), ""),
            "bad" => (How::Code(20), "{\"errors\":[{\"message\":\"no\"}]}"),
            "none" => return Err(io::ErrorKind::OutOfMemory.into()),
            "wait" => {
                if let Some(interrupt) = self.interrupt {
                    interrupt.raise();
                }
                assert!(stop.should_stop());
                (How::Stopped, "")
            }
            "touch" => {
                if seen == 1 {
                    fs::write(input, "touch-2")?;
                }
                (How::Code(0), "{\"version\": 1}")
            }
            _ => (How::Code(0), "{\"version\": 1}"),
        };
        Ok(Ended {
            how,
            result: result.as_bytes().to_vec(),
            said: "said".to_owned(),
            peak_memory_mib: None,
        })
    }
}

struct Nobody;

impl Watch for Nobody {
    fn begin(&self, _: usize, _: usize) {}
    fn step(&self, _: &str, _: &Step) {}
}

struct Fleet {
    folder: tempfile::TempDir,
    manifest: Manifest,
}

impl Fleet {
    fn of(texts: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let inputs = folder.path().join("in");
        fs::create_dir(&inputs).expect("made");
        for (at, text) in texts.iter().enumerate() {
            fs::write(inputs.join(format!("{at}.json")), text).expect("written");
        }
        let units = list(&inputs, &Asked::default()).expect("listed").units;
        let manifest = read_manifest(&write_manifest(&units), "m").expect("a manifest");
        Self { folder, manifest }
    }

    fn work(&self) -> Work {
        let program = Program {
            version: "1".into(),
            algorithm: 1,
            catalogue: "c".into(),
        };
        prepare(
            self.manifest.clone(),
            &program,
            &|unit| PathBuf::from(&unit.input),
            &|_| Vec::new(),
        )
    }

    fn store(&self) -> Folder {
        Folder::open(&self.folder.path().join("out")).expect("a store")
    }

    fn run(&self, told: &Told, stop: &dyn Stop) -> Result<Summary, FleetError> {
        self.run_shard(told, stop, Shard::WHOLE, false)
    }

    fn run_shard(
        &self,
        told: &Told,
        stop: &dyn Stop,
        shard: Shard,
        retry_poisoned: bool,
    ) -> Result<Summary, FleetError> {
        let options = RunOptions {
            shard,
            jobs: NonZeroUsize::new(3).expect("three"),
            retry_poisoned,
        };
        run(&self.work(), &self.store(), told, options, stop, &Nobody)
    }

    fn results(&self) -> BTreeMap<String, String> {
        let store = self.store();
        (store.names("results/").expect("names").into_iter())
            .map(|name| {
                let bytes = store.read(&format!("results/{name}")).expect("read");
                let text = String::from_utf8(bytes.expect("there")).expect("UTF-8");
                (name, text)
            })
            .collect()
    }

    fn attempts(&self, at: usize) -> Vec<Attempt> {
        let key = &self.work().units[at].key;
        let attempts = Attempts::of(&self.store(), key).expect("attempts");
        attempts.said(&self.store()).expect("attempts")
    }
}

#[test]
fn every_unit_has_its_result_once_and_a_second_run_does_nothing() {
    let fleet = Fleet::of(&["ok-0", "bad-1", "once-2", "kill-3", "ok-4"]);
    let told = Told::default();
    let summary = fleet.run(&told, &Never).expect("run");
    let seen = (summary.units, summary.done, summary.fine, summary.poisoned);
    assert_eq!(seen, (5, 4, 3, 1));
    let results = fleet.results();
    assert_eq!(results.len(), 4);
    let key = &fleet.work().units[1].key;
    assert_eq!(
        results[&format!("{key}.json")],
        "{\"id\": \"1.json\", \"exitCode\": 20, \"command\": \"plan\", \"errors\": [{\"message\":\"no\"}]}\n"
    );
    assert_eq!(fleet.attempts(3).len(), 3);
    assert_eq!(fleet.attempts(3)[0].ended.as_deref(), Some("signal 9"));
    let runs = told.at_once.load(Ordering::SeqCst);
    assert_eq!(runs, 3 + 2 + 3);
    let again = fleet.run(&told, &Never).expect("run");
    assert_eq!((again.before, again.poisoned, again.done), (4, 1, 0));
    assert_eq!(told.at_once.load(Ordering::SeqCst), runs);
    assert_eq!(fleet.results(), results);
    // Set aside is not for ever.
    let retried = fleet.run_shard(&told, &Never, Shard::WHOLE, true);
    assert_eq!(retried.expect("run").poisoned, 1);
    assert_eq!(told.at_once.load(Ordering::SeqCst), runs + 3);
}

#[test]
fn answers_that_are_no_document_and_exit_codes_that_are_no_results_are_attempts() {
    let fleet = Fleet::of(&["half", "bug"]);
    let summary = fleet.run(&Told::default(), &Never).expect("run");
    assert_eq!((summary.done, summary.poisoned), (0, 2));
    let ended = |at: usize| fleet.attempts(at)[2].ended.clone();
    assert_eq!(ended(0).as_deref(), Some("exit code 0 without a document"));
    assert_eq!(ended(1).as_deref(), Some("exit code 1"));
    assert!(fleet.results().is_empty());
}

#[test]
fn a_planned_stop_takes_its_attempt_back() {
    static INTERRUPT: Interrupt = Interrupt::new();
    let fleet = Fleet::of(&["wait"]);
    let told = Told {
        interrupt: Some(&INTERRUPT),
        ..Told::default()
    };
    let summary = fleet.run(&told, &INTERRUPT).expect("run");
    assert!(summary.stopped);
    assert_eq!((summary.done, summary.poisoned), (0, 0));
    assert!(fleet.attempts(0).is_empty());
}

#[test]
fn a_runner_that_was_lost_leaves_its_attempt_and_the_unit_comes_last() {
    let fleet = Fleet::of(&["ok-0", "ok-1"]);
    let work = fleet.work();
    for number in 1..=3 {
        lost(&fleet, &work.units[0].key, number, "{}");
    }
    let summary = fleet.run(&Told::default(), &Never).expect("run");
    assert_eq!((summary.done, summary.poisoned), (1, 1));
    assert_eq!(fleet.attempts(0)[0].ended, None);
    let gathered = gather::gather(&fleet.work(), &fleet.store()).expect("gathered");
    assert_eq!(
        gathered[0].outcome,
        gather::Outcome::Poisoned("3 attempts, none of which came to an end".into())
    );
}

#[test]
fn units_of_the_same_content_share_a_result_under_the_first_id() {
    let named = "{\"cluster\": \"shop\"}";
    let fleet = Fleet::of(&[named, named, "ok-2"]);
    let told = Told::default();
    let summary = fleet.run(&told, &Never).expect("run");
    assert_eq!((summary.done, summary.shared), (2, 1));
    let key = &fleet.work().units[1].key;
    assert!(fleet.results()[&format!("{key}.json")].contains("\"0.json\""));
    assert_eq!(told.at_once.load(Ordering::SeqCst), 2);
}

#[test]
fn a_file_that_changed_since_it_was_listed_is_said_and_not_planned() {
    let fleet = Fleet::of(&["ok-0", "ok-1"]);
    fs::write(&fleet.work().units[0].path, "ok-other").expect("written");
    let told = Told::default();
    let summary = fleet.run(&told, &Never).expect("run");
    assert_eq!((summary.done, summary.fine), (2, 1));
    let key = &fleet.work().units[0].key;
    assert!(fleet.results()[&format!("{key}.json")].contains("F1101"));
    assert_eq!(told.at_once.load(Ordering::SeqCst), 1);
}

/// An attempt of a runner, as it stands in the store.
fn lost(fleet: &Fleet, key: &Key, number: u64, text: &str) {
    let name = format!("attempts/{key}/{number}");
    fleet
        .store()
        .replace(&name, text.as_bytes())
        .expect("written");
}

#[test]
fn a_process_that_cannot_be_started_is_not_the_units_fault() {
    let fleet = Fleet::of(&["none"]);
    let error = fleet.run(&Told::default(), &Never).expect_err("no process");
    assert!(matches!(error, FleetError::Start(_)));
    assert!(fleet.attempts(0).is_empty());
}

#[test]
fn shards_together_do_the_same_as_one_run() {
    let texts = ["ok-0", "bad-1", "ok-2", "once-3", "ok-4", "ok-0"];
    let whole = Fleet::of(&texts);
    whole.run(&Told::default(), &Never).expect("run");
    let parts = Fleet::of(&texts);
    for index in [2, 0, 1] {
        let shard = Shard::new(index, 3).expect("a shard");
        let told = Told::default();
        parts.run_shard(&told, &Never, shard, false).expect("run");
    }
    assert_eq!(whole.results(), parts.results());
}

/// A store whose disk is full.
struct Full(Folder);

impl Store for Full {
    fn names(&self, folder: &str) -> Result<std::collections::BTreeSet<String>, StoreError> {
        self.0.names(folder)
    }
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.read(name)
    }
    fn is_whole_or_absent(&self) -> bool {
        self.0.is_whole_or_absent()
    }
    fn write_once(&self, name: &str, bytes: &[u8]) -> Result<bool, StoreError> {
        if name.starts_with("results/") {
            return Err(StoreError {
                name: name.to_owned(),
                why: "no space".to_owned(),
            });
        }
        self.0.write_once(name, bytes)
    }
    fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.0.replace(name, bytes)
    }
    fn remove(&self, name: &str) -> Result<(), StoreError> {
        self.0.remove(name)
    }
}

#[test]
fn a_full_disk_ends_the_run_and_no_unit_pays_for_it() {
    let fleet = Fleet::of(&["ok-0", "ok-1"]);
    let options = RunOptions {
        shard: Shard::WHOLE,
        jobs: NonZeroUsize::MIN,
        retry_poisoned: false,
    };
    let store = Full(fleet.store());
    let ended = run(
        &fleet.work(),
        &store,
        &Told::default(),
        options,
        &Never,
        &Nobody,
    );
    assert!(matches!(ended, Err(FleetError::Store(_))));
    assert!(fleet.attempts(0).is_empty() && fleet.attempts(1).is_empty());
}
