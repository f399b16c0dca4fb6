//! What is looked at right before something is taken away, and what became of services meanwhile.

use super::*;

const DRAIN: usize = 7;

/// A run that ended right before its drain, and its journal.
fn before_the_drain(path: &Path) -> (Memory, Journal) {
    let (mut memory, mut journal) = (today(path), begin(path, true));
    let few = Limits {
        max_steps: Some(DRAIN),
        ..LIMITS
    };
    let outcome = Run::new(&mut memory, &mut journal, few).go_on();
    assert!(matches!(outcome, Ok(Outcome::Prefix(5))), "{outcome:?}");
    (memory, journal)
}

fn on(memory: &mut Memory, journal: &mut Journal, limits: Limits) -> Outcome {
    let outcome = Run::new(memory, journal, limits).go_on();
    outcome.expect("a journal")
}

fn drains(memory: &Memory) -> usize {
    let mut all = memory.instances.iter();
    all.by_ref().filter(|(_, _, it)| it.is_draining).count()
}

#[test]
fn a_provider_that_a_service_came_back_to_is_not_drained() {
    let folder = folder();
    let path = folder.path().join("j");
    let (mut memory, mut journal) = before_the_drain(&path);
    let web = Target::Service("web".to_owned());
    memory.states.insert(web.clone(), service("old"));
    let outcome = on(&mut memory, &mut journal, LIMITS);
    let Outcome::Failed {
        step: DRAIN,
        why: Failure::InUse { provider, services },
    } = outcome
    else {
        panic!("{outcome:?}");
    };
    assert_eq!(
        (provider.as_str(), services),
        ("old", vec!["web".to_owned()])
    );
    assert_eq!((drains(&memory), memory.instances.len()), (0, 12));
    memory.states.insert(web, service("new"));
    let outcome = on(&mut memory, &mut journal, LIMITS);
    assert!(matches!(outcome, Outcome::Complete), "{outcome:?}");
}

#[test]
fn no_more_instances_are_drained_than_may_be_taken_away() {
    let folder = folder();
    let path = folder.path().join("j");
    let (mut memory, mut journal) = before_the_drain(&path);
    // The group grew after the steps were counted.
    let mut more = old_instances()[0].clone();
    (more.2.arn, more.2.ec2_id) = ("arn-more".to_owned(), "i-more".to_owned());
    memory.instances.push(more);
    let outcome = on(&mut memory, &mut journal, LIMITS);
    let Outcome::Failed {
        why: Failure::TooMany { taken, allowed, .. },
        ..
    } = outcome
    else {
        panic!("{outcome:?}");
    };
    assert_eq!((taken, allowed, drains(&memory)), (13, 12, 0));
    let more = Limits {
        instances: Some(13),
        ..LIMITS
    };
    let outcome = on(&mut memory, &mut journal, more);
    assert!(matches!(outcome, Outcome::Complete), "{outcome:?}");
}

#[test]
fn a_drain_that_goes_to_and_fro_ends() {
    let folder = folder();
    let path = folder.path().join("j");
    let (mut memory, mut journal) = before_the_drain(&path);
    memory.is_restless = true;
    let began = memory.clock;
    let outcome = on(&mut memory, &mut journal, LIMITS);
    assert!(
        matches!(
            outcome,
            Outcome::Failed {
                step: DRAIN,
                why: Failure::TimedOut { .. }
            }
        ),
        "{outcome:?}"
    );
    assert!(memory.clock.saturating_sub(began) < LIMITS.step_timeout * 2);
}

#[test]
fn a_group_with_members_that_the_cluster_does_not_know_is_not_closed() {
    let folder = folder();
    let path = folder.path().join("j");
    let (mut memory, mut journal) = (today(&path), begin(&path, true));
    memory.strangers = vec!["i-foreign".to_owned()];
    let outcome = on(&mut memory, &mut journal, LIMITS);
    let Outcome::Failed {
        why: Failure::Strangers { instances, .. },
        ..
    } = outcome
    else {
        panic!("{outcome:?}");
    };
    assert_eq!(instances, memory.strangers);
    let closed = memory
        .requests
        .iter()
        .any(|it| matches!(it, Request::UpdateGroup { to, .. } if to.max_size == 0));
    assert!(!closed);
    memory.strangers.clear();
    let outcome = on(&mut memory, &mut journal, LIMITS);
    assert!(matches!(outcome, Outcome::Complete), "{outcome:?}");
}

/// A run that made a group or took one of before, and then a provider of it, which has an instance by now.
fn with_a_provider(path: &Path, made: bool) -> (Memory, Journal) {
    let group_of = if made { "bayplan-a" } else { "old-asg" };
    let mut works = vec![change(
        Target::Provider("new".to_owned()),
        None,
        Some(provider(group_of)),
    )];
    if made {
        let target = Target::Group(group_of.to_owned());
        works.insert(0, change(target, None, Some(group(&["m7i.large"], true))));
    }
    let steps: Vec<Step> = works.into_iter().map(step).collect();
    let budget = Budget::new(12, Some(12), None);
    let header = Header::new(["prod", "us-east-1", "p", "f"], (budget, None), (&steps, 1));
    let mut journal = Journal::begin(path, header).expect("begins");
    let mut memory = today(path);
    let outcome = on(&mut memory, &mut journal, LIMITS);
    assert!(matches!(outcome, Outcome::Complete), "{outcome:?}");
    let mut instance = old_instances()[0].clone();
    (instance.0, instance.1) = ("new".to_owned(), group_of.to_owned());
    (instance.2.arn, instance.2.ec2_id) = ("arn-new".to_owned(), "i-new".to_owned());
    memory.instances.push(instance);
    (memory, journal)
}

fn back(memory: &mut Memory, journal: &mut Journal) -> Outcome {
    let outcome = Run::new(memory, journal, LIMITS).roll_back();
    outcome.expect("a journal")
}

#[test]
fn a_way_back_empties_a_group_that_the_run_made_and_none_of_before() {
    let folder = folder();
    let (mut memory, mut journal) = with_a_provider(&folder.path().join("made"), true);
    let outcome = back(&mut memory, &mut journal);
    assert!(matches!(outcome, Outcome::Complete), "{outcome:?}");
    assert_eq!(memory.instances.len(), 12);
    let path = folder.path().join("before");
    let (mut memory, mut journal) = with_a_provider(&path, false);
    let outcome = back(&mut memory, &mut journal);
    assert!(matches!(outcome, Outcome::Complete), "{outcome:?}");
    // Its provider is gone, and the instance is where it was.
    assert_eq!((memory.instances.len(), drains(&memory)), (13, 0));
    assert_eq!(memory.states, today(&path).states);
}

#[test]
fn a_way_back_takes_nothing_from_a_group_that_is_not_ours_alone_any_more() {
    let folder = folder();
    let (mut memory, mut journal) = with_a_provider(&folder.path().join("j"), true);
    memory.strangers = vec!["i-foreign".to_owned()];
    let began = memory.clock;
    let outcome = back(&mut memory, &mut journal);
    let Outcome::Failed {
        why:
            Failure::Strangers {
                group: of,
                instances,
                is_of_run,
            },
        ..
    } = outcome
    else {
        panic!("{outcome:?}");
    };
    assert_eq!(
        (of.as_str(), instances, is_of_run),
        ("bayplan-a", memory.strangers.clone(), true)
    );
    assert_eq!((memory.instances.len(), drains(&memory)), (13, 0));
    // One that was launched just now may register still: it was waited for.
    let waited = memory.clock.saturating_sub(began);
    assert!(waited >= LIMITS.step_timeout, "{waited:?}");
    memory.strangers.clear();
    // Somebody took it over: it has our tag no more.
    let target = Target::Group("bayplan-a".to_owned());
    let ours = memory
        .states
        .insert(target.clone(), group(&["m7i.large"], false));
    let outcome = back(&mut memory, &mut journal);
    let Outcome::Failed {
        why: Failure::Differs { target: of, .. },
        ..
    } = outcome
    else {
        panic!("{outcome:?}");
    };
    assert_eq!((of, memory.instances.len()), (target.clone(), 13));
    memory.states.insert(target, ours.expect("a group"));
    let outcome = back(&mut memory, &mut journal);
    assert!(matches!(outcome, Outcome::Complete), "{outcome:?}");
}

#[test]
fn sizes_that_somebody_set_before_a_drain_stop_it() {
    let folder = folder();
    let path = folder.path().join("j");
    let target = Target::Group("old-asg".to_owned());
    let sized = |min_size: u64| match group(&["m5.large"], false) {
        State::Group(now) => State::Group(GroupState { min_size, ..now }),
        other => other,
    };
    let steps = [
        step(change(target.clone(), Some(sized(1)), Some(sized(0)))),
        step(Work::Drain(Drain {
            named: vec!["arn-03".to_owned()],
            ..Drain::all("old", "old-asg")
        })),
    ];
    let budget = Budget::new(12, Some(1), None);
    let header = Header::new(["prod", "us-east-1", "p", "f"], (budget, None), (&steps, 1));
    let mut journal = Journal::begin(&path, header).expect("begins");
    let mut memory = today(&path);
    memory.states.insert(target.clone(), sized(1));
    let one = Limits {
        max_steps: Some(1),
        ..LIMITS
    };
    let outcome = on(&mut memory, &mut journal, one);
    assert!(matches!(outcome, Outcome::Prefix(1)), "{outcome:?}");
    memory.states.insert(target.clone(), sized(2));
    let outcome = on(&mut memory, &mut journal, LIMITS);
    let Outcome::Failed {
        step: 1,
        why: Failure::Differs { target: of, .. },
    } = outcome
    else {
        panic!("{outcome:?}");
    };
    assert_eq!((of, memory.instances.len()), (target, 12));
}

#[test]
fn a_service_that_was_deleted_needs_nothing_on_the_way_and_back() {
    let folder = folder();
    let path = folder.path().join("j");
    let gone = |memory: &mut Memory| {
        for target in [Target::Service, Target::Size] {
            memory.states.remove(&target("jobs".to_owned()));
        }
    };
    let mut memory = today(&path);
    gone(&mut memory);
    let outcome = on(&mut memory, &mut begin(&path, false), LIMITS);
    assert!(matches!(outcome, Outcome::Complete), "{outcome:?}");
    let (mut memory, mut journal) = before_the_drain(&path);
    gone(&mut memory);
    let outcome = Run::new(&mut memory, &mut journal, LIMITS).roll_back();
    assert!(matches!(outcome, Ok(Outcome::Complete)), "{outcome:?}");
    let mut begun = today(&path);
    gone(&mut begun);
    assert_eq!(memory.states, begun.states);
}

#[test]
fn two_ways_back_end_as_one() {
    let folder = folder();
    let path = folder.path().join("j");
    let target = Target::Group("old-asg".to_owned());
    let sized = |min_size: u64, max_size: u64| match group(&["c6a.xlarge"], false) {
        State::Group(now) => State::Group(GroupState {
            min_size,
            max_size,
            ..now
        }),
        other => other,
    };
    let steps = [
        step(change(
            target.clone(),
            Some(sized(1, 20)),
            Some(sized(0, 14)),
        )),
        step(Work::Drain(Drain {
            types_that_stay: vec!["c6a.xlarge".to_owned()],
            most: 3,
            ..Drain::all("old", "old-asg")
        })),
    ];
    let budget = Budget::new(12, Some(12), None);
    let header = Header::new(["prod", "us-east-1", "p", "f"], (budget, None), (&steps, 1));
    drop(Journal::begin(&path, header).expect("begins"));
    let mut memory = today(&path);
    memory.states.insert(target, sized(1, 20));
    let before = memory.states.clone();
    // It dies while it waits for what it launched.
    let mut whole = memory.clone();
    let mut journal = Journal::open(&path).expect("opens");
    on(&mut whole, &mut journal, LIMITS);
    let launched = |journal: &Journal| journal.launched(1).is_some();
    assert!(launched(&journal));
    let header = journal.header().clone();
    for call in 1..=whole.calls {
        let mut memory = memory.clone();
        drop(Journal::begin(&path, header.clone()).expect("begins"));
        memory.kill = Kill::After(call);
        let mut journal = Journal::open(&path).expect("opens");
        let _ = Run::new(&mut memory, &mut journal, LIMITS).go_on();
        die(&mut memory);
        for _ in 0..2 {
            let mut journal = Journal::open(&path).expect("opens");
            let outcome = Run::new(&mut memory, &mut journal, LIMITS).roll_back();
            assert!(matches!(outcome, Ok(Outcome::Complete)), "{outcome:?}");
            assert_eq!(memory.states, before, "{call}");
        }
    }
}

#[test]
fn a_way_back_ends_though_instances_of_a_group_of_its_own_never_registered() {
    let folder = folder();
    let (mut memory, mut journal) = with_a_provider(&folder.path().join("j"), true);
    memory.strangers = vec!["i-never-registered".to_owned()];
    assert!(matches!(
        back(&mut memory, &mut journal),
        Outcome::Failed { .. }
    ));
    let accepts = Limits {
        accepts_losses: true,
        ..LIMITS
    };
    let outcome = Run::new(&mut memory, &mut journal, accepts).roll_back();
    assert!(matches!(outcome, Ok(Outcome::Complete)), "{outcome:?}");
    assert!(!(memory.states).contains_key(&Target::Group("bayplan-a".to_owned())));
}

#[test]
fn a_provider_that_a_begun_step_made_tells_the_cluster_of_then() {
    let folder = folder();
    let path = folder.path().join("j");
    let (mut memory, mut journal) = (today(&path), begin(&path, false));
    let made = BTreeSet::from(["new".to_owned()]);
    assert!(!journal.has_made_one_of(&made), "nothing is begun");
    let outcome = on(&mut memory, &mut journal, LIMITS);
    assert!(matches!(outcome, Outcome::Complete), "{outcome:?}");
    assert!(journal.has_made_one_of(&made));
    // One of before that a step changed tells nothing.
    assert!(!journal.has_made_one_of(&BTreeSet::from(["old".to_owned()])));
    back(&mut memory, &mut journal);
    assert!(!journal.has_made_one_of(&made), "it is taken back");
}
