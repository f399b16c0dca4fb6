//! `bayplan apply --yes`: the steps are done, under a lock, with a journal; `--resume`, `--rollback`, `--status`.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use jiff::SignedDuration;
use sha2::{Digest as _, Sha256};

use crate::apply::budget::Budget;
use crate::apply::journal::{Ending, Entry, Header, Journal, JournalError};
use crate::apply::live::Said;
use crate::apply::run::{Limits, Outcome, Run};
use crate::apply::step::Step;
use crate::aws::acting::{Acting, Caller, GuardError, Lock, LockError, Owner, guard};
use crate::aws::connection::{Connection, block_on};
use crate::aws::sdk::Sdk;
use crate::aws::snapshot::SnapshotError;
use crate::domain::money::UsdPerHour;
use crate::domain::text::visible;
use crate::optimize::stop::Interrupt;
use crate::report::apply as words;

use super::aws_args::AwsArgs;
use super::diagnostics::Diagnostics;
use super::exit::{Exit, Failure};
use super::interrupt;
use super::output::Destination;
use super::snapshot::{no_connection, pace};

/// Where journals are without a flag.
const FOLDER: &str = ".bayplan";

/// Doing the steps.
#[derive(Debug, Args)]
#[command(next_help_heading = "Acting")]
#[allow(
    clippy::struct_excessive_bools,
    reason = "flags of the command line, each of its own"
)]
pub struct ActingArgs {
    /// Do it; without this flag nothing in AWS is changed
    #[arg(long)]
    pub yes: bool,
    /// Where is written down what is begun and done [default: `.bayplan/CLUSTER.journal`]
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
    /// Go on with the run of the journal
    #[arg(long, requires = "yes", conflicts_with_all = ["rollback", "status"])]
    pub resume: bool,
    /// Take back what the run of the journal began
    #[arg(long, requires = "yes", conflicts_with = "status")]
    pub rollback: bool,
    /// Say how far the run of the journal is
    #[arg(long)]
    pub status: bool,
    /// Services that are deployed at a time
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u16).range(1..=20))]
    pub parallel: u16,
    /// Seconds that a step may wait without coming nearer
    #[arg(long, value_name = "SECONDS", default_value = "3600", value_parser = clap::value_parser!(u32).range(1..))]
    pub step_timeout: u32,
    /// Seconds between two looks at what a step waits for
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub poll_interval: Duration,
    /// Seconds that the lock on the cluster is held without a sign of life
    #[arg(long, value_name = "SECONDS", default_value = "600", value_parser = clap::value_parser!(u32).range(5..=86_400))]
    pub lease: u32,
    /// Take over a lock whose lease has ended
    #[arg(long)]
    pub take_lock: bool,
}

impl ActingArgs {
    /// Whether the journal alone says what to do.
    pub const fn is_of_journal(&self) -> bool {
        self.resume || self.rollback || self.status
    }

    /// The journal of a cluster.
    fn path(&self, cluster: &str) -> PathBuf {
        let name = format!("{cluster}.journal");
        (self.journal.clone()).unwrap_or_else(|| Path::new(FOLDER).join(name))
    }
}

/// How far a run of a journal may go.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Instances of today that may be taken away in all; as many as at the beginning where it is `None`.
    pub instances: Option<u64>,
    /// By how much the bill may rise; as much as at the beginning where it is `None`.
    pub usd_per_hour: Option<UsdPerHour>,
    /// Steps of this run.
    pub max_steps: Option<usize>,
    /// Whether steps that are left have an exit code of their own.
    pub detailed_exitcode: bool,
}

/// What is to be done.
pub struct Work<'a> {
    /// Cluster.
    pub cluster: &'a str,
    /// Region.
    pub region: &'a str,
    /// The plan document's bytes.
    pub plan: &'a [u8],
    /// The snapshot's text.
    pub snapshot: &'a str,
    /// Its fingerprint.
    pub fingerprint: &'a str,
    /// The steps.
    pub steps: &'a [Step],
    /// What goes beyond the budget, in words.
    pub excess: &'a [String],
    /// What may change, and the bill of today.
    pub budget: (Budget, Option<UsdPerHour>),
    /// Steps that take something away and are not allowed.
    pub not_allowed: usize,
    /// Steps of this run.
    pub max_steps: Option<usize>,
    /// Whether steps that are left have an exit code of their own.
    pub detailed_exitcode: bool,
    /// The connection's flags.
    pub aws: &'a AwsArgs,
}

/// Does the steps.
///
/// # Errors
/// Where it is refused before any step.
pub fn act(args: &ActingArgs, work: &Work<'_>, diagnostics: Diagnostics) -> Result<Exit, Failure> {
    if !work.excess.is_empty() {
        let message = format!(
            "over the budget, nothing was done\n  {}",
            work.excess.join("\n  ")
        );
        return Err(Failure::new(Exit::Refused, message));
    }
    if work.steps.is_empty() {
        let text = match work.not_allowed {
            0 => "nothing to do\n".to_owned(),
            left => {
                format!("nothing to do without --allow-delete, with which {left} steps are left\n")
            }
        };
        Destination::Stdout.write(text.as_bytes())?;
        return Ok(Exit::Done);
    }
    let path = args.path(work.cluster);
    let _alone = alone(&path)?;
    match Journal::open(&path) {
        Ok(before) if before.is_open() => {
            let message = format!(
                "{} is of a run that has not ended: go on with --resume, take it back with --rollback, or name another --journal",
                path.display()
            );
            return Err(Failure::new(Exit::Refused, message));
        }
        Ok(_) | Err(JournalError::None { .. }) => {}
        Err(error) => return Err(no_journal(&error)),
    }
    let plan = digest(work.plan);
    let session = Session::open(work.cluster, work.region, work.aws, diagnostics)?;
    let mut live = session.live(args)?;
    Lock::take(&live, owner(&path, &plan), args.take_lock).map_err(|error| no_lock(&error))?;
    let begun = guard(&live, work.region, work.snapshot)
        .map_err(|error| differs(&error))
        .and_then(|()| {
            let names = [work.cluster, work.region, &plan, work.fingerprint];
            let header = Header::new(names, work.budget, work.steps);
            Journal::begin(&path, header).map_err(|error| no_journal(&error))
        });
    let mut journal = match begun {
        Ok(journal) => journal,
        Err(failure) => {
            release(&live, diagnostics);
            return Err(failure);
        }
    };
    let limits = Limits {
        max_steps: work.max_steps,
        ..limits(args)
    };
    let outcome = Run::new(&mut live, &mut journal, limits).go_on();
    release(&live, diagnostics);
    ended(&path, &journal, outcome, work.detailed_exitcode)
}

/// Goes on with a journal's run, takes it back, or says how far it is.
///
/// # Errors
/// Where there is no such journal, or somebody else is at work.
pub fn go_on(
    args: &ActingArgs,
    (cluster, plan): (Option<&str>, Option<&[u8]>),
    bounds: Bounds,
    aws: &AwsArgs,
    diagnostics: Diagnostics,
) -> Result<Exit, Failure> {
    let path = match (&args.journal, cluster) {
        (Some(path), _) => path.clone(),
        (None, Some(cluster)) => args.path(cluster),
        (None, None) => {
            let message = "name the journal with --journal, or the cluster with --cluster";
            return Err(Failure::new(Exit::Usage, message));
        }
    };
    if args.status {
        let journal = Journal::open(&path).map_err(|error| no_journal(&error))?;
        Destination::Stdout.write(status(&journal).as_bytes())?;
        return Ok(Exit::Done);
    }
    let _alone = alone(&path)?;
    let mut journal = Journal::open(&path).map_err(|error| no_journal(&error))?;
    let header = journal.header().clone();
    if let Some(name) = cluster.filter(|name| *name != header.cluster) {
        let message = format!("the journal is of `{}`, not of `{name}`", header.cluster);
        return Err(Failure::new(Exit::Refused, message));
    }
    if plan.is_some_and(|plan| digest(plan) != header.plan) {
        let message = format!(
            "{} is the journal of another plan, nothing was done: leave out CLUSTER and PLAN to go on with what it holds, or name the plan's own --journal",
            path.display()
        );
        return Err(Failure::new(Exit::Refused, message));
    }
    if args.resume && journal.rolls_back() && journal.is_open() {
        let message = "the run is on its way back: go on with --rollback";
        return Err(Failure::new(Exit::Refused, message));
    }
    if !journal.is_open() && args.resume {
        Destination::Stdout.write(b"the run has ended: nothing to go on with\n")?;
        return Ok(Exit::Done);
    }
    if args.resume {
        let allowed = (header.budget).or(bounds.instances, bounds.usd_per_hour);
        let excess = journal.excess(allowed, bounds.max_steps);
        if !excess.is_empty() {
            let lines: Vec<String> = excess.iter().map(words::excess).collect();
            let message = format!(
                "over the budget, nothing was done\n  {}",
                lines.join("\n  ")
            );
            return Err(Failure::new(Exit::Refused, message));
        }
    }
    let session = Session::open(&header.cluster, &header.region, aws, diagnostics)?;
    let mut live = session.live(args)?;
    Lock::take(&live, owner(&path, &header.plan), args.take_lock)
        .map_err(|error| no_lock(&error))?;
    let limits = Limits {
        max_steps: bounds.max_steps,
        ..limits(args)
    };
    let run = Run::new(&mut live, &mut journal, limits);
    let outcome = if args.rollback {
        run.roll_back()
    } else {
        run.go_on()
    };
    release(&live, diagnostics);
    ended(&path, &journal, outcome, bounds.detailed_exitcode)
}

/// A time in seconds, with decimals.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().map(Duration::try_from_secs_f64);
    match seconds {
        Some(Ok(time)) if (0.05..=300.0).contains(&time.as_secs_f64()) => Ok(time),
        _ => Err("seconds are between 0.05 and 300".to_owned()),
    }
}

fn limits(args: &ActingArgs) -> Limits {
    Limits {
        step_timeout: Duration::from_secs(args.step_timeout.into()),
        between: args.poll_interval,
        max_steps: None,
        parallel: args.parallel.into(),
    }
}

/// A connection, and who is told.
struct Session {
    sdk: Sdk,
    cluster: String,
    told: Told,
}

impl Session {
    fn open(
        cluster: &str,
        region: &str,
        aws: &AwsArgs,
        diagnostics: Diagnostics,
    ) -> Result<Self, Failure> {
        let connection = block_on(Connection::open(&aws.options(Some(region))))
            .map_err(|error| no_queue(&error))?
            .map_err(|error| no_connection(&error))?;
        let interrupt = interrupt::install_saying(
            diagnostics,
            "interrupted: stopping after the present call; again to end at once",
        );
        Ok(Self {
            sdk: Sdk::new(&connection),
            cluster: cluster.to_owned(),
            told: Told {
                interrupt,
                diagnostics,
            },
        })
    }

    fn live(&self, args: &ActingArgs) -> Result<Acting<'_>, Failure> {
        let diagnostics = self.told.diagnostics;
        let paces = (pace(diagnostics), pace(diagnostics));
        let lease = SignedDuration::from_secs(args.lease.into());
        Acting::new(&self.sdk, &self.cluster, paces, lease, &self.told)
            .map_err(|error| no_queue(&error))
    }
}

struct Told {
    interrupt: &'static Interrupt,
    diagnostics: Diagnostics,
}

impl Caller for Told {
    fn is_interrupted(&self) -> bool {
        self.interrupt.is_raised()
    }

    fn say(&self, what: Said<'_>) {
        match what {
            Said::Begins { number, of } => {
                self.diagnostics.finding(&format!("step {number} of {of}"));
            }
            Said::WasDone(number) => {
                self.diagnostics
                    .finding(&format!("step {number} had been done"));
            }
            Said::Done(number) => self.diagnostics.finding(&format!("step {number} is done")),
            Said::Waits(what) => self.diagnostics.note(&format!("waits: {}", visible(what))),
        }
    }
}

fn release(live: &Acting<'_>, diagnostics: Diagnostics) {
    if let Err(error) = Lock::release(live) {
        diagnostics.warning(&format!(
            "the lock on the cluster stays until its lease ends: {error}"
        ));
    }
}

/// What became of it, and how to go on.
fn ended(
    path: &Path,
    journal: &Journal,
    outcome: Result<Outcome, JournalError>,
    detailed_exitcode: bool,
) -> Result<Exit, Failure> {
    let outcome = outcome.map_err(|error| Failure::new(Exit::Stopped, error.to_string()))?;
    let steps = journal.header().steps.len();
    let on = format!(
        "go on with `bayplan apply --resume --yes --journal {0}`, or back with --rollback in place of --resume",
        path.display()
    );
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
            let exit = if journal.begun().is_empty() {
                Exit::Refused
            } else {
                Exit::Stopped
            };
            let why = words::failure(&why);
            Err(Failure::new(
                exit,
                format!("step {} of {steps}: {why}\n{on}", step + 1),
            ))
        }
    }
}

/// One line a step.
fn status(journal: &Journal) -> String {
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

/// One process at a time over a journal; the operating system frees the lock however that one ends.
fn alone(path: &Path) -> Result<File, Failure> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let name = PathBuf::from(name);
    let unusable = |error: std::io::Error| {
        Failure::new(
            Exit::Usage,
            format!("cannot write {}: {error}", name.display()),
        )
    };
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder).map_err(unusable)?;
    }
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&name)
        .map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Failure::new(
            Exit::Refused,
            format!("another bayplan is at work over {}", path.display()),
        )),
        Err(TryLockError::Error(error)) => Err(unusable(error)),
    }
}

/// The machine, and the journal on it with its plan.
fn owner(path: &Path, plan: &str) -> Owner {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = match host.trim() {
        "" => "a machine without a name",
        name => name,
    };
    let place = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let journal = digest(format!("{}\n{plan}", place.display()).as_bytes());
    Owner(format!("{host} journal {}", &journal[..12]))
}

fn digest(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

fn no_queue(error: &std::io::Error) -> Failure {
    Failure::new(Exit::AwsFailure, error.to_string())
}

fn no_journal(error: &JournalError) -> Failure {
    let exit = match error {
        JournalError::File { .. } => Exit::Usage,
        JournalError::Line { .. } | JournalError::None { .. } | JournalError::Version { .. } => {
            Exit::InvalidInput
        }
    };
    Failure::new(exit, error.to_string())
}

fn no_lock(error: &LockError) -> Failure {
    let exit = match error {
        LockError::Call(_) => Exit::AwsFailure,
        LockError::Held { .. } | LockError::LeftBehind { .. } | LockError::Lost => Exit::Refused,
    };
    Failure::new(exit, error.to_string())
}

fn differs(error: &GuardError) -> Failure {
    let exit = match error {
        GuardError::Differs(_) => Exit::Refused,
        GuardError::Snapshot(SnapshotError::Call(_)) => Exit::AwsFailure,
        GuardError::Snapshot(_) => Exit::InvalidInput,
    };
    Failure::new(exit, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_over_one_journal_are_not_at_work_at_once_and_their_owner_is_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deep/prod.journal");
        let first = alone(&path).expect("alone");
        assert_eq!(alone(&path).expect_err("not alone").exit, Exit::Refused);
        drop(first);
        assert!(alone(&path).is_ok());
        assert_eq!(owner(&path, "p"), owner(&path, "p"));
        assert_ne!(owner(&path, "p"), owner(&path, "q"));
    }
}
