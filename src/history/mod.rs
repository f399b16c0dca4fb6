//! What right-sizing runs found and proposed, kept from run to run in a `SQLite` file.
//!
//! Write-ahead logging, so that a reader never waits and a run that is killed leaves the last whole state. A file that is damaged is set
//! aside under another name and said; one that is of another program, or of a later version of this one, is left alone.

mod error;
mod lease;
mod open;
mod runs;
mod schema;

#[cfg(test)]
mod tests;

use rusqlite::Connection;

pub use error::HistoryError;
pub use lease::{LEASE_SECONDS, Lease};
pub use open::{Opened, open};
pub use runs::{Run, Service};

/// An open history.
#[derive(Debug)]
pub struct History {
    connection: Connection,
}
