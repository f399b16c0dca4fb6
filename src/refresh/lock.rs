//! One refresh of a directory at a time: each lays its rows over the files of before, so that of two at once one would
//! undo the other's.
//!
//! The lock is the operating system's, on a file of its own, which stays. It ends with the process that holds it, however that
//! ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

/// The file that is locked. Its name begins as temporary files do, and no catalogue reads it.
const LOCK_FILE: &str = ".bayplan-refresh.lock";

/// The lock of a directory, held while this lives.
#[derive(Debug)]
pub(super) struct DirectoryLock {
    _file: File,
}

impl DirectoryLock {
    /// Takes the lock; none where another holds it.
    ///
    /// # Errors
    /// Those of making or locking the file. File systems without locks have none that could be held by another.
    pub(super) fn take(directory: &Path) -> io::Result<Option<Self>> {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(directory.join(LOCK_FILE))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                Ok(Some(Self { _file: file }))
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_gets_none_until_the_first_is_done() {
        let directory = tempfile::tempdir().expect("a folder");
        let first = DirectoryLock::take(directory.path()).expect("a file");
        assert!(first.is_some());
        let second = DirectoryLock::take(directory.path()).expect("a file");
        assert!(second.is_none());
        drop(first);
        let third = DirectoryLock::take(directory.path()).expect("a file");
        assert!(third.is_some());
    }
}
