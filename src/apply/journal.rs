//! What was intended and what was done: JSON Lines, each on disk before what it announces is asked for.
//!
//! The first line holds the steps, so that going on and going back need neither the plan nor the snapshot of then. A last
//! line without its end is what a power cut leaves: it announces nothing, since nothing was asked for before it was whole.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::budget::{Budget, Excess};
use super::rehearsal::Rehearsal;
use super::remembered::Remembered;
use super::state::Target;
use super::step::{Step, Work};
use crate::domain::money::UsdPerHour;

/// Version of the format.
const VERSION: u32 = 1;

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Header {
    /// Version of the format.
    pub journal: u32,
    /// Cluster.
    pub cluster: String,
    /// Region.
    pub region: String,
    /// SHA-256 of the plan document, in hexadecimal digits.
    pub plan: String,
    /// Fingerprint of the snapshot that it was made from.
    pub fingerprint: String,
    /// SHA-256 of the cluster's ARN, which names account and Region; none in journals of before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// When services of the cluster were created, as AWS writes it: a cluster that is made anew has the same ARN, and no service of then.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub services: BTreeMap<String, String>,
    /// What the rest is played from; none of sizes, whose steps nobody plays, and in journals of before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rehearsal: Option<Box<Rehearsal>>,
    /// What may change in all, however many runs it takes.
    pub budget: Budget,
    /// The bill before the first step, where it is known.
    pub bill_today: Option<UsdPerHour>,
    /// Services that are deployed at a time, at most: as the steps were played.
    #[serde(default = "one")]
    pub at_a_time: usize,
    /// The steps, in their order.
    pub steps: Vec<Step>,
}

impl Header {
    /// Of a run: cluster, Region, hash of the plan, fingerprint of the snapshot.
    #[must_use]
    pub fn new(
        [cluster, region, plan, fingerprint]: [&str; 4],
        (budget, bill_today): (Budget, Option<UsdPerHour>),
        (steps, at_a_time): (&[Step], usize),
    ) -> Self {
        Self {
            journal: VERSION,
            cluster: cluster.to_owned(),
            region: region.to_owned(),
            plan: plan.to_owned(),
            fingerprint: fingerprint.to_owned(),
            identity: None,
            services: BTreeMap::new(),
            rehearsal: None,
            budget,
            bill_today,
            at_a_time,
            steps: steps.to_vec(),
        }
    }

    /// The same, of a cluster that is known by more than its name.
    #[must_use]
    pub fn of_cluster(self, identity: String, services: BTreeMap<String, String>) -> Self {
        let identity = Some(identity);
        Self {
            identity,
            services,
            ..self
        }
    }

    /// The same, with what its rest is played from.
    #[must_use]
    pub fn with_rehearsal(self, rehearsal: Option<Rehearsal>) -> Self {
        let rehearsal = rehearsal.map(Box::new);
        Self { rehearsal, ..self }
    }

    /// Whether of the services of then, by name and when they were created, some are there and none is the one of then: as in a cluster
    /// of the same ARN that was made anew. Where none of these names is there nothing tells.
    #[must_use]
    pub fn has_none_of_then(&self, services: &BTreeMap<String, String>) -> bool {
        let is_of_then = |(name, created): (&String, &String)| {
            self.services.get(name).is_some_and(|then| then == created)
        };
        !services.is_empty() && !services.iter().any(is_of_then)
    }
}

/// What every version of the first line has.
#[derive(Deserialize)]
struct Versioned {
    journal: u32,
}

/// Journals of before the number was kept: one at a time is always played.
const fn one() -> usize {
    1
}

/// A later line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Entry {
    /// A step is about to be asked for.
    Begins(usize),
    /// What a step is about to delete, as it stands.
    Remembers(usize, Box<Remembered>),
    /// What a step drains needs more instances of its group, so many in all; with the sizes of before, which come back.
    Launches(usize, Held),
    /// What a provider has before a step drains instances of it.
    Holds(usize, Held),
    /// These container instances are about to be drained, for a step.
    Drains(usize, Vec<String>),
    /// A step is done.
    Done(usize),
    /// From here on steps are taken back.
    RollsBack,
    /// A step is about to be taken back.
    TakesBack(usize),
    /// A step is taken back.
    TakenBack(usize),
    /// A run ended, and why.
    Ended(Ending),
}

/// Instances and sizes of a group before some of its instances are taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Held {
    /// Container instances.
    pub instances: u64,
    /// Smallest size of the group.
    pub min_size: u64,
    /// Largest size of the group.
    pub max_size: u64,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Ending {
    /// All steps are done, or all are taken back.
    Complete,
    /// As many steps as were asked for.
    Prefix,
    /// A step failed, timed out or was rolled back by AWS.
    Failed,
    /// The user stopped it.
    Interrupted,
}

/// Why a journal cannot be used.
#[derive(Debug, Error)]
pub enum JournalError {
    /// It cannot be read or written.
    #[error("{}: {error}", path.display())]
    File {
        /// Where.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A line is not one of a journal.
    #[error("{}:{line}: not a line of a journal: {error}", path.display())]
    Line {
        /// Where.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// Why.
        error: serde_json::Error,
    },
    /// There is none.
    #[error("{}: there is no journal: nothing was begun", path.display())]
    None {
        /// Where.
        path: PathBuf,
    },
    /// It has another format.
    #[error("{}: version {version} of the journal is not known to this program", path.display())]
    Version {
        /// Where.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
}

/// A journal that is read and written.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    header: Header,
    entries: Vec<Entry>,
}

impl Journal {
    /// Begins a journal in a file that is not there yet, or holds one that has ended.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn begin(path: &Path, header: Header) -> Result<Self, JournalError> {
        let failed = |error| file_error(path, error);
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        // Whole or not at all, so that a run that is killed here has begun nothing.
        let mut beside = path.as_os_str().to_owned();
        beside.push(".new");
        let beside = PathBuf::from(beside);
        let mut file = File::create(&beside).map_err(failed)?;
        write_line(&mut file, &header).map_err(failed)?;
        std::fs::rename(&beside, path).map_err(failed)?;
        sync_folder(path).map_err(failed)?;
        let file = OpenOptions::new().append(true).open(path).map_err(failed)?;
        Ok(Self {
            path: path.to_owned(),
            file,
            header,
            entries: Vec::new(),
        })
    }

    /// Opens a journal to go on with; a torn last line is cut off. For whoever is alone over it.
    ///
    /// # Errors
    /// Where it is not there, or is no journal.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let failed = |error| file_error(path, error);
        let Read {
            header,
            entries,
            whole,
            is_torn,
        } = read(path)?;
        let file = OpenOptions::new().append(true).open(path).map_err(failed)?;
        if is_torn {
            file.set_len(whole).map_err(failed)?;
        }
        Ok(Self {
            path: path.to_owned(),
            file,
            header,
            entries,
        })
    }

    /// Reads a journal, also one that a run writes at the moment: nothing of the file is changed, and nothing can be added.
    ///
    /// # Errors
    /// Where it is not there, or is no journal.
    pub fn look(path: &Path) -> Result<Self, JournalError> {
        let Read {
            header, entries, ..
        } = read(path)?;
        let file = File::open(path).map_err(|error| file_error(path, error))?;
        Ok(Self {
            path: path.to_owned(),
            file,
            header,
            entries,
        })
    }

    /// Adds a line; it is on disk when this returns.
    ///
    /// # Errors
    /// Where it cannot be written: then what it announces must not be asked for.
    pub fn add(&mut self, entry: Entry) -> Result<(), JournalError> {
        write_line(&mut self.file, &entry).map_err(|error| file_error(&self.path, error))?;
        self.entries.push(entry);
        Ok(())
    }

    /// The first line.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The other lines.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether a run is still to be gone on with or taken back.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !matches!(self.entries.last(), Some(Entry::Ended(Ending::Complete)))
    }

    /// Whether it is on its way back.
    #[must_use]
    pub fn rolls_back(&self) -> bool {
        self.entries.contains(&Entry::RollsBack)
    }

    /// Steps that were begun and are not taken back, by index.
    #[must_use]
    pub fn begun(&self) -> Vec<usize> {
        let has = |entry: &Entry| self.entries.contains(entry);
        (0..self.header.steps.len())
            .filter(|&step| has(&Entry::Begins(step)) && !has(&Entry::TakenBack(step)))
            .collect()
    }

    /// Whether a step that was begun and is not taken back made one of these providers.
    #[must_use]
    pub fn has_made_one_of(&self, providers: &BTreeSet<String>) -> bool {
        self.begun().into_iter().any(|step| {
            let Work::Change(change) = &self.header.steps[step].work else {
                return false;
            };
            matches!(&change.target, Target::Provider(name) if change.expects.is_none() && providers.contains(name))
        })
    }

    /// What the next steps, at most so many, would take beyond the budget together with those that are done.
    #[must_use]
    pub fn excess(&self, budget: Budget, most: Option<usize>) -> Vec<Excess> {
        let steps = &self.header.steps;
        let done = (0..steps.len()).filter(|&step| self.is_done(step)).count();
        let until = done
            .saturating_add(most.unwrap_or(steps.len()))
            .min(steps.len());
        budget.excess(self.header.bill_today, &steps[..until])
    }

    /// Whether a step is done.
    #[must_use]
    pub fn is_done(&self, step: usize) -> bool {
        self.entries.contains(&Entry::Done(step))
    }

    /// What a step deleted, as it stood before.
    #[must_use]
    pub fn remembered(&self, step: usize) -> Option<&Remembered> {
        self.entries.iter().find_map(|entry| match entry {
            Entry::Remembers(of, what) if *of == step => Some(&**what),
            _ => None,
        })
    }

    /// What was there before a step drained it; `None` for a step that was not begun.
    #[must_use]
    pub fn held(&self, step: usize) -> Option<Held> {
        self.entries.iter().find_map(|entry| match entry {
            Entry::Holds(of, held) if *of == step => Some(*held),
            _ => None,
        })
    }

    /// The sizes of a group before more was launched for a step's drain; `None` where nothing was.
    #[must_use]
    pub fn launched(&self, step: usize) -> Option<Held> {
        self.entries.iter().find_map(|entry| match entry {
            Entry::Launches(of, held) if *of == step => Some(*held),
            _ => None,
        })
    }

    /// Container instances that a step drained.
    #[must_use]
    pub fn drained(&self, step: usize) -> Vec<String> {
        let of_step = self.entries.iter().filter_map(|entry| match entry {
            Entry::Drains(of, arns) if *of == step => Some(arns),
            _ => None,
        });
        of_step.flatten().cloned().collect()
    }

    /// Container instances that all steps together drained, those among them that a way back set to ACTIVE again.
    #[must_use]
    pub fn drained_in_all(&self) -> BTreeSet<&str> {
        let drained = self.entries.iter().filter_map(|entry| match entry {
            Entry::Drains(_, arns) => Some(arns),
            _ => None,
        });
        drained.flatten().map(String::as_str).collect()
    }

    /// Whether a step is taken back.
    #[must_use]
    pub fn is_taken_back(&self, step: usize) -> bool {
        self.entries.contains(&Entry::TakenBack(step))
    }
}

fn file_error(path: &Path, error: io::Error) -> JournalError {
    JournalError::File {
        path: path.to_owned(),
        error,
    }
}

/// What a journal's file holds.
struct Read {
    header: Header,
    entries: Vec<Entry>,
    /// Bytes of its whole lines.
    whole: u64,
    /// Whether more follows them.
    is_torn: bool,
}

fn read(path: &Path) -> Result<Read, JournalError> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(JournalError::None {
                path: path.to_owned(),
            });
        }
        Err(error) => return Err(file_error(path, error)),
    };
    let end = bytes.iter().rposition(|&byte| byte == b'\n');
    let whole = end.map_or(0, |end| end + 1);
    let text = String::from_utf8_lossy(&bytes[..whole]);
    let mut lines = text.lines().enumerate();
    let bad = |(index, error)| JournalError::Line {
        path: path.to_owned(),
        line: index + 1,
        error,
    };
    let first = lines.next().map_or("", |(_, line)| line);
    // A later version may have other members: its number is looked at first.
    let Versioned { journal: version } =
        serde_json::from_str(first).map_err(|error| bad((0, error)))?;
    if version != VERSION {
        return Err(JournalError::Version {
            path: path.to_owned(),
            version,
        });
    }
    let header = serde_json::from_str(first).map_err(|error| bad((0, error)))?;
    let entries: Result<Vec<Entry>, JournalError> = lines
        .map(|(index, line)| serde_json::from_str(line).map_err(|error| bad((index, error))))
        .collect();
    Ok(Read {
        header,
        entries: entries?,
        whole: whole as u64,
        is_torn: whole < bytes.len(),
    })
}

/// One line in one write, then to disk.
fn write_line(file: &mut File, value: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    file.write_all(&line)?;
    file.sync_all()
}

/// A renamed file is there after a power cut only once its folder is on disk.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Header {
        let budget = Budget::new(0, None, None);
        Header::new(["prod", "us-east-1", "p", "f"], (budget, None), (&[], 1))
    }

    #[test]
    fn a_torn_last_line_announces_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deep/prod.journal");
        let mut journal = Journal::begin(&path, header()).expect("begins");
        journal.add(Entry::Begins(0)).expect("a line");
        journal.add(Entry::Done(0)).expect("a line");
        let whole = std::fs::read(&path).expect("a file");
        for torn in [&b"{\"beg"[..], &b"\xff\xfe"[..], &b"{\"begins\":1}"[..]] {
            let mut bytes = whole.clone();
            bytes.extend_from_slice(torn);
            std::fs::write(&path, &bytes).expect("written");
            let mut again = Journal::open(&path).expect("opens");
            assert_eq!(again.entries(), [Entry::Begins(0), Entry::Done(0)]);
            again.add(Entry::Begins(1)).expect("a line");
            let last = Journal::open(&path).expect("opens");
            assert_eq!(last.entries().last(), Some(&Entry::Begins(1)));
        }
    }

    #[test]
    fn a_cluster_is_another_one_where_none_of_its_services_is_the_one_of_then() {
        let services = |all: &[(&str, &str)]| -> BTreeMap<String, String> {
            let owned = all
                .iter()
                .map(|(name, at)| ((*name).to_owned(), (*at).to_owned()));
            owned.collect()
        };
        let header = header().of_cluster("h".to_owned(), services(&[("api", "1"), ("web", "2")]));
        assert!(header.has_none_of_then(&services(&[("api", "7"), ("web", "8")])));
        assert!(header.has_none_of_then(&services(&[("web", "8")])));
        // A service that was deleted, or made anew alone.
        assert!(!header.has_none_of_then(&services(&[("web", "2")])));
        assert!(!header.has_none_of_then(&services(&[("api", "7"), ("web", "2")])));
        assert!(!header.has_none_of_then(&services(&[])));
    }

    #[test]
    fn how_many_services_went_at_a_time_is_known_to_whoever_goes_on_and_one_where_it_was_not_kept()
    {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("j");
        let three = Header {
            at_a_time: 3,
            ..header()
        };
        drop(Journal::begin(&path, three).expect("begins"));
        let again = Journal::open(&path).expect("opens");
        assert_eq!(again.header().at_a_time, 3);
        let text = std::fs::read_to_string(&path).expect("a file");
        assert!(text.contains(",\"atATime\":3"), "{text}");
        let older = text.replace(",\"atATime\":3", "");
        std::fs::write(&path, older).expect("written");
        let again = Journal::open(&path).expect("opens");
        assert_eq!(again.header().at_a_time, 1);
    }

    #[test]
    fn who_only_looks_leaves_the_file_as_it_is_and_a_line_that_is_being_written_too() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("j");
        drop(Journal::begin(&path, header()).expect("begins"));
        let mut bytes = std::fs::read(&path).expect("a file");
        bytes.extend(b"{\"begins\":0}\n{\"done\":\xc3");
        std::fs::write(&path, &bytes).expect("written");
        let mut permissions = std::fs::metadata(&path).expect("a file").permissions();
        permissions.set_readonly(true);
        std::fs::set_permissions(&path, permissions).expect("set");
        let mut looked = Journal::look(&path).expect("looks");
        assert_eq!(looked.entries(), [Entry::Begins(0)]);
        assert!(looked.add(Entry::Done(0)).is_err());
        assert_eq!(std::fs::read(&path).expect("a file"), bytes);
    }

    #[test]
    fn a_later_version_is_named_whatever_else_it_holds() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("j");
        std::fs::write(&path, "{\"journal\":2,\"else\":true}\n").expect("written");
        let error = Journal::open(&path).expect_err("another version");
        assert!(matches!(error, JournalError::Version { version: 2, .. }));
    }

    #[test]
    fn a_line_in_the_middle_that_is_none_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("j");
        drop(Journal::begin(&path, header()).expect("begins"));
        let mut text = std::fs::read_to_string(&path).expect("a file");
        text.push_str("{\"begins\":0}\nnonsense\n{\"done\":0}\n");
        std::fs::write(&path, text).expect("written");
        let error = Journal::open(&path).expect_err("a bad line");
        assert!(error.to_string().contains("j:3: not a line"), "{error}");
        let missing = Journal::open(&folder.path().join("none")).expect_err("no file");
        assert!(matches!(missing, JournalError::None { .. }));
    }
}
