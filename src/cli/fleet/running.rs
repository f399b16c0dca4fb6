//! `bayplan fleet run MANIFEST --out DIR`.

use std::env;
use std::io::IsTerminal as _;
use std::num::NonZeroUsize;
use std::thread::available_parallelism;

use indicatif::{ProgressBar, ProgressStyle};
use tempfile::TempDir;

use crate::fleet::run as run_units;
use crate::fleet::{Child, Limits, Manifest, RunOptions, Runs, Shard, Step, Unit, Watch, Work};
use crate::report::fleet::status::summary as words;

use super::inputs::Unread;
use super::lines::Lines;
use super::place::{as_listed, clean, failure, manifest, work, writing};
use super::{PlaceArgs, RunArgs};
use crate::cli::diagnostics::Diagnostics;
use crate::cli::exit::{Exit, Failure};
use crate::cli::interrupt;
use crate::cli::output::Destination;

/// The shard's number in an array job of AWS Batch.
const ARRAY_INDEX: &str = "AWS_BATCH_JOB_ARRAY_INDEX";

/// Runs what is left.
pub(super) fn run(args: &RunArgs, diagnostics: Diagnostics) -> Result<Exit, Failure> {
    let shard = shard(args)?;
    let program = env::current_exe().map_err(|error| {
        Failure::new(
            Exit::Usage,
            format!("this program does not find itself: {error}"),
        )
    })?;
    let manifest = manifest(&args.place, diagnostics)?;
    say_wrong(&manifest, diagnostics);
    let spool = spool(&manifest)?;
    let work = work(&args.place, manifest, spool.as_ref().map(TempDir::path));
    let store = writing(&args.place, diagnostics)?;
    let work = as_listed(work, store.as_ref())?;
    let interrupt = interrupt::install_saying(
        diagnostics,
        "stopping: units that run are taken back; again to end at once",
    );
    let child = Child {
        program,
        limits: Limits {
            memory_mib: args.unit_memory,
            seconds: args.unit_seconds,
        },
    };
    let cores = available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let jobs = args.jobs.and_then(|jobs| NonZeroUsize::new(jobs.into()));
    let options = RunOptions {
        shard,
        jobs: jobs.unwrap_or(cores),
        retry_poisoned: args.retry_poisoned,
    };
    let bar = Bar::new(diagnostics);
    let runs = runs(child, &work, &args.place, diagnostics)?;
    let summary = run_units(
        &work,
        store.as_ref(),
        runs.as_ref(),
        options,
        interrupt,
        &bar,
    );
    bar.0.finish_and_clear();
    let summary = summary.map_err(|error| failure(&error))?;
    Destination::Stdout.write(format!("{}\n", words(&summary)).as_bytes())?;
    if summary.stopped {
        diagnostics.warning("stopped: the same command goes on");
        return Ok(Exit::Interrupted);
    }
    Ok(Exit::Done)
}

/// Says at once whose flags no command takes, in place of one by one as their turn comes; their results say so.
fn say_wrong(manifest: &Manifest, diagnostics: Diagnostics) {
    let lines = Lines::default();
    let mut wrong = Unread::default();
    for unit in &manifest.units {
        if let Some(why) = lines.why_not(&unit.args) {
            wrong.add(&unit.id, &why);
        }
    }
    wrong.say(
        diagnostics,
        "the command does not take `args`, as its result will say",
    );
}

/// A folder for objects of buckets, where the manifest has any.
fn spool(manifest: &Manifest) -> Result<Option<TempDir>, Failure> {
    if !manifest.units.iter().any(Unit::is_object) {
        return Ok(None);
    }
    let folder = tempfile::Builder::new().prefix("bayplan-fleet-").tempdir();
    folder.map(Some).map_err(|error| {
        let message = format!("cannot make a folder for objects that are fetched: {error}");
        Failure::new(Exit::Usage, message)
    })
}

#[cfg(feature = "aws")]
fn runs<'a>(
    child: Child,
    work: &'a Work,
    args: &PlaceArgs,
    diagnostics: Diagnostics,
) -> Result<Box<dyn Runs + 'a>, Failure> {
    let fetching = super::bucket::Fetching::new(child, work, &args.bucket, diagnostics)?;
    Ok(Box::new(fetching))
}

#[cfg(not(feature = "aws"))]
fn runs<'a>(
    child: Child,
    work: &'a Work,
    _args: &PlaceArgs,
    _diagnostics: Diagnostics,
) -> Result<Box<dyn Runs + 'a>, Failure> {
    match work.units.iter().find(|unit| unit.unit.is_object()) {
        Some(unit) => Err(crate::cli::objects::none(&unit.unit.input)),
        None => Ok(Box::new(child)),
    }
}

/// The part to run.
fn shard(args: &RunArgs) -> Result<Shard, Failure> {
    let Some(parts) = args.array else {
        return Ok(args.shard.unwrap_or(Shard::WHOLE));
    };
    let index = env::var(ARRAY_INDEX).ok();
    let shard = (index.as_deref())
        .filter(|index| index.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|index| format!("{index}/{parts}").parse().ok())
        // Batch counts from 0, and an index beyond the array is a mistake in the job.
        .filter(|_| index.as_deref().and_then(|index| index.parse().ok()) < Some(parts));
    shard.ok_or_else(|| {
        let is = index.map_or_else(|| "is not set".to_owned(), |index| format!("is `{}`", clean(&index)));
        let message = format!(
            "--array {parts} takes {ARRAY_INDEX} from 0 to {}, and it {is}: start it as an array job of size {parts}, or give --shard",
            parts.saturating_sub(1)
        );
        Failure::new(Exit::Usage, message)
    })
}

/// A progress bar on a terminal's stderr; what goes wrong is said anywhere.
struct Bar(ProgressBar, Diagnostics);

impl Bar {
    fn new(diagnostics: Diagnostics) -> Self {
        let bar = if diagnostics.quiet || !std::io::stderr().is_terminal() {
            ProgressBar::hidden()
        } else {
            let style = "{elapsed_precise} {bar:40} {pos}/{len} units, {eta} left {msg}";
            let style = ProgressStyle::with_template(style)
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(0).with_style(style)
        };
        Self(bar, diagnostics)
    }
}

impl Watch for Bar {
    fn begin(&self, units: usize, done: usize) {
        self.0.set_length(units as u64);
        self.0.set_position(done as u64);
        // What was done before tells nothing of how long the rest takes.
        self.0.reset_eta();
    }

    fn step(&self, id: &str, step: &Step) {
        let Self(bar, diagnostics) = self;
        let id = clean(id);
        match step {
            Step::Done(code) => {
                bar.inc(1);
                if !matches!(code, 0 | 3) {
                    bar.suspend(|| diagnostics.note(&format!("{id}: exit code {code}")));
                }
            }
            Step::Poisoned(why) => {
                bar.inc(1);
                bar.suspend(|| diagnostics.warning(&format!("{id} is set aside: {why}")));
            }
            Step::Failed(why) => {
                bar.suspend(|| diagnostics.warning(&format!("{id}: {why}; it is tried again")));
            }
            Step::Changed => bar.suspend(|| {
                diagnostics.warning(&format!(
                    "{id}: its files changed meanwhile; it is tried again"
                ));
            }),
            Step::Elsewhere => bar.inc(1),
            Step::Stopped | Step::Busy => {}
        }
    }
}
