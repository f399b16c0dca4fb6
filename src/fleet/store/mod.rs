//! Where results and attempts are kept: a folder, or a bucket.

mod folder;

use std::collections::BTreeSet;

use thiserror::Error;

pub use folder::Folder;

/// The store refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the store refused: {name}: {why}")]
pub struct StoreError {
    /// What was asked for.
    pub name: String,
    /// What the system says.
    pub why: String,
}

/// Names with bytes. A name is a path with `/`, and each of its parts is one of ours.
pub trait Store: Sync {
    /// Names below a folder such as `results/`, without it and whatever it has in folders of its own.
    ///
    /// # Errors
    /// When it cannot be listed. A folder that is not there has no names.
    fn names(&self, folder: &str) -> Result<BTreeSet<String>, StoreError>;

    /// The bytes of a name; `None` where there is none.
    ///
    /// # Errors
    /// When they cannot be read.
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// The bytes of several names, in their order.
    ///
    /// # Errors
    /// When any cannot be read.
    fn read_all(&self, names: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        names.iter().map(|name| self.read(name)).collect()
    }

    /// Whether what is there is whole, whoever wrote it: then a result is known by its name. In a folder a full disk under a copy, or a
    /// machine that loses power, leaves part of a file, so each result is read before it counts.
    fn is_whole_or_absent(&self) -> bool;

    /// Writes bytes where the name is not there yet, whole and lasting; whether it did.
    ///
    /// # Errors
    /// When they cannot be written.
    fn write_once(&self, name: &str, bytes: &[u8]) -> Result<bool, StoreError>;

    /// Writes bytes in place of what is there, whole.
    ///
    /// # Errors
    /// When they cannot be written.
    fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError>;

    /// Removes a name, if it is there.
    ///
    /// # Errors
    /// When it cannot be removed.
    fn remove(&self, name: &str) -> Result<(), StoreError>;
}
