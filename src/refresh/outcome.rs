//! What comes of a refresh, and why a part of it does not.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::api::ApiFailure;
use crate::catalogue::{CatalogueError, CatalogueKind};
use crate::domain::text::{visible, visible_lines};

/// Whether a refresh is a success without the kind: an account need not have the permission, a Region not the offer.
const fn is_optional(kind: CatalogueKind) -> bool {
    matches!(
        kind,
        CatalogueKind::SavingsPlanRates | CatalogueKind::ManagedInstancesFees
    )
}

/// What happens, for whoever shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// A kind is asked for in a Region.
    Asks(CatalogueKind, &'a str),
    /// A file was replaced.
    Wrote(&'a Written),
}

/// A file that was replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its kind.
    pub kind: CatalogueKind,
    /// Regions that were answered, with their rows now and before.
    pub regions: Vec<(String, usize, usize)>,
}

/// What could not be refreshed: its old file and date stay, but for [`Why::Undated`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartFailure {
    /// The kind.
    pub kind: CatalogueKind,
    /// The Region; none where the whole file is meant.
    pub region: Option<String>,
    /// Why.
    pub why: Why,
}

/// Why something could not be refreshed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Why {
    /// A call failed.
    #[error(transparent)]
    Call(ApiFailure),
    /// The answer cannot be used.
    #[error("{}", visible(.0))]
    Answer(String),
    /// AWS has nothing of the kind in the Region.
    #[error("AWS names none")]
    Nothing,
    /// The answer has less than half of the rows of the file that is there.
    #[error(
        "AWS names {now} rows where the file that is there has {before}: if that is right, move the file away"
    )]
    Fewer {
        /// Rows of the answer.
        now: usize,
        /// Rows of the file.
        before: usize,
    },
    /// The file that is there cannot be read, and rows of other Regions in it would be lost.
    #[error("the file that is there cannot be read: {}; correct it or move it away", visible(.0))]
    OldFile(String),
    /// The new file does not read back.
    #[error("what AWS answered does not make a file that reads back:\n{}", visible_lines(&.0.to_string()))]
    ReadBack(CatalogueError),
    /// The file cannot be written.
    #[error("{} cannot be written: {why}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The file is new, but its day cannot be written.
    #[error("{} cannot be written: {why}", path.display())]
    Undated {
        /// The file of days.
        path: PathBuf,
        /// Why.
        why: String,
    },
}

impl PartFailure {
    /// Whether the refresh as a whole can do without: an optional kind whose permission is missing, or that AWS does not
    /// have in the Region.
    pub fn is_passed_over(&self) -> bool {
        let is_missing = match &self.why {
            Why::Call(failure) => failure.is_refused,
            Why::Nothing => true,
            _ => false,
        };
        is_optional(self.kind) && is_missing
    }

    /// Whether AWS is the cause, and not the directory.
    pub const fn is_of_aws(&self) -> bool {
        !matches!(self.why, Why::OldFile(_)) && !self.is_of_place()
    }

    /// Whether the file is new and only its day is not.
    pub const fn is_undated(&self) -> bool {
        matches!(self.why, Why::Undated { .. })
    }

    /// Whether the directory cannot be written to.
    pub const fn is_of_place(&self) -> bool {
        matches!(self.why, Why::Write { .. } | Why::Undated { .. })
    }
}

/// What came of a refresh.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Files that were replaced.
    pub written: Vec<Written>,
    /// What was not.
    pub failures: Vec<PartFailure>,
    /// What there is to say besides.
    pub notes: Vec<String>,
}

/// Why a refresh did not begin.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RefreshError {
    /// The directory cannot be made or written to.
    #[error("cannot use the directory {}: {source}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another refresh is at work in the directory.
    #[error(
        "another refresh is at work in {}: wait until it has ended, or give another --dir",
        path.display()
    )]
    AtWork {
        /// The directory.
        path: PathBuf,
    },
    /// The file of dates cannot be read.
    #[error("{}: {why}; correct the file or move it away", path.display())]
    Dates {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
}
