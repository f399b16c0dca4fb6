//! How far a fleet is, for a terminal and for programs.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use crate::domain::text::visible_start;
use crate::fleet::{Attempt, Summary};
use crate::report::words::{count, counted};

/// How far a fleet is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Units of the manifest.
    pub units: usize,
    /// Those with a result.
    pub done: usize,
    /// Those to be done.
    pub pending: usize,
    /// Those set aside: id, key, attempts.
    pub set_aside: Vec<(String, String, Vec<Attempt>)>,
}

/// For a terminal.
#[must_use]
pub fn text(status: &Status) -> String {
    let mut text = format!(
        "{}: {} with a result, {} to be done, {} set aside\n",
        counted(status.units as u64, "unit"),
        count(status.done as u64),
        count(status.pending as u64),
        count(status.set_aside.len() as u64),
    );
    for (id, _, attempts) in &status.set_aside {
        let _ = writeln!(text, "\n{}", visible_start(id, 200));
        for attempt in attempts {
            let ended = attempt
                .ended
                .as_deref()
                .unwrap_or("came to no end that was seen");
            let _ = write!(
                text,
                "  attempt {}: {}",
                attempt.attempt,
                visible_start(ended, 200)
            );
            if let Some(peak) = attempt.peak_memory_mib {
                let _ = write!(text, ", {} MiB seen", count(peak));
            }
            if let Some(last) = attempt.said.as_deref().and_then(telling) {
                let _ = write!(text, ", last said: {}", visible_start(last, 200));
            }
            text.push('\n');
        }
    }
    text
}

/// The last line that says something: after a panic come notes on how to see more, and with `RUST_BACKTRACE` frames of the program.
fn telling(said: &str) -> Option<&str> {
    let before = said.split("\nstack backtrace:").next().unwrap_or(said);
    let lines = || before.lines().rev().map(str::trim);
    (lines().find(|line| !line.is_empty() && !line.starts_with("note: ")))
        .or_else(|| lines().next())
}

/// The document as indented JSON with a line feed at its end.
#[must_use]
pub fn json(status: &Status) -> String {
    let set_aside: Vec<Value> = (status.set_aside.iter())
        .map(|(id, key, attempts)| json!({"id": id, "key": key, "attempts": attempts}))
        .collect();
    let document = json!({
        "version": 1,
        "units": status.units,
        "done": status.done,
        "pending": status.pending,
        "poisoned": status.set_aside.len(),
        "poisonedUnits": set_aside,
    });
    format!("{document:#}\n")
}

/// What a run did, in one line.
#[must_use]
pub fn summary(summary: &Summary) -> String {
    let mut text = format!("{}:", counted(summary.units as u64, "unit"));
    let mut parts = Vec::new();
    let mut part = |number: usize, words: &str| {
        if number > 0 {
            parts.push(format!("{} {words}", count(number as u64)));
        }
    };
    part(summary.before, "had a result");
    part(summary.fine, "planned now");
    part(
        summary.done - summary.fine,
        "with a result that says why there is no whole plan",
    );
    part(summary.shared, "the same as another");
    part(summary.poisoned, "set aside");
    let left = (summary.units)
        .saturating_sub(summary.before + summary.done + summary.shared + summary.poisoned);
    part(left, "to be done");
    if parts.is_empty() {
        parts.push("nothing to do".to_owned());
    }
    text.push(' ');
    text.push_str(&parts.join(", "));
    text
}

/// What putting clusters together wrote: so many pairs of those found among so many clusters with a plan, and what comes next.
#[must_use]
pub fn merged(written: usize, (found, clusters): (usize, usize), to: &Path) -> String {
    if clusters < 2 {
        return "fewer than two clusters have a plan for every task: run the fleet first\n"
            .to_owned();
    }
    if written == 0 {
        return format!(
            "of {} with a plan no two that could be one name the same subnet or VPC (--subnets says which VPC a subnet is of, --pair names two)\n",
            counted(clusters as u64, "cluster")
        );
    }
    let of = if written < found {
        format!(" of {} found", count(found as u64))
    } else {
        String::new()
    };
    format!(
        "{}{of} in {}: run and gather that manifest, with the results of before\n",
        counted(written as u64, "pair"),
        to.join("fleet.jsonl").display()
    )
}

#[cfg(test)]
mod tests {
    use super::{Attempt, Status, text};
    use crate::fleet::Summary;

    #[test]
    fn an_attempt_is_shown_with_what_it_said_and_not_with_how_to_see_more() {
        let last = |said: &str| {
            let attempt = Attempt {
                attempt: 1,
                ended: Some("signal 6".to_owned()),
                said: Some(said.to_owned()),
                ..Attempt::default()
            };
            let status = Status {
                units: 1,
                done: 0,
                pending: 0,
                set_aside: vec![("a".to_owned(), "k".to_owned(), vec![attempt])],
            };
            let text = text(&status);
            let (_, last) = text.split_once("last said: ").expect("what it said");
            last.trim_end().to_owned()
        };
        let panic = "thread 'main' panicked at src/x.rs:1:2:\nno room\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace";
        assert_eq!(last(panic), "no room");
        let frames = "memory allocation of 64 bytes failed\nstack backtrace:\n   0: main\nnote: Some details are omitted";
        assert_eq!(last(frames), "memory allocation of 64 bytes failed");
        assert_eq!(last("warning: old\nerror: gone\n"), "error: gone");
        assert_eq!(last("note: alone"), "note: alone");
    }

    #[test]
    fn a_summary_says_what_there_is_to_say() {
        let summary = Summary {
            units: 2_010,
            before: 1_000,
            done: 1_003,
            fine: 1_001,
            shared: 1,
            poisoned: 1,
            stopped: true,
        };
        assert_eq!(
            super::summary(&summary),
            "2,010 units: 1,000 had a result, 1,001 planned now, 2 with a result that says why there is no whole plan, \
             1 the same as another, 1 set aside, 5 to be done"
        );
        let nothing = Summary::default();
        assert_eq!(super::summary(&nothing), "0 units: nothing to do");
    }
}
