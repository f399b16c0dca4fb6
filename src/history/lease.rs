//! One run of a cluster at a time: a lease that ends by itself where its owner was killed.

use rusqlite::params;

use super::History;
use super::error::HistoryError;

/// How long a lease lasts, in seconds.
pub const LEASE_SECONDS: i64 = 900;

/// The right to run for a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The cluster.
    pub cluster: String,
    /// Who has it.
    pub owner: String,
}

impl History {
    /// Takes the lease of a cluster at a moment in seconds since 1970; `None` while another has it.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn take_lease(
        &self,
        cluster: &str,
        owner: &str,
        now: i64,
    ) -> Result<Option<Lease>, HistoryError> {
        let taken = self.connection.execute(
            "INSERT INTO leases (cluster, owner, until) VALUES (?1, ?2, ?3)
             ON CONFLICT (cluster) DO UPDATE SET owner = excluded.owner, until = excluded.until
             WHERE leases.until <= ?4 OR leases.owner = excluded.owner",
            params![cluster, owner, now + LEASE_SECONDS, now],
        )?;
        Ok((taken == 1).then(|| Lease {
            cluster: cluster.to_owned(),
            owner: owner.to_owned(),
        }))
    }

    /// Gives a lease back, if it is still its owner's.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn give_back(&self, lease: &Lease) -> Result<(), HistoryError> {
        self.connection.execute(
            "DELETE FROM leases WHERE cluster = ?1 AND owner = ?2",
            params![lease.cluster, lease.owner],
        )?;
        Ok(())
    }
}
