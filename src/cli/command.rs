//! The command line as clap reads it: every subcommand and the flags of them all.

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::apply::ApplyArgs;
use super::catalogue::CatalogueArgs;
use super::check::CheckArgs;
use super::completions::CompletionsArgs;
use super::diagnostics::Diagnostics;
use super::explain::ExplainArgs;
use super::export::ExportArgs;
use super::fleet::FleetArgs;
use super::history::HistoryArgs;
use super::man::ManArgs;
#[cfg(feature = "mcp")]
use super::mcp::McpArgs;
use super::pack::PackArgs;
use super::plan::PlanArgs;
use super::report::ReportArgs;
use super::rightsize::RightsizeArgs;
use super::schema::SchemaArgs;
use super::simulate::SimulateArgs;
#[cfg(feature = "aws")]
use super::snapshot::SnapshotArgs;
use super::what_if::WhatIfArgs;

const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 a bug, 2 usage, 3 changes proposed (with --detailed-exitcode), 10 infeasible,
11 limit reached without a plan, 12 check found violations or the plan is over budget, 20 invalid input, 30 AWS failure,
31 refused before any step, 32 stopped after a step, 130 interrupted";

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

const RIGHTSIZE_EXAMPLES: &str = "\
Examples:
  bayplan rightsize cluster.yaml --metrics use.csv
  bayplan rightsize cluster.yaml --metrics use.parquet --format json --write-cluster proposed.json
  bayplan rightsize cluster.yaml --metrics cpu.json memory.json --mapping mapping.json

Rules, evidence and what is guaranteed: docs/rightsizing.md";

#[cfg(feature = "mcp")]
const MCP_EXAMPLES: &str = "\
Example, in a client's configuration:
  {\"mcpServers\": {\"bayplan\": {\"command\": \"bayplan\", \"args\": [\"mcp\"]}}}

Tools: plan, what-if, explain, check, catalogue. None takes the name of a file, writes one, or calls AWS. docs/mcp.md";

const FLEET_EXAMPLES: &str = "\
Examples:
  bayplan fleet list clusters/ > fleet.jsonl
  bayplan fleet list clusters/ -- what-if --preset graviton > graviton.jsonl
  bayplan fleet run fleet.jsonl --out out/
  bayplan fleet gather fleet.jsonl --out out/ --to report/ --commit ec2-instance

A run that was stopped or killed goes on when it is started again. On other machines: docs/fleet.md";

const PACK_EXAMPLES: &str = "\
Examples:
  bayplan pack problem.json --format json
  bayplan pack instances/ --time-limit 10 --format markdown --output table.md

A time limit is for each problem. Formats are described in docs/packing.md.";

#[cfg(feature = "aws")]
const SNAPSHOT_EXAMPLES: &str = "\
Examples:
  bayplan snapshot --cluster prod --output prod.json
  bayplan plan ecs:prod

Nothing in AWS is changed. Wherever a command takes a cluster file, ecs:NAME reads the live cluster of that name.
Permissions: docs/live.md";

#[cfg(feature = "aws")]
const APPLY_EXAMPLES: &str = "\
Examples:
  bayplan snapshot --cluster prod --output prod.json
  bayplan plan prod.json --format json --output plan.json
  bayplan apply prod.json plan.json
  bayplan apply prod.json plan.json --yes

Without --yes nothing in AWS is changed: the steps are shown. Lock, journal, permissions: docs/apply.md";

#[cfg(not(feature = "aws"))]
const APPLY_EXAMPLES: &str = "\
Examples:
  bayplan apply prod.json plan.json

Nothing in AWS is changed: the steps are shown. To carry them out, export the plan (bayplan export --format cli).";

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
    /// Propose task sizes from measured use, with what they rest on and what the fleet planned anew costs
    #[command(after_help = RIGHTSIZE_EXAMPLES)]
    Rightsize(Box<RightsizeArgs>),
    /// Show what earlier right-sizing runs found and proposed
    History(Box<HistoryArgs>),
    /// Plan many clusters: list them, run them, see how far they are, gather the results
    #[command(after_help = FLEET_EXAMPLES)]
    Fleet(Box<FleetArgs>),
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
    /// Show the steps from a snapshot's cluster to a plan: in which order, with the bill and the restarts of each
    #[command(after_help = APPLY_EXAMPLES)]
    Apply(Box<ApplyArgs>),
    /// Write a live cluster as a cluster file, without secrets
    #[cfg(feature = "aws")]
    #[command(after_help = SNAPSHOT_EXAMPLES)]
    Snapshot(Box<SnapshotArgs>),
    /// Look at instance types and prices
    Catalogue(Box<CatalogueArgs>),
    /// Serve planning as tools to an assistant, over stdin and stdout (Model Context Protocol)
    #[cfg(feature = "mcp")]
    #[command(after_help = MCP_EXAMPLES)]
    Mcp(McpArgs),
    /// Print the JSON Schema of a document: for editors, and for programs that write or read it
    Schema(SchemaArgs),
    /// Print a shell completion script
    Completions(CompletionsArgs),
    /// Print the man pages of all commands, or write them to a directory
    Man(ManArgs),
}

impl Cli {
    /// How much goes to stderr, and in which form.
    pub fn diagnostics(&self) -> Diagnostics {
        Diagnostics {
            json: matches!(&self.command, Command::Rightsize(args) if args.job.logs_json()),
            ..self.global.diagnostics()
        }
    }
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
            json: false,
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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
