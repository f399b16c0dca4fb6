//! What earlier runs of a cluster found, as the rules that look back need it. Who keeps it is not their business.

use std::collections::BTreeMap;

use super::grid::Size;

/// What a run found of a service.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// Size that it found.
    pub today: Size,
    /// Size that its rules asked for.
    pub wanted: Size,
    /// Size that it proposed.
    pub proposed: Size,
    /// Whether its rules asked for other counts.
    pub wants_counts: bool,
    /// Its adaptive level of CPU; `None` where its rules did not size CPU.
    pub level: Option<f64>,
}

/// An earlier run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Earlier {
    /// Its number.
    pub run: i64,
    /// Where its metrics ended, in seconds since 1970.
    pub metrics_end: i64,
    /// What it found, by service.
    pub services: BTreeMap<String, Found>,
}

/// A size that became another between two runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Run that found it; 0 where it is this one.
    pub seen_by: i64,
    /// Last run that proposed it; `None` where none did.
    pub proposed_by: Option<i64>,
    /// Since when, in seconds since 1970.
    pub since: i64,
    /// Size before.
    pub before: Size,
    /// Size since.
    pub after: Size,
    /// Hours measured since, of the week that follows.
    pub hours: u64,
    /// Hours of them above the new size.
    pub exceeded: u64,
    /// When it was withdrawn, in seconds since 1970.
    pub withdrawn_at: Option<i64>,
}

/// Everything that is known of the past.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Past {
    /// The last runs, the newest first.
    pub runs: Vec<Earlier>,
    /// The changes of each service, the oldest first.
    pub changes: BTreeMap<String, Vec<Change>>,
}

impl Past {
    /// What the last run found of a service.
    pub(super) fn last(&self, service: &str) -> Option<(&Earlier, &Found)> {
        let run = self.runs.first()?;
        Some((run, run.services.get(service)?))
    }
}
