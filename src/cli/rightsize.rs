//! `bayplan rightsize CLUSTER --metrics FILE…`.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use crate::domain::cluster::Cluster;
use crate::history::{History, Lease, Run, Service};
use crate::io::{ClusterDocument, Findings, did_you_mean};
use crate::optimize::stop::{Either, Stop};
use crate::planner::PlanOptions;
use crate::report::rightsize::{Sizes, csv, json, markdown, text};
use crate::rightsize::series::{Mapping, MetricFile, Metrics, read_mapping, read_metrics};
use crate::rightsize::{Earlier, Proposal, RUNS, changed, plan_both, propose};

use super::args::{InputArgs, SearchArgs, time_limit};
use super::diagnostics::Diagnostics;
use super::exit::{Exit, Failure};
use super::history;
use super::input;
use super::interrupt;
use super::output::Destination;
use super::plan;

/// Arguments of `rightsize`.
#[derive(Debug, Args)]
pub struct RightsizeArgs {
    /// Cluster file: JSON or YAML, or CSV with one service a row; `-` reads stdin
    #[arg(value_name = "CLUSTER")]
    pub cluster: PathBuf,
    /// Files of measured use: CSV, Parquet, or Prometheus' answers (JSON, with --mapping); docs/rightsizing.md
    #[arg(long, value_name = "FILE", num_args = 1.., required = true, help_heading = "Metrics")]
    pub metrics: Vec<PathBuf>,
    /// Which query of Prometheus gives which column: JSON from column to `{query, serviceLabel}`
    #[arg(long, value_name = "FILE", help_heading = "Metrics")]
    pub mapping: Option<PathBuf>,
    /// How to read the cluster.
    #[command(flatten)]
    pub input: InputArgs,
    /// When to stop.
    #[command(flatten)]
    pub limits: SearchArgs,
    /// Keep what is found in `sqlite:FILE`: less is proposed once three runs agree on it
    #[arg(long, value_name = "HISTORY", value_parser = history::place, help_heading = "History")]
    pub history: Option<PathBuf>,
    /// Propose less at once, whatever earlier runs found
    #[arg(long, help_heading = "History")]
    pub once: bool,
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
    /// End with 3 where something is proposed
    #[arg(long, help_heading = "Output")]
    pub detailed_exitcode: bool,
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
    if let Some(file) = written {
        Destination::File(file.clone()).check()?;
    }
    let metrics = metrics(args, diagnostics)?;
    let region = args.input.region.as_deref();
    let text = input::cluster_text(&args.cluster, region, &args.input.aws, diagnostics)?;
    let (cluster, catalogue) = input::read_from(&text, &args.cluster, &args.input, diagnostics)?;
    input::of_ecs(&cluster, "rightsize")?;
    let known: Vec<&str> = cluster
        .services
        .iter()
        .map(|service| service.name.as_str())
        .collect();
    say_unknown(&metrics, &known, diagnostics);
    let Some(mut kept) = Kept::of(args, &cluster, diagnostics)? else {
        diagnostics.warning("another run of this cluster goes on: this one leaves it alone");
        return Ok(Exit::Done);
    };
    let proposals = propose(&cluster, &catalogue, &metrics, kept.earlier.as_deref());
    let document = document(&text, args, &cluster)?
        .resized(&changed(&proposals))
        .to_json();
    let proposed = read_back(&document, &proposals, args, diagnostics)?;
    let interrupt = interrupt::install(diagnostics);
    let limit = time_limit(args.limits.time_limit, started);
    let stop = Either(interrupt as &dyn Stop, limit.as_ref());
    let fleets = plan_both(
        &cluster,
        &proposed,
        &catalogue,
        &options(&args.limits),
        &stop,
    )
    .map_err(|error| plan::failure(&error, interrupt.is_raised()))?;
    let sizes = Sizes {
        cluster: cluster.name.clone(),
        region: cluster.region.clone(),
        proposals,
        fleets,
    };
    if let Some(file) = written {
        Destination::File(file.clone()).write(document.as_bytes())?;
    }
    let destination = Destination::from_option(args.output.as_ref());
    destination.write(render(&sizes, args.format, &destination).as_bytes())?;
    kept.record(&sizes, &metrics)?;
    Ok(exit(&sizes, args.detailed_exitcode, interrupt.is_raised()))
}

/// The history of a run, where there is one: its lease, and what earlier runs wanted.
struct Kept {
    history: Option<(History, Lease)>,
    earlier: Option<Vec<Earlier>>,
}

impl Kept {
    /// Opens it and takes the lease; `None` while another run has it.
    fn of(
        args: &RightsizeArgs,
        cluster: &Cluster,
        diagnostics: Diagnostics,
    ) -> Result<Option<Self>, Failure> {
        let Some(file) = &args.history else {
            return Ok(Some(Self {
                history: None,
                earlier: None,
            }));
        };
        let history = history::open(file, diagnostics)?;
        let name = format!("{}/{}", cluster.region, cluster.name);
        let now = Timestamp::now();
        let owner = format!("{}-{}", std::process::id(), now.as_nanosecond());
        let lease = history.take_lease(&name, &owner, now.as_second());
        let Some(lease) = lease.map_err(history::failure)? else {
            return Ok(None);
        };
        let runs = history.last_runs(&cluster.name, &cluster.region, RUNS - 1);
        let earlier = runs
            .map_err(history::failure)?
            .iter()
            .map(history::sizes)
            .collect();
        Ok(Some(Self {
            history: Some((history, lease)),
            earlier: (!args.once).then_some(earlier),
        }))
    }

    /// Records what was found.
    fn record(&mut self, sizes: &Sizes, metrics: &Metrics) -> Result<(), Failure> {
        let Some((history, _)) = &mut self.history else {
            return Ok(());
        };
        let ends = metrics.values().filter_map(|series| {
            let last = series.samples.last()?;
            Some(last.start + series.period)
        });
        let run = Run {
            id: 0,
            recorded_at: Timestamp::now().as_second(),
            metrics_end: ends.max().unwrap_or(0),
            cluster: sizes.cluster.clone(),
            region: sizes.region.clone(),
            today_usd_per_hour: sizes.fleets.today.usd_per_hour.to_string(),
            planned_usd_per_hour: sizes.fleets.planned.usd_per_hour.to_string(),
            services: sizes.proposals.iter().map(kept_service).collect(),
        };
        history.record(&run).map_err(history::failure)?;
        Ok(())
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if let Some((history, lease)) = &self.history {
            // A lease that cannot be given back ends by itself.
            let _ = history.give_back(lease);
        }
    }
}

fn kept_service(proposal: &Proposal) -> Service {
    let words: Vec<&str> = proposal.flags.iter().map(|flag| flag.word()).collect();
    Service {
        service: proposal.service.clone(),
        cpu_today: proposal.today.cpu.get(),
        memory_mib_today: proposal.today.memory.get(),
        cpu_wanted: proposal.wanted.cpu.get(),
        memory_mib_wanted: proposal.wanted.memory.get(),
        cpu_proposed: proposal.size.cpu.get(),
        memory_mib_proposed: proposal.size.memory.get(),
        flags: words.join(","),
    }
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

/// The series of all files.
fn metrics(args: &RightsizeArgs, diagnostics: Diagnostics) -> Result<Metrics, Failure> {
    let mapping = args.mapping.as_deref().map(mapping).transpose()?;
    if (args.metrics.iter()).any(|file| file.as_os_str() == "cloudwatch" && !file.exists()) {
        let message = "this version does not read CloudWatch itself: give files of metrics, as docs/rightsizing.md describes them";
        return Err(Failure::new(Exit::Usage, message));
    }
    let mut contents = Vec::new();
    for file in &args.metrics {
        contents.push((input::display_name(file), input::read_bytes(file)?));
    }
    let files: Vec<MetricFile<'_>> = (contents.iter())
        .map(|(name, bytes)| MetricFile { name, bytes })
        .collect();
    let (metrics, warnings) = read_metrics(&files, mapping.as_ref()).map_err(|all| {
        let texts: Vec<String> = all.iter().map(Findings::to_string).collect();
        Failure::findings(texts.join("\n"))
    })?;
    for warning in warnings {
        diagnostics.finding(&warning);
    }
    Ok(metrics)
}

fn mapping(file: &Path) -> Result<Mapping, Failure> {
    let text = input::read_text(file)?;
    read_mapping(&text, &input::display_name(file))
        .map_err(|findings| Failure::findings(findings.to_string()))
}

/// Names of the metrics that are no service's.
fn say_unknown(metrics: &Metrics, known: &[&str], diagnostics: Diagnostics) {
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

/// The cluster of the changed file. What is planned is what was proposed, or nothing is shown.
fn read_back(
    document: &str,
    proposals: &[Proposal],
    args: &RightsizeArgs,
    diagnostics: Diagnostics,
) -> Result<Cluster, Failure> {
    // Warnings are those of the file, which were said.
    let silent = Diagnostics {
        quiet: true,
        ..diagnostics
    };
    let bug = |why: String| {
        Failure::new(
            Exit::Bug,
            format!("this is a bug: the cluster with the proposed sizes does not read back\n{why}"),
        )
    };
    let cluster = input::cluster(document, Path::new("proposed.json"), &args.input, silent)
        .map_err(|failure| bug(failure.message))?;
    for proposal in proposals {
        let found = cluster
            .services
            .iter()
            .find(|service| service.name == proposal.service);
        let same = found.is_some_and(|service| {
            service.task.cpu == proposal.size.cpu && service.task.memory == proposal.size.memory
        });
        if !same {
            return Err(bug(format!("`{}` has another size", proposal.service)));
        }
    }
    Ok(cluster)
}

fn options(limits: &SearchArgs) -> PlanOptions<'static> {
    PlanOptions {
        ideal: limits.ideal,
        rehearses: false,
        gap: limits.gap,
        work_limit: limits.work_limit,
        seed: limits.seed,
        ..PlanOptions::default()
    }
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
