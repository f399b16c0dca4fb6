//! Opening a history, and setting a damaged one aside.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};

use super::History;
use super::error::HistoryError;
use super::schema::{self, APPLICATION, VERSION};

/// How long to wait for another runner's write.
const PATIENCE: Duration = Duration::from_secs(10);

/// A history, and where a damaged one went in its place.
#[derive(Debug)]
pub struct Opened {
    /// The history.
    pub history: History,
    /// The damaged file's new name.
    pub set_aside: Option<PathBuf>,
}

/// Opens a history, makes it where there is none, and brings it to the latest version.
///
/// # Errors
/// When the file is another program's or a later version's, or cannot be read, written or moved.
pub fn open(path: &Path) -> Result<Opened, HistoryError> {
    match attempt(path) {
        Ok(history) => Ok(Opened {
            history,
            set_aside: None,
        }),
        Err(HistoryError::Database(error)) if is_damage(&error) => {
            let aside = set_aside(path)?;
            Ok(Opened {
                history: attempt(path)?,
                set_aside: Some(aside),
            })
        }
        Err(error) => Err(error),
    }
}

fn attempt(path: &Path) -> Result<History, HistoryError> {
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(PATIENCE)?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let pragma = |name: &str| {
        connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0))
    };
    let (application, version) = (pragma("application_id")?, pragma("user_version")?);
    if tables > 0 && application != APPLICATION {
        let path = path.to_owned();
        return Err(HistoryError::Foreign { path });
    }
    if version > VERSION {
        return Err(HistoryError::Later {
            path: path.to_owned(),
            found: version,
            known: VERSION,
        });
    }
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
        return Err(rusqlite::Error::SqliteFailure(code, Some(verdict)).into());
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    schema::migrate(&mut connection)?;
    Ok(History { connection })
}

fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    )
}

/// Renames a damaged file and what belongs to it to the first free name.
fn set_aside(path: &Path) -> Result<PathBuf, HistoryError> {
    let named = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let mut number = 1_u64;
    while named(&format!(".damaged-{number}")).exists() {
        number += 1;
    }
    let aside = named(&format!(".damaged-{number}"));
    let moved = |from: PathBuf, to: PathBuf| {
        fs::rename(&from, to).map_err(|error| HistoryError::File { path: from, error })
    };
    for part in ["-wal", "-shm"] {
        if named(part).exists() {
            moved(named(part), named(&format!(".damaged-{number}{part}")))?;
        }
    }
    moved(path.to_owned(), aside.clone())?;
    Ok(aside)
}
