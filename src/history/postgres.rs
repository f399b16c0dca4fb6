//! A history in `PostgreSQL`, in a schema of its own, so that it may share a database with others.
//!
//! Over the network the connection is encrypted and the server's certificate is looked at (roots of the system, or of `SSL_CERT_FILE`);
//! `sslmode=disable` says that it is not to be. Moments of leases are the server's, whose clock all runners share.
//!
//! While a fleet is planned nothing is asked for minutes, and NAT gateways and proxies forget a connection meanwhile: it is kept alive, looked
//! at before a run is recorded, and made anew where it is gone. The lease says whether the run is still its owner's.
//! Where the tables are of the latest version nothing is made, so that a role that may only read can list and show.

use std::error::Error as _;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use postgres::config::{Host, SslMode};
use postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, Config, NoTls};
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::database::{Database, Row, Value, wholly};
use super::error::HistoryError;
use super::schema::{POSTGRES_STEPS, VERSION};

/// How long to wait for a connection, where its text does not say.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a connection is left without a sign of life: NAT gateways of AWS forget one after 350 s.
const KEEP_ALIVE: Duration = Duration::from_mins(1);
/// What holds for a connection: where the tables are, and how long another's write is waited for.
const SETTINGS: &str = "SET search_path TO bayplan; SET lock_timeout TO '10s'";
/// The lock that runners who make or migrate the tables take one after another: the bytes of "bayplan" as a number.
const MIGRATION: i64 = 0x62_6179_706c_616e;

#[derive(Debug)]
pub(super) struct Postgres(String, Holder);

/// A connection, and how it is made anew. Neither is shown: there is a password in it.
struct Holder {
    client: Client,
    config: Config,
    is_plain: bool,
}

impl std::fmt::Debug for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a connection")
    }
}

impl ToSql for Value {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Number(number) => number.to_sql(ty, out),
            Self::Text(text) => text.to_sql(ty, out),
        }
    }

    fn accepts(ty: &Type) -> bool {
        [Type::INT8, Type::TEXT].contains(ty)
    }

    to_sql_checked!();
}

impl Postgres {
    fn failed(&self, error: &postgres::Error) -> HistoryError {
        HistoryError::Server {
            place: self.0.clone(),
            why: said(error),
        }
    }
}

impl Database for Postgres {
    fn execute(&mut self, statement: &str, values: &[Value]) -> Result<u64, HistoryError> {
        let changed = self.1.client.execute(statement, &borrowed(values));
        changed.map_err(|error| self.failed(&error))
    }

    fn query(&mut self, statement: &str, values: &[Value]) -> Result<Vec<Row>, HistoryError> {
        let found = self.1.client.query(statement, &borrowed(values));
        let rows = found.map_err(|error| self.failed(&error))?;
        (rows.iter())
            .map(|row| {
                (row.columns().iter().enumerate())
                    .map(|(at, column)| {
                        let value = if *column.type_() == Type::INT8 {
                            row.try_get::<_, Option<i64>>(at).map(Value::from)
                        } else {
                            let text = row.try_get::<_, Option<String>>(at);
                            text.map(|text| text.as_deref().map_or(Value::Null, Value::from))
                        };
                        Ok((column.name().to_owned(), value?))
                    })
                    .collect::<Result<_, postgres::Error>>()
                    .map(Row)
                    .map_err(|error| self.failed(&error))
            })
            .collect()
    }

    fn batch(&mut self, statements: &str) -> Result<(), HistoryError> {
        let done = self.1.client.batch_execute(statements);
        done.map_err(|error| self.failed(&error))
    }

    fn wake(&mut self) -> Result<(), HistoryError> {
        if self.1.client.is_valid(PATIENCE).is_ok() {
            return Ok(());
        }
        let client = connected(&self.1.config, self.1.is_plain);
        self.1.client = client.map_err(|why| HistoryError::Server {
            place: self.0.clone(),
            why,
        })?;
        self.batch(SETTINGS)
    }

    fn begins(&self) -> &'static str {
        "BEGIN"
    }

    fn now(&mut self) -> Result<Option<i64>, HistoryError> {
        let now = "SELECT CAST(floor(extract(epoch FROM clock_timestamp())) AS BIGINT) AS now";
        let found = self.query(now, &[])?;
        found.first().map(|row| row.number("now")).transpose()
    }
}

fn borrowed(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    (values.iter())
        .map(|value| value as &(dyn ToSql + Sync))
        .collect()
}

/// What the server or the connection says, with what it comes from, each once. A password is in neither.
fn said(error: &postgres::Error) -> String {
    if let Some(of_server) = error.as_db_error() {
        return of_server.to_string();
    }
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}

/// Connects to the server of a URL, and brings its history to the latest version. `shown` is the place without its password.
pub(super) fn open(url: &str, shown: &str) -> Result<Postgres, HistoryError> {
    let refused = |why: String| HistoryError::Server {
        place: shown.to_owned(),
        why,
    };
    // What the parser says of a URL may quote it.
    let mut config = Config::from_str(url).map_err(|_| {
        refused("this is no URL of PostgreSQL: write postgres://USER@HOST:PORT/DATABASE, with `?sslmode=…` where it is needed".to_owned())
    })?;
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(PATIENCE);
    }
    if config.get_application_name().is_none() {
        config.application_name("bayplan");
    }
    if !url.contains("keepalives") {
        config.keepalives_idle(KEEP_ALIVE);
    }
    let is_plain = match config.get_ssl_mode() {
        SslMode::Disable => true,
        SslMode::Prefer => config.get_hosts().iter().all(is_here),
        _ => false,
    };
    if is_plain {
        config.ssl_mode(SslMode::Disable);
    }
    let holder = Holder {
        client: connected(&config, is_plain).map_err(refused)?,
        config,
        is_plain,
    };
    let mut database = Postgres(shown.to_owned(), holder);
    if !is_of_today(&mut database)? {
        migrate(&mut database)?;
    }
    database.batch(SETTINGS)?;
    Ok(database)
}

fn connected(config: &Config, is_plain: bool) -> Result<Client, String> {
    let client = if is_plain {
        config.connect(NoTls)
    } else {
        config.connect(MakeRustlsConnect::new(encryption()?))
    };
    client.map_err(|error| said(&error))
}

/// Whether a host is this machine.
fn is_here(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost"
                || (name.parse::<std::net::IpAddr>()).is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

fn encryption() -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// Whether the tables are there in the latest version, so that nothing is to be made.
fn is_of_today(database: &mut Postgres) -> Result<bool, HistoryError> {
    let is_there =
        "SELECT CAST(1 AS BIGINT) AS one WHERE to_regclass('bayplan.version') IS NOT NULL";
    if database.query(is_there, &[])?.is_empty() {
        return Ok(false);
    }
    let found = database.query("SELECT number FROM bayplan.version", &[])?;
    Ok((found.first()).is_some_and(|row| row.number_if_any("number") == Some(VERSION)))
}

fn migrate(database: &mut Postgres) -> Result<(), HistoryError> {
    let known = database.query(
        "SELECT CAST(1 AS BIGINT) AS one WHERE to_regnamespace('bayplan') IS NOT NULL",
        &[],
    );
    let is_there = !known?.is_empty();
    let place = database.0.clone();
    wholly(database, |database| {
        database.batch(&format!("SELECT pg_advisory_xact_lock({MIGRATION})"))?;
        if !is_there {
            database.batch("CREATE SCHEMA IF NOT EXISTS bayplan")?;
        }
        database.batch(
            "SET search_path TO bayplan; CREATE TABLE IF NOT EXISTS version (number BIGINT NOT NULL)",
        )?;
        let found = database.query("SELECT number FROM version", &[])?;
        let version = found.first().map_or(Ok(0), |row| row.number("number"))?;
        if version > VERSION {
            return Err(HistoryError::Later {
                place,
                found: version,
                known: VERSION,
            });
        }
        for (of_version, step) in POSTGRES_STEPS {
            if of_version > version {
                database.batch(step)?;
            }
        }
        if version < VERSION {
            database.batch(&format!(
                "DELETE FROM version; INSERT INTO version (number) VALUES ({VERSION})"
            ))?;
        }
        Ok(())
    })
}
