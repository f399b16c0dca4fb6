//! Opening a history, and setting a damaged file aside.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::error::HistoryError;
use super::place::Place;
#[cfg(feature = "postgres")]
use super::postgres;
use super::{History, sqlite};

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
/// When it is another program's or a later version's, or cannot be reached, read, written or moved.
pub fn open(place: &Place) -> Result<Opened, HistoryError> {
    match place {
        Place::Sqlite(path) => open_file(path),
        Place::Postgres(url) => on_server(url, &place.to_string()),
    }
}

#[cfg(feature = "postgres")]
fn on_server(url: &str, shown: &str) -> Result<Opened, HistoryError> {
    Ok(Opened {
        history: History {
            database: Box::new(postgres::open(url, shown)?),
        },
        set_aside: None,
    })
}

#[cfg(not(feature = "postgres"))]
fn on_server(_url: &str, shown: &str) -> Result<Opened, HistoryError> {
    Err(HistoryError::Server {
        place: shown.to_owned(),
        why: "this build of bayplan has no PostgreSQL in it: build it with the cargo feature `postgres`, or keep the history in sqlite:FILE"
            .to_owned(),
    })
}

fn open_file(path: &Path) -> Result<Opened, HistoryError> {
    match attempt(path) {
        Err(error) if is_damage(&error) => begun_anew(path),
        other => other.map(|history| Opened {
            history,
            set_aside: None,
        }),
    }
}

fn attempt(path: &Path) -> Result<History, HistoryError> {
    Ok(History {
        database: Box::new(sqlite::open(path)?),
    })
}

fn is_damage(error: &HistoryError) -> bool {
    matches!(error, HistoryError::Database(error) if sqlite::is_damage(error))
}

/// Sets a damaged file aside, unless another runner has done so meanwhile: one after another, by a lock on the folder. A lock on the file
/// would not do, since closing it takes `SQLite`'s own locks away. A folder that cannot be locked is gone on with.
fn begun_anew(path: &Path) -> Result<Opened, HistoryError> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = File::open(folder.unwrap_or(Path::new(".")));
    let _held_until_the_end = folder.and_then(|folder| folder.lock().map(|()| folder));
    let (history, set_aside) = match attempt(path) {
        Err(error) if is_damage(&error) => {
            let aside = set_aside(path)?;
            (attempt(path)?, Some(aside))
        }
        other => (other?, None),
    };
    Ok(Opened { history, set_aside })
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
