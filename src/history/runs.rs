//! Runs and what they found of each service.

use serde::Serialize;

use super::History;
use super::changes::{self, Change};
use super::database::{Database, Row, Value, stored, wholly};
use super::error::HistoryError;
use super::lease::{self, Lease};

/// One run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
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
    /// Bill of the fleet planned with the sizes of that day, USD per hour, exact; empty where it leaves tasks without a place.
    pub today_usd_per_hour: String,
    /// Bill of the fleet planned with the proposals, USD per hour, exact.
    pub planned_usd_per_hour: String,
    /// Bill of what ran then, USD per hour, exact; `None` where the cluster file did not say what ran.
    pub running_usd_per_hour: Option<String>,
    /// The plan of the fleet that the run ended with, as its document; later ones are held against it.
    #[serde(skip)]
    pub fleet: Option<String>,
    /// The services, by name.
    pub services: Vec<Service>,
}

/// What a run found of a service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
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
    /// The adaptive level of CPU, in billionths; `None` where the rules do not size it.
    pub level: Option<i64>,
    /// Counts that the rules asked for, in the words of whoever recorded them; empty where they asked for none.
    pub counts: String,
}

const RUN: &str = "id, recorded_at, metrics_end, cluster, region, today_usd_per_hour, planned_usd_per_hour, running_usd_per_hour";

impl History {
    /// Records a run and the changes that it saw or looked after, whole or not at all; its number. A change whose `seen_by` is 0 is a
    /// new one. With a lease, only while it is still its owner's.
    ///
    /// # Errors
    /// When the database refuses, or the lease is another's.
    pub fn record(
        &mut self,
        run: &Run,
        seen: &[Change],
        lease: Option<&Lease>,
    ) -> Result<i64, HistoryError> {
        // Planning may have taken minutes, in which routers and proxies forget a connection.
        self.database.wake()?;
        wholly(&mut *self.database, |database| {
            if let Some(lease) = lease {
                lease::confirm(database, lease)?;
            }
            let id = insert(database, run)?;
            for service in &run.services {
                insert_service(database, id, service)?;
            }
            for change in seen {
                changes::put(database, (&run.cluster, &run.region), id, change)?;
            }
            Ok(id)
        })
    }

    /// The last runs of a cluster, the newest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn last_runs(
        &mut self,
        cluster: &str,
        region: &str,
        most: usize,
    ) -> Result<Vec<Run>, HistoryError> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let runs = self.database.query(
            &format!(
                "SELECT {RUN} FROM runs WHERE cluster = $1 AND region = $2 ORDER BY id DESC LIMIT $3"
            ),
            &[cluster.into(), region.into(), most.into()],
        )?;
        self.filled(&runs)
    }

    /// The plan of the last fleet of a cluster that was kept, and the run that it is of.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn last_fleet(
        &mut self,
        cluster: &str,
        region: &str,
    ) -> Result<Option<(i64, String)>, HistoryError> {
        let found = self.database.query(
            "SELECT id, fleet FROM runs WHERE cluster = $1 AND region = $2 AND fleet IS NOT NULL
             ORDER BY id DESC LIMIT 1",
            &[cluster.into(), region.into()],
        )?;
        found
            .first()
            .map(|row| Ok((row.number("id")?, row.text("fleet"))))
            .transpose()
    }

    /// All runs, the oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn runs(&mut self) -> Result<Vec<Run>, HistoryError> {
        let runs = self
            .database
            .query(&format!("SELECT {RUN} FROM runs ORDER BY id"), &[])?;
        self.filled(&runs)
    }

    fn filled(&mut self, runs: &[Row]) -> Result<Vec<Run>, HistoryError> {
        let mut all = Vec::new();
        for row in runs {
            let mut run = of_row(row)?;
            let services = self.database.query(
                "SELECT * FROM services WHERE run = $1 ORDER BY service",
                &[run.id.into()],
            )?;
            run.services = services.iter().map(service).collect::<Result<_, _>>()?;
            // Servers sort by their language.
            run.services.sort_by(|a, b| a.service.cmp(&b.service));
            all.push(run);
        }
        Ok(all)
    }
}

fn insert(database: &mut dyn Database, run: &Run) -> Result<i64, HistoryError> {
    let inserted = database.query(
        "INSERT INTO runs (recorded_at, metrics_end, cluster, region, today_usd_per_hour, planned_usd_per_hour, running_usd_per_hour, fleet)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
        &[
            run.recorded_at.into(),
            run.metrics_end.into(),
            run.cluster.as_str().into(),
            run.region.as_str().into(),
            run.today_usd_per_hour.as_str().into(),
            run.planned_usd_per_hour.as_str().into(),
            run.running_usd_per_hour.as_deref().into(),
            run.fleet.as_deref().into(),
        ],
    )?;
    inserted.first().map_or_else(
        || Err(HistoryError::Number("no number of the new run".to_owned())),
        |row| row.number("id"),
    )
}

fn insert_service(
    database: &mut dyn Database,
    run: i64,
    service: &Service,
) -> Result<(), HistoryError> {
    database.execute(
        "INSERT INTO services (run, service, cpu_today, memory_today, cpu_wanted, memory_wanted, cpu_proposed, memory_proposed, flags, level, counts)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        &[
            run.into(),
            service.service.as_str().into(),
            stored(service.cpu_today)?,
            stored(service.memory_mib_today)?,
            stored(service.cpu_wanted)?,
            stored(service.memory_mib_wanted)?,
            stored(service.cpu_proposed)?,
            stored(service.memory_mib_proposed)?,
            service.flags.as_str().into(),
            Value::from(service.level),
            service.counts.as_str().into(),
        ],
    )?;
    Ok(())
}

fn of_row(row: &Row) -> Result<Run, HistoryError> {
    Ok(Run {
        id: row.number("id")?,
        recorded_at: row.number("recorded_at")?,
        metrics_end: row.number("metrics_end")?,
        cluster: row.text("cluster"),
        region: row.text("region"),
        today_usd_per_hour: row.text("today_usd_per_hour"),
        planned_usd_per_hour: row.text("planned_usd_per_hour"),
        running_usd_per_hour: row.text_if_any("running_usd_per_hour"),
        fleet: None,
        services: Vec::new(),
    })
}

fn service(row: &Row) -> Result<Service, HistoryError> {
    Ok(Service {
        service: row.text("service"),
        cpu_today: row.amount("cpu_today")?,
        memory_mib_today: row.amount("memory_today")?,
        cpu_wanted: row.amount("cpu_wanted")?,
        memory_mib_wanted: row.amount("memory_wanted")?,
        cpu_proposed: row.amount("cpu_proposed")?,
        memory_mib_proposed: row.amount("memory_proposed")?,
        flags: row.text("flags"),
        level: row.number_if_any("level"),
        counts: row.text("counts"),
    })
}
