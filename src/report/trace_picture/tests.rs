use proptest::prelude::*;

use super::*;
use crate::report::trace::sample;
use crate::simulate::trace::{Event, EventKind, ServiceTasks};

/// Element names in order; panics where tags do not close in order or text is not escaped.
fn elements(svg: &str) -> Vec<String> {
    let (mut open, mut all) = (Vec::new(), Vec::new());
    for part in svg.split('<').skip(1) {
        let (tag, text) = part.split_once('>').expect("a tag ends");
        assert!(!text.contains('>'), "an unescaped > in {text}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name));
        } else {
            let name = tag.split([' ', '/']).next().expect("a name").to_owned();
            all.push(name.clone());
            if !tag.ends_with('/') {
                open.push(name);
            }
        }
    }
    assert!(open.is_empty(), "{open:?} is not closed");
    all
}

#[test]
fn a_scale_out_a_reclaim_and_a_scale_in() {
    let picture = render(
        &sample::trace(),
        "Scale-out from zero, Spot reclaim, scale-in",
    );
    elements(&picture);
    insta::assert_snapshot!(picture);
}

#[test]
fn axes_carry_their_units_and_marks_their_meaning() {
    let picture = render(&sample::trace(), "x");
    for text in [
        "Time (minutes)",
        ">Tasks<",
        ">Instances<",
        "CapacityProviderReservation, %",
        "400 %",
        "minutes 75 to 77: 5 instances fewer desired (general)",
        "minute 38: 3 Spot instances reclaimed (m7i.large, us-east-1a)",
    ] {
        assert!(picture.contains(text), "no `{text}`");
    }
    assert!(!picture.contains("tasks started"));
}

#[test]
fn a_trace_without_minutes_says_so() {
    let picture = render(&Trace::default(), "Nothing");
    elements(&picture);
    assert!(picture.contains("no minute"));
}

#[test]
fn many_events_keep_the_list_short() {
    let mut trace = sample::trace();
    trace.events = (0..30)
        .map(|n| Event::new(3 * n, EventKind::ScaleOut, 1))
        .collect();
    let picture = render(&trace, "x");
    assert!(picture.contains("and 14 more in the trace"));
}

#[test]
fn long_traces_are_labelled_in_hours_and_days() {
    let mut trace = sample::trace();
    let day = trace.minutes.clone();
    trace.minutes = (0..1000)
        .map(|n| Minute {
            minute: n,
            ..day[0].clone()
        })
        .collect();
    assert!(render(&trace, "x").contains("Time (hours)"));
    trace.minutes = (0..30_000)
        .map(|n| Minute {
            minute: n,
            ..day[0].clone()
        })
        .collect();
    let picture = render(&trace, "x");
    assert!(picture.contains("Time (days)"));
    // A level line costs two points, however long it is.
    assert!(picture.len() < 20_000, "{}", picture.len());
}

#[test]
fn long_names_are_shortened_and_give_the_list_one_column() {
    let mut trace = sample::trace();
    trace.names.services[0] = "a-service-with-a-name-".repeat(4);
    let event = Event::new(5, EventKind::TasksKilled, 1)
        .of_service(0)
        .of_type(0)
        .in_zone(0);
    trace.events = vec![event, Event::new(9, EventKind::ScaleIn, 1)];
    let picture = render(&trace, "x");
    assert!(picture.contains("a-service-with-a-name-a-service…, m7i.large, us-east-1a"));
    let left = |text: &str| {
        let line = picture
            .lines()
            .find(|line| line.contains(text))
            .expect("in the list");
        line.contains("x=\"64\"")
    };
    assert!(left(">1 · minute 5") && left(">2 · minute 9"));
}

proptest! {
    #[test]
    fn whatever_the_names_and_numbers_it_is_well_formed(
        title in ".*", service in ".*", tasks in prop::collection::vec(0_u64..u64::MAX / 100, 1..20),
    ) {
        let mut trace = sample::trace();
        trace.names.services[0] = service;
        trace.minutes.truncate(tasks.len());
        for (minute, running) in trace.minutes.iter_mut().zip(&tasks) {
            minute.services = vec![ServiceTasks { service: 0, running: *running, ..ServiceTasks::default() }];
        }
        let picture = render(&trace, &title);
        elements(&picture);
        prop_assert!(!picture.contains("NaN") && !picture.contains("inf"));
    }
}
