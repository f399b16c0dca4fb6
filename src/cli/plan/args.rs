//! Arguments of `bayplan plan`.

use std::path::PathBuf;

use rust_decimal::Decimal;

use clap::{Args, ValueEnum};

use crate::cli::args::{InputArgs, LimitArgs, saving, usd};

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
