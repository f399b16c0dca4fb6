//! One process at a time over a journal, and under which name it holds the cluster's lock.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::aws::acting::Owner;

use super::super::exit::{Exit, Failure};

/// One process at a time over a journal; the operating system frees the lock however that one ends.
pub(super) fn alone(path: &Path) -> Result<File, Failure> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let name = PathBuf::from(name);
    let unusable = |error: std::io::Error| {
        Failure::new(
            Exit::Usage,
            format!("cannot write {}: {error}", name.display()),
        )
    };
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder).map_err(unusable)?;
    }
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&name)
        .map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Failure::new(
            Exit::Refused,
            format!("another bayplan is at work over {}", path.display()),
        )),
        Err(TryLockError::Error(error)) => Err(unusable(error)),
    }
}

/// The machine, and the journal on it with its plan.
pub(super) fn owner(path: &Path, plan: &str) -> Owner {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = match host.trim() {
        "" => "a machine without a name",
        name => name,
    };
    let place = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let journal = digest(format!("{}\n{plan}", place.display()).as_bytes());
    Owner(format!("{host} journal {}", &journal[..12]))
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

    #[test]
    fn two_over_one_journal_are_not_at_work_at_once_and_their_owner_is_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deep/prod.journal");
        let first = alone(&path).expect("alone");
        assert_eq!(alone(&path).expect_err("not alone").exit, Exit::Refused);
        drop(first);
        assert!(alone(&path).is_ok());
        assert_eq!(owner(&path, "p"), owner(&path, "p"));
        assert_ne!(owner(&path, "p"), owner(&path, "q"));
    }
}
