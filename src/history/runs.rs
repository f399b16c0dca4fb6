//! Runs and what they found of each service.

use rusqlite::{Row, TransactionBehavior, params};
use serde::Serialize;

use super::History;
use super::error::HistoryError;

/// One run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// Its number, from 1; 0 before it is recorded.
    pub id: i64,
    /// When it was recorded, in seconds since 1970.
    pub recorded_at: i64,
    /// Where its metrics end, in seconds since 1970.
    pub metrics_end: i64,
    /// Cluster.
    pub cluster: String,
    /// AWS Region.
    pub region: String,
    /// Bill of the fleet planned with the sizes of that day, USD per hour, exact.
    pub today_usd_per_hour: String,
    /// Bill of the fleet planned with the proposals, USD per hour, exact.
    pub planned_usd_per_hour: String,
    /// The services, by name.
    pub services: Vec<Service>,
}

/// What a run found of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Service {
    /// Its name.
    pub service: String,
    /// CPU units of that day.
    pub cpu_today: u64,
    /// MiB of that day.
    pub memory_mib_today: u64,
    /// CPU units that the rules asked for.
    pub cpu_wanted: u64,
    /// MiB that the rules asked for.
    pub memory_mib_wanted: u64,
    /// CPU units that were proposed.
    pub cpu_proposed: u64,
    /// MiB that were proposed.
    pub memory_mib_proposed: u64,
    /// Flags, separated by commas.
    pub flags: String,
}

impl History {
    /// Records a run, whole or not at all; its number.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn record(&mut self, run: &Run) -> Result<i64, HistoryError> {
        let transaction =
            (self.connection).transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute(
            "INSERT INTO runs (recorded_at, metrics_end, cluster, region, today_usd_per_hour, planned_usd_per_hour)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![run.recorded_at, run.metrics_end, run.cluster, run.region, run.today_usd_per_hour, run.planned_usd_per_hour],
        )?;
        let id = transaction.last_insert_rowid();
        for service in &run.services {
            transaction.execute(
                "INSERT INTO services VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                params![
                    id,
                    service.service,
                    to_stored(service.cpu_today)?,
                    to_stored(service.memory_mib_today)?,
                    to_stored(service.cpu_wanted)?,
                    to_stored(service.memory_mib_wanted)?,
                    to_stored(service.cpu_proposed)?,
                    to_stored(service.memory_mib_proposed)?,
                    service.flags
                ],
            )?;
        }
        transaction.commit()?;
        Ok(id)
    }

    /// The last runs of a cluster, the newest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn last_runs(
        &self,
        cluster: &str,
        region: &str,
        most: usize,
    ) -> Result<Vec<Run>, HistoryError> {
        let mut statement = (self.connection).prepare(
            "SELECT * FROM runs WHERE cluster = ?1 AND region = ?2 ORDER BY id DESC LIMIT ?3",
        )?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let runs = statement.query_map(params![cluster, region, most], of_row)?;
        self.filled(runs)
    }

    /// All runs, the oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn runs(&self) -> Result<Vec<Run>, HistoryError> {
        let mut statement = self.connection.prepare("SELECT * FROM runs ORDER BY id")?;
        let runs = statement.query_map([], of_row)?;
        self.filled(runs)
    }

    fn filled(
        &self,
        runs: impl Iterator<Item = rusqlite::Result<Run>>,
    ) -> Result<Vec<Run>, HistoryError> {
        let mut statement =
            (self.connection).prepare("SELECT * FROM services WHERE run = ?1 ORDER BY service")?;
        let mut all = Vec::new();
        for run in runs {
            let mut run = run?;
            let mut rows = statement.query([run.id])?;
            while let Some(row) = rows.next()? {
                run.services.push(service(row)?);
            }
            all.push(run);
        }
        Ok(all)
    }
}

fn of_row(row: &Row<'_>) -> rusqlite::Result<Run> {
    Ok(Run {
        id: row.get("id")?,
        recorded_at: row.get("recorded_at")?,
        metrics_end: row.get("metrics_end")?,
        cluster: row.get("cluster")?,
        region: row.get("region")?,
        today_usd_per_hour: row.get("today_usd_per_hour")?,
        planned_usd_per_hour: row.get("planned_usd_per_hour")?,
        services: Vec::new(),
    })
}

fn service(row: &Row<'_>) -> Result<Service, HistoryError> {
    let number = |name: &str| -> Result<u64, HistoryError> {
        let stored: i64 = row.get(name)?;
        u64::try_from(stored).map_err(|_| HistoryError::Number(stored.to_string()))
    };
    Ok(Service {
        service: row.get("service")?,
        cpu_today: number("cpu_today")?,
        memory_mib_today: number("memory_today")?,
        cpu_wanted: number("cpu_wanted")?,
        memory_mib_wanted: number("memory_wanted")?,
        cpu_proposed: number("cpu_proposed")?,
        memory_mib_proposed: number("memory_proposed")?,
        flags: row.get("flags")?,
    })
}

fn to_stored(value: u64) -> Result<i64, HistoryError> {
    i64::try_from(value).map_err(|_| HistoryError::Number(value.to_string()))
}
