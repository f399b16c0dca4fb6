//! `bayplan fleet list|run|status|gather|merge`.

#[cfg(feature = "aws")]
mod accounts;
#[cfg(feature = "aws")]
mod bucket;
mod inputs;
mod lines;
mod listing;
mod merging;
mod place;
mod running;
mod shown;
mod together;
mod unit;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::fleet::Shard;

use super::aws_args::AwsArgs;
use super::diagnostics::Diagnostics;
use super::exit::{Exit, Failure};
use super::plan::CommitArgs;

/// Arguments of `fleet`.
#[derive(Debug, Args)]
pub struct FleetArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: FleetCommand,
}

/// What to do with many clusters.
#[derive(Debug, Subcommand)]
pub enum FleetCommand {
    /// Write the manifest of cluster files (JSON, YAML, CSV) of a folder or bucket, or of live clusters: one unit a line
    List(ListArgs),
    /// Run the units that have no result yet
    Run(RunArgs),
    /// Say how many units have a result, and which were set aside
    Status(StatusArgs),
    /// Put all results together: tables, a page for a browser, a text
    Gather(GatherArgs),
    /// Write cluster files that put two clusters of one VPC together, and a manifest with them, to run and gather
    Merge(MergeArgs),
    /// One unit, as `fleet run` starts it
    #[command(hide = true)]
    Unit(UnitRunArgs),
}

/// Arguments of `fleet list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Folder of cluster files, or `s3://BUCKET/PREFIX`
    #[arg(value_name = "DIR", required_unless_present = "accounts")]
    pub folder: Option<PathBuf>,
    /// Live clusters, each read into a snapshot first: JSON Lines `{"account", "roleArn", "region", "cluster"}`
    #[arg(long, value_name = "FILE", conflicts_with = "folder")]
    pub accounts: Option<PathBuf>,
    /// Folder of the snapshots
    #[arg(
        long,
        value_name = "DIR",
        default_value = "snapshots",
        requires = "accounts"
    )]
    pub snapshots: PathBuf,
    /// What single units do otherwise than all: JSON Lines `{"id": "eu/shop.json", "args": {"workLimit": 200000, "ideal": null}}`
    #[arg(long, value_name = "FILE")]
    pub options: Option<PathBuf>,
    /// Connection.
    #[command(flatten)]
    pub bucket: BucketArgs,
    /// Write the manifest to a file, whole or not at all
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// What each unit does: `plan`, `what-if` or `rightsize`, and its flags [default: plan]
    #[arg(last = true, value_name = "COMMAND")]
    pub words: Vec<String>,
}

/// How to reach a bucket.
#[derive(Debug, Clone, Default, Args)]
pub struct BucketArgs {
    /// AWS Region of the bucket; without it the profile's or `AWS_REGION`
    #[arg(long, value_name = "REGION", help_heading = "AWS", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub region: Option<String>,
    /// Connection.
    #[command(flatten)]
    pub aws: AwsArgs,
}

#[cfg(feature = "aws")]
impl BucketArgs {
    fn connection(&self) -> (Option<&str>, &AwsArgs) {
        (self.region.as_deref(), &self.aws)
    }
}

/// A manifest and its results.
#[derive(Debug, Args)]
pub struct PlaceArgs {
    /// Manifest: JSON Lines, as `fleet list` writes it; a file, or `s3://BUCKET/NAME`
    #[arg(value_name = "MANIFEST")]
    pub manifest: PathBuf,
    /// Folder of the results, or `s3://BUCKET/PREFIX`
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Connection.
    #[command(flatten)]
    pub bucket: BucketArgs,
}

/// Arguments of `fleet run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// What, and where to.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Only one part of equal work: shard I of N, from 0
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
    /// The same for AWS Batch: N parts, and `AWS_BATCH_JOB_ARRAY_INDEX` says which
    #[arg(long, value_name = "N", conflicts_with = "shard")]
    pub array: Option<u64>,
    /// Units at a time [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
    /// Address space of a unit, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 4096, value_parser = clap::value_parser!(u64).range(1..=1 << 40))]
    pub unit_memory: u64,
    /// Seconds after which a unit is ended: for one that hangs, and no limit of its search
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, value_parser = clap::value_parser!(u64).range(1..=1 << 40))]
    pub unit_seconds: u64,
    /// Try units again that were set aside
    #[arg(long)]
    pub retry_poisoned: bool,
}

/// Arguments of `fleet status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// What, and where.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Form of the answer
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: StatusFormat,
    /// Write the answer to a file, whole or not at all
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Forms of a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StatusFormat {
    /// For a terminal
    Text,
    /// A document for programs
    Json,
}

/// Arguments of `fleet gather`.
#[derive(Debug, Args)]
pub struct GatherArgs {
    /// What, and where from.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Folder to write to: Parquet files, `fleet.html`, `fleet.txt`
    #[arg(long, value_name = "DIR")]
    pub to: PathBuf,
    /// What may be committed to, for each cluster and for all of them together.
    #[command(flatten)]
    pub commit: CommitArgs,
    /// Savings Plans rates, in place of those that units name: `region,instance_type,kind,term_years,payment,usd_per_hour,basis`
    #[arg(long, value_name = "CSV", help_heading = "Commitments")]
    pub savings_plan_rates: Option<PathBuf>,
}

/// Arguments of `fleet merge`.
#[derive(Debug, Args)]
pub struct MergeArgs {
    /// What, and where its results are.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Folder to write to: a cluster file a pair, and `fleet.jsonl` with all units of the manifest beside theirs
    #[arg(long, value_name = "DIR")]
    pub to: PathBuf,
    /// Two units to put together, whatever their files say of VPCs; may be given several times
    #[arg(long, value_name = "UNIT", num_args = 2)]
    pub pair: Vec<String>,
    /// What `aws ec2 describe-subnets` prints: which VPC each subnet is of
    #[arg(long, value_name = "JSON", conflicts_with = "pair")]
    pub subnets: Option<PathBuf>,
    /// Most pairs, those whose plans cost most above their bounds first
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub most: usize,
}

/// Arguments of `fleet unit`.
#[derive(Debug, Args)]
pub struct UnitRunArgs {
    /// The process that waits for it; without it the unit ends
    #[arg(long)]
    pub parent: u32,
    /// Address space, in MiB
    #[arg(long)]
    pub memory_mib: u64,
    /// The command
    #[arg(last = true, required = true)]
    pub words: Vec<String>,
}

/// Does it.
///
/// # Errors
/// When the manifest or a folder cannot be used.
pub fn run(args: &FleetArgs, diagnostics: Diagnostics) -> Result<Exit, Failure> {
    match &args.command {
        FleetCommand::List(args) => listing::run(args, diagnostics),
        FleetCommand::Run(args) => running::run(args, diagnostics),
        FleetCommand::Status(args) => shown::status(args, diagnostics),
        FleetCommand::Gather(args) => shown::gather(args, diagnostics),
        FleetCommand::Merge(args) => merging::run(args, diagnostics),
        FleetCommand::Unit(args) => unit::run(args),
    }
}
