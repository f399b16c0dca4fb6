//! What happens to files and results while a fleet runs.

use super::super::attempts::Begun;
use super::*;

/// Only the unit whose file was written to is another; what has no hash in the manifest is planned as it is then.
#[test]
fn a_file_that_changes_while_it_is_planned_gives_no_result_under_the_old_key_and_ends_no_run() {
    let mut fleet = Fleet::of(&["touch", "touch-a", "ok-2"]);
    fleet.manifest.units[1].sha256 = None;
    let before = fleet.work();
    let summary = fleet.run(&Told::default(), &Never).expect("run");
    assert_eq!((summary.done, summary.fine, summary.poisoned), (3, 2, 0));
    let after = fleet.work();
    let results = fleet.results();
    assert_eq!(results.len(), 3);
    for at in [0, 1] {
        assert_ne!(before.units[at].key, after.units[at].key);
        assert!(!results.contains_key(&format!("{}.json", before.units[at].key)));
        assert!(fleet.attempts(at).len() <= 1);
    }
    assert!(results[&format!("{}.json", after.units[0].key)].contains("F1101"));
    assert!(results[&format!("{}.json", after.units[1].key)].contains("\"plan\""));
}

/// Written to between the look of the run and the unit's turn.
struct Edited<'a>(Told, &'a Path, AtomicUsize);

impl Runs for Edited<'_> {
    fn limits(&self) -> Limits {
        self.0.limits()
    }

    fn run(&self, args: &UnitArgs, input: &Path, stop: &dyn Stop) -> io::Result<Ended> {
        if self.2.fetch_add(1, Ordering::SeqCst) == 0 {
            fs::write(self.1, "ok-edited")?;
        }
        self.0.run(args, input, stop)
    }
}

#[test]
fn a_file_that_is_written_to_before_its_turn_is_said_and_its_copy_gives_the_result_of_both() {
    let named = "{\"cluster\": \"shop\"}";
    let fleet = Fleet::of(&["ok-0", named, named]);
    let work = fleet.work();
    let told = Edited(Told::default(), &work.units[1].path, AtomicUsize::new(0));
    let options = RunOptions {
        shard: Shard::WHOLE,
        jobs: NonZeroUsize::MIN,
        retry_poisoned: false,
    };
    let summary = run(&work, &fleet.store(), &told, options, &Never, &Nobody).expect("run");
    let seen = (summary.units, summary.done, summary.fine, summary.shared);
    assert_eq!(seen, (3, 3, 2, 0));
    let progress = progress(&fleet.work(), &fleet.store()).expect("progress");
    assert_eq!(progress.done(), 3);
}

#[test]
fn a_file_that_is_written_to_again_and_again_is_left_alone_and_the_others_are_done() {
    struct Restless(Told, AtomicUsize);
    impl Runs for Restless {
        fn limits(&self) -> Limits {
            self.0.limits()
        }
        fn run(&self, args: &UnitArgs, input: &Path, stop: &dyn Stop) -> io::Result<Ended> {
            if input.ends_with("0.json") {
                let time = self.1.fetch_add(1, Ordering::SeqCst);
                fs::write(input, format!("ok-{time}"))?;
            }
            self.0.run(args, input, stop)
        }
    }
    let mut fleet = Fleet::of(&["ok-x", "ok-1"]);
    fleet.manifest.units[0].sha256 = None;
    let told = Restless(Told::default(), AtomicUsize::new(0));
    let options = RunOptions {
        shard: Shard::WHOLE,
        jobs: NonZeroUsize::MIN,
        retry_poisoned: false,
    };
    let summary = run(
        &fleet.work(),
        &fleet.store(),
        &told,
        options,
        &Never,
        &Nobody,
    );
    let summary = summary.expect("run");
    assert_eq!((summary.done, summary.poisoned), (1, 1));
    assert_eq!(fleet.results().len(), 1);
}

/// Another runner has begun a unit, and ends well: this one does the others first, waits, finds the result, and has begun no attempt.
#[test]
fn what_another_runner_is_at_is_neither_begun_nor_set_aside() {
    let fleet = Fleet::of(&["ok-0", "ok-1"]);
    let work = fleet.work();
    let key = &work.units[0].key;
    let mut attempts = Attempts::of(&fleet.store(), key).expect("attempts");
    assert_eq!(attempts.begin(&fleet.store()), Ok(Begun::Ours(1)));
    assert_eq!(attempts.begin(&fleet.store()), Ok(Begun::Others));
    let before = progress(&work, &fleet.store()).expect("progress");
    assert_eq!((before.poisoned(), before.pending()), (0, 2));
    let summary = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(std::time::Duration::from_millis(700));
            let result =
                b"{\"id\": \"0.json\", \"exitCode\": 0, \"command\": \"plan\", \"plan\": {}}\n";
            fleet
                .store()
                .write_once(&key.result(), result)
                .expect("written");
        });
        fleet.run(&Told::default(), &Never).expect("run")
    });
    let seen = (summary.before, summary.done, summary.poisoned);
    assert_eq!(seen, (1, 1, 0));
    assert_eq!(fleet.attempts(0).len(), 1);
}

/// Gives the second unit its result, as another runner would, while the first runs.
struct Other<'a>(Told, &'a Fleet, &'a Key);
impl Runs for Other<'_> {
    fn limits(&self) -> Limits {
        self.0.limits()
    }
    fn run(&self, args: &UnitArgs, input: &Path, stop: &dyn Stop) -> io::Result<Ended> {
        let result = b"{\"exitCode\": 0, \"plan\": {}}\n";
        (self.1.store().write_once(&self.2.result(), result)).expect("written");
        self.0.run(args, input, stop)
    }
}

#[test]
fn a_result_that_is_there_is_found_before_an_attempt_begins() {
    let fleet = Fleet::of(&["ok-0", "ok-1"]);
    let work = fleet.work();
    let told = Other(Told::default(), &fleet, &work.units[1].key);
    let options = RunOptions {
        shard: Shard::WHOLE,
        jobs: NonZeroUsize::MIN,
        retry_poisoned: false,
    };
    let summary = run(&work, &fleet.store(), &told, options, &Never, &Nobody).expect("run");
    assert_eq!((summary.before, summary.done), (1, 1));
    assert!(fleet.attempts(1).is_empty());
}

#[test]
fn a_result_that_is_cut_short_is_none_and_is_written_anew() {
    let fleet = Fleet::of(&["ok-0", "ok-1"]);
    fleet.run(&Told::default(), &Never).expect("run");
    let whole = fleet.results();
    let name = fleet.work().units[0].key.result();
    let half = b"{\"id\": \"0.json\", \"exitCode\": 0";
    fleet.store().replace(&name, half).expect("written");
    let before = progress(&fleet.work(), &fleet.store()).expect("progress");
    assert_eq!((before.done(), before.pending()), (1, 1));
    let gathered = gather::gather(&fleet.work(), &fleet.store()).expect("gathered");
    assert_eq!(gathered[0].outcome, gather::Outcome::Broken(name));
    let summary = fleet.run(&Told::default(), &Never).expect("run");
    assert_eq!((summary.before, summary.done), (1, 1));
    assert_eq!(fleet.results(), whole);
}

#[test]
fn an_object_without_a_hash_and_what_is_no_file_are_results_that_say_so() {
    let mut fleet = Fleet::of(&["ok-0", "ok-1", "ok-2"]);
    fleet.manifest.units[0].input = "s3://fleet/a.json".into();
    fleet.manifest.units[0].sha256 = None;
    fleet.manifest.units[1].input = "/dev/zero".into();
    fleet.manifest.units[1].sha256 = None;
    let told = Told::default();
    let summary = fleet.run(&told, &Never).expect("run");
    assert_eq!((summary.done, summary.fine), (3, 1));
    let results = fleet.results();
    for (at, code) in [(0, "F1102"), (1, "F1103")] {
        let name = format!("{}.json", fleet.work().units[at].key);
        assert!(results[&name].contains(code), "{}", results[&name]);
    }
    assert_eq!(told.at_once.load(Ordering::SeqCst), 1);
}

/// Whoever gathers on another machine, or has taken a cluster away, has the results of what was listed; what was not done stays undone.
#[test]
fn results_of_files_that_are_gone_are_those_of_what_was_listed() {
    let fleet = Fleet::of(&["ok-0", "ok-1", "ok-2"]);
    let done = fleet.work();
    fleet.run(&Told::default(), &Never).expect("run");
    let third = done.units[2].key.result();
    fleet.store().remove(&third).expect("removed");
    for at in [0, 2] {
        fs::remove_file(&done.units[at].path).expect("removed");
    }
    fs::write(&done.units[1].path, "ok-other").expect("written");
    let work = fleet.work().as_listed(&fleet.store()).expect("a store");
    let is_of = |at: usize| work.units[at].key == done.units[at].key;
    assert_eq!([is_of(0), is_of(1), is_of(2)], [true, false, false]);
    let states = progress(&work, &fleet.store()).expect("progress").states;
    assert_eq!(states[0], State::Done);
    assert!(matches!(states[2], State::Pending(_)));
}
