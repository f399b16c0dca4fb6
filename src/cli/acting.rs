//! `bayplan apply --yes`: the steps are done, under a lock, with a journal; `--resume`, `--rollback`, `--status`.

mod alone;
mod ended;
mod failures;
mod session;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use serde_json::{Map, Value};

use crate::apply::budget::Budget;
use crate::apply::journal::{Header, Journal, JournalError};
use crate::apply::live::Live as _;
use crate::apply::quotas::Needs;
use crate::apply::rehearsal::Rehearsal;
use crate::apply::run::{Limits, Run};
use crate::apply::state::{State, Target};
use crate::apply::step::{Step, Work as Done};
use crate::aws::acting::{Acting, Lock, guard, quotas, reading};
use crate::domain::aws_names::shortened;
use crate::domain::money::UsdPerHour;
use crate::domain::text::visible;
use crate::report::apply as words;

use super::aws_args::AwsArgs;
use super::diagnostics::Diagnostics;
use super::exit::{Exit, Failure};
use super::output::Destination;
use alone::{alone, digest};
use ended::{ended, status};
use failures::{differs, no_journal, no_lock};
use session::{Session, release};

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
    /// How.
    #[command(flatten)]
    pub how: HowArgs,
    /// Go on with the run of the journal
    #[arg(long, requires = "yes", conflicts_with_all = ["rollback", "status"])]
    pub resume: bool,
    /// Take back what the run of the journal began
    #[arg(long, requires = "yes", conflicts_with = "status")]
    pub rollback: bool,
    /// With --rollback: make deleted groups anew though something of theirs does not come back, and delete groups that the run made with instances that never registered; both are listed without this flag
    #[arg(long, requires = "rollback")]
    pub accept_losses: bool,
    /// Say how far the run of the journal is
    #[arg(long)]
    pub status: bool,
}

/// How steps are done, and where that is written down.
#[derive(Debug, Args)]
#[command(next_help_heading = "Acting")]
pub struct HowArgs {
    /// Where is written down what is begun and done [default: `.bayplan/CLUSTER.journal`]
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
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

/// Longest name of a cluster in a file's name.
const LONGEST_IN_PATH: usize = 200;

impl ActingArgs {
    /// Whether the journal alone says what to do.
    pub const fn is_of_journal(&self) -> bool {
        self.resume || self.rollback || self.status
    }
}

impl HowArgs {
    /// The journal of a cluster. File systems take names of 255 bytes, and a lock and a temporary file stand beside it; one that was begun
    /// under the whole of a longer name is gone on with.
    fn path(&self, cluster: &str) -> PathBuf {
        let named = |name: &str| Path::new(FOLDER).join(format!("{name}.journal"));
        let whole = named(cluster);
        (self.journal.clone()).unwrap_or_else(|| {
            if whole.exists() {
                whole
            } else {
                named(&shortened(cluster, LONGEST_IN_PATH))
            }
        })
    }

    fn limits(&self) -> Limits {
        Limits {
            step_timeout: Duration::from_secs(self.step_timeout.into()),
            between: self.poll_interval,
            max_steps: None,
            parallel: self.parallel.into(),
            accepts_losses: false,
            instances: None,
        }
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
    /// Flags of the policy, laid over it, for whoever plays the rest; `None` where nobody plays the steps.
    pub flags: Option<Map<String, Value>>,
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
    /// Whether the plan leaves today's fleet alone.
    pub leaves_alone: bool,
    /// Steps of this run.
    pub max_steps: Option<usize>,
    /// Whether steps that are left have an exit code of their own.
    pub detailed_exitcode: bool,
    /// What the steps need of the account's quotas.
    pub needs: &'a Needs,
    /// The connection's flags.
    pub aws: &'a AwsArgs,
}

/// Does the steps.
///
/// # Errors
/// Where it is refused before any step.
pub fn act(args: &HowArgs, work: &Work<'_>, diagnostics: Diagnostics) -> Result<Exit, Failure> {
    if !work.excess.is_empty() {
        let message = format!(
            "over the budget, nothing was done\n  {}",
            work.excess.join("\n  ")
        );
        return Err(Failure::new(Exit::Refused, message));
    }
    if work.steps.is_empty() {
        let text = match work.not_allowed {
            _ if work.leaves_alone => {
                "nothing to do: the plan leaves today's fleet alone\n".to_owned()
            }
            0 => "nothing to do\n".to_owned(),
            left => {
                format!("nothing to do without --allow-delete, with which {left} steps are left\n")
            }
        };
        Destination::Stdout.write(text.as_bytes())?;
        return Ok(Exit::Done);
    }
    let path = args.path(work.cluster);
    let mut alone = alone(&path)?;
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
    Lock::take(&live, alone.owner()?, args.take_lock).map_err(|error| no_lock(&error))?;
    let mut journal = match begun(&live, (args, &path, &plan), work, diagnostics) {
        Ok(journal) => journal,
        Err(failure) => {
            release(&live, &alone, diagnostics);
            return Err(failure);
        }
    };
    let limits = Limits {
        max_steps: work.max_steps,
        ..args.limits()
    };
    let outcome = Run::new(&mut live, &mut journal, limits).go_on();
    release(&live, &alone, diagnostics);
    ended(&path, &journal, outcome, work.detailed_exitcode)
}

/// The journal of a run that may begin: the cluster is the snapshot's, and the quotas allow the steps.
fn begun(
    live: &Acting<'_>,
    (args, path, plan): (&HowArgs, &Path, &str),
    work: &Work<'_>,
    diagnostics: Diagnostics,
) -> Result<Journal, Failure> {
    let answers = guard(live, work.region, work.snapshot).map_err(|error| differs(&error))?;
    within_quotas(live, work.needs, diagnostics)?;
    let file: Value = serde_json::from_str(work.snapshot).unwrap_or_default();
    let document = serde_json::from_slice(work.plan).unwrap_or_default();
    let rehearsal =
        (work.flags.as_ref()).map(|flags| Rehearsal::of(document, &file, flags, &answers));
    let identity = identity(live)?;
    let services = created(live, &services(work.steps, &answers))?;
    let names = [work.cluster, work.region, plan, work.fingerprint];
    let header = Header::new(names, work.budget, (work.steps, args.parallel.into()))
        .of_cluster(identity, services)
        .with_rehearsal(rehearsal);
    Journal::begin(path, header).map_err(|error| no_journal(&error))
}

/// Services by which the cluster is known again: those of the steps first.
fn services(steps: &[Step], answers: &Value) -> Vec<String> {
    let of_steps = steps.iter().filter_map(|step| match &step.work {
        Done::Change(change) if step.moves_a_service() => Some(change.target.name()),
        _ => None,
    });
    let all = answers["services"].as_array().into_iter().flatten();
    let all = all.filter_map(|service| service["serviceName"].as_str());
    let mut names: Vec<String> = Vec::new();
    for name in of_steps.chain(all) {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

fn created(live: &Acting<'_>, services: &[String]) -> Result<BTreeMap<String, String>, Failure> {
    (live.created(services)).map_err(|error| Failure::new(Exit::AwsFailure, error.to_string()))
}

/// Refuses what the account's quotas do not allow; a quota that cannot be read is said.
fn within_quotas(
    live: &Acting<'_>,
    needs: &Needs,
    diagnostics: Diagnostics,
) -> Result<(), Failure> {
    let read = quotas(live, needs);
    for (quota, error) in &read.unread {
        let name = words::quota(*quota);
        diagnostics.warning(&format!("the quota of {name} is not known: {error}"));
    }
    if read.passed.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = read.passed.iter().map(words::passed).collect();
    let message = format!(
        "beyond the account's quotas, nothing was done\n  {}\nask for more in the console of Service Quotas, or plan within them",
        lines.join("\n  ")
    );
    Err(Failure::new(Exit::Refused, message))
}

/// What the cluster is known by beside its name.
fn identity(live: &Acting<'_>) -> Result<String, Failure> {
    let found = live.identity();
    let found = found.map_err(|error| Failure::new(Exit::AwsFailure, error.to_string()))?;
    found.ok_or_else(|| {
        let message =
            "there is no such cluster in this account and Region: look at --profile and --role-arn";
        Failure::new(Exit::Refused, message)
    })
}

/// A journal's run goes on in its own cluster and in no other one of the same name.
fn in_its_cluster(live: &mut Acting<'_>, journal: &Journal) -> Result<(), Failure> {
    let header = journal.header();
    let here = identity(live)?;
    if header.identity.as_ref().is_none_or(|begun| *begun == here) {
        return of_then(live, journal);
    }
    let message = format!(
        "the cluster {} that these credentials reach is not the one that the run was begun in: its ARN is another one, as in another account; nothing was done: give the --profile or --role-arn of then",
        visible(&header.cluster)
    );
    Err(Failure::new(Exit::Refused, message))
}

/// A cluster that was deleted and made anew has the same ARN, and nothing of what the run did. Where all services of then were made anew, a
/// provider of the run's own in the cluster's list says that it is the cluster of then all the same.
fn of_then(live: &mut Acting<'_>, journal: &Journal) -> Result<(), Failure> {
    let header = journal.header();
    let known: Vec<String> = header.services.keys().cloned().collect();
    let now = created(live, &known)?;
    if !header.has_none_of_then(&now) {
        return Ok(());
    }
    let target = Target::Cluster(header.cluster.clone());
    let listed = live.describe(&target);
    let listed = listed.map_err(|error| Failure::new(Exit::AwsFailure, error.to_string()))?;
    let listed = listed.and_then(|found| State::of(&target, &found));
    if matches!(listed, Some(State::Cluster(list)) if journal.has_made_one_of(&list.providers)) {
        return Ok(());
    }
    let names: Vec<String> = now.keys().map(|name| visible(name)).collect();
    let message = format!(
        "of the services of the cluster {} none is the one of when the run was begun ({}), and its list names no capacity provider that the run made: it is taken for a cluster that was made anew, and nothing was done; take a snapshot and plan again, with another --journal",
        visible(&header.cluster),
        names.join(", ")
    );
    Err(Failure::new(Exit::Refused, message))
}

/// Plays what is left of a run from what AWS tells of its cluster, and refuses a step after which tasks would wait.
pub type Rehearse<'a> = &'a dyn Fn(&Journal, &Rehearsal, Value) -> Result<(), Failure>;

/// Holds what is left against the cluster as it is.
fn rehearsed(live: &Acting<'_>, journal: &Journal, rehearse: Rehearse<'_>) -> Result<(), Failure> {
    let header = journal.header();
    let Some(rehearsal) = header.rehearsal.as_deref() else {
        return Ok(());
    };
    let is_felt = |(index, step): (usize, &Step)| !journal.is_done(index) && step.is_felt();
    if !header.steps.iter().enumerate().any(is_felt) {
        return Ok(());
    }
    let answers =
        reading(live, &header.region, rehearsal.redacts_arns).map_err(|error| differs(&error))?;
    rehearse(journal, rehearsal, answers)
}

/// Goes on with a journal's run, takes it back, or says how far it is.
///
/// # Errors
/// Where there is no such journal, or somebody else is at work.
pub fn go_on(
    args: &ActingArgs,
    (cluster, region, plan): (Option<&str>, Option<&str>, Option<&[u8]>),
    bounds: Bounds,
    (aws, rehearse): (&AwsArgs, Rehearse<'_>),
    diagnostics: Diagnostics,
) -> Result<Exit, Failure> {
    let path = match (&args.how.journal, cluster) {
        (Some(path), _) => path.clone(),
        (None, Some(cluster)) => args.how.path(cluster),
        (None, None) => {
            let message = "name the journal with --journal, or the cluster with --cluster";
            return Err(Failure::new(Exit::Usage, message));
        }
    };
    if args.status {
        let journal = Journal::look(&path).map_err(|error| no_journal(&error))?;
        Destination::Stdout.write(status(&journal).as_bytes())?;
        return Ok(Exit::Done);
    }
    let mut alone = alone(&path)?;
    let mut journal = Journal::open(&path).map_err(|error| no_journal(&error))?;
    let header = journal.header().clone();
    if let Some(name) = cluster.filter(|name| *name != header.cluster) {
        let message = format!("the journal is of `{}`, not of `{name}`", header.cluster);
        return Err(Failure::new(Exit::Refused, message));
    }
    if let Some(region) = region.filter(|region| *region != header.region) {
        let message = format!(
            "the journal is of {}, not of {}",
            visible(&header.region),
            visible(region)
        );
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
        if alone.may_hold() {
            let session = Session::open(&header.cluster, &header.region, aws, diagnostics)?;
            let mut live = session.live(&args.how)?;
            in_its_cluster(&mut live, &journal)?;
            Lock::give_back(&live, alone.owner()?).map_err(|error| no_lock(&error))?;
            alone.gave_back();
        }
        Destination::Stdout.write(b"the run has ended: nothing to go on with\n")?;
        return Ok(Exit::Done);
    }
    if args.resume && usize::from(args.how.parallel) > header.at_a_time {
        let message = format!(
            "the run was begun with {} services at a time, and more at a time were not looked at, nothing was done: give no larger --parallel",
            header.at_a_time
        );
        return Err(Failure::new(Exit::Refused, message));
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
    let mut live = session.live(&args.how)?;
    in_its_cluster(&mut live, &journal)?;
    Lock::take(&live, alone.owner()?, args.how.take_lock).map_err(|error| no_lock(&error))?;
    if args.resume
        && let Err(failure) = rehearsed(&live, &journal, rehearse)
    {
        release(&live, &alone, diagnostics);
        return Err(failure);
    }
    let limits = Limits {
        max_steps: bounds.max_steps,
        instances: bounds.instances,
        accepts_losses: args.accept_losses,
        ..args.how.limits()
    };
    let run = Run::new(&mut live, &mut journal, limits);
    let outcome = if args.rollback {
        run.roll_back()
    } else {
        run.go_on()
    };
    release(&live, &alone, diagnostics);
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

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(Debug, clap::Parser)]
    struct Given {
        #[command(flatten)]
        how: HowArgs,
    }

    #[test]
    fn journals_of_the_longest_names_have_files_of_their_own() {
        let how = Given::parse_from(["bayplan"]).how;
        let name = |cluster: &str| -> String {
            let path = how.path(cluster);
            let name = path.file_name().expect("a file").to_string_lossy();
            name.into_owned()
        };
        assert_eq!(name("prod"), "prod.journal");
        let whole = "a".repeat(200);
        assert_eq!(name(&whole), format!("{whole}.journal"));
        // Names of clusters have 255 characters at most; beside the journal stand its lock and a temporary file.
        let (one, other) = ("a".repeat(254) + "b", "a".repeat(254) + "c");
        assert!(name(&one).len() <= 210);
        assert_ne!(name(&one), name(&other));
        let given = Given::parse_from(["bayplan", "--journal", "x/y"]).how;
        assert_eq!(given.path(&one), Path::new("x/y"));
    }
}
