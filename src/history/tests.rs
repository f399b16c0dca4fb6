//! Histories on disk: what is kept, what is refused, and what a damaged file becomes.

use std::fs;
use std::path::Path;

use rusqlite::Connection;

use super::*;

fn open(path: &Path) -> Result<Opened, HistoryError> {
    super::open(&Place::Sqlite(path.to_owned()))
}

fn raw(path: &Path, statements: &str) {
    let connection = Connection::open(path).expect("opened");
    connection.execute_batch(statements).expect("done");
}

fn run(cpu: u64) -> Run {
    Run {
        id: 0,
        recorded_at: 1_772_409_600,
        metrics_end: 1_772_406_000,
        cluster: "prod".to_owned(),
        region: "us-east-1".to_owned(),
        today_usd_per_hour: "1.25".to_owned(),
        planned_usd_per_hour: "0.75".to_owned(),
        running_usd_per_hour: Some("1.5".to_owned()),
        fleet: None,
        services: vec![Service {
            service: "api".to_owned(),
            cpu_today: 1_024,
            memory_mib_today: 2_048,
            cpu_wanted: cpu,
            memory_mib_wanted: 2_048,
            cpu_proposed: 1_024,
            memory_mib_proposed: 2_048,
            flags: "idle,oom".to_owned(),
            level: Some(10_000_000),
            counts: "2-9".to_owned(),
        }],
    }
}

#[test]
fn runs_read_back_as_they_were_recorded_by_whoever_opens_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("h.sqlite");
    let mut first = open(&path).expect("a new history").history;
    assert_eq!(first.record(&run(256), &[], None).expect("recorded"), 1);
    let mut second = open(&path).expect("the same history").history;
    assert_eq!(second.record(&run(512), &[], None).expect("recorded"), 2);
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
    assert!(
        history.record(&twice, &[], None).is_err(),
        "a service twice"
    );
    assert_eq!(history.runs().expect("none"), []);
}

#[test]
fn a_lease_is_one_runners_until_it_ends() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("h.sqlite");
    let mut one = open(&path).expect("a history").history;
    let mut two = open(&path).expect("the same").history;
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

/// Each opens it by itself, as runners of the same moment do.
#[test]
fn a_damaged_file_that_many_open_at_once_is_set_aside_once() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("history.sqlite");
        fs::write(&path, "damaged ".repeat(200)).expect("written");
        let ready = std::sync::Barrier::new(6);
        let aside: Vec<_> = std::thread::scope(|scope| {
            let one = || {
                ready.wait();
                open(&path).expect("opened").set_aside
            };
            let all: Vec<_> = (0..6).map(|_| scope.spawn(one)).collect();
            (all.into_iter())
                .filter_map(|one| one.join().expect("no panic"))
                .collect()
        });
        assert_eq!(aside, [folder.path().join("history.sqlite.damaged-1")]);
        let kept = fs::read_to_string(&aside[0]).expect("read");
        assert!(kept.starts_with("damaged damaged"));
        assert!(!folder.path().join("history.sqlite.damaged-2").exists());
    }
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
    raw(&path, "CREATE TABLE t (x)");
    assert!(matches!(open(&path), Err(HistoryError::Foreign { .. })));
    let path = folder.path().join("later.sqlite");
    drop(open(&path).expect("a history"));
    raw(&path, "PRAGMA user_version = 99");
    assert!(matches!(
        open(&path),
        Err(HistoryError::Later { found: 99, .. })
    ));
}

/// What versions 1 and 2 wrote.
const OF_VERSION_1: &str = "CREATE TABLE runs (
        id INTEGER PRIMARY KEY, recorded_at INTEGER NOT NULL, metrics_end INTEGER NOT NULL, cluster TEXT NOT NULL,
        region TEXT NOT NULL, today_usd_per_hour TEXT NOT NULL, planned_usd_per_hour TEXT NOT NULL) STRICT;
    CREATE INDEX runs_of_cluster ON runs (cluster, region, id);
    CREATE TABLE services (
        run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE, service TEXT NOT NULL, cpu_today INTEGER NOT NULL,
        memory_today INTEGER NOT NULL, cpu_wanted INTEGER NOT NULL, memory_wanted INTEGER NOT NULL,
        cpu_proposed INTEGER NOT NULL, memory_proposed INTEGER NOT NULL, flags TEXT NOT NULL,
        PRIMARY KEY (run, service)) STRICT, WITHOUT ROWID;
    INSERT INTO runs VALUES (1, 1772409600, 1772406000, 'prod', 'us-east-1', '1.25', '0.75');
    INSERT INTO services VALUES (1, 'api', 1024, 2048, 256, 2048, 1024, 2048, 'idle,oom');
    PRAGMA application_id = 1650555248; PRAGMA user_version = 1";
const OF_VERSION_2: &str = "CREATE TABLE leases (
        cluster TEXT PRIMARY KEY, owner TEXT NOT NULL, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    PRAGMA user_version = 2";

#[test]
fn histories_of_earlier_versions_are_brought_up_to_date_with_their_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    for version in 1..=2 {
        let path = folder.path().join(format!("{version}.sqlite"));
        raw(&path, OF_VERSION_1);
        if version == 2 {
            raw(&path, OF_VERSION_2);
        }
        let opened = open(&path).expect("brought up to date");
        assert_eq!(opened.set_aside, None);
        let mut history = opened.history;
        let mut expected = Run {
            id: 1,
            running_usd_per_hour: None,
            ..run(256)
        };
        expected.services[0].level = None;
        expected.services[0].counts = String::new();
        assert_eq!(history.runs().expect("one"), [expected]);
        let lease = history.take_lease("prod", "one", 0).expect("asked");
        assert_eq!(
            history
                .record(&run(512), &[change(0)], lease.as_ref())
                .expect("recorded"),
            2
        );
        assert_eq!(
            history.changes("prod", "us-east-1").expect("one"),
            [change(2)]
        );
    }
}

fn change(seen_by: i64) -> Change {
    Change {
        service: "api".to_owned(),
        seen_by,
        proposed_by: Some(1),
        since: 1_772_400_000,
        before: (1_024, 2_048),
        after: (256, 2_048),
        hours: 3,
        exceeded: 0,
        withdrawn_at: None,
    }
}

#[test]
fn what_became_of_a_change_is_written_over_what_was_known_of_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut history = open(&folder.path().join("h.sqlite"))
        .expect("a history")
        .history;
    history.record(&run(256), &[], None).expect("recorded");
    history
        .record(&run(256), &[change(0)], None)
        .expect("recorded");
    let later = Change {
        hours: 27,
        exceeded: 5,
        withdrawn_at: Some(1_772_500_000),
        ..change(2)
    };
    history
        .record(&run(256), std::slice::from_ref(&later), None)
        .expect("recorded");
    assert_eq!(history.changes("prod", "us-east-1").expect("one"), [later]);
    let runs = history.runs().expect("three");
    let became = outcomes(&runs, &history.changes("prod", "us-east-1").expect("one"));
    assert_eq!(
        (
            became[0].applied,
            became[0].withdrawn,
            became[0].is_of_what_runs
        ),
        (1, 1, true)
    );
    assert_eq!(
        became[0].promised_usd_per_hour.map(|usd| usd.to_string()),
        Some("0.50".to_owned())
    );
    assert_eq!(
        (became[1].applied, became[1].measured_usd_per_hour),
        (0, None)
    );
}

#[test]
fn fleets_without_a_bill_promise_and_measure_nothing() {
    let without = Run {
        planned_usd_per_hour: String::new(),
        ..run(256)
    };
    let became = outcomes(&[without], &[]);
    assert_eq!(became[0].promised_usd_per_hour, None);
}

#[test]
fn a_run_whose_lease_another_took_is_not_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("h.sqlite");
    let mut slow = open(&path).expect("a history").history;
    let lease = slow
        .take_lease("prod", "slow", 0)
        .expect("asked")
        .expect("free");
    let mut next = open(&path).expect("the same").history;
    let taken = next
        .take_lease("prod", "next", LEASE_SECONDS)
        .expect("asked");
    let error = slow
        .record(&run(256), &[], Some(&lease))
        .expect_err("another's");
    assert!(matches!(error, HistoryError::LeaseLost { .. }));
    assert_eq!(slow.runs().expect("none"), []);
    next.record(&run(256), &[], taken.as_ref())
        .expect("its own");
}
