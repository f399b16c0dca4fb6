//! One run of a cluster at a time: a lease that ends by itself where its owner was killed.

use super::History;
use super::database::Database;
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
    /// Takes the lease of a cluster at a moment in seconds since 1970 (the server's, where the history has one); `None` while another
    /// has it.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn take_lease(
        &mut self,
        cluster: &str,
        owner: &str,
        now: i64,
    ) -> Result<Option<Lease>, HistoryError> {
        let now = self.database.now()?.unwrap_or(now);
        let until = now + LEASE_SECONDS;
        let taken = self.database.execute(
            "INSERT INTO leases (cluster, owner, until) VALUES ($1, $2, $3)
             ON CONFLICT (cluster) DO UPDATE SET owner = excluded.owner, until = excluded.until
             WHERE leases.until <= $4 OR leases.owner = excluded.owner",
            &[cluster.into(), owner.into(), until.into(), now.into()],
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
    pub fn give_back(&mut self, lease: &Lease) -> Result<(), HistoryError> {
        self.database.wake()?;
        self.database.execute(
            "DELETE FROM leases WHERE cluster = $1 AND owner = $2",
            &[lease.cluster.as_str().into(), lease.owner.as_str().into()],
        )?;
        Ok(())
    }
}

/// Makes sure within a transaction that a lease is still its owner's: the row stays locked until the end of it.
pub(super) fn confirm(database: &mut dyn Database, lease: &Lease) -> Result<(), HistoryError> {
    let held = database.execute(
        "UPDATE leases SET owner = $1 WHERE cluster = $2 AND owner = $3",
        &[
            lease.owner.as_str().into(),
            lease.cluster.as_str().into(),
            lease.owner.as_str().into(),
        ],
    )?;
    if held == 1 {
        Ok(())
    } else {
        Err(HistoryError::LeaseLost {
            cluster: lease.cluster.clone(),
        })
    }
}
