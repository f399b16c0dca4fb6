//! Arguments of `report`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use rust_decimal::Decimal;

use crate::cli::args::{InputArgs, LimitArgs, usd};
use crate::cli::exit::{Exit, Failure};
use crate::cli::input::is_stdin;

const EXAMPLES: &str = "\
Examples:
  bayplan report cluster.yaml --output report.html
  bayplan report cluster.yaml plan.json --format parquet --output-dir data
  bayplan report --compare main.json branch.json --format markdown --max-usd-per-month 5000

Without PLAN the cluster is planned first. Plans are checked against CLUSTER before they are reported.";

/// Arguments of `report`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ReportArgs {
    /// Cluster file; `-` reads stdin
    #[arg(value_name = "CLUSTER", required_unless_present = "compare")]
    pub cluster: Option<PathBuf>,
    /// Plans as `bayplan plan --format json` prints them: the first is reported, the others are compared with it
    #[arg(value_name = "PLAN", conflicts_with = "compare")]
    pub plans: Vec<PathBuf>,
    /// Report plan B and how it differs from plan A, and why it costs more or less
    #[arg(long, value_names = ["A", "B"], num_args = 2, help_heading = "Input")]
    pub compare: Vec<PathBuf>,
    /// How to read the cluster.
    #[command(flatten)]
    pub input: InputArgs,
    /// When to stop.
    #[command(flatten)]
    pub limits: LimitArgs,
    /// Leave out the trade-off curves, which plan the cluster about twenty times again
    #[arg(long, help_heading = "Limits")]
    pub no_curves: bool,
    /// Form of the report
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "html",
        help_heading = "Output"
    )]
    pub format: ReportFormat,
    /// Write the report to a file, whole or not at all
    #[arg(
        long,
        value_name = "FILE",
        help_heading = "Output",
        conflicts_with = "output_dir"
    )]
    pub output: Option<PathBuf>,
    /// Write every table into a folder, made if it is not there; for csv and parquet
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    pub output_dir: Option<PathBuf>,
    /// Table that csv and parquet write where there is no `--output-dir` [default: charges]
    #[arg(
        long,
        value_name = "TABLE",
        help_heading = "Output",
        conflicts_with = "output_dir"
    )]
    pub table: Option<TableArg>,
    /// Split the bill by a tag of the services too: a further column of a CSV, or a tag that ECS describes; may be given
    /// several times
    #[arg(
        long,
        value_name = "TAG",
        help_heading = "Output",
        conflicts_with = "compare"
    )]
    pub group_by: Vec<String>,
    /// What the cluster was billed, in FOCUS (CSV or Parquet): set against the model of today's fleet, in a table of its own
    #[arg(
        long,
        value_name = "FOCUS",
        help_heading = "Input",
        requires = "cluster"
    )]
    pub billed: Option<PathBuf>,
    /// Measured use, files as `bayplan rightsize` takes them: a chapter draws it against the sizes of tasks, today's and as proposed
    #[arg(
        long,
        value_name = "FILE",
        num_args = 1..,
        help_heading = "Input",
        requires = "cluster"
    )]
    pub metrics: Vec<PathBuf>,
    /// Which query of Prometheus gives which column of --metrics
    #[arg(
        long,
        value_name = "FILE",
        help_heading = "Input",
        requires = "metrics"
    )]
    pub mapping: Option<PathBuf>,
    /// Budget: a dearer plan ends with exit code 12
    #[arg(long, value_name = "USD", value_parser = usd, help_heading = "Output")]
    pub max_usd_per_month: Option<Decimal>,
    /// How much dearer B may be than A, such as `5%`: more ends with exit code 12
    #[arg(long, value_name = "PERCENT", value_parser = percent, requires = "compare", help_heading = "Output")]
    pub fail_on_increase: Option<Decimal>,
    /// Exit with 3 when the plan changes something
    #[arg(long, help_heading = "Output")]
    pub detailed_exitcode: bool,
}

/// A percentage from 0 on, `5%` or `5`, as a fraction.
fn percent(text: &str) -> Result<Decimal, String> {
    let number = text.strip_suffix('%').unwrap_or(text).trim();
    number
        .parse::<Decimal>()
        .ok()
        .filter(|percent| !percent.is_sign_negative())
        .and_then(|percent| percent.checked_div(Decimal::ONE_HUNDRED))
        .ok_or_else(|| "write a percentage from 0 on, such as 5%".to_owned())
}

/// Forms of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// One file for a browser, with everything inside
    Html,
    /// A document, version 1
    Json,
    /// A table, or all with `--output-dir`
    Csv,
    /// For a pull request
    Markdown,
    /// A table, or all with `--output-dir`, for data tools
    Parquet,
}

impl ReportFormat {
    /// Whether trade-off curves are worth computing: not for a comment that has to come soon.
    pub const fn shows_curves(self) -> bool {
        !matches!(self, Self::Markdown)
    }
}

/// Tables of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names are the tables' own")]
#[value(rename_all = "snake_case")]
pub enum TableArg {
    Plans,
    Services,
    CostByCapacityProvider,
    CostByPurchaseOption,
    CostByZone,
    CostByInstanceType,
    CostByTag,
    Billed,
    Sizes,
    Charges,
    Commitments,
    Instances,
    Placements,
    Curves,
    Steps,
    Replays,
    Scenarios,
    Availability,
    CostChange,
    ChangesByService,
    ChangesByOffering,
}

impl ReportArgs {
    /// Plans that are given as files.
    pub fn plan_files(&self) -> &[PathBuf] {
        if self.compare.is_empty() {
            &self.plans
        } else {
            &self.compare
        }
    }

    /// Refuses arguments that do not go together.
    ///
    /// # Errors
    /// What is wrong.
    pub fn check(&self) -> Result<(), Failure> {
        let usage = |message: &str| Err(Failure::new(Exit::Usage, message));
        let files = self.cluster.iter().chain(self.plan_files());
        let from_stdin = files
            .chain(&self.limits.warm_start)
            .chain(&self.metrics)
            .chain(&self.mapping)
            .filter(|file| is_stdin(file));
        if from_stdin.count() > 1 {
            return usage(
                "only one of CLUSTER, the plans, --warm-start, --metrics and --mapping can be stdin",
            );
        }
        let is_table = matches!(self.format, ReportFormat::Csv | ReportFormat::Parquet);
        if !is_table && (self.output_dir.is_some() || self.table.is_some()) {
            return usage(
                "--output-dir and --table go with --format csv or parquet; name a file with --output",
            );
        }
        Ok(())
    }
}
