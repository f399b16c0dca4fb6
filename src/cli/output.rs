//! Where results go: stdout, or a file that appears whole or not at all.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anstream::{AutoStream, ColorChoice};

use crate::io::{can_write, write_atomically};
use crate::report::text::Emphasis;

use super::exit::{Exit, Failure};

/// Where a result goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// Standard output.
    Stdout,
    /// A file, replaced atomically.
    File(PathBuf),
}

impl Destination {
    /// The file if one is named, else stdout.
    pub fn from_option(path: Option<&PathBuf>) -> Self {
        path.map_or(Self::Stdout, |path| Self::File(path.clone()))
    }

    /// Whether text written here may carry ANSI escapes: only a terminal's, unless `--color always`.
    pub fn emphasis(&self) -> Emphasis {
        match self {
            Self::File(_) => Emphasis::Plain,
            Self::Stdout => match AutoStream::choice(&io::stdout()) {
                ColorChoice::Never => Emphasis::Plain,
                _ => Emphasis::Ansi,
            },
        }
    }

    /// Looks whether the result can be written, before the work for it begins.
    ///
    /// # Errors
    /// As [`Destination::write`], as far as it shows.
    pub fn check(&self) -> Result<(), Failure> {
        let Self::File(path) = self else {
            return Ok(());
        };
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.clone());
        match fs::metadata(&real) {
            Ok(existing) if !existing.is_file() && !existing.is_dir() => Ok(()),
            _ => can_write(&real).map_err(|error| unwritable(path, &error)),
        }
    }

    /// Writes the whole result.
    ///
    /// # Errors
    /// When it cannot be written: that is no fault of any input but of the place that the command line names. A reader that closed the pipe has what it wanted: no error.
    pub fn write(&self, result: &[u8]) -> Result<(), Failure> {
        match self {
            Self::File(path) => write_file(path, result).map_err(|error| unwritable(path, &error)),
            Self::Stdout => match write_stdout(result) {
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                    let message = format!("cannot write to stdout: {error}");
                    Err(Failure::new(Exit::Usage, message))
                }
                _ => Ok(()),
            },
        }
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    let message = format!("cannot write {}: {error}", path.display());
    Failure::new(Exit::Usage, message)
}

/// Replaces a file in one step, the one a link points to. Devices and pipes are written to: replacing `/dev/null`
/// by a file would do harm.
fn write_file(path: &Path, result: &[u8]) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(existing) if !existing.is_file() => {
            OpenOptions::new().write(true).open(path)?.write_all(result)
        }
        Ok(_) => write_atomically(&fs::canonicalize(path)?, result),
        Err(_) => write_atomically(path, result),
    }
}

fn write_stdout(result: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(result)?;
    stdout.flush()
}
