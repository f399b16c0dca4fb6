//! V01: the document speaks of this cluster, this Region and, where it was made from a snapshot, this state of the live cluster.

use jiff::Timestamp;

use crate::check::facts::Facts;
use crate::check::violation::{Rule, Violation};
use crate::domain::plan::SnapshotStamp;

pub(super) fn violations(facts: &Facts<'_>) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut compare = |place: &str, found: &str, expected: &str| {
        if found != expected {
            violations.push(Violation::new(
                Rule::Document,
                place,
                format!("`{found}`"),
                format!("`{expected}`"),
            ));
        }
    };
    compare("cluster", &facts.plan.cluster, &facts.cluster.name);
    compare("region", &facts.plan.region, &facts.cluster.region);
    violations.extend(another_state(facts));
    violations
}

/// A stamp of another state than the cluster file's. One that was read again later has the same fingerprint and a later time.
fn another_state(facts: &Facts<'_>) -> Option<Violation> {
    let planned = facts.plan.snapshot.as_ref();
    let given = facts.cluster.deployed.snapshot.as_ref();
    let is_same = match (planned, given) {
        (None, None) => true,
        (Some(planned), Some(given)) => planned == given || is_read_again(planned, given),
        _ => false,
    };
    let words = |stamp: Option<&SnapshotStamp>| match stamp {
        Some(stamp) => format!("the state {} of {}", stamp.fingerprint, stamp.taken_at),
        None => "no snapshot".to_owned(),
    };
    (!is_same).then(|| Violation::new(Rule::Document, "snapshot", words(planned), words(given)))
}

fn is_read_again(planned: &SnapshotStamp, given: &SnapshotStamp) -> bool {
    let time = |stamp: &SnapshotStamp| stamp.taken_at.parse::<Timestamp>().ok();
    let is_later =
        (time(given).zip(time(planned))).is_some_and(|(given, planned)| given >= planned);
    planned.fingerprint == given.fingerprint && is_later
}
