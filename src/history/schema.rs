//! Tables of a history, and the steps from each version to the next. A step is never changed once it was released.

use rusqlite::{Connection, TransactionBehavior};

use super::error::HistoryError;

/// Marks a `SQLite` file as a history: the bytes of "bayp".
pub(super) const APPLICATION: i64 = 0x6261_7970;

/// Steps of versions 1, 2, ….
const STEPS: [&str; 2] = [
    "CREATE TABLE runs (
        id INTEGER PRIMARY KEY,
        recorded_at INTEGER NOT NULL,
        metrics_end INTEGER NOT NULL,
        cluster TEXT NOT NULL,
        region TEXT NOT NULL,
        today_usd_per_hour TEXT NOT NULL,
        planned_usd_per_hour TEXT NOT NULL
    ) STRICT;
    CREATE INDEX runs_of_cluster ON runs (cluster, region, id);
    CREATE TABLE services (
        run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        service TEXT NOT NULL,
        cpu_today INTEGER NOT NULL,
        memory_today INTEGER NOT NULL,
        cpu_wanted INTEGER NOT NULL,
        memory_wanted INTEGER NOT NULL,
        cpu_proposed INTEGER NOT NULL,
        memory_proposed INTEGER NOT NULL,
        flags TEXT NOT NULL,
        PRIMARY KEY (run, service)
    ) STRICT, WITHOUT ROWID;",
    "CREATE TABLE leases (
        cluster TEXT PRIMARY KEY,
        owner TEXT NOT NULL,
        until INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;",
];

/// The latest version.
pub(super) const VERSION: i64 = 2;

/// Takes a history from its version to the latest, all steps or none.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), HistoryError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another runner may have done it while this one waited.
    let version: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    for (step, of_version) in STEPS.iter().zip(1_i64..) {
        if of_version > version {
            transaction.execute_batch(step)?;
        }
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", VERSION.max(version))?;
    transaction.commit()?;
    Ok(())
}
