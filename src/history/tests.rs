//! Histories on disk: what is kept, what is refused, and what a damaged file becomes.

use std::fs;

use rusqlite::Connection;

use super::*;

fn run(cpu: u64) -> Run {
    Run {
        id: 0,
        recorded_at: 1_772_409_600,
        metrics_end: 1_772_406_000,
        cluster: "prod".to_owned(),
        region: "us-east-1".to_owned(),
        today_usd_per_hour: "1.25".to_owned(),
        planned_usd_per_hour: "0.75".to_owned(),
        services: vec![Service {
            service: "api".to_owned(),
            cpu_today: 1_024,
            memory_mib_today: 2_048,
            cpu_wanted: cpu,
            memory_mib_wanted: 2_048,
            cpu_proposed: 1_024,
            memory_mib_proposed: 2_048,
            flags: "idle,oom".to_owned(),
        }],
    }
}

#[test]
fn runs_read_back_as_they_were_recorded_by_whoever_opens_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("h.sqlite");
    let mut first = open(&path).expect("a new history").history;
    assert_eq!(first.record(&run(256)).expect("recorded"), 1);
    let mut second = open(&path).expect("the same history").history;
    assert_eq!(second.record(&run(512)).expect("recorded"), 2);
    let newest = first.last_runs("prod", "us-east-1", 1).expect("a run");
    assert_eq!(newest, [Run { id: 2, ..run(512) }]);
    assert_eq!(first.runs().expect("both").len(), 2);
    assert_eq!(first.last_runs("prod", "eu-west-1", 9).expect("none"), []);
}

#[test]
fn a_run_that_was_not_committed_is_not_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("h.sqlite");
    let mut history = open(&path).expect("a new history").history;
    let twice = Run {
        services: [run(1).services, run(2).services].concat(),
        ..run(1)
    };
    assert!(history.record(&twice).is_err(), "a service twice");
    assert_eq!(history.runs().expect("none"), []);
}

#[test]
fn a_lease_is_one_runners_until_it_ends() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("h.sqlite");
    let one = open(&path).expect("a history").history;
    let two = open(&path).expect("the same").history;
    let lease = one
        .take_lease("prod", "one", 1_000)
        .expect("asked")
        .expect("free");
    assert_eq!(
        two.take_lease("prod", "two", 1_000 + LEASE_SECONDS - 1)
            .expect("asked"),
        None
    );
    assert!(
        two.take_lease("other", "two", 1_000)
            .expect("asked")
            .is_some()
    );
    // Killed: the lease ends by itself, and what the dead one would give back is not its own any more.
    let taken = two
        .take_lease("prod", "two", 1_000 + LEASE_SECONDS)
        .expect("asked");
    assert!(taken.is_some());
    one.give_back(&lease).expect("nothing to give back");
    assert_eq!(
        one.take_lease("prod", "one", 1_001 + LEASE_SECONDS)
            .expect("asked"),
        None
    );
    two.give_back(&taken.expect("a lease")).expect("given back");
    assert!(
        one.take_lease("prod", "one", 1_001 + LEASE_SECONDS)
            .expect("asked")
            .is_some()
    );
}

#[test]
fn a_damaged_file_is_set_aside_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("h.sqlite");
    fs::write(
        &path,
        "this is no database, and it is longer than its head of a hundred bytes: ".repeat(3),
    )
    .expect("written");
    let opened = open(&path).expect("a new one in its place");
    let aside = opened.set_aside.expect("a damaged one");
    assert!(
        fs::read_to_string(&aside)
            .expect("kept")
            .starts_with("this is no database")
    );
    drop(opened.history);
    fs::write(&path, "again damaged ".repeat(20)).expect("written");
    let again = open(&path)
        .expect("a new one")
        .set_aside
        .expect("a second one");
    assert_ne!(again, aside);
}

#[test]
fn databases_of_others_and_of_later_versions_are_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("other.sqlite");
    Connection::open(&path)
        .expect("made")
        .execute_batch("CREATE TABLE t (x)")
        .expect("a table");
    assert!(matches!(open(&path), Err(HistoryError::Foreign { .. })));
    let path = folder.path().join("later.sqlite");
    let history = open(&path).expect("a history").history;
    history
        .connection
        .pragma_update(None, "user_version", 99)
        .expect("later");
    assert!(matches!(
        open(&path),
        Err(HistoryError::Later { found: 99, .. })
    ));
}

#[test]
fn a_history_of_the_first_version_is_brought_up_to_date_with_its_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("h.sqlite");
    let mut history = open(&path).expect("a history").history;
    history.record(&run(256)).expect("recorded");
    history
        .connection
        .execute_batch("DROP TABLE leases; PRAGMA user_version = 1")
        .expect("as it was");
    drop(history);
    let opened = open(&path).expect("brought up to date");
    assert_eq!(opened.set_aside, None);
    assert_eq!(opened.history.runs().expect("one").len(), 1);
    assert!(
        opened
            .history
            .take_lease("prod", "one", 0)
            .expect("asked")
            .is_some()
    );
}
