//! What right-sizing runs found and proposed, kept from run to run: in a `SQLite` file, or in `PostgreSQL` where several runners share it.
//!
//! The statements are the same for both (`database` is all that they are asked for), and so is what holds: a run is kept whole or not at
//! all, one run of a cluster goes on at a time, and a run whose lease another has taken is not kept. A `SQLite` file is written ahead
//! (WAL), so that a reader never waits and a run that is killed leaves the last whole state; one that is damaged is set aside under another
//! name and said; one that is of another program, or of a later version of this one, is left alone.

mod changes;
mod database;
mod error;
mod lease;
mod open;
mod outcomes;
mod place;
#[cfg(feature = "postgres")]
mod postgres;
mod runs;
mod schema;
mod sqlite;

#[cfg(test)]
mod tests;

use database::Database;

pub use changes::Change;
pub use error::HistoryError;
pub use lease::{LEASE_SECONDS, Lease};
pub use open::{Opened, open};
pub use outcomes::{Outcome, outcomes};
pub use place::Place;
pub use runs::{Run, Service};

/// An open history.
#[derive(Debug)]
pub struct History {
    database: Box<dyn Database>,
}
