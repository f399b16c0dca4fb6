//! `bayplan rightsize CLUSTER --metrics FILE…`.

mod applying;
mod fleet;
mod job;
mod kept;
pub(in crate::cli) mod measured;
mod planning;
mod results;
mod units;

use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::domain::cluster::Cluster;
use crate::history::Place;
use crate::io::{ClusterDocument, did_you_mean};
use crate::optimize::stop::{Either, Stop};
use crate::report::rightsize::{Sizes, csv, json, markdown, text};
use crate::rightsize::series::Metrics;
use crate::rightsize::{Asking, Proposal, mean_use, propose};

use super::args::{InputArgs, SearchArgs, saving, time_limit};
use super::diagnostics::Diagnostics;
use super::exit::{Exit, Failure};
use super::input;
use super::interrupt;
use super::output::Destination;
use super::plan;

use applying::Applying;
pub use applying::ApplyingArgs;
pub use job::JobArgs;
use kept::Kept;
use planning::{NotPlanned, Planned, Planning};
pub(in crate::cli) use units::say_doubtful_units;

/// Arguments of `rightsize`.
#[derive(Debug, Args)]
pub struct RightsizeArgs {
    /// Cluster file: JSON or YAML, or CSV with one service a row; `-` reads stdin
    #[arg(value_name = "CLUSTER")]
    pub cluster: PathBuf,
    /// Measured use: `cloudwatch`, or files: CSV, Parquet, or Prometheus' answers (JSON, with --mapping); docs/rightsizing.md
    #[arg(long, value_name = "FILE", num_args = 1.., required = true, help_heading = "Metrics")]
    pub metrics: Vec<PathBuf>,
    /// Which query of Prometheus gives which column: JSON from column to `{query, serviceLabel}`
    #[arg(long, value_name = "FILE", help_heading = "Metrics")]
    pub mapping: Option<PathBuf>,
    /// Days that `cloudwatch` is asked for, from 1 to 455
    #[arg(long, value_name = "DAYS", default_value_t = 63, value_parser = clap::value_parser!(u32).range(1..=455), help_heading = "Metrics")]
    pub metrics_days: u32,
    /// End of what `cloudwatch` is asked for, RFC 3339; without it the last whole hour
    #[arg(long, value_name = "TIME", help_heading = "Metrics")]
    pub metrics_until: Option<Timestamp>,
    /// Write what `cloudwatch` says as a metric file, CSV
    #[arg(long, value_name = "FILE", help_heading = "Metrics")]
    pub keep_metrics: Option<PathBuf>,
    /// How to read the cluster.
    #[command(flatten)]
    pub input: InputArgs,
    /// When to stop.
    #[command(flatten)]
    pub limits: SearchArgs,
    /// Keep what is found in `sqlite:FILE` or `postgres://USER@HOST/DATABASE`: less is proposed once three runs agree on it
    #[arg(
        long,
        value_name = "HISTORY",
        env = "BAYPLAN_HISTORY",
        hide_env_values = true,
        help_heading = "History"
    )]
    pub history: Option<Place>,
    /// Propose less at once, whatever earlier runs found
    #[arg(long, help_heading = "History")]
    pub once: bool,
    /// Propose less only where the fleet planned anew saves at least this part of its cost: `0.05` or `5%`
    #[arg(long, value_name = "FRACTION", value_parser = saving, allow_negative_numbers = true, help_heading = "History")]
    pub min_saving: Option<Decimal>,
    /// How sizes and fleet go together
    #[arg(
        long,
        value_name = "HOW",
        default_value = "alone",
        help_heading = "Fleet"
    )]
    pub sizes: SizesAsked,
    /// Show what the fleet costs with fewer of the cuts: none, 1, 2, 4, 8, … and all of them
    #[arg(long, help_heading = "Fleet")]
    pub frontier: bool,
    /// Form of the result
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        help_heading = "Output"
    )]
    pub format: RightsizeFormat,
    /// Write the result to a file, whole or not at all
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// Write the cluster file with the proposed sizes and counts, as JSON
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub write_cluster: Option<PathBuf>,
    /// Write the plan of the fleet with the proposals, as `bayplan plan --format json` does; with a history the last one where it stays
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub write_plan: Option<PathBuf>,
    /// End with 3 where something is proposed
    #[arg(long, help_heading = "Output")]
    pub detailed_exitcode: bool,
    /// What a nightly run leaves.
    #[command(flatten)]
    pub job: JobArgs,
    /// Putting the sizes into a live cluster.
    #[command(flatten)]
    pub applying: ApplyingArgs,
}

/// How sizes and fleet go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SizesAsked {
    /// What the rules ask for
    Alone,
    /// And the room that the fleet has left over is given back: the same bill, more headroom
    Slack,
    /// Chosen with the fleet: a service may be tight where one more copy then fits, at no more risk of all together; room is given back
    Joint,
}

/// Forms of proposals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RightsizeFormat {
    /// For a terminal
    Text,
    /// A document for programs
    Json,
    /// One line a service
    Csv,
    /// For a pull request
    Markdown,
}

/// Proposes sizes and prints them with what the fleet costs.
///
/// # Errors
/// When an input cannot be used, or a plan does not pass its own check.
pub fn run(
    args: &RightsizeArgs,
    started: Instant,
    diagnostics: Diagnostics,
) -> Result<Exit, Failure> {
    one_stdin(args)?;
    let written = args.write_cluster.as_ref();
    for file in written
        .into_iter()
        .chain(&args.write_plan)
        .chain(&args.keep_metrics)
    {
        Destination::File(file.clone()).check()?;
    }
    let results = args.job.check(&args.input, diagnostics)?;
    let region = args.input.region.as_deref();
    let text = input::cluster_text(&args.cluster, region, &args.input.aws, diagnostics)?;
    let (cluster, catalogue) = input::read_from(&text, &args.cluster, &args.input, diagnostics)?;
    input::of_ecs(&cluster, "rightsize")?;
    let metrics = measured::metrics(args, &cluster, diagnostics)?;
    let known: Vec<&str> = cluster
        .services
        .iter()
        .map(|service| service.name.as_str())
        .collect();
    say_unknown(&metrics, &known, diagnostics);
    say_doubtful_units(&metrics, &cluster, diagnostics);
    let Some(mut kept) = Kept::of(args.history.as_ref(), &cluster, diagnostics)? else {
        diagnostics.warning("another run of this cluster goes on: this one leaves it alone");
        return Ok(Exit::Done);
    };
    let document = document(&text, args, &cluster)?;
    let asking = Asking {
        past: kept.past.as_ref(),
        once: args.once,
        // A best packing alone is not planned over a week.
        profiles: !document.has("demand") && !args.limits.ideal,
    };
    let proposals = propose(&cluster, &catalogue, &metrics, asking);
    let (cluster, document) = with_measured_use(cluster, document, &metrics);
    let interrupt = interrupt::install(diagnostics);
    let limit = time_limit(args.limits.time_limit, started);
    let stop = Either(interrupt as &dyn Stop, limit.as_ref());
    let planning = Planning {
        args,
        document: &document,
        cluster: &cluster,
        catalogue: &catalogue,
        stop: &stop,
        diagnostics,
    };
    let flat = || {
        let asking = Asking {
            profiles: false,
            ..asking
        };
        propose(&cluster, &catalogue, &metrics, asking)
    };
    let outcome = planning.all_or_flat(proposals, flat);
    let Planned {
        proposals,
        document,
        proposed,
        mut fleets,
        joint,
        frontier,
    } = outcome.map_err(|why| match why {
        NotPlanned::Plan(error) => plan::failure(&error, interrupt.is_raised()),
        NotPlanned::Failure(failure) => failure,
    })?;
    let plan = fleet::settle(
        &mut fleets,
        kept.last_fleet.as_ref(),
        (&proposed, &catalogue),
        args.min_saving,
    );
    let mut sizes = Sizes {
        cluster: cluster.name.clone(),
        region: cluster.region.clone(),
        measured_until: crate::rightsize::series::measured_until(&metrics),
        proposals,
        fleets,
        joint,
        frontier,
        steps: None,
    };
    let applying = (args.applying.apply)
        .then(|| Applying::of(&text, &document))
        .transpose()?;
    sizes.steps = applying.as_ref().map(|applying| applying.shown(&sizes));
    if let Some(file) = written {
        Destination::File(file.clone()).write(document.as_bytes())?;
    }
    if let Some(file) = &args.write_plan {
        Destination::File(file.clone()).write(plan.as_bytes())?;
    }
    let destination = Destination::from_option(args.output.as_ref());
    destination.write(render(&sizes, args.format, &destination).as_bytes())?;
    let now = Timestamp::now().as_second();
    let left = (&sizes, document.as_str());
    args.job.leave(left, results.as_ref(), (now, diagnostics))?;
    kept.record(&sizes, &metrics, &plan)?;
    #[cfg(feature = "aws")]
    if let Some(applying) = applying.filter(|_| args.applying.yes && !interrupt.is_raised()) {
        return applying.act(args, (&text, &document, &sizes), diagnostics);
    }
    Ok(exit(&sizes, args.detailed_exitcode, interrupt.is_raised()))
}

fn one_stdin(args: &RightsizeArgs) -> Result<(), Failure> {
    let files = std::iter::once(&args.cluster)
        .chain(&args.metrics)
        .chain(&args.mapping);
    if files.filter(|file| input::is_stdin(file)).count() > 1 {
        let message = "only one of CLUSTER, --metrics and --mapping can be stdin";
        return Err(Failure::new(Exit::Usage, message));
    }
    Ok(())
}

/// Names of the metrics that are no service's.
pub(in crate::cli) fn say_unknown(metrics: &Metrics, known: &[&str], diagnostics: Diagnostics) {
    for name in metrics
        .keys()
        .filter(|name| !known.contains(&name.as_str()))
    {
        let name = crate::domain::text::visible_start(name, 100);
        let meant = did_you_mean(&name, known.iter().copied());
        diagnostics.warning(
            format!("the metrics name `{name}`, which is no service of the cluster; {meant}")
                .trim_end_matches([' ', ';']),
        );
    }
}

/// Where burstable types may be bought, which charge for what is used: the cluster and its file with the measured use.
fn with_measured_use(
    mut cluster: Cluster,
    document: ClusterDocument,
    metrics: &Metrics,
) -> (Cluster, ClusterDocument) {
    if !cluster.policy.may_buy_burstable() {
        return (cluster, document);
    }
    let measured = mean_use(metrics);
    for service in &mut cluster.services {
        service.measured_cpu = (measured.get(&service.name).copied()).or(service.measured_cpu);
    }
    (cluster, document.with_measured_cpu(&measured))
}

fn document(
    text: &str,
    args: &RightsizeArgs,
    cluster: &Cluster,
) -> Result<ClusterDocument, Failure> {
    let name = input::display_name(&args.cluster);
    let document = ClusterDocument::parse_with_columns(text, &name, &args.input.column)
        .map_err(|findings| Failure::findings(findings.to_string()))?;
    Ok(document.located(&cluster.name, &cluster.region))
}

fn render(sizes: &Sizes, format: RightsizeFormat, destination: &Destination) -> String {
    match format {
        RightsizeFormat::Text => text::render(sizes, destination.emphasis()),
        RightsizeFormat::Json => json::render(sizes),
        RightsizeFormat::Csv => csv::render(sizes),
        RightsizeFormat::Markdown => markdown::render(sizes),
    }
}

fn exit(sizes: &Sizes, detailed: bool, interrupted: bool) -> Exit {
    if interrupted {
        Exit::Interrupted
    } else if sizes.fleets.planned.unplaced > 0 {
        Exit::Infeasible
    } else if detailed && sizes.proposals.iter().any(Proposal::changes) {
        Exit::ChangesProposed
    } else {
        Exit::Done
    }
}
