//! Why nothing was done, with its exit code.

use std::io;

use crate::apply::journal::JournalError;
use crate::aws::acting::{GuardError, LockError};
use crate::aws::snapshot::SnapshotError;

use super::super::exit::{Exit, Failure};

pub(super) fn no_queue(error: &io::Error) -> Failure {
    Failure::new(Exit::AwsFailure, error.to_string())
}

pub(super) fn no_journal(error: &JournalError) -> Failure {
    let exit = match error {
        JournalError::File { .. } => Exit::Usage,
        JournalError::Line { .. } | JournalError::None { .. } | JournalError::Version { .. } => {
            Exit::InvalidInput
        }
    };
    Failure::new(exit, error.to_string())
}

pub(super) fn no_lock(error: &LockError) -> Failure {
    let exit = match error {
        LockError::Call(_) => Exit::AwsFailure,
        LockError::Held { .. } | LockError::LeftBehind { .. } | LockError::Lost => Exit::Refused,
    };
    Failure::new(exit, error.to_string())
}

pub(super) fn differs(error: &GuardError) -> Failure {
    let exit = match error {
        GuardError::Differs(_) | GuardError::Edited(_) => Exit::Refused,
        GuardError::Interrupted => Exit::Interrupted,
        GuardError::Snapshot(SnapshotError::Call(_)) => Exit::AwsFailure,
        GuardError::Snapshot(_) => Exit::InvalidInput,
    };
    Failure::new(exit, error.to_string())
}
