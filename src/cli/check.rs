//! `bayplan check CLUSTER PLAN`.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::json;

use crate::check::Violation;
use crate::domain::plan::FleetPlan;

use super::args::InputArgs;
use super::checked::GivenPlan;
use super::diagnostics::Diagnostics;
use super::exit::{Exit, Failure};
use super::input;
use super::output::Destination;

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

/// Forms of a check's result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// One violation a line
    Text,
    /// A document with a list of violations
    Json,
}

/// Checks a plan and says what is wrong with it.
///
/// # Errors
/// When a file cannot be used or the result cannot be written.
pub fn run(args: &CheckArgs, diagnostics: Diagnostics) -> Result<Exit, Failure> {
    if input::is_stdin(&args.cluster) && input::is_stdin(&args.plan) {
        return Err(Failure::new(
            Exit::Usage,
            "only one of CLUSTER and PLAN can be stdin",
        ));
    }
    let (cluster, catalogue) = input::read(&args.cluster, &args.input, diagnostics)?;
    let given = GivenPlan::read(&args.plan)?;
    let violations = given.violations(&cluster, &catalogue);
    let result = match args.format {
        CheckFormat::Text => as_text(&given.plan, &violations),
        CheckFormat::Json => as_json(&violations),
    };
    Destination::from_option(args.output.as_ref()).write(result.as_bytes())?;
    Ok(if violations.is_empty() {
        Exit::Done
    } else {
        Exit::ViolationsFound
    })
}

fn as_text(plan: &FleetPlan, violations: &[Violation]) -> String {
    if violations.is_empty() {
        let instances: u64 = plan.instances.iter().map(|row| row.count).sum();
        let cost = plan.cost.usd_per_hour;
        return format!(
            "ok: {} for {} at {cost} USD per hour, as the cluster file and the catalogue say\n",
            counted(instances, "instance"),
            counted(plan.services.len() as u64, "service"),
        );
    }
    let mut text = String::new();
    for violation in violations {
        let _ = writeln!(text, "{violation}");
    }
    let _ = writeln!(text, "{}", counted(violations.len() as u64, "violation"));
    text
}

fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

fn as_json(violations: &[Violation]) -> String {
    let document = json!({
        "version": 1,
        "ok": violations.is_empty(),
        "violations": violations,
    });
    format!("{document:#}\n")
}
