//! Exit codes: promises to scripts, named once.

use std::process::ExitCode;

/// How the command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// A bug in bayplan.
    Bug = 1,
    /// The command line is wrong.
    Usage = 2,
    /// The plan changes something (only with `--detailed-exitcode`).
    ChangesProposed = 3,
    /// Some tasks have no place under this policy.
    Infeasible = 10,
    /// A limit was reached before there was any plan.
    LimitWithoutPlan = 11,
    /// `check` found violations.
    ViolationsFound = 12,
    /// A file, or a value in one, is not usable.
    InvalidInput = 20,
    /// AWS could not be reached, or refused.
    AwsFailure = 30,
    /// Refused before any step: the live cluster differs, somebody else is at work there, something must not be touched.
    Refused = 31,
    /// A live cluster's change stopped after a step: it can be gone on with or taken back.
    Stopped = 32,
    /// Stopped by Ctrl-C.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command ends without a result: the message for stderr and the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What went wrong and what to do about it.
    pub message: String,
    /// Whether the message says itself where it is an error.
    pub is_labelled: bool,
}

impl Failure {
    /// A failure with its code.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            is_labelled: false,
        }
    }

    /// Input that cannot be used.
    pub fn input(message: impl Into<String>) -> Self {
        Self::new(Exit::InvalidInput, message)
    }

    /// Findings in an input file; each says itself that it is an error and where.
    pub fn findings(findings: impl Into<String>) -> Self {
        Self {
            is_labelled: true,
            ..Self::input(findings)
        }
    }
}
