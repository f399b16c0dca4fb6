//! The command line as clap reads it.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use rust_decimal::Decimal;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::optimize::stop::{Deadline, Never, Stop};

use super::catalogue::CatalogueArgs;
use super::catalogue_files::CatalogueFileArgs;
use super::completions::CompletionsArgs;
use super::diagnostics::Diagnostics;
use super::explain::ExplainArgs;
use super::export::ExportArgs;
use super::pack::PackArgs;
use super::policy_args::PolicyArgs;
use super::report::ReportArgs;
use super::simulate::SimulateArgs;
use super::what_if::WhatIfArgs;

const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 a bug, 2 usage, 3 changes proposed (with --detailed-exitcode), 10 infeasible,
11 limit reached without a plan, 12 check found violations or the plan is over budget, 20 invalid input, 130 interrupted";

const PLAN_EXAMPLES: &str = "\
Examples:
  bayplan plan cluster.yaml
  bayplan plan services.csv --region eu-west-1 --allowed-instance-types 'm7i.*,c7i.*' --format json --output plan.json";

const CHECK_EXAMPLES: &str = "\
Examples:
  bayplan check cluster.yaml plan.json
  bayplan plan cluster.yaml --format json | bayplan check cluster.yaml -

Give the same policy and catalogue flags as for the plan: the plan is checked against them.";

const WHAT_IF_EXAMPLES: &str = "\
Examples:
  bayplan what-if cluster.yaml --set 'services.*.architectures=[ARM64]' --policy spotMaxShare=0.5
  bayplan what-if cluster.yaml --set 'api.desiredCount=10..200 step 10' --format csv
  bayplan what-if cluster.yaml --preset graviton,spot,fargate

All flags of a scenario together are one scenario; paths and scenario files are described in docs/what-if.md.";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  bayplan explain cluster.yaml plan.json --why-not m8g.xlarge
  bayplan explain cluster.yaml plan.json --why m7g.large --nudges

Give the same policy and catalogue flags as for the plan. Every claim about another cluster is made by planning it.";

const PACK_EXAMPLES: &str = "\
Examples:
  bayplan pack problem.json --format json
  bayplan pack instances/ --time-limit 10 --format markdown --output table.md

A time limit is for each problem. Formats are described in docs/packing.md.";

/// Capacity planner and placement optimizer for Amazon ECS
#[derive(Debug, Parser)]
#[command(name = "bayplan", version, arg_required_else_help = true, after_help = EXIT_CODES)]
pub struct Cli {
    /// Flags of every subcommand.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Find the cheapest fleet for a cluster's services and prove how close to the cheapest possible it is
    #[command(after_help = PLAN_EXAMPLES)]
    Plan(Box<PlanArgs>),
    /// Re-derive a plan's feasibility and cost from the cluster file and the catalogue alone
    #[command(after_help = CHECK_EXAMPLES)]
    Check(Box<CheckArgs>),
    /// Replay how ECS places, scales and loses the tasks of a cluster, on a plan's fleet or on today's
    Simulate(Box<SimulateArgs>),
    /// Compare scenarios: the same cluster with something changed, side by side
    #[command(after_help = WHAT_IF_EXAMPLES)]
    WhatIf(Box<WhatIfArgs>),
    /// Say why a plan is as it is: who pays, what is full, why a type is used or not, what would save
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(Box<ExplainArgs>),
    /// Solve bare packing problems: the optimizer with nothing in front of it
    #[command(after_help = PACK_EXAMPLES)]
    Pack(Box<PackArgs>),
    /// Show what a plan costs and why: one HTML file to forward, a comment, or tables for data tools
    Report(Box<ReportArgs>),
    /// Write a plan's settings in a format to deploy
    Export(Box<ExportArgs>),
    /// Look at instance types and prices
    Catalogue(Box<CatalogueArgs>),
    /// Print a shell completion script
    Completions(CompletionsArgs),
}

/// Flags of every subcommand.
#[derive(Debug, Args)]
#[command(next_help_heading = "Common")]
pub struct GlobalArgs {
    /// Say nothing on stderr but errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Say more on stderr: types without a price, reductions, search statistics
    #[arg(long, short, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Colour; `auto` means on a terminal and without `NO_COLOR`
    #[arg(long, value_name = "WHEN", global = true, default_value = "auto")]
    pub color: ColorArg,
    /// Threads; the result is the same for any number [default: one per core]
    #[arg(long, value_name = "N", global = true, value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
}

impl GlobalArgs {
    /// How much goes to stderr.
    pub fn diagnostics(&self) -> Diagnostics {
        Diagnostics {
            quiet: self.quiet,
            verbose: self.verbose,
        }
    }
}

/// When to use colour.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum ColorArg {
    /// On a terminal, without `NO_COLOR`
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl From<ColorArg> for anstream::ColorChoice {
    fn from(color: ColorArg) -> Self {
        match color {
            ColorArg::Auto => Self::Auto,
            ColorArg::Always => Self::Always,
            ColorArg::Never => Self::Never,
        }
    }
}

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// Cluster file: JSON or YAML, or CSV with one service a row; `-` reads stdin
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// How to read the cluster.
    #[command(flatten)]
    pub input: InputArgs,
    /// When to stop.
    #[command(flatten)]
    pub limits: LimitArgs,
    /// What to print.
    #[command(flatten)]
    pub output: PlanOutputArgs,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Cluster file the plan is for; `-` reads stdin
    #[arg(value_name = "CLUSTER")]
    pub cluster: PathBuf,
    /// Plan as `bayplan plan --format json` prints it; `-` reads stdin
    #[arg(value_name = "PLAN")]
    pub plan: PathBuf,
    /// How to read the cluster.
    #[command(flatten)]
    pub input: InputArgs,
    /// Form of the result
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        help_heading = "Output"
    )]
    pub format: CheckFormat,
    /// Write the result to a file, whole or not at all
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
}

/// How to read the cluster: what the file leaves open, the policy and the catalogue.
#[derive(Debug, Args)]
pub struct InputArgs {
    /// AWS Region; without it the file's, then `AWS_REGION`
    #[arg(long, value_name = "REGION", help_heading = "Input")]
    pub region: Option<String>,
    /// Which of a service's counts to plan for
    #[arg(
        long,
        value_name = "COUNT",
        default_value = "desired",
        help_heading = "Input"
    )]
    pub at: CountArg,
    /// Policy flags.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// Catalogue files.
    #[command(flatten)]
    pub catalogue: CatalogueFileArgs,
}

/// Which of a service's counts to plan for.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum CountArg {
    /// `minCount` where given, else `desiredCount`
    Min,
    /// `desiredCount`
    Desired,
    /// `maxCount` where given, else `desiredCount`
    Max,
}

/// Whether services keep their numbers of tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DemandArg {
    /// They do: groups of a fixed size with tasks spread over all instances
    Steady,
    /// They do not: packed groups that managed scaling makes smaller and larger
    Moving,
}

impl CountArg {
    /// The word of the flag.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Min => "min",
            Self::Desired => "desired",
            Self::Max => "max",
        }
    }
}

/// When to stop each of several plans.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub struct SearchArgs {
    /// Seconds for the whole command; the result then depends on the machine [default: none]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub time_limit: Option<Duration>,
    /// Counted work of each plan, about microseconds of one core [default: by size and number]
    #[arg(long, value_name = "UNITS")]
    pub work_limit: Option<u64>,
    /// Stop each plan once it is proven within this fraction of the cheapest possible, 0 to 1
    #[arg(long, value_name = "FRACTION", default_value = "0", value_parser = fraction)]
    pub gap: f64,
    /// Compare the best packings, whether or not ECS's scheduler can fill them
    #[arg(long)]
    pub ideal: bool,
    /// Seed of everything random in the search
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
}

/// The wall-clock limit, counted from the start of the command.
pub(super) fn time_limit(limit: Option<Duration>, started: Instant) -> Box<dyn Stop> {
    // A limit beyond what the clock can express never comes.
    match limit.and_then(|limit| started.checked_add(limit)) {
        Some(deadline) => Box::new(Deadline(deadline)),
        None => Box::new(Never),
    }
}

/// When to stop.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub struct LimitArgs {
    /// Seconds for the whole command; the result then depends on the machine [default: none]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub time_limit: Option<Duration>,
    /// Counted work, about microseconds of one core [default: by the size of the problem]
    #[arg(long, value_name = "UNITS")]
    pub work_limit: Option<u64>,
    /// Stop once the plan is proven within this fraction of the cheapest possible, 0 to 1
    #[arg(long, value_name = "FRACTION", default_value = "0", value_parser = fraction)]
    pub gap: f64,
    /// Plan the best packing, whether or not ECS's scheduler can fill it
    #[arg(long)]
    pub ideal: bool,
    /// Whether services keep their numbers of tasks: `moving` packs instances, so that empty ones can be taken away
    #[arg(long, value_name = "PATTERN", default_value = "steady")]
    pub demand: DemandArg,
    /// So little Spot that every service keeps its minimum of healthy tasks through a month with this probability:
    /// `0.99` or `99%`
    #[arg(long, value_name = "PROBABILITY", value_parser = saving, allow_negative_numbers = true)]
    pub min_availability: Option<Decimal>,
    /// Begin with an earlier plan (JSON) of this cluster, or of one much like it: a fraction of the work
    #[arg(long, value_name = "PLAN")]
    pub warm_start: Option<PathBuf>,
    /// Seed of everything random in the search
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
}

/// What to print.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct PlanOutputArgs {
    /// Form of the plan
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: PlanFormat,
    /// Write the plan to a file, whole or not at all
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Exit with 3 when the plan changes something
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Budget: a dearer plan is printed and ends with exit code 12
    #[arg(long, value_name = "USD", value_parser = usd)]
    pub max_usd_per_month: Option<Decimal>,
    /// Leave today's fleet alone when the plan saves less than this part of its cost: `0.05` or `5%`
    #[arg(long, value_name = "FRACTION", value_parser = saving, allow_negative_numbers = true)]
    pub min_saving: Option<Decimal>,
}

/// Forms of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PlanFormat {
    /// For a terminal, the decision first
    Text,
    /// The plan document, version 1
    Json,
    /// Instance rows
    Csv,
    /// For a pull request
    Markdown,
}

/// Forms of a check's result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// One violation a line
    Text,
    /// A document with a list of violations
    Json,
}

/// A time limit.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| "not a number of seconds above 0".to_owned())
}

/// A budget.
pub(crate) fn usd(text: &str) -> Result<Decimal, String> {
    (text.parse().ok())
        .filter(|amount: &Decimal| *amount >= Decimal::ZERO)
        .ok_or_else(|| "not an amount in USD such as 5000".to_owned())
}

/// A part of a cost, as a fraction or in percent.
pub(super) fn saving(text: &str) -> Result<Decimal, String> {
    let wrong =
        || "not a fraction from 0 to 1 such as 0.05, and not a percentage such as 5%".to_owned();
    let number = |text: &str| text.trim().parse::<Decimal>().map_err(|_| wrong());
    let fraction = match text.trim().strip_suffix('%') {
        Some(percent) => number(percent)? / Decimal::ONE_HUNDRED,
        None => number(text)?,
    };
    let range = Decimal::ZERO..=Decimal::ONE;
    range
        .contains(&fraction)
        .then_some(fraction)
        .ok_or_else(wrong)
}

/// A gap.
pub(super) fn fraction(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|fraction| (0.0..=1.0).contains(fraction))
        .ok_or_else(|| "not a fraction from 0 to 1, such as 0.005".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn limits_outside_their_range_are_refused() {
        for text in ["0", "-1", "NaN", "inf", "1e300", "soon"] {
            assert!(seconds(text).is_err(), "{text}");
        }
        assert_eq!(seconds("2.5"), Ok(Duration::from_millis(2500)));
        for text in ["-0.1", "1.01", "NaN", "half"] {
            assert!(fraction(text).is_err(), "{text}");
        }
        assert_eq!(fraction("0.005"), Ok(0.005));
    }
}
