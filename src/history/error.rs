//! Why a history cannot be used.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why a history cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// The `SQLite` file refused.
    #[error("the history cannot be used: {0}")]
    Database(#[from] rusqlite::Error),
    /// The `PostgreSQL` server refused, or cannot be reached.
    #[error("the history {place} cannot be used: {why}")]
    Server {
        /// Where it is, without its password.
        place: String,
        /// What the server or the connection says.
        why: String,
    },
    /// The file cannot be moved or made.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A database of another program.
    #[error("{} is a database of another program; name another file", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A history of a later version.
    #[error(
        "{place} was written by a later version of bayplan (history {found}, this one knows {known}); use that version"
    )]
    Later {
        /// Where it is, without its password.
        place: String,
        /// Its version.
        found: i64,
        /// The latest known.
        known: i64,
    },
    /// A run took longer than its lease, and another took over.
    #[error(
        "this run took longer than its lease, and another run of {cluster} took over: this one is not kept in the history"
    )]
    LeaseLost {
        /// Region and name of the cluster.
        cluster: String,
    },
    /// A number that the history cannot hold, or that is in it and means nothing.
    #[error("the history holds {0}, which is no number of a run")]
    Number(String),
}
