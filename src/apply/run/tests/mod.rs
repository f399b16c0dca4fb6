//! Runs against a cluster in memory that can be killed before and after every call.

mod ends;
mod guards;
mod memory;

use std::path::Path;

use super::*;
use crate::apply::budget::Budget;
use crate::apply::change::Request;
use crate::apply::fixture::{change, cluster, group, provider, service, size, step};
use crate::apply::journal::Header;
use crate::apply::state::GroupState;
use crate::apply::step::{Drain, Step};
use memory::{Kill, Memory, old_instances, today};

/// A folder in memory where there is one: a journal goes to disk line by line, thousands of times here.
fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    };
    made.expect("a folder")
}

/// A migration from one provider to another; with `deletes` the old one is emptied and deleted.
fn migration(deletes: bool) -> Vec<Step> {
    let shrunk = |max_size: u64| match group(&["m5.large"], false) {
        State::Group(now) => Some(State::Group(GroupState { max_size, ..now })),
        _ => None,
    };
    let both = cluster(&["old", "new", "FARGATE"], "old");
    let mut works = vec![
        change(
            Target::Group("bayplan-a".to_owned()),
            None,
            Some(group(&["m7i.large"], true)),
        ),
        change(
            Target::Provider("new".to_owned()),
            None,
            Some(provider("bayplan-a")),
        ),
        change(
            Target::Cluster("prod".to_owned()),
            Some(cluster(&["old", "FARGATE"], "old")),
            Some(both.clone()),
        ),
    ];
    for name in ["api", "web", "jobs"] {
        works.push(change(
            Target::Service(name.to_owned()),
            Some(service("old")),
            Some(service("new")),
        ));
    }
    works.push(change(
        Target::Size("jobs".to_owned()),
        Some(size(Some(7), 512)),
        Some(size(None, 128)),
    ));
    works.push(Work::Drain(Drain::all("old", "old-asg")));
    if deletes {
        works.push(change(
            Target::Cluster("prod".to_owned()),
            Some(both),
            Some(cluster(&["new", "FARGATE"], "new")),
        ));
        works.push(change(
            Target::Provider("old".to_owned()),
            Some(provider("old-asg")),
            None,
        ));
        works.push(change(
            Target::Group("old-asg".to_owned()),
            Some(group(&["m5.large"], false)),
            shrunk(0),
        ));
        works.push(change(Target::Group("old-asg".to_owned()), shrunk(0), None));
    }
    works.into_iter().map(step).collect()
}

const LIMITS: Limits = Limits {
    between: Duration::from_secs(5),
    step_timeout: Duration::from_mins(10),
    max_steps: None,
    parallel: 1,
    accepts_losses: false,
    instances: None,
};

fn begin(path: &Path, deletes: bool) -> Journal {
    Journal::begin(
        path,
        Header::new(
            ["prod", "us-east-1", "p", "f"],
            (Budget::new(12, Some(12), None), None),
            (&migration(deletes), 3),
        ),
    )
    .expect("begins")
}

/// The file as a kill leaves it: nothing after the call at which the run died.
fn die(memory: &mut Memory) -> bool {
    memory.kill = Kill::Never;
    let Some(bytes) = memory.at_death.take() else {
        return false;
    };
    std::fs::write(&memory.journal, bytes).expect("written");
    true
}

fn whole_run(path: &Path, kill: Kill, deletes: bool) -> (Memory, Outcome) {
    let mut memory = today(path);
    memory.kill = kill;
    let mut journal = begin(path, deletes);
    let outcome = Run::new(&mut memory, &mut journal, LIMITS)
        .go_on()
        .expect("a journal");
    (memory, outcome)
}

/// How often each name was created or deleted.
fn once(requests: &[Request]) -> bool {
    let made: Vec<&String> = (requests.iter())
        .filter_map(|request| match request {
            Request::CreateGroup(name, _) | Request::CreateProvider(name, _) => Some(name),
            _ => None,
        })
        .collect();
    let mut names = made.clone();
    names.sort();
    names.dedup();
    names.len() == made.len()
}

#[test]
fn killed_at_any_call_it_goes_on_to_the_same_end() {
    let folder = folder();
    let path = folder.path().join("prod.journal");
    let (end, outcome) = whole_run(&path, Kill::Never, true);
    assert!(matches!(outcome, Outcome::Complete), "{outcome:?}");
    assert!(
        !end.states
            .contains_key(&Target::Group("old-asg".to_owned()))
    );
    assert!(end.calls > 60, "{} calls", end.calls);
    for call in 1..=end.calls {
        for kill in [Kill::Before(call), Kill::After(call)] {
            let (mut memory, outcome) = whole_run(&path, kill, true);
            assert!(die(&mut memory), "{kill:?}: {outcome:?}");
            let mut journal = Journal::open(&path).expect("opens");
            let outcome = Run::new(&mut memory, &mut journal, LIMITS)
                .go_on()
                .expect("a journal");
            assert!(
                matches!(outcome, Outcome::Complete),
                "{kill:?}: {outcome:?}"
            );
            assert_eq!(
                (&memory.states, &memory.instances),
                (&end.states, &end.instances),
                "{kill:?}"
            );
            assert!(once(&memory.requests), "{kill:?}: {:?}", memory.requests);
        }
    }
}

#[test]
fn killed_at_any_call_it_goes_back_to_what_was_there() {
    goes_back_from_any_call(false);
}

#[test]
fn killed_at_any_call_what_was_deleted_by_then_is_made_anew() {
    goes_back_from_any_call(true);
}

fn goes_back_from_any_call(deletes: bool) {
    let folder = folder();
    let path = folder.path().join("prod.journal");
    let begun = today(&path).states;
    let (end, _) = whole_run(&path, Kill::Never, deletes);
    for call in 1..=end.calls {
        for kill in [Kill::Before(call), Kill::After(call)] {
            let (mut memory, _) = whole_run(&path, kill, deletes);
            assert!(die(&mut memory), "{kill:?}");
            // The way back dies as well, once, at some call of its own.
            memory.kill = Kill::After(memory.calls + 1 + call % 7);
            let mut journal = Journal::open(&path).expect("opens");
            let first = Run::new(&mut memory, &mut journal, LIMITS)
                .roll_back()
                .expect("a journal");
            if die(&mut memory) {
                let mut journal = Journal::open(&path).expect("opens");
                let again = Run::new(&mut memory, &mut journal, LIMITS)
                    .roll_back()
                    .expect("a journal");
                assert!(matches!(again, Outcome::Complete), "{kill:?}: {again:?}");
            } else {
                assert!(matches!(first, Outcome::Complete), "{kill:?}: {first:?}");
            }
            assert_eq!(memory.states, begun, "{kill:?}");
            assert!(
                memory.instances.iter().all(|(_, _, it)| !it.is_draining),
                "{kill:?}"
            );
        }
    }
}

#[test]
fn a_lost_answer_is_read_back_and_nothing_is_asked_for_twice() {
    let folder = folder();
    let path = folder.path().join("prod.journal");
    let (end, _) = whole_run(&path, Kill::Never, true);
    for call in 1..=end.calls {
        let (mut memory, outcome) = whole_run(&path, Kill::LostAnswer(call), true);
        if !matches!(outcome, Outcome::Complete) {
            memory.kill = Kill::Never;
            let mut journal = Journal::open(&path).expect("opens");
            let again = Run::new(&mut memory, &mut journal, LIMITS)
                .go_on()
                .expect("a journal");
            assert!(matches!(again, Outcome::Complete), "{call}: {again:?}");
        }
        assert_eq!(memory.states, end.states, "call {call}");
        assert!(once(&memory.requests), "call {call}");
    }
}

#[test]
fn an_instance_that_managed_scaling_takes_first_stops_nothing() {
    let folder = folder();
    let path = folder.path().join("j");
    let (plain, _) = whole_run(&path, Kill::Never, true);
    for (_, _, instance) in old_instances() {
        let mut memory = today(&path);
        memory.taken_meanwhile = Some(instance.ec2_id);
        let mut journal = begin(&path, true);
        let outcome = Run::new(&mut memory, &mut journal, LIMITS).go_on();
        assert!(matches!(outcome, Ok(Outcome::Complete)), "{outcome:?}");
        assert_eq!(memory.states, plain.states);
    }
}
