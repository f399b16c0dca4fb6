//! Arguments of `bayplan plan`.

use std::path::PathBuf;

use rust_decimal::Decimal;

use clap::{Args, ValueEnum};

use crate::cli::args::{InputArgs, LimitArgs, saving, usd};
use crate::domain::commitment::UpfrontPayment;
use crate::planner::{CommitAsked, MovesAsked};

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
    /// What may move.
    #[command(flatten)]
    pub moves: MovesArgs,
    /// What may be committed to.
    #[command(flatten)]
    pub commit: CommitArgs,
    /// What to print.
    #[command(flatten)]
    pub output: PlanOutputArgs,
}

/// Savings Plans to propose.
#[derive(Debug, Args)]
#[command(next_help_heading = "Commitments")]
pub struct CommitArgs {
    /// Savings Plans that the plan may propose with the fleet; none is ever bought
    #[arg(long, value_name = "KIND", default_value = "none")]
    pub commit: CommitKind,
    /// Only Savings Plans of so many years
    #[arg(long, value_name = "YEARS")]
    pub commit_term: Option<u64>,
    /// Only Savings Plans paid so
    #[arg(long, value_name = "PAYMENT")]
    pub commit_payment: Option<CommitPayment>,
}

/// Kinds of Savings Plans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CommitKind {
    /// Nothing
    None,
    /// Any instance in any Region, and Fargate
    Compute,
    /// One family in one Region
    Ec2Instance,
    /// Both
    Any,
}

/// How a Savings Plan is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CommitPayment {
    /// Hour by hour
    #[value(name = "no-upfront")]
    None,
    /// A half at once
    #[value(name = "partial-upfront")]
    Partial,
    /// All at once
    #[value(name = "all-upfront")]
    All,
}

impl CommitArgs {
    /// What is asked; `None` where nothing may be proposed.
    pub fn asked(&self) -> Option<CommitAsked> {
        if self.commit == CommitKind::None {
            return None;
        }
        Some(CommitAsked {
            compute: matches!(self.commit, CommitKind::Compute | CommitKind::Any),
            ec2_instance: matches!(self.commit, CommitKind::Ec2Instance | CommitKind::Any),
            term_years: self.commit_term,
            payment: self.commit_payment.map(|payment| match payment {
                CommitPayment::None => UpfrontPayment::None,
                CommitPayment::Partial => UpfrontPayment::Partial,
                CommitPayment::All => UpfrontPayment::All,
            }),
        })
    }
}

/// How much of today's fleet may move.
#[derive(Debug, Args)]
#[command(next_help_heading = "Today's fleet")]
pub struct MovesArgs {
    /// Restart at most so many tasks: the other instances of today stay, each with all its tasks
    #[arg(long, value_name = "N")]
    pub max_moves: Option<u64>,
    /// `frontier`: what other numbers of restarts would cost
    #[arg(long, value_name = "WHAT")]
    pub moves: Option<MovesShown>,
}

impl MovesArgs {
    /// What is asked; `None` where nothing is.
    pub fn asked(&self) -> Option<MovesAsked> {
        let frontier = self.moves == Some(MovesShown::Frontier);
        (frontier || self.max_moves.is_some()).then_some(MovesAsked {
            most: self.max_moves,
            frontier,
        })
    }
}

/// What is shown of moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MovesShown {
    /// Cost against restarts, with a proven bound
    Frontier,
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
    /// Write a proof of the bound, which `check --proof` and `scripts/check-proof` check without a solver
    #[arg(long, value_name = "FILE")]
    pub proof: Option<PathBuf>,
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
