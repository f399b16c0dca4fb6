//! What earlier runs of a cluster found, as the rules that look back need it. Who keeps it is not their business.

use std::collections::BTreeMap;

use super::grid::Size;
use super::series::HOUR;

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
    /// What the runs found of a service, the newest first; runs whose cluster file did not name it say nothing of it.
    pub(super) fn of<'a>(
        &'a self,
        service: &'a str,
    ) -> impl Iterator<Item = (&'a Earlier, &'a Found)> {
        (self.runs.iter()).filter_map(move |run| Some((run, run.services.get(service)?)))
    }

    /// What the last run that spoke of it found of a service.
    pub(super) fn last(&self, service: &str) -> Option<(&Earlier, &Found)> {
        let run = (self.runs.iter()).find(|run| run.services.contains_key(service))?;
        Some((run, run.services.get(service)?))
    }

    /// The size of a service by the hour, as far as runs saw it: what it was before the first change after that hour, else what the last run
    /// found, until that run, and from then on where it is still the same.
    pub(super) fn in_force(&self, service: &str, today: Size) -> impl Fn(i64) -> Option<Size> {
        let changes = self.changes.get(service).map_or(&[][..], Vec::as_slice);
        let last = self.last(service);
        let seen_since = (self.runs.iter())
            .rfind(|run| run.services.contains_key(service))
            .map_or(i64::MAX, |first| first.metrics_end);
        move |hour| {
            let start = hour * HOUR;
            if let Some(change) = changes.iter().find(|change| change.since > start) {
                return Some(change.before);
            }
            let (run, found) = last?;
            let is_seen = start >= seen_since || !changes.is_empty();
            let is_lasting = start < run.metrics_end || found.today == today;
            (is_seen && is_lasting).then_some(found.today)
        }
    }
}
