//! Events as numbered marks: runs of the same event are one mark, and the list of marks is kept short.

use super::scale::Scale;
use crate::simulate::trace::{Event, EventKind, Names, Trace};

/// Most marks in a picture.
const MOST: usize = 16;
/// Events of a kind this many minutes apart belong to one run.
const RUN_GAP: u64 = 2;
/// Discs closer than this do not stand in one row.
const DISC_GAP: f64 = 19.0;
/// Rows of discs at most; what still collides overlaps in the last.
const ROWS: usize = 4;
/// Longest name in the list.
const LONGEST_NAME: usize = 32;

/// A mark of the picture.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mark {
    pub(super) x: f64,
    /// Row of its disc, from 0 at the top.
    pub(super) row: usize,
    pub(super) text: String,
}

/// A run of events of a kind that concern the same.
struct Run {
    first: Event,
    until: u64,
    count: u64,
}

/// The marks of a trace in the order of time, and how many did not find a place in the list.
pub(super) fn of(trace: &Trace, time: &Scale) -> (Vec<Mark>, usize) {
    let runs = runs(&trace.events);
    let left_out = runs.len().saturating_sub(MOST);
    let mut marks: Vec<Mark> = Vec::new();
    for run in runs.iter().take(MOST) {
        let x = time.at(run.first.minute as f64);
        let is_free = |row: &usize| {
            marks
                .iter()
                .all(|mark| mark.row != *row || (mark.x - x).abs() >= DISC_GAP)
        };
        let row = (0..ROWS).find(is_free).unwrap_or(ROWS - 1);
        let text = text(run, &trace.names);
        marks.push(Mark { x, row, text });
    }
    (marks, left_out)
}

fn runs(events: &[Event]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for event in events.iter().filter(|event| event.kind.is_marked()) {
        let open = runs.iter_mut().rev().find(|run| continues(run, event));
        if let Some(run) = open {
            run.until = event.minute;
            run.count += event.count;
        } else {
            runs.push(Run {
                first: *event,
                until: event.minute,
                count: event.count,
            });
        }
    }
    runs
}

fn continues(run: &Run, event: &Event) -> bool {
    let same = |e: &Event| (e.kind, e.service, e.provider, e.instance_type, e.zone);
    // A desired count is a level and does not add up.
    event.kind != EventKind::DesiredCountChanged
        && same(&run.first) == same(event)
        && event.minute <= run.until + RUN_GAP
}

fn text(run: &Run, names: &Names) -> String {
    let event = &run.first;
    let when = if run.until > event.minute {
        format!("minutes {} to {}", event.minute, run.until)
    } else {
        format!("minute {}", event.minute)
    };
    let what = format!("{} {}", run.count, event.kind.words());
    let concerns: Vec<String> = [
        (&names.services, event.service),
        (&names.providers, event.provider),
        (&names.instance_types, event.instance_type),
        (&names.zones, event.zone),
    ]
    .into_iter()
    .filter_map(|(list, index)| index.and_then(|index| list.get(index)))
    .map(|name| shortened(name))
    .collect();
    if concerns.is_empty() {
        format!("{when}: {what}")
    } else {
        format!("{when}: {what} ({})", concerns.join(", "))
    }
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= LONGEST_NAME {
        return name.to_owned();
    }
    let kept: String = name.chars().take(LONGEST_NAME - 1).collect();
    format!("{kept}…")
}
