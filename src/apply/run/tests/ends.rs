//! How runs end that do not go through at once: prefixes, refusals, what somebody else changed, budgets.

use std::collections::BTreeSet;

use super::*;
use crate::apply::budget::Excess;
use crate::apply::change::Change;
use crate::apply::remembered::Lost;
use crate::apply::state::ProviderState;

#[test]
fn what_somebody_else_changed_is_not_touched() {
    let folder = folder();
    let path = folder.path().join("prod.journal");
    let mut memory = today(&path);
    memory
        .states
        .insert(Target::Service("web".to_owned()), service("FARGATE"));
    let mut journal = begin(&path, false);
    let outcome = Run::new(&mut memory, &mut journal, LIMITS)
        .go_on()
        .expect("a journal");
    let Outcome::Failed {
        step: 4,
        why: Failure::Differs { target, .. },
    } = outcome
    else {
        panic!("{outcome:?}");
    };
    assert_eq!(target, Target::Service("web".to_owned()));
    let touched = memory.requests.iter().any(
        |request| matches!(request, Request::UpdateService { service, .. } if service == "web"),
    );
    assert!(!touched);
}

#[test]
fn a_prefix_ends_where_it_was_told_to_and_goes_on_from_there() {
    let folder = folder();
    let path = folder.path().join("prod.journal");
    let mut memory = today(&path);
    let mut journal = begin(&path, true);
    let few = Limits {
        max_steps: Some(4),
        parallel: 3,
        ..LIMITS
    };
    let outcome = Run::new(&mut memory, &mut journal, few)
        .go_on()
        .expect("a journal");
    assert!(matches!(outcome, Outcome::Prefix(8)), "{outcome:?}");
    assert!(Journal::open(&path).expect("opens").is_open());
    let all = Limits {
        parallel: 3,
        ..LIMITS
    };
    let outcome = Run::new(&mut memory, &mut journal, all)
        .go_on()
        .expect("a journal");
    assert!(matches!(outcome, Outcome::Complete), "{outcome:?}");
    assert_eq!(memory.states, whole_run(&path, Kill::Never, true).0.states);
}

#[test]
fn a_refusal_of_aws_ends_the_run_with_its_words_and_rolls_back() {
    let folder = folder();
    let path = folder.path().join("prod.journal");
    let mut memory = today(&path);
    let begun = memory.states.clone();
    memory.fails = Some("ClientException: no".to_owned());
    let mut journal = begin(&path, false);
    let outcome = Run::new(&mut memory, &mut journal, LIMITS)
        .go_on()
        .expect("a journal");
    let Outcome::Failed {
        step: 3,
        why: Failure::Live(LiveError::Call(words)),
    } = outcome
    else {
        panic!("{outcome:?}");
    };
    assert_eq!(words, "ClientException: no");
    let outcome = Run::new(&mut memory, &mut journal, LIMITS)
        .roll_back()
        .expect("a journal");
    assert!(matches!(outcome, Outcome::Complete), "{outcome:?}");
    assert_eq!(memory.states, begun);
}

#[test]
fn a_deployment_that_failed_for_good_is_begun_anew_by_whoever_goes_on() {
    let folder = folder();
    let path = folder.path().join("prod.journal");
    let mut memory = today(&path);
    memory.breaks = Some("web".to_owned());
    let mut journal = begin(&path, false);
    let mut run = |memory: &mut Memory| {
        Run::new(memory, &mut journal, LIMITS)
            .go_on()
            .expect("a journal")
    };
    let asked = |memory: &Memory| {
        let requests = memory.requests.iter();
        let of_web = requests.filter(
            |request| matches!(request, Request::UpdateService { service, .. } if service == "web"),
        );
        of_web.count()
    };
    for times in 1..=2 {
        let outcome = run(&mut memory);
        let Outcome::Failed {
            why: Failure::ByAws(why),
            ..
        } = outcome
        else {
            panic!("{outcome:?}");
        };
        assert_eq!((why.as_str(), asked(&memory)), ("ROLLBACK_FAILED", times));
    }
    memory.breaks = None;
    let outcome = run(&mut memory);
    assert!(matches!(outcome, Outcome::Complete), "{outcome:?}");
    assert_eq!(asked(&memory), 3);
}

#[test]
fn what_was_deleted_is_not_made_up() {
    let folder = folder();
    let path = folder.path().join("prod.journal");
    let (mut memory, _) = whole_run(&path, Kill::Never, true);
    // As a journal of an earlier version, which did not remember.
    let text = std::fs::read_to_string(&path).expect("a journal");
    let lines: Vec<&str> = (text.lines())
        .filter(|line| !line.starts_with("{\"remembers\""))
        .collect();
    assert!(lines.len() < text.lines().count());
    std::fs::write(&path, lines.join("\n") + "\n").expect("written");
    let mut journal = Journal::open(&path).expect("opens");
    let asked = memory.requests.len();
    let outcome = Run::new(&mut memory, &mut journal, LIMITS)
        .roll_back()
        .expect("a journal");
    let Outcome::Failed { why, .. } = outcome else {
        panic!("{outcome:?}");
    };
    assert!(matches!(why, Failure::Deleted(_)), "{why:?}");
    assert_eq!(memory.requests.len(), asked);
}

#[test]
fn what_would_come_back_without_something_is_said_before_anything_is_done() {
    let folder = folder();
    let path = folder.path().join("prod.journal");
    let mut memory = today(&path);
    let begun = memory.states.clone();
    memory.lost = vec![Lost::ScheduledAction("nightly".to_owned())];
    let mut journal = begin(&path, true);
    let done = Run::new(&mut memory, &mut journal, LIMITS).go_on();
    assert!(matches!(done, Ok(Outcome::Complete)), "{done:?}");
    let asked = memory.requests.len();
    let outcome = Run::new(&mut memory, &mut journal, LIMITS).roll_back();
    let Ok(Outcome::Failed {
        why: Failure::NotWhole(lost),
        ..
    }) = outcome
    else {
        panic!("{outcome:?}");
    };
    let group = Target::Group("old-asg".to_owned());
    assert_eq!(lost, [(group, memory.lost.clone())]);
    assert_eq!(memory.requests.len(), asked);
    assert!(!journal.rolls_back());
    let accepts = Limits {
        accepts_losses: true,
        ..LIMITS
    };
    let outcome = Run::new(&mut memory, &mut journal, accepts).roll_back();
    assert!(matches!(outcome, Ok(Outcome::Complete)), "{outcome:?}");
    assert_eq!(memory.states, begun);
}

#[test]
fn where_ecs_does_not_set_the_size_as_many_instances_come_back_as_there_were() {
    let folder = folder();
    let path = folder.path().join("prod.journal");
    let drain = |arn: &str| {
        step(Work::Drain(Drain {
            named: vec![arn.to_owned()],
            ..Drain::all("old", "old-asg")
        }))
    };
    let steps = [drain("arn-03"), drain("arn-07")];
    let by_hand = match provider("old-asg") {
        State::Provider(it) => State::Provider(ProviderState {
            scaling: false,
            ..it
        }),
        other => other,
    };
    let target = Target::Provider("old".to_owned());
    let drained = |scaled: bool| {
        let mut memory = today(&path);
        if !scaled {
            memory.states.insert(target.clone(), by_hand.clone());
        }
        // The group of twelve may have no more.
        let group = Target::Group("old-asg".to_owned());
        if let Some(State::Group(group)) = memory.states.get_mut(&group) {
            group.max_size = 12;
        }
        let begun = memory.states.clone();
        let header = Header::new(
            ["prod", "us-east-1", "p", "f"],
            (Budget::new(12, Some(3), None), None),
            (&steps, 1),
        );
        let mut journal = Journal::begin(&path, header).expect("begins");
        let done = Run::new(&mut memory, &mut journal, LIMITS).go_on();
        assert!(matches!(done, Ok(Outcome::Complete)), "{done:?}");
        assert_eq!(memory.instances.len(), 10);
        (memory, begun)
    };
    let back = |memory: &mut Memory| {
        let mut journal = Journal::open(&path).expect("opens");
        let outcome = Run::new(memory, &mut journal, LIMITS).roll_back();
        outcome.expect("a journal")
    };
    let (mut scaled, _) = drained(true);
    assert!(matches!(back(&mut scaled), Outcome::Complete));
    assert_eq!(scaled.instances.len(), 10, "managed scaling's to launch");
    let (mut whole, begun) = drained(false);
    let before = whole.calls;
    assert!(matches!(back(&mut whole), Outcome::Complete));
    assert_eq!((whole.instances.len(), &whole.states), (12, &begun));
    for call in before + 1..=whole.calls {
        for kill in [Kill::Before(call), Kill::After(call)] {
            let (mut memory, begun) = drained(false);
            memory.kill = kill;
            back(&mut memory);
            assert!(die(&mut memory), "{kill:?}");
            let again = back(&mut memory);
            assert!(matches!(again, Outcome::Complete), "{kill:?}: {again:?}");
            assert_eq!(
                (memory.instances.len(), &memory.states),
                (12, &begun),
                "{kill:?}"
            );
        }
    }
}

#[test]
fn what_is_gone_on_with_keeps_to_the_budget_of_the_beginning() {
    let folder = folder();
    let path = folder.path().join("prod.journal");
    let mut steps = migration(true);
    for step in &mut steps {
        if matches!(step.work, Work::Drain(_)) {
            step.instances = 12;
        }
    }
    let budget = Budget::new(12, None, None);
    let names = ["prod", "us-east-1", "p", "f"];
    let mut journal =
        Journal::begin(&path, Header::new(names, (budget, None), (&steps, 1))).expect("begins");
    let mut memory = today(&path);
    let few = Limits {
        max_steps: Some(4),
        ..LIMITS
    };
    let outcome = Run::new(&mut memory, &mut journal, few).go_on();
    assert!(matches!(outcome, Ok(Outcome::Prefix(_))));
    let again = Journal::open(&path).expect("opens");
    let budget = again.header().budget;
    assert_eq!(again.excess(budget, Some(2)), []);
    let too_many = Excess::Instances {
        taken: 12,
        allowed: 3,
    };
    assert_eq!(again.excess(budget, None), [too_many]);
    assert_eq!(again.excess(budget.or(Some(12), None), None), []);
}

#[test]
fn a_named_drain_takes_those_away_and_no_others_however_often_it_dies() {
    let folder = folder();
    let path = folder.path().join("prod.journal");
    let arns = ["arn-03", "arn-07"].map(str::to_owned);
    let drain = Drain {
        named: arns.to_vec(),
        ..Drain::all("old", "old-asg")
    };
    let steps = [step(Work::Drain(drain))];
    let header = || {
        let budget = Budget::new(12, Some(3), None);
        Header::new(["prod", "us-east-1", "p", "f"], (budget, None), (&steps, 1))
    };
    let run = |kill: Kill| {
        let mut memory = today(&path);
        memory.kill = kill;
        let mut journal = Journal::begin(&path, header()).expect("begins");
        let outcome = Run::new(&mut memory, &mut journal, LIMITS).go_on();
        (memory, outcome.expect("a journal"))
    };
    let left = |memory: &Memory| -> Vec<String> {
        let all = memory.instances.iter();
        all.map(|(_, _, one)| one.arn.clone()).collect()
    };
    let (whole, outcome) = run(Kill::Never);
    assert!(matches!(outcome, Outcome::Complete), "{outcome:?}");
    assert_eq!(left(&whole).len(), 10);
    assert!(arns.iter().all(|arn| !left(&whole).contains(arn)));
    for call in 1..=whole.calls {
        for kill in [Kill::Before(call), Kill::After(call)] {
            let (mut memory, _) = run(kill);
            assert!(die(&mut memory), "{kill:?}");
            let mut journal = Journal::open(&path).expect("opens");
            let again = Run::new(&mut memory, &mut journal, LIMITS).go_on();
            assert!(
                matches!(again, Ok(Outcome::Complete)),
                "{kill:?}: {again:?}"
            );
            assert_eq!(memory.instances, whole.instances, "{kill:?}");
        }
    }
}

/// The old group with other types.
fn sized(min_size: u64, max_size: u64) -> Option<State> {
    match group(&["c6a.xlarge"], false) {
        State::Group(now) => Some(State::Group(GroupState {
            min_size,
            max_size,
            ..now
        })),
        _ => None,
    }
}

/// Managed scaling took the new ones away, or the group had more old ones than the snapshot shows.
fn meanwhile(memory: &mut Memory, adds: usize) {
    (memory.instances).retain(|(_, _, one)| one.instance_type != "c6a.xlarge");
    for number in 0..adds {
        let mut more = old_instances()[0].clone();
        more.2.arn = format!("arn-more-{number}");
        more.2.ec2_id = format!("i-more-{number}");
        memory.instances.push(more);
    }
}

/// Between the launch for a retyped group and its drain the group is managed scaling's: whatever it did meanwhile, the new instances are there before
/// an old one goes.
#[test]
fn before_the_old_instances_of_a_retyped_group_go_the_new_ones_are_there_however_often_it_dies() {
    let folder = folder();
    let path = folder.path().join("prod.journal");
    let group = Target::Group("old-asg".to_owned());
    let larger = Change {
        fills: true,
        ..Change::new(group.clone(), sized(0, 14), sized(14, 14))
    };
    let drain = Drain {
        types_that_stay: vec!["c6a.xlarge".to_owned()],
        most: 3,
        ..Drain::all("old", "old-asg")
    };
    let steps = [
        step(Work::Change(Box::new(larger))),
        step(change(group.clone(), sized(14, 14), sized(0, 14))),
        step(Work::Drain(drain)),
    ];
    let two = Limits {
        max_steps: Some(2),
        ..LIMITS
    };
    let stopped = |adds: usize| {
        let mut memory = today(&path);
        memory
            .states
            .insert(group.clone(), sized(0, 14).expect("a state"));
        let before = memory.states.clone();
        let header = Header::new(
            ["prod", "us-east-1", "p", "f"],
            (Budget::new(12, Some(14), None), None),
            (&steps, 1),
        );
        let mut journal = Journal::begin(&path, header).expect("begins");
        let outcome = Run::new(&mut memory, &mut journal, two).go_on();
        assert!(matches!(outcome, Ok(Outcome::Prefix(1))), "{outcome:?}");
        meanwhile(&mut memory, adds);
        (memory, before)
    };
    let on = |memory: &mut Memory, goes_back: bool| {
        let mut journal = Journal::open(&path).expect("opens");
        let run = Run::new(memory, &mut journal, LIMITS);
        if goes_back {
            run.roll_back()
        } else {
            run.go_on()
        }
    };
    for adds in [0, 2] {
        let (mut whole, _) = stopped(adds);
        let first = whole.calls + 1;
        let outcome = on(&mut whole, false);
        assert!(matches!(outcome, Ok(Outcome::Complete)), "{outcome:?}");
        let kinds: BTreeSet<&str> = (whole.instances.iter())
            .map(|(_, _, one)| one.instance_type.as_str())
            .collect();
        assert_eq!((whole.instances.len(), kinds), (3, ["c6a.xlarge"].into()));
        assert_eq!(whole.states.get(&group), sized(0, 14).as_ref());
        for call in first..=whole.calls {
            for kill in [Kill::Before(call), Kill::After(call)] {
                for goes_back in [false, true] {
                    let (mut memory, before) = stopped(adds);
                    memory.kill = kill;
                    let _ = on(&mut memory, false);
                    assert!(die(&mut memory), "{kill:?}");
                    let again = on(&mut memory, goes_back);
                    assert!(
                        matches!(again, Ok(Outcome::Complete)),
                        "{kill:?}: {again:?}"
                    );
                    if goes_back {
                        assert_eq!(memory.states, before, "{kill:?}");
                    } else {
                        assert_eq!(
                            (memory.instances.len(), &memory.states),
                            (3, &whole.states),
                            "{kill:?}"
                        );
                    }
                }
            }
        }
    }
}
