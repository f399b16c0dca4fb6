//! One process at a time over a journal, and under which name it holds the cluster's lock.

use std::fs::{File, OpenOptions, TryLockError};
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::aws::acting::Owner;

use super::super::exit::{Exit, Failure};

/// Who is alone over a journal: the operating system frees its file however the process ends, and the random id in it is the next one's too.
#[derive(Debug)]
pub(super) struct Alone {
    file: File,
    name: PathBuf,
}

/// One process at a time over a journal.
pub(super) fn alone(path: &Path) -> Result<Alone, Failure> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let name = PathBuf::from(name);
    let unusable = |error| unusable(&name, &error);
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder).map_err(unusable)?;
    }
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(&name)
        .map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(Alone { file, name }),
        Err(TryLockError::WouldBlock) => Err(Failure::new(
            Exit::Refused,
            format!("another bayplan is at work over {}", path.display()),
        )),
        Err(TryLockError::Error(error)) => Err(unusable(error)),
    }
}

impl Alone {
    /// Under which name the cluster's lock is held: the machine's, and an id that is in no other file. It is on disk before the lock is taken, so that
    /// whoever comes after a kill has it, and two of the same host name and the same folder do not.
    pub(super) fn owner(&mut self) -> Result<Owner, Failure> {
        let id = self.id().map_err(|error| unusable(&self.name, &error))?;
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let host = match host.trim() {
            "" => "a machine without a name",
            name => name,
        };
        let host: String = host.chars().take(64).collect();
        Ok(Owner(format!("{host} run {id}")))
    }

    /// Whether a lock may be left that a run of this journal did not give back.
    pub(super) fn may_hold(&mut self) -> bool {
        // A file that cannot be read is one that no lock can be given back by.
        self.kept().is_ok_and(|id| is_id(&id))
    }

    /// The lock is given back: the next run has an id of its own. Where the file cannot be emptied, the next one looks for a lock in vain.
    pub(super) fn gave_back(&self) {
        let _ = self.file.set_len(0).and_then(|()| self.file.sync_all());
    }

    fn kept(&mut self) -> io::Result<String> {
        let mut id = String::new();
        self.file.seek(SeekFrom::Start(0))?;
        self.file.read_to_string(&mut id)?;
        Ok(id)
    }

    fn id(&mut self) -> io::Result<String> {
        let id = self.kept()?;
        if is_id(&id) {
            return Ok(id);
        }
        let id = random_id();
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(id.as_bytes())?;
        self.file.sync_all()?;
        Ok(id)
    }
}

fn unusable(name: &Path, error: &io::Error) -> Failure {
    let message = format!("cannot write {}: {error}", name.display());
    Failure::new(Exit::Usage, message)
}

/// A file that was written in part, or by an earlier version, holds none.
fn is_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// 128 bits under keys that the standard library draws from the operating system's random numbers.
fn random_id() -> String {
    let half = || RandomState::new().hash_one(std::process::id());
    format!("{:016x}{:016x}", half(), half())
}

pub(super) fn digest(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(path: &Path) -> Owner {
        alone(path).expect("alone").owner().expect("an owner")
    }

    #[test]
    fn two_over_one_journal_are_not_at_work_at_once_and_their_owner_is_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deep/prod.journal");
        let mut first = alone(&path).expect("alone");
        assert_eq!(alone(&path).expect_err("not alone").exit, Exit::Refused);
        let of_first = first.owner().expect("an owner");
        drop(first);
        assert_eq!(owner(&path), of_first);
    }

    #[test]
    fn a_lock_may_be_left_until_it_is_given_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("prod.journal");
        let mut first = alone(&path).expect("alone");
        assert!(!first.may_hold());
        let of_first = first.owner().expect("an owner");
        drop(first);
        let mut second = alone(&path).expect("alone");
        assert!(second.may_hold());
        assert_eq!(second.owner().expect("an owner"), of_first);
        second.gave_back();
        assert!(!second.may_hold());
        assert_ne!(second.owner().expect("an owner"), of_first);
    }

    #[test]
    fn the_same_journal_without_its_file_is_another_owner() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("prod.journal");
        let first = owner(&path);
        let file = folder.path().join("prod.journal.lock");
        // As a kill in the middle of a write leaves it.
        std::fs::write(&file, "0123").expect("written");
        let second = owner(&path);
        assert_ne!(first, second);
        assert_eq!(owner(&path), second);
        std::fs::remove_file(&file).expect("removed");
        assert_ne!(owner(&path), second);
    }
}
