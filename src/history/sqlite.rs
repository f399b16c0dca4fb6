//! A history in a `SQLite` file.

use std::path::Path;
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, ToSql, params_from_iter};

use super::database::{Database, Row, Value, wholly};
use super::error::HistoryError;
use super::schema::{APPLICATION, SQLITE_STEPS, VERSION};

/// How long to wait for another runner's write.
const PATIENCE: Duration = Duration::from_secs(10);

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Number(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

#[derive(Debug)]
pub(super) struct Sqlite(Connection);

impl Database for Sqlite {
    fn execute(&mut self, statement: &str, values: &[Value]) -> Result<u64, HistoryError> {
        Ok(self.0.execute(statement, params_from_iter(values))? as u64)
    }

    fn query(&mut self, statement: &str, values: &[Value]) -> Result<Vec<Row>, HistoryError> {
        let mut prepared = self.0.prepare(statement)?;
        let names: Vec<String> = (prepared.column_names().into_iter())
            .map(str::to_owned)
            .collect();
        let rows = prepared.query_map(params_from_iter(values), |row| {
            let value = |at: usize| -> rusqlite::Result<Value> {
                Ok(match row.get_ref(at)? {
                    ValueRef::Integer(number) => Value::Number(number),
                    ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
                    ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => Value::Null,
                })
            };
            (names.iter().enumerate())
                .map(|(at, name)| Ok((name.clone(), value(at)?)))
                .collect::<rusqlite::Result<_>>()
                .map(Row)
        })?;
        Ok(rows.collect::<rusqlite::Result<Vec<Row>>>()?)
    }

    fn batch(&mut self, statements: &str) -> Result<(), HistoryError> {
        Ok(self.0.execute_batch(statements)?)
    }

    fn begins(&self) -> &'static str {
        "BEGIN IMMEDIATE"
    }

    fn now(&mut self) -> Result<Option<i64>, HistoryError> {
        Ok(None)
    }
}

/// Opens a file, makes it where there is none, and brings it to the latest version.
pub(super) fn open(path: &Path) -> Result<Sqlite, HistoryError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(PATIENCE)?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let (application, version) = (
        pragma(&connection, "application_id")?,
        pragma(&connection, "user_version")?,
    );
    if tables > 0 && application != APPLICATION {
        let path = path.to_owned();
        return Err(HistoryError::Foreign { path });
    }
    if version > VERSION {
        return Err(HistoryError::Later {
            place: path.display().to_string(),
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
    let mut database = Sqlite(connection);
    wholly(&mut database, migrate)?;
    Ok(database)
}

fn pragma(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0))
}

/// Takes a history from its version to the latest. Another runner may have done it while this one waited.
fn migrate(database: &mut dyn Database) -> Result<(), HistoryError> {
    let found = database.query("PRAGMA user_version", &[])?;
    let version = found
        .first()
        .map_or(Ok(0), |row| row.number("user_version"))?;
    for (step, of_version) in SQLITE_STEPS.iter().zip(1_i64..) {
        if of_version > version {
            database.batch(step)?;
        }
    }
    let version = VERSION.max(version);
    database.batch(&format!(
        "PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {version}"
    ))
}

/// Whether a file is damaged.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    )
}
