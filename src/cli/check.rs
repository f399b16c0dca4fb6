//! `bayplan check CLUSTER PLAN`.

use std::fmt::Write as _;

use serde_json::json;

use crate::check::{self, Violation};
use crate::domain::plan::Plan;

use super::args::{CheckArgs, CheckFormat};
use super::diagnostics::Diagnostics;
use super::exit::{Exit, Failure};
use super::input;
use super::output::Destination;

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
    let plan = input::plan(&args.plan)?;
    let violations = check::check(&cluster, &catalogue, &plan);
    let result = match args.format {
        CheckFormat::Text => as_text(&plan, &violations),
        CheckFormat::Json => as_json(&violations),
    };
    Destination::from_option(args.output.as_ref()).write(result.as_bytes())?;
    Ok(if violations.is_empty() {
        Exit::Done
    } else {
        Exit::ViolationsFound
    })
}

fn as_text(plan: &Plan, violations: &[Violation]) -> String {
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
