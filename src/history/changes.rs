//! Sizes that became others between two runs, and the use that followed: what was applied, and how it went.

use serde::Serialize;

use super::History;
use super::database::{Database, Row, stored};
use super::error::HistoryError;

/// A service's size that is another than the run before found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// The service.
    pub service: String,
    /// Run that found it; 0 before that run is recorded.
    pub seen_by: i64,
    /// Last run that proposed it; `None` where nobody did.
    pub proposed_by: Option<i64>,
    /// Since when the new size is in force, as far as the metrics say, in seconds since 1970.
    pub since: i64,
    /// CPU units and MiB before.
    pub before: (u64, u64),
    /// CPU units and MiB since.
    pub after: (u64, u64),
    /// Hours measured since.
    pub hours: u64,
    /// Hours of them above the new size.
    pub exceeded: u64,
    /// When it was withdrawn because of them, in seconds since 1970.
    pub withdrawn_at: Option<i64>,
}

impl History {
    /// The changes of a cluster, the oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn changes(&mut self, cluster: &str, region: &str) -> Result<Vec<Change>, HistoryError> {
        let rows = self.database.query(
            "SELECT * FROM changes WHERE cluster = $1 AND region = $2 ORDER BY seen_by",
            &[cluster.into(), region.into()],
        )?;
        let mut changes: Vec<Change> = rows.iter().map(of_row).collect::<Result<_, _>>()?;
        changes.sort_by(|a, b| (a.seen_by, &a.service).cmp(&(b.seen_by, &b.service)));
        Ok(changes)
    }
}

/// Writes a change of a run: a new one, or what became of an earlier one.
pub(super) fn put(
    database: &mut dyn Database,
    (cluster, region): (&str, &str),
    id: i64,
    change: &Change,
) -> Result<(), HistoryError> {
    let seen_by = if change.seen_by == 0 {
        id
    } else {
        change.seen_by
    };
    database.execute(
        "INSERT INTO changes (cluster, region, service, seen_by, proposed_by, since, cpu_before, memory_before, cpu_after, memory_after,
                              hours, exceeded, withdrawn_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         ON CONFLICT (service, seen_by) DO UPDATE SET hours = excluded.hours, exceeded = excluded.exceeded, withdrawn_at = excluded.withdrawn_at",
        &[
            cluster.into(),
            region.into(),
            change.service.as_str().into(),
            seen_by.into(),
            change.proposed_by.into(),
            change.since.into(),
            stored(change.before.0)?,
            stored(change.before.1)?,
            stored(change.after.0)?,
            stored(change.after.1)?,
            stored(change.hours)?,
            stored(change.exceeded)?,
            change.withdrawn_at.into(),
        ],
    )?;
    Ok(())
}

fn of_row(row: &Row) -> Result<Change, HistoryError> {
    Ok(Change {
        service: row.text("service"),
        seen_by: row.number("seen_by")?,
        proposed_by: row.number_if_any("proposed_by"),
        since: row.number("since")?,
        before: (row.amount("cpu_before")?, row.amount("memory_before")?),
        after: (row.amount("cpu_after")?, row.amount("memory_after")?),
        hours: row.amount("hours")?,
        exceeded: row.amount("exceeded")?,
        withdrawn_at: row.number_if_any("withdrawn_at"),
    })
}
