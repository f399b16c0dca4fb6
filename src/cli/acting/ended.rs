//! What became of a run, how to go on, and how far a journal is.

use std::path::Path;

use crate::apply::journal::{Ending, Entry, Journal, JournalError};
use crate::apply::live::LiveError;
use crate::apply::run::{Failure as Why, Outcome};
use crate::domain::text::visible;
use crate::report::apply as words;

use super::super::exit::{Exit, Failure};
use super::super::output::Destination;

/// What became of it, and how to go on.
pub(super) fn ended(
    path: &Path,
    journal: &Journal,
    outcome: Result<Outcome, JournalError>,
    detailed_exitcode: bool,
) -> Result<Exit, Failure> {
    let outcome = outcome.map_err(|error| Failure::new(Exit::Stopped, error.to_string()))?;
    let steps = journal.header().steps.len();
    let on = on(path, journal);
    match outcome {
        Outcome::Complete if journal.rolls_back() => {
            Destination::Stdout.write(b"all that was begun is taken back\n")?;
            Ok(Exit::Done)
        }
        Outcome::Complete => {
            let text = format!("all of {steps} steps are done\n");
            Destination::Stdout.write(text.as_bytes())?;
            Ok(Exit::Done)
        }
        Outcome::Prefix(left) => {
            let text = format!("{} of {steps} steps are done; {on}\n", steps - left);
            Destination::Stdout.write(text.as_bytes())?;
            Ok(if detailed_exitcode {
                Exit::ChangesProposed
            } else {
                Exit::Done
            })
        }
        Outcome::Interrupted(step) => Err(Failure::new(
            Exit::Interrupted,
            format!("interrupted at step {} of {steps}; {on}", step + 1),
        )),
        Outcome::Failed { step, why } => {
            let exit = exit(&why, journal);
            let why = words::failure(&why);
            Err(Failure::new(
                exit,
                format!("step {} of {steps}: {why}\n{on}", step + 1),
            ))
        }
    }
}

/// The command that goes on from here.
fn on(path: &Path, journal: &Journal) -> String {
    let file = visible(&path.display().to_string());
    if journal.rolls_back() {
        return format!("go on with `bayplan apply --rollback --yes --journal {file}`");
    }
    format!(
        "go on with `bayplan apply --resume --yes --journal {file}`, or back with --rollback in place of --resume"
    )
}

const fn of_no_step(why: &Why) -> Exit {
    match why {
        Why::Live(LiveError::Call(_)) => Exit::AwsFailure,
        _ => Exit::Refused,
    }
}

fn exit(why: &Why, journal: &Journal) -> Exit {
    match why {
        Why::Deleted(_) | Why::NotWhole(_) => Exit::Refused,
        _ if journal.begun().is_empty() => of_no_step(why),
        _ => Exit::Stopped,
    }
}

/// One line a step.
pub(super) fn status(journal: &Journal) -> String {
    use std::fmt::Write as _;
    let header = journal.header();
    let begun = journal.begun();
    let mut text = format!(
        "{} in {}\n",
        visible(&header.cluster),
        visible(&header.region)
    );
    for (index, step) in header.steps.iter().enumerate() {
        let has = |entry: Entry| journal.entries().contains(&entry);
        let state = if has(Entry::TakenBack(index)) {
            "taken back"
        } else if journal.is_done(index) {
            "done"
        } else if begun.contains(&index) {
            "begun"
        } else {
            "to do"
        };
        let _ = writeln!(
            text,
            "{:>3}  {state:<10}  {}",
            index + 1,
            words::said(&step.work)
        );
    }
    let end = match journal.entries().last() {
        Some(Entry::Ended(Ending::Complete)) => "the run has ended",
        Some(Entry::Ended(Ending::Prefix)) => "as many steps as were asked for are done",
        Some(Entry::Ended(Ending::Failed)) => "a step failed",
        Some(Entry::Ended(Ending::Interrupted)) => "it was interrupted",
        _ if journal.rolls_back() => "it is on its way back, or was killed on it",
        _ => "it is under way, or was killed",
    };
    let _ = writeln!(text, "{end}");
    text
}
