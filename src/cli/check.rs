//! `bayplan check CLUSTER PLAN`, and of proofs `bayplan check CLUSTER --proof FILE` and `bayplan check PROBLEM --proof FILE`.

mod packing;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;

use crate::check::{ProofFault, Violation, check_proof};
use crate::domain::money::UsdPerHour;
use crate::domain::plan::FleetPlan;
use crate::domain::proof::Proof;
use crate::io::{is_packing_proof, read_proof};
use crate::report::kubernetes::Words;
use crate::report::wording;

use super::args::InputArgs;
use super::checked::GivenPlan;
use super::diagnostics::Diagnostics;
use super::exit::{Exit, Failure};
use super::input;
use super::output::Destination;

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Cluster file the plan is for, or packing problem that the proof is of; `-` reads stdin
    #[arg(value_name = "CLUSTER")]
    pub cluster: PathBuf,
    /// Plan as `bayplan plan --format json` prints it; `-` reads stdin
    #[arg(value_name = "PLAN", required_unless_present = "proof")]
    pub plan: Option<PathBuf>,
    /// Check a proof of a bound, as `bayplan plan --proof` and `bayplan pack --proof` write it: with PLAN also that the plan names its bound
    #[arg(long, value_name = "FILE")]
    pub proof: Option<PathBuf>,
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

/// Checks a plan, a proof or both, and says what is wrong.
///
/// # Errors
/// When a file cannot be used or the result cannot be written.
pub fn run(args: &CheckArgs, diagnostics: Diagnostics) -> Result<Exit, Failure> {
    let files = [Some(&args.cluster), args.plan.as_ref(), args.proof.as_ref()];
    if files
        .iter()
        .flatten()
        .filter(|file| input::is_stdin(file))
        .count()
        > 1
    {
        return Err(Failure::new(
            Exit::Usage,
            "only one of CLUSTER, PLAN and --proof can be stdin",
        ));
    }
    let proof_text = args.proof.as_deref().map(input::read_text).transpose()?;
    if let Some((text, file)) = proof_text.as_deref().zip(args.proof.as_deref())
        && is_packing_proof(text)
    {
        return packing::run(args, text, file);
    }
    let (cluster, catalogue) = input::read_week(&args.cluster, &args.input, diagnostics)?;
    let given = args.plan.as_deref().map(GivenPlan::read_week).transpose()?;
    if let Some(given) = &given {
        given.say_without_place(diagnostics);
    }
    if args.proof.is_some() {
        input::one_number(&cluster)?;
    }
    let proof = (proof_text.as_deref().zip(args.proof.as_deref()))
        .map(|(text, file)| read(text, file))
        .transpose()?;
    let plan = given.as_ref().map(|given| Checked {
        violations: given.violations(&cluster, &catalogue),
        of: &given.plan,
    });
    let proof = proof.as_ref().map(|proof| {
        let mut faults = check_proof(&cluster, &catalogue, proof);
        let named = plan
            .as_ref()
            .and_then(|plan| plan.of.cost.proven_usd_per_hour);
        faults.extend(named.and_then(|named| another_bound(proof, named)));
        Checked {
            violations: faults,
            of: proof,
        }
    });
    let result = match args.format {
        CheckFormat::Text => {
            let text = as_text(plan.as_ref(), proof.as_ref());
            if cluster.is_kubernetes() {
                let mut words = Words::of_cluster(&cluster);
                if let Some(given) = &given {
                    words = words.and(Words::of_plan(&given.plan));
                }
                words.text(&text)
            } else {
                text
            }
        }
        CheckFormat::Json => as_json(plan.as_ref(), proof.as_ref()),
    };
    Destination::from_option(args.output.as_ref()).write(result.as_bytes())?;
    let holds = plan.is_none_or(|plan| plan.violations.is_empty())
        && proof.is_none_or(|proof| proof.violations.is_empty());
    Ok(if holds {
        Exit::Done
    } else {
        Exit::ViolationsFound
    })
}

/// What was checked, and what is wrong with it.
struct Checked<'a, T, V> {
    of: &'a T,
    violations: Vec<V>,
}

type CheckedPlan<'a> = Checked<'a, FleetPlan, Violation>;
type CheckedProof<'a> = Checked<'a, Proof, ProofFault>;

fn read(text: &str, file: &Path) -> Result<Proof, Failure> {
    read_proof(text, &input::display_name(file))
        .map_err(|findings| Failure::findings(findings.to_string()))
}

/// That the plan names another bound than the proof has.
fn another_bound(proof: &Proof, named: UsdPerHour) -> Option<ProofFault> {
    (proof.bound != named).then(|| ProofFault {
        place: "cost.provenUsdPerHour".to_owned(),
        found: format!("{named} in the plan"),
        expected: format!("{}, the proof's bound", proof.bound),
    })
}

fn as_text(plan: Option<&CheckedPlan<'_>>, proof: Option<&CheckedProof<'_>>) -> String {
    let plan = plan.map(|checked| plan_text(checked.of, &checked.violations));
    let proof = proof.map(proof_text);
    plan.into_iter().chain(proof).collect()
}

fn proof_text(checked: &CheckedProof<'_>) -> String {
    let proof = checked.of;
    if checked.violations.is_empty() {
        let leaves = proof
            .offerings
            .iter()
            .map(|offering| offering.leaves.leaves())
            .sum();
        return format!(
            "ok: no plan under this policy costs less than {} USD per hour, by {} of {}\n",
            proof.bound,
            counted(leaves, "case"),
            counted(proof.offerings.len() as u64, "offering"),
        );
    }
    refused(&checked.violations)
}

/// What is wrong with a proof.
fn refused(faults: &[ProofFault]) -> String {
    let mut text = String::new();
    for fault in faults {
        let _ = writeln!(text, "proof: {fault}");
    }
    let faults = counted(faults.len() as u64, "fault");
    let _ = writeln!(text, "the proof does not hold: {faults}");
    text
}

fn plan_text(plan: &FleetPlan, violations: &[Violation]) -> String {
    if violations.is_empty() {
        let instances: u64 = plan.instances.iter().map(|row| row.count).sum();
        let cost = plan.cost.usd_per_hour;
        // A sound plan of a part of the tasks is not one that runs the cluster.
        let part = (plan.without_place())
            .map(|without| format!("infeasible, {without}; of the others "))
            .unwrap_or_default();
        let mut text = format!(
            "ok: {part}{} for {} at {cost} USD per hour, as the cluster file and the catalogue say\n",
            counted(instances, "instance"),
            counted(services_with_tasks(plan), "service"),
        );
        for note in wording::not_in_plan(plan) {
            let _ = writeln!(text, "{note}");
        }
        return text;
    }
    let mut text = String::new();
    for violation in violations {
        let _ = writeln!(text, "{violation}");
    }
    let _ = writeln!(text, "{}", counted(violations.len() as u64, "violation"));
    text
}

/// Services of the plan but those of which no task has a place.
fn services_with_tasks(plan: &FleetPlan) -> u64 {
    let without: BTreeSet<&str> = (plan.unplaced.iter())
        .filter(|left| left.count > 0)
        .map(|left| left.service_name.as_str())
        .collect();
    let on_instances = (plan.instances.iter()).flat_map(|row| row.tasks.keys().map(String::as_str));
    let on_fargate = (plan.fargate_tasks.iter()).map(|row| row.service_name.as_str());
    let placed: BTreeSet<&str> = on_instances.chain(on_fargate).collect();
    let names = plan
        .services
        .iter()
        .map(|service| service.service_name.as_str());
    let has_tasks = |name: &&str| !without.contains(name) || placed.contains(name);
    names.filter(has_tasks).count() as u64
}

fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

fn as_json(plan: Option<&CheckedPlan<'_>>, proof: Option<&CheckedProof<'_>>) -> String {
    let none = Vec::new();
    let violations = plan.map_or(&none, |plan| &plan.violations);
    let proof_holds = proof.is_none_or(|proof| proof.violations.is_empty());
    let mut document = json!({
        "version": 1,
        "ok": violations.is_empty() && proof_holds,
        "violations": violations,
    });
    let notes = plan.map_or_else(Vec::new, |plan| wording::not_in_plan(plan.of));
    if !notes.is_empty() {
        document["notes"] = json!(notes);
    }
    // Where some tasks have no place, what holds is for the others.
    if let Some(without) = plan.and_then(|plan| plan.of.without_place()) {
        let left = (without.services().iter())
            .map(|(service, count)| json!({"serviceName": service, "count": count}));
        document["unplaced"] = left.collect();
    }
    if let Some(proof) = proof {
        document["proof"] = json!({
            "ok": proof_holds,
            "boundUsdPerHour": proof.of.bound,
            "faults": proof.violations,
        });
    }
    format!("{document:#}\n")
}
